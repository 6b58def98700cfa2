"""Shots beyond a plain move: documents in, documents out, which can be combined in any order.

What happens in time (:func:`frozen`, :func:`stretched`, :func:`reversed_in_time`), what the camera goes along with
(:func:`following`, :func:`stabilised`) and where it starts (:func:`starting_at`) each change a field of a document;
the others make a document. docs/shots.md shows them all.
"""

import math
from typing import Any, Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import TrajectoryError
from .document import TrajectoryDocument, build_document
from .source import SourceCameras
from .timing import TimingKey

ShotName = Literal[
    "as normal",
    "bullet time",
    "bullet time from there",
    "reverse",
    "slow down",
    "follow the source",
    "stabilise",
]
"""What can be done to a preset without writing a document; the page's twin is web/editor/state/shots.mjs."""

SHOT_NAMES: tuple[ShotName, ...] = get_args(ShotName)

_RUNS_ALONG = (TimingKey(time=0.0, source=0.0), TimingKey(time=1.0, source=1.0))
# A first segment this short, of durations that sum to 1, holds the first frame alone.
_FIRST_FRAME = 1e-6


def with_shot(document: TrajectoryDocument, name: ShotName, *, freeze_at: float = 0.5) -> TrajectoryDocument:
    """A document with one of the named shots.

    Args:
        document: Usually a preset's.
        name: One of :data:`SHOT_NAMES`; the first changes nothing.
        freeze_at: For bullet time: the frozen moment, a share of the source. "from there" starts the move where the
            source's camera stood at that moment, not where it began.

    Raises:
        TrajectoryError: If the moment is outside [0, 1].
    """
    if name == "bullet time":
        return frozen(document, source=freeze_at)
    if name == "bullet time from there":
        return following(frozen(document, source=freeze_at))
    changes = {
        "reverse": reversed_in_time,
        "slow down": stretched,
        "follow the source": following,
        "stabilise": stabilised,
    }
    return changes[name](document) if name in changes else document


def frozen(
    document: TrajectoryDocument, *, source: float, start: float = 0.0, end: float = 1.0
) -> TrajectoryDocument:
    """Bullet time: the source stands still while the camera goes on.

    Before ``start`` the source runs up to the frozen moment, after ``end`` from there to its last frame.

    Args:
        document: Its own timing is replaced.
        source: The frozen moment, a share of the source; see :func:`share_of_second`.
        start: Where time stops, a share of the new clip.
        end: Where it goes on; from 0 to 1 it stands still all the time.

    Raises:
        TrajectoryError: On a share outside [0, 1], or an end that is not after the start.
    """
    before = [{"time": 0.0, "source": 0.0}] if start > 0 else []
    after = [{"time": 1.0, "source": 1.0}] if end < 1 else []
    still = [{"time": time, "source": source} for time in (start, end)]
    return _changed(document, timing=[*before, *still, *after])


def stretched(document: TrajectoryDocument) -> TrajectoryDocument:
    """Let the source fill the new clip, however many frames that has: slow motion, or a time-lapse.

    A timing of the document's own stays: it is in shares, and stretches with the clip.
    """
    return _changed(document, timing=document.timing or _RUNS_ALONG)


def slow_num_frames(num_source: int, factor: float) -> int:
    """How many frames the new clip needs to be ``factor`` times as slow as the source.

    Raises:
        TrajectoryError: If the factor is not a finite number above 0.
    """
    if not (math.isfinite(factor) and factor > 0):
        raise TrajectoryError(
            "slow-down", expected="a finite number above 0", got=f"{factor}", todo="2 is half the speed."
        )
    return round((num_source - 1) * factor) + 1


def reversed_in_time(document: TrajectoryDocument) -> TrajectoryDocument:
    """What was shown at t is shown at 1 − t; the camera's own way stays as it is."""
    keys = document.timing or _RUNS_ALONG
    return _changed(document, timing=[{"time": 1 - key.time, "source": key.source} for key in reversed(keys)])


def following(document: TrajectoryDocument) -> TrajectoryDocument:
    """The path starts anew from the source's own camera in every frame."""
    return _changed(document, relative_to="source_camera")


def stabilised(document: TrajectoryDocument, *, sigma_frames: float = 8.0) -> TrajectoryDocument:
    """The path goes along with the source's own camera, freed from its shake.

    Args:
        document: With a static path the result is the source's camera, smoothed.
        sigma_frames: Width of the Gaussian average in source frames, 0.01 to 1000.

    Raises:
        TrajectoryError: If the width is out of range.
    """
    return _changed(document, relative_to="smoothed_source", smoothing_frames=sigma_frames)


