"""Where the pixels of a source frame land in a target camera, in closed form."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Reprojection:
    """The map from pixels with depth in one source camera to pixels with depth in one target camera.

    A source pixel p = (x, y, 1) at z-depth d has the homogeneous target position ``d · matrix @ p + shift``,
    whose last entry is its z-depth there.

    Args:
        matrix: K_target R K_source⁻¹, float64 on the CPU.
        shift: K_target t, float64 on the CPU; (R, t) takes source camera axes to target camera axes.

    Source:
        Hartley & Zisserman, Multiple View Geometry, 2nd ed., eq. 9.7; the same map as the released
        ``Warper.compute_transformed_points``.
    """

    matrix: Float[Tensor, "3 3"]
    shift: Float[Tensor, "3"]

    @classmethod
    def between(
        cls,
        *,
        source_K: Float[Tensor, "3 3"],
        target_K: Float[Tensor, "3 3"],
        source_w2c: Float[Tensor, "4 4"],
        target_w2c: Float[Tensor, "4 4"],
    ) -> "Reprojection":
        """The map between two cameras.

        The general inverse keeps equal poses an identity even where a rotation, stored with few digits, is
        only nearly orthonormal.
        """
        source_K, target_K, source_w2c, target_w2c = (
            matrix.detach().to("cpu", torch.float64)
            for matrix in (source_K, target_K, source_w2c, target_w2c)
        )
        target_from_source = target_w2c @ torch.linalg.inv(source_w2c)
        return cls(
            matrix=target_K @ target_from_source[:3, :3] @ torch.linalg.inv(source_K),
            shift=target_K @ target_from_source[:3, 3],
        )

    def target_depth(self, depth: Float[Tensor, "height width"]) -> Float[Tensor, "height width"]:
        """Z-depth of every source pixel in the target camera; zero or negative behind it."""
        (m20, m21, m22), shift_z = self.matrix[2].tolist(), self.shift[2].item()
        x, y = _pixel_axes(depth)
        rate = (m20 * x).to(depth)[None, :] + (m21 * y + m22).to(depth)[:, None]
        return rate.mul_(depth).add_(shift_z)

    def target_position(
        self, depth: Float[Tensor, "height width"], target_depth: Float[Tensor, "height width"]
    ) -> tuple[Float[Tensor, "height width"], Float[Tensor, "height width"]]:
        """Target pixel coordinates x and y of every source pixel.

        Computed as pixel + displacement, with all that cancels in the displacement cancelled in float64:
        unmoved cameras leave every pixel exactly where it was, which no float32 multiply-then-divide does.

        Args:
            depth: Source z-depth.
            target_depth: What :meth:`target_depth` gave for it; must not hold zeros.
        """
        (m00, m01, m02), (m10, m11, m12), (m20, m21, m22) = self.matrix.tolist()
        shift_x, shift_y, shift_z = self.shift.tolist()
        x, y = _pixel_axes(depth)
        # Displacement times target depth, as (depth · slope + parallax); x: (matrix[0] − x · matrix[2]) @ p.
        slope_x = torch.addcmul(
            (((m00 - m22) - m20 * x) * x + m02).to(depth)[None, :],
            (m01 - m21 * x).to(depth)[None, :],
            y.to(depth)[:, None],
        )
        slope_y = torch.addcmul(
            (((m11 - m22) - m21 * y) * y + m12).to(depth)[:, None],
            (m10 - m20 * y).to(depth)[:, None],
            x.to(depth)[None, :],
        )
        parallax_x = (shift_x - shift_z * x).to(depth)[None, :]
        parallax_y = (shift_y - shift_z * y).to(depth)[:, None]
        target_x = slope_x.mul_(depth).add_(parallax_x).div_(target_depth).add_(x.to(depth)[None, :])
        target_y = slope_y.mul_(depth).add_(parallax_y).div_(target_depth).add_(y.to(depth)[:, None])
        return target_x, target_y


def _pixel_axes(depth: Tensor) -> tuple[Tensor, Tensor]:
    height, width = depth.shape
    return torch.arange(width, dtype=torch.float64), torch.arange(height, dtype=torch.float64)
