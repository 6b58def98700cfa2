"""Which pixels of a frame show things that do not move, judged by what other frames see in their place."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import interpolate, max_pool2d

from ..geometry import SceneGeometry
from .reprojection import Reprojection

# Votes are counted on frames of this width at most: 4 s instead of 13 for 41 frames of 832×480, to the same end.
_VOTING_WIDTH_PX = 256
_DEPTH_TOLERANCE = 0.05
# At least so much of the nearest surface's inverse depth: estimates are least sure of what is far away.
_INVERSE_DEPTH_TOLERANCE = 0.03
_COLOUR_TOLERANCE = 0.1
# A thing at rest is seen through, or shaded otherwise, by mistake only.
_SEEN_THROUGH_SHARE = 0.05
_RECOLOURED_SHARE = 0.2
# Outlines of moving things are soft and throw shadows; share of the width by which they grow.
_MARGIN_SHARE = 0.016
# How much inverse depth bends at an outline; it runs straight over any plane.
_EDGE_BEND = 0.1


class StaticPixels:
    """Decides frame by frame.

    The world point of a pixel is looked up in frames 1, 2, 4, 8… before and after. There it is seen again
    (depth and colour agree), hidden or out of view (no vote), recoloured, or seen through: the surface there
    is farther away. A pixel is static if it is seen again at all and hardly ever seen through or recoloured.

    Args:
        frame_at: Gives source frame i in [-1, 1].
        geometry: Depth and cameras of all source frames.
    """

    def __init__(
        self, frame_at: Callable[[int], Float[Tensor, "3 height width"]], geometry: SceneGeometry
    ) -> None:
        self._frame_at = frame_at
        self._size = geometry.height, geometry.width
        shrink = min(1.0, _VOTING_WIDTH_PX / geometry.width)
        self._geometry = geometry.resized(*(max(1, round(side * shrink)) for side in self._size))
        self._uncertainty = _INVERSE_DEPTH_TOLERANCE / geometry.nearest_depth()

    def mask(self, index: int) -> Bool[Tensor, "height width"]:
        """True where frame ``index`` shows a thing at rest, a margin off from all that moves, and no outline."""
        again, seen_through, recoloured = self._votes(index)
        total = again + seen_through + recoloured
        is_moving = (seen_through > _SEEN_THROUGH_SHARE * total) | (recoloured > _RECOLOURED_SHARE * total)
        radius = max(1, round(_MARGIN_SHARE * is_moving.shape[1]))
        near_moving = max_pool2d(is_moving[None].float(), 2 * radius + 1, 1, radius)
        is_out = torch.maximum(near_moving, (again == 0)[None].float())
        return interpolate(is_out[None], self._size, mode="nearest-exact")[0, 0] == 0

    def _votes(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        geometry = self._geometry
        depth, colour = geometry.depth[index].cpu(), self._colour(index)
        height, width = depth.shape
        again, seen_through, recoloured = torch.zeros(3, height, width, dtype=torch.int32)
        for other in _compared_frames(index, geometry.num_frames):
            view = _View.around(self._colour(other), geometry.depth[other].cpu())
            u, v, z = Reprojection.between(
                source_K=geometry.K[index],
                target_K=geometry.K[other],
                source_w2c=geometry.w2c[index],
                target_w2c=geometry.w2c[other],
            ).target_position(depth, first_row=0)
            is_in_front = z > 0
            z = torch.where(is_in_front, z, 1)
            x, y = (u / z).round(), (v / z).round()
            is_in_view = is_in_front & (x >= 0) & (x < width) & (y >= 0) & (y < height)
            at = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).long()
            tolerance = (_DEPTH_TOLERANCE / z).clamp_min(self._uncertainty)
            is_farther = 1 / view.nearest[at] < 1 / z - tolerance
            is_nearer = 1 / view.farthest[at] > 1 / z + tolerance
            is_alike = (colour >= view.darkest[:, at] - _COLOUR_TOLERANCE).all(0)
            is_alike &= (colour <= view.brightest[:, at] + _COLOUR_TOLERANCE).all(0)
            is_there = is_in_view & ~is_farther & ~is_nearer
            again += is_there & is_alike
            recoloured += is_there & ~is_alike
            seen_through += is_in_view & is_farther
        return again, seen_through, recoloured

    def _colour(self, index: int) -> Float[Tensor, "3 height width"]:
        frame = self._frame_at(index)[None].to("cpu", torch.float32)
        return interpolate(frame, self._geometry.depth.shape[1:], mode="bilinear", antialias=True)[0]


@dataclass(frozen=True, kw_only=True)
class _View:
    """What is seen within a pixel of each pixel: positions are rarely better known."""

    nearest: Float[Tensor, " pixel"]
    farthest: Float[Tensor, " pixel"]
    darkest: Float[Tensor, "3 pixel"]
    brightest: Float[Tensor, "3 pixel"]

    @classmethod
    def around(cls, colour: Float[Tensor, "3 height width"], depth: Float[Tensor, "height width"]) -> "_View":
        """The view of one frame."""
        planes = torch.cat([depth[None], colour])
        highest, lowest = (max_pool2d(side, 3, 1, 1).flatten(1) for side in (planes, -planes))
        return cls(nearest=-lowest[0], farthest=highest[0], darkest=-lowest[1:], brightest=highest[1:])


def is_outline(depth: Float[Tensor, "height width"]) -> Bool[Tensor, "height width"]:
    """True on both sides of every step or sharp bend of depth."""
    inverse = 1 / depth
    bent = torch.zeros_like(depth, dtype=torch.bool)
    for axis in (0, 1):
        middle = inverse.narrow(axis, 1, inverse.shape[axis] - 2)
        bend = inverse.diff(n=2, dim=axis).abs()
        bent.narrow(axis, 1, inverse.shape[axis] - 2).logical_or_(bend > _EDGE_BEND * middle)
    return bent


def _compared_frames(index: int, num_frames: int) -> list[int]:
    """Near ones share the view, far ones tell slow movement."""
    steps = (2**k for k in range(num_frames.bit_length()))
    return [other for step in steps for other in (index - step, index + step) if 0 <= other < num_frames]
