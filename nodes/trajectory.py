"""PostCamTrajectory: a preset, or a trajectory document as JSON → POSTCAM_TRAJECTORY."""

from comfy_api.latest import io

from ..postcam_core.trajectory import PRESETS
from .sockets import CATEGORY, Trajectory


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
                    tooltip="As many as the clip has after loading.",
                ),
                io.String.Input(
                    "trajectory",
                    default="",
                    multiline=True,
                    tooltip="A trajectory document (JSON, see docs/formats.md). When it is given, preset and amount "
                    "are not used.",
                ),
            ],
            outputs=[Trajectory.Output(display_name="trajectory")],
        )

    @classmethod
    def execute(cls, preset: str, amount: float, num_frames: int, trajectory: str) -> io.NodeOutput:
        """Read the document, or make the preset's, and sample it."""
        from ..postcam_core.trajectory import build_document, parse_document, sample_trajectory

        if trajectory.strip():
            document = parse_document(trajectory)
        else:
            document = build_document({"kind": "preset", "name": preset, "amount": amount})
        return io.NodeOutput(sample_trajectory(document, num_frames))
