"""The warp once more, one pixel at a time in float64: slow and plain."""

from dataclasses import dataclass
from math import ceil, exp, floor, log

import numpy as np


@dataclass(frozen=True, kw_only=True)
class OracleGuide:
    """Guide frames [T,3,H,W], mask [T,H,W], depth [T,H,W].

    `is_stable` marks the pixels that rounding cannot change: no source pixel touching them lands within
    `margin_px` of the line where its floor changes, or of the plane where it gets behind the camera.
    """

    frames: np.ndarray
    mask: np.ndarray
    depth: np.ndarray
    is_stable: np.ndarray


def render_guide_oracle(
    frames, depth, *, source_K, target_K, source_w2c, target_w2c, margin_px=1e-3
) -> OracleGuide:
    """All arguments are float64 arrays with one entry per frame."""
    positions = [
        _positions(depth[t], source_K[t], target_K[t], source_w2c[t], target_w2c[t])
        for t in range(len(frames))
    ]
    farthest = max(min(max(z, 0), 1000) for frame in positions for _, _, z in frame.values())
    parts = [_splat_frame(frames[t], positions[t], farthest, margin_px) for t in range(len(frames))]
    return OracleGuide(**{name: np.stack([part[name] for part in parts]) for name in parts[0]})


def _positions(depth, source_K, target_K, source_w2c, target_w2c):
    target_from_source = target_w2c @ np.linalg.inv(source_w2c)
    rays_from_pixels = np.linalg.inv(source_K)
    positions = {}
    for y, x in np.ndindex(depth.shape):
        point = depth[y, x] * rays_from_pixels @ [x, y, 1]
        u, v, z = target_K @ (target_from_source[:3, :3] @ point + target_from_source[:3, 3])
        positions[y, x] = (u / z, v / z, z)
    return positions


def _splat_frame(frame, positions, farthest, margin_px):
    _, height, width = frame.shape
    colour, depth = np.zeros((3, height, width)), np.zeros((height, width))
    total, is_stable = np.zeros((height, width)), np.ones((height, width), bool)
    for (y, x), (u, v, z) in positions.items():
        if abs(z) < 1e-6:
            is_stable[:] = False
        if z <= 0 or not (-1 < u < width and -1 < v < height):
            continue
        is_near_line = min(abs(u - round(u)), abs(v - round(v))) < margin_px
        if is_near_line:
            is_stable[max(floor(v) - 1, 0) : floor(v) + 3, max(floor(u) - 1, 0) : floor(u) + 3] = False
        weight = 1 / exp(50 * log(1 + min(z, 1000)) / log(1 + farthest))
        # Where floor and ceil are the same pixel it is meant twice, as in the released code.
        for row in (floor(v), ceil(v)):
            for column in (floor(u), ceil(u)):
                if 0 <= row < height and 0 <= column < width:
                    share = weight * (1 - abs(u - column)) * (1 - abs(v - row))
                    colour[:, row, column] += share * frame[:, y, x]
                    depth[row, column] += share * z
                    total[row, column] += share
    mask = total > 0
    safe = np.where(mask, total, 1)
    return {
        "frames": np.where(mask, colour / safe, -1).clip(-1, 1),
        "mask": mask,
        "depth": depth / safe,
        "is_stable": is_stable,
    }
