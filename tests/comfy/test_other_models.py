"""The guide for other models: the Uni3C and VACE workflows on the real server, with core's networks at tiny size.

Their weights are gigabytes; what is tested is that core's own loaders and nodes take the graphs and what the guide
hands them, through to the video. Text comes from a node of the tests.
"""

import json
from pathlib import Path

import pytest

from postcam_core.media import load_clip, probe_video, read_frames
from scripts.host import ROOT, ComfyHost

SMALL = {"width": 96, "height": 64, "num_frames": 6, "steps": 1}
# Files of models that cannot be made small: text (5 GB) and CLIP vision, which core's node can do without.
LARGE_NODES = {"CLIPLoader", "CLIPVisionLoader", "CLIPVisionEncode"}


def _prompt(name: str) -> dict:
    """The workflow at small size, with its guide saved too."""
    prompt = json.loads((ROOT / "workflows" / "api" / f"{name}.json").read_text())
    for node in [node for node, step in prompt.items() if step["class_type"] in LARGE_NODES]:
        del prompt[node]
    for step in prompt.values():
        if step["class_type"] == "CLIPTextEncode":
            step |= {"class_type": "BlankText", "inputs": {}}
        inputs = step["inputs"]
        gone = {k for k, value in inputs.items() if isinstance(value, list) and value[0] not in prompt}
        step["inputs"] = {
            k: SMALL.get(k, v) if not isinstance(v, list) else v for k, v in inputs.items() if k not in gone
        }
    plane = {"fov_deg": 55.0, "horizon": 0.4, "camera_height": 1.6, "wall_distance": 10.0}
    geometry = next(step for step in prompt.values() if step["class_type"] == "PostCamGeometry")
    # The quickest provider: which one it is makes no difference here.
    geometry["inputs"] |= {"provider": "ground_plane"} | {f"provider.{k}": v for k, v in plane.items()}
    guide = next(node for node, step in prompt.items() if step["class_type"] == "PostCamGuide")
    for slot, what in ((0, "guide"), (1, "holes")):
        images = [guide, slot]
        if what == "holes":
            prompt["holes"] = {"class_type": "MaskToImage", "inputs": {"mask": images}}
            images = ["holes", 0]
        prompt[f"{what} frames"] = {"class_type": "CreateVideo", "inputs": {"images": images, "fps": 8.0}}
        prompt[f"{what} video"] = {
            "class_type": "SaveVideo",
            "inputs": {
                **{"video": [f"{what} frames", 0], "filename_prefix": f"{name}_{what}"},
                **{"format": "auto", "codec": "auto"},
            },
        }
    return prompt


def _run(comfy: ComfyHost, name: str) -> tuple[Path, Path, Path]:
    """Files with the result, the guide and its holes."""
    files = {file.stem.split("_0")[0]: file for file in comfy.saved_files(comfy.run(_prompt(name)))}
    return files[name.removesuffix("_guide")], files[f"{name}_guide"], files[f"{name}_holes"]


@pytest.mark.parametrize("name", ["uni3c_guide", "vace_guide"])
def test_the_model_gets_its_guide_and_makes_a_video(comfy: ComfyHost, name: str) -> None:
    result, guide, holes = _run(comfy, name)
    info = probe_video(result)
    # Core's nodes cut to 4n+1 frames; they pad nothing.
    assert (info.width, info.height, info.num_frames) == (96, 64, 5)
    assert read_frames(result).float().std() > 1
    clip = load_clip(ROOT / "assets" / "sample.mp4", width=96, height=64, num_frames=6)
    source = (clip.video.permute(0, 2, 3, 1) + 1) * 127.5
    shown, is_hole = read_frames(guide).float(), read_frames(holes).float()[..., 0] > 200
    assert is_hole[-1].float().mean() > 0.05
    # Frame 0 is the clip's own, as the move starts at its camera; encoding blurs a little.
    assert (shown[0] - source[0]).abs().mean() < 8
    level = 128 if name == "vace_guide" else 0
    assert (shown[-1][is_hole[-1]] - level).abs().mean() < 30
