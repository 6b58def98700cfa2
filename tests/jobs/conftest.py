"""A batch at tiny size: results made once, a folder of its own for each test."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from postcam_core.jobs.batch import BatchReport, run_batch
from postcam_core.jobs.dispatch import Limits
from postcam_core.jobs.executors import Executor
from postcam_core.jobs.executors.local import LocalExecutor
from postcam_core.jobs.journal import Event, read_events
from postcam_core.jobs.manifest import read_manifest
from postcam_core.jobs.outputs import OutputFolder
from postcam_core.jobs.plan import PlannedTask, make_plan
from postcam_core.jobs.tasks import BatchItem
from tests.oracles.batch_runners import CopyRunner, MakeRunner, make_results, write_manifest

WEIGHTS = {"transformer": "0", "vae": "0"}


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A manifest and the folder that its results go to."""

    folder: Path
    results: Path
    items: tuple[BatchItem, ...]

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def log(self) -> Path:
        return self.folder / "begun.log"

    def runner(self, **settings: object) -> MakeRunner:
        return MakeRunner(runner=CopyRunner(results=self.results, log=self.log, **settings))

    def run(
        self,
        make_runner: MakeRunner | None = None,
        *,
        executor: Callable[[], Executor] | None = None,
        devices: tuple[str, ...] = (),
        **settings: object,
    ) -> BatchReport:
        if executor is None:
            runner = make_runner or self.runner()
            executor = partial(LocalExecutor, runner, num_workers=2, devices=devices)
        settings.setdefault("limits", Limits(free_bytes=0))
        return run_batch(self.items, self.out, executor, weights=WEIGHTS, **settings)

    def plan(self) -> tuple[PlannedTask, ...]:
        return make_plan(self.items, OutputFolder(self.out, driver="plan"), weights=WEIGHTS)

    def events(self) -> list[Event]:
        return [event for path in sorted(self.out.glob("journal*.jsonl")) for event in read_events(path)]

    def leftovers(self) -> list[Path]:
        return [path for path in self.out.rglob("*") if "tmp" in path.name]


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the runners copy."""
    return make_results(tmp_path_factory.mktemp("results"))


@pytest.fixture
def make_batch(tmp_path: Path, results: Path) -> Callable[..., Batch]:
    """A batch of the given clips and moves."""

    def make(*clips: str, moves: tuple[str, ...] = ("arc_left", "static"), **fields: object) -> Batch:
        manifest = write_manifest(tmp_path, clips, moves, **fields)
        return Batch(folder=tmp_path, results=results, items=read_manifest(manifest))

    return make
