"""PostCamLoadModel: a checkpoint → MODEL, refused by name when it is something else."""

from comfy_api.latest import io

from .sockets import CATEGORY


class PostCamLoadModel(io.ComfyNode):
    """A PostCam transformer as one of ComfyUI's models."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        from .backend.loading import WEIGHT_DTYPES, model_menu

        return io.Schema(
            node_id="PostCamLoadModel",
            display_name="PostCam Load Model",
            category=CATEGORY,
            description="Load a PostCam checkpoint: the released postcam.ckpt, or a file converted from it. Any "
            "other model is refused by name.",
            search_aliases=["postcam", "load checkpoint", "unet loader", "diffusion model"],
            inputs=[
                io.Combo.Input(
                    "model_name",
                    options=model_menu(),
                    tooltip="A file in ComfyUI's models/diffusion_models folder.",
                ),
                io.Combo.Input(
                    "weight_dtype",
                    options=list(WEIGHT_DTYPES),
                    tooltip="fp8 halves the memory of the weights; the result changes a little.",
                ),
            ],
            outputs=[io.Model.Output(display_name="model")],
        )

    @classmethod
    def execute(cls, model_name: str, weight_dtype: str) -> io.NodeOutput:
        """Check and load."""
        from .backend.loading import load_model

        return io.NodeOutput(load_model(model_name, weight_dtype))
