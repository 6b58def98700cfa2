"""The kinds of path that a trajectory document can hold. docs/formats.md has their formulas."""

from typing import Annotated, Literal

import torch
from pydantic import Field, field_validator, model_validator

from ..cameras import check_rigid
from ..errors import TrajectoryError
from .fields import (
    MAX_KEYS,
    DocumentModel,
    Ease,
    Factor,
    FocalScale,
    Line,
    Matrix,
    Number,
    Share,
    Unit,
    Vector,
    check_increasing,
)
from .preset_names import PresetName

MAX_SEGMENTS = 100
# In all three lines of all segments together, as in one orbit: fitting a spline is slow, a hundred of them slower.
MAX_ORBIT_NUMBERS = 3 * MAX_KEYS


class PresetPath(DocumentModel):
    """A named move; ``amount`` multiplies its natural size and mirrors it when negative."""

    kind: Literal["preset"] = "preset"
    name: PresetName
    amount: Annotated[Number, Field(ge=-20, le=20)] = 1.0


class OrbitPath(DocumentModel):
    """The released three-line text; see :func:`postcam_core.trajectory.orbit_c2w`."""

    kind: Literal["orbit"] = "orbit"
    pitch_deg: Line
    yaw_deg: Line
    displacement: Line


class Keyframe(DocumentModel):
    """Where the camera is at one time, and how it goes on to the next key."""

    time: Share
    position: Vector
    pan_deg: Number = 0.0
    tilt_deg: Number = 0.0
    roll_deg: Number = 0.0
    focal_scale: FocalScale = 1.0
    interpolation: Literal["spline", "linear", "hold"] = "spline"


class KeyframePath(DocumentModel):
    """A path through keyframes whose times increase strictly."""

    kind: Literal["keyframes"] = "keyframes"
    unit: Unit
    keyframes: Annotated[tuple[Keyframe, ...], Field(min_length=1, max_length=MAX_KEYS)]

    @field_validator("keyframes")
    @classmethod
    def _check_order(cls, keyframes: tuple[Keyframe, ...]) -> tuple[Keyframe, ...]:
        check_increasing([key.time for key in keyframes], "keyframe")
        return keyframes


class AroundPath(DocumentModel):
    """A rigid orbit about a point; see :func:`.around.sample_around`."""

    kind: Literal["around"] = "around"
    unit: Unit
    pivot: Vector
    yaw_deg: Number = 0.0
    pitch_deg: Number = 0.0
    roll_deg: Number = 0.0
    distance: Factor = 1.0
    focal_scale: FocalScale = 1.0

    @field_validator("pivot")
    @classmethod
    def _check_pivot(cls, pivot: tuple[float, float, float]) -> tuple[float, float, float]:
        if not any(pivot):
            raise TrajectoryError(
                "pivot",
                expected="a point other than the camera's own place",
                got="0 0 0",
                todo="Pick a point in the picture; to turn in place use a pan or keyframes.",
            )
        return pivot


class PosesPath(DocumentModel):
    """One pose per frame: 4×4 camera-to-world matrices, row by row, in OpenCV axes."""

    kind: Literal["poses"] = "poses"
    unit: Unit
    c2w: Annotated[tuple[Matrix, ...], Field(min_length=1)]
    focal_scale: tuple[FocalScale, ...] | None = None

    @field_validator("c2w")
    @classmethod
    def _check_rigid(cls, c2w: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        check_rigid(torch.tensor(c2w, dtype=torch.float64).unflatten(-1, (4, 4)), name="pose")
        return c2w

    @model_validator(mode="after")
    def _check_lengths(self) -> "PosesPath":
        if self.focal_scale is not None and len(self.focal_scale) != len(self.c2w):
            raise TrajectoryError(
                "focal_scale",
                expected=f"one number per pose, {len(self.c2w)}",
                got=f"{len(self.focal_scale)}",
                todo="Leave focal_scale out to keep the source's focal length.",
            )
        return self


Move = PresetPath | OrbitPath | KeyframePath | AroundPath
"""A path that can be evaluated at any time between 0 and 1."""


class Segment(DocumentModel):
    """One move of several in a row."""

    path: Annotated[Move, Field(discriminator="kind")]
    duration: Annotated[Number, Field(ge=1e-6, le=1e6)] = 1.0
    ease: Ease = "linear"
    scale: Factor = 1.0

    @field_validator("path")
    @classmethod
    def _check_unit(cls, path: Move) -> Move:
        if path_unit(path) != "nearest_depth":
            raise TrajectoryError(
                "unit of a segment",
                expected='"nearest_depth", in which presets and orbits are',
                got=f'"{path_unit(path)}"',
                todo="Give lengths in nearest depths; a segment's scale multiplies them.",
            )
        return path


class SegmentsPath(DocumentModel):
    """Moves in a row, each from where the one before ended; see :func:`.segments.sample_segments`."""

    kind: Literal["segments"] = "segments"
    segments: Annotated[tuple[Segment, ...], Field(min_length=1, max_length=MAX_SEGMENTS)]

    @field_validator("segments")
    @classmethod
    def _check_orbits(cls, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        orbits = [segment.path for segment in segments if isinstance(segment.path, OrbitPath)]
        count = sum(len(o.pitch_deg) + len(o.yaw_deg) + len(o.displacement) for o in orbits)
        if count > MAX_ORBIT_NUMBERS:
            raise TrajectoryError(
                "orbits of the segments",
                expected=f"at most {MAX_ORBIT_NUMBERS} numbers in all of them together",
                got=f"{count}",
                todo="Use fewer keys; a spline joins them.",
            )
        return segments


Path = Move | PosesPath | SegmentsPath


def path_unit(path: Path) -> Unit:
    """What a length of 1 is in a path; presets, orbits and segments have no choice."""
    if isinstance(path, PresetPath | OrbitPath | SegmentsPath):
        return "nearest_depth"
    return path.unit
