"""The real page in Chromium: the workflow loads, equals its API twin, runs, and shows its videos."""

import json
from pathlib import Path

import pytest

from scripts.host import ROOT, ComfyHost
from scripts.page import load_graph, open_page

WORKFLOWS = sorted((ROOT / "workflows").glob("*.json"))
# These run in the page; all others run over HTTP in tests/comfy, and here the page only has to read them right.
RUN_HERE = {"guide_preview", "quickstart", "recapture", "bullet_time"}
SCREENSHOTS = ROOT / "test-results"

_OUTPUTS = "() => window.app.nodeOutputs"
# Small and few frames: the page is under test here, the full size runs over HTTP in tests/comfy.
_SMALL = {"width": 192, "height": 128, "num_frames": 5, "steps": 2}


def _shrink(page, changes: dict) -> None:
    page.evaluate(
        """(changes) => {
          for (const node of window.app.graph._nodes)
            for (const widget of node.widgets ?? [])
              if (widget.name in changes) widget.value = changes[widget.name]
        }""",
        changes,
    )


def _mute_text(page) -> None:
    """Leave out what needs a text encoder of 5 GB, as a user without one does: mute those nodes."""
    page.evaluate(
        """() => {
          for (const node of window.app.graph._nodes) if (node.type.startsWith("CLIP")) node.mode = 2
        }"""
    )


def _prompt_of(page) -> dict:
    """What the page would queue, less titles and the preview that the page itself adds to file menus."""
    prompt = page.evaluate("async () => (await window.app.graphToPrompt()).output")
    for step in prompt.values():
        step.pop("_meta")
        step["inputs"].pop("video-preview", None)
    return prompt


def _run(page) -> None:
    page.locator("[data-testid=queue-button]").click()


@pytest.mark.parametrize("is_nodes_2", [False, True], ids=["litegraph", "nodes2"])
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_workflow_runs_in_the_page(comfy: ComfyHost, tmp_path: Path, path: Path, is_nodes_2: bool) -> None:
    graph = json.loads(path.read_text())
    twin = json.loads((path.parent / "api" / path.name).read_text())
    with open_page(comfy, tmp_path, is_nodes_2=is_nodes_2) as page:
        load_graph(page, path, len(graph["nodes"]))
        assert _prompt_of(page) == twin
        if path.stem not in RUN_HERE:
            return
        _mute_text(page)
        # A move of its own: what lies in the server's cache would not report to the page again.
        _shrink(page, _SMALL | {"amount": 0.9 if is_nodes_2 else 1.1})
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
        page.screenshot(path=SCREENSHOTS / f"{path.stem}_{'nodes2' if is_nodes_2 else 'litegraph'}.png")
        outputs = page.evaluate(_OUTPUTS)
    guide = next(node for node, step in twin.items() if step["class_type"] == "PostCamGuide")
    assert "covered" in outputs[guide]["text"][0]
    for saver in savers:
        assert outputs[saver]["images"][0]["filename"].endswith(".mp4")


def test_an_error_is_shown_on_its_node(comfy: ComfyHost, tmp_path: Path) -> None:
    path = ROOT / "workflows" / "guide_preview.json"
    with open_page(comfy, tmp_path) as page:
        load_graph(page, path, len(json.loads(path.read_text())["nodes"]))
        _shrink(page, {**_SMALL, "trajectory": '{"format": "postcam-trajectory", "version": 7}'})
        _run(page)
        page.wait_for_function("() => window.app.lastExecutionError", timeout=60_000)
        error = page.evaluate("() => window.app.lastExecutionError")
        SCREENSHOTS.mkdir(exist_ok=True)
        page.wait_for_timeout(1000)
        page.screenshot(path=SCREENSHOTS / "error.png")
    assert error["node_type"] == "PostCamTrajectory"
    assert "trajectory version: expected 1" in error["exception_message"]
