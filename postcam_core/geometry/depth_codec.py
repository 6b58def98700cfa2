"""Depth in few bytes: logarithms in equal steps, stored as differences between neighbours.

A step of the logarithm is a fixed relative step of the depth, near and far. Codes along a surface grow almost
evenly, so the difference of differences (right and down) is nearly always within ±2, which deflate packs to
about two bits.
"""

from dataclasses import dataclass

import numpy as np

# Half a step is a relative error of 9.9e-5; with float32's own rounding it stays below 1e-4.
LOG_STEP = 1.98e-4
MAX_RELATIVE_ERROR = 1e-4
_MAX_CODE = 65535


@dataclass(frozen=True, kw_only=True)
class PackedDepth:
    """Depth clip as :func:`pack_depth` stores it.

    Args:
        planes: Low and high bytes of the zigzag differences, uint8 ``[2, frame, height, width]``.
        log_nearest: Natural logarithm of the depth with code 0.
        log_step: Natural logarithm of the ratio between neighbouring codes.
    """

    planes: np.ndarray
    log_nearest: float
    log_step: float


def fits_pack(depth: np.ndarray) -> bool:
    """Whether the codes reach from the nearest to the farthest depth (a ratio of up to 430 000)."""
    return float(np.log(depth.max()) - np.log(depth.min())) < LOG_STEP * _MAX_CODE


def pack_depth(depth: np.ndarray) -> PackedDepth:
    """Encode positive depth ``[frame, height, width]`` that :func:`fits_pack`."""
    log_nearest = float(np.log(np.float64(depth.min())))
    planes = np.empty((2, *depth.shape), np.uint8)
    for index, frame in enumerate(depth):
        codes = np.rint((np.log(frame.astype(np.float64)) - log_nearest) / LOG_STEP).astype(np.uint16)
        # Differences wrap around modulo 2¹⁶, and so do the sums that undo them.
        for axis in (0, 1):
            codes = np.diff(codes, axis=axis, prepend=np.uint16(0))
        signed = codes.view(np.int16)
        zigzag = ((signed << 1) ^ (signed >> 15)).view(np.uint16)  # 0, −1, 1, −2 … → 0, 1, 2, 3 …
        planes[0, index], planes[1, index] = zigzag & 0xFF, zigzag >> 8
    return PackedDepth(planes=planes, log_nearest=log_nearest, log_step=LOG_STEP)


def unpack_depth(packed: PackedDepth) -> np.ndarray:
    """Decode to float32, off by at most :data:`MAX_RELATIVE_ERROR`."""
    table = np.exp(packed.log_nearest + packed.log_step * np.arange(_MAX_CODE + 1)).astype(np.float32)
    depth = np.empty(packed.planes.shape[1:], np.float32)
    for index in range(len(depth)):
        zigzag = packed.planes[0, index] | (packed.planes[1, index].astype(np.uint16) << 8)
        codes = (zigzag >> 1) ^ (0 - (zigzag & 1)).astype(np.uint16)
        for axis in (1, 0):
            codes = np.cumsum(codes, axis=axis, dtype=np.uint16)
        depth[index] = table[codes]
    return depth
