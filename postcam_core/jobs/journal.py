"""What happened in a batch, one JSON line per event: written by the driver alone, read by the one that resumes it.

A line counts once its line break is on the disk. A driver that is killed leaves at most a part of its last line,
which the next one drops.
"""

import errno
import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ..errors import BatchError

# Another driver that looks at this lock holds it for a moment.
_LOCK_PATIENCE_S = 1.0

EventKind: TypeAlias = Literal["started", "done", "failed", "released", "quarantined", "retried"]


@dataclass(frozen=True, kw_only=True)
class OutputFile:
    """A result on the disk.

    Attributes:
        path: Relative to the batch's folder, with forward slashes.
        sha256: Of its content.
        num_bytes: Its size.
    """

    path: str
    sha256: str
    num_bytes: int


@dataclass(frozen=True, kw_only=True)
class Event:
    """A line of the journal.

    Attributes:
        event: ``started`` and then one of ``done``, ``failed`` and ``released`` (taken back through no fault of
            the task: it does not count as an attempt); ``quarantined`` when the attempts are used up;
            ``retried`` when somebody wants it tried again all the same.
        task: Its name.
        key: What its result is made from; events of another key are of another result.
        attempt: From 1.
        worker: Who has it.
        error: Why it failed.
        outputs: The results.
        time_s: When, in seconds since 1970.
    """

    event: EventKind
    task: str
    key: str
    attempt: int = 0
    worker: str = ""
    error: str = ""
    outputs: tuple[OutputFile, ...] = ()
    time_s: float = field(default_factory=lambda: round(time.time(), 3))


@dataclass(kw_only=True)
class TaskHistory:
    """What the events of a task and key come to.

    Attributes:
        num_failed: Attempts that failed.
        outputs: Of the last one that was done.
        error: Of the last one that failed.
        is_quarantined: Whether it shall not be tried again.
    """

    num_failed: int = 0
    outputs: tuple[OutputFile, ...] | None = None
    error: str = ""
    is_quarantined: bool = False

    def add(self, event: Event) -> None:
        """Take in the next event."""
        if event.event == "done":
            self.outputs = event.outputs
        elif event.event == "failed":
            self.num_failed += 1
            self.error = event.error
        elif event.event == "quarantined":
            self.is_quarantined, self.error = True, event.error
        elif event.event == "retried":
            self.is_quarantined, self.num_failed = False, 0


class Journal:
    """The journal of one driver, open for writing; a context manager. A second driver is kept out.

    Args:
        folder: Of the batch; made if it is missing.
        shard: Which part of the batch this driver does: parts have journals of their own.
    """

    def __init__(self, folder: Path, *, shard: str = "") -> None:
        self.path = folder / f"journal{shard and f'-{shard}'}.jsonl"
        self._file: Any = None
        self._lock: Any = None

    def __enter__(self) -> "Journal":
        """Lock and open the journal.

        Raises:
            BatchError: If another driver has it.
        """
        from filelock import FileLock, Timeout

        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self.path.with_suffix(".lock"))
        try:
            self._lock.acquire(timeout=_LOCK_PATIENCE_S)  # the system frees it when its owner dies
            self._check_other_cuts()
        except Timeout as error:
            self._lock.release()
            raise BatchError(
                f"{self.path}",
                expected="no other driver at work in this folder, unless on another of as many parts",
                got=f"one that holds {Path(error.lock_file).name}",
                todo="Wait for it, stop it, or choose another folder.",
            ) from error
        self._file = open(self.path, "ab", buffering=0)
        self._file.truncate(_whole_bytes(self.path.read_bytes()))
        return self

    def __exit__(self, *_: object) -> None:
        """Close and unlock it."""
        self._file.close()
        self._lock.release()

    def _check_other_cuts(self) -> None:
        """Keep out drivers whose parts would overlap with this one's.

        Raises:
            Timeout: If there is one. Each takes its own lock before it looks at others', so two never miss
                each other.
        """
        from filelock import FileLock

        for path in self.path.parent.glob("journal*.lock"):
            if _cut_of(path) != _cut_of(self.path):
                with FileLock(path).acquire(timeout=0):
                    pass

    def append(self, event: Event) -> None:
        """Write an event; it is on the disk when this returns.

        Raises:
            OSError: If it cannot be written; nothing of it is then in the file.
        """
        values = {name: value for name, value in asdict(event).items() if value not in ("", 0, ())}
        line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        size = os.fstat(self._file.fileno()).st_size
        try:
            num_written = self._file.write(line)
            os.fsync(self._file.fileno())
            if num_written < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), f"{self.path}")
        except OSError:
            self._file.truncate(size)
            raise


def read_events(path: Path) -> list[Event]:
    """The events of a journal; a last line that was cut off is left out.

    Raises:
        BatchError: If a line is no event.
    """
    content = path.read_bytes()
    events = []
    for number, line in enumerate(content[: _whole_bytes(content)].splitlines(), start=1):
        try:
            values = json.loads(line)
            outputs = tuple(OutputFile(**output) for output in values.pop("outputs", ()))
            events.append(Event(**values, outputs=outputs))
        except (ValueError, TypeError, AttributeError) as error:
            raise BatchError(
                f"{path.name} line {number}",
                expected="an event of a batch",
                got=repr(line[:60]),
                todo="Remove the line; what it says is done will be found, or made again.",
            ) from error
    return events


def read_histories(folder: Path) -> dict[tuple[str, str], TaskHistory]:
    """What all drivers of a batch did so far, by the task's name and key."""
    paths = sorted(folder.glob("journal*.jsonl"))
    return histories(event for path in paths for event in read_events(path))


def histories(events: Iterable[Event]) -> dict[tuple[str, str], TaskHistory]:
    """What events come to, in the order of their times."""
    found: dict[tuple[str, str], TaskHistory] = {}
    for event in sorted(events, key=lambda event: event.time_s):
        found.setdefault((event.task, event.key), TaskHistory()).add(event)
    return found


def _cut_of(path: Path) -> str:
    """Into how many parts the batch of a journal is cut."""
    return path.stem.rpartition("of")[2] if "-" in path.stem else ""


def _whole_bytes(content: bytes) -> int:
    """How much of the content is whole lines."""
    return content.rfind(b"\n") + 1
