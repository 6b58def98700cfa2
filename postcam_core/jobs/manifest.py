"""Batch manifests, JSONL or CSV: one recapture per line. The schema is in docs/formats.md."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import ManifestError, PostCamError
from ..trajectory import (
    PresetName,
    TrajectoryDocument,
    document_to_json,
    parse_document,
    parse_text,
    preset_document,
    read_trajectory_file,
)
from .manifest_rows import line_fault, read_rows, short
from .storage import fetch, is_address
from .tasks import BatchItem, ClipOptions, ModelOptions, Provider, Selection

_MOVES = ("preset", "trajectory", "text")
# Folder names that every system takes; no leading dot, which is for the batch's own folders.
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._+-]{0,118}[A-Za-z0-9_+-])?")
# The batch's own files, and what Windows takes for devices.
_RESERVED = re.compile(r"(journal|contact_sheet)([.-].*)?|(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.I)
_MAX_TEXT = 100_000


class _Row(BaseModel):
    """The fields of a line. What is None was not given."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    clip: Annotated[str, Field(min_length=1)]
    preset: PresetName | None = None
    amount: Annotated[float, Field(ge=-20, le=20)] | None = None
    trajectory: Annotated[str, Field(min_length=1)] | None = None
    text: Annotated[str, Field(max_length=_MAX_TEXT)] | None = None
    name: str | None = None
    size: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}x[1-9][0-9]{0,3}$")] | None = None
    frames: Literal["all"] | Annotated[int, Field(ge=1, le=100_000)] | None = None
    selection: Selection | None = None
    geometry: Annotated[str, Field(min_length=1)] | None = None
    provider: Provider | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    cfg: Annotated[float, Field(ge=0, le=100)] | None = None
    shift: Annotated[float, Field(gt=0, le=100)] | None = None
    window: Annotated[int, Field(ge=1, le=10_001)] | None = None
    overlap: Annotated[int, Field(ge=0, le=10_000)] | None = None
    background_memory: bool | None = None
    keep_seen: Annotated[float, Field(ge=0, le=1)] | None = None
    prompt: Annotated[str, Field(max_length=_MAX_TEXT)] | None = None
    negative: Annotated[str, Field(max_length=_MAX_TEXT)] | None = None


def read_manifest(path: str | Path, *, fetched: Path | None = None) -> tuple[BatchItem, ...]:
    """Read a manifest.

    Args:
        path: A ``.jsonl`` or ``.csv`` file in UTF-8. Paths in it are relative to its own folder.
        fetched: Folder for files that a line names by an fsspec address; None allows none.

    Raises:
        ManifestError: If the file cannot be read or is empty, or a line is at fault; the message names the first
            such line and its field, and lists the numbers of the others.
    """
    path = Path(path)
    find_file = _FileFinder(path.parent, fetched)
    items: dict[str, BatchItem] = {}
    faults: list[tuple[int, ManifestError]] = []
    for line, row in read_rows(path):
        try:
            item = _item(row, line, find_file)
            # Not every system tells capitals from small letters.
            _check_name_is_free(item, items.get(item.name.lower()))
            items[item.name.lower()] = item
        except ManifestError as fault:
            faults.append((line, fault))
    if faults:
        raise _first_fault(path, faults)
    if not items:
        raise ManifestError(
            f"manifest {path.name}", expected="at least one line", got="none", todo="Add one."
        )
    return tuple(items.values())


def _item(row: dict[str, Any] | ManifestError, line: int, find_file: "_FileFinder") -> BatchItem:
    if isinstance(row, ManifestError):
        raise row
    try:
        fields = _Row.model_validate(row)
    except ValidationError as error:
        raise _row_fault(error) from error
    clip = find_file(fields.clip, field="clip")
    move, document = _move(fields, find_file)
    return BatchItem(
        name=_name(fields.name or f"{clip.stem}_{move}", is_given=fields.name is not None),
        line=line,
        clip=clip,
        move=move,
        trajectory=document_to_json(document),
        clip_options=ClipOptions(
            size=tuple(map(int, fields.size.split("x"))) if fields.size else None,
            num_frames=None if fields.frames == "all" else fields.frames,
            geometry=find_file(fields.geometry, field="geometry") if fields.geometry else None,
            **_given(fields, "selection", "provider"),
        ),
        model_options=ModelOptions(**_given(fields, *ModelOptions.__dataclass_fields__)),
    )


