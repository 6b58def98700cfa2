"""Which frames to compare a frame with."""

import numpy as np

from .views import Views

# Shifts of a point at the median depth, in pixels of the working frames: near enough to be matched, far
# enough to tell depth.
_SHIFTS_PX = (5.0, 11.0, 22.0)
_FRAME_GAPS = (2, 5, 10)
_MAX_GAP = 40
_MAX_TURN_SHARE = 0.4


def frames_at_shifts(views: Views, frame: int) -> list[int]:
    """Frames before and after this one from which points at inverse depth 1 seem shifted by useful amounts."""
    num_frames = len(views.rotation)
    baseline = (views.position - views.position[frame]) @ views.rotation[frame]
    # A step forward shifts points by their distance from the centre: half way out, on average.
    factors = (views.focal_px, views.focal_px, views.centre_px[0] / 2)
    shift_px = np.linalg.norm(baseline * factors, axis=1)
    turn = np.linalg.norm((views.rotation @ (0, 0, 1)) - views.rotation[frame] @ (0, 0, 1), axis=1)
    is_near = turn * views.focal_px < _MAX_TURN_SHARE * 2 * views.centre_px[0]
    chosen = set()
    for frames in (
        np.arange(max(0, frame - _MAX_GAP), frame),
        np.arange(frame + 1, min(num_frames, frame + _MAX_GAP + 1)),
    ):
        frames = frames[is_near[frames]]
        for target_px in _SHIFTS_PX if len(frames) else ():
            chosen.add(int(frames[np.abs(np.log((shift_px[frames] + 0.1) / target_px)).argmin()]))
    return sorted(chosen)


def frames_at_gaps(num_frames: int, frame: int) -> list[int]:
    """Frames at fixed distances in time, for a camera that stays in its place."""
    around = [frame + sign * gap for gap in _FRAME_GAPS for sign in (-1, 1)]
    return sorted(other for other in around if 0 <= other < num_frames)
