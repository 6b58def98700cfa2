"""The point cloud node over HTTP: its file opens in ComfyUI's own 3D nodes and in Open3D."""

from pathlib import Path

import numpy as np
import pytest
import torch

from postcam_core.geometry import ground_plane_geometry, save_npz
from postcam_core.media import write_video
from scripts.host import ComfyHost, HostError


@pytest.fixture(scope="module")
def prompt(comfy: ComfyHost) -> dict:
    """A clip of five frames with geometry, its cloud, and core's nodes that take it."""
    folder = comfy.base / "input"
    ramp = torch.linspace(-1, 1, 64).expand(5, 3, 48, 64).clone()
    ramp[:, 2] = -1  # no blue
    write_video(folder / "cloud.mp4", ramp, frame_rate=10)
    save_npz(folder / "cloud.npz", ground_plane_geometry(5, 48, 64))
    load = {"file": "cloud.mp4", "width": 64, "height": 48, "num_frames": 5, "start_s": 0.0}
    source = {"source": "npz", "source.file": "cloud.npz", "fit": "cover", "frames": "match"}
    settings = {"stride": 2, "max_points": 2000, "voxel": 0.0, "min_confidence": 0.05}
    view = {"viewport_state": {}, "width": 512, "height": 512, "model_3d": ["cloud", 0]}
    view |= {"camera_info": ["cloud", 1]}
    return {
        "load": {
            "class_type": "PostCamLoadVideo",
            "inputs": load | {"fit": "cover", "selection": "uniform"},
        },
        "geometry": {"class_type": "PostCamImportGeometry", "inputs": {"images": ["load", 0]} | source},
        "cloud": {
            "class_type": "PostCamPointCloud",
            "inputs": {"images": ["load", 0], "geometry": ["geometry", 0]} | settings,
        },
        "preview": {"class_type": "PreviewPointCloud", "inputs": view},
        "save": {"class_type": "SavePointCloud", "inputs": view | {"filename_prefix": "3d/cloud"}},
    }


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    import open3d

    cloud = open3d.io.read_point_cloud(str(path))
    return np.asarray(cloud.points), np.asarray(cloud.colors)


def test_core_shows_and_saves_the_cloud(comfy: ComfyHost, prompt: dict) -> None:
    outputs = comfy.run(prompt)
    shown = comfy.base / "temp" / outputs["preview"]["result"][0]
    saved = sorted((comfy.output / "3d").glob("cloud*.ply"))[-1]
    assert shown.read_bytes() == saved.read_bytes()
    points, colours = _read(shown)
    assert 200 < len(points) <= 2000
    assert outputs["cloud"]["text"] == [f"{len(points):,} points from 3 frames"]
    assert points[:, 2].max() < 0, "viewers look along -z"
    assert points[:, 1].min() < -1 < 0 < points[:, 1].max(), "ground below, wall above: +y is up"
    is_left, is_right = (sign * points[:, 0] > 1 for sign in (-1, 1))
    assert colours[is_right, 0].mean() > colours[is_left, 0].mean() + 0.2
    assert colours[:, 2].mean() < 0.05
    camera = outputs["preview"]["result"][1]
    assert camera["target"]["z"] < camera["position"]["z"], "it looks along -z"
    # Core's viewer brings the cloud into a sphere of radius 1 around the middle of its box.
    centre = (points.min(0) + points.max(0)) / 2
    place = np.array([camera["position"][axis] for axis in "xyz"])
    radius = np.linalg.norm(points - centre, axis=1).max()
    np.testing.assert_allclose(place * radius + centre, 0, atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"min_confidence": 0.9}, "confidence from 0.9 up.*Lower min_confidence"),
        ({"max_depth": 0.5}, "depth up to .*raise max_depth"),
        ({"max_depth": -1.0}, "smaller than min of 0.0: max_depth"),
        ({"max_points": 999}, "smaller than min of 1000: max_points"),
    ],
    ids=["no sure pixel", "no near pixel", "depth below 0", "too few points"],
)
def test_a_cloud_without_points_is_refused_on_the_node(
    comfy: ComfyHost, prompt: dict, settings: dict, words: str
) -> None:
    inputs = prompt["cloud"]["inputs"] | settings
    with pytest.raises(HostError, match=f"PostCamPointCloud.*{words}"):
        comfy.run(prompt | {"cloud": prompt["cloud"] | {"inputs": inputs}})
