"""Run one batch of the mini model on every executor and compare: 4 clips × 6 moves on two workers each.

Local processes and Ray actors must give the same bytes, two ComfyUI servers the same frames as one. Between ComfyUI and
the others the compression of the videos differs, and rounding in the networks.
"""

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

# The script's own folder is on the path, the repository is not.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from postcam_core.jobs.batch import run_batch
from postcam_core.jobs.dispatch import Limits
from postcam_core.jobs.executors.comfy import ComfyExecutor
from postcam_core.jobs.executors.comfy_workflow import ComfyModels
from postcam_core.jobs.executors.local import LocalExecutor
from postcam_core.jobs.executors.ray import RayExecutor
from postcam_core.jobs.journal import read_events
from postcam_core.jobs.manifest import read_manifest
from postcam_core.jobs.recapture_runner import RecaptureWorker
from postcam_core.media import read_frames
from scripts.host import ComfyHost, make_base_folder
from tests.oracles.batch_clips import MOVES, write_real_manifest


def run_all(folder: Path, num_clips: int, num_moves: int, dtype: str) -> dict[str, Path]:
    """The same manifest on each executor; returns their output folders."""
    items = read_manifest(write_real_manifest(folder, num_clips=num_clips, moves=MOVES[:num_moves]))
    worker, models = RecaptureWorker(dtype=dtype), ComfyModels()
    in_fp32 = ("--force-fp32", "--fp32-vae") if dtype == "float32" else ()
    outs: dict[str, Path] = {}

    def run(name: str, make_executor, weights: dict[str, str], *, makes_geometry: bool = False) -> None:
        started_s = time.monotonic()
        outs[name] = folder / name
        report = run_batch(
            items,
            outs[name],
            make_executor,
            weights=weights,
            makes_geometry=makes_geometry,
            limits=Limits(free_bytes=0),
        )
        assert report.count("done") == len(items), [each.history.error for each in report.items]
        kinds = Counter(
            ("geometry" if event.task.startswith("geometry") else "items", event.event)
            for event in read_events(outs[name] / "journal.jsonl")
        )
        workers = {
            event.worker.split()[0] for event in read_events(outs[name] / "journal.jsonl") if event.worker
        }
        print(
            f"{name}: {time.monotonic() - started_s:.1f} s, {dict(kinds)}, workers {sorted(workers)}",
            flush=True,
        )

    run("local", lambda: LocalExecutor(worker, num_workers=2), worker.weights())
    run("ray", lambda: RayExecutor(worker, num_workers=2), worker.weights())
    with ExitStack() as stack:
        hosts = [
            stack.enter_context(
                ComfyHost(
                    make_base_folder(folder / f"base{index}"),
                    log=folder / f"server{index}.log",
                    arguments=in_fp32,
                )
            )
            for index in range(2)
        ]
        for name, urls in {
            "comfy2": [host.url for host in hosts],
            "comfy1": [hosts[0].url],
        }.items():
            run(
                name,
                lambda urls=urls: ComfyExecutor(urls, models, client_id="compare"),
                models.weights(),
                makes_geometry=True,
            )
            made = [len(list((host.base / "user/postcam/geometry").glob("*.npz"))) for host in hosts]
            print(f"  geometries on the servers' disks: {made}")
    return outs


def compare(outs: dict[str, Path]) -> bool:
    """Print how results agree; returns whether they do as they should."""
    names = sorted(path.parent.name for path in outs["local"].glob("*/result.mp4"))

    def digests(executor: str, file: str, *, decoded: bool) -> dict[str, str]:
        paths = {name: outs[executor] / name / file for name in names}
        return {
            name: hashlib.sha256(
                read_frames(path).numpy().tobytes() if decoded else path.read_bytes()
            ).hexdigest()
            for name, path in paths.items()
        }

    is_good = True
    for first, second, decoded in (("local", "ray", False), ("comfy1", "comfy2", True)):
        for file in ("result.mp4", "guide.mp4", "side_by_side.mp4"):
            one, other = (digests(executor, file, decoded=decoded) for executor in (first, second))
            num_equal = sum(one[name] == other[name] for name in names)
            what = "decoded frames" if decoded else "bytes"
            print(
                f"{first} and {second}, {file}: {num_equal} of {len(names)} equal by SHA-256 of their {what}"
            )
            is_good &= num_equal == len(names)
    for file in ("guide.mp4", "result.mp4"):
        # Guides come from the same code: what differs there is the videos' compression.
        pairs = [
            [read_frames(outs[each] / name / file).float() for each in ("local", "comfy1")] for name in names
        ]
        differences = [float((one - other).abs().mean()) for one, other in pairs]
        print(
            f"local and comfy1, {file}: mean difference {sum(differences) / len(names):.2f} of 255 levels, "
            f"{max(differences):.2f} at worst"
        )
    return is_good


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--moves", type=int, default=6)
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    arguments = parser.parse_args()
    # The x264 in ComfyUI's Save Video reads memory that nobody wrote; ours is told not to. So that servers can be
    # compared all the same, glibc shall fill it.
    os.environ["MALLOC_PERTURB_"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        return 0 if compare(run_all(Path(folder), arguments.clips, arguments.moves, arguments.dtype)) else 1


if __name__ == "__main__":
    sys.exit(main())
