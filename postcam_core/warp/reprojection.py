"""Where the pixels of a source frame land in a target camera."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import pixel_grid


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
        device: torch.device,
    ) -> "Reprojection":
        """The map between two cameras, combined in float64 and kept in float32 on ``device``.

        The general inverse keeps equal poses an identity even where a rotation, stored with few digits, is
        only nearly orthonormal.
        """
        source_K, target_K, source_w2c, target_w2c = (
            matrix.detach().to("cpu", torch.float64)
            for matrix in (source_K, target_K, source_w2c, target_w2c)
        )
        return cls(
            rays_from_pixels=torch.linalg.inv(source_K).to(device, torch.float32),
            target_from_source=(target_w2c @ torch.linalg.inv(source_w2c)).to(device, torch.float32),
            target_K=target_K.to(device, torch.float32),
        )

    def target_depth(self, depth: Float[Tensor, "height width"]) -> Float[Tensor, "height width"]:
        """Z-depth of every source pixel in the target camera; zero or negative behind it."""
        height, width = depth.shape
        along_x, along_y, constant = self.target_from_source[2, :3] @ self.rays_from_pixels
        x = torch.arange(width, device=depth.device)
        y = torch.arange(height, device=depth.device)
        rate = (along_x * x)[None, :] + (along_y * y + constant)[:, None]
        return rate.mul_(depth).add_(self.target_from_source[2, 3])

    def target_position(self, depth: Float[Tensor, "height width"]) -> Float[Tensor, "3 height width"]:
        """Homogeneous target pixels: (u, v, z) stands for column u/z and row v/z at z-depth z.

        Step by step in float32 and not with the matrices multiplied out: the rounding of pixels that hardly
        move decides on which side of a pixel centre they fall, and so how depth edges bleed there.

        Source:
            The released ``Warper.compute_transformed_points``.
        """
        height, width = depth.shape
        grid = torch.ones(3, height, width, device=depth.device)
        grid[:2] = pixel_grid(height, width, device=depth.device).permute(2, 0, 1)
        points = (self.rays_from_pixels @ grid.flatten(1)).mul_(depth.flatten())
        rotation, translation = self.target_from_source[:3, :3], self.target_from_source[:3, 3:]
        return (self.target_K @ (rotation @ points).add_(translation)).view(3, height, width)
