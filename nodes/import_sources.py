"""What PostCamImportGeometry can read, and the settings of each source."""

from comfy_api.latest import io

_PATH_TIP = "Path inside ComfyUI's input folder; add [output] or [temp] to look there."
_STILL_TIP = "Say that the camera does not move: nothing here estimates its motion."


def _depth_value_inputs() -> list[io.Input]:
    return [
        io.Combo.Input(
            "depth_kind", options=["depth", "inverse"], tooltip="inverse: disparity, near is large."
        ),
        io.Float.Input(
            "depth_scale",
            default=1.0,
            min=1e-9,
            max=1e9,
            step=0.001,
            tooltip="What the stored numbers are multiplied by, to be in the unit of the cameras' positions.",
        ),
        _fill_missing_input(),
    ]


def _fill_missing_input() -> io.Input:
    # Optional: workflows made before it existed still run.
    return io.Boolean.Input(
        "fill_missing",
        default=False,
        optional=True,
        tooltip="Put pixels without depth at a far depth. Off refuses them.",
    )


def _fov_input(default: float) -> io.Input:
    return io.Float.Input(
        "fov_deg",
        default=default,
        min=5.0,
        max=150.0,
        step=0.1,
        tooltip="Horizontal field of view, for sources that do not hold it: about 65 for a phone.",
    )


def _align_input(default: bool) -> io.Input:
    return io.Boolean.Input(
        "align_frames",
        default=default,
        optional=True,
        tooltip="Bring the depth of all frames to one scale by points followed through the clip: for estimates made "
        "frame by frame.",
    )


def geometry_sources() -> list[io.DynamicCombo.Option]:
    """The options of the node's source input."""
    option = io.DynamicCombo.Option
    return [
        option("npz", [io.String.Input("file", tooltip=_PATH_TIP)]),
        option(
            "released folder",
            [
                io.String.Input("folder", tooltip=_PATH_TIP),
                io.Boolean.Input(
                    "centre_principal_point",
                    default=True,
                    tooltip="As the released code does; off keeps the file's own.",
                ),
            ],
        ),
        option(
            "depth images",
            [
                io.String.Input("folder", tooltip=_PATH_TIP),
                io.String.Input(
                    "cameras", tooltip="JSON file with K and w2c or c2w, one for all frames or one each."
                ),
                *_depth_value_inputs(),
            ],
        ),
        option(
            "COLMAP",
            [
                io.String.Input(
                    "model", tooltip=f"Folder with cameras and images as .bin or .txt. {_PATH_TIP}"
                ),
                io.String.Input("depth", tooltip=f"Folder of depth images, named as the images. {_PATH_TIP}"),
                *_depth_value_inputs(),
            ],
        ),
        option(
            "nerfstudio",
            [
                io.String.Input(
                    "file", tooltip=f"transforms.json whose frames have a depth_file_path. {_PATH_TIP}"
                ),
                io.Float.Input(
                    "depth_scale",
                    default=0.0,
                    min=0.0,
                    max=1e9,
                    step=0.001,
                    tooltip="0: the file's depth_unit_scale_factor, else 0.001 for 16-bit integers, 1 for floats.",
                ),
                _fill_missing_input(),
            ],
        ),
        option(
            "ReCamMaster cameras",
            [
                io.String.Input("file", tooltip=f"camera_extrinsics.json of MultiCamVideo. {_PATH_TIP}"),
                io.String.Input("camera", default="cam01"),
                io.String.Input("depth", tooltip=f"Folder of depth images, one per frame. {_PATH_TIP}"),
                _fov_input(52.7),
                *_depth_value_inputs(),
            ],
        ),
        option(
            "Depth Anything 3",
            [
                io.Custom("DA3_GEOMETRY").Input(
                    "da3_geometry", tooltip="From Run Depth Anything 3, best in multiview mode."
                ),
                io.Int.Input(
                    "resolution",
                    default=504,
                    min=140,
                    max=2520,
                    step=14,
                    tooltip="As in Run Depth Anything 3; needed for pose_method ray_pose.",
                ),
                io.Combo.Input(
                    "resize_method",
                    options=["upper_bound_resize", "lower_bound_resize"],
                    tooltip="As in Run Depth Anything 3; needed for pose_method ray_pose.",
                ),
                io.Boolean.Input("still_camera", default=False, tooltip=f"For mono mode. {_STILL_TIP}"),
                _fov_input(55.0),
                _align_input(False),
                _fill_missing_input(),
            ],
        ),
        option(
            "MoGe",
            [
                io.Custom("MOGE_GEOMETRY").Input("moge_geometry", tooltip="From Run MoGe Inference."),
                io.Boolean.Input("still_camera", default=False, tooltip=_STILL_TIP),
                _align_input(True),
                _fill_missing_input(),
            ],
        ),
    ]
