"""PostCamGeometry: frames → depth, intrinsics and poses, by the provider chosen in the node."""

from typing import Any

from comfy_api.latest import io, ui
from torch import Tensor

from .backend.folders import geometry_cache_folder, model_file_mark
from .backend.host import host_progress
from .sockets import CATEGORY, Geometry


def _ground_plane_inputs() -> list[io.Input]:
    return [
        io.Float.Input(
            "fov_deg",
            default=55.0,
            min=5.0,
            max=150.0,
            step=0.5,
            tooltip="Horizontal field of view: about 65 for a phone, 40 for a 50 mm lens.",
        ),
        io.Float.Input(
            "horizon",
            default=0.4,
            min=-1.0,
            max=2.0,
            step=0.01,
            tooltip="Where the horizon lies: 0 is the top edge of the picture, 1 the bottom edge.",
        ),
        io.Float.Input(
            "camera_height",
            default=1.6,
            min=0.01,
            max=1000.0,
            step=0.05,
            tooltip="Height of the camera above the ground, in the unit of wall_distance.",
        ),
        io.Float.Input(
            "wall_distance",
            default=10.0,
            min=0.1,
            max=10000.0,
            step=0.1,
            tooltip="Distance of the upright wall that closes the scene.",
        ),
    ]


def _parallax_inputs() -> list[io.Input]:
    return [
        io.Float.Input(
            "fov_deg",
            default=0.0,
            min=0.0,
            max=150.0,
            step=0.5,
            tooltip="Horizontal field of view, if you know it: about 65 for a phone, 40 for a 50 mm lens. 0 searches "
            "for it.",
        ),
    ]


def _depth_anything_inputs() -> list[io.Input]:
    from ..postcam_core.geometry.chunks import DEFAULT_CHUNK, DEFAULT_OVERLAP
    from .backend.depth_anything import POSE_METHODS, geometry_model_menu

    return [
        io.Combo.Input(
            "model",
            options=geometry_model_menu(),
            tooltip="A Depth Anything 3 Small, Base or Large in ComfyUI's models/geometry_estimation folder. Small "
            "and Base are Apache-2.0; the weights of Large are CC BY-NC 4.0, not for commercial use.",
        ),
        io.Int.Input(
            "resolution",
            default=504,
            min=140,
            max=2520,
            step=14,
            tooltip="Longest side inside the network, in pixels. More is finer, slower and takes more memory.",
        ),
        io.Int.Input(
            "chunk",
            default=DEFAULT_CHUNK,
            min=2,
            max=1000,
            tooltip="Frames that the network sees at a time; memory grows with it. Longer clips are joined from "
            "overlapping chunks.",
        ),
        io.Int.Input(
            "overlap",
            default=DEFAULT_OVERLAP,
            min=1,
            max=500,
            tooltip="Frames that neighbouring chunks share at least, up to half a chunk.",
        ),
        io.Combo.Input(
            "pose_method",
            options=POSE_METHODS,
            tooltip="Cameras from the network's own decoder, or worked out from the rays that it predicts. Try the "
            "other if the report's path looks wrong.",
        ),
    ]


class PostCamGeometry(io.ComfyNode):
    """Depth, intrinsics and poses of every frame."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamGeometry",
            display_name="PostCam Geometry",
            category=CATEGORY,
            description="Estimate depth and cameras of a clip. The preview reports what was found and how far to "
            "trust it.",
            search_aliases=["postcam", "depth", "camera pose", "estimate geometry", "depth anything"],
            inputs=[
                io.Image.Input("images", tooltip="The clip, from PostCam Load Video."),
                io.DynamicCombo.Input(
                    "provider",
                    options=[
                        io.DynamicCombo.Option("parallax", _parallax_inputs()),
                        io.DynamicCombo.Option("ground_plane", _ground_plane_inputs()),
                        io.DynamicCombo.Option("depth_anything_3", _depth_anything_inputs()),
                    ],
                    tooltip="depth_anything_3 is the best where its weights are installed. parallax needs none: it "
                    "estimates from the camera's own movement, and says so where the camera does not move. "
                    "ground_plane estimates nothing: it assumes flat ground, a far wall and a still camera.",
                ),
            ],
            has_intermediate_output=True,
            outputs=[
                Geometry.Output(display_name="geometry"),
                io.Image.Output(
                    display_name="report", tooltip="Depth, the camera's path, field of view and warnings."
                ),
            ],
        )

    @classmethod
    def execute(cls, images: io.Image.Type, provider: io.DynamicCombo.Type) -> io.NodeOutput:
        """Run the chosen provider on the frames."""
        from ..postcam_core.geometry.report import geometry_report
        from ..postcam_core.media import video_from_image

        images = images[..., :3]
        video = video_from_image(images)
        geometry = _estimate(images, video, **provider)
        report = geometry_report(geometry, video)[None]
        return io.NodeOutput(geometry, report, ui=ui.PreviewImage(report, cls=cls))


# Raise it when a provider gives other numbers than before: what lies in the cache is then made again.
_CACHE_VERSION = 3


def _estimate(images: Tensor, video: Tensor, *, provider: str, **settings: Any) -> Any:
    """What the provider makes of the clip, or made of it in an earlier session."""
    from ..postcam_core.geometry.cache import GeometryCache, geometry_key

    if provider == "ground_plane":  # made faster than looked up
        return _ground_plane(images, **settings)
    told = dict(settings)
    if "model" in settings:
        told["model"] = model_file_mark("geometry_estimation", settings["model"])
    key = geometry_key(video, provider=provider, settings=told, version=_CACHE_VERSION)
    return GeometryCache(geometry_cache_folder()).get_or_make(
        key, lambda: _PROVIDERS[provider](images, **settings)
    )


def _ground_plane(images: Tensor, **settings: float) -> Any:
    from ..postcam_core.geometry import ground_plane_geometry

    return ground_plane_geometry(*images.shape[:3], **settings)


def _parallax(images: Tensor, *, fov_deg: float) -> Any:
    from ..postcam_core.geometry.parallax import parallax_geometry
    from ..postcam_core.media import video_from_image

    return parallax_geometry(video_from_image(images), fov_deg=fov_deg or None, progress=host_progress())


def _depth_anything(images: Tensor, *, model: str, **settings: Any) -> Any:
    from .backend.depth_anything import depth_anything_geometry, load_depth_anything

    return depth_anything_geometry(images, load_depth_anything(model), **settings, progress=host_progress())


_PROVIDERS = {"parallax": _parallax, "depth_anything_3": _depth_anything}
