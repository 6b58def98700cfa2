"""The 3×3 matrix K, in pixels of the image at hand; the centre of the first pixel is (0, 0)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import CameraError


def intrinsics_matrix(
    focal_px: float, *, width: int, height: int, dtype: torch.dtype = torch.float64
) -> Float[Tensor, "3 3"]:
    """K of square pixels with the optical axis in the middle of the image."""
    K = torch.eye(3, dtype=dtype)
    K[0, 0] = K[1, 1] = focal_px
    K[0, 2], K[1, 2] = (width - 1) / 2, (height - 1) / 2
    return K


def focal_from_fov(fov_deg: float, size_px: int) -> float:
    """Focal length in pixels that sees ``fov_deg`` across ``size_px`` pixels.

    Raises:
        CameraError: If the angle is not inside (0, 180).
    """
    if not 0 < fov_deg < 180:
        raise CameraError(
            "field of view",
            expected="an angle between 0 and 180 degrees",
            got=f"{fov_deg}",
            todo="40 to 70 degrees suit most footage.",
        )
    return size_px / 2 / math.tan(math.radians(fov_deg) / 2)


def fov_deg(focal_px: float, size_px: int) -> float:
    """Angle in degrees seen across ``size_px`` pixels; inverse of :func:`focal_from_fov`."""
    return math.degrees(2 * math.atan(size_px / 2 / focal_px))


def resize_intrinsics(
    K: Float[Tensor, "*batch 3 3"], *, scale_x: float, scale_y: float
) -> Float[Tensor, "*batch 3 3"]:
    """K after resampling the image; ``scale`` is new size over old size.

    Resampling keeps the outer edges of the image in place, and those lie half a pixel outside the first and
    last pixel centres: hence the shift by half a pixel around the scaling.
    """
    resized = K.clone()
    resized[..., 0, :] *= scale_x
    resized[..., 1, :] *= scale_y
    resized[..., 0, 2] += (scale_x - 1) / 2
    resized[..., 1, 2] += (scale_y - 1) / 2
    return resized


def crop_intrinsics(
    K: Float[Tensor, "*batch 3 3"], *, left: float, top: float
) -> Float[Tensor, "*batch 3 3"]:
    """K after cutting ``left`` columns and ``top`` rows off (negative: after padding)."""
    cropped = K.clone()
    cropped[..., 0, 2] -= left
    cropped[..., 1, 2] -= top
    return cropped


def check_intrinsics(K: Tensor, *, name: str = "K") -> None:
    """Refuse matrices that are no pinhole intrinsics.

    Raises:
        CameraError: On a wrong shape, non-finite numbers, a focal length that is not positive, or a last row
            other than 0 0 1.
    """
    if K.ndim < 2 or K.shape[-2:] != (3, 3):
        raise CameraError(
            name,
            expected="3×3 matrices",
            got=f"shape {tuple(K.shape)}",
            todo="Give fx 0 cx / 0 fy cy / 0 0 1 in pixels.",
        )
    if not torch.isfinite(K).all():
        raise CameraError(
            name,
            expected="finite numbers",
            got="NaN or infinity",
            todo="Give fx 0 cx / 0 fy cy / 0 0 1 in pixels.",
        )
    focal = torch.stack([K[..., 0, 0], K[..., 1, 1]])
    if focal.min() <= 0:
        raise CameraError(
            name,
            expected="positive focal lengths",
            got=f"{focal.min():.4g}",
            todo="A K of zeros means that the estimator gave none: enter a field of view.",
        )
    last_row = torch.tensor([0, 0, 1], dtype=K.dtype, device=K.device)
    if (K[..., 2, :] - last_row).abs().max() > 1e-6 or K[..., 1, 0].abs().max() > 1e-6:
        raise CameraError(
            name,
            expected="zeros below the diagonal and a last row of 0 0 1",
            got=f"{K.reshape(-1, 3, 3)[0].tolist()}",
            todo="Give K in pixels, not transposed and not the projection matrix.",
        )
