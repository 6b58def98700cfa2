"""Edge-aware filling that follows slanted surfaces: around each pixel a plane is fitted to what is known."""

from dataclasses import dataclass

import numpy as np

from .smoothing import spread_planes

# Moments are taken in this many pixels, near 1 over the width of a working frame.
_UNIT_PX = 100.0
# Without enough spread of known pixels around one, a slope stays near the coarse one (in _UNIT_PX, squared).
_FINE_RIDGE, _COARSE_RIDGE = 0.003, 0.001
# The coarse planes see ten times as far and stop at strong edges only.
_COARSE_STRENGTH, _COARSE_EDGE = 1000.0, 20.0


@dataclass(frozen=True, kw_only=True, eq=False)
class _Planes:
    """Height and slopes at each pixel, ``[frame, height, width]`` each."""

    value: np.ndarray
    slope_x: np.ndarray
    slope_y: np.ndarray


def fill_by_planes(
    values: np.ndarray, information: np.ndarray, guide: np.ndarray, *, strength: float, edge: float
) -> np.ndarray:
    """Values ``[frame, height, width]`` everywhere, from those that are known.

    The inverse depth of a plane is linear in the pixels, so that ground and walls go on as they should where
    nothing is known; averages, as of :func:`spread_known`, would bend them towards the camera.

    Args:
        values: Ignored where there is no information.
        information: Weight of each value, at least 0.
        guide: The pictures, uint8 ``[frame, height, width, 3]``.
        strength: About the square of the distance in pixels over which values are averaged.
        edge: See :func:`spread_known`.

    Source:
        Moving least squares (Lancaster & Salkauskas 1981), the weight being that of the edge-aware filter.
    """
    flat = np.zeros_like(values)
    coarse = _fit(
        values,
        information,
        guide,
        strength=_COARSE_STRENGTH,
        edge=_COARSE_EDGE,
        ridge=_COARSE_RIDGE,
        start=_Planes(value=flat, slope_x=flat, slope_y=flat),
    )
    return _fit(
        values, information, guide, strength=strength, edge=edge, ridge=_FINE_RIDGE, start=coarse
    ).value


def _fit(
    values: np.ndarray,
    information: np.ndarray,
    guide: np.ndarray,
    *,
    strength: float,
    edge: float,
    ridge: float,
    start: _Planes,
) -> _Planes:
    """Ridge regression towards the slopes of ``start`` around every pixel, by moments of the filter."""
    height, width = values.shape[1:]
    y, x = np.meshgrid(
        (np.arange(height, dtype=np.float32) - height / 2) / _UNIT_PX,
        (np.arange(width, dtype=np.float32) - width / 2) / _UNIT_PX,
        indexing="ij",
    )
    basis = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])[:, None]
    moments = np.concatenate([basis * information, basis[:3] * (information * values)])
    weight, *means = spread_planes(moments, guide, strength=strength, edge=edge)
    mean_x, mean_y, xx, xy, yy, mean, vx, vy = (moment / np.maximum(weight, 1e-20) for moment in means)
    xx, xy, yy = xx - mean_x**2 + ridge, xy - mean_x * mean_y, yy - mean_y**2 + ridge
    vx = vx - mean_x * mean + ridge * start.slope_x
    vy = vy - mean_y * mean + ridge * start.slope_y
    determinant = xx * yy - xy * xy
    slope_x, slope_y = (yy * vx - xy * vy) / determinant, (xx * vy - xy * vx) / determinant
    value = mean + slope_x * (x - mean_x) + slope_y * (y - mean_y)
    return _Planes(value=value, slope_x=slope_x, slope_y=slope_y)
