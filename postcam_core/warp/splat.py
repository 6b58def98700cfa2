"""Forward bilinear splatting: every source pixel is shared among the four target pixels around it."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor


class SplatSum:
    """Weighted sums of what has landed on each pixel of a target image so far.

    Args:
        num_channels: Number of values that each pixel carries.
        height: Of the target image.
        width: Of the target image.
        device: Where the sums are kept.

    Source:
        The released ``Warper.bilinear_splatting``. Its corners are floor and ceil, so that a pixel landing
        exactly on a column or row counts twice in that direction; kept, since weights there compete with
        those of pixels that land between.
    """

    def __init__(self, num_channels: int, *, height: int, width: int, device: torch.device) -> None:
        self.height, self.width = height, width
        # One ring of pixels around the image takes what lands outside; a last row more, what lands on the ring.
        self._stride = width + 2
        self._sums = torch.zeros(num_channels + 1, (height + 4) * self._stride, device=device)

    def add(
        self,
        channels: Sequence[Float[Tensor, "*pixel"]],
        *,
        x: Float[Tensor, "*pixel"],
        y: Float[Tensor, "*pixel"],
        weight: Float[Tensor, "*pixel"],
    ) -> None:
        """Let pixels land.

        Args:
            channels: The values they carry.
            x: Target column of each pixel; may lie outside the image.
            y: Target row, likewise.
            weight: Importance of each pixel; those with weight 0 leave no trace.
        """
        column, left, right = _corners((x + 1).clamp_(0, self.width + 1))
        row, top, bottom = _corners((y + 1).clamp_(0, self.height + 1))
        index = row.mul_(self._stride).add_(column).flatten()
        for offset, share in (
            (0, top * left),
            (1, top * right),
            (self._stride, bottom * left),
            (self._stride + 1, bottom * right),
        ):
            share.mul_(weight)
            for channel_sum, values in zip(self._sums[:-1], channels, strict=True):
                channel_sum[offset:].index_add_(0, index, (share * values).flatten())
            self._sums[-1, offset:].index_add_(0, index, share.flatten())

    def mean(self) -> tuple[Float[Tensor, "channel height width"], Float[Tensor, "height width"]]:
        """Weighted mean of what landed on each pixel, 0 in holes; and the sum of weights, 0 in holes."""
        padded = self._sums.view(len(self._sums), self.height + 4, self._stride)
        sums = padded[:, 1 : self.height + 1, 1 : self.width + 1]
        total = sums[-1]
        return sums[:-1] / total.clamp_min(torch.finfo(total.dtype).tiny), total


def _corners(position: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Index of the floor neighbour, and the weights of the floor and ceil neighbours.

    On the grid both are the same pixel, with weight one each, given to the floor.
    """
    floor = position.floor()
    ceil_weight = position - floor
    floor_weight = (2 - (position.ceil() - floor)).sub_(ceil_weight)
    return floor.int(), floor_weight, ceil_weight
