"""What a batch makes of servers that answer wrongly: it neither hangs nor blames items for it."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from postcam_core.errors import BatchError
from postcam_core.jobs.batch import BatchReport, run_batch
from postcam_core.jobs.dispatch import Limits
from postcam_core.jobs.executors import Result
from postcam_core.jobs.executors.comfy import ComfyExecutor
from postcam_core.jobs.executors.comfy_server import ComfyServer
from postcam_core.jobs.executors.comfy_workflow import FOLDER, ComfyModels
from postcam_core.jobs.journal import read_events
from postcam_core.jobs.manifest import read_manifest
from postcam_core.jobs.tasks import Task
from scripts.host import ComfyHost
from tests.oracles.batch_clips import write_real_manifest
from tests.oracles.faulty_proxy import Fault, FaultyProxy

MODELS = ComfyModels()
FOREVER_S = 60


def run(manifest: Path, url: str, *, attempts: int = 1, seconds: float | None = None, **calls) -> BatchReport:
    """Run a batch, in a thread: one that hangs shall fail the test, not hold it up."""
    reports = []
    before = calls.pop("before", lambda: None)

    def make_executor() -> ComfyExecutor:
        before()
        return ComfyExecutor([url], MODELS, client_id="test-faults")

    def work() -> None:
        settings = {"weights": MODELS.weights(), "makes_geometry": True} | calls
        limits = Limits(free_bytes=0, attempts=attempts, seconds=seconds)
        out = manifest.parent / "out"
        reports.append(run_batch(read_manifest(manifest), out, make_executor, limits=limits, **settings))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(FOREVER_S)
    assert not thread.is_alive(), "the batch hangs"
    assert reports, "it ended with an error"
    return reports[0]


def says(value: object) -> Callable[[str], bytes]:
    return lambda path: json.dumps(value).encode()


def history(**entry: object) -> Callable[[str], bytes]:
    return lambda path: json.dumps({path.rsplit("/", 1)[1]: entry}).encode()


BEFORE_IT_BEGINS = {
    "a proxy without its server": Fault(path="/system_stats", code=502),
    "a page that is locked": Fault(path="/system_stats", code=401),
    "a queue behind a proxy": Fault(path="/queue", code=502),
    "a queue that is none": Fault(path="/queue", body=says([])),
    "a queue with parts missing": Fault(path="/queue", body=says({"queue_running": [[1, "id"]]})),
    "a prompt behind a proxy": Fault(path="/prompt", code=502, body=lambda path: b"<html>Bad Gateway</html>"),
    "a prompt without a name": Fault(path="/prompt", body=says({})),
}
WHILE_IT_RUNS = {
    "a history behind a proxy": Fault(path="/history", code=502),
    "a history that is none": Fault(path="/history", body=says(["no", "history"])),
    "a history with parts missing": Fault(path="/history", body=history(outputs={})),
    "a history that is no text": Fault(path="/history", body=lambda path: b'{"\xff\xfe": 1}'),
    "results with parts missing": Fault(
        path="/history", body=history(outputs={}, status={"status_str": "success"})
    ),
}


@pytest.mark.parametrize("name", [*BEFORE_IT_BEGINS, *WHILE_IT_RUNS])
def test_an_answer_that_makes_no_sense_is_a_fault_of_the_server(
    name: str, comfy: ComfyHost, tmp_path: Path
) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("static",))
    fault = (BEFORE_IT_BEGINS | WHILE_IT_RUNS)[name]
    with FaultyProxy(comfy.url, Fault(**vars(fault))) as proxy:
        # What had begun may have been the server's death: that alone counts.
        report = run(manifest, proxy.url, attempts=1 if name in BEFORE_IT_BEGINS else 2)
    assert report.count("done") == 1


def test_a_server_that_lives_and_takes_nothing_is_waited_for_no_longer_than_one_that_is_away(
    comfy: ComfyHost, tmp_path: Path
) -> None:
    items = read_manifest(write_real_manifest(tmp_path, num_clips=1, moves=("static",)))
    with FaultyProxy(comfy.url, Fault(path="/prompt", code=502, times=10_000)) as proxy:

        def executor() -> ComfyExecutor:
            return ComfyExecutor([proxy.url], MODELS, client_id="test-faults", patience_s=3)

        with pytest.raises(BatchError, match=f"takes work, got none for 3 s: {proxy.url} .*502"):
            run_batch(items, tmp_path / "out", executor, weights=MODELS.weights(), makes_geometry=True)


def test_a_clip_that_is_gone_fails_its_item_alone(comfy: ComfyHost, tmp_path: Path) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=2, moves=("static",))
    report = run(manifest, comfy.url, before=(tmp_path / "clip0.mp4").unlink)
    (lost,) = (item for item in report.items if item.state == "quarantined")
    assert report.count("done") == 1
    assert lost.history.error.startswith("BatchError:") and "clip0.mp4" in lost.history.error


def test_a_refusal_that_is_not_comfyuis_is_shown_as_it_came(comfy: ComfyHost, tmp_path: Path) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("static",))
    refusal = {"error": "the message of a proxy", "node_errors": []}
    with FaultyProxy(comfy.url, Fault(path="/prompt", code=403, body=says(refusal))) as proxy:
        (item,) = run(manifest, proxy.url).items
    assert "the message of a proxy" in item.history.error


@pytest.mark.parametrize(("code", "is_too_large"), [(0, True), (413, True), (500, False)])
def test_an_upload_that_the_server_refuses_counts(
    code: int, is_too_large: bool, comfy: ComfyHost, tmp_path: Path
) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("static",))
    with (tmp_path / "clip0.mp4").open("ab") as file:
        file.write(bytes(20_000_000))  # more than a connection holds: we still send when the server hangs up
    with FaultyProxy(comfy.url, Fault(path="/upload", code=code, times=1000)) as proxy:
        (item,) = run(manifest, proxy.url, attempts=2).items
    assert item.state == "quarantined" and item.history.num_failed == 2
    assert ("--max-upload-size" in item.history.error) == is_too_large


def test_a_file_that_cannot_be_read_is_no_fault_of_the_server(comfy: ComfyHost, tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="expected a file that can be read, got .*directory"):
        ComfyServer(comfy.url).upload(tmp_path, "folder.mp4")


def test_items_wait_until_a_server_has_ended_what_hangs(comfy: ComfyHost, tmp_path: Path) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("static",), steps=1000)
    with manifest.open("a") as file:
        usual = json.loads(manifest.read_text())
        file.write("\n" + json.dumps(usual | {"name": "next", "steps": 1}))
    # Interrupts are lost at first: as if the node that runs did not look up.
    with FaultyProxy(comfy.url, Fault(path="/interrupt", times=4)) as proxy:
        report = run(manifest, proxy.url, seconds=3)
    hung, after = report.items
    assert hung.state == "quarantined" and "took longer than 3 s" in hung.history.error
    assert after.state == "done", after.history.error


def test_a_full_disk_of_a_server_is_told_from_a_fault_of_the_item(comfy: ComfyHost, tmp_path: Path) -> None:
    (item,) = read_manifest(write_real_manifest(tmp_path, num_clips=1, moves=("static",)))
    error = {
        "node_type": "SaveVideo",
        "exception_type": "OSError",
        "exception_message": "[Errno 28] No space left on device\n",
    }
    body = history(status={"status_str": "error", "messages": [["execution_error", error]]}, outputs={})
    with FaultyProxy(comfy.url, Fault(path="/history", body=body)) as proxy:
        with pytest.raises(BatchError, match=f"disk of {proxy.url}: expected space on it"):
            run_batch(
                [item],
                tmp_path / "out",
                lambda: ComfyExecutor([proxy.url], MODELS, client_id="test-faults"),
                weights=MODELS.weights(),
                makes_geometry=True,
                limits=Limits(free_bytes=0),
            )
    last = read_events(tmp_path / "out" / "journal.jsonl")[-1]
    assert last.event == "released" and "No space left" in last.error, "no attempt is counted"


def test_an_upload_that_somebody_deleted_is_sent_again(comfy: ComfyHost, tmp_path: Path) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("static", "pan_left", "pan_right"))

    def tidy_up(event) -> None:
        if event.event == "done" and event.task == "clip0_static":
            for file in (comfy.base / "input" / FOLDER).iterdir():
                file.unlink()

    report = run(manifest, comfy.url, attempts=2, on_event=tidy_up)
    assert report.count("done") == 3
    assert sum(item.history.num_failed for item in report.items) == 1


def test_a_server_named_twice_is_one_worker() -> None:
    executor = ComfyExecutor(["http://a:8188", "http://a:8188/", "http://b"], MODELS, client_id="test-faults")
    assert executor.num_workers == 2


def test_a_kill_that_comes_too_late_hits_nothing(comfy: ComfyHost, tmp_path: Path) -> None:
    first, second = read_manifest(write_real_manifest(tmp_path, num_clips=1, moves=("static", "pan_left")))
    with ComfyExecutor([comfy.url], MODELS, client_id="test-faults") as executor:
        executor.kill("http://nobody")
        worker = begin(executor, make_task(first), tmp_path)
        deadline = time.monotonic() + FOREVER_S
        while not (tmp_path / "side_by_side.mp4").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)  # its result is there, but nobody took it: the driver still counts it as running
        assert executor.free_worker(make_task(second)) is None, "a kill of the first would hit the second"
        executor.kill(worker)
        assert wait_for_a_result(executor).outcome == "done"
        begin(executor, make_task(second), tmp_path)
        assert wait_for_a_result(executor).outcome == "done"


def make_task(item) -> Task:
    return Task(name=item.name, kind="recapture", key=item.name, item=item, clip_key="clip")


def begin(executor: ComfyExecutor, task: Task, folder: Path) -> str:
    deadline = time.monotonic() + FOREVER_S
    while (worker := executor.free_worker(task)) is None:
        assert time.monotonic() < deadline, "no server is free"
        assert executor.next_result(0.1) is None
    executor.submit(worker, task, folder)
    return worker


def wait_for_a_result(executor: ComfyExecutor) -> Result:
    result = executor.next_result(FOREVER_S)
    assert result is not None, "none comes"
    return result
