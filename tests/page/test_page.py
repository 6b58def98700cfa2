"""The real page in Chromium: the workflow loads, equals its API twin, runs, and shows its videos."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.host import ROOT, ComfyHost
from scripts.page import load_graph, open_page
from tests.oracles.editor_driver import set_widgets

if TYPE_CHECKING:
    from playwright.sync_api import Page

WORKFLOWS = sorted((ROOT / "workflows").glob("*.json"))
# These run in the page; all others run over HTTP in tests/comfy, and here the page only has to read them right.
RUN_HERE = ("guide_preview", "quickstart", "recapture", "bullet_time")
SCREENSHOTS = ROOT / "test-results"

# Small and few frames: the page is under test here, the full size runs over HTTP in tests/comfy.
_SMALL = {"width": 192, "height": 128, "num_frames": 5, "steps": 2}


def _mute_text(page: "Page") -> None:
    """Leave out what needs a text encoder of 5 GB, as a user without one does: mute those nodes."""
    page.evaluate(
        """() => {
          for (const node of window.app.graph._nodes) if (node.type.startsWith("CLIP")) node.mode = 2
        }"""
    )


def _prompt_of(page: "Page") -> dict:
    """What the page would queue, less titles and the preview that the page itself adds to file menus."""
    prompt = page.evaluate("async () => (await window.app.graphToPrompt()).output")
    for step in prompt.values():
        step.pop("_meta")
        step["inputs"].pop("video-preview", None)
    return prompt


def _twin_of(path: Path) -> dict:
    return json.loads((path.parent / "api" / path.name).read_text())


def _run(page: "Page") -> None:
    page.locator("[data-testid=queue-button]").click()


@pytest.fixture(scope="module", params=["litegraph", "nodes2"])
def frontend(request: pytest.FixtureRequest) -> str:
    """How the page draws nodes."""
    return request.param


@pytest.fixture(scope="module")
def page(comfy: ComfyHost, frontend: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Page"]:
    """One page for all workflows, as a user keeps it open."""
    profile = tmp_path_factory.mktemp(frontend)
    with open_page(comfy, profile, is_nodes_2=frontend == "nodes2") as page:
        yield page


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_the_page_reads_a_workflow_as_its_twin_says(page: "Page", path: Path) -> None:
    load_graph(page, path, len(json.loads(path.read_text())["nodes"]))
    assert _prompt_of(page) == _twin_of(path)


@pytest.mark.parametrize("name", RUN_HERE)
def test_a_workflow_runs_in_the_page(page: "Page", frontend: str, name: str) -> None:
    path = ROOT / "workflows" / f"{name}.json"
    twin = _twin_of(path)
    load_graph(page, path, len(json.loads(path.read_text())["nodes"]))
    _mute_text(page)
    # A move of its own: what lies in the server's cache would not report to the page again.
    set_widgets(page, _SMALL | {"amount": 0.9 if frontend == "nodes2" else 1.1})
    page.evaluate("() => { window.app.nodeOutputs = {} }")  # what the workflow before this one showed
    _run(page)
    savers = [node for node, step in twin.items() if step["class_type"] == "SaveVideo"]
    page.wait_for_function(
        "(ids) => ids.every((id) => window.app.nodeOutputs?.[id])", arg=savers, timeout=120_000
    )
    page.wait_for_function(
        "(n) => [...document.querySelectorAll('video')].filter((v) => v.videoWidth > 0).length >= n",
        arg=len(savers),
        timeout=30_000,
    )
    SCREENSHOTS.mkdir(exist_ok=True)
    page.wait_for_timeout(1500)
    page.screenshot(path=SCREENSHOTS / f"{name}_{frontend}.png")
    outputs = page.evaluate("() => window.app.nodeOutputs")
    guide = next(node for node, step in twin.items() if step["class_type"] == "PostCamGuide")
    assert "covered" in outputs[guide]["text"][0]
    for saver in savers:
        assert outputs[saver]["images"][0]["filename"].endswith(".mp4")


def test_an_error_is_shown_on_its_node(page: "Page", frontend: str) -> None:
    path = ROOT / "workflows" / "guide_preview.json"
    load_graph(page, path, len(json.loads(path.read_text())["nodes"]))
    set_widgets(page, {**_SMALL, "trajectory": '{"format": "postcam-trajectory", "version": 7}'})
    _run(page)
    page.wait_for_function("() => window.app.lastExecutionError", timeout=60_000)
    error = page.evaluate("() => window.app.lastExecutionError")
    SCREENSHOTS.mkdir(exist_ok=True)
    page.wait_for_timeout(1000)
    page.screenshot(path=SCREENSHOTS / f"error_{frontend}.png")
    assert error["node_type"] == "PostCamTrajectory"
    assert "trajectory version: expected 1" in error["exception_message"]
