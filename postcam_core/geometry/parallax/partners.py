"""Which frames to compare a frame with."""

import numpy as np

from .views import Views

# Shifts of a point at the median depth, in pixels of the working frames: near enough to be matched, far
# enough to tell depth.
_SHIFTS_PX = (5.0, 11.0, 22.0)
_LEAST_SHIFT_PX, _LARGEST_SHIFT_PX = 2.0, 24.0
_MAX_PARTNERS_PER_SIDE = 5
_FRAME_GAPS = (2, 5, 10)
_MAX_GAP = 40
_MAX_TURN_SHARE = 0.4


def frames_at_shifts(views: Views, frame: int) -> list[int]:
    """Frames before and after this one from which points at inverse depth 1 seem shifted by useful amounts."""
    chosen = set()
    for frames, shift_px in _sides(views, frame):
        for target_px in _SHIFTS_PX:
            chosen.add(int(frames[np.abs(np.log((shift_px + 0.1) / target_px)).argmin()]))
    return sorted(chosen)


def frames_over_shifts(views: Views, frame: int) -> list[int]:
    """Frames before and after this one, spread evenly over the useful shifts; the best one where none is useful."""
    chosen = set()
    for frames, shift_px in _sides(views, frame):
        is_useful = (shift_px > _LEAST_SHIFT_PX) & (shift_px < _LARGEST_SHIFT_PX)
        if not is_useful.any():
            is_useful[np.abs(np.log((shift_px + 0.1) / _SHIFTS_PX[1])).argmin()] = True
        useful = frames[is_useful][np.argsort(shift_px[is_useful])]
        places = np.linspace(0, len(useful) - 1, min(len(useful), _MAX_PARTNERS_PER_SIDE))
        chosen.update(int(other) for other in useful[places.round().astype(int)])
    return sorted(chosen)


def _sides(views: Views, frame: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Frames before and frames after this one that look the same way, and how far points at depth 1 are shifted."""
    num_frames = len(views.rotation)
    baseline = (views.position - views.position[frame]) @ views.rotation[frame]
    # A step forward shifts points by their distance from the centre: half way out, on average.
    factors = (views.focal_px, views.focal_px, views.centre_px[0] / 2)
    shift_px = np.linalg.norm(baseline * factors, axis=1)
    turn = np.linalg.norm((views.rotation @ (0, 0, 1)) - views.rotation[frame] @ (0, 0, 1), axis=1)
    is_near = turn * views.focal_px < _MAX_TURN_SHARE * 2 * views.centre_px[0]
    sides = [
        np.arange(max(0, frame - _MAX_GAP), frame),
        np.arange(frame + 1, min(num_frames, frame + _MAX_GAP + 1)),
    ]
    sides = [side[is_near[side]] for side in sides]
    return [(side, shift_px[side]) for side in sides if len(side)]


def frames_at_gaps(num_frames: int, frame: int) -> list[int]:
    """Frames at fixed distances in time, for a camera that stays in its place."""
    around = [frame + sign * gap for gap in _FRAME_GAPS for sign in (-1, 1)]
    return sorted(other for other in around if 0 <= other < num_frames)
