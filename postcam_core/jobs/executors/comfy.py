"""ComfyUI servers as workers, over their HTTP API.

All moves of a clip go to one server while it answers: its caches then make the clip's geometry once. A server that
is away is asked again, less and less often, and what it had goes to another one. A server that still runs what was
taken back counts as away: the next item would wait behind that, and be blamed.
"""

import queue
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ...errors import BatchError
from ..tasks import VIDEOS, Task
from . import Result
from .attempt import Attempt, failed
from .comfy_server import ComfyServer, ServerAway
from .comfy_workflow import ComfyModels, Ended, build_workflow

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.1, 1.0


class ComfyExecutor:
    """One worker per server.

    Args:
        servers: Their addresses; one named twice counts once.
        models: As the servers list them.
        client_id: Tells this batch's workflows from others' in the servers' queues; what an earlier driver of the
            same batch left there is taken back.
        patience_s: How long all servers may be away before the batch gives up.
    """

    makes_geometry = True

    def __init__(
        self, servers: Sequence[str], models: ComfyModels, *, client_id: str, patience_s: float = 600.0
    ) -> None:
        self._patience_s = patience_s
        self._results: queue.Queue[tuple[_Worker, Result]] = queue.Queue()
        apart = dict.fromkeys(ComfyServer(url).url for url in servers)
        self._workers = [_Worker(url, models, client_id, self._results) for url in apart]
        self.num_workers = len(self._workers)
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
        """Take back what that server has, if it still has it."""
        for each in self._workers:
            if each.name == worker:
                each.must_give_up.set()

    def next_result(self, timeout_s: float) -> Result | None:
        """Wait for the servers."""
        try:
            worker, result = self._results.get(timeout=timeout_s)
        except queue.Empty:
            pass
        else:
            worker.let_go()
            return result
        if any(worker.is_there and not worker.has_refused for worker in self._workers):
            self._last_alive_s = time.monotonic()
        elif time.monotonic() - self._last_alive_s > self._patience_s:
            raise BatchError(
                "servers",
                expected="one that answers and takes work",
                got=f"none for {self._patience_s:.0f} s: "
                + ", ".join(f"{worker.name} ({worker.trouble})" for worker in self._workers),
                todo="Start one and run the same command again: it goes on where it stopped.",
            )
        return None


class _Worker(threading.Thread):
    """Talks to one server.

    The driver's thread reads ``is_there``, ``is_free``, ``has_refused`` and ``trouble``, calls ``take`` and ``let_go``.
    """

    def __init__(
        self, url: str, models: ComfyModels, client_id: str, results: "queue.Queue[tuple[_Worker, Result]]"
    ) -> None:
        super().__init__(daemon=True)
        self._server, self._models, self._client_id, self._results = (
            ComfyServer(url),
            models,
            client_id,
            results,
        )
        self.name = self._server.url
        self.is_there = False
        self.has_refused = False  # the last task came back unqueued
        self.trouble = "not asked yet"
        self.must_end = threading.Event()
        self.must_give_up = threading.Event()
        self._job: tuple[Task, Path] | None = None
        self._has_job = threading.Event()
        self._uploaded: dict[Path, str] = {}
        self._pause_s = 0.0

    @property
    def is_free(self) -> bool:
        return self.is_there and self._job is None

    def take(self, task: Task, folder: Path) -> None:
        self.must_give_up.clear()
        self._job = (task, folder)
        self._has_job.set()

    def let_go(self) -> None:
        """Its result was taken. Free any sooner, it would get the next task, and with it a kill meant for this."""
        self._job = None

    def run(self) -> None:
        while not self.must_end.is_set():
            if not self.is_there:
                self._look()
            elif self._has_job.wait(0.1):
                self._has_job.clear()
                assert self._job is not None
                result = self._do(*self._job)
                if not self.must_end.is_set():
                    self._results.put((self, result))

    def _look(self) -> None:
        """Ask the server for a sign of life, after a pause if it did nothing since we last asked."""
        if self.must_end.wait(self._pause_s):
            return
        self._pause_s = min(max(2 * self._pause_s, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        try:
            self._server.check()
            had_ours = self._server.drop(self._client_id)
        except Exception as error:  # noqa: BLE001 - whatever it answers, the thread must live to ask again
            self.trouble = f"{error}"
            return
        if had_ours:
            self.trouble = "it still runs what was taken back"
            return
        self._uploaded.clear()  # it may be another one, with another input folder
        self.is_there = True

    def _do(self, task: Task, folder: Path) -> Result:
        prompt_id = ""
        try:
            prompt_id = self._queue(task)
            ended = self._follow(prompt_id, folder)
        except ServerAway as error:
            self.is_there = False
            self.trouble = f"{error}"
            self.has_refused = not prompt_id
            outcome = "worker_died" if prompt_id else "returned"
            return Result(task=task, outcome=outcome, error=f"{self.name} is away: {error}")
        except Exception as error:  # noqa: BLE001 - a thread that dies would leave the batch waiting for ever
            ended = failed(error)
        if not ended.error:
            return Result(task=task, outcome="done")
        self._uploaded.clear()  # somebody may have emptied its input folder
        return Result(
            task=task, outcome="failed", error=ended.error, is_disk_full=ended.is_disk_full, disk=ended.disk
        )

    def _queue(self, task: Task) -> str:
        clip = self._upload(task.item.clip, f"{task.clip_key[:24]}{task.item.clip.suffix.lower()}")
        geometry = task.geometry and self._upload(task.geometry, f"{task.clip_key[:24]}.npz")
        workflow = build_workflow(task, self._models, clip=clip, geometry=geometry)
        prompt_id = self._server.queue(workflow, self._client_id)
        self._pause_s, self.has_refused = 0.0, False
        return prompt_id

    def _upload(self, path: Path, name: str) -> str:
        if path not in self._uploaded:
            self._uploaded[path] = self._server.upload(path, name)
        return self._uploaded[path]

    def _follow(self, prompt_id: str, folder: Path) -> Attempt:
        pause_s = _FIRST_LOOK_S
        while (ended := self._server.outcome(prompt_id)) is None:
            if self.must_end.wait(pause_s) or self.must_give_up.is_set():
                self.is_there = False  # until that has ended, which a step that hangs never does
                self._server.drop(self._client_id)
                return Attempt(error="taken back")
            pause_s = min(1.5 * pause_s, _LONGEST_LOOK_S)
        if ended.is_disk_full:
            return Attempt(error=ended.error, is_disk_full=True, disk=self.name)
        if not ended.error:
            self._fetch(ended, folder)
        return Attempt(error=ended.error)

    def _fetch(self, ended: Ended, folder: Path) -> None:
        import urllib.error

        for name in VIDEOS:
            try:
                self._server.fetch(ended.videos[name], folder / name)
            except urllib.error.HTTPError as error:
                # The server remembers a file that somebody removed: it shall make it anew.
                self._server.forget_results()
                raise BatchError(
                    f"{name} on {self.name}",
                    expected="the file that was saved",
                    got=f"{error}",
                    todo="It is made again at the next attempt.",
                ) from error
