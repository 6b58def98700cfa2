"""Structural similarity, written down plainly."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d

_SIGMA_PX, _RADIUS_PX = 1.5, 5
_C1, _C2 = 0.01**2, 0.03**2


def ssim_map(image: Tensor, other: Tensor) -> Tensor:
    """SSIM at each pixel, [H,W], mean over the channels of two images [3,H,W] in [0, 1].

    Gaussian window of 11 pixels; beyond the border images count as 0, in both alike.

    Source:
        Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004.
    """
    offsets = torch.arange(-_RADIUS_PX, _RADIUS_PX + 1, dtype=torch.float64)
    window = torch.exp(-(offsets**2) / (2 * _SIGMA_PX**2))
    window = (window[:, None] * window) / window.sum() ** 2

    def blur(planes: Tensor) -> Tensor:
        return conv2d(planes[:, None], window[None, None], padding=_RADIUS_PX)[:, 0]

    a, b = image.double(), other.double()
    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    likeness = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    return (likeness / ((mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2))).mean(dim=0)
