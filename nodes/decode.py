"""PostCamDecode: sampled latents → frames of the clip's own size and number."""

from comfy_api.latest import io

from .sockets import CATEGORY


class PostCamDecode(io.ComfyNode):
    """VAE Decode that cuts off what PostCam Conditioning had to add."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        return io.Schema(
            node_id="PostCamDecode",
            display_name="PostCam Decode",
            category=CATEGORY,
            description="Decode latents as VAE Decode does, and cut the frames back to the size and number that "
            "the clip had before it was padded for the model.",
            search_aliases=["postcam", "vae decode", "latent to image", "crop padding"],
            inputs=[
                io.Vae.Input("vae", tooltip="The one that PostCam Conditioning got."),
                io.Latent.Input("latent", tooltip="From the sampler."),
            ],
            outputs=[io.Image.Output(display_name="images")],
        )

    @classmethod
    def execute(cls, vae: io.Vae.Type, latent: io.Latent.Type) -> io.NodeOutput:
        """Decode and cut."""
        from .clip_padding import cut_back

        images = vae.decode(latent["samples"])
        clips = images if images.ndim == 5 else images[None]
        return io.NodeOutput(cut_back(clips, latent).flatten(0, 1))
