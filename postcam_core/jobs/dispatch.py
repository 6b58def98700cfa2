"""The one loop of a batch: hand out tasks, take results, count attempts, and stop when it must."""

import errno
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import BatchError, PostCamError
from ..training.stop import StopRequest
from .executors import Executor, Result
from .executors.attempt import DISK_FULL, describe
from .journal import Event, Journal, TaskHistory
from .outputs import OutputFolder
from .plan import PlannedTask
from .tasks import Task

_POLL_S = 0.2

OnEvent = Callable[[Event], None]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When to give up.

    Attributes:
        attempts: That a task gets, over all runs of the batch.
        free_bytes: That must be left on the disk before a task is handed out.
        seconds: That an attempt may take; then its worker is killed. None lets it take what it takes.
    """

    attempts: int = 3
    free_bytes: int = 500_000_000
    seconds: float | None = None


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, kw_only=True)
class _Running:
    task: Task
    attempt: int
    worker: str
    folder: Path
    began_s: float = field(default_factory=time.monotonic)


class Dispatcher:
    """Runs a plan on an executor, and journals it.

    Args:
        plan: Tasks in the order in which they shall begin; those not to run count as they are.
        executor: Whose workers live.
        journal: Open.
        outputs: Of this driver.
        limits: When to give up.
        on_event: Hears of every event after it was journaled.
    """

    def __init__(
        self,
        plan: Sequence[PlannedTask],
        executor: Executor,
        journal: Journal,
        outputs: OutputFolder,
        *,
        limits: Limits,
        on_event: OnEvent,
    ) -> None:
        self._executor, self._journal, self._outputs = executor, journal, outputs
        self._limits, self._on_event = limits, on_event
        self._waiting = [planned.task for planned in plan if planned.state == "run"]
        self._histories = {planned.task.name: replace(planned.history) for planned in plan}
        self._done = {planned.task.name for planned in plan if planned.state == "done"}
        self._running: dict[str, _Running] = {}
        self._overdue: set[str] = set()
        self._disk_error = self._disk = ""

    def run(self, stop: StopRequest) -> None:
        """Work until all tasks are done or quarantined, or somebody wants to stop: running tasks then end first.

        Raises:
            BatchError: If the disk is full, or no worker can be kept alive.
        """
        try:
            while self._running or (self._waiting and not self._must_stop(stop)):
                if not self._must_stop(stop):
                    self._hand_out()
                self._kill_overdue()
                result = self._executor.next_result(_POLL_S)
                if result is not None:
                    self._take(result)
        finally:
            for running in list(self._running.values()):
                self._give_back(running)
        if self._disk_error:
            raise BatchError(
                f"disk of {self._disk or self._outputs.root}",
                expected="space on it" if self._disk else f"{self._limits.free_bytes / 1e6:,.0f} MB free",
                got=self._disk_error,
                todo="Free some space and run the same command again: it goes on where it stopped.",
            )

    def _must_stop(self, stop: StopRequest) -> bool:
        return bool(stop.reason or self._disk_error)

    def _hand_out(self) -> None:
        for task in list(self._waiting):
            if task.needs is not None and task.needs not in self._done:
                continue
            worker = self._executor.free_worker(task)
            if worker is None:
                continue
            if self._is_disk_full():
                return
            self._start(task, worker)
            if self._disk_error:
                return

    def _start(self, task: Task, worker: str) -> None:
        try:
            folder = self._outputs.lend(task)
        except OSError as error:
            self._note_full_disk(error)
            return
        attempt = self._histories[task.name].num_failed + 1
        running = _Running(task=task, attempt=attempt, worker=worker, folder=folder)
        self._running[task.name] = running
        self._waiting.remove(task)
        self._record(running, "started")
        self._executor.submit(worker, task, folder)

    def _kill_overdue(self) -> None:
        if self._limits.seconds is None:
            return
        for name, running in self._running.items():
            if name not in self._overdue and time.monotonic() - running.began_s > self._limits.seconds:
                self._overdue.add(name)
                self._executor.kill(running.worker)

    def _take(self, result: Result) -> None:
        running = self._running[result.task.name]
        is_overdue = result.task.name in self._overdue
        self._overdue.discard(result.task.name)
        if result.outcome == "done":
            self._commit(running)
        elif result.is_disk_full or (result.outcome == "failed" and self._is_disk_full()):
            self._disk_error = self._disk_error or "none left"
            self._disk = result.disk
            self._give_back(running, result.error)
        elif is_overdue:
            self._fail(running, f"it took longer than {self._limits.seconds:g} s, and its worker was killed")
        elif result.outcome == "returned":
            self._give_back(running, result.error)
        else:
            self._fail(running, result.error)

    def _commit(self, running: _Running) -> None:
        try:
            outputs = self._outputs.commit(running.task, running.folder)
        except PostCamError as error:
            # A cut-off file is what a full disk leaves where nobody looked at the errors.
            if self._is_disk_full():
                self._give_back(running)
            else:
                self._fail(running, describe(error))
            return
        except OSError as error:
            self._note_full_disk(error)
            self._give_back(running)
            return
        del self._running[running.task.name]
        self._done.add(running.task.name)
        self._record(running, "done", outputs=outputs)

    def _fail(self, running: _Running, error: str) -> None:
        self._outputs.discard(running.folder)
        del self._running[running.task.name]
        history = self._record(running, "failed", error=error)
        if history.num_failed < self._limits.attempts:
            self._waiting.append(running.task)
            return
        self._record(running, "quarantined", error=error)
        # What needs it cannot run either.
        for task in [task for task in self._waiting if task.needs == running.task.name]:
            self._waiting.remove(task)
            lost = replace(running, task=task, attempt=0, worker="")
            self._record(lost, "quarantined", error=f"{running.task.name}: {error}")

    def _give_back(self, running: _Running, error: str = "") -> None:
        self._outputs.discard(running.folder)
        del self._running[running.task.name]
        self._waiting.insert(0, running.task)
        self._record(running, "released", error=error)

    def _record(self, running: _Running, kind: str, **fields: object) -> TaskHistory:
        task = running.task
        event = Event(
            event=kind,
            task=task.name,
            key=task.key,
            attempt=running.attempt,
            worker=running.worker,
            **fields,
        )
        try:
            self._journal.append(event)
        except OSError as error:  # nothing is lost: results that no journal mentions are found again
            self._note_full_disk(error)
        history = self._histories[task.name]
        history.add(event)
        self._on_event(event)
        return history

    def _is_disk_full(self) -> bool:
        free = shutil.disk_usage(self._outputs.root).free
        if free < self._limits.free_bytes:
            self._disk_error = self._disk_error or f"{free / 1e6:,.0f} MB"
        return bool(self._disk_error)

    def _note_full_disk(self, error: OSError) -> None:
        if error.errno not in DISK_FULL:
            raise error
        self._disk_error = self._disk_error or _os_words(error)


def _os_words(error: OSError) -> str:
    """What the system says of an error."""
    return errno.errorcode.get(error.errno or 0, "") + f" ({error.strerror})"
