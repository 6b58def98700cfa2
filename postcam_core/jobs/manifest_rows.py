"""The lines of a manifest as they stand: each one's number and its fields, unchecked."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import ManifestError


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | ManifestError]]:
    """Read a ``.jsonl`` or ``.csv`` file in UTF-8.

    Yields:
        The number of a line, from 1, and its fields, less those not given; or what is wrong with it.

    Raises:
        ManifestError: If the file cannot be read.
    """
    readers = {".jsonl": _jsonl_rows, ".csv": _csv_rows}
    if path.suffix.lower() not in readers:
        raise ManifestError(
            f"manifest {path.name}",
            expected="a .jsonl or .csv file",
            got=repr(path.suffix),
            todo="Rename it.",
        )
    yield from readers[path.suffix.lower()](_text(path))


def line_fault(expected: str, got: str, todo: str, *, field: str = "") -> ManifestError:
    """What is wrong with a line, before its number is known."""
    what = f"field {field}" if field else ""
    return ManifestError(what, expected=expected, got=got, todo=todo)


def short(value: Any) -> str:
    """A value for a message."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


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
            yield number, line_fault("a JSON object", f"{error}", "Check the line; each line is one object.")
            continue
        if isinstance(row, dict):
            yield number, {name: value for name, value in row.items() if value is not None}
        else:
            yield number, line_fault("a JSON object", short(row), "Each line is one object.")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise line_fault("each field once", "it twice", "Remove one.", field=twice)
    return row


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any] | ManifestError]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    names = reader.fieldnames or []
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        yield 1, line_fault("each column once", "it twice", "Remove one.", field=twice)
        return
    # A cell may hold line breaks: the record starts where the last one ended.
    first_line = reader.line_num + 1
    try:
        for row in reader:
            if None in row:
                yield (
                    first_line,
                    line_fault(f"{len(names)} cells", f"{len(names) + len(row[None])}", "Quote commas."),
                )
            else:
                yield first_line, {name: cell for name, cell in row.items() if cell}
            first_line = reader.line_num + 1
    except csv.Error as error:
        yield first_line, line_fault("a line of a CSV file", f"{error}", "Check the quotes.")
