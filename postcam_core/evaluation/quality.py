"""How close a video is to the truth."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import conv2d

_SSIM_SIGMA_PX, _SSIM_RADIUS_PX = 1.5, 5
_SSIM_C1, _SSIM_C2 = 0.01**2, 0.03**2


def psnr_db(
    video: Float[Tensor, "frame 3 height width"],
    truth: Float[Tensor, "frame 3 height width"],
    mask: Bool[Tensor, "frame height width"] | None = None,
) -> float:
    """Peak signal-to-noise ratio of videos in [-1, 1]: the squared error is pooled over the whole clip.

    Args:
        video: What was made; clamped to the range.
        truth: What it should be.
        mask: The pixels that count; None for all.

    Returns:
        Decibels; infinity for equal videos, NaN where no pixel counts.
    """
    error = (video.clamp(-1, 1).double() - truth.clamp(-1, 1).double()).square() / 4
    if mask is not None:
        error = error.mean(dim=1)[mask]
    if error.numel() == 0:
        return math.nan
    mean = float(error.mean())
    return -10 * math.log10(mean) if mean > 0 else math.inf


def ssim_map(
    image: Float[Tensor, "3 height width"], other: Float[Tensor, "3 height width"]
) -> Float[Tensor, "height width"]:
    """SSIM at each pixel, mean over the channels of two images in [0, 1].

    Gaussian window of 11 pixels; beyond the border images count as 0, in both alike.

    Source:
        Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004.
    """
    offsets = torch.arange(-_SSIM_RADIUS_PX, _SSIM_RADIUS_PX + 1, dtype=torch.float64)
    window = torch.exp(-(offsets**2) / (2 * _SSIM_SIGMA_PX**2))
    window /= window.sum()

    def blur(planes: Tensor) -> Tensor:
        rows = conv2d(planes[:, None], window.view(1, 1, 1, -1), padding=(0, _SSIM_RADIUS_PX))
        return conv2d(rows, window.view(1, 1, -1, 1), padding=(_SSIM_RADIUS_PX, 0))[:, 0]

    a, b = image.double(), other.double()
    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    likeness = (2 * mean_a * mean_b + _SSIM_C1) * (2 * covariance + _SSIM_C2)
    return (likeness / ((mean_a**2 + mean_b**2 + _SSIM_C1) * (var_a + var_b + _SSIM_C2))).mean(dim=0)


def ssim(video: Float[Tensor, "frame 3 height width"], truth: Float[Tensor, "frame 3 height width"]) -> float:
    """Mean SSIM over all frames of videos in [-1, 1]; 1 for equal ones."""
    pairs = zip(video.clamp(-1, 1), truth.clamp(-1, 1), strict=True)
    return float(torch.stack([ssim_map((a + 1) / 2, (b + 1) / 2).mean() for a, b in pairs]).mean())
