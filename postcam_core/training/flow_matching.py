"""What the model is to predict, and how far off it is. Noise is on the target alone; the source stays clean."""

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from .recipes import Weighting

_NUM_TIMESTEPS = 1000


def shifted_sigmas(uniform: Float[Tensor, "*batch"], shift: float) -> Float[Tensor, "*batch"]:
    """Noise levels from numbers spread evenly over [0, 1], as :func:`postcam_core.sampling.flow_sigmas` shifts them."""
    return shift * uniform / (1 + (shift - 1) * uniform)


def noisy_latents(
    clean: Float[Tensor, "batch channel frame height width"],
    noise: Float[Tensor, "batch channel frame height width"],
    sigmas: Float[Tensor, " batch"],
) -> Float[Tensor, "batch channel frame height width"]:
    """The straight way from the clip to the noise, at ``sigmas`` of it."""
    return torch.lerp(clean, noise, sigmas[:, None, None, None, None])


def velocity_losses(
    velocity: Float[Tensor, "batch channel frame height width"],
    clean: Float[Tensor, "batch channel frame height width"],
    noise: Float[Tensor, "batch channel frame height width"],
) -> Float[Tensor, " batch"]:
    """Mean squared error of each clip's velocity; the true one is ``noise − clean``."""
    return (velocity.float() - (noise - clean)).square().flatten(1).mean(dim=1)


def timestep_weights(
    sigmas: Float[Tensor, " batch"], weighting: Weighting, shift: float
) -> Float[Tensor, " batch"]:
    """How much each noise level counts.

    ``"released"`` is a bell around the middle level that falls to 0 at pure noise, and is 1 on average over the
    shifted levels.

    Source:
        ``FlowMatchScheduler.set_timesteps(1000, training=True)`` and ``training_weight`` of DiffSynth-Studio,
        which the released code is built on. Differs: continuous, where it looks up the nearest of 1000 levels.
    """
    if weighting == "none":
        return torch.ones_like(sigmas)
    lowest, mean = _bell_range(shift)
    return (_bell(sigmas) - lowest) / (mean - lowest)


def _bell(sigmas: Tensor) -> Tensor:
    return torch.exp(-2 * (sigmas - 0.5) ** 2)


@lru_cache(maxsize=8)
def _bell_range(shift: float) -> tuple[float, float]:
    """Lowest and mean value of the bell over the levels that training draws from."""
    levels = torch.linspace(1, 0, _NUM_TIMESTEPS + 1, dtype=torch.float64)[:-1]
    bell = _bell(shifted_sigmas(levels, shift))
    return bell.min().item(), bell.mean().item()
