"""From a few known cameras to all of them: place the next one, then adjust them together."""

from dataclasses import replace

import numpy as np

from .bundle import Adjustment, adjust
from .rotations import TurningCamera
from .tracks import Tracks
from .views import Observations, Views, triangulate

# Errors in pixels of the working frames. Tracks of surfaces that stand still end up at 0.1 to 0.3 px.
LOSS_PX = 0.7
_FRAMES_BETWEEN_BUNDLES = 6


def grow(
    tracks: Tracks, turning: TurningCamera, views: Views, pair: tuple[int, int], frames: list[int]
) -> tuple[Views, list[int]]:
    """Add frame after frame to the two that are known, each next to one that is, adjusting on the way."""
    known = sorted(pair)
    views = adjust_known(tracks, views, known, None).views
    waiting = [frame for frame in frames if frame not in known]
    while waiting:
        frame = min(waiting, key=lambda f: min(abs(f - k) for k in known))
        waiting.remove(frame)
        views = add_frame(tracks, turning, views, known, frame)
        known = sorted([*known, frame])
        if len(known) % _FRAMES_BETWEEN_BUNDLES == 0:
            views = adjust_known(tracks, views, known, None, num_rounds=5).views
    return views, known


def add_frame(tracks: Tracks, turning: TurningCamera, views: Views, known: list[int], frame: int) -> Views:
    """Place one more camera by the depths that the known ones give."""
    nearest = min(known, key=lambda k: abs(k - frame))
    below, above = [k for k in known if k < frame], [k for k in known if k > frame]
    seen, index = tracks.seen_from(known)
    depth = triangulate(views, seen, loss_px=LOSS_PX)
    views = replace(views, rotation=views.rotation.copy(), position=views.position.copy())
    if below and above:
        share = (frame - below[-1]) / (above[0] - below[-1])
        views.position[frame] = (1 - share) * views.position[below[-1]] + share * views.position[above[0]]
    else:
        views.position[frame] = views.position[nearest]
    # The turning camera saw how this frame is rotated against its neighbour.
    turned = turning.views.rotation
    views.rotation[frame] = views.rotation[nearest] @ turned[nearest].T @ turned[frame]
    observations, places = _seen_also_in(tracks, seen, index, frame)
    for loss_px in (8.0, 2.0, LOSS_PX):
        found = adjust(
            views,
            depth[places],
            observations,
            moving_frames=np.array([frame]),
            turning_frames=np.array([frame]),
            is_depth_free=False,
            loss_px=loss_px,
            num_rounds=10,
        )
        views = found.views
    return views


def _seen_also_in(
    tracks: Tracks, seen: Observations, index: np.ndarray, frame: int
) -> tuple[Observations, np.ndarray]:
    """Observations of one frame of tracks that have an anchor and a depth already."""
    is_seen = tracks.is_seen[index, frame]
    places = np.flatnonzero(is_seen)
    observations = replace(
        seen,
        anchor_frame=seen.anchor_frame[places],
        anchor_px=seen.anchor_px[places],
        sharpness=seen.sharpness[places],
        track=np.arange(len(places)),
        frame=np.full(len(places), frame),
        pixel=tracks.pixel[index[places], frame],
    )
    return observations, places


def adjust_known(
    tracks: Tracks,
    views: Views,
    known: list[int],
    prior_focal_px: float | None,
    num_rounds: int = 15,
    loss_px: float = LOSS_PX,
) -> Adjustment:
    """Bundle adjustment over the known frames; the first of them stays where it is."""
    seen, _ = tracks.seen_from(known)
    depth = triangulate(views, seen, loss_px=loss_px)
    free = np.array(known[1:])
    return adjust(
        views,
        depth,
        seen,
        moving_frames=free,
        turning_frames=free,
        is_focal_free=prior_focal_px is not None,
        prior_focal_px=prior_focal_px,
        loss_px=loss_px,
        num_rounds=num_rounds,
    )
