"""The loop over the noise levels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import ShapeError
from ..model import PostCamTransformer
from ..progress import ProgressFn, no_progress
from .guidance import guided_velocity
from .schedule import flow_sigmas
from .solvers import make_solver
from .windows import LatentWindow, check_window_cameras, check_windows, window_cameras, window_weights


@dataclass(frozen=True, kw_only=True)
class SamplingStep:
    """Where sampling stands after a step.

    Attributes:
        index: Steps done, from 1.
        num_steps: Steps in all.
        latents: The latents at the new noise level.
        clean: What the model expected the finished latents to be, for previews.
    """

    index: int
    num_steps: int
    latents: Float[Tensor, "batch channel frame height width"]
    clean: Float[Tensor, "batch channel frame height width"]


@torch.no_grad()
def denoise(
    model: PostCamTransformer,
    noise: Float[Tensor, "batch channel frame height width"],
    *,
    source_latents: Float[Tensor, "batch channel frame height width"],
    guide_latents: Float[Tensor, "batch channel frame guide_height guide_width"] | None,
    camera_w2c: Float[Tensor, "batch pose 4 4"],
    positive: Float[Tensor, "batch word text_dim"],
    negative: Float[Tensor, "batch word text_dim"] | None = None,
    num_steps: int = 50,
    shift: float = 5.0,
    cfg_scale: float = 5.0,
    solver: str = "euler",
    windows: Sequence[LatentWindow] | None = None,
    source_camera_w2c: Float[Tensor, "batch pose 4 4"] | None = None,
    progress: ProgressFn = no_progress,
    on_step: Callable[[SamplingStep], None] | None = None,
) -> Float[Tensor, "batch channel frame height width"]:
    """Sample target latents.

    Args:
        model: The transformer.
        noise: Gaussian noise on the model's device; its dtype is that of the latents between the steps.
        source_latents: The given video, encoded.
        guide_latents: The guide, encoded; None for control by pose alone.
        camera_w2c: World-to-camera poses of the target, as :meth:`PostCamTransformer.forward` takes them.
        positive: The embedded prompt.
        negative: The embedded negative prompt. None, or a ``cfg_scale`` of 1, asks the model once per step
            instead of twice.
        num_steps: Steps.
        shift: Of the schedule, see :func:`flow_sigmas`.
        cfg_scale: Strength of the guidance by text.
        solver: A name from :data:`SOLVERS`.
        windows: Parts of the clip that the model sees one at a time, see :func:`.windows.plan_windows`; then
            there is one pose per latent frame. What two windows cover is blended in every step, what one covers
            is that window's alone. None shows the model the whole clip.
        source_camera_w2c: The source's poses like ``camera_w2c``, read only for windows: the poses of each
            become relative to the source's camera at its first frame; None: to the target's.
        progress: Called after each step with ``(done, total)``; cancels by raising.
        on_step: Called after each step with its latents, for previews.

    Raises:
        ShapeError: If sizes do not fit, or the solver is unknown.

    Source:
        ``WanVideoReCamMasterPipeline.__call__`` of the released code. Differs: latents keep the noise's
        dtype between the steps, where the released code rounds them to bfloat16.
    """
    sigmas = flow_sigmas(num_steps, shift)
    step = make_solver(solver, sigmas)
    is_guided = negative is not None and cfg_scale != 1.0
    text = _branches(positive, negative) if is_guided else positive
    if windows is not None:
        check_windows(windows, noise.shape[2])
    if windows is None or len(windows) == 1:
        conditions = model.prepare(
            source_latents=source_latents,
            guide_latents=guide_latents,
            camera_w2c=camera_w2c,
            text=text,
            dtype=model.dtype,
        )

        def velocity_of(latents: Tensor, timestep: Tensor) -> Tensor:
            return guided_velocity(model, latents, timestep, conditions, cfg_scale)
    else:
        check_window_cameras(camera_w2c, source_camera_w2c, noise.shape[2])

        def velocity_in(window: LatentWindow, latents: Tensor, timestep: Tensor) -> Tensor:
            part = slice(window.start, window.stop)
            # Anew in every step: those of all windows together would take as many times the memory.
            conditions = model.prepare(
                source_latents=source_latents[:, :, part],
                guide_latents=None if guide_latents is None else guide_latents[:, :, part],
                camera_w2c=window_cameras(camera_w2c, window, source_camera_w2c),
                text=text,
                dtype=model.dtype,
            )
            return guided_velocity(model, latents[:, :, part], timestep, conditions, cfg_scale)

        def velocity_of(latents: Tensor, timestep: Tensor) -> Tensor:
            total, weights = torch.zeros_like(latents), latents.new_zeros(latents.shape[2], 1, 1)
            for window in windows:
                weight = window_weights(len(window)).to(latents)[:, None, None]
                total[:, :, window.start : window.stop] += weight * velocity_in(window, latents, timestep)
                weights[window.start : window.stop] += weight
            return total / weights

    latents = noise
    for index in range(num_steps):
        timestep = 1000 * sigmas[index : index + 1].to(noise.device)
        velocity = velocity_of(latents, timestep)
        clean = latents - sigmas[index].item() * velocity
        latents = step(latents, velocity, index)
        if on_step is not None:
            on_step(SamplingStep(index=index + 1, num_steps=num_steps, latents=latents, clean=clean))
        progress(index + 1, num_steps)
    return latents


def _branches(positive: Tensor, negative: Tensor) -> Tensor:
    """Both texts as one batch, the positive first."""
    if positive.shape != negative.shape:
        raise ShapeError(
            "negative text",
            expected=f"the positive's shape {tuple(positive.shape)}",
            got=f"{tuple(negative.shape)}",
            todo="Pad both to the same number of words, as the text encoder does (512).",
        )
    return torch.cat([positive, negative])
