"""The real ComfyUI loads the pack, lists its nodes and runs its workflows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from postcam_core.media import Audio, probe_video, read_audio, read_frames, write_video
from scripts.host import ROOT, ComfyHost, HostError

NODES = {
    "PostCamLoadVideo",
    "PostCamGeometry",
    "PostCamImportGeometry",
    "PostCamCleanGeometry",
    "PostCamTrajectory",
    "PostCamLoadTrajectory",
    "PostCamSaveTrajectory",
    "PostCamGuide",
    "PostCamWanCamera",
    "PostCamPointCloud",
    "PostCamLoadModel",
    "PostCamConditioning",
    "PostCamSampler",
    "PostCamDecode",
    "PostCamKeepSeen",
    "PostCamBatch",
}
# What a text encoder of 5 GB would be needed for; PostCamConditioning works without.
TEXT_NODES = {"CLIPLoader", "CLIPTextEncode"}
# Small enough for the tiny random model and VAE.
SMALL = {"width": 192, "height": 128, "num_frames": 9, "steps": 2}
# Those of other models run in test_other_models, the batch in the page's tests.
RUN_ELSEWHERE = {"uni3c_guide", "vace_guide", "batch"}
API_WORKFLOWS = sorted(
    path for path in (ROOT / "workflows" / "api").glob("*.json") if path.stem not in RUN_ELSEWHERE
)


def test_every_node_is_listed_with_tooltips_and_aliases(comfy: ComfyHost) -> None:
    info = comfy.get("/object_info")
    assert {name for name in info if name.startswith("PostCam")} == NODES
    for name in NODES:
        assert info[name]["description"]
        assert "postcam" in info[name]["search_aliases"]


def _whole_numbers(inputs: dict) -> Iterator[tuple[str, dict]]:
    """The INT inputs, those of menus' choices too."""
    for group in inputs.values():
        for name, (kind, *settings) in group.items():
            if kind == "INT":
                yield name, settings[0]
            for option in settings[0].get("options", []) if settings else []:
                if isinstance(option, dict):
                    yield from _whole_numbers(option["inputs"])


def test_the_page_leaves_default_numbers_as_they_are(comfy: ComfyHost) -> None:
    """It rounds to the smallest value plus whole steps."""
    info = comfy.get("/object_info")
    found = [(node, *number) for node in NODES for number in _whole_numbers(info[node]["input"])]
    assert len(found) > 8
    for node, name, settings in found:
        off = (settings["default"] - settings["min"]) % settings.get("step", 1)
        assert off == 0, f"{node}.{name}: {settings}"


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


def _without_text(prompt: dict) -> dict:
    text = {node for node, step in prompt.items() if step["class_type"] in TEXT_NODES}
    kept = {node: step for node, step in prompt.items() if node not in text}
    for step in kept.values():
        links = {
            name for name, value in step["inputs"].items() if isinstance(value, list) and value[0] in text
        }
        step["inputs"] = {name: value for name, value in step["inputs"].items() if name not in links}
    return kept


def _resized(prompt: dict, sizes: dict) -> dict:
    for step in prompt.values():
        step["inputs"] |= {name: value for name, value in sizes.items() if name in step["inputs"]}
    return prompt


def test_the_guide_workflow_runs_over_http_at_full_size(comfy: ComfyHost) -> None:
    progress: list[tuple[str, int, int]] = []

    def watch(kind: str, data: dict) -> None:
        if kind == "progress":
            progress.append((data["node"], data["value"], data["max"]))

    prompt = json.loads((ROOT / "workflows" / "api" / "guide_preview.json").read_text())
    prompt = _resized(prompt, {"num_frames": 13})  # a third of the time that 41 take
    files = comfy.saved_files(comfy.run(prompt, watch))
    guide = next(node for node, step in prompt.items() if step["class_type"] == "PostCamGuide")
    assert (guide, 13, 13) in progress
    sizes = [(info.width, info.height, info.num_frames) for info in map(probe_video, files)]
    assert sizes == [(832, 480, 13), (2 * 832 + 8, 480, 13)]


@pytest.mark.parametrize("path", API_WORKFLOWS, ids=lambda p: p.stem)
def test_workflow_runs_over_http(comfy: ComfyHost, path: Path) -> None:
    prompt = _resized(_without_text(json.loads(path.read_text())), SMALL)
    files = comfy.saved_files(comfy.run(prompt))
    assert files
    for file in files:
        info = probe_video(file)
        assert (info.height, info.num_frames) == (128, 9)
        assert read_frames(file).float().std() > 5, "a picture, not one grey"


def test_the_background_memory_covers_more_of_the_guide(comfy: ComfyHost) -> None:
    prompt = _resized(json.loads((ROOT / "workflows" / "api" / "guide_preview.json").read_text()), SMALL)
    guide = next(node for node, step in prompt.items() if step["class_type"] == "PostCamGuide")
    covered = {}
    for background_memory in (False, True):
        prompt[guide]["inputs"]["background_memory"] = background_memory
        covered[background_memory] = comfy.run(prompt)[guide]["text"][0]
    assert "background memory" not in covered[False]
    assert re.search(r"[1-9]\d?% from the background memory", covered[True])
    shares = {key: int(re.search(r"covered: (\d+)%", text)[1]) for key, text in covered.items()}
    assert shares[True] > shares[False]


def test_sound_and_duration_survive(comfy: ComfyHost) -> None:
    video = torch.linspace(-1, 1, 30)[:, None, None, None].expand(30, 3, 64, 96)
    sound = Audio(waveform=0.3 * torch.sin(torch.arange(24_000) / 8)[None], sample_rate=16_000)
    write_video(comfy.base / "input" / "loud.mp4", video, frame_rate=20, audio=sound)
    prompt = json.loads((ROOT / "workflows" / "api" / "guide_preview.json").read_text())
    prompt = _resized(prompt, SMALL | {"file": "loud.mp4"})
    for file in comfy.saved_files(comfy.run(prompt)):
        info = probe_video(file)
        assert info.num_frames / info.frame_rate == pytest.approx(1.5, abs=0.01)
        waveform = read_audio(file).waveform
        assert waveform.abs().max() > 0.1


def test_both_samplers_give_the_same_latents(comfy: ComfyHost) -> None:
    videos = []
    for name in ("recapture", "recapture_simple"):
        prompt = json.loads((ROOT / "workflows" / "api" / f"{name}.json").read_text())
        # 5 steps: core's own scheduler has a thousand levels, which 5 divides.
        prompt = _resized(_without_text(prompt), SMALL | {"steps": 5, "cfg": 1.0})
        videos.append(read_frames(comfy.saved_files(comfy.run(prompt))[0]).float())
    assert (videos[0] - videos[1]).abs().mean() < 1


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
