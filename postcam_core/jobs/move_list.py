"""Moves written as lines of text, and their product with clips: what the batch node works on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ManifestError, PostCamError
from ..trajectory import (
    PRESET_NAMES,
    TrajectoryDocument,
    document_to_json,
    parse_document,
    parse_text,
    preset_document,
    read_trajectory_file,
)


@dataclass(frozen=True, kw_only=True)
class Move:
    """A camera move with a name for files.

    Attributes:
        name: Of the preset, with its amount unless it is 1, or of the file.
        trajectory: The document as compact JSON.
    """

    name: str
    trajectory: str


@dataclass(frozen=True, kw_only=True)
class ClipMove:
    """A clip and a move.

    Attributes:
        clip: The video file.
        move: The move.
        name: Of both, unlike that of any other pair.
    """

    clip: Path
    move: Move
    name: str


def parse_moves(text: str, find_file: Callable[[str], Path]) -> tuple[Move, ...]:
    """Read moves, one per line: ``arc_left``, ``arc_left 0.5``, or the name of a trajectory file.

    Args:
        text: The lines; empty ones do not count.
        find_file: From a file's name in a line to its path.

    Raises:
        ManifestError: If there is no line, or one is at fault; the message names it.
    """
    moves = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            moves.append(_move(line.strip(), find_file))
        except PostCamError as error:
            raise ManifestError(
                f"moves line {number}, {error.what}",
                expected=error.expected,
                got=error.got,
                todo=error.todo,
            ) from error
    if not moves:
        raise ManifestError(
            "moves", expected="at least one line", got="none", todo="Enter a preset, for example arc_left."
        )
    return tuple(moves)


def pair(clips: Sequence[Path], moves: Sequence[Move]) -> tuple[ClipMove, ...]:
    """Every clip with every move, the moves of a clip next to one another.

    Raises:
        ManifestError: If two pairs would have the same name.
    """
    pairs = [
        ClipMove(clip=clip, move=move, name=f"{clip.stem}_{move.name}") for clip in clips for move in moves
    ]
    seen: set[str] = set()
    for each in pairs:
        if each.name.lower() in seen:
            raise ManifestError(
                "names of the results",
                expected="each clip and each move once",
                got=f"{each.name!r} twice",
                todo="Remove a line, or rename a file: names count without their suffix.",
            )
        seen.add(each.name.lower())
    return tuple(pairs)


def part_of(pairs: Sequence[ClipMove], pairs_per_run: int, run: int) -> Sequence[ClipMove]:
    """The pairs of one run.

    Args:
        pairs: All of them.
        pairs_per_run: How many each run makes; 0 is all.
        run: Which one, from 0.

    Raises:
        ManifestError: If there is no such run.
    """
    if pairs_per_run == 0:
        return pairs
    num_runs = -(-len(pairs) // pairs_per_run)
    if run >= num_runs:
        raise ManifestError(
            "run",
            expected=f"0 to {num_runs - 1}, for {len(pairs)} pairs at {pairs_per_run} a run",
            got=f"{run}",
            todo="All pairs are queued; set run to 0 to begin anew.",
        )
    return pairs[run * pairs_per_run : (run + 1) * pairs_per_run]


def _move(line: str, find_file: Callable[[str], Path]) -> Move:
    name, _, amount = line.partition(" ")
    if name in PRESET_NAMES:
        number = _number(amount.strip() or "1")
        label = name if number == 1 else f"{name}_{number:g}"
        return Move(name=label, trajectory=document_to_json(preset_document(name, number)))
    path = find_file(line)
    return Move(name=path.stem, trajectory=document_to_json(_document(path)))


def _document(path: Path) -> TrajectoryDocument:
    text = read_trajectory_file(path)
    return parse_document(text) if text.lstrip("\ufeff").lstrip().startswith("{") else parse_text(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ManifestError(
            "amount", expected="a number after the preset", got=repr(text), todo="Example: arc_left 0.5"
        ) from error
