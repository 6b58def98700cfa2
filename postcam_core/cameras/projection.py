"""Between pixels with depth and points in space."""

import torch
from jaxtyping import Float
from torch import Tensor


def pixel_grid(
    height: int, width: int, *, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
) -> Float[Tensor, "height width 2"]:
    """Pixel coordinates (x, y) of every pixel centre; the first is (0, 0)."""
    y, x = torch.meshgrid(
        torch.arange(height, dtype=dtype, device=device),
        torch.arange(width, dtype=dtype, device=device),
        indexing="ij",
    )
    return torch.stack([x, y], dim=-1)


def unproject_depth(
    depth: Float[Tensor, "*batch height width"], K: Float[Tensor, "*batch 3 3"]
) -> Float[Tensor, "*batch height width 3"]:
    """Lift a z-depth map to one point per pixel, in the camera's axes and the depth's unit.

    Args:
        depth: Distance along +z (not along the ray).
        K: Intrinsics in pixels of this depth map.

    Source:
        Hartley & Zisserman, Multiple View Geometry, 2nd ed., ch. 6 (pinhole camera).
    """
    height, width = depth.shape[-2:]
    grid = pixel_grid(height, width, dtype=depth.dtype, device=depth.device)
    homogeneous = torch.cat([grid, torch.ones_like(grid[..., :1])], dim=-1)
    rays = homogeneous @ torch.linalg.inv(K.to(depth))[..., None, :, :].transpose(-1, -2)
    return depth[..., None] * rays


def transform_points(
    points: Float[Tensor, "*batch n 3"], transform: Float[Tensor, "*batch 4 4"]
) -> Float[Tensor, "*batch n 3"]:
    """Apply a rigid transform to points: ``w2c`` takes world points into the camera."""
    return points @ transform[..., :3, :3].transpose(-1, -2) + transform[..., None, :3, 3]


def project_points(
    points: Float[Tensor, "*batch n 3"], K: Float[Tensor, "*batch 3 3"]
) -> tuple[Float[Tensor, "*batch n 2"], Float[Tensor, "*batch n"]]:
    """Project camera-space points to pixels.

    Returns:
        Pixel coordinates and the z-depth. A point at or behind the camera (z ≤ 0) has no pixel: the caller
        masks by depth.
    """
    depth = points[..., 2]
    homogeneous = points @ K.transpose(-1, -2)
    return homogeneous[..., :2] / homogeneous[..., 2:], depth
