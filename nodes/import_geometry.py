"""PostCamImportGeometry: depth and cameras that the user already has → POSTCAM_GEOMETRY."""

from comfy_api.latest import io, ui

from .backend.folders import granted_path
from .sockets import CATEGORY, Geometry

_PATH_TIP = "Path inside ComfyUI's input folder; add [output] or [temp] to look there."


class PostCamImportGeometry(io.ComfyNode):
    """Geometry from files, brought to the size and number of the frames it belongs to."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamImportGeometry",
            display_name="PostCam Import Geometry",
            category=CATEGORY,
            description="Use depth and cameras from files. The preview shows the first frame's depth, near is "
            "bright.",
            search_aliases=["postcam", "load depth", "import cameras", "npz"],
            inputs=[
                io.Image.Input("images", tooltip="The clip that the geometry belongs to."),
                io.DynamicCombo.Input(
                    "source",
                    options=[
                        io.DynamicCombo.Option("npz", [io.String.Input("file", tooltip=_PATH_TIP)]),
                        io.DynamicCombo.Option(
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
                        io.DynamicCombo.Option(
                            "depth images",
                            [
                                io.String.Input("folder", tooltip=_PATH_TIP),
                                io.String.Input(
                                    "cameras",
                                    tooltip="JSON file with K and w2c or c2w, one for all frames or one each.",
                                ),
                                io.Combo.Input("depth_kind", options=["depth", "inverse"]),
                                io.Float.Input(
                                    "depth_scale",
                                    default=1.0,
                                    min=1e-9,
                                    max=1e9,
                                    step=0.001,
                                    tooltip="What the stored numbers are multiplied by.",
                                ),
                            ],
                        ),
                    ],
                ),
                io.Combo.Input(
                    "fit",
                    options=["cover", "stretch"],
                    tooltip="Choose what PostCam Load Video was set to.",
                ),
                io.Combo.Input(
                    "frames",
                    options=["match", "uniform"],
                    tooltip="match wants one depth map per frame. uniform spreads the frames over all depth maps, "
                    "as PostCam Load Video's uniform selection spreads them over the clip.",
                ),
            ],
            has_intermediate_output=True,
            outputs=[Geometry.Output(display_name="geometry")],
        )

    @classmethod
    def execute(
        cls, images: io.Image.Type, source: io.DynamicCombo.Type, fit: str, frames: str
    ) -> io.NodeOutput:
        """Load, then bring to the frames' size and count."""
        from ..postcam_core.geometry import depth_picture, match_frames

        num_frames, height, width, _ = images.shape
        geometry = match_frames(
            _load(source), num_frames=num_frames, width=width, height=height, fit=fit, frames=frames
        )
        return io.NodeOutput(geometry, ui=ui.PreviewImage(depth_picture(geometry.depth[:1]), cls=cls))


def _load(source: dict):
    from ..postcam_core import geometry

    kind = source["source"]
    if kind == "npz":
        return geometry.load_npz(granted_path(source["file"], what="geometry file"))
    folder = granted_path(source["folder"], what="geometry folder")
    if kind == "released folder":
        return geometry.load_released_folder(folder, centre_principal_point=source["centre_principal_point"])
    return geometry.load_depth_images(
        folder,
        granted_path(source["cameras"], what="cameras file"),
        depth_kind=source["depth_kind"],
        depth_scale=source["depth_scale"],
    )
