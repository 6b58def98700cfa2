"""The trajectory node hands its clip to the page: files under /view, and words where half of it is missing."""

import json
import urllib.error
import urllib.parse
import urllib.request

import cv2
import numpy as np
import pytest
import torch

from postcam_core.geometry import SceneGeometry, save_npz
from postcam_core.geometry.log_depth import depth_from_log_picture
from postcam_core.media import write_video
from scripts.host import ComfyHost, HostError
from tests.oracles.small_geometry import small_geometry

NUM_FRAMES, HEIGHT, WIDTH = 5, 48, 64


@pytest.fixture(scope="module")
def geometry() -> SceneGeometry:
    return small_geometry(NUM_FRAMES, HEIGHT, WIDTH)


@pytest.fixture(scope="module")
def prompt(comfy: ComfyHost, geometry: SceneGeometry) -> dict:
    """A clip with geometry from a file, both connected to the trajectory."""
    folder = comfy.base / "input"
    ramp = torch.linspace(-1, 1, WIDTH).expand(NUM_FRAMES, 3, HEIGHT, WIDTH)
    write_video(folder / "scene.mp4", ramp, frame_rate=10)
    save_npz(folder / "scene.npz", geometry)
    load = {"file": "scene.mp4", "width": WIDTH, "height": HEIGHT, "num_frames": NUM_FRAMES, "start_s": 0.0}
    source = {"source": "npz", "source.file": "scene.npz", "fit": "cover", "frames": "match"}
    move = {"preset": "arc_left", "amount": 1.0, "num_frames": NUM_FRAMES, "trajectory": ""}
    return {
        "load": {
            "class_type": "PostCamLoadVideo",
            "inputs": load | {"fit": "cover", "selection": "uniform"},
        },
        "geometry": {"class_type": "PostCamImportGeometry", "inputs": {"images": ["load", 0]} | source},
        "move": {
            "class_type": "PostCamTrajectory",
            "inputs": move | {"images": ["load", 0], "geometry": ["geometry", 0]},
        },
        "guide": {
            "class_type": "PostCamGuide",
            "inputs": {
                "images": ["load", 0],
                "geometry": ["geometry", 0],
                "trajectory": ["move", 0],
                "nearest_depth": "robust",
            },
        },
        "show": {"class_type": "PreviewImage", "inputs": {"images": ["guide", 0]}},
    }


def _changed(prompt: dict, **inputs) -> dict:
    """The prompt with other inputs of the trajectory; None disconnects one."""
    kept = {name: value for name, value in (prompt["move"]["inputs"] | inputs).items() if value is not None}
    return prompt | {"move": prompt["move"] | {"inputs": kept}}


def _view(comfy: ComfyHost, scene: dict, name: str) -> bytes:
    query = urllib.parse.urlencode({"filename": name, "subfolder": scene["subfolder"], "type": scene["type"]})
    with urllib.request.urlopen(f"{comfy.url}/view?{query}", timeout=30) as answer:
        return answer.read()


def test_the_page_can_fetch_the_scene(comfy: ComfyHost, prompt: dict, geometry: SceneGeometry) -> None:
    (scene,) = comfy.run(prompt)["move"]["postcam_scene"]
    manifest = scene["manifest"]
    assert json.loads(_view(comfy, scene, "scene.json")) == manifest
    assert (manifest["num_frames"], manifest["height"], manifest["width"]) == (NUM_FRAMES, HEIGHT, WIDTH)
    for frame in manifest["frames"]:
        encoded = np.frombuffer(_view(comfy, scene, frame["depth"]), np.uint8)
        depth = depth_from_log_picture(
            cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)[..., ::-1],
            nearest=manifest["min_depth"],
            farthest=manifest["max_depth"],
        )
        expected = geometry.depth[frame["index"]].numpy()
        # One part in 10,000 from this file, one from the npz that the node read.
        assert (np.abs(depth - expected) / expected).max() < 2e-4
        image = cv2.imdecode(
            np.frombuffer(_view(comfy, scene, frame["image"]), np.uint8), cv2.IMREAD_UNCHANGED
        )
        assert np.abs(image.mean(axis=(0, 2)) - np.linspace(0, 255, WIDTH)).max() < 6


def test_another_move_keeps_the_scene_and_sends_it_again(comfy: ComfyHost, prompt: dict) -> None:
    (before,) = comfy.run(prompt)["move"]["postcam_scene"]
    (after,) = comfy.run(_changed(prompt, preset="pan_left"))["move"]["postcam_scene"]
    assert after == before


@pytest.mark.parametrize("missing", ["images", "geometry"])
def test_half_a_scene_still_samples_and_says_what_is_missing(
    comfy: ComfyHost, prompt: dict, missing: str
) -> None:
    outputs = comfy.run(_changed(prompt, **{missing: None}))
    assert "covered" in outputs["guide"]["text"][0]
    assert f"once {missing} is connected" in outputs["move"]["text"][0]
    assert "postcam_scene" not in outputs["move"]


def test_without_a_scene_nothing_is_shown(comfy: ComfyHost, prompt: dict) -> None:
    assert "move" not in comfy.run(_changed(prompt, images=None, geometry=None))


def test_more_frames_than_the_geometry_are_refused(comfy: ComfyHost, prompt: dict) -> None:
    with pytest.raises(
        HostError, match="PostCamTrajectory.*num_frames of the trajectory: expected 5.*Set num_frames"
    ):
        comfy.run(_changed(prompt, num_frames=9))


def test_files_of_other_folders_stay_out_of_reach(comfy: ComfyHost, prompt: dict) -> None:
    (scene,) = comfy.run(prompt)["move"]["postcam_scene"]
    with pytest.raises(urllib.error.HTTPError):
        _view(comfy, scene | {"subfolder": "../input"}, "scene.npz")
