"""Batches on a real ComfyUI server over its HTTP API."""

import json
import socket
import time
from pathlib import Path

import pytest

from postcam_core.errors import BatchError
from postcam_core.geometry import save_npz
from postcam_core.jobs.batch import BatchReport, run_batch
from postcam_core.jobs.dispatch import Limits
from postcam_core.jobs.executors.comfy import ComfyExecutor
from postcam_core.jobs.executors.comfy_workflow import ComfyModels
from postcam_core.jobs.journal import read_events
from postcam_core.jobs.manifest import read_manifest
from postcam_core.media import probe_video, read_frames
from scripts.host import ComfyHost, free_port
from tests.oracles.batch_clips import HEIGHT, NUM_FRAMES, WIDTH, write_real_manifest
from tests.oracles.small_geometry import small_geometry

MODELS = ComfyModels()


def run(
    manifest: Path, *servers: str, models: ComfyModels = MODELS, patience_s: float = 60, **settings: object
) -> BatchReport:
    return run_batch(
        read_manifest(manifest),
        manifest.parent / "out",
        lambda: ComfyExecutor(servers, models, client_id="test-batch", patience_s=patience_s),
        weights=models.weights(),
        makes_geometry=True,
        **{"limits": Limits(free_bytes=0, attempts=2)} | settings,
    )


def test_items_come_back_from_a_server(comfy: ComfyHost, tmp_path: Path) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("arc_left", "static"))
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    save_npz(tmp_path / "depth.npz", small_geometry(NUM_FRAMES, HEIGHT, WIDTH))
    more = [
        {"clip": "bad.mp4", "preset": "static"},
        {"clip": "clip0.mp4", "preset": "static", "name": "text", "prompt": "rain"},
        {
            "clip": "clip0.mp4",
            "preset": "pan_left",
            "geometry": "depth.npz",
            "size": f"{WIDTH}x{HEIGHT}",
            "frames": NUM_FRAMES,
            "keep_seen": 1,
        },
    ]
    with manifest.open("a") as file:
        file.write("\n" + "\n".join(json.dumps(line) for line in more))
    # The second server is not there: what it would do falls to the first.
    report = run(manifest, comfy.url, f"http://127.0.0.1:{free_port()}")
    errors = {each.task.name: each.history.error for each in report.items if each.state == "quarantined"}
    assert set(errors) == {"bad_static", "text"}
    assert "PostCamLoadVideo" in errors["bad_static"] and "MediaError" in errors["bad_static"]
    assert "prompt: expected a text encoder" in errors["text"]
    for name in ("clip0_arc_left", "clip0_static", "clip0_pan_left"):
        sizes = {
            file: probe_video(tmp_path / "out" / name / f"{file}.mp4")
            for file in ("result", "guide", "side_by_side")
        }
        assert {info.num_frames for info in sizes.values()} == {NUM_FRAMES}
        assert [info.width for info in sizes.values()] == [WIDTH, WIDTH, 3 * WIDTH]
    kept = tmp_path / "out" / "clip0_pan_left"
    guide, result = (read_frames(kept / f"{name}.mp4").float() for name in ("guide", "result"))
    seen = (guide.amax(dim=-1) > 24)[..., None].expand_as(guide)
    assert 0.1 < seen.float().mean() < 1
    assert (guide - result)[seen].abs().mean() < 6 < (guide - result)[~seen].abs().mean()
    assert not (tmp_path / "out" / ".tmp").exists()
    assert run(manifest, comfy.url).num_skipped == 3


def test_a_server_without_the_model_says_so(comfy: ComfyHost, tmp_path: Path) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("static",))
    (item,) = run(manifest, comfy.url, models=ComfyModels(model="other.safetensors")).items
    assert "PostCamLoadModel" in item.history.error and "other.safetensors" in item.history.error


def test_what_an_earlier_driver_left_in_the_queue_is_taken_back(comfy: ComfyHost, tmp_path: Path) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("static", "spiral"), steps=500)
    executor = ComfyExecutor([comfy.url], MODELS, client_id="test-batch")
    (first, second) = (_task(item) for item in read_manifest(manifest))
    with executor:
        while (worker := executor.free_worker(first)) is None:
            executor.next_result(0.1)
        executor.submit(worker, first, tmp_path)
        while not comfy.get("/queue")["queue_running"]:
            time.sleep(0.05)
    deadline = time.monotonic() + 30
    while comfy.get("/queue")["queue_running"]:
        assert time.monotonic() < deadline, "the step in hand ends, then the workflow"
        time.sleep(0.05)
    assert executor.free_worker(second) is None or executor.free_worker(second) == worker


def _task(item):
    from postcam_core.jobs.tasks import Task

    return Task(name=item.name, kind="recapture", key=item.name, item=item, clip_key="clip")


def test_a_batch_without_servers_gives_up(tmp_path: Path) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("static",))
    with pytest.raises(
        BatchError, match="servers: expected one that answers and takes work, got none for 1 s"
    ):
        run(manifest, f"http://127.0.0.1:{free_port()}", patience_s=1)


def test_a_server_that_goes_away_costs_an_attempt_at_most(tmp_path: Path) -> None:
    """One that takes connections and closes them, as a server that is being stopped does."""
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("static",))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.close()
        with pytest.raises(BatchError, match="servers"):
            run(manifest, url, patience_s=0.5)
    assert read_events(tmp_path / "out" / "journal.jsonl") == []


def test_an_item_that_takes_too_long_is_taken_back(comfy: ComfyHost, tmp_path: Path) -> None:
    manifest = write_real_manifest(
        tmp_path, num_clips=1, moves=("crane_down",), steps=1000, provider="ground_plane"
    )
    report = run(manifest, comfy.url, limits=Limits(free_bytes=0, attempts=1, seconds=3))
    (item,) = report.items
    assert item.state == "quarantined" and item.history.error.startswith("it took longer than 3 s")
    deadline = time.monotonic() + 20
    while any(comfy.get("/queue").values()):  # the step that runs ends first
        assert time.monotonic() < deadline, "the server goes on with it"
        time.sleep(0.1)
