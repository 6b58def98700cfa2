"""The folder of a batch: results appear under their names only when they are complete and decode.

::

    OUT/<item>/            result.mp4, guide.mp4, side_by_side.mp4, item.json, and what the worker adds
    OUT/journal.jsonl      what happened
    OUT/.cache/geometry/   geometry of the clips, by key
    OUT/.cache/fetched/    files that the manifest names by address
    OUT/.tmp-<driver>/     what workers are writing; removed when the driver starts and when it ends
"""

import json
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from ..errors import BatchError, PostCamError
from ..weights.checksum import sha256_of
from .journal import OutputFile
from .tasks import GEOMETRY_FILE, VIDEOS, Task

RECORD = "item.json"
"""What an item is made from, beside its results."""


class OutputFolder:
    """Where one driver's results go.

    Args:
        root: The batch's folder.
        driver: Unlike that of any other driver at work in this folder: the name of its journal.
    """

    def __init__(self, root: Path, *, driver: str) -> None:
        self.root = root.absolute()
        self._temporary = self.root / f".tmp-{driver}"

    def clean(self) -> None:
        """Remove what this driver, or one before it of the same name, left unfinished."""
        # A worker that outlives its driver by a moment may write while this removes: it is called at the end, too.
        shutil.rmtree(self._temporary, ignore_errors=True)

    def lend(self, task: Task) -> Path:
        """An empty folder for a worker to write a task's results into."""
        folder = self._temporary / f"{task.name.replace('/', '-')}.{uuid.uuid4().hex[:8]}"
        folder.mkdir(parents=True)
        return folder

    def check_names_are_free(self, tasks: Iterable[Task]) -> None:
        """Make sure that no result would take the place of something that is no result.

        Raises:
            BatchError: If one would.
        """
        for task in tasks:
            target = self.root / task.name
            if task.kind == "recapture" and target.exists() and not (target / RECORD).is_file():
                raise BatchError(
                    f"{target}",
                    expected=f"nothing, or an earlier result of this batch with its {RECORD}",
                    got="something else",
                    todo="Move it away, give the line another name, or choose another folder.",
                )

    def discard(self, folder: Path) -> None:
        """Remove a lent folder."""
        shutil.rmtree(folder, ignore_errors=True)

    def commit(self, task: Task, folder: Path) -> tuple[OutputFile, ...]:
        """Verify what a worker wrote and give it its name.

        Raises:
            PostCamError: If a file is missing, does not decode, or has another size or number of frames than
                it should.
        """
        if task.kind == "geometry":
            _verify_geometry(folder / GEOMETRY_FILE)
            target = geometry_path(self.root, task.key)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not _is_geometry(target):  # another part of the batch may have been first
                (folder / GEOMETRY_FILE).replace(target)
            self.discard(folder)
            return (self._output(target),)
        _verify_videos(task, folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        outputs = [self._output(path, relative_to=folder) for path in files]
        _write_record(task, folder, outputs)
        target = self.root / task.name
        self.check_names_are_free([task])
        if target.exists():  # what another key gave
            replaced = self.lend(task)
            target.rename(replaced / target.name)
            self.discard(replaced)
        folder.rename(target)
        return tuple(_below(task.name, output) for output in outputs)

    def adopt(self, task: Task) -> tuple[OutputFile, ...] | None:
        """Results that are there, although no journal says so: their driver ended just before it could."""
        if task.kind == "geometry":
            path = geometry_path(self.root, task.key)
            return (self._output(path),) if _is_geometry(path) else None
        try:
            record = json.loads((self.root / task.name / RECORD).read_text(encoding="utf-8"))
            outputs = tuple(_below(task.name, OutputFile(**output)) for output in record["outputs"])
            is_same = record["key"] == task.key
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return outputs if is_same and self.has(outputs) else None

    def has(self, outputs: tuple[OutputFile, ...]) -> bool:
        """Whether all these files are there, unchanged since they were verified."""
        return bool(outputs) and all(self._is_unchanged(output) for output in outputs)

    def _is_unchanged(self, output: OutputFile) -> bool:
        path = self.root / output.path
        return path.is_file() and path.stat().st_size == output.num_bytes and sha256_of(path) == output.sha256

    def _output(self, path: Path, *, relative_to: Path | None = None) -> OutputFile:
        name = path.relative_to(relative_to or self.root).as_posix()
        return OutputFile(path=name, sha256=sha256_of(path), num_bytes=path.stat().st_size)


def geometry_path(root: Path, key: str) -> Path:
    """Where the geometry of that key lies in a batch's folder."""
    return root / ".cache" / "geometry" / f"{key}.npz"


def _below(name: str, output: OutputFile) -> OutputFile:
    return OutputFile(path=f"{name}/{output.path}", sha256=output.sha256, num_bytes=output.num_bytes)


def _write_record(task: Task, folder: Path, outputs: list[OutputFile]) -> None:
    item = asdict(task.item) | {"trajectory": json.loads(task.item.trajectory)}
    record = {"key": task.key, "item": item, "outputs": [asdict(output) for output in outputs]}
    (folder / RECORD).write_text(json.dumps(record, indent=1, default=str), encoding="utf-8")


def _verify_geometry(path: Path) -> None:
    from ..geometry import load_npz

    load_npz(path)


def _is_geometry(path: Path) -> bool:
    try:
        _verify_geometry(path)
    except (PostCamError, OSError):
        return False
    return True


def _verify_videos(task: Task, folder: Path) -> None:
    """Decode the videos; all must have one number of frames, and result and guide one size."""
    from ..media import probe_video

    wanted, options = {}, task.item.clip_options
    if options.num_frames is not None:
        wanted["frames"] = options.num_frames
    if options.size is not None:
        wanted["width"], wanted["height"] = options.size
    for name in VIDEOS:
        info = probe_video(folder / name)
        found = {"frames": info.num_frames}
        if name != "side_by_side.mp4":
            found |= {"width": info.width, "height": info.height}
        for what, value in found.items():
            if wanted.setdefault(what, value) != value:
                raise BatchError(
                    f"{what} of {name}",
                    expected=f"{wanted[what]}",
                    got=f"{value}",
                    todo="The worker wrote another video than it was asked for; see its log.",
                )
