"""Does the camera move enough to tell depth? What the tracks say, and in which words."""

from dataclasses import dataclass

import numpy as np

from .reconstruct import Reconstruction
from .rotations import TurningCamera
from .tracks import Tracks
from .views import upper_angle_deg

# Motion beyond this (pixels of the working frames) is no rotation; tracks at rest stay below a third of it.
_MIN_PARALLAX_PX = 0.8
_MIN_PARALLAX_SHARE = 0.5
_MIN_STATIC_SHARE = 0.3
_MIN_ANGLE_DEG = 1.0
_MIN_SPAN_FRAMES = 6
_MIN_CELLS = 6
STILL_DEG = 0.25
_HARDLY_MOVES = "the camera hardly moves"


@dataclass(frozen=True, kw_only=True)
class MotionEvidence:
    """Numbers behind the decision.

    Attributes:
        parallax_share: Share of the picture's parts (with tracks) that move as no rotation can make them.
        static_share: Share of tracks that one rigid scene explains.
        angle_deg: Angle under which the nearer tracks at rest (a quarter of them) see the cameras, at least.
        has_parallax: Whether depth can be trusted.
        is_turning: Whether a camera that only turns explains most of the picture.
        reason: What was missing, as a clause; empty if nothing was.
    """

    parallax_share: float
    static_share: float = 0.0
    angle_deg: float = 0.0
    has_parallax: bool = False
    is_turning: bool = False
    reason: str = ""


def may_have_parallax(tracks: Tracks, turning: TurningCamera) -> MotionEvidence:
    """The first question: does more than the moving things contradict a camera that only turns?"""
    is_long = tracks.is_seen.sum(axis=1) >= _MIN_SPAN_FRAMES
    cells = tracks.cell
    shares = [
        np.median(turning.error_px[is_long & (cells == cell)]) > _MIN_PARALLAX_PX
        for cell in np.unique(cells[is_long])
    ]
    if len(shares) < _MIN_CELLS:
        return MotionEvidence(parallax_share=0.0, reason="too little in the picture could be followed")
    share = float(np.mean(shares))
    if share >= _MIN_PARALLAX_SHARE:
        return MotionEvidence(parallax_share=share, has_parallax=True)
    turn_deg = largest_turn_deg(turning)
    reason = "the camera only turns" if turn_deg > STILL_DEG else "the camera stands still"
    return MotionEvidence(parallax_share=share, is_turning=True, reason=reason)


def judge(tracks: Tracks, found: Reconstruction | None, first: MotionEvidence) -> MotionEvidence:
    """The second question: is there one rigid scene that explains it, seen from far enough apart?"""
    if found is None:
        return MotionEvidence(
            parallax_share=first.parallax_share,
            reason="no two frames have enough in common to place the cameras",
        )
    is_long = tracks.is_seen.sum(axis=1) >= _MIN_SPAN_FRAMES
    is_static = found.is_static & is_long
    static_share = float(is_static.sum() / max(is_long.sum(), 1))
    seen, index = tracks.selected(is_static).seen_from(range(tracks.pixel.shape[1]))
    angle_deg = upper_angle_deg(found.views, seen, found.inverse_depth[is_static][index])
    reason = ""
    if static_share < _MIN_STATIC_SHARE:
        reason = "no rigid scene explains most of the picture"
    elif angle_deg < _MIN_ANGLE_DEG:
        reason = _HARDLY_MOVES
    return MotionEvidence(
        parallax_share=first.parallax_share,
        static_share=static_share,
        angle_deg=angle_deg,
        has_parallax=not reason,
        is_turning=reason == _HARDLY_MOVES,
        reason=reason,
    )


def largest_turn_deg(turning: TurningCamera) -> float:
    """Largest angle between any frame and the first."""
    relative = turning.views.rotation[0].T @ turning.views.rotation
    cosine = (np.trace(relative, axis1=1, axis2=2) - 1) / 2
    return float(np.degrees(np.arccos(cosine.clip(-1, 1))).max())
