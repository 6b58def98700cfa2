"""PostCamConditioning: source, guide and trajectory, encoded and joined to the text → what a sampler needs."""

from comfy_api.latest import io

from .sockets import CATEGORY, Geometry, Trajectory


class PostCamConditioning(io.ComfyNode):
    """Everything that the model is told, beside the noise."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamConditioning",
            display_name="PostCam Conditioning",
            category=CATEGORY,
            description="Encode the source and the guide, and add them and the camera poses to the text. Connect "
            "all three outputs to a sampler.",
            search_aliases=["postcam", "camera conditioning", "encode guide"],
            inputs=[
                io.Vae.Input("vae", tooltip="The Wan 2.1 VAE, for the released model."),
                io.Image.Input(
                    "source", tooltip="The clip, of any size and number of frames, from PostCam Load Video."
                ),
                Trajectory.Input("trajectory", tooltip="The same one that made the guide."),
                io.Image.Input(
                    "guide",
                    optional=True,
                    tooltip="From PostCam Guide. Without it the model follows the poses alone.",
                ),
                io.Conditioning.Input(
                    "positive",
                    optional=True,
                    tooltip="What the clip shows, from Wan's text encoder. Without it the model gets no text.",
                ),
                io.Conditioning.Input("negative", optional=True),
                Geometry.Input(
                    "geometry",
                    optional=True,
                    tooltip="Of the source. Needed for a trajectory whose lengths are in scene units, for shots that "
                    "freeze the clip or play it in another order, and for clips longer than the model sees at a time.",
                ),
                io.Model.Input(
                    "model",
                    optional=True,
                    tooltip="The model that will be sampled: tells at which size it wants the guide.",
                ),
                io.Float.Input(
                    "guide_scale",
                    default=0.25,
                    min=0.125,
                    max=1.0,
                    step=0.01,
                    advanced=True,
                    tooltip="Size at which the model sees the guide: a quarter for the released model. Not used while "
                    "a model is connected.",
                ),
            ],
            outputs=[
                io.Conditioning.Output(display_name="positive"),
                io.Conditioning.Output(display_name="negative"),
                io.Latent.Output(
                    display_name="latent",
                    tooltip="For the sampler, and from there to PostCam Decode, which cuts off what a clip was "
                    "padded with.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        vae: io.Vae.Type,
        source: io.Image.Type,
        trajectory: Trajectory.Type,
        guide: io.Image.Type | None = None,
        positive: io.Conditioning.Type | None = None,
        negative: io.Conditioning.Type | None = None,
        geometry: Geometry.Type | None = None,
        model: io.Model.Type | None = None,
        guide_scale: float = 0.25,
    ) -> io.NodeOutput:
        """Encode and join."""
        from .backend.conditioning import encode, join, no_text
        from .backend.postcam_model import guide_scale_of
        from .clip_checks import check_clip, latent_poses
        from .clip_padding import crop_note, padded

        check_clip(source, guide, trajectory, geometry)
        if model is not None:
            guide_scale = guide_scale_of(model)
        # A frozen or reversed source is what the guide shows, frame by frame.
        shown = source[trajectory.source_index, ..., :3]
        fitting = padded(shown, 1.0 if guide is None else guide_scale)
        source_latents = encode(vae, fitting)
        guide_latents = None
        if guide is not None:
            guide_latents = encode(vae, _shrunk(padded(guide[..., :3], guide_scale), guide_scale))
        poses = latent_poses(trajectory, geometry)
        latent = {"samples": source_latents.new_zeros(source_latents.shape)} | crop_note(shown, fitting)
        joined = [
            join(text or no_text(), source_latents, guide_latents, *poses) for text in (positive, negative)
        ]
        return io.NodeOutput(*joined, latent)


def _shrunk(images: io.Image.Type, scale: float) -> io.Image.Type:
    from ..postcam_core.media import image_from_video, video_from_image
    from ..postcam_core.warp import shrink_guide

    return image_from_video(shrink_guide(video_from_image(images), scale))
