"""Processes on this machine: one per GPU, or several on its cores."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from ...errors import BatchError
from ..tasks import Runner, Task
from . import Result
from .attempt import Attempt, attempt, describe, is_device_lost

_MAX_BAD_STARTS = 3
_PATIENCE_S = 5.0


class LocalExecutor:
    """Worker processes that are replaced when they die.

    Args:
        make_runner: Called once in each process; it can be pickled.
        num_workers: Number of processes.
        devices: Values of ``CUDA_VISIBLE_DEVICES``, dealt to the processes in turn; none leaves it as it is.
    """

    makes_geometry = False

    def __init__(
        self, make_runner: Callable[[], Runner], *, num_workers: int, devices: Sequence[str] = ()
    ) -> None:
        self.num_workers = num_workers
        self._make_runner, self._devices = make_runner, devices
        self._workers: list[_Worker] = []
        self._results: deque[Result] = deque()
        self._num_bad_starts = 0

    def __enter__(self) -> "LocalExecutor":
        """Start the processes."""
        self._workers = [self._start(index) for index in range(self.num_workers)]
        return self

    def __exit__(self, *_: object) -> None:
        """End them."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.end()

    def free_worker(self, task: Task) -> str | None:
        """A process that waits for work."""
        return next((worker.name for worker in self._workers if worker.is_free), None)

    def submit(self, worker: str, task: Task, folder: Path) -> None:
        """Send a task to that process."""
        chosen = next(each for each in self._workers if each.name == worker)
        chosen.task = task
        try:
            chosen.connection.send((task, folder))
        except OSError:  # it died while it was idle; left there, it would be chosen again and again
            chosen.task = None
            self._replace(chosen, "")
            self._results.append(Result(task=task, outcome="returned", error=f"{worker} was gone"))

    def kill(self, worker: str) -> None:
        """Kill that process; the next look finds it dead."""
        for each in self._workers:
            if each.name == worker and each.task is not None:
                each.process.kill()

    def next_result(self, timeout_s: float) -> Result | None:
        """Listen to the processes, and replace those that died."""
        if not self._results:
            by_connection = {worker.connection: worker for worker in self._workers}
            for connection in wait(list(by_connection), timeout_s):
                self._listen(by_connection[connection])
        return self._results.popleft() if self._results else None

    def _listen(self, worker: "_Worker") -> None:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            self._replace(worker, "")
            return
        if isinstance(message, str):
            self._replace(worker, message)
        elif message is None:
            worker.is_ready, self._num_bad_starts = True, 0
        else:
            assert worker.task is not None
            outcome = "failed" if message.error else "done"
            self._results.append(
                Result(
                    task=worker.task,
                    outcome=outcome,
                    error=message.error,
                    is_disk_full=message.is_disk_full,
                )
            )
            worker.task = None

    def _replace(self, worker: "_Worker", why: str) -> None:
        worker.end()
        why = why or f"the process of {worker.name} ended with exit code {worker.process.exitcode}"
        if worker.task is not None:
            self._results.append(Result(task=worker.task, outcome="worker_died", error=why))
        if not worker.is_ready:
            self._num_bad_starts += 1
            if self._num_bad_starts >= _MAX_BAD_STARTS:
                raise BatchError(
                    "workers",
                    expected="processes that start",
                    got=f"{self._num_bad_starts} in a row that did not; the last one said: {why}",
                    todo="Repair what it says, and run the same command again.",
                )
        self._workers[self._workers.index(worker)] = self._start(worker.index)

    def _start(self, index: int) -> "_Worker":
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self._make_runner), daemon=True)
        settings = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS") or f"{threads_per_worker(self)}"}
        if self._devices:
            settings["CUDA_VISIBLE_DEVICES"] = self._devices[index % len(self._devices)]
        # torch reads them when it is imported, so they must be there before the process begins.
        with _environment(settings):
            process.start()
        theirs.close()  # so that the death of the process ends the connection
        return _Worker(index=index, process=process, connection=ours)


@dataclass(kw_only=True, eq=False)
class _Worker:
    """A process as its parent sees it."""

    index: int
    process: Any
    connection: Connection
    is_ready: bool = False
    task: Task | None = None

    @property
    def name(self) -> str:
        return f"local-{self.index} pid {self.process.pid}"

    @property
    def is_free(self) -> bool:
        return self.is_ready and self.task is None

    def end(self) -> None:
        self.process.join(_PATIENCE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()


def threads_per_worker(executor: Any) -> int:
    """Threads that leave each worker its share of the cores."""
    return max(1, (os.cpu_count() or 1) // executor.num_workers)


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _work(connection: Connection, make_runner: Callable[[], Runner]) -> None:
    """The life of a worker process: None when it is ready, then an attempt's end for each task."""
    # Ctrl+C, and SIGTERM from schedulers, reach all processes of a group; the driver decides.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_driver, daemon=True).start()
    try:
        runner = make_runner()
    except Exception as error:  # noqa: BLE001 - told to the driver, which gives up or tries again
        connection.send(describe(error))
        return
    connection.send(None)
    while True:
        try:
            task, folder = connection.recv()
        except EOFError:
            return
        ended: Attempt = attempt(runner, task, folder)
        connection.send(ended)
        if ended.error and is_device_lost():
            return  # a process that the driver starts anew has the device again


def _end_with_the_driver() -> None:
    """A driver that is killed cannot stop its workers: without it they would go on, and write."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
