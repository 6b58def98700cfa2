"""PostCamTrajectory: a preset, or a trajectory document as JSON → POSTCAM_TRAJECTORY."""

from typing import Any

from comfy_api.latest import io, ui

from ..postcam_core.errors import TrajectoryError
from ..postcam_core.trajectory import PRESETS, SHOT_NAMES, ShotName
from .backend.folders import scene_folder, temp_reference
from .backend.host import host_progress, show_text
from .sockets import CATEGORY, Geometry, Trajectory


class PostCamTrajectory(io.ComfyNode):
    """The path of the new camera."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamTrajectory",
            display_name="PostCam Trajectory",
            category=CATEGORY,
            description="Choose how the new camera moves, relative to the clip's first camera.",
            search_aliases=["postcam", "camera path", "camera motion", "orbit", "dolly", "pan"],
            inputs=[
                io.Combo.Input("preset", options=list(PRESETS), default="arc_left"),
                io.Float.Input(
                    "amount",
                    default=1.0,
                    min=-20.0,
                    max=20.0,
                    step=0.05,
                    tooltip="How much of the preset: 1 is its natural size (arcs 30°, pans 20°, tilts 10°, a dolly "
                    "half the way to the nearest surface), 2 is twice that, a negative number mirrors it.",
                ),
                io.Int.Input(
                    "num_frames",
                    default=41,
                    min=1,
                    max=10001,
                    tooltip="As many as the clip has after loading; with the shot slow down, as many as the new clip "
                    "shall have.",
                ),
                io.String.Input(
                    "trajectory",
                    default="",
                    multiline=True,
                    tooltip="A trajectory document (JSON, see docs/formats.md). When it is given, preset and amount "
                    "are not used.",
                ),
                io.Image.Input(
                    "images",
                    optional=True,
                    tooltip="The clip, for the editor to show. Needs geometry too.",
                ),
                Geometry.Input(
                    "geometry",
                    optional=True,
                    tooltip="Depth and cameras of the clip, for the editor to show. Needs images too.",
                ),
                # Optional: workflows made before they existed still run.
                io.Combo.Input(
                    "shot",
                    options=list(SHOT_NAMES),
                    default="as normal",
                    optional=True,
                    tooltip="What else happens while the camera makes the preset's move. bullet time: the clip stands "
                    "still. bullet time from there: the same, and the move starts where the camera stood at that "
                    "moment. reverse: the clip runs backwards. slow down: it is spread over num_frames, whatever its "
                    "own length is (connect images or geometry). follow the source: the move is added to the clip's "
                    "own camera. stabilise: the same, with the shake taken out; choose the preset static for that "
                    "alone. What goes along with the clip's camera needs geometry.",
                ),
                io.Float.Input(
                    "freeze_at",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    optional=True,
                    tooltip="For bullet time: where the clip stands still, 0 at its first frame and 1 at its last.",
                ),
            ],
            hidden=[io.Hidden.unique_id],
            has_intermediate_output=True,
            outputs=[Trajectory.Output(display_name="trajectory")],
        )

    @classmethod
    def execute(
        cls,
        preset: str,
        amount: float,
        num_frames: int,
        trajectory: str,
        images: io.Image.Type | None = None,
        geometry: Geometry.Type | None = None,
        shot: ShotName = "as normal",
        freeze_at: float = 0.5,
    ) -> io.NodeOutput:
        """Read the document, or make the preset's, and sample it; hand the clip to the page's editor."""
        from ..postcam_core.trajectory import parse_document, preset_document, with_shot
        from .clip_checks import sample_for_clip

        if trajectory.strip():
            _check_no_shot(shot)
            document = parse_document(trajectory)
        else:
            document = with_shot(preset_document(preset, amount), shot, freeze_at=freeze_at)
        sampled = sample_for_clip(document, num_frames, images=images, geometry=geometry)
        return io.NodeOutput(sampled, ui=_for_the_page(images, geometry, cls.hidden.unique_id))


def _check_no_shot(shot: ShotName) -> None:
    if shot != "as normal":
        raise TrajectoryError(
            "shot",
            expected='"as normal" while there is a trajectory document',
            got=f'"{shot}"',
            todo="Clear the document to use a preset with this shot, or put the shot into the document: "
            "docs/shots.md says how.",
        )


def _for_the_page(
    images: io.Image.Type | None, geometry: Geometry.Type | None, node_id: str
) -> dict[str, Any] | None:
    """The scene that the editor shows: its manifest, and where its files lie."""
    if images is None and geometry is None:
        return None
    if images is None or geometry is None:
        missing, given = ("images", "geometry") if images is None else ("geometry", "images")
        note = f"The editor shows the clip once {missing} is connected too, not only {given}."
        show_text(note, node_id)
        return ui.PreviewText(note).as_dict()
    from ..postcam_core.geometry.scene_files import provide_scene_files
    from ..postcam_core.media import video_from_image

    folder, manifest = provide_scene_files(
        scene_folder(), video_from_image(images[..., :3]), geometry, progress=host_progress()
    )
    return {"postcam_scene": [{"manifest": manifest, **temp_reference(folder)}]}
