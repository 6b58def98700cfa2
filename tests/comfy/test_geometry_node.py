"""PostCamGeometry on the real server: every provider, the report, progress by chunk, and what is refused."""

import subprocess
import sys

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from postcam_core.cameras import focal_from_fov, intrinsics_matrix
from postcam_core.geometry import load_npz
from postcam_core.media import write_video
from postcam_core.synthetic import random_camera_path, random_scene, render_clip
from scripts.host import COMFYUI, ROOT, ComfyHost, HostError

WIDTH, HEIGHT, NUM_FRAMES = 96, 64, 12
DEPTH_ANYTHING = {
    "provider": "depth_anything_3",
    "provider.model": "tiny.safetensors",
    "provider.resolution": 140,
    "provider.chunk": 6,
    "provider.overlap": 2,
    "provider.pose_method": "cam_dec",
}


@pytest.fixture(scope="module")
def files(comfy: ComfyHost) -> ComfyHost:
    """A clip in the input folder, and models in the folder that core's own nodes use."""
    K = intrinsics_matrix(focal_from_fov(55, WIDTH), width=WIDTH, height=HEIGHT).expand(NUM_FRAMES, 3, 3)
    clip = render_clip(
        random_scene(5),
        c2w=random_camera_path(5, NUM_FRAMES),
        K=K,
        times=torch.linspace(0, 1, NUM_FRAMES),
        height=HEIGHT,
        width=WIDTH,
    )
    write_video(comfy.base / "input" / "moving.mp4", clip.video, frame_rate=12)
    folder = comfy.base / "models" / "geometry_estimation"
    folder.mkdir(parents=True, exist_ok=True)
    script = ROOT / "tests" / "oracles" / "tiny_depth_anything.py"
    subprocess.run(
        [sys.executable, script, COMFYUI, folder / "tiny.safetensors"], check=True, capture_output=True
    )
    save_file({"encoder.weight": torch.zeros(2, 2)}, folder / "another.safetensors")
    (folder / "truncated.safetensors").write_bytes((folder / "tiny.safetensors").read_bytes()[:-1000])
    return comfy


def prompt(**provider) -> dict:
    load = {"file": "moving.mp4", "width": WIDTH, "height": HEIGHT, "num_frames": NUM_FRAMES}
    return {
        "load": {
            "class_type": "PostCamLoadVideo",
            "inputs": {**load, "fit": "cover", "selection": "uniform", "start_s": 0.0},
        },
        "geometry": {"class_type": "PostCamGeometry", "inputs": {"images": ["load", 0], **provider}},
        "trajectory": {
            "class_type": "PostCamTrajectory",
            "inputs": {"preset": "arc_left", "amount": 1.0, "num_frames": NUM_FRAMES, "trajectory": ""},
        },
        "guide": {
            "class_type": "PostCamGuide",
            "inputs": {
                **{"images": ["load", 0], "geometry": ["geometry", 0], "trajectory": ["trajectory", 0]},
                "nearest_depth": "robust",
            },
        },
        "report": {
            "class_type": "SaveImage",
            "inputs": {"images": ["geometry", 1], "filename_prefix": "report"},
        },
        "show": {"class_type": "PreviewImage", "inputs": {"images": ["guide", 0]}},
    }


@pytest.mark.parametrize(
    "provider",
    [
        {
            **{"provider": "ground_plane", "provider.fov_deg": 55.0, "provider.horizon": 0.4},
            **{"provider.camera_height": 1.6, "provider.wall_distance": 10.0},
        },
        {"provider": "parallax", "provider.fov_deg": 55.0},
        {"provider": "parallax", "provider.fov_deg": 0.0},
        DEPTH_ANYTHING,
        {**DEPTH_ANYTHING, "provider.chunk": 48, "provider.overlap": 8},
    ],
    ids=["ground_plane", "parallax", "parallax searching", "depth_anything_3", "in one chunk"],
)
def test_a_provider_leads_to_guide_and_report(files: ComfyHost, provider: dict) -> None:
    outputs = files.run(prompt(**provider))
    assert len(outputs["show"]["images"]) == NUM_FRAMES
    assert len(outputs["geometry"]["images"]) == 1, "the report is the node's preview"
    report = Image.open(files.saved_files({"report": outputs["report"]})[0])
    assert report.width == 960
    assert report.height > 300


def test_progress_is_told_by_chunk_and_cancelling_stops_there(files: ComfyHost) -> None:
    settings = {**DEPTH_ANYTHING, "provider.resolution": 154}
    seen: list[tuple[int, int]] = []

    def watch(kind: str, data: dict) -> None:
        if kind == "progress" and data["node"] == "geometry":
            seen.append((data["value"], data["max"]))

    files.run(prompt(**settings), watch)
    assert seen == [(1, 3), (2, 3), (3, 3)]

    seen.clear()

    def cancel(kind: str, data: dict) -> None:
        watch(kind, data)
        if len(seen) == 1:
            files.post("/interrupt", {})

    # Chunks of two frames: enough of them for the interrupt to arrive in between.
    many = {**DEPTH_ANYTHING, "provider.resolution": 308, "provider.chunk": 2, "provider.overlap": 1}
    with pytest.raises(HostError, match="interrupted at PostCamGeometry"):
        files.run(prompt(**many), cancel)
    assert seen[-1][0] < seen[-1][1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"provider.model": "another.safetensors"}, "Depth Anything 3 Small, Base or Large"),
        ({"provider.model": "truncated.safetensors"}, "truncated.safetensors"),
        ({"provider.model": "missing.safetensors"}, "not in list"),
        ({"provider.overlap": 5}, "half a chunk"),
    ],
    ids=["another model", "truncated", "missing", "overlap"],
)
def test_bad_settings_are_refused_on_the_node(files: ComfyHost, changes: dict, words: str) -> None:
    with pytest.raises(HostError) as caught:
        files.run(prompt(**{**DEPTH_ANYTHING, **changes}))
    assert "PostCamGeometry" in str(caught.value)
    assert words in str(caught.value)


def test_the_menu_lists_core_s_geometry_models(files: ComfyHost) -> None:
    inputs = files.get("/object_info/PostCamGeometry")["PostCamGeometry"]["input"]["required"]
    options = {option["key"]: option["inputs"]["required"] for option in inputs["provider"][1]["options"]}
    assert list(options) == ["parallax", "ground_plane", "depth_anything_3"]
    assert "tiny.safetensors" in options["depth_anything_3"]["model"][1]["options"]


def test_estimated_geometry_is_kept_for_later_sessions(comfy: ComfyHost) -> None:
    kept = list((comfy.base / "user" / "postcam" / "geometry").glob("*.npz"))
    assert kept, "the runs above should have left their results"
    assert load_npz(kept[0]).provider in ("parallax", "depth_anything_3")
