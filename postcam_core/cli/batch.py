"""``batch``: all recaptures of a manifest, on this machine, on ComfyUI servers or on a Ray cluster."""

import argparse
import os
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..jobs.batch import BatchReport
    from ..jobs.executors import Executor
    from ..jobs.plan import Shard

NAME = "batch"
HELP = "Run all recaptures of a manifest. Run it again to go on: what is done and whole is skipped."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("manifest", type=Path, help="JSONL or CSV, one recapture per line; see docs/batch.md")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the results go")
    parser.add_argument(
        "--copy-to", metavar="ADDRESS", help="copy the results there, for example s3://bucket/results"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the plan and do nothing")
    parser.add_argument(
        "--attempts", type=_positive, default=3, help="for each item, before it is left alone (default: 3)"
    )
    parser.add_argument(
        "--minutes", type=_positive, metavar="N", help="that an attempt may take (default: no limit)"
    )
    parser.add_argument("--retry", action="store_true", help="try again what was left alone")
    parser.add_argument("--shard", metavar="I/N", help="do part I of N equal parts")
    parser.add_argument(
        "--min-free-mb",
        type=_positive,
        default=500,
        metavar="MB",
        help="stop before the disk has less (default: 500)",
    )
    workers = parser.add_argument_group("who does the work")
    workers.add_argument(
        "--executor",
        choices=("local", "comfy", "ray"),
        default="local",
        help="processes here, ComfyUI servers, or a Ray cluster (default: local)",
    )
    workers.add_argument(
        "--workers", type=_positive, metavar="N", help="of local and ray (default: one per GPU, or one)"
    )
    workers.add_argument("--servers", metavar="URL,URL", help="of comfy")
    workers.add_argument(
        "--address", help="of a running Ray cluster, or auto (default: start one on this machine)"
    )
    models = parser.add_argument_group("models (comfy: names in the servers' lists)")
    models.add_argument(
        "--model", metavar="FILE", help="a PostCam checkpoint; needs --vae (default: the mini model)"
    )
    models.add_argument("--vae", metavar="FILE", help="the Wan 2.1 VAE that belongs to it")
    models.add_argument("--text-encoder", metavar="FOLDER", help="UMT5, for lines with a prompt")
    models.add_argument(
        "--dtype",
        choices=("bfloat16", "float32"),
        default="bfloat16",
        help="local and ray (default: bfloat16)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Plan, run and report.

    Raises:
        BatchError: If an item failed, or the batch could not start or go on.
    """
    from ..errors import BatchError
    from ..jobs.batch import run_batch
    from ..jobs.contact_sheet import write_contact_sheet
    from ..jobs.dispatch import Limits
    from ..jobs.manifest import read_manifest
    from ..jobs.outputs import OutputFolder
    from ..jobs.plan import Shard, make_plan
    from ..jobs.storage import ResultCopies
    from ..training.stop import stop_on_signal
    from .batch_display import BatchDisplay, print_plan, print_summary

    items = read_manifest(arguments.manifest, fetched=arguments.out.absolute() / ".cache" / "fetched")
    shard = Shard.parse(arguments.shard) if arguments.shard else None
    make_executor, weights = _executor(arguments, shard)
    settings = {
        "weights": weights,
        "makes_geometry": arguments.executor == "comfy",
        "shard": shard,
        "retry": arguments.retry,
    }
    if arguments.dry_run:
        print_plan(make_plan(items, OutputFolder(arguments.out, driver="dry-run"), **settings))
        return
    limits = Limits(
        attempts=arguments.attempts,
        free_bytes=arguments.min_free_mb * 1_000_000,
        seconds=arguments.minutes and 60.0 * arguments.minutes,
    )
    copies = ResultCopies(arguments.out, arguments.copy_to) if arguments.copy_to else None
    with stop_on_signal() as stop, copies or nullcontext(), BatchDisplay(stop) as display:
        listeners = [display, copies] if copies else [display]
        report = run_batch(
            items,
            arguments.out,
            make_executor,
            **settings,
            limits=limits,
            stop=stop,
            on_plan=lambda plan: [listener.begin(plan) for listener in listeners],
            on_event=lambda event: [listener.note(event) for listener in listeners],
        )
    page = write_contact_sheet(
        arguments.out, report.items, name=f"contact_sheet{f'-{shard}' if shard else ''}"
    )
    print_summary(report, page)
    if copies:
        copies.finish(page)
    if report.count("done") < len(report.items):
        raise BatchError(f"{arguments.manifest.name}", **_what_is_missing(report))


def _what_is_missing(report: "BatchReport") -> dict[str, str]:
    failed, waiting = report.count("quarantined"), report.count("run")
    got = [f"{failed} that failed"] * bool(failed) + [f"{waiting} still to run"] * bool(waiting)
    todo = (
        "Run the same command again to go on."
        if waiting
        else "Repair the cause, then run again with --retry."
    )
    return {"expected": f"{len(report.items)} items done", "got": " and ".join(got), "todo": todo}


def _executor(
    arguments: argparse.Namespace, shard: "Shard | None"
) -> "tuple[Callable[[], Executor], Mapping[str, str]]":
    """What starts the workers, and what identifies their models."""
    if arguments.executor == "comfy":
        return _comfy(arguments, shard)
    from ..jobs.recapture_runner import RecaptureWorker

    names = ("model", "vae", "text_encoder")
    files = {name: Path(getattr(arguments, name)).absolute() for name in names if getattr(arguments, name)}
    worker = RecaptureWorker(**files, dtype=arguments.dtype)
    if arguments.executor == "ray":
        from ..jobs.executors.ray import RayExecutor

        return lambda: RayExecutor(
            worker, num_workers=arguments.workers, address=arguments.address
        ), worker.weights()
    from ..jobs.executors.local import LocalExecutor

    devices = _gpus()
    num_workers = arguments.workers or len(devices) or 1
    return lambda: LocalExecutor(worker, num_workers=num_workers, devices=devices), worker.weights()


def _comfy(
    arguments: argparse.Namespace, shard: "Shard | None"
) -> "tuple[Callable[[], Executor], Mapping[str, str]]":
    import hashlib

    from ..errors import BatchError
    from ..jobs.executors.comfy import ComfyExecutor
    from ..jobs.executors.comfy_workflow import ComfyModels

    servers = [url.strip() for url in (arguments.servers or "").split(",") if url.strip()]
    if not servers or not all(url.startswith(("http://", "https://")) for url in servers):
        raise BatchError(
            "--servers",
            expected="addresses between commas",
            got=f"{arguments.servers}",
            todo="Example: --servers http://127.0.0.1:8188,http://other:8188",
        )
    names = ("model", "vae", "text_encoder")
    models = ComfyModels(**{name: getattr(arguments, name) for name in names if getattr(arguments, name)})
    batch = hashlib.sha256(f"{arguments.out.absolute()} {shard}".encode()).hexdigest()[:12]
    client_id = f"postcam-batch-{batch}"
    return lambda: ComfyExecutor(servers, models, client_id=client_id), models.weights()


def _gpus() -> list[str]:
    """Values of CUDA_VISIBLE_DEVICES for one GPU each."""
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return [f"{index}" for index in range(torch.cuda.device_count())]
    return [name.strip() for name in visible.split(",") if name.strip()][: torch.cuda.device_count()]


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)
