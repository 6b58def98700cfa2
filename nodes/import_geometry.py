"""PostCamImportGeometry: depth and cameras that the user already has → POSTCAM_GEOMETRY."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from comfy_api.latest import io, ui

from .backend.folders import granted_path
from .import_sources import geometry_sources
from .sockets import CATEGORY, Geometry

_PATH_INPUTS = ("file", "folder", "cameras", "model", "depth")
_MOST_FILES = 20_000  # whose times are asked before each run; that takes less than a second


class PostCamImportGeometry(io.ComfyNode):
    """Geometry from files or other nodes, brought to the size and number of the frames it belongs to."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamImportGeometry",
            display_name="PostCam Import Geometry",
            category=CATEGORY,
            description="Use depth and cameras from files or from ComfyUI's own estimators. The preview shows the "
            "first frame's depth, near is bright.",
            search_aliases=[
                "postcam",
                "load depth",
                "import cameras",
                "npz",
                "colmap",
                "nerfstudio",
                "da3",
                "moge",
            ],
            inputs=[
                io.Image.Input("images", tooltip="The clip that the geometry belongs to."),
                io.DynamicCombo.Input("source", options=geometry_sources()),
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
                io.Boolean.Input(
                    "check_cameras",
                    default=True,
                    optional=True,
                    advanced=True,
                    tooltip="Refuse geometry that looks like inverted poses, OpenGL axes or mixed-up units. Turn it "
                    "off if you know better.",
                ),
            ],
            has_intermediate_output=True,
            outputs=[Geometry.Output(display_name="geometry")],
        )

    @classmethod
    def fingerprint_inputs(cls, source: dict, **others: Any) -> str | float:
        """Run again when a file was replaced under the same name; always where that cannot be told."""
        given = [key for key in _PATH_INPUTS if key in source]
        if any(source[key] is None for key in given):  # linked: known only once the other node has run
            return _unequal()
        paths = [granted_path(source[key], what="geometry file") for key in given]
        if source["source"] == "nerfstudio":
            # transforms.json names depth images, all of them below it.
            paths = [path.parent for path in paths]
        files = list(islice((file for path in paths for file in _files(path)), _MOST_FILES + 1))
        if len(files) > _MOST_FILES:
            return _unequal()
        stats = sorted((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)
        return f"{source}{others}{stats}"

    @classmethod
    def execute(
        cls,
        images: io.Image.Type,
        source: io.DynamicCombo.Type,
        fit: str,
        frames: str,
        check_cameras: bool = True,
    ) -> io.NodeOutput:
        """Load, bring to the frames' size and count, and check against the frames."""
        from ..postcam_core.geometry import check_conventions, consistent_depth, depth_picture, match_frames
        from ..postcam_core.media import video_from_image

        num_frames, height, width, _ = images.shape
        geometry = match_frames(
            _load(source), num_frames=num_frames, width=width, height=height, fit=fit, frames=frames
        )
        video = video_from_image(images[..., :3])
        if source.get("align_frames"):
            geometry = consistent_depth(geometry, video)
        if check_cameras:
            check_conventions(geometry, video)
        return io.NodeOutput(geometry, ui=ui.PreviewImage(depth_picture(geometry.depth[:1]), cls=cls))


def _unequal() -> float:
    # A new object each time: inside the tuples of ComfyUI's cache, math.nan would be found equal to itself.
    return float("nan")


def _files(path: Path) -> Iterable[Path]:
    return [path] if path.is_file() else path.rglob("*")


def _load(source: dict):
    from ..postcam_core import geometry

    kind = source["source"]
    if kind == "npz":
        return geometry.load_npz(_path(source, "file"))
    if kind == "released folder":
        return geometry.load_released_folder(
            _path(source, "folder"), centre_principal_point=source["centre_principal_point"]
        )
    if kind == "depth images":
        return geometry.load_depth_images(
            _path(source, "folder"), _path(source, "cameras"), **_depth_values(source)
        )
    return _IMPORTS[kind](source)


def _load_colmap(source: dict):
    from ..postcam_core.geometry.imports import load_colmap

    return load_colmap(_path(source, "model"), _path(source, "depth"), **_depth_values(source))


def _load_nerfstudio(source: dict):
    from ..postcam_core.geometry.imports import load_nerfstudio

    return load_nerfstudio(
        _path(source, "file"),
        depth_scale=source["depth_scale"] or None,
        fill_missing=source.get("fill_missing", False),
    )


def _load_recammaster(source: dict):
    from ..postcam_core.geometry.imports import load_recammaster

    return load_recammaster(
        _path(source, "file"),
        _path(source, "depth"),
        camera=source["camera"],
        fov_deg=source["fov_deg"],
        **_depth_values(source),
    )


def _take_da3(source: dict):
    from ..postcam_core.geometry.imports import geometry_from_da3

    return geometry_from_da3(
        source["da3_geometry"],
        resolution=source["resolution"],
        resize_method=source["resize_method"],
        fov_deg=source["fov_deg"],
        is_static=source["still_camera"],
        fill_missing=source.get("fill_missing", False),
    )


def _take_moge(source: dict):
    from ..postcam_core.geometry.imports import geometry_from_moge

    return geometry_from_moge(
        source["moge_geometry"],
        is_static=source["still_camera"],
        fill_missing=source.get("fill_missing", False),
    )


def _path(source: dict, key: str) -> Path:
    return granted_path(source[key], what=f"geometry {key}")


def _depth_values(source: dict) -> dict[str, Any]:
    values = {"depth_kind": source["depth_kind"], "depth_scale": source["depth_scale"]}
    return values | {"fill_missing": source.get("fill_missing", False)}


_IMPORTS = {
    "COLMAP": _load_colmap,
    "nerfstudio": _load_nerfstudio,
    "ReCamMaster cameras": _load_recammaster,
    "Depth Anything 3": _take_da3,
    "MoGe": _take_moge,
}
