"""Depth as 16-bit logarithms in the red and green of a picture, which a browser reads without loss.

``code = round(65535 · ln(depth / nearest) / ln(farthest / nearest))``; red is its high byte, green its low byte,
blue is 0. Depth comes back off by at most half a step: 1e-4 of its value while the farthest depth is no more
than 400,000 times the nearest, and coarser in proportion to the logarithm of a wider range.
"""

import math

import numpy as np

_MAX_CODE = 65535


def log_depth_picture(depth: np.ndarray, *, nearest: float, farthest: float) -> np.ndarray:
    """Encode depth ``[height, width]`` between ``nearest`` and ``farthest`` as uint8 ``[height, width, 3]``."""
    log_range = math.log(farthest / nearest) or 1.0  # all depth equal: every code is 0
    place = np.log(depth / np.float32(nearest))
    place *= np.float32(_MAX_CODE / log_range)
    codes = np.rint(np.clip(place, 0, _MAX_CODE, out=place), out=place).astype(np.uint16)
    picture = np.zeros((*depth.shape, 3), np.uint8)
    picture[..., 0], picture[..., 1] = codes >> 8, codes & 0xFF
    return picture


def depth_from_log_picture(picture: np.ndarray, *, nearest: float, farthest: float) -> np.ndarray:
    """Decode what :func:`log_depth_picture` made, to float32."""
    codes = picture[..., 0].astype(np.float64) * 256 + picture[..., 1]
    return (nearest * np.exp(codes / _MAX_CODE * math.log(farthest / nearest))).astype(np.float32)
