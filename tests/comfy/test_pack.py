"""The real ComfyUI loads the pack, lists its nodes and runs its workflows."""

import json
import re
from pathlib import Path

import pytest

from scripts.host import ROOT, ComfyHost, HostError

NODES = {
    "PostCamLoadVideo",
    "PostCamGeometry",
    "PostCamImportGeometry",
    "PostCamTrajectory",
    "PostCamLoadTrajectory",
    "PostCamGuide",
}
API_WORKFLOWS = sorted((ROOT / "workflows" / "api").glob("*.json"))


def test_every_node_is_listed_with_tooltips_and_aliases(comfy: ComfyHost) -> None:
    info = comfy.get("/object_info")
    assert {name for name in info if name.startswith("PostCam")} == NODES
    for name in NODES:
        assert info[name]["description"]
        assert "postcam" in info[name]["search_aliases"]


def test_the_pack_adds_less_than_half_a_second_to_the_start(comfy: ComfyHost) -> None:
    times = re.findall(r"([\d.]+) seconds( \(IMPORT FAILED\))?: .*ComfyUI-PostCam", comfy.log.read_text())
    assert times, comfy.log_tail()
    seconds, failed = times[-1]
    assert not failed
    assert float(seconds) < 0.5


def test_workflow_templates_are_offered(comfy: ComfyHost) -> None:
    offered = set(comfy.get("/workflow_templates")["ComfyUI-PostCam"])
    assert offered == {path.stem for path in (ROOT / "workflows").glob("*.json")}
    for name in offered:
        assert (ROOT / "workflows" / f"{name}.jpg").is_file()
        assert (ROOT / "workflows" / "api" / f"{name}.json").is_file()


@pytest.mark.parametrize("path", API_WORKFLOWS, ids=lambda p: p.stem)
def test_workflow_runs_over_http(comfy: ComfyHost, path: Path) -> None:
    progress: list[tuple[str, int, int]] = []

    def watch(kind: str, data: dict) -> None:
        if kind == "progress":
            progress.append((data["node"], data["value"], data["max"]))

    prompt = json.loads(path.read_text())
    files = comfy.saved_files(comfy.run(prompt, watch))
    assert files
    guide = next(node for node, step in prompt.items() if step["class_type"] == "PostCamGuide")
    assert (guide, 41, 41) in progress
    for file in files:
        assert file.stat().st_size > 10_000


def test_cancel_stops_the_guide_within_a_frame(comfy: ComfyHost) -> None:
    prompt = json.loads((ROOT / "workflows" / "api" / "guide_preview.json").read_text())
    # A move of its own, so that nothing comes from the cache.
    move = next(step for step in prompt.values() if step["class_type"] == "PostCamTrajectory")
    move["inputs"]["amount"] = 0.77
    guide = next(node for node, step in prompt.items() if step["class_type"] == "PostCamGuide")
    seen: list[int] = []

    def cancel(kind: str, data: dict) -> None:
        if kind == "progress" and data["node"] == guide:
            if not seen:
                comfy.post("/interrupt", {})
            seen.append(data["value"])

    with pytest.raises(HostError, match="interrupted at PostCamGuide"):
        comfy.run(prompt, cancel)
    assert seen[-1] <= seen[0] + 2
