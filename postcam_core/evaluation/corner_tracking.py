"""Where the corners of one picture are in another that is almost the same."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8

_MAX_CORNERS = 400
_CORNER_QUALITY = 0.005
_CORNER_DISTANCE_PX = 4
# A corner must come home to within this when it is followed forth and back.
_MAX_RETURN_ERROR_PX = 1.0
_WINDOW_PX, _NUM_HALVINGS = 21, 3
_MAX_ITERATIONS, _SMALLEST_STEP_PX = 30, 0.01


@dataclass(frozen=True, kw_only=True)
class CornerMatches:
    """Corners in pixels (column, row), and how many there were to follow.

    Attributes:
        here: In the first picture.
        there: The same corners in the second.
        num_corners: Those that were lost included.
    """

    here: Float[np.ndarray, "corner 2"]
    there: Float[np.ndarray, "corner 2"]
    num_corners: int


def follow_corners(
    here: UInt8[np.ndarray, "height width"],
    there: UInt8[np.ndarray, "height width"],
    allowed: Bool[np.ndarray, "height width"],
) -> CornerMatches:
    """Follow the corners of one picture to another.

    Args:
        here: Where corners are chosen.
        there: Where they are looked for.
        allowed: Where corners may lie.

    Source:
        Shi and Tomasi, Good features to track, 1994; Bouguet, Pyramidal implementation of the Lucas Kanade
        feature tracker, 2000; forth and back as Kalal et al., Forward-backward error, 2010. OpenCV's.
    """
    import cv2

    corners = cv2.goodFeaturesToTrack(
        here, _MAX_CORNERS, _CORNER_QUALITY, _CORNER_DISTANCE_PX, mask=allowed.astype(np.uint8)
    )
    if corners is None:
        nothing = np.empty((0, 2), np.float32)
        return CornerMatches(here=nothing, there=nothing, num_corners=0)
    options = {
        "winSize": (_WINDOW_PX, _WINDOW_PX),
        "maxLevel": _NUM_HALVINGS,
        "criteria": (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, _MAX_ITERATIONS, _SMALLEST_STEP_PX),
    }
    found, went, _ = cv2.calcOpticalFlowPyrLK(here, there, corners, None, **options)
    returned, came, _ = cv2.calcOpticalFlowPyrLK(there, here, found, None, **options)
    corners, found, returned = (points.reshape(-1, 2) for points in (corners, found, returned))
    is_kept = (went.ravel() > 0) & (came.ravel() > 0)
    is_kept &= np.linalg.norm(returned - corners, axis=1) < _MAX_RETURN_ERROR_PX
    is_kept &= (found >= 0).all(axis=1) & (found <= (there.shape[1] - 1, there.shape[0] - 1)).all(axis=1)
    return CornerMatches(here=corners[is_kept], there=found[is_kept], num_corners=len(corners))
