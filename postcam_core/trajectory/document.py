"""The trajectory document: what the editor writes, workflows store and API users send. See docs/formats.md."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from ..errors import PostCamError, TrajectoryError
from .fields import MAX_KEYS, DocumentModel, Number, check_increasing
from .json_text import load_json
from .pace import Pace
from .paths import Path
from .timing import TimingKey

MAX_DOCUMENT_BYTES = 1_000_000

RelativeTo = Literal["first_frame", "source_camera", "smoothed_source"]
"""Where a path starts from: the source's first camera, its camera at the frame shown, or that one smoothed."""


class TrajectoryDocument(DocumentModel):
    """A camera move, independent of the number of frames."""

    format: Literal["postcam-trajectory"]
    version: Literal[1]
    name: Annotated[str, Field(max_length=200)] = ""
    path: Annotated[Path, Field(discriminator="kind")]
    pace: Pace | None = None
    timing: Annotated[tuple[TimingKey, ...], Field(min_length=1, max_length=MAX_KEYS)] | None = None
    relative_to: RelativeTo = "first_frame"
    smoothing_frames: Annotated[Number, Field(ge=0.01, le=1000)] = 8.0

    @field_validator("timing")
    @classmethod
    def _check_order(cls, timing: tuple[TimingKey, ...] | None) -> tuple[TimingKey, ...] | None:
        check_increasing([key.time for key in timing or ()], "timing key")
        return timing


def parse_document(text: str) -> TrajectoryDocument:
    """Read a document from JSON text.

    Raises:
        TrajectoryError: If the text is no strict JSON (see :func:`.json_text.load_json`), has another format or
            version, or breaks the schema; the message names the first place at fault.
    """
    data = load_json(text, what="trajectory", max_bytes=MAX_DOCUMENT_BYTES)
    _check_header(data)
    return _validate(data)


def build_document(path: Mapping[str, Any], *, name: str = "", **fields: Any) -> TrajectoryDocument:
    """Make a document from the fields of its path, e.g. ``{"kind": "preset", "name": "arc_left", "amount": 0.5}``.

    Args:
        path: One of the kinds in docs/formats.md.
        name: For people.
        fields: The document's other fields: ``pace``, ``timing``, ``relative_to``, ``smoothing_frames``.

    Raises:
        TrajectoryError: If a field breaks the schema; the message names the first place at fault.
    """
    return _validate({"format": "postcam-trajectory", "version": 1, "name": name, "path": path, **fields})


def preset_document(name: str, amount: float = 1.0) -> TrajectoryDocument:
    """The document of a preset.

    Raises:
        TrajectoryError: On an unknown name, or an amount outside [-20, 20].
    """
    return build_document({"kind": "preset", "name": name, "amount": amount})


def document_to_json(document: TrajectoryDocument) -> str:
    """Write a document as compact JSON; :func:`parse_document` reads it back to an equal one.

    What relates to the source is left out where it is as usual, so that most documents stay as they always were.
    """
    usual = {
        name
        for name in ("relative_to", "smoothing_frames")
        if getattr(document, name) == TrajectoryDocument.model_fields[name].default
    }
    return document.model_dump_json(exclude_none=True, exclude=usual)


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
    if isinstance(version, bool) or version != 1:  # 1 == True in Python; 1.0 is the same JSON number
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
    place = _place(problem["loc"])
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


def _place(location: tuple[int | str, ...]) -> str:
    """The place in the JSON. After "path" pydantic names the member of the union, a word that is not there."""
    parts = [part for i, part in enumerate(location) if i == 0 or location[i - 1] != "path"]
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
