"""The one rotary embedding: position ids → rotations of pairs of channels."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from .precision import exact_dtype

_THETA = 10000.0


@dataclass(frozen=True, kw_only=True)
class RotaryTable:
    """Rotations per token, shared by all heads; the channels of a pair stand side by side.

    Attributes:
        cos: Cosine of the pair's angle, for both channels.
        sin: Sine of the pair's angle, negated for the first channel.
    """

    cos: Float[Tensor, "token 1 head_dim"]
    sin: Float[Tensor, "token 1 head_dim"]

    def first(self, count: int | None) -> "RotaryTable":
        """The table of the first ``count`` tokens (all for None)."""
        return RotaryTable(cos=self.cos[:count], sin=self.sin[:count])


def rotary_table(
    ids: Float[Tensor, "token axis"], head_dim: int, *, device: torch.device, dtype: torch.dtype
) -> RotaryTable:
    """Angles are id × frequency; each axis owns a run of channel pairs with its own geometric frequencies.

    Args:
        ids: Position ids on the CPU; fractions are fine.
        head_dim: Channels of a head. Axes after the first get the largest equal even share of at most
            ``head_dim / axes``, the first gets the rest: 44 + 42 + 42 of 128, or all of them if it is alone.
        device: Where the table goes.
        dtype: What the table is kept in; angles are computed more exactly.

    Source:
        RoFormer (arXiv 2104.09864) eq. 15; ``precompute_freqs_cis_3d`` of the released code. Differs: real
        numbers instead of complex128, and head sizes whose third is odd are allowed.
    """
    num_axes = ids.shape[1]
    shared = 2 * (head_dim // (2 * num_axes))
    widths = [head_dim - shared * (num_axes - 1), *[shared] * (num_axes - 1)]
    exact = exact_dtype(device)
    positions = ids.to(exact).to(device)
    angles = torch.cat(
        [positions[:, axis, None] * _frequencies(width, device, exact) for axis, width in enumerate(widths)],
        dim=1,
    )[:, None]
    cos, sin = angles.cos(), angles.sin()
    return RotaryTable(
        cos=torch.stack([cos, cos], dim=-1).flatten(-2).to(dtype),
        sin=torch.stack([-sin, sin], dim=-1).flatten(-2).to(dtype),
    )


def _frequencies(width: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    return _THETA ** -(torch.arange(0, width, 2, device=device, dtype=dtype) / width)


def rotate(
    tokens: Float[Tensor, "batch token dim"], table: RotaryTable, num_heads: int
) -> Float[Tensor, "batch token dim"]:
    """Turn neighbouring channels of every head by the token's angles."""
    heads = tokens.unflatten(-1, (num_heads, -1))
    swapped = heads.unflatten(-1, (-1, 2)).flip(-1).flatten(-2)
    return torch.addcmul(heads * table.cos, swapped, table.sin).flatten(2).to(tokens.dtype)
