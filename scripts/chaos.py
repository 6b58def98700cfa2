"""Break a batch in every way, and check that nothing is lost and nothing is done twice.

Workers are killed in mid-item, the driver is killed and started again, the disk is really filled, and one clip is
poison. For ``local`` and ``ray`` the items sleep and copy results made beforehand; for ``comfy`` two real servers
recapture with the mini model, and are killed and stopped in turn.

    python scripts/chaos.py --executor local
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

# The script's own folder is on the path, the repository is not.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from postcam_core.errors import BatchError
from postcam_core.jobs.batch import run_batch
from postcam_core.jobs.dispatch import Limits
from postcam_core.jobs.journal import Event, read_events
from postcam_core.jobs.manifest import read_manifest
from postcam_core.jobs.outputs import OutputFolder
from tests.oracles.batch_clips import MOVES, write_real_manifest
from tests.oracles.batch_runners import CopyRunner, MakeRunner, make_results, write_manifest

_FULL = 3  # exit code of a driver that stopped for the disk
_DISK_MB, _FREE_BYTES = 48, 1_000_000


class Chaos:
    """A batch, its driver in a process of its own, and what is done to them.

    Args:
        folder: For everything but the results.
        out: For the results.
        executor: ``local``, ``ray`` or ``comfy``.
        servers: Of comfy.
        num_clips: Good ones; one more is poison.
        moves: Of each clip.
        sleep_s: That a task takes.
        attempts: That a task gets: good ones may be killed often.
        seed: Of the order of events.
    """

    def __init__(
        self,
        folder: Path,
        out: Path,
        executor: str,
        *,
        servers: tuple[str, ...] = (),
        num_clips: int = 4,
        moves: tuple[str, ...] = MOVES,
        sleep_s: float = 0.4,
        attempts: int = 25,
        seed: int = 0,
    ) -> None:
        self._random = random.Random(seed)
        if executor == "comfy":
            # So many steps that the batch outlives ten starts of a server.
            manifest = write_real_manifest(folder, num_clips=num_clips, moves=moves, steps=120)
        else:
            manifest = write_manifest(folder, tuple("abcdefgh"[:num_clips]), moves)
        (folder / "poison.mp4").write_bytes(b"no video")
        with manifest.open("a") as file:
            file.write("\n" + json.dumps({"clip": "poison.mp4", "preset": "static"}))
        self.out, self.items = out, read_manifest(manifest)
        self._spec = folder / "driver.json"
        spec = {
            "executor": executor,
            "manifest": f"{manifest}",
            "out": f"{out}",
            "results": f"{make_results(folder / 'results')}",
            "log": f"{folder / 'begun.log'}",
            "servers": servers,
            "sleep_s": sleep_s,
            "attempts": attempts,
        }
        self._spec.write_text(json.dumps(spec))
        self._driver: subprocess.Popen | None = None

    def start_driver(self) -> None:
        """Start it, or start it again."""
        self._driver = subprocess.Popen([sys.executable, __file__, "--drive", str(self._spec)])

    def kill_driver(self) -> None:
        """With SIGKILL: it cannot tell anybody."""
        self.wait_for_running()
        self._driver.kill()
        self._driver.wait()

    def end(self, *, timeout_s: float = 600) -> int:
        """Wait for the driver; returns its exit code."""
        return self._driver.wait(timeout_s)

    def is_running(self) -> bool:
        """Whether the driver lives."""
        return self._driver.poll() is None

    def wait_for_running(self) -> list[Event]:
        """Items that a worker has at this moment; waits until there is one, or the driver ended."""
        while self.is_running():
            open_tasks: dict[str, Event] = {}
            for event in self.events():
                open_tasks.pop(event.task, None)
                if event.event == "started":
                    open_tasks[event.task] = event
            fresh = [event for event in open_tasks.values() if event.time_s > self._driver_since]
            if fresh:
                return fresh
            time.sleep(0.05)
        return []

    @property
    def _driver_since(self) -> float:
        return Path(f"/proc/{self._driver.pid}").stat().st_ctime if self.is_running() else time.time()

    def kill_worker(self) -> bool:
        """Kill a worker in mid-item; returns whether there was one."""
        running = self.wait_for_running()
        if not running:
            return False
        time.sleep(self._random.uniform(0, 0.3))
        try:
            os.kill(int(self._random.choice(running).worker.split()[-1]), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def events(self) -> list[Event]:
        """What the journal says."""
        path = self.out / "journal.jsonl"
        return read_events(path) if path.exists() else []

    def check(self) -> str:
        """Everything that must hold at the end; returns the numbers."""
        events = self.events()
        counts = Counter(event.event for event in events)
        done = Counter(event.task for event in events if event.event == "done")
        good = {item.name for item in self.items if not item.name.startswith("poison")}
        assert good <= set(done), f"lost: {good - set(done)}"
        assert set(done.values()) == {1}, f"done twice: {[name for name, count in done.items() if count > 1]}"
        quarantined = {event.task: event.error for event in events if event.event == "quarantined"}
        assert "poison_static" in quarantined and not good & set(quarantined), quarantined
        assert not list(self.out.glob(".tmp*")), sorted(self.out.rglob(".tmp*/**"))
        outputs = OutputFolder(self.out, driver="check")
        assert all(outputs.has(event.outputs) for event in events if event.event == "done")
        listed = {output.path for event in events for output in event.outputs}
        found = {path.relative_to(self.out).as_posix() for path in self.out.rglob("*") if path.is_file()}
        beside = {
            name
            for name in found - listed
            if not name.endswith(("item.json", "journal.jsonl", "journal.lock"))
        }
        assert not beside, f"files that nobody mentions: {beside}"
        return (
            f"{len(good)} items and {len(done) - len(good)} geometries done once each; events: {dict(counts)}"
        )


def torment(
    chaos: Chaos, kill_worker: Callable[[], bool], *, num_kills: int = 10, num_driver_kills: int = 3
) -> None:
    """Kill workers and the driver until they were killed that often."""
    chaos.start_driver()
    killed = killed_drivers = 0
    while killed < num_kills:
        assert chaos.is_running(), f"the batch was over after {killed} kills: give it more to do"
        killed += kill_worker()
        if killed_drivers < num_driver_kills and killed * (num_driver_kills + 1) >= num_kills * (
            killed_drivers + 1
        ):
            chaos.kill_driver()
            killed_drivers += 1
            chaos.start_driver()
    print(f"  killed {killed} workers and {killed_drivers} drivers", flush=True)


def fill_disk(chaos: Chaos) -> None:
    """Fill the disk while items run; the driver must stop with its own error, and go on when there is space."""
    chaos.wait_for_running()
    filler = chaos.out.parent / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            pass
    assert chaos.end() == _FULL, "the driver stops for the disk"
    assert not list(chaos.out.glob(".tmp*")), "no temporary file on the full disk"
    filler.unlink()
    print("  the full disk stopped the driver, and left no temporary file", flush=True)
    chaos.start_driver()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A file system of its own of some MB; None where we may not mount one."""
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "tmpfs", str(folder)]
    if subprocess.run(options, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def drive(spec: dict) -> int:
    """The driver: run the batch; returns the exit code."""
    out, servers = Path(spec["out"]), spec["servers"]
    runner = CopyRunner(
        results=Path(spec["results"]),
        log=Path(spec["log"]),
        sleep_s=spec["sleep_s"],
        faults={"poison": "raise"},
    )

    def make_executor():
        make_runner = MakeRunner(runner=runner)
        if spec["executor"] == "local":
            from postcam_core.jobs.executors.local import LocalExecutor

            return LocalExecutor(make_runner, num_workers=2)
        if spec["executor"] == "ray":
            from postcam_core.jobs.executors.ray import RayExecutor

            return RayExecutor(make_runner, num_workers=2)
        from postcam_core.jobs.executors.comfy import ComfyExecutor
        from postcam_core.jobs.executors.comfy_workflow import ComfyModels

        return ComfyExecutor(servers, ComfyModels(), client_id="chaos")

    try:
        run_batch(
            read_manifest(spec["manifest"]),
            out,
            make_executor,
            weights={"chaos": "1"},
            makes_geometry=spec["executor"] == "comfy",
            limits=Limits(attempts=spec["attempts"], free_bytes=_FREE_BYTES),
        )
    except BatchError as error:
        if error.what.startswith("disk"):
            return _FULL
        raise
    return 0


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--executor", choices=("local", "ray", "comfy"), default="local")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--drive", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.drive:
        return drive(json.loads(arguments.drive.read_text()))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        disk = stack.enter_context(small_disk(folder / "disk"))
        out, settings = (disk or folder) / "out", {"seed": arguments.seed}
        if arguments.executor == "comfy":
            from scripts.chaos_servers import Servers

            servers = stack.enter_context(Servers(folder, seed=arguments.seed))
            chaos = Chaos(folder, out, "comfy", servers=servers.urls, **settings)
            torment(chaos, lambda: servers.kill_one(chaos))
            servers.stop_and_start_one(chaos)
        else:
            chaos = Chaos(folder, out, arguments.executor, **settings)
            torment(chaos, chaos.kill_worker)
        if disk:
            fill_disk(chaos)
        else:
            print("  no disk was filled: mounting one needs root")
        assert chaos.end() == 0
        print(f"{arguments.executor}: {chaos.check()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
