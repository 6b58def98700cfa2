"""Who does the tasks of a batch. An executor runs each task once: whether it is tried again is decided above it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from ..tasks import Task

Outcome: TypeAlias = Literal["done", "failed", "worker_died", "returned"]


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a task ended.

    Attributes:
        task: The task.
        outcome: ``done``: its results lie in the folder it was given; ``failed``: the task raised an error;
            ``worker_died``: with the task in its hands; ``returned``: the worker never began, through no
            fault of the task.
        error: In words, unless it is done.
        is_disk_full: Whether it failed because a disk is full.
        disk: Whose disk, unless it is the driver's.
    """

    task: Task
    outcome: Outcome
    error: str = ""
    is_disk_full: bool = False
    disk: str = ""


class Executor(Protocol):
    """Workers that do one task at a time each. A context manager: its workers live within the block."""

    num_workers: int
    makes_geometry: bool
    """Whether workers make a clip's geometry themselves, once for all its moves, so that it is no task."""

    def __enter__(self) -> "Executor":
        """Start the workers."""
        ...

    def __exit__(self, *_: object) -> None:
        """Stop them, whatever they do."""
        ...

    def free_worker(self, task: Task) -> str | None:
        """A worker that can begin this task at once, if there is one."""
        ...

    def submit(self, worker: str, task: Task, folder: Path) -> None:
        """Give a free worker a task, and an empty folder for its results."""
        ...

    def kill(self, worker: str) -> None:
        """End what a worker does, by force; its task then comes back as a result like any other."""
        ...

    def next_result(self, timeout_s: float) -> Result | None:
        """The next task that ended; None if none does in time.

        Raises:
            BatchError: If no worker can be kept alive.
        """
        ...
