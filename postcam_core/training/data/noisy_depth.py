"""Depth as an estimator would have it: wrong in smooth regions, in scale, and soft at edges."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from ...errors import ShapeError

# What strength 1 means: standard deviations of the logarithm of depth, and the share of the width over which the
# depth of one side of an edge may bleed into the other.
_REGION_ERROR = 0.08
_SCALE_ERROR = 0.05
_BLEED_WIDTH = 0.02
# Cells of the error per clip: it drifts slowly through time and is alike over a quarter of the picture.
_CELLS = (3, 4, 6)


def noisy_depth(
    depth: Float[Tensor, "frame height width"], *, strength: float, seed: int
) -> Float[Tensor, "frame height width"]:
    """Perturb exact depth as monocular estimates are perturbed, always the same for one seed.

    Three errors, each in proportion to ``strength``: a smooth field that multiplies depth (standard deviation
    8 % at strength 1, slowly changing over picture and time); one factor for the whole clip (5 %), by which
    depth and cameras then disagree; and bleeding at edges, where inverse depth is averaged over up to 2 % of
    the width, more in some regions than in others.

    Args:
        depth: Positive z-depth.
        strength: 0 returns the depth as it is; 1 is a good estimator's; 2 a poor one's.
        seed: Of the error.

    Raises:
        ShapeError: If the strength is negative or not finite.
    """
    if not 0 <= strength < float("inf"):
        raise ShapeError(
            "strength of the depth noise", expected="0 or more", got=f"{strength}", todo="1 suits most data."
        )
    if strength == 0:
        return depth
    generator = torch.Generator().manual_seed(seed)
    region, bleeding = (_smooth_field(depth, generator) for _ in range(2))
    scale = torch.randn((), generator=generator)
    error = strength * (_REGION_ERROR * region + _SCALE_ERROR * scale.to(depth))
    return _bleed(depth, bleeding.sigmoid(), strength) * error.exp()


def _smooth_field(
    like: Float[Tensor, "frame height width"], generator: torch.Generator
) -> Float[Tensor, "frame height width"]:
    """Gaussian noise on a coarse grid, interpolated; about unit deviation."""
    coarse = torch.randn(1, 1, *_CELLS, generator=generator).to(like)
    return interpolate(coarse, like.shape, mode="trilinear", align_corners=True)[0, 0]


def _bleed(
    depth: Float[Tensor, "frame height width"], share: Float[Tensor, "frame height width"], strength: float
) -> Float[Tensor, "frame height width"]:
    """Mix inverse depth with its mean over a window: near edges alone the two differ much."""
    radius = max(1, round(strength * _BLEED_WIDTH * depth.shape[-1] / 2))
    inverse = 1 / depth
    # Windows at the border count what is inside.
    mean = avg_pool2d(inverse[:, None], 2 * radius + 1, 1, radius, count_include_pad=False)[:, 0]
    return 1 / torch.lerp(inverse, mean, share.clamp(max=1) * min(strength, 1.0))
