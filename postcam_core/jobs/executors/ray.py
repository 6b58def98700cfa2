"""Workers of a Ray cluster: one actor per GPU, on any of its machines. Paths travel, never tensors.

Ray's own retries are off: they would try a poison item again without anybody counting. What Ray does is to start
an actor again where it died, on another machine if its own is gone.
"""

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import BatchError
from ..tasks import Runner, Task
from . import Result
from .attempt import Attempt, attempt, describe, is_device_lost
from .local import threads_per_worker

_MAX_BAD_STARTS = 3


class RayExecutor:
    """Actors that wait for tasks.

    Args:
        make_runner: Called once in each actor; it can be pickled. The package must be installed on all machines.
        num_workers: Number of actors; None takes one for each GPU of the cluster, or two where there are none.
        address: Of a running cluster, ``auto`` for the one of this machine; None starts one here for the batch.
    """

    makes_geometry = False

    def __init__(
        self,
        make_runner: Callable[[], Runner],
        *,
        num_workers: int | None = None,
        address: str | None = None,
    ) -> None:
        self.num_workers = num_workers or 0
        self._make_runner, self._address = make_runner, address
        self._workers: list[_Worker] = []
        self._results: deque[Result] = deque()
        self._num_bad_starts = 0

    def __enter__(self) -> "RayExecutor":
        """Join or start the cluster, and start the actors."""
        ray = _ray()
        # No dashboard, and no output of all machines in this terminal. Without an address, as many cores as
        # workers: on a small machine Ray would otherwise wait for cores that are not there.
        started_here = {} if self._address else {"num_cpus": max(self.num_workers, os.cpu_count() or 1)}
        ray.init(address=self._address, include_dashboard=False, log_to_driver=False, **started_here)
        resources = ray.cluster_resources()
        num_gpus = int(resources.get("GPU", 0))
        self.num_workers = self.num_workers or num_gpus or 2
        threads = os.environ.get("OMP_NUM_THREADS") or f"{threads_per_worker(self)}"
        actor = ray.remote(_Actor).options(
            num_gpus=min(1, num_gpus),
            # A share: actors that reserve every core leave none for anything else, and Ray waits for ever.
            num_cpus=min(1.0, resources.get("CPU", 1.0) / self.num_workers / 2),
            max_restarts=-1,
            max_task_retries=0,
            runtime_env={"env_vars": {"OMP_NUM_THREADS": threads}},
        )
        self._workers = [
            _Worker(index=index, actor=actor.remote(self._make_runner)) for index in range(self.num_workers)
        ]
        for worker in self._workers:
            worker.pending = worker.actor.start.remote()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the actors, and the cluster if it was started here."""
        ray = _ray()
        for worker in self._workers:
            ray.kill(worker.actor)
        ray.shutdown()

    def free_worker(self, task: Task) -> str | None:
        """An actor that waits for work."""
        return next((worker.name for worker in self._workers if worker.pending is None), None)

    def submit(self, worker: str, task: Task, folder: Path) -> None:
        """Send a task to that actor."""
        chosen = next(each for each in self._workers if each.name == worker)
        chosen.task, chosen.pending = task, chosen.actor.run.remote(task, folder)

    def kill(self, worker: str) -> None:
        """Kill that actor; Ray starts it anew."""
        for each in self._workers:
            if each.name == worker and each.task is not None:
                _ray().kill(each.actor, no_restart=False)

    def next_result(self, timeout_s: float) -> Result | None:
        """Wait for the actors, and for those that died to come back."""
        if not self._results:
            pending = {worker.pending: worker for worker in self._workers if worker.pending is not None}
            if pending:
                ready, _ = _ray().wait(list(pending), num_returns=1, timeout=timeout_s)
                for reference in ready:
                    self._listen(pending[reference])
        return self._results.popleft() if self._results else None

    def _listen(self, worker: "_Worker") -> None:
        ray = _ray()
        try:
            answer = ray.get(worker.pending)
        except ray.exceptions.RayError as error:  # the actor, its machine, or Ray's own memory guard
            self._restart(worker, f"the actor of {worker.name} died: {error}")
            return
        worker.pending = None
        if isinstance(answer, Attempt):
            self._finish(worker, "failed" if answer.error else "done", answer)
        elif answer.error:
            self._restart(worker, answer.error)
        else:
            worker.where, self._num_bad_starts = answer.where, 0

    def _finish(self, worker: "_Worker", outcome: Any, ended: Attempt) -> None:
        assert worker.task is not None
        self._results.append(
            Result(task=worker.task, outcome=outcome, error=ended.error, is_disk_full=ended.is_disk_full)
        )
        worker.task = None

    def _restart(self, worker: "_Worker", why: str) -> None:
        """Ask the actor again until Ray has started it anew: a task sent before would be lost with it."""
        if worker.task is not None:
            self._finish(worker, "worker_died", Attempt(error=why))
            self._num_bad_starts = 0
        self._num_bad_starts += 1
        if self._num_bad_starts > _MAX_BAD_STARTS * self.num_workers:
            raise BatchError(
                "workers",
                expected="actors that start",
                got=f"{self._num_bad_starts} starts in a row that failed; the last one said: {why}",
                todo="Repair what it says, and run the same command again.",
            )
        worker.pending = worker.actor.start.remote()


@dataclass(kw_only=True, eq=False)
class _Worker:
    """An actor as the driver sees it; ``pending`` is what it was asked last and has not answered."""

    index: int
    actor: Any
    pending: Any = None
    task: Task | None = None
    where: str = "starting"

    @property
    def name(self) -> str:
        return f"ray-{self.index} {self.where}"


@dataclass(frozen=True, kw_only=True)
class _Start:
    """What an actor says when it was asked to start: where it runs, or why it cannot."""

    where: str = ""
    error: str = ""


class _Actor:
    """A worker's process on some machine of the cluster."""

    def __init__(self, make_runner: Callable[[], Runner]) -> None:
        # Nothing that may fail: Ray would give the actor up for good.
        self._make_runner = make_runner
        self._runner: Runner | None = None

    def start(self) -> _Start:
        """Make the runner, unless it is there."""
        import socket

        try:
            self._runner = self._runner or self._make_runner()
        except Exception as error:  # noqa: BLE001 - told to the driver, which gives up or tries again
            return _Start(error=describe(error))
        return _Start(where=f"{socket.gethostname()} pid {os.getpid()}")

    def run(self, task: Task, folder: Path) -> Attempt:
        """Do a task. An actor that died while it waited was started anew, and has to make its runner first."""
        if is_device_lost():
            os._exit(1)  # Ray starts the actor anew
        self._runner = self._runner or self._make_runner()
        return attempt(self._runner, task, folder)


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise BatchError(
            "executor ray", expected="the package ray", got="none", todo="Install it: pip install ray."
        ) from error
    return ray
