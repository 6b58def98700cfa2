"""Two frames far apart, and their cameras."""

from dataclasses import replace

import numpy as np

from .rotations import TurningCamera, track_errors
from .tracks import Tracks
from .views import Views

_MAX_ESSENTIAL_ERROR_PX = 0.8
_MIN_TRACKS = 24


def wide_pairs(
    tracks: Tracks, turning: TurningCamera, frames: list[int], count: int
) -> list[tuple[int, int]]:
    """The pairs with the most motion that no rotation explains, seen on enough tracks; the best first.

    No two of them share a frame: pairs that do tend to lead to the same wrong cameras.
    """
    scores = {}
    for place, first in enumerate(frames):
        for second in frames[place + 1 :]:
            seen, index = tracks.seen_from([first, second])
            if len(index) >= _MIN_TRACKS:
                error = np.median(_errors_between(turning.views, tracks.selected(index), first, second))
                scores[first, second] = error * np.sqrt(len(index))
    chosen: list[tuple[int, int]] = []
    for pair in sorted(scores, key=scores.__getitem__, reverse=True):
        if len(chosen) < count and not any(set(pair) & set(other) for other in chosen):
            chosen.append(pair)
    return chosen


def _errors_between(views: Views, tracks: Tracks, first: int, second: int) -> np.ndarray:
    """Distance in pixels between where tracks are in the second frame and where rotation alone takes them."""
    pair = replace(tracks, pixel=tracks.pixel[:, [first, second]])
    both = replace(views, rotation=views.rotation[[first, second]], position=views.position[[first, second]])
    return track_errors(both, np.zeros(len(tracks.pixel)), pair)


def views_from_pair(tracks: Tracks, views: Views, pair: tuple[int, int]) -> Views | None:
    """Poses of the two frames by the five-point algorithm; the others stay where they were."""
    import cv2

    first, second = pair
    both = tracks.is_seen[:, first] & tracks.is_seen[:, second]
    if both.sum() < _MIN_TRACKS:
        return None
    before, after = (views.rays(tracks.pixel[both, frame].astype(float))[:, :2] for frame in pair)
    cv2.setRNGSeed(0)
    essential, inliers = cv2.findEssentialMat(
        before,
        after,
        np.eye(3),
        method=cv2.RANSAC,
        prob=0.9999,
        threshold=_MAX_ESSENTIAL_ERROR_PX / views.focal_px,
    )
    if essential is None or essential.shape != (3, 3):
        return None
    _, rotation, translation, _ = cv2.recoverPose(essential, before, after, np.eye(3), mask=inliers)
    views = replace(views, rotation=views.rotation.copy(), position=views.position.copy())
    views.rotation[second] = views.rotation[first] @ rotation.T
    views.position[second] = views.position[first] - views.rotation[second] @ translation[:, 0]
    return views
