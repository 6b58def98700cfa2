"""PostCamKeepSeen: the recaptured frames with what the clip itself shows of the new view."""

from comfy_api.latest import io

from ..postcam_core.warp import KEEP_SEEN, keep_seen
from .sockets import CATEGORY


class PostCamKeepSeen(io.ComfyNode):
    """Mix the guide's own pixels into the result where it has some."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamKeepSeen",
            display_name="PostCam Keep Seen",
            category=CATEGORY,
            description="Mix what the clip itself shows of the new view into the result: sharper where the clip saw, "
            "the model's own where it did not. Needs good depth.",
            search_aliases=["postcam", "composite", "blend guide", "sharpen", "keep pixels"],
            inputs=[
                io.Image.Input("images", tooltip="The result, from PostCam Decode."),
                io.Image.Input("guide", tooltip="From PostCam Guide, of profile released."),
                io.Mask.Input("holes", tooltip="From the same node."),
                io.Float.Input(
                    "share",
                    default=KEEP_SEEN,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="Of the guide where it shows something: 0 leaves the result, 1 takes the guide. "
                    f"With exact depth {KEEP_SEEN} is closest to the truth; less where depth is rough.",
                ),
            ],
            outputs=[io.Image.Output(display_name="images")],
        )

    @classmethod
    def execute(
        cls, images: io.Image.Type, guide: io.Image.Type, holes: io.Mask.Type, share: float
    ) -> io.NodeOutput:
        """Mix."""
        frames, warped = (x[..., :3].movedim(-1, 1) for x in (images, guide))
        return io.NodeOutput(keep_seen(frames, warped, holes < 0.5, share=share).movedim(1, -1))
