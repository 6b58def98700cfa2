"""Batch manifests, JSONL or CSV: one recapture per line. The schema is in docs/formats.md."""

import csv
import io
import json
import re
from collections.abc import Iterator
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
from .storage import fetch, is_address
from .tasks import BatchItem, ClipOptions, ModelOptions, Provider, Selection

_MOVES = ("preset", "trajectory", "text")
# Folder names that every system takes; no leading dot, which is for the batch's own folders.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,119}")
_RESERVED = {"contact_sheet", "journal"}
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
    readers = {".jsonl": _jsonl_rows, ".csv": _csv_rows}
    if path.suffix.lower() not in readers:
        raise ManifestError(
            f"manifest {path.name}",
            expected="a .jsonl or .csv file",
            got=repr(path.suffix),
            todo="Rename it.",
        )
    find_file = _FileFinder(path.parent, fetched)
    items: dict[str, BatchItem] = {}
    faults: list[tuple[int, ManifestError]] = []
    for line, row in readers[path.suffix.lower()](_text(path)):
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ManifestError(
            f"manifest {path.name}", expected="an existing file", got="none", todo="Check the path."
        ) from error
    except UnicodeDecodeError as error:
        raise ManifestError(
            f"manifest {path.name}",
            expected="UTF-8 text",
            got=f"byte {error.object[error.start]:#04x} at {error.start}",
            todo="Save it as UTF-8 text.",
        ) from error


def _jsonl_rows(text: str) -> Iterator[tuple[int, dict[str, Any] | ManifestError]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_unique_keys)
        except ManifestError as error:
            yield number, error
            continue
        except (ValueError, RecursionError) as error:
            yield number, _fault("a JSON object", f"{error}", "Check the line; each line is one object.")
            continue
        if isinstance(row, dict):
            yield number, {name: value for name, value in row.items() if value is not None}
        else:
            yield number, _fault("a JSON object", _short(row), "Each line is one object.")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _fault("each field once", "it twice", "Remove one.", field=twice)
    return row


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any] | ManifestError]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    names = reader.fieldnames or []
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        yield 1, _fault("each column once", "it twice", "Remove one.", field=twice)
        return
    first_line = (
        reader.line_num + 1
    )  # a cell may hold line breaks: the record starts where the last one ended
    try:
        for row in reader:
            if None in row:
                yield (
                    first_line,
                    _fault(f"{len(names)} cells", f"{len(names) + len(row[None])}", "Quote commas."),
                )
            else:
                yield first_line, {name: cell for name, cell in row.items() if cell}
            first_line = reader.line_num + 1
    except csv.Error as error:
        yield first_line, _fault("a line of a CSV file", f"{error}", "Check the quotes.")


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
        raise _fault(
            f"one of {', '.join(_MOVES)}",
            " and ".join(given) or "none",
            "Each line is one move.",
            field="preset",
        )
    if row.amount is not None and row.preset is None:
        raise _fault(
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
        raise _fault(error.expected, error.got, error.todo, field=what) from error


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
            raise _fault(
                "an existing file", repr(text), f"Paths are relative to {self._folder}.", field=field
            )
        return path

    def _fetch(self, address: str, field: str) -> Path:
        if self._fetched is None:
            raise _fault("a path", repr(address), "Copy the file to this machine.", field=field)
        if address not in self._by_address:
            try:
                self._by_address[address] = fetch(address, self._fetched)
            except ManifestError as error:
                raise _fault(error.expected, error.got, error.todo, field=field) from error
        return self._by_address[address]


def _name(name: str, *, is_given: bool) -> str:
    if not is_given:
        name = re.sub(r"[^A-Za-z0-9._+-]+", "_", name).lstrip(".")[:120]
    if not _NAME.fullmatch(name) or name.lower() in _RESERVED:
        raise _fault(
            "1 to 120 letters, digits or ._+- that do not start with a dot",
            repr(name),
            "It names the result's folder.",
            field="name",
        )
    return name


def _check_name_is_free(item: BatchItem, other: BatchItem | None) -> None:
    if other is not None:
        raise _fault(
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
        return _fault("no such field", _short(problem["input"]), f"The fields are {known}.", field=field)
    expected = problem["msg"].removeprefix("Input should be ")
    got = "nothing" if problem["type"] == "missing" else _short(problem["input"])
    return _fault(expected, got, "docs/formats.md lists the fields and their limits.", field=field)


def _first_fault(path: Path, faults: list[tuple[int, ManifestError]]) -> ManifestError:
    (line, fault), *others = faults
    place = f"{path.name} line {line}" + (f", {fault.what}" if fault.what else "")
    numbers = ", ".join(f"{number}" for number, _ in others[:20])
    todo = f"{fault.todo} At fault, too: line {numbers}." if others else fault.todo
    return ManifestError(place, expected=fault.expected, got=fault.got, todo=todo)


def _fault(expected: str, got: str, todo: str, *, field: str = "") -> ManifestError:
    what = f"field {field}" if field else ""
    return ManifestError(what, expected=expected, got=got, todo=todo)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
