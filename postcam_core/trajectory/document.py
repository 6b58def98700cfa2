"""The trajectory document: what the editor writes, workflows store and API users send. See docs/formats.md."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..cameras import check_rigid
from ..errors import PostCamError, TrajectoryError
from .json_text import load_json
from .preset_names import PresetName

MAX_DOCUMENT_BYTES = 1_000_000
MAX_KEYS = 1000

Unit = Literal["nearest_depth", "model", "scene"]
"""What a length of 1 is: the nearest depth of the first frame, the checkpoint's unit (metres of its training
set), or the unit of the geometry that the trajectory came from."""

# Strict: true and "1" are no numbers. The bounds keep every later product finite.
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e7, le=1e7)]
_Line = Annotated[tuple[_Number, ...], Field(min_length=1, max_length=MAX_KEYS)]
_Vector = tuple[_Number, _Number, _Number]
_Matrix = Annotated[tuple[_Number, ...], Field(min_length=16, max_length=16)]
_FocalScale = Annotated[float, Field(strict=True, ge=1e-9, le=1e9)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PresetPath(_Model):
    """A named move; ``amount`` multiplies its natural size and mirrors it when negative."""

    kind: Literal["preset"] = "preset"
    name: PresetName
    amount: Annotated[_Number, Field(ge=-20, le=20)] = 1.0


class OrbitPath(_Model):
    """The released three-line text; see :func:`postcam_core.trajectory.orbit_c2w`."""

    kind: Literal["orbit"] = "orbit"
    pitch_deg: _Line
    yaw_deg: _Line
    displacement: _Line


class Keyframe(_Model):
    """Where the camera is at one time, and how it goes on to the next key."""

    time: Annotated[_Number, Field(ge=0, le=1)]
    position: _Vector
    pan_deg: _Number = 0.0
    tilt_deg: _Number = 0.0
    roll_deg: _Number = 0.0
    focal_scale: _FocalScale = 1.0
    interpolation: Literal["spline", "linear", "hold"] = "spline"


class KeyframePath(_Model):
    """A path through keyframes whose times increase strictly."""

    kind: Literal["keyframes"] = "keyframes"
    unit: Unit
    keyframes: Annotated[tuple[Keyframe, ...], Field(min_length=1, max_length=MAX_KEYS)]

    @field_validator("keyframes")
    @classmethod
    def _check_order(cls, keyframes: tuple[Keyframe, ...]) -> tuple[Keyframe, ...]:
        for i in range(1, len(keyframes)):
            if keyframes[i].time <= keyframes[i - 1].time:
                raise TrajectoryError(
                    f"time of keyframe {i}",
                    expected=f"a time after the previous key's, {keyframes[i - 1].time}",
                    got=f"{keyframes[i].time}",
                    todo="Put the keyframes in the order of their times, one key per time.",
                )
        return keyframes


class PosesPath(_Model):
    """One pose per frame: 4×4 camera-to-world matrices, row by row, in OpenCV axes."""

    kind: Literal["poses"] = "poses"
    unit: Unit
    c2w: Annotated[tuple[_Matrix, ...], Field(min_length=1)]
    focal_scale: tuple[_FocalScale, ...] | None = None

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


class TrajectoryDocument(_Model):
    """A camera move, independent of the number of frames."""

    format: Literal["postcam-trajectory"]
    version: Literal[1]
    name: Annotated[str, Field(max_length=200)] = ""
    path: Annotated[PresetPath | OrbitPath | KeyframePath | PosesPath, Field(discriminator="kind")]


def parse_document(text: str) -> TrajectoryDocument:
    """Read a document from JSON text.

    Raises:
        TrajectoryError: If the text is no strict JSON (see :func:`.json_text.load_json`), has another format or
            version, or breaks the schema; the message names the first place at fault.
    """
    data = load_json(text, what="trajectory", max_bytes=MAX_DOCUMENT_BYTES)
    _check_header(data)
    return _validate(data)


def build_document(path: Mapping[str, Any], *, name: str = "") -> TrajectoryDocument:
    """Make a document from the fields of its path, e.g. ``{"kind": "preset", "name": "arc_left", "amount": 0.5}``.

    Raises:
        TrajectoryError: If the path breaks the schema; the message names the first place at fault.
    """
    return _validate({"format": "postcam-trajectory", "version": 1, "name": name, "path": path})


def preset_document(name: str, amount: float = 1.0) -> TrajectoryDocument:
    """The document of a preset.

    Raises:
        TrajectoryError: On an unknown name, or an amount outside [-20, 20].
    """
    return build_document({"kind": "preset", "name": name, "amount": amount})


def document_to_json(document: TrajectoryDocument) -> str:
    """Write a document as compact JSON; :func:`parse_document` reads it back to an equal one."""
    return document.model_dump_json(exclude_none=True)


def document_schema() -> dict[str, Any]:
    """JSON schema of the document, for editors and API users."""
    return TrajectoryDocument.model_json_schema()


def _validate(data: Mapping[str, Any]) -> TrajectoryDocument:
    try:
        return TrajectoryDocument.model_validate(data)
    except ValidationError as error:
        raise _first_problem(error) from error


def _check_header(data: Any) -> None:
    if not isinstance(data, Mapping) or data.get("format") != "postcam-trajectory":
        raise TrajectoryError(
            "trajectory",
            expected='a JSON object with "format": "postcam-trajectory"',
            got=_short(data),
            todo="Other formats have readers of their own; see docs/formats.md.",
        )
    version = data.get("version")
    if type(version) is not int or version != 1:  # 1 == True == 1.0 in Python
        raise TrajectoryError(
            "trajectory version",
            expected="1, the only one so far",
            got=_short(version),
            todo="A later version needs a later release of this pack.",
        )


# Where pydantic's words would read badly after "expected".
_EXPECTED = {
    "missing": "this field",
    "extra_forbidden": "no such field",
    "union_tag_invalid": "a kind among {expected_tags}",
    "union_tag_not_found": "a field {discriminator}",
    "too_short": "at least {min_length} items",
    "too_long": "at most {max_length} items",
    "string_too_long": "at most {max_length} characters",
}


def _first_problem(error: ValidationError) -> TrajectoryError:
    problem = error.errors(include_url=False)[0]
    location = list(problem["loc"])
    # Pydantic names the member of the union after "path"; that word is not in the JSON.
    if len(location) > 1 and location[0] == "path":
        del location[1]
    place = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    context = problem.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, PostCamError):
        return TrajectoryError(
            f"{cause.what} (at {place})", expected=cause.expected, got=cause.got, todo=cause.todo
        )
    template = _EXPECTED.get(problem["type"])
    return TrajectoryError(
        f"trajectory at {place}",
        expected=template.format_map(context)
        if template
        else problem["msg"].removeprefix("Input should be "),
        got="nothing" if problem["type"] == "missing" else _short(problem["input"]),
        todo="docs/formats.md lists the fields and their limits.",
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
