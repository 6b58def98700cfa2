"""Where the pixels of a source frame land in a target camera."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Reprojection:
    """The map from pixels with depth in one source camera to pixels with depth in one target camera.

    Args:
        rays_from_pixels: Inverse of the source K.
        target_from_source: Rigid transform from the source camera's axes to the target camera's.
        target_K: Target intrinsics.
    """

    rays_from_pixels: Float[Tensor, "3 3"]
    target_from_source: Float[Tensor, "4 4"]
    target_K: Float[Tensor, "3 3"]

    @classmethod
    def between(
        cls,
        *,
        source_K: Float[Tensor, "3 3"],
        target_K: Float[Tensor, "3 3"],
        source_w2c: Float[Tensor, "4 4"],
        target_w2c: Float[Tensor, "4 4"],
    ) -> "Reprojection":
        """The map between two cameras, combined in float64.

        The general inverse keeps equal poses an identity even where a rotation, stored with few digits, is
        only nearly orthonormal.
        """
        source_K, target_K, source_w2c, target_w2c = (
            matrix.detach().to("cpu", torch.float64)
            for matrix in (source_K, target_K, source_w2c, target_w2c)
        )
        return cls(
            rays_from_pixels=torch.linalg.inv(source_K),
            target_from_source=target_w2c @ torch.linalg.inv(source_w2c),
            target_K=target_K,
        )

    def farthest_depth(self, depth: Float[Tensor, "height width"]) -> Float[Tensor, ""]:
        """Largest z-depth of a source frame's pixels in the target camera."""
        slope = self.target_from_source[2, :3] @ self.rays_from_pixels
        rate = _combine(slope.tolist(), (*_pixel_axes(depth, first_row=0), 1.0))
        return (rate * depth).amax() + self.target_from_source[2, 3].item()

    def target_position(
        self, depth: Float[Tensor, "row width"], *, first_row: int
    ) -> tuple[Float[Tensor, "row width"], Float[Tensor, "row width"], Float[Tensor, "row width"]]:
        """Homogeneous target pixels (u, v, z): column u/z, row v/z, at z-depth z.

        Step by step in float32 and not with the matrices multiplied out: the rounding of pixels that hardly
        move decides on which side of a pixel centre they fall, and so how depth edges bleed there.

        Args:
            depth: Z-depth of some rows of the source frame.
            first_row: Where in the frame those rows begin.

        Source:
            The released ``Warper.compute_transformed_points``.
        """
        pixel = (*_pixel_axes(depth, first_row=first_row), 1.0)
        point = [depth * _combine(row, pixel) for row in self.rays_from_pixels.tolist()]
        moved = [_combine(row, (*point, 1.0)) for row in self.target_from_source[:3].tolist()]
        u, v, z = (_combine(row, moved) for row in self.target_K.tolist())
        return u, v, z


def _pixel_axes(depth: Tensor, *, first_row: int) -> tuple[Tensor, Tensor]:
    """Columns [1, width] and rows [row, 1], left to broadcasting."""
    num_rows, width = depth.shape
    x = torch.arange(width, dtype=depth.dtype, device=depth.device)
    y = torch.arange(first_row, first_row + num_rows, dtype=depth.dtype, device=depth.device)
    return x[None, :], y[:, None]


def _combine(coefficients: Sequence[float], planes: Sequence[Tensor | float]) -> Tensor | float:
    """Σ coefficient · plane; the many zeros of cameras without skew or turn cost nothing."""
    return reduce(add, (c * plane for c, plane in zip(coefficients, planes, strict=True) if c))