def starting_at(document: TrajectoryDocument, **start: Any) -> TrajectoryDocument:
    """Begin elsewhere than at the source's camera: the whole path is moved to where ``start`` is.

    Args:
        document: Its path in nearest depths.
        start: ``position`` in nearest depths, ``pan_deg``, ``tilt_deg``, ``roll_deg``, ``focal_scale``, as in a key.

    Raises:
        TrajectoryError: If the path has another unit or is one of single poses, or ``start`` is no key.
    """
    path = document.path.model_dump()
    segments = path["segments"] if path["kind"] == "segments" else [{"path": path}]
    total = sum(segment.get("duration", 1.0) for segment in segments)
    there = {"kind": "keyframes", "unit": "nearest_depth", "keyframes": [{"time": 0.0, **start}]}
    first = {"path": there, "duration": _FIRST_FRAME * max(total, 1.0)}
    return _changed(document, path={"kind": "segments", "segments": [first, *segments]})


def lens_zoom(focal_scale: float) -> TrajectoryDocument:
    """The camera stands still while its focal length becomes ``focal_scale`` times the source's.

    Raises:
        TrajectoryError: If the factor is outside [1e-9, 1e9].
    """
    return _straight_ahead(distance=1.0, focal_scale=focal_scale)


def dolly_zoom(distance: float, *, subject_depth: float = 1.0) -> TrajectoryDocument:
    """The camera nears or leaves a subject straight ahead, and the focal length keeps the subject's size.

    Args:
        distance: How far from the subject it ends, a multiple of how far it began: 0.5 goes half the way there.
        subject_depth: How far ahead the subject is, in nearest depths of the first frame.

    Raises:
        TrajectoryError: On a distance outside [1e-3, 1e3], or a subject in the camera itself.
    """
    return _straight_ahead(distance=distance, focal_scale=distance, subject_depth=subject_depth)


def cloned_camera(
    other: SourceCameras, *, focal_px: Float[Tensor, " frame"] | None = None
) -> TrajectoryDocument:
    """The camera of another clip: its way from its first frame on, and how its focal length changed.

    Lengths are in nearest depths of that clip's first frame, so that the way is as large in the scene it is used in
    as it was in its own.

    Args:
        other: Cameras and nearest depth of the other clip.
        focal_px: Its focal length in every frame; only the changes count. None for one that stays.

    Raises:
        TrajectoryError: If the camera went farther, or zoomed more, than a document can hold.
    """
    c2w = other.c2w.clone()
    c2w[:, :3, 3] /= other.nearest_depth
    path: dict[str, Any] = {"kind": "poses", "unit": "nearest_depth", "c2w": c2w.flatten(1).tolist()}
    if focal_px is not None and not torch.allclose(focal_px, focal_px[0], rtol=1e-9, atol=0.0):
        path["focal_scale"] = (focal_px / focal_px[0]).tolist()
    return build_document(path)


def share_of_second(seconds: float, *, num_source: int, frame_rate: float) -> float:
    """A moment of a clip as the share that documents speak of: 0 its first frame, 1 its last.

    Args:
        seconds: From the first frame on.
        num_source: Frames of the clip.
        frame_rate: Frames per second.

    Raises:
        TrajectoryError: If the clip has no such moment.
    """
    frame = math.floor(seconds * frame_rate + 1e-6) if math.isfinite(seconds) else -1
    if not 0 <= frame < num_source:
        raise TrajectoryError(
            "moment of the clip",
            expected=f"0 to {num_source / frame_rate:.2f} seconds: {num_source} frames at {frame_rate:g} a second",
            got=f"{seconds:g}",
            todo="Choose a moment within the clip.",
        )
    return frame / max(num_source - 1, 1)


def _straight_ahead(*, distance: float, focal_scale: float, subject_depth: float = 1.0) -> TrajectoryDocument:
    path = {"kind": "around", "unit": "nearest_depth", "pivot": [0.0, 0.0, float(subject_depth)]}
    return build_document(path | {"distance": distance, "focal_scale": focal_scale})


def _changed(document: TrajectoryDocument, **fields: Any) -> TrajectoryDocument:
    """The document with other fields, checked as if it had been read."""
    return build_document(**(document.model_dump(exclude={"format", "version"}) | fields))
