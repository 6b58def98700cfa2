"""Things that move by themselves: where they are, and how far away they probably stand."""

from dataclasses import dataclass

import numpy as np

from .flows import FlowDepth
from .smoothing import spread_known

# Flows that miss every point at rest by this much show something that moves; below half of it, rest.
_MOVING_ERROR_PX = 2.0
# … provided that the miss changes the picture by this many grey levels; the more, the more it counts.
_MIN_CONTRAST = 5.0
_FULL_CONTRAST = 20.0
# Inverse depth below zero by this many standard deviations is no place in front of the camera.
_BEHIND_SIGMAS = 3.0
_SMOOTHNESS = 30.0
_EDGE = 13.0
_MIN_AREA_SHARE = 0.002
# The foot of a thing is where its lowest tenth ends; the ground is read this far below it.
_FOOT_SHARE = 0.1
_GROUND_BELOW_PX = 4
_STEP_SHARE = 0.2


@dataclass(frozen=True, kw_only=True, eq=False)
class StandingThings:
    """Upright planes for what moves, ``[height, width]`` each.

    Attributes:
        inverse_depth: With the planes put in.
        is_cut_off: Whether a thing's foot is below the picture, so that its place is a guess.
    """

    inverse_depth: np.ndarray
    is_cut_off: bool


def find_moving(flows: list[FlowDepth], guide: np.ndarray) -> np.ndarray:
    """Masks ``[frame, height, width]`` of what moves, grown and cut to the edges of the pictures.

    Args:
        flows: One per frame.
        guide: The pictures, uint8 ``[frame, height, width, 3]``.
    """
    moving, weight = [], []
    for flow in flows:
        has_say = flow.num_flows >= 2
        is_moving = has_say & (flow.error_px > _MOVING_ERROR_PX) & (flow.contrast_error > _MIN_CONTRAST)
        is_behind = flow.inverse_depth * np.sqrt(flow.information) < -_BEHIND_SIGMAS
        is_resting = has_say & (flow.error_px < _MOVING_ERROR_PX / 2) & ~is_behind
        moving.append(is_moving)
        # What cannot be told counts a little as resting.
        weight.append(
            is_moving * (flow.contrast_error / _FULL_CONTRAST).clip(0, 1) + is_resting * flow.texture + 0.01
        )
    share = spread_known(np.stack(moving), np.stack(weight), guide, strength=_SMOOTHNESS, edge=_EDGE)
    return np.stack([_clean(mask) for mask in share > 0.5])


def stand_on_ground(
    inverse_depth: np.ndarray, is_moving: np.ndarray, before: np.ndarray | None = None
) -> StandingThings:
    """Give each moving thing, all over, the depth of the ground where it ends below.

    Args:
        inverse_depth: Of the scene at rest, known or filled everywhere.
        is_moving: Mask of the frame.
        before: Inverse depth of what moved in the frame before, 0 elsewhere: things keep their depth for a while.
    """
    import cv2

    height = len(inverse_depth)
    result, is_cut_off = inverse_depth.copy(), False
    count, labels = cv2.connectedComponents(is_moving.astype(np.uint8))
    for label in range(1, count):
        mask = labels == label
        rows, columns = np.nonzero(mask)
        lowest = np.zeros(mask.shape[1], int)
        np.maximum.at(lowest, columns, rows)
        bottom = int(rows.max())
        foot = np.flatnonzero(lowest >= bottom - max(1, _FOOT_SHARE * (bottom - rows.min())))
        ground_rows = lowest[foot] + _GROUND_BELOW_PX
        is_inside = ground_rows < height
        if is_inside.any():
            place = inverse_depth[ground_rows[is_inside], foot[is_inside]]
        else:
            ring = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9))).astype(bool) & ~is_moving
            place = inverse_depth[ring] if ring.any() else inverse_depth[mask]
            place = np.quantile(place, 0.9)  # in front of nearly all that is around it
            is_cut_off = True
        result[mask] = _steadied(float(np.median(place)), None if before is None else before[mask])
    return StandingThings(inverse_depth=result, is_cut_off=is_cut_off)


def _steadied(place: float, before: np.ndarray | None) -> float:
    """A step from where the thing was in the frame before, if most of it was there, to where it seems to be."""
    if before is None or (before > 0).mean() < 0.5:
        return place
    was = float(np.median(before[before > 0]))
    return was * (place / was) ** _STEP_SHARE


def _clean(mask: np.ndarray) -> np.ndarray:
    """Without specks and pinholes."""
    import cv2

    mask = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    is_large = stats[:, cv2.CC_STAT_AREA] >= _MIN_AREA_SHARE * mask.size
    is_large[0] = False
    return is_large[labels]
