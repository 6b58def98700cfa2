"""Ray actors on a real local cluster; one test, as the cluster takes seconds to start."""

import importlib.util
import os
import signal
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from postcam_core.jobs.dispatch import Limits
from postcam_core.jobs.executors.attempt import Attempt
from postcam_core.jobs.executors.ray import RayExecutor, _Actor
from postcam_core.jobs.journal import Event
from postcam_core.jobs.tasks import GEOMETRY_FILE
from tests.jobs.conftest import Batch
from tests.oracles.batch_runners import begun

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="ray is not installed: pip install 'postcam[ray]'"
)


def test_actors_share_the_work_and_a_killed_one_comes_back(make_batch: Callable[..., Batch]) -> None:
    batch = make_batch("a", "b", "c")
    killed: set[str] = set()

    def kill_two(event: Event) -> None:
        if event.event == "started" and event.task in ("a_static", "b_static") and event.task not in killed:
            killed.add(event.task)
            os.kill(int(event.worker.split()[-1]), signal.SIGKILL)

    runner = batch.runner(sleep_s=0.1, faults={"c_static": "raise", "c_arc_left": "hang"})
    report = batch.run(
        executor=partial(RayExecutor, runner, num_workers=2),
        on_event=kill_two,
        limits=Limits(free_bytes=0, seconds=3),
    )
    assert killed == {"a_static", "b_static"}
    errors = {each.task.name: each.history.error for each in report.items if each.state == "quarantined"}
    assert set(errors) == {"c_static", "c_arc_left"}
    assert "c_static is poison" in errors["c_static"]
    assert errors["c_arc_left"].startswith("it took longer than 3 s")
    done = Counter(event.task for event in batch.events() if event.event == "done")
    assert set(done.values()) == {1} and len(done) == 3 + 4
    assert {event.worker.split()[0] for event in batch.events() if event.worker} == {"ray-0", "ray-1"}
    assert len(begun(batch.log, "geometry")) == 3
    assert not batch.leftovers()


def test_an_actor_that_was_started_anew_while_idle_makes_its_runner(make_batch: Callable[..., Batch]) -> None:
    batch = make_batch("a")
    task, folder = batch.plan()[0].task, batch.folder / "made"
    folder.mkdir()
    assert _Actor(batch.runner()).run(task, folder) == Attempt()
    assert (folder / GEOMETRY_FILE).is_file()
