"""Noise levels of flow matching."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import ShapeError


def flow_sigmas(num_steps: int, shift: float = 5.0) -> Float[Tensor, " level"]:
    """Noise levels from 1 (pure noise) down to 0, ``num_steps + 1`` of them.

    A video of many tokens still shows its layout through much noise; the shift spends more of the steps
    where the layout is decided.

    Args:
        num_steps: How often the model will be asked.
        shift: 1 spaces the levels evenly; the released model was trained and is sampled with 5.

    Raises:
        ShapeError: If there is no step, or the shift is not positive.

    Source:
        Esser et al. (arXiv 2403.03206), eq. 23; ``FlowMatchScheduler`` of the released code.
    """
    if num_steps < 1 or not shift > 0:
        raise ShapeError(
            "schedule",
            expected="at least one step and a positive shift",
            got=f"{num_steps} steps, shift {shift}",
            todo="The released settings are 50 steps and shift 5.",
        )
    even = torch.linspace(1, 0, num_steps + 1)
    return shift * even / (1 + (shift - 1) * even)
