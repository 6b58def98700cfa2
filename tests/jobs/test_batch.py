import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest

from postcam_core.errors import BatchError
from postcam_core.jobs.dispatch import Limits
from postcam_core.jobs.journal import Event
from postcam_core.jobs.outputs import OutputFolder
from postcam_core.jobs.plan import Shard, make_plan
from postcam_core.media import probe_video
from postcam_core.training.stop import StopRequest
from tests.jobs.conftest import WEIGHTS, Batch
from tests.oracles.batch_runners import MakeRunner, begun

MakeBatch = Callable[..., Batch]


def kinds(events: Sequence[Event], task: str = "") -> list[str]:
    return [event.event for event in events if event.task.startswith(task)]


def test_every_item_is_made_once_and_each_geometry_once(make_batch: MakeBatch) -> None:
    batch = make_batch("a", "b", frames=2, size="16x16")
    heard: list[Event] = []
    report = batch.run(on_event=heard.append)
    assert (report.count("done"), report.num_skipped) == (4, 0)
    assert sorted(begun(batch.log)) == sorted(
        [*(item.name for item in batch.items), *{each.task.needs for each in report.items}]
    )
    assert heard == batch.events()
    assert Counter(kinds(heard)) == {"started": 6, "done": 6}
    assert probe_video(batch.out / "a_static" / "result.mp4").num_frames == 2
    record = json.loads((batch.out / "a_static" / "item.json").read_text())
    assert record["item"]["move"] == "static"
    assert not batch.leftovers()

    again = batch.run(MakeRunner(error="nobody is started when there is nothing to do"))
    assert (again.count("done"), again.num_skipped) == (4, 4)
    assert kinds(batch.events()) == kinds(heard)


def test_what_was_changed_or_lost_is_made_again_and_nothing_else(make_batch: MakeBatch) -> None:
    batch = make_batch("a", moves=("arc_left", "static", "spiral"))
    batch.run()
    (batch.out / "a_static" / "guide.mp4").write_bytes(b"damaged")
    (batch.out / "a_spiral" / "result.mp4").unlink()
    batch.log.unlink()
    assert batch.run().num_skipped == 1
    assert sorted(begun(batch.log)) == ["a_spiral", "a_static"]

    batch.log.unlink()
    changed = make_batch("a", moves=("arc_left", "static", "spiral"), seed=5)
    assert changed.run().count("done") == 3
    assert len(begun(batch.log)) == 3, "the geometry is still good"


def test_poison_is_tried_thrice_reported_and_left_alone(make_batch: MakeBatch) -> None:
    batch = make_batch("a", "b", "c", "d")
    faults = {"a_static": "raise", "b_static": "die", "c": "raise", "d_static": "cut", "d_arc_left": "short"}
    report = batch.run(batch.runner(faults=faults))
    errors = {each.task.name: each.history.error for each in report.items if each.state == "quarantined"}
    assert set(errors) == {"a_static", "b_static", "c_static", "c_arc_left", "d_static", "d_arc_left"}
    assert "ValueError: a_static is poison" in errors["a_static"]
    assert "exit code -9" in errors["b_static"]
    assert errors["c_static"].startswith("geometry/") and "is poison" in errors["c_static"]
    assert errors["d_static"].startswith("MediaError: result.mp4")
    assert "frames of side_by_side.mp4: expected 2, got 3" in errors["d_arc_left"]
    assert report.count("done") == 2
    counts = Counter(begun(batch.log))
    assert all(counts[name] == 3 for name in ("a_static", "b_static", "d_static", "d_arc_left"))
    assert counts["c_static"] == 0
    assert not batch.leftovers()
    assert {path.name for path in batch.out.glob("*_*")} == {"a_arc_left", "b_arc_left"}

    batch.log.unlink()
    assert batch.run().count("quarantined") == 6
    assert not begun(batch.log)
    assert batch.run(retry=True).count("done") == 8
    assert kinds(batch.events(), "a_static")[-3:] == ["retried", "started", "done"]


def test_an_item_that_hangs_costs_its_attempts_and_no_more(make_batch: MakeBatch) -> None:
    batch = make_batch("a", "b")
    limits = Limits(attempts=2, free_bytes=0, seconds=1.5)
    report = batch.run(batch.runner(faults={"a_static": "hang"}), limits=limits)
    errors = {each.task.name: each.history.error for each in report.items if each.state == "quarantined"}
    assert errors == {"a_static": "it took longer than 1.5 s, and its worker was killed"}
    assert report.count("done") == 3
    assert begun(batch.log, "a_static") == ["a_static"] * 2
    assert not batch.leftovers()


def test_attempts_are_counted_over_all_runs(make_batch: MakeBatch) -> None:
    batch = make_batch("a", moves=("static",), provider="ground_plane")
    poison = batch.runner(faults={"a_static": "raise"})
    batch.run(poison, limits=Limits(attempts=5, free_bytes=0), stop=_StopAfter("failed", batch))
    assert 1 <= len(begun(batch.log, "a_static")) < 5
    batch.run(poison, limits=Limits(attempts=5, free_bytes=0))
    assert len(begun(batch.log, "a_static")) == 5


class _StopAfter(StopRequest):
    """Wants to stop once the journal has an event of a kind."""

    def __init__(self, kind: str, batch: Batch) -> None:
        self._kind, self._batch = kind, batch

    @property
    def reason(self) -> str | None:
        return "asked" if self._kind in kinds(self._batch.events()) else None


def test_a_stop_lets_running_items_end(make_batch: MakeBatch) -> None:
    batch = make_batch("a", "b", "c")
    report = batch.run(batch.runner(sleep_s=0.3), stop=_StopAfter("started", batch))
    events = batch.events()
    assert Counter(kinds(events))["done"] == Counter(kinds(events))["started"] >= 1
    assert report.count("run") == 6
    assert batch.run().count("done") == 6


