"""Depth corrected by the pictures themselves: where it is right, other frames show the same colours."""

from dataclasses import dataclass

import numpy as np

from .views import Views

_BLUR_PX = 1.0
# Differences of brightness (grey levels): one counts as doubtful from here, …
_LOSS = 4.0
# … and this is what noise and resampling make of equal surfaces.
_SIGMA = 3.0
# A correction is good only near where the pictures were compared: in shares of the inverse depth, and absolute.
_MAX_STEP_SHARE, _MAX_STEP = 0.3, 0.05
# A little below zero is far away with an error.
_LEAST_INVERSE_DEPTH = -0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class Correction:
    """What the pictures say about one frame, ``[height, width]`` each.

    Attributes:
        inverse_depth: Corrected, where there is information.
        information: Inverse variance of it.
    """

    inverse_depth: np.ndarray
    information: np.ndarray


def corrected_depth(
    grey: np.ndarray, views: Views, frame: int, partners: list[int], inverse_depth: np.ndarray
) -> Correction:
    """One Gauss–Newton step of the brightness differences to the partners, for every pixel by itself.

    Args:
        grey: uint8 ``[frame, height, width]``.
        views: Cameras of all frames.
        frame: Which frame's depth.
        partners: Frames to compare with; occluded pixels there count little.
        inverse_depth: ``[height, width]`` to correct.

    Source:
        Lucas & Kanade 1981, along the epipolar line and over all partners at once; Stühmer, Gumhold & Cremers,
        Real-Time Dense Geometry from a Handheld Camera, DAGM 2010.
    """
    height, width = inverse_depth.shape
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    rays = views.rays(np.stack([x, y], axis=2)).astype(np.float32)
    here = _with_slopes(grey[frame])
    square, product = np.zeros((2, height, width), np.float32)
    for partner in partners:
        change, difference, trust = _compare(here, grey[partner], views, frame, partner, rays, inverse_depth)
        weight = trust / (1 + (difference / _LOSS) ** 2)
        square += weight * change**2
        product -= weight * change * difference
    largest = _MAX_STEP_SHARE * inverse_depth + _MAX_STEP
    step = (product / np.maximum(square, 1e-9)).clip(-largest, largest)
    return Correction(
        inverse_depth=np.maximum(inverse_depth + step, _LEAST_INVERSE_DEPTH),
        information=square / _SIGMA**2,
    )


def _compare(
    here: np.ndarray,
    there_grey: np.ndarray,
    views: Views,
    frame: int,
    partner: int,
    rays: np.ndarray,
    inverse_depth: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Change of brightness per inverse depth, its difference, and whether a pixel is inside the other picture."""
    import cv2

    height, width = inverse_depth.shape
    turn = (views.rotation[partner].T @ views.rotation[frame]).astype(np.float32)
    step = (views.rotation[partner].T @ (views.position[frame] - views.position[partner])).astype(np.float32)
    x, y, z = np.moveaxis(rays @ turn.T + inverse_depth[..., None] * step, 2, 0)
    z = np.maximum(z, 0.1)
    focal_px, (centre_x, centre_y) = np.float32(views.focal_px), views.centre_px.astype(np.float32)
    column, row = focal_px * x / z + centre_x, focal_px * y / z + centre_y
    there = cv2.remap(
        _with_slopes(there_grey), column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    # The mean of both pictures' slopes finds the minimum from farther away than either.
    _, slope_x, slope_y = np.moveaxis((here + there) / 2, 2, 0)
    change = focal_px / z**2 * (slope_x * (step[0] * z - x * step[2]) + slope_y * (step[1] * z - y * step[2]))
    is_inside = (column > 0) & (column < width - 1) & (row > 0) & (row < height - 1)
    return change, there[..., 0] - here[..., 0], is_inside


def _with_slopes(grey: np.ndarray) -> np.ndarray:
    """The picture, slightly blurred, and its slopes along x and y: float32 ``[height, width, 3]``."""
    import cv2

    soft = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), _BLUR_PX)
    return cv2.merge(
        [soft, *(cv2.Sobel(soft, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))]
    )
