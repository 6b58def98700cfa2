"""Text of a trajectory file, whatever its format."""

from pathlib import Path

from ..errors import TrajectoryError

MAX_FILE_BYTES = 8_000_000
"""More than ten times a ReCamMaster file, the largest kind."""


def read_trajectory_file(path: str | Path) -> str:
    """Read a text file for one of the parsers; they have narrower limits of their own.

    Raises:
        TrajectoryError: If the file is missing, too large or not UTF-8 text.
    """
    path = Path(path)
    if not path.is_file():
        raise _error(path, "an existing file", "none", "Check the path.")
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise _error(path, f"at most {MAX_FILE_BYTES:,} bytes", "more", "Check which file you chose.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _error(
            path, "UTF-8 text", f"byte {content[error.start]:#04x} at {error.start}", "Save it as UTF-8 text."
        ) from error


def _error(path: Path, expected: str, got: str, todo: str) -> TrajectoryError:
    return TrajectoryError(f"trajectory file {path.name}", expected=expected, got=got, todo=todo)
