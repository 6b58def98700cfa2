"""Sampling by ComfyUI's own machinery, with the released noise levels."""

from typing import Any

import comfy.sample
import comfy.samplers
import latent_preview
from torch import Tensor

from ...postcam_core.sampling import flow_sigmas
from .postcam_model import checked

SOLVERS: list[str] = comfy.samplers.SAMPLER_NAMES


def sample(
    model: Any,
    positive: list,
    negative: list,
    latents: Tensor,
    *,
    seed: int,
    num_steps: int,
    cfg: float,
    shift: float,
    solver: str,
) -> Tensor:
    """Denoise with previews and cancelling.

    Args:
        model: A patched PostCam MODEL.
        positive: Conditioning from PostCamConditioning.
        negative: The same with the negative text.
        latents: Zeros of the size wanted.
        seed: Of the noise; the released code uses 0.
        num_steps: Steps.
        cfg: Strength of the guidance.
        shift: Of the noise levels.
        solver: One of :data:`SOLVERS`.

    Raises:
        ModelError: If the model is another one.
    """
    checked(model)
    latents = comfy.sample.fix_empty_latent_channels(model, latents)
    return comfy.sample.sample_custom(
        model,
        comfy.sample.prepare_noise(latents, seed),
        cfg,
        comfy.samplers.sampler_object(solver),
        flow_sigmas(num_steps, shift),
        positive,
        negative,
        latents,
        callback=latent_preview.prepare_callback(model, num_steps),
        seed=seed,
    )
