"""The batch workflow in the real page: one press of Run makes every item, cancelling leaves nothing half made."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from postcam_core.media import probe_video
from scripts.host import ROOT, ComfyHost
from scripts.page import load_graph, open_page
from tests.oracles.batch_clips import write_clips
from tests.oracles.editor_driver import set_widgets

WORKFLOW = ROOT / "workflows" / "batch.json"
SMALL = {"width": 64, "height": 48, "num_frames": 5, "provider": "ground_plane"}
SCREENSHOTS = ROOT / "test-results"


@pytest.fixture(scope="module", autouse=True)
def clips(comfy: ComfyHost) -> None:
    (comfy.base / "input" / "clips").mkdir()
    write_clips(comfy.base / "input" / "clips", 2)


@pytest.fixture(scope="module")
def empty_page(comfy: ComfyHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_page(comfy, tmp_path_factory.mktemp("profile")) as page:
        page.evaluate(
            """() => {
              window.steps = []
              window.app.api.addEventListener("progress", ({ detail }) => window.steps.push(detail))
            }"""
        )
        yield page


@pytest.fixture
def page(empty_page: Any) -> Any:
    load_graph(empty_page, WORKFLOW, len(json.loads(WORKFLOW.read_text())["nodes"]))
    empty_page.evaluate("() => { window.steps.length = 0; window.app.nodeOutputs = {} }")
    return empty_page


def press_run(page: Any) -> None:
    page.locator("[data-testid=queue-button]").click()


def wait_for_the_queue(comfy: ComfyHost, timeout_s: float = 120) -> None:
    deadline = time.monotonic() + timeout_s
    while any(comfy.get("/queue").values()):
        assert time.monotonic() < deadline, "the queue does not end"
        time.sleep(0.2)


def saved(comfy: ComfyHost, prefix: str) -> list[Path]:
    return sorted(path for path in comfy.output.rglob("*") if path.is_file() and prefix in str(path))


def test_one_press_makes_every_clip_with_every_move(comfy: ComfyHost, page: Any) -> None:
    set_widgets(page, SMALL | dict(moves="arc_left 0.5\nstatic", prefix="PostCam/pressed", steps=1))
    press_run(page)
    page.wait_for_function("() => window.app.nodeOutputs?.['14']?.images?.length === 4", timeout=120_000)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "batch.png")
    files = saved(comfy, "PostCam/pressed")
    names = ["clip0_arc_left_0.5", "clip0_static", "clip1_arc_left_0.5", "clip1_static"]
    assert [path.name.removesuffix("_00001_.mp4") for path in files] == names
    assert {probe_video(path).num_frames for path in files} == {5}


def test_queued_runs_make_one_pair_each(comfy: ComfyHost, page: Any) -> None:
    set_widgets(
        page, SMALL | dict(moves="crane_up\nstatic", prefix="PostCam/runs_in_page", steps=1, pairs_per_run=1)
    )
    page.evaluate("() => window.app.queuePrompt(0, 4)")  # as the Run button does with a batch count of 4
    wait_for_the_queue(comfy)
    names = ["clip0_crane_up", "clip0_static", "clip1_crane_up", "clip1_static"]
    assert [path.name.removesuffix("_00001_.mp4") for path in saved(comfy, "runs_in_page")] == names


def test_cancelling_stops_after_the_step_and_leaves_no_file(comfy: ComfyHost, page: Any) -> None:
    set_widgets(page, SMALL | dict(moves="arc_right\nstatic", prefix="PostCam/cancelled_here", steps=500))
    press_run(page)
    page.wait_for_function("() => window.steps.some((step) => step.node === '8')", timeout=120_000)
    page.evaluate("() => window.app.api.interrupt()")
    wait_for_the_queue(comfy, timeout_s=30)
    steps = page.evaluate("() => window.steps.filter((step) => step.node === '8').map((step) => step.value)")
    assert 0 < max(steps) < 500
    assert not saved(comfy, "cancelled_here")