@pytest.fixture
def heard_interrupts() -> Iterator[None]:
    """A shell's background jobs ignore Ctrl+C, and with them Python."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_gives_running_items_back_at_once(make_batch: MakeBatch, heard_interrupts: None) -> None:
    batch = make_batch("a", moves=("static",))

    def interrupt(event: Event) -> None:
        if event.event == "started":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        batch.run(batch.runner(sleep_s=60), on_event=interrupt)
    assert kinds(batch.events()) == ["started", "released"]
    assert not batch.leftovers()
    assert batch.run().count("done") == 1


def test_results_that_no_journal_mentions_are_adopted(make_batch: MakeBatch) -> None:
    """As a driver leaves them that is killed between the rename and the line in the journal."""
    batch = make_batch("a")
    batch.run()
    lines = (batch.out / "journal.jsonl").read_text().splitlines(keepends=True)
    (batch.out / "journal.jsonl").write_text("".join(line for line in lines if '"event":"done"' not in line))
    batch.log.unlink()
    shutil.rmtree(batch.out / ".cache")  # as in a folder that was copied back from a store
    plan = batch.plan()
    assert [each.state for each in plan] == ["done", "done"], "no geometry that nothing needs"
    assert batch.run().num_skipped == 2
    assert not begun(batch.log)
    assert Counter(kinds(batch.events(), "a_"))["done"] == 2


def test_nothing_takes_the_place_of_what_is_no_result(make_batch: MakeBatch) -> None:
    batch = make_batch("a")
    (batch.out / "a_static").mkdir(parents=True)
    (batch.out / "a_static" / "mine.mp4").write_text("made by hand")
    with pytest.raises(BatchError, match=r"a_static: expected nothing, or an earlier result"):
        batch.run()
    assert (batch.out / "a_static" / "mine.mp4").read_text() == "made by hand"
    assert not batch.log.exists()


def test_a_terminated_process_group_costs_no_attempt(make_batch: MakeBatch) -> None:
    """As timeout, systemd and schedulers stop a job: every process of it gets SIGTERM."""
    batch = make_batch("a", moves=("static",), provider="ground_plane")

    def terminate(event: Event) -> None:
        if event.event == "started":
            os.kill(int(event.worker.split()[-1]), signal.SIGTERM)

    assert batch.run(batch.runner(sleep_s=0.3), on_event=terminate).count("done") == 1
    assert "failed" not in kinds(batch.events())


def test_a_full_disk_stops_the_batch_and_blames_no_item(make_batch: MakeBatch) -> None:
    batch = make_batch("a")
    with pytest.raises(BatchError, match="disk of .*goes on where it stopped"):
        batch.run(limits=Limits(free_bytes=1 << 60))
    assert not begun(batch.log)
    with pytest.raises(BatchError, match="disk of"):
        batch.run(batch.runner(faults={"a_static": "full"}))
    assert "failed" not in kinds(batch.events())
    assert kinds(batch.events(), "a_static")[-1] == "released"
    assert not batch.leftovers()
    assert batch.run().count("done") == 2


def test_workers_that_never_start_end_the_batch(make_batch: MakeBatch) -> None:
    batch = make_batch("a")
    with pytest.raises(BatchError, match="(?s)3 in a row.*no weights here"):
        batch.run(MakeRunner(error="no weights here"))
    assert kinds(batch.events()) == []


def test_what_a_killed_driver_was_writing_is_removed(make_batch: MakeBatch) -> None:
    batch = make_batch("a", moves=("static",))
    for name in (".tmp-journal/a_static.1", ".tmp-journal-2of3/b.1"):
        (batch.out / name).mkdir(parents=True)
    batch.run()
    assert [path.name for path in batch.out.glob(".tmp*")] == [".tmp-journal-2of3"], "another driver's"


def test_parts_do_everything_once_between_them(make_batch: MakeBatch) -> None:
    batch = make_batch("a", "b", "c", moves=("arc_left", "static", "spiral"))
    for index in (1, 2):
        batch.run(shard=Shard(index=index, count=2))
    made = [name for name in begun(batch.log) if not name.startswith("geometry")]
    assert sorted(made) == sorted(item.name for item in batch.items)
    assert len(begun(batch.log, "geometry")) == 3, "the shared clip's geometry was found"
    assert batch.run().num_skipped == 9
    with pytest.raises(BatchError, match="i/n"):
        Shard.parse("3/2")


def test_the_plan_groups_moves_by_clip_and_writes_nothing(make_batch: MakeBatch) -> None:
    batch = make_batch("a", "b")
    order = [batch.items[index] for index in (0, 2, 1, 3)]
    plan = make_plan(order, OutputFolder(batch.out, driver="plan"), weights=WEIGHTS)
    assert [each.task.kind for each in plan] == ["geometry", "recapture", "recapture"] * 2
    assert [each.task.name for each in plan if each.task.kind == "recapture"] == [
        item.name for item in batch.items
    ]
    assert not batch.out.exists()
    plan = make_plan(order, OutputFolder(batch.out, driver="plan"), weights=WEIGHTS, makes_geometry=True)
    assert all(each.task.geometry is None and each.task.needs is None for each in plan)


def test_each_worker_sees_one_gpu(make_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "before")
    batch = make_batch("a", "b", "c", "d")
    batch.run(batch.runner(sleep_s=0.2), devices=("4", "5"))
    assert {line.split()[2] for line in batch.log.read_text().splitlines()} == {"4", "5"}
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "before"
