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

WORKFLOW = ROOT / "workflows" / "batch.json"
SMALL = {"width": 64, "height": 48, "num_frames": 5, "provider": "ground_plane"}
SCREENSHOTS = ROOT / "test-results"


@pytest.fixture(scope="module", autouse=True)
def clips(comfy: ComfyHost) -> None:
    (comfy.base / "input" / "clips").mkdir()
    write_clips(comfy.base / "input" / "clips", 2)


@pytest.fixture
def page(comfy: ComfyHost, tmp_path: Path) -> Iterator[Any]:
    with open_page(comfy, tmp_path) as page:
        load_graph(page, WORKFLOW, len(json.loads(WORKFLOW.read_text())["nodes"]))
        page.evaluate(
            """() => {
              window.steps = []
              window.app.api.addEventListener("progress", ({ detail }) => window.steps.push(detail))
            }"""
        )
        yield page


def queue(page: Any, **changes: Any) -> None:
    """Set widgets by name, and press Run."""
    page.evaluate(
        """(changes) => {
          for (const node of window.app.graph._nodes)
            for (const widget of node.widgets ?? [])
              if (widget.name in changes) widget.value = changes[widget.name]
        }""",
        SMALL | changes,
    )
    page.locator("[data-testid=queue-button]").click()


def wait_for_the_queue(comfy: ComfyHost, timeout_s: float = 120) -> None:
    deadline = time.monotonic() + timeout_s
    while any(comfy.get("/queue").values()):
        assert time.monotonic() < deadline, "the queue does not end"
        time.sleep(0.2)


def saved(comfy: ComfyHost, prefix: str) -> list[Path]:
    return sorted(path for path in comfy.output.rglob("*") if path.is_file() and prefix in str(path))


def test_one_press_makes_every_clip_with_every_move(comfy: ComfyHost, page: Any) -> None:
    queue(page, moves="arc_left 0.5\nstatic", prefix="PostCam/pressed", steps=1)
    page.wait_for_function("() => window.app.nodeOutputs?.['14']?.images?.length === 4", timeout=120_000)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "batch.png")
    files = saved(comfy, "PostCam/pressed")
    names = ["clip0_arc_left_0.5", "clip0_static", "clip1_arc_left_0.5", "clip1_static"]
    assert [path.name.removesuffix("_00001_.mp4") for path in files] == names
    assert {probe_video(path).num_frames for path in files} == {5}


def test_cancelling_stops_after_the_step_and_leaves_no_file(comfy: ComfyHost, page: Any) -> None:
    queue(page, moves="arc_right\nstatic", prefix="PostCam/cancelled_here", steps=500)
    page.wait_for_function("() => window.steps.some((step) => step.node === '8')", timeout=120_000)
    page.evaluate("() => window.app.api.interrupt()")
    wait_for_the_queue(comfy, timeout_s=30)
    steps = page.evaluate("() => window.steps.filter((step) => step.node === '8').map((step) => step.value)")
    assert 0 < max(steps) < 500
    assert not saved(comfy, "cancelled_here")
