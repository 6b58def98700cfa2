"""PostCamGuide: frames + geometry + trajectory → what the new camera would see of the old frames."""

from typing import TYPE_CHECKING

from comfy_api.latest import io, ui

from ..postcam_core.warp import PROFILES
from .backend.host import host_progress, result_device, show_text, work_device
from .sockets import CATEGORY, Geometry, Trajectory

if TYPE_CHECKING:
    from ..postcam_core.warp import Guide


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
        """Warp frame by frame on ComfyUI's device."""
        from ..postcam_core.media import image_from_video, uniform_indices, video_from_image
        from ..postcam_core.warp import (
            BackgroundMemory,
            apply_profile,
            check_same_frames,
            render_scene_guide,
        )

        video, background = video_from_image(images[..., :3]), None
        if background_memory:
            check_same_frames(video, geometry)
            background = BackgroundMemory.collect(video.__getitem__, geometry, progress=host_progress())
        video = video.to(work_device())
        rendered = render_scene_guide(
            video,
            geometry,
            trajectory,
            nearest_percentile=1.0 if nearest_depth == "robust" else 0.0,
            background=background,
            progress=host_progress(),
        )
        coverage = rendered.coverage.tolist()
        guide = apply_profile(
            rendered, PROFILES[profile], first_source=video[int(trajectory.source_index[0])]
        )
        frames = image_from_video(guide.frames).to(result_device())
        summary = _summary(coverage, rendered)
        show_text(summary, cls.hidden.unique_id)
        preview = ui.PreviewImage(frames[uniform_indices(len(frames), 4)], cls=cls)
        return io.NodeOutput(
            frames,
            guide.mask.to(result_device()),
            coverage,
            ui={**preview.as_dict(), **ui.PreviewText(summary).as_dict()},
        )


def _summary(coverage: list[float], guide: "Guide") -> str:
    lowest = min(range(len(coverage)), key=coverage.__getitem__)
    mean = sum(coverage) / len(coverage)
    summary = f"covered: {mean:.0%} on average, {coverage[lowest]:.0%} at worst (frame {lowest})"
    if guide.is_remembered is None:
        return summary
    return f"{summary}; {guide.is_remembered.float().mean():.0%} from the background memory"
