"""PostCam Clean Geometry in the real server: each step does what its input says, or is refused on the node."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from PIL import Image
from torch.nn.functional import interpolate

from postcam_core.cameras import focal_from_fov, intrinsics_matrix, invert_rigid
from postcam_core.geometry import SceneGeometry, save_npz
from postcam_core.media import write_video
from postcam_core.synthetic import random_camera_path, random_scene, render_clip
from scripts.host import ComfyHost, HostError

NUM_FRAMES, HEIGHT, WIDTH = 8, 64, 96
OFF = {"snap_edges": False, "depth_reach_frames": 0, "pose_sigma_frames": 0.0, "focal": "per frame"}


@pytest.fixture(scope="module")
def files(comfy: ComfyHost) -> ComfyHost:
    """A clip, and its geometry with flicker and zoom, in the input folder."""
    K = intrinsics_matrix(focal_from_fov(55, WIDTH), width=WIDTH, height=HEIGHT)
    clip = render_clip(
        random_scene(5, kind="room"),
        c2w=random_camera_path(5, NUM_FRAMES),
        K=K.expand(NUM_FRAMES, 3, 3),
        times=torch.linspace(0, 0.2, NUM_FRAMES),
        height=HEIGHT,
        width=WIDTH,
    )
    noise = torch.randn(NUM_FRAMES, 1, 4, 6, generator=torch.Generator().manual_seed(0))
    flicker = (0.03 * interpolate(noise, (HEIGHT, WIDTH), mode="bicubic")[:, 0]).exp()
    K = clip.K.clone()
    K[:, 0, 0] *= torch.linspace(1, 1.1, NUM_FRAMES)
    geometry = SceneGeometry(
        depth=clip.depth * flicker, K=K, w2c=invert_rigid(clip.c2w), provider="flickering"
    )
    folder = comfy.base / "input" / "clean"
    folder.mkdir()
    write_video(folder / "clip.mp4", clip.video, frame_rate=12)
    save_npz(folder / "clip.npz", geometry)
    save_npz(folder / "short.npz", replace(geometry.selected(range(5)), provider="short"))
    return comfy


def _prompt(**settings: Any) -> dict:
    load = {"file": "clean/clip.mp4", "width": WIDTH, "height": HEIGHT, "num_frames": NUM_FRAMES}
    load |= {"fit": "cover", "selection": "uniform", "start_s": 0.0}
    source = {"source": "npz", "source.file": "clean/clip.npz", "fit": "cover", "frames": "match"}
    clip = {"images": ["load", 0], "geometry": ["geometry", 0]}
    return {
        "load": {"class_type": "PostCamLoadVideo", "inputs": load},
        "geometry": {"class_type": "PostCamImportGeometry", "inputs": {"images": ["load", 0]} | source},
        "clean": {"class_type": "PostCamCleanGeometry", "inputs": clip | OFF | settings},
        "trajectory": {
            "class_type": "PostCamTrajectory",
            "inputs": {"preset": "arc_left", "amount": 1.0, "num_frames": NUM_FRAMES, "trajectory": ""},
        },
        "guide": {
            "class_type": "PostCamGuide",
            "inputs": clip
            | {
                "geometry": ["clean", 0],
                "trajectory": ["trajectory", 0],
                "nearest_depth": "robust",
            },
        },
        "report": {
            "class_type": "SaveImage",
            "inputs": {"images": ["clean", 1], "filename_prefix": "cleaned"},
        },
        "show": {"class_type": "PreviewImage", "inputs": {"images": ["guide", 0]}},
    }


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({}, ["nothing changed"]),
        ({"snap_edges": True}, ["depth: 0."]),
        ({"depth_reach_frames": 2}, ["depth: 1."]),
        ({"pose_sigma_frames": 2.0}, ["cameras: turned by up to "]),
        ({"focal": "first frame"}, ["focal length: up to 9.5%"]),
        (
            {"depth_reach_frames": 1, "pose_sigma_frames": 2.0, "focal": "first frame"},
            ["depth: ", "focal length: ", "cameras: "],
        ),
    ],
    ids=["nothing", "edges", "flicker", "poses", "focal", "all"],
)
def test_each_step_changes_what_it_says(files: ComfyHost, settings: dict, kinds: list[str]) -> None:
    outputs = files.run(_prompt(**settings))
    told = outputs["clean"]["text"][0].split("; ")
    assert len(told) == len(kinds), told
    for words, kind in zip(told, kinds, strict=True):
        assert words.startswith(kind)
    assert "covered" in outputs["guide"]["text"][0]
    assert len(outputs["clean"]["images"]) == 1, "the report is the node's preview"
    report = Image.open(files.saved_files({"report": outputs["report"]})[0])
    assert (report.width, report.height > 300) == (960, True)


def test_another_setting_does_not_estimate_again_and_long_work_can_be_cancelled(files: ComfyHost) -> None:
    def prompt(**settings: Any) -> dict:
        # Large enough for the interrupt to arrive between two steps.
        larger = _prompt(**settings)
        larger["load"]["inputs"] |= {"width": 6 * WIDTH, "height": 6 * HEIGHT}
        return larger

    files.run(prompt())
    ran: list[str] = []
    steps: list[tuple[int, int]] = []

    def watch(kind: str, data: dict) -> None:
        if kind == "executing" and data["node"]:
            ran.append(data["node"])
        if kind == "progress" and data["node"] == "clean":
            if not steps:
                files.post("/interrupt", {})
            steps.append((data["value"], data["max"]))

    with pytest.raises(HostError, match="interrupted at PostCamCleanGeometry"):
        files.run(prompt(depth_reach_frames=7), watch)
    assert "geometry" not in ran
    assert steps[0][1] == 28, "every pair of the eight frames"
    assert steps[-1][0] < 28, steps


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"clean": {"depth_reach_frames": -1}}, ["depth_reach_frames", "smaller than min"]),
        ({"clean": {"pose_sigma_frames": "nan"}}, ["expected a depth reach and a pose sigma", "nan"]),
        ({"clean": {"focal": "median"}}, ["focal", "not in list"]),
        ({"geometry": {"source.file": "clean/short.npz", "images": ["other", 0]}}, ["8 frames", "got 5 of"]),
    ],
    ids=["reach below 0", "sigma NaN", "unknown focal", "geometry of other frames"],
)
def test_bad_input_is_refused_on_the_node(files: ComfyHost, changes: dict, words: list[str]) -> None:
    prompt = _prompt()
    prompt["other"] = {
        "class_type": "PostCamLoadVideo",
        "inputs": prompt["load"]["inputs"] | {"num_frames": 5},
    }
    for node, inputs in changes.items():
        prompt[node]["inputs"] |= inputs
    with pytest.raises(HostError) as caught:
        files.run(prompt)
    for part in ("PostCamCleanGeometry", *words):
        assert part in str(caught.value)
