"""ComfyUI servers as workers, over their HTTP API.

All moves of a clip go to one server while it answers: its caches then make the clip's geometry once. A server that
is away is asked again, less and less often, and what it had goes to another one.
"""

import queue
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import BatchError, PostCamError
from ..tasks import VIDEOS, Task
from . import Result
from .attempt import Attempt, attempt
from .comfy_server import ComfyServer, ServerAway
from .comfy_workflow import ComfyModels, build_workflow, failure_of

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.1, 1.0


class ComfyExecutor:
    """One worker per server.

    Args:
        servers: Their addresses.
        models: As the servers list them.
        client_id: Tells this batch's workflows from others' in the servers' queues; what an earlier driver of the
            same batch left there is taken back.
        patience_s: How long all servers may be away before the batch gives up.
    """

    makes_geometry = True

    def __init__(
        self, servers: Sequence[str], models: ComfyModels, *, client_id: str, patience_s: float = 600.0
    ) -> None:
        self.num_workers = len(servers)
        self._patience_s = patience_s
        self._results: queue.Queue[Result] = queue.Queue()
        self._workers = [_Worker(url, models, client_id, self._results) for url in servers]
        self._home: dict[str, _Worker] = {}
        self._last_alive_s = time.monotonic()

    def __enter__(self) -> "ComfyExecutor":
        """Begin to look for the servers."""
        self._last_alive_s = time.monotonic()
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take back what the servers still have."""
        for worker in self._workers:
            worker.must_end.set()
        for worker in self._workers:
            worker.join()

    def free_worker(self, task: Task) -> str | None:
        """The server that has the task's clip, or one with few clips if none has."""
        home = self._home.get(task.clip_key)
        if home is not None and home.is_there:
            return home.name if home.is_free else None
        free = [worker for worker in self._workers if worker.is_free]
        homes = list(self._home.values())
        return min(free, key=homes.count).name if free else None

    def submit(self, worker: str, task: Task, folder: Path) -> None:
        """Give a server a task."""
        chosen = next(each for each in self._workers if each.name == worker)
        self._home[task.clip_key] = chosen
        chosen.take(task, folder)

    def kill(self, worker: str) -> None:
        """Take back what that server has."""
        next(each for each in self._workers if each.name == worker).must_give_up.set()

    def next_result(self, timeout_s: float) -> Result | None:
        """Wait for the servers."""
        try:
            return self._results.get(timeout=timeout_s)
        except queue.Empty:
            pass
        if any(worker.is_there for worker in self._workers):
            self._last_alive_s = time.monotonic()
        elif time.monotonic() - self._last_alive_s > self._patience_s:
            raise BatchError(
                "servers",
                expected="one that answers",
                got=f"none for {self._patience_s:.0f} s: {', '.join(worker.name for worker in self._workers)}",
                todo="Start one and run the same command again: it goes on where it stopped.",
            )
        return None


class _Worker(threading.Thread):
    """Talks to one server. The driver's thread reads ``is_there`` and ``is_free`` and calls ``take``."""

    def __init__(self, url: str, models: ComfyModels, client_id: str, results: "queue.Queue[Result]") -> None:
        super().__init__(daemon=True)
        self._server, self._models, self._client_id, self._results = (
            ComfyServer(url),
            models,
            client_id,
            results,
        )
        self.name = self._server.url
        self.is_there = False
        self.must_end = threading.Event()
        self.must_give_up = threading.Event()
        self._job: tuple[Task, Path] | None = None
        self._has_job = threading.Event()
        self._uploaded: dict[Path, str] = {}

    @property
    def is_free(self) -> bool:
        return self.is_there and self._job is None

    def take(self, task: Task, folder: Path) -> None:
        self.must_give_up.clear()
        self._job = (task, folder)
        self._has_job.set()

    def run(self) -> None:
        while not self.must_end.is_set():
            if not self.is_there:
                self._find()
            elif self._has_job.wait(0.1):
                self._has_job.clear()
                assert self._job is not None
                result = self._do(*self._job)
                self._job = None
                if not self.must_end.is_set():
                    self._results.put(result)

    def _find(self) -> None:
        """Wait for the server, and take back what an earlier driver asked of it."""
        pause_s = _FIRST_PAUSE_S
        while not self.must_end.is_set():
            try:
                self._server.check()
                self._server.drop(self._client_id)
            except ServerAway:
                self.must_end.wait(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                continue
            self._uploaded.clear()  # it may be another one, with another input folder
            self.is_there = True
            return

    def _do(self, task: Task, folder: Path) -> Result:
        try:
            prompt_id = self._queue(task)
        except ServerAway as error:
            self.is_there = False
            return Result(task=task, outcome="returned", error=f"{self.name} is away: {error}")
        except PostCamError as error:
            return Result(task=task, outcome="failed", error=f"{type(error).__name__}: {error}")
        try:
            ended = self._follow(prompt_id, task, folder)
        except ServerAway as error:
            self.is_there = False
            return Result(task=task, outcome="worker_died", error=f"{self.name} went away: {error}")
        outcome = "failed" if ended.error else "done"
        return Result(task=task, outcome=outcome, error=ended.error, is_disk_full=ended.is_disk_full)

    def _queue(self, task: Task) -> str:
        clip = self._upload(task.item.clip, f"{task.clip_key[:24]}{task.item.clip.suffix.lower()}")
        geometry = task.geometry and self._upload(task.geometry, f"{task.clip_key[:24]}.npz")
        workflow = build_workflow(task, self._models, clip=clip, geometry=geometry)
        return self._server.queue(workflow, self._client_id)

    def _upload(self, path: Path, name: str) -> str:
        if path not in self._uploaded:
            self._uploaded[path] = self._server.upload(path, name)
        return self._uploaded[path]

    def _follow(self, prompt_id: str, task: Task, folder: Path) -> Attempt:
        pause_s = _FIRST_LOOK_S
        while (entry := self._server.outcome(prompt_id)) is None:
            if self.must_end.wait(pause_s) or self.must_give_up.is_set():
                self._server.drop(self._client_id)
                return Attempt(error="taken back")
            pause_s = min(1.5 * pause_s, _LONGEST_LOOK_S)
        error = failure_of(entry["status"])
        if error:
            return Attempt(error=error)
        return attempt(lambda task, folder: self._fetch(entry["outputs"], folder), task, folder)

    def _fetch(self, outputs: dict[str, Any], folder: Path) -> None:
        import urllib.error

        for name in VIDEOS:
            try:
                self._server.fetch(outputs[name]["images"][0], folder / name)
            except urllib.error.HTTPError as error:
                # The server remembers a file that somebody removed: it shall make it anew.
                self._server.forget_results()
                raise BatchError(
                    f"{name} on {self.name}",
                    expected="the file that was saved",
                    got=f"{error}",
                    todo="It is made again at the next attempt.",
                ) from error
