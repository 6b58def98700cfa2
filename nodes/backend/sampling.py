"""Sampling by ComfyUI's own machinery, with the released noise levels."""

from typing import Any

import comfy.context_windows
import comfy.sample
import comfy.samplers
import latent_preview
from torch import Tensor

from ...postcam_core.pipeline.wan_vae import TEMPORAL_REDUCTION
from ...postcam_core.sampling import flow_sigmas, latent_frames, plan_windows
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
    window_frames: int,
    overlap_frames: int,
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
        window_frames: Frames that the model sees at a time; a longer clip is sampled in windows of these, unless
            the MODEL has context windows of its own.
        overlap_frames: Frames that neighbouring windows share.

    Raises:
        ModelError: If the model is another one.
        ShapeError: If windows cannot be planned so.
    """
    checked(model)
    length, overlap = latent_frames(window_frames), overlap_frames // TEMPORAL_REDUCTION
    is_long = len(plan_windows(latents.shape[2], length=length, overlap=overlap)) > 1
    if is_long and "context_handler" not in model.model_options:
        model = _in_windows(model, length, overlap)
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


def _in_windows(model: Any, length: int, overlap: int) -> Any:
    """The model with core's context windows, set to plan and blend as :func:`plan_windows` and ``denoise`` do."""
    windowed = model.clone()
    windowed.model_options["context_handler"] = comfy.context_windows.IndexListContextHandler(
        context_schedule=comfy.context_windows.get_matching_context_schedule("standard_static"),
        fuse_method=comfy.context_windows.get_matching_fuse_method("pyramid"),
        context_length=length,
        context_overlap=overlap,
        dim=2,
        causal_window_fix=False,
    )
    # Memory is reserved for one window, not for the clip.
    comfy.context_windows.create_prepare_sampling_wrapper(windowed)
    return windowed