def _given(row: _Row, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}


def _move(row: _Row, find_file: "_FileFinder") -> tuple[str, TrajectoryDocument]:
    given = [name for name in _MOVES if getattr(row, name) is not None]
    if len(given) != 1:
        raise line_fault(
            f"one of {', '.join(_MOVES)}",
            " and ".join(given) or "none",
            "Each line is one move.",
            field="preset",
        )
    if row.amount is not None and row.preset is None:
        raise line_fault(
            "no amount beside a trajectory or text", f"{row.amount}", "It scales presets.", field="amount"
        )
    try:
        if row.preset is not None:
            amount = 1.0 if row.amount is None else row.amount
            suffix = "" if amount == 1 else f"_{amount:g}"
            return f"{row.preset}{suffix}", preset_document(row.preset, amount)
        if row.text is not None:
            return "text", parse_text(row.text)
        file = find_file(row.trajectory, field="trajectory")
        parse = parse_document if file.suffix.lower() == ".json" else parse_text
        return file.stem, parse(read_trajectory_file(file))
    except ManifestError:
        raise
    except PostCamError as error:
        what = f"{given[0]}, {error.what}"
        raise line_fault(error.expected, error.got, error.todo, field=what) from error


class _FileFinder:
    """From what a line says to a file on this machine."""

    def __init__(self, folder: Path, fetched: Path | None) -> None:
        self._folder, self._fetched = folder.absolute(), fetched
        self._by_address: dict[str, Path] = {}

    def __call__(self, text: str, *, field: str) -> Path:
        if is_address(text):
            return self._fetch(text, field)
        path = self._folder / text
        if not path.is_file():
            raise line_fault(
                "an existing file", repr(text), f"Paths are relative to {self._folder}.", field=field
            )
        return path

    def _fetch(self, address: str, field: str) -> Path:
        if self._fetched is None:
            raise line_fault("a path", repr(address), "Copy the file to this machine.", field=field)
        if address not in self._by_address:
            try:
                self._by_address[address] = fetch(address, self._fetched)
            except ManifestError as error:
                raise line_fault(error.expected, error.got, error.todo, field=field) from error
        return self._by_address[address]


def _name(name: str, *, is_given: bool) -> str:
    if not is_given:
        name = re.sub(r"[^A-Za-z0-9._+-]+", "_", name)[:120].strip(".")
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        raise line_fault(
            "1 to 120 letters, digits or ._+- without a dot at either end, and no name of the batch's own files",
            repr(name),
            "It names the result's folder.",
            field="name",
        )
    return name


def _check_name_is_free(item: BatchItem, other: BatchItem | None) -> None:
    if other is not None:
        raise line_fault(
            "a name that no other line has",
            f"{item.name!r}, as line {other.line}",
            "Give the lines names of their own.",
            field="name",
        )


def _row_fault(error: ValidationError) -> ManifestError:
    # A choice of types complains once for each; the last is the one with numbers.
    problem = error.errors(include_url=False)[-1]
    field = f"{problem['loc'][0]}"
    if problem["type"] == "extra_forbidden":
        known = ", ".join(_Row.model_fields)
        return line_fault("no such field", short(problem["input"]), f"The fields are {known}.", field=field)
    expected = problem["msg"].removeprefix("Input should be ")
    got = "nothing" if problem["type"] == "missing" else short(problem["input"])
    return line_fault(expected, got, "docs/formats.md lists the fields and their limits.", field=field)


def _first_fault(path: Path, faults: list[tuple[int, ManifestError]]) -> ManifestError:
    (line, fault), *others = faults
    place = f"{path.name} line {line}" + (f", {fault.what}" if fault.what else "")
    numbers = ", ".join(f"{number}" for number, _ in others[:20])
    todo = f"{fault.todo} At fault, too: line {numbers}." if others else fault.todo
    return ManifestError(place, expected=fault.expected, got=fault.got, todo=todo)
