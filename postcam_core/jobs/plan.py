"""What a batch will do: which tasks run, in which order, and which are done already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import BatchError
from .journal import TaskHistory, read_histories
from .key import Hasher
from .outputs import OutputFolder, geometry_path
from .tasks import BatchItem, Task


@dataclass(frozen=True, kw_only=True)
class Shard:
    """Part ``index`` of ``count`` equal parts of a batch, from 1."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}of{self.count}"

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read ``i/n``.

        Raises:
            BatchError: If it is no such text.
        """
        index, _, count = text.partition("/")
        if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
            raise BatchError("shard", expected="i/n with i from 1 to n", got=repr(text), todo="Example: 2/8.")
        return cls(index=int(index), count=int(count))


@dataclass(frozen=True, kw_only=True)
class PlannedTask:
    """A task and what is known of it.

    Attributes:
        task: The task.
        state: ``quarantined`` is a task that failed too often; it runs again only if somebody asks for it.
        history: Of its earlier attempts.
        is_adopted: Whether its results are there although no journal says so.
    """

    task: Task
    state: Literal["run", "done", "quarantined"]
    history: TaskHistory
    is_adopted: bool = False


def make_plan(
    items: Sequence[BatchItem],
    outputs: OutputFolder,
    *,
    weights: Mapping[str, str],
    makes_geometry: bool = False,
    shard: Shard | None = None,
    retry: bool = False,
) -> tuple[PlannedTask, ...]:
    """Plan a batch. Nothing is written.

    The moves of a clip follow one another, after the geometry that they share. Parts of a batch are cut from that
    order, so that few clips belong to two of them.

    Args:
        items: Of the manifest.
        outputs: Folder of the batch, with what is done so far.
        weights: What identifies the models; see :meth:`.key.Hasher.item_key`.
        makes_geometry: Whether workers make geometry themselves.
        shard: Plan this part alone.
        retry: Run quarantined tasks again.
    """
    hasher = Hasher()
    by_clip: dict[str, list[BatchItem]] = {}
    for item in items:
        by_clip.setdefault(hasher.clip_key(item, weights), []).append(item)
    ordered = [(clip_key, item) for clip_key, group in by_clip.items() for item in group]
    if shard is not None:
        start, stop = (len(ordered) * part // shard.count for part in (shard.index - 1, shard.index))
        ordered = ordered[start:stop]

    histories = read_histories(outputs.root)

    def planned(task: Task) -> PlannedTask:
        history = histories.get((task.name, task.key), TaskHistory())
        if history.outputs is not None and outputs.has(history.outputs):
            return PlannedTask(task=task, state="done", history=history)
        found = outputs.adopt(task)
        if found is not None:
            return PlannedTask(task=task, state="done", history=TaskHistory(outputs=found), is_adopted=True)
        state = "quarantined" if history.is_quarantined and not retry else "run"
        return PlannedTask(task=task, state=state, history=history)

    plan: list[PlannedTask] = []
    geometries: dict[str, PlannedTask] = {}
    for clip_key, item in ordered:
        geometry = None if makes_geometry else _geometry_task(item, clip_key)
        key = hasher.item_key(item, weights)
        recapture = planned(_recapture_task(item, clip_key, key, outputs.root, geometry))
        if geometry is not None and recapture.state == "run":
            if clip_key not in geometries:
                geometries[clip_key] = planned(geometry)
                plan.append(geometries[clip_key])
            if geometries[clip_key].state == "quarantined":
                recapture = _without_geometry(recapture, geometries[clip_key])
        plan.append(recapture)
    return tuple(plan)


def _geometry_task(item: BatchItem, clip_key: str) -> Task | None:
    if item.clip_options.geometry is not None:
        return None
    name = f"geometry/{clip_key[:16]}"
    return Task(name=name, kind="geometry", key=clip_key, item=item, clip_key=clip_key)


def _recapture_task(item: BatchItem, clip_key: str, key: str, root: Path, geometry: Task | None) -> Task:
    path = item.clip_options.geometry
    if geometry is not None:
        path = geometry_path(root, geometry.key)
    return Task(
        name=item.name,
        kind="recapture",
        key=key,
        item=item,
        clip_key=clip_key,
        geometry=path,
        needs=geometry and geometry.name,
    )


def _without_geometry(recapture: PlannedTask, geometry: PlannedTask) -> PlannedTask:
    history = TaskHistory(error=f"{geometry.task.name}: {geometry.history.error}", is_quarantined=True)
    return PlannedTask(task=recapture.task, state="quarantined", history=history)
