"""Work for the batch's tests: runners that copy results made beforehand, and misbehave on demand.

Imported by worker processes: nothing heavy at module level.
"""

import errno
import json
import os
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from postcam_core.jobs.tasks import GEOMETRY_FILE, VIDEOS, Task

SIZE, NUM_FRAMES = (16, 16), 2
CLIPS, MOVES = ("a", "b", "c", "d"), ("arc_left", "arc_right", "crane_up", "dolly_in", "pan_left", "static")


@dataclass(frozen=True, kw_only=True)
class CopyRunner:
    """Copies the results out of a folder.

    Attributes:
        results: Made by :func:`make_results`.
        log: Gets a line for every task that begins.
        sleep_s: How long a task takes.
        spin_s: How long it computes.
        faults: ``raise``, ``die``, ``hang``, ``cut``, ``short`` or ``full``, by the name of the task or of its clip.
    """

    results: Path
    log: Path
    sleep_s: float = 0.0
    spin_s: float = 0.0
    faults: dict[str, str] = field(default_factory=dict)

    def __call__(self, task: Task, folder: Path) -> None:
        """Write the results, or fail."""
        with open(self.log, "a") as log:
            log.write(f"{task.name} {os.getpid()} {os.environ.get('CUDA_VISIBLE_DEVICES')}\n")
        (folder / "begun").touch()
        time.sleep(self.sleep_s)
        end = time.process_time() + self.spin_s
        while time.process_time() < end:
            pass
        fault = self.faults.get(task.name) or self.faults.get(task.item.clip.stem)
        if fault == "raise":
            raise ValueError(f"{task.name} is poison")
        if fault == "hang":
            time.sleep(1000)
        if fault == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        (folder / "begun").unlink()
        names = (GEOMETRY_FILE,) if task.kind == "geometry" else VIDEOS
        for name in names:
            shutil.copyfile(self.results / name, folder / name)
        if fault == "cut":
            os.truncate(folder / names[0], 300)
        if fault == "short":
            shutil.copyfile(self.results / "longer.mp4", folder / names[-1])


@dataclass(frozen=True, kw_only=True)
class MakeRunner:
    """Makes the runner in the worker.

    Attributes:
        runner: What it makes.
        error: Raised instead, if given.
    """

    runner: CopyRunner | None = None
    error: str = ""

    def __call__(self) -> CopyRunner | None:
        """The runner."""
        if self.error:
            raise ValueError(self.error)
        return self.runner


def make_results(folder: Path) -> Path:
    """Files that every task copies."""
    import torch

    from postcam_core.geometry import ground_plane_geometry, save_npz
    from postcam_core.media import write_video

    folder.mkdir(parents=True, exist_ok=True)
    for name, num_frames in (*((name, NUM_FRAMES) for name in VIDEOS), ("longer.mp4", NUM_FRAMES + 1)):
        width = 3 * SIZE[0] if name == "side_by_side.mp4" else SIZE[0]
        write_video(folder / name, torch.zeros(num_frames, 3, SIZE[1], width), frame_rate=8)
    save_npz(folder / GEOMETRY_FILE, ground_plane_geometry(NUM_FRAMES, 8, 8))
    return folder


def write_manifest(
    folder: Path, clips: tuple[str, ...] = CLIPS, moves: tuple[str, ...] = MOVES, **fields: object
) -> Path:
    """A manifest of every clip with every move; a clip that is not there is made, of bytes that are no video."""
    lines = []
    for clip in clips:
        path = folder / f"{clip}.mp4"
        if not path.exists():
            path.write_bytes(clip.encode())
        lines += [json.dumps({"clip": path.name, "preset": move, **fields}) for move in moves]
    manifest = folder / "batch.jsonl"
    manifest.write_text("\n".join(lines))
    return manifest


def begun(log: Path, prefix: str = "") -> list[str]:
    """Names of the tasks that began, as often as they did."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.split()[0] for line in lines if line.startswith(prefix)]
