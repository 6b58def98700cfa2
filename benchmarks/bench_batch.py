"""What a batch's scheduling costs: items per second of one and of two local workers, in one run.

Sleep-bound items show the overhead alone; compute-bound ones depend on the cores that are free.
"""

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path

from postcam_core.jobs.batch import run_batch
from postcam_core.jobs.dispatch import Limits
from postcam_core.jobs.executors.local import LocalExecutor
from postcam_core.jobs.journal import read_events
from postcam_core.jobs.manifest import read_manifest
from tests.oracles.batch_runners import CopyRunner, MakeRunner, make_results, write_manifest


def seconds(folder: Path, *, num_workers: int, **work: float) -> float:
    """From the first item's start to the last one's end; workers start before."""
    folder.mkdir()
    items = read_manifest(write_manifest(folder, provider="ground_plane"))
    runner = CopyRunner(results=make_results(folder / "results"), log=folder / "log", **work)
    executor = partial(LocalExecutor, MakeRunner(runner=runner), num_workers=num_workers)
    report = run_batch(
        items, folder / "out", executor, weights={}, makes_geometry=True, limits=Limits(free_bytes=0)
    )
    assert report.count("done") == len(items)
    times = [event.time_s for event in read_events(folder / "out" / "journal.jsonl")]
    return max(times) - min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--item-s", type=float, default=0.5, help="length of an item (default: 0.5)")
    arguments = parser.parse_args()
    print(f"24 items of {arguments.item_s} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for kind in ("sleep_s", "spin_s"):
        with tempfile.TemporaryDirectory() as folder:
            one, two = (
                seconds(Path(folder) / f"{count}", num_workers=count, **{kind: arguments.item_s})
                for count in (1, 2)
            )
        name = "sleep-bound" if kind == "sleep_s" else "compute-bound"
        print(f"{name}: 1 worker {one:.1f} s, 2 workers {two:.1f} s, ratio {one / two:.2f}")


if __name__ == "__main__":
    main()
