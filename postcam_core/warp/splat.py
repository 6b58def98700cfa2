"""Forward bilinear splatting: every source pixel is shared among the four target pixels around it."""

import torch
from jaxtyping import Float
from torch import Tensor


def splat(
    values: Float[Tensor, "channel height width"],
    *,
    x: Float[Tensor, "height width"],
    y: Float[Tensor, "height width"],
    weight: Float[Tensor, "height width"],
) -> tuple[Float[Tensor, "channel height width"], Float[Tensor, "height width"]]:
    """Weighted mean of the values that land on each target pixel, and the sum of their weights.

    Args:
        values: What to move; the target image has the same size.
        x: Target column of every source pixel, in pixels; may lie outside the image.
        y: Target row, likewise.
        weight: Importance of every source pixel; those with weight 0 leave no trace.

    Returns:
        The mean (0 where no weight landed) and the total weight, 0 in holes.

    Source:
        The released ``Warper.bilinear_splatting``. Its corners are floor and ceil, so that a pixel landing
        exactly on a column or row counts twice in that direction; kept, since weights there compete with
        those of pixels that land between.
    """
    num_channels, height, width = values.shape
    # One ring of pixels around the image takes what lands outside; a last row more, what lands on the ring.
    stride = width + 2
    x, y = (x + 1).clamp_(0, width + 1), (y + 1).clamp_(0, height + 1)
    column, left, right = _corners(x)
    row, top, bottom = _corners(y)
    index = row.mul_(stride).add_(column).view(-1)
    sums = values.new_zeros(num_channels + 1, (height + 4) * stride)
    for offset, share in (
        (0, top * left),
        (1, top * right),
        (stride, bottom * left),
        (stride + 1, bottom * right),
    ):
        share.mul_(weight)
        for plane, value in zip(sums, values, strict=False):
            plane[offset:].index_add_(0, index, (share * value).view(-1))
        sums[-1, offset:].index_add_(0, index, share.view(-1))
    sums = sums.view(num_channels + 1, height + 4, stride)[:, 1 : height + 1, 1 : width + 1]
    total = sums[-1]
    return sums[:-1] / total.clamp_min(torch.finfo(total.dtype).tiny), total


def _corners(position: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Index of the floor neighbour, weights of the floor and ceil neighbours.

    On the grid both are the same pixel with weight one each, given to the floor.
    """
    floor = position.floor()
    ceil_weight = position - floor
    floor_weight = (2 - (position.ceil() - floor)).sub_(ceil_weight)
    return floor.int(), floor_weight, ceil_weight
