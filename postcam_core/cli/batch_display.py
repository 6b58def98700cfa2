"""What the ``batch`` command shows: the plan, live progress, and how it ended."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..training.stop import StopRequest

if TYPE_CHECKING:
    from ..jobs.batch import BatchReport
    from ..jobs.journal import Event
    from ..jobs.plan import PlannedTask

_STATES = {"run": "to run", "done": "done", "quarantined": "failed before"}


def print_plan(plan: "Sequence[PlannedTask]") -> None:
    """A line for each task, in the order in which they begin."""
    table = Table("task", "clip", "move", "state", "attempts")
    for planned in plan:
        item, is_item = planned.task.item, planned.task.kind == "recapture"
        cells = (planned.task.name, item.clip.name, item.move if is_item else "")
        table.add_row(*map(escape, cells), _STATES[planned.state], f"{planned.history.num_failed or ''}")
    console = Console()
    console.print(table)
    counts = {state: sum(each.state == state for each in plan) for state in _STATES}
    console.print(", ".join(f"{count} {_STATES[state]}" for state, count in counts.items() if count))


def print_summary(report: "BatchReport", page: Path) -> None:
    """How the items ended, and where to look at them."""
    table = Table("item", "state", "error")
    for planned in report.items:
        if planned.state != "done":
            last_line = (planned.history.error.strip().splitlines() or [""])[-1]
            state = "failed" if planned.state == "quarantined" else "still to run"
            table.add_row(escape(planned.task.name), state, escape(last_line))
    console = Console()
    if table.row_count:
        console.print(table)
    made = report.count("done") - report.num_skipped
    console.print(
        f"{report.count('done')} of {len(report.items)} items done ({made} now, {report.num_skipped} before), "
        f"{report.count('quarantined')} failed"
    )
    console.print(f"contact sheet: {escape(f'{page}')}", soft_wrap=True)


class BatchDisplay:
    """A bar and what each worker does; in a log, a line per item that ended. A context manager.

    Args:
        stop: Said once somebody asked for it.
    """

    def __init__(self, stop: StopRequest) -> None:
        self._stop, self._said_stop = stop, False
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._bar = self._progress.add_task("items", total=None)
        self._running: dict[str, str] = {}
        self._items: set[str] = set()

    def __enter__(self) -> "BatchDisplay":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, plan: "Sequence[PlannedTask]") -> None:
        """Take in what will run."""
        items = [planned for planned in plan if planned.task.kind == "recapture"]
        self._items = {planned.task.name for planned in items if planned.state == "run"}
        finished = len(items) - len(self._items)
        self._progress.update(self._bar, total=len(items), completed=finished)

    def note(self, event: "Event") -> None:
        """Take in what happened."""
        if event.event == "started":
            self._running[event.task] = event.worker.partition(" ")[0]
        else:
            self._running.pop(event.task, None)
        if event.event == "failed":
            last_line = (event.error.strip().splitlines() or [""])[-1]
            self._say(f"attempt {event.attempt} at {event.task} failed: {last_line}")
        elif event.event in ("done", "quarantined"):
            self._say(f"{event.task}: {'done' if event.event == 'done' else 'given up'}")
            self._progress.advance(self._bar, event.task in self._items)
        if self._stop.reason and not self._said_stop:
            self._said_stop = True
            self._say(f"{self._stop.reason}: waiting for what runs; the same again stops at once")
        doing = ", ".join(f"{worker}: {task}" for task, worker in self._running.items())
        self._progress.update(self._bar, description=escape(doing or "items"))

    def _say(self, text: str) -> None:
        self._progress.console.print(escape(text), soft_wrap=True)
