"""What is compared: ways to make a video of the commanded camera from a held-out clip."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from ..model import PostCamTransformer
from ..pipeline import WanVae
from ..pipeline.wan_vae import TEMPORAL_REDUCTION
from ..sampling import denoise
from ..warp import keep_seen, shrink_guide
from ..weights import ModelSettings
from .held_out import HeldOutClip
from .inpainting import inpainted_guide

Recapture: TypeAlias = Callable[[HeldOutClip], Tensor]
"""A held-out clip → video ``[T,3,H,W]`` in [-1, 1] of the commanded camera."""

SOURCE = "source unchanged"
INPAINTED = "guide + inpainting"
INPAINTED_OVER_TIME = "guide + time + inpainting"
INPAINTED_THROUGH_VAE = "guide + inpainting, through the VAE"
TRUTH_THROUGH_VAE = "truth through the VAE"
POSE_ONLY = "pose only"
POSTCAM = "PostCam"
POSTCAM_KEEPING = "PostCam, seen pixels kept"


def model_free_recaptures() -> dict[str, Recapture]:
    """What needs no weights, by name."""
    return {
        SOURCE: lambda clip: clip.source,
        INPAINTED: lambda clip: inpainted_guide(clip.guide, over_time=False),
        INPAINTED_OVER_TIME: lambda clip: inpainted_guide(clip.guide, over_time=True),
    }


def vae_recaptures(vae: WanVae) -> dict[str, Recapture]:
    """What the VAE alone does to the truth, which no model can do better than, and to the baseline."""

    def there_and_back(video: Float[Tensor, "frame 3 height width"]) -> Float[Tensor, "frame 3 height width"]:
        return vae.decode(vae.encode(video)).cpu()

    return {
        INPAINTED_THROUGH_VAE: lambda clip: there_and_back(inpainted_guide(clip.guide, over_time=False)),
        TRUTH_THROUGH_VAE: lambda clip: there_and_back(clip.truth),
    }


@dataclass(frozen=True, kw_only=True)
class ModelRecapture:
    """A trained model, without text and without guidance.

    Args:
        model: The transformer.
        settings: Of its checkpoint: shift and guide scale.
        vae: Encodes and decodes.
        num_steps: Of sampling.
        has_guide: False for control by pose alone.
        keep_seen: Share of the guide's own pixels in the result where it has some.
    """

    model: PostCamTransformer
    settings: ModelSettings
    vae: WanVae
    num_steps: int = 8
    has_guide: bool = True
    keep_seen: float = 0.0

    def __call__(self, clip: HeldOutClip) -> Float[Tensor, "frame 3 height width"]:
        """Sample; the clip's seed is that of the noise."""
        model = self.model
        options = {"device": model.patch_embedding.weight.device, "dtype": model.dtype}
        source = self.vae.encode(clip.source)[None].to(**options)
        guide = None
        if self.has_guide:
            guide = self.vae.encode(shrink_guide(clip.guide.frames, self.settings.guide_scale))[None].to(
                **options
            )
        noise = torch.randn(source.shape, generator=torch.Generator().manual_seed(clip.seed))
        latents = denoise(
            model,
            # The steps add up in float32, whatever the weights are in.
            noise.to(options["device"]),
            source_latents=source,
            guide_latents=guide,
            camera_w2c=clip.camera_w2c(TEMPORAL_REDUCTION)[None].to(options["device"]),
            positive=torch.zeros(1, 1, model.config.text_dim, **options),
            num_steps=self.num_steps,
            shift=self.settings.shift,
        )
        frames = self.vae.decode(latents[0]).cpu()
        return keep_seen(frames, clip.guide.frames, clip.guide.mask, share=self.keep_seen)
