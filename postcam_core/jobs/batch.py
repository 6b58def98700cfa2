"""A batch from plan to contact sheet: what the command line and other programs call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..training.stop import StopRequest
from .dispatch import DEFAULT_LIMITS, Dispatcher, Limits, OnEvent
from .executors import Executor
from .journal import Event, Journal, TaskHistory
from .outputs import OutputFolder
from .plan import PlannedTask, Shard, make_plan
from .tasks import BatchItem


@dataclass(frozen=True, kw_only=True)
class BatchReport:
    """How the items of a batch stand.

    Attributes:
        plan: The tasks as they are now: done, quarantined, or still to run.
        num_skipped: Items that were done before.
    """

    plan: tuple[PlannedTask, ...]
    num_skipped: int

    @property
    def items(self) -> tuple[PlannedTask, ...]:
        """The recaptures among the tasks."""
        return tuple(planned for planned in self.plan if planned.task.kind == "recapture")

    def count(self, state: str) -> int:
        """How many items are in a state."""
        return sum(planned.state == state for planned in self.items)


def run_batch(
    items: Sequence[BatchItem],
    root: Path,
    make_executor: Callable[[], Executor],
    *,
    weights: Mapping[str, str],
    makes_geometry: bool = False,
    shard: Shard | None = None,
    retry: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    stop: StopRequest | None = None,
    on_plan: Callable[[Sequence[PlannedTask]], None] = lambda plan: None,
    on_event: OnEvent = lambda event: None,
) -> BatchReport:
    """Do what is not done yet.

    Args:
        items: Of the manifest.
        root: Folder of the results; what lies there from earlier runs is kept.
        make_executor: Called if there is anything to do.
        weights: What identifies the models.
        makes_geometry: Whether the executor's workers make geometry themselves.
        shard: Do this part alone.
        retry: Try quarantined tasks again.
        limits: When to give up.
        stop: Tells when to end early.
        on_plan: Hears what will run.
        on_event: Hears of every event.

    Raises:
        BatchError: If another driver is at work, the disk is full, or no worker can be kept alive. What is done
            then stays done.
    """
    with Journal(root, shard=f"{shard}" if shard else "") as journal:
        outputs = OutputFolder(root, driver=journal.path.stem)
        outputs.clean()
        plan = make_plan(
            items, outputs, weights=weights, makes_geometry=makes_geometry, shard=shard, retry=retry
        )
        outputs.check_names_are_free(planned.task for planned in plan if planned.state == "run")
        plan = tuple(_settled(planned, journal) for planned in plan)
        num_skipped = sum(each.task.kind == "recapture" and each.state == "done" for each in plan)
        on_plan(plan)
        events: list[Event] = []

        def note(event: Event) -> None:
            events.append(event)
            on_event(event)

        try:
            if any(planned.state == "run" for planned in plan):
                with make_executor() as executor:
                    Dispatcher(plan, executor, journal, outputs, limits=limits, on_event=note).run(
                        stop or StopRequest()
                    )
        finally:
            outputs.clean()
    return BatchReport(plan=tuple(_after(planned, events) for planned in plan), num_skipped=num_skipped)


def _settled(planned: PlannedTask, journal: Journal) -> PlannedTask:
    """The journal made to agree with what lies in the folder and with what the user wants tried again."""
    task = planned.task
    if planned.is_adopted:
        outputs = planned.history.outputs or ()
        journal.append(Event(event="done", task=task.name, key=task.key, outputs=outputs))
    if planned.state == "run" and planned.history.is_quarantined:
        journal.append(Event(event="retried", task=task.name, key=task.key))
        return replace(planned, history=TaskHistory())
    return planned


def _after(planned: PlannedTask, events: Sequence[Event]) -> PlannedTask:
    """A task after what happened to it."""
    history, state = replace(planned.history), planned.state
    for event in events:
        if event.task == planned.task.name:
            history.add(event)
            state = {"done": "done", "quarantined": "quarantined"}.get(event.event, state)
    return PlannedTask(task=planned.task, state=state, history=history)
