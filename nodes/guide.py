"""PostCamGuide: frames + geometry + trajectory → what the new camera would see of the old frames."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from comfy_api.latest import io, ui

from ..postcam_core.warp import PROFILES
from .backend.host import host_progress, result_device, show_text, work_device
from .sockets import CATEGORY, Geometry, Trajectory

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from ..postcam_core.warp import Profile, SceneGuideRenderer


class PostCamGuide(io.ComfyNode):
    """The warped guide that the model re-shoots the scene from."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamGuide",
            display_name="PostCam Guide",
            category=CATEGORY,
            description="Render every frame from the new camera. Black is what the clip does not show: the model "
            "fills it.",
            search_aliases=["postcam", "warp", "reproject", "novel view", "guide video"],
            inputs=[
                io.Image.Input("images"),
                Geometry.Input("geometry"),
                Trajectory.Input("trajectory"),
                io.Combo.Input(
                    "nearest_depth",
                    options=["robust", "minimum"],
                    tooltip="What counts as the nearest surface, which sets the scale of the move. robust leaves out "
                    "the nearest 1 % of the first frame's pixels; minimum is the single nearest pixel, as the "
                    "released model takes it.",
                ),
                io.Combo.Input(
                    "profile",
                    options=list(PROFILES),
                    optional=True,
                    tooltip="Which model the guide is for. released: PostCam, black holes. Uni3C: the first frame is "
                    "the clip's own. VACE: grey holes, which the mask lets it repaint. InSpatio-World: 832 × 480, "
                    "the mask is 1 where the clip shows something.",
                ),
                io.Boolean.Input(
                    "background_memory",
                    optional=True,  # requests saved before it was there
                    default=False,
                    tooltip="Fill black areas with what other frames of the clip saw there, if it stands still. "
                    "Needs good depth and a moving camera, or things that move aside.",
                ),
            ],
            hidden=[io.Hidden.unique_id],
            has_intermediate_output=True,
            outputs=[
                io.Image.Output(display_name="guide"),
                io.Mask.Output(
                    display_name="holes",
                    tooltip="1 where the clip shows nothing; for InSpatio-World 1 where it shows something.",
                ),
                io.Float.Output(
                    display_name="coverage",
                    is_output_list=True,
                    tooltip="For each frame, the share of the picture that the clip covers.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        images: io.Image.Type,
        geometry: Geometry.Type,
        trajectory: Trajectory.Type,
        nearest_depth: str,
        profile: str = "released",
        background_memory: bool = False,
    ) -> io.NodeOutput:
        """Warp some frames at a time on ComfyUI's device."""
        from ..postcam_core.geometry import ROBUST_PERCENTILE
        from ..postcam_core.media import uniform_indices, video_from_image
        from ..postcam_core.warp import BackgroundMemory, SceneGuideRenderer, check_same_frames

        def frame_at(index: int) -> "Tensor":
            return video_from_image(images[index : index + 1, ..., :3])[0]

        check_same_frames(images.movedim(-1, 1), geometry)
        background = None
        if background_memory:
            background = BackgroundMemory.collect(frame_at, geometry, progress=host_progress())
        renderer = SceneGuideRenderer(
            frame_at,
            geometry,
            trajectory,
            nearest_percentile=ROBUST_PERCENTILE if nearest_depth == "robust" else 0.0,
            device=work_device(),
            background=background,
        )
        first_source = frame_at(int(trajectory.source_index[0]))
        guide = _render(renderer, PROFILES[profile], first_source=first_source)
        summary = _summary(guide)
        show_text(summary, cls.hidden.unique_id)
        preview = ui.PreviewImage(guide.frames[uniform_indices(len(guide.frames), 4)], cls=cls)
        return io.NodeOutput(
            guide.frames,
            guide.mask,
            guide.coverage,
            ui={**preview.as_dict(), **ui.PreviewText(summary).as_dict()},
        )


@dataclass(frozen=True, kw_only=True)
class _RenderedGuide:
    """The guide as it leaves the node, and what the summary says of it."""

    frames: "Float[Tensor, 'frame height width 3']"
    mask: "Float[Tensor, 'frame height width']"
    coverage: list[float]
    remembered: list[float]  # share of each frame; empty without a background memory


def _render(
    renderer: "SceneGuideRenderer", profile: "Profile", *, first_source: "Float[Tensor, '3 height width']"
) -> _RenderedGuide:
    """Render piece by piece, so that the device never holds the clip: ComfyUI's memory management sees none of it."""
    from ..postcam_core.media import image_from_video
    from ..postcam_core.warp import apply_profile

    frames = mask = None
    coverage, remembered = [], []
    for piece in renderer.pieces(progress=host_progress()):
        start = len(coverage)
        coverage += piece.coverage.tolist()
        if piece.is_remembered is not None:
            remembered += piece.is_remembered.float().mean(dim=(1, 2)).tolist()
        profiled = apply_profile(piece, profile, first_source=first_source)
        profile = replace(profile, first_is_source=False)  # of the pieces that follow, frame 0 is another
        images = image_from_video(profiled.frames)
        if frames is None or mask is None:
            frames = images.new_empty((renderer.num_frames, *images.shape[1:]), device=result_device())
            mask = profiled.mask.new_empty(frames.shape[:3], device=result_device())
        done = slice(start, len(coverage))
        frames[done], mask[done] = images, profiled.mask
    return _RenderedGuide(frames=frames, mask=mask, coverage=coverage, remembered=remembered)


def _summary(guide: _RenderedGuide) -> str:
    coverage, remembered = guide.coverage, guide.remembered
    lowest = min(range(len(coverage)), key=coverage.__getitem__)
    mean = sum(coverage) / len(coverage)
    summary = f"covered: {mean:.0%} on average, {coverage[lowest]:.0%} at worst (frame {lowest})"
    if not remembered:
        return summary
    return f"{summary}; {sum(remembered) / len(remembered):.0%} from the background memory"
