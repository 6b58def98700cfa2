"""PostCamSampler: the whole sampling in one node, set as the released code sets it."""

from comfy_api.latest import io

from .sockets import CATEGORY


class PostCamSampler(io.ComfyNode):
    """Noise in, latents out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Describe the node to ComfyUI."""
        from .backend.sampling import SOLVERS

        return io.Schema(
            node_id="PostCamSampler",
            display_name="PostCam Sampler",
            category=CATEGORY,
            description="Sample the recapture with the settings of the released model. ComfyUI's own samplers do "
            "it too: KSampler with euler, simple and cfg 5 gives the same.",
            search_aliases=["postcam", "ksampler", "recapture", "denoise"],
            inputs=[
                io.Model.Input("model", tooltip="From PostCam Load Model."),
                io.Conditioning.Input("positive", tooltip="From PostCam Conditioning."),
                io.Conditioning.Input("negative"),
                io.Latent.Input("latent"),
                io.Int.Input("seed", default=0, min=0, max=0xFFFFFFFFFFFFFFFF, control_after_generate=True),
                io.Int.Input("steps", default=50, min=1, max=1000),
                io.Float.Input(
                    "cfg",
                    default=5.0,
                    min=0.0,
                    max=100.0,
                    step=0.1,
                    tooltip="Strength of the guidance by text. 1 leaves it out and halves the time.",
                ),
                io.Float.Input(
                    "shift",
                    default=5.0,
                    min=0.01,
                    max=100.0,
                    step=0.01,
                    tooltip="More spends more of the steps on the layout. The released model was trained with 5.",
                ),
                io.Combo.Input("solver", options=list(SOLVERS), default="euler"),
                io.Int.Input(
                    "window_frames",
                    optional=True,  # requests saved before it was there
                    default=41,
                    min=5,
                    max=10001,
                    step=4,
                    advanced=True,
                    tooltip="Frames that the model sees at a time, 41 in its training. A longer clip is sampled in "
                    "windows of these.",
                ),
                io.Int.Input(
                    "overlap_frames",
                    optional=True,  # requests saved before it was there
                    default=12,
                    min=0,
                    max=10000,
                    step=4,
                    advanced=True,
                    tooltip="Frames that neighbouring windows share, where they are blended.",
                ),
            ],
            outputs=[io.Latent.Output(display_name="latent")],
        )

    @classmethod
    def execute(
        cls,
        model: io.Model.Type,
        positive: io.Conditioning.Type,
        negative: io.Conditioning.Type,
        latent: io.Latent.Type,
        seed: int,
        steps: int,
        cfg: float,
        shift: float,
        solver: str,
        window_frames: int = 41,
        overlap_frames: int = 12,
    ) -> io.NodeOutput:
        """Sample with ComfyUI's own machinery, so that previews, patches and cancelling work."""
        from .backend.sampling import sample

        samples = sample(
            model,
            positive,
            negative,
            latent["samples"],
            seed=seed,
            num_steps=steps,
            cfg=cfg,
            shift=shift,
            solver=solver,
            window_frames=window_frames,
            overlap_frames=overlap_frames,
        )
        # The rest says how to cut back what was padded.
        return io.NodeOutput({**latent, "samples": samples})
