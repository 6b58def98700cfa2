"""Cameras of a clip from tracks: a wide pair, the frames around it one by one, then all together."""

from dataclasses import dataclass, replace

import numpy as np

from .growth import LOSS_PX, add_frame, adjust_known, grow
from .pair import views_from_pair, wide_pairs
from .rotations import TurningCamera, track_errors
from .tracks import Tracks, spread_tracks
from .views import Views, triangulate

_STATIC_ERROR_PX = 1.2
# The focal length is searched on a few frames, near enough to one another that tracks reach across.
_FRAMES_PER_SEARCH_FRAME = 5
_NUM_SEARCH_TRACKS = 300
# Two starts from frames that have nothing in common: one of them may end in a wrong valley.
_NUM_PAIRS = 2
_MAX_BUNDLE_FRAMES = 48
_MAX_BUNDLE_TRACKS = 1200
# Bounds of the last adjustment's loss.
_FINAL_LOSS_PX = (0.2, LOSS_PX)
# A little below zero is far away with an error; more is behind the camera, so no point at rest.
_LEAST_INVERSE_DEPTH = -0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class Reconstruction:
    """Cameras of all frames, and the tracks that stand still with their depths.

    Attributes:
        views: Unit of length: the median depth of the tracks seen in frame 0 is 1.
        inverse_depth: ``[track]``, 0 for tracks not used.
        is_static: ``[track]``, whether the track is explained as a point at rest in front of the cameras.
        error_px: ``[track]``, root mean square error.
    """

    views: Views
    inverse_depth: np.ndarray
    is_static: np.ndarray
    error_px: np.ndarray


def reconstruct(tracks: Tracks, turning: TurningCamera, *, focals_px: list[float]) -> Reconstruction | None:
    """Estimate the cameras.

    Args:
        tracks: All tracks of the clip.
        turning: The best explanation without translation, from which a wide pair is chosen.
        focals_px: Focal lengths to start from, the most likely first. A single one is taken as known.

    Returns:
        None where no pair of frames has enough in common or no start leads anywhere.
    """
    num_frames = tracks.pixel.shape[1]
    search_frames = _evenly(num_frames, min(2 + num_frames // _FRAMES_PER_SEARCH_FRAME, _MAX_BUNDLE_FRAMES))
    prior_px = focals_px[0] if len(focals_px) > 1 else None
    sparse = tracks.selected(spread_tracks(tracks, _NUM_SEARCH_TRACKS, search_frames))
    starts = []
    for pair in wide_pairs(tracks, turning, search_frames, _NUM_PAIRS):
        for focal_px in focals_px:
            views = views_from_pair(sparse, replace(turning.views, focal_px=focal_px), pair)
            if views is not None:
                views, known = grow(sparse, turning, views, pair, search_frames)
                starts.append(adjust_known(sparse, views, known, prior_px))
    if not starts:
        return None
    best = min(starts, key=lambda start: start.cost)
    return _all_frames(tracks, turning, best.views, search_frames, prior_px)


def _all_frames(
    tracks: Tracks, turning: TurningCamera, views: Views, known: list[int], prior_focal_px: float | None
) -> Reconstruction:
    """Adjust a bounded number of key frames together, then place the rest between them."""
    num_frames = tracks.pixel.shape[1]
    for frame in _evenly(num_frames, _MAX_BUNDLE_FRAMES):
        if frame not in known:
            views = add_frame(tracks, turning, views, known, frame)
            known = sorted([*known, frame])
    subset = tracks.selected(spread_tracks(tracks, _MAX_BUNDLE_TRACKS, known))
    # The first round finds what moves, the second explains the rest without it.
    for _ in range(2):
        views = adjust_known(subset, views, known, prior_focal_px).views
        found = _judge(subset, views)
        subset = subset.selected(found.is_static)
    # Things that move slowly pull less once errors count as doubtful where those of resting points end.
    typical_px = np.median(found.error_px[found.is_static]) if found.is_static.any() else LOSS_PX
    loss_px = float(np.clip(2 * typical_px, *_FINAL_LOSS_PX))
    views = adjust_known(subset, views, known, prior_focal_px, loss_px=loss_px).views
    for frame in range(num_frames):
        if frame not in known:
            views = add_frame(tracks, turning, views, known, frame)
    return _scaled(tracks, views)


def _evenly(num_frames: int, count: int) -> list[int]:
    """At most ``count`` frames from the first to the last."""
    return [int(frame) for frame in np.unique(np.linspace(0, num_frames - 1, min(num_frames, count)).round())]


def _judge(tracks: Tracks, views: Views) -> Reconstruction:
    """Depth of every track, and whether it is one point at rest."""
    seen, index = tracks.seen_from(range(tracks.pixel.shape[1]))
    depth = np.zeros(len(tracks.pixel))
    depth[index] = triangulate(views, seen, loss_px=LOSS_PX)
    error_px = np.full(len(tracks.pixel), np.inf)
    error_px[index] = track_errors(views, depth[index], tracks.selected(index))
    return Reconstruction(
        views=views, inverse_depth=depth, is_static=error_px < _STATIC_ERROR_PX, error_px=error_px
    )


def _scaled(tracks: Tracks, views: Views) -> Reconstruction:
    found = _judge(tracks, views)
    # Cameras and depths may both change their sign without changing a picture: most must be in front.
    sign = 1.0 if found.inverse_depth[found.is_static].sum() >= 0 else -1.0
    depth = sign * found.inverse_depth
    is_known = found.is_static & (depth > 0)
    in_first = is_known & tracks.is_seen[:, 0]
    chosen = in_first if in_first.any() else is_known
    unit = float(np.median(depth[chosen])) if chosen.any() else 1.0
    return replace(
        found,
        views=replace(views, position=(views.position - views.position[0]) * sign * unit),
        inverse_depth=depth / unit,
        is_static=found.is_static & (depth > _LEAST_INVERSE_DEPTH * unit),
    )
