"""The released three-line text: pitch, yaw and displacement, numbers between spaces."""

import re

from ..errors import TrajectoryError
from .document import TrajectoryDocument, build_document
from .fields import MAX_KEYS
from .paths import OrbitPath, PresetPath
from .presets import preset_path

_LINES = ("pitch_deg", "yaw_deg", "displacement")
# 1000 keys of 24 characters in each of three lines fit.
_MAX_CHARACTERS = 100_000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def parse_text(text: str) -> TrajectoryDocument:
    """Read three lines of key values as an orbit; see :func:`.orbit.orbit_c2w` for their meaning.

    Raises:
        TrajectoryError: On another number of lines, anything but plain decimal numbers, more than 1000 keys in
            a line, or a text too long.
    """
    if len(text) > _MAX_CHARACTERS:
        raise _error(f"at most {_MAX_CHARACTERS:,} characters", f"{len(text):,}")
    lines = text.removeprefix("\ufeff").strip().splitlines()
    if len(lines) != len(_LINES):
        raise _error("three lines (pitch, yaw, displacement)", f"{len(lines)}")
    return build_document(
        {"kind": "orbit", **{name: _numbers(line, name) for name, line in zip(_LINES, lines, strict=True)}}
    )


def text_from_document(document: TrajectoryDocument) -> str:
    """Write an orbit, or a preset that is one, as the released code reads it; no digit is lost.

    Raises:
        TrajectoryError: If the document's path is no orbit, or it has a pace, a timing, or follows the source.
    """
    if document.pace or document.timing or document.relative_to != "first_frame":
        raise TrajectoryError(
            "trajectory for the three-line text",
            expected="a path alone",
            got="a pace, a timing or a path relative to the source's camera",
            todo="Save it as JSON instead; three lines cannot hold these.",
        )
    path = document.path
    if isinstance(path, PresetPath):
        path = preset_path(path.name, path.amount)
    if not isinstance(path, OrbitPath):
        raise TrajectoryError(
            "trajectory for the three-line text",
            expected="an orbit, or a preset that is an orbit, a zoom or static",
            got=f'a path of kind "{document.path.kind}"',
            todo="Save it as JSON instead; three lines cannot hold this path.",
        )
    # Adding zero turns −0.0 into 0.0.
    return "".join(
        " ".join(repr(value + 0.0).removesuffix(".0") for value in getattr(path, name)) + "\n"
        for name in _LINES
    )


def _numbers(line: str, name: str) -> list[float]:
    words = line.split()
    if not 1 <= len(words) <= MAX_KEYS:
        raise _error(f"1 to {MAX_KEYS} numbers in the line {name}", f"{len(words)}")
    for word in words:
        if not _NUMBER.fullmatch(word):
            raise _error(f"numbers between spaces in the line {name}", f"{word[:40]!r}")
    return [float(word) for word in words]


def _error(expected: str, got: str) -> TrajectoryError:
    return TrajectoryError(
        "trajectory text", expected=expected, got=got, todo='Example: "0 0 0 0", "0 10 20 30", "1 1 1 1".'
    )
