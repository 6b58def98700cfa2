"""Reading geometry files: names stay inside their folder."""

import json
from pathlib import Path
from typing import Any, NoReturn

from ..errors import GeometryError

MAX_TEXT_BYTES = 16 << 20


def require_folder(folder: str | Path) -> Path:
    """The folder as a path.

    Raises:
        GeometryError: If it is no folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise GeometryError(
            f"folder {folder.name!r}",
            expected="an existing folder",
            got="a file" if folder.exists() else "nothing there",
            todo="Check the path.",
        )
    return folder


def require_file(path: str | Path, *, within: Path | None = None) -> Path:
    """The file as a path.

    Args:
        path: File to look for.
        within: Folder that the file must really lie in; a link out of it is refused.

    Raises:
        GeometryError: If it is no file or lies elsewhere.
    """
    path = Path(path)
    if not path.is_file():
        raise GeometryError(
            f"file {path.name!r}", expected="an existing file", got="nothing there", todo="Check the path."
        )
    if within is not None and not path.resolve().is_relative_to(within.resolve()):
        raise GeometryError(
            f"file {path.name!r}",
            expected=f"a file inside {within.name!r}",
            got="a link out of it",
            todo="Copy the file into the folder.",
        )
    return path


def read_text(path: str | Path, *, within: Path | None = None) -> str:
    """Text of a small UTF-8 file.

    Raises:
        GeometryError: If it is missing, too long or no text.
    """
    path = require_file(path, within=within)
    if path.stat().st_size > MAX_TEXT_BYTES:
        raise GeometryError(
            f"file {path.name!r}",
            expected=f"at most {MAX_TEXT_BYTES >> 20} MiB of text",
            got=f"{path.stat().st_size >> 20} MiB",
            todo="Is it the right file?",
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise GeometryError(
            f"file {path.name!r}", expected="UTF-8 text", got="other bytes", todo="Is it the right file?"
        ) from error


def read_json_object(path: str | Path, *, todo: str) -> dict[str, Any]:
    """The object in a JSON file; NaN and Infinity, which JSON does not know, are refused.

    Args:
        path: The file.
        todo: What the user can do if it is something else.

    Raises:
        GeometryError: If it is missing, too long or no such JSON.
    """
    name, text = Path(path).name, read_text(path)
    try:
        document = json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise GeometryError(
            f"file {name!r}", expected="JSON with finite numbers", got=str(error)[:120], todo=todo
        ) from error
    if not isinstance(document, dict):
        raise GeometryError(
            f"file {name!r}", expected="a JSON object", got=type(document).__name__, todo=todo
        )
    return document


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number here")
