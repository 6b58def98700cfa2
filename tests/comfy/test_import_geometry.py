"""PostCam Import Geometry in the real server: every source read, bad ones refused on the node."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from postcam_core.cameras import OPENGL_FROM_OPENCV, focal_from_fov, intrinsics_matrix, invert_rigid
from postcam_core.geometry import SceneGeometry, save_npz
from postcam_core.media import write_video
from postcam_core.synthetic import FIRST_HELD_OUT_SEED, random_camera_path, random_scene, render_clip
from scripts.host import ComfyHost, HostError
from tests.oracles.foreign_cameras import write_colmap, write_depth, write_nerfstudio, write_recammaster

NUM_FRAMES, HEIGHT, WIDTH, FOV_DEG = 5, 48, 64, 52.7
DEPTH_VALUES = {"source.depth_kind": "depth", "source.depth_scale": 1.0}
COLMAP = {"source": "COLMAP", "source.model": "sparse", "source.depth": "depth"} | DEPTH_VALUES
NERFSTUDIO = {"source": "nerfstudio", "source.file": "nerf/transforms.json", "source.depth_scale": 0.0}
RECAMMASTER = {
    "source": "ReCamMaster cameras",
    "source.file": "recammaster.json",
    "source.camera": "cam03",
    "source.depth": "depth",
    "source.fov_deg": FOV_DEG,
} | DEPTH_VALUES
DEPTH_IMAGES = {
    "source": "depth images",
    "source.folder": "depth",
    "source.cameras": "cameras.json",
} | DEPTH_VALUES


@pytest.fixture(scope="module")
def files(comfy: ComfyHost) -> Path:
    """A synthetic clip, and its geometry as other tools write it, in ComfyUI's input folder."""
    folder = comfy.base / "input" / "imports"
    folder.mkdir()
    K = intrinsics_matrix(focal_from_fov(FOV_DEG, WIDTH), width=WIDTH, height=HEIGHT)
    clip = render_clip(
        random_scene(FIRST_HELD_OUT_SEED),
        c2w=random_camera_path(FIRST_HELD_OUT_SEED, NUM_FRAMES),
        K=K.repeat(NUM_FRAMES, 1, 1),
        times=torch.linspace(0, 1, NUM_FRAMES),
        height=HEIGHT,
        width=WIDTH,
    )
    w2c = invert_rigid(clip.c2w)
    geometry = SceneGeometry(depth=clip.depth, K=clip.K, w2c=w2c, provider="test")
    write_video(folder / "clip.mp4", clip.video, frame_rate=10)
    write_colmap(folder / "sparse", geometry, is_binary=True)
    write_colmap(folder / "text", geometry, is_binary=False)
    write_colmap(folder / "fisheye", geometry, is_binary=True, model="OPENCV_FISHEYE", extra=(0,) * 4)
    write_depth(folder / "depth", geometry)
    np.save(write_depth(folder / "holey", geometry) / "frame_2.npy", _with_hole(clip.depth[1]))
    write_nerfstudio(folder / "nerf", geometry)
    write_nerfstudio(folder / "fisheye_nerf", geometry, camera_model="OPENCV_FISHEYE")
    write_recammaster(folder / "recammaster.json", geometry)
    cameras = {"K": clip.K.tolist(), "w2c": w2c.tolist()}
    (folder / "cameras.json").write_text(json.dumps(cameras))
    (folder / "inverted.json").write_text(json.dumps(cameras | {"w2c": clip.c2w.tolist()}))
    opengl = SceneGeometry(depth=clip.depth, K=clip.K, w2c=OPENGL_FROM_OPENCV @ w2c, provider="test")
    save_npz(folder / "opengl.npz", opengl)
    return folder


def _with_hole(depth: torch.Tensor) -> np.ndarray:
    holey = depth.numpy().copy()
    holey[:2, :3] = 0
    return holey


def _prompt(source: dict[str, Any], **inputs: Any) -> dict:
    """The guide along a path, from a clip of the fixture and the given source (paths inside its folder)."""
    paths = {"source.file", "source.folder", "source.cameras", "source.model", "source.depth"}
    source = {key: f"imports/{value}" if key in paths else value for key, value in source.items()}
    load = {"file": "imports/clip.mp4", "width": WIDTH, "height": HEIGHT, "num_frames": NUM_FRAMES}
    load |= {"fit": "cover", "selection": "uniform", "start_s": 0.0}
    return {
        "load": {"class_type": "PostCamLoadVideo", "inputs": load},
        "geometry": {
            "class_type": "PostCamImportGeometry",
            "inputs": {"images": ["load", 0], "fit": "cover", "frames": "match"} | source | inputs,
        },
        "trajectory": {
            "class_type": "PostCamTrajectory",
            "inputs": {"preset": "static", "amount": 1.0, "num_frames": NUM_FRAMES, "trajectory": ""},
        },
        "guide": {
            "class_type": "PostCamGuide",
            "inputs": {
                "images": ["load", 0],
                "geometry": ["geometry", 0],
                "trajectory": ["trajectory", 0],
                "nearest_depth": "robust",
            },
        },
        "show": {"class_type": "PreviewImage", "inputs": {"images": ["guide", 0]}},
    }


@pytest.mark.parametrize(
    "source",
    [
        COLMAP,
        COLMAP | {"source.model": "text"},
        NERFSTUDIO,
        RECAMMASTER,
        DEPTH_IMAGES,
        COLMAP | {"source.depth": "holey", "source.fill_missing": True},
    ],
    ids=["COLMAP binary", "COLMAP text", "nerfstudio", "ReCamMaster", "depth images", "holes filled"],
)
def test_every_source_gives_a_guide(comfy: ComfyHost, files: Path, source: dict) -> None:
    assert "covered" in comfy.run(_prompt(source))["guide"]["text"][0]


BAD = {
    "fisheye": (COLMAP | {"source.model": "fisheye"}, "OPENCV_FISHEYE"),
    "no model": (COLMAP | {"source.model": "depth"}, "neither images.bin nor images.txt"),
    "model outside": (COLMAP | {"source.model": "../../.."}, "inside ComfyUI's input folder"),
    "no depth": (COLMAP | {"source.depth": "sparse"}, "depth images of one kind"),
    "holes": (COLMAP | {"source.depth": "holey"}, "0 (missing) at 6 of 3072 pixels"),
    "millimetres": (COLMAP | {"source.depth_scale": 1000.0}, "1000 times too large"),
    "fisheye nerfstudio": (NERFSTUDIO | {"source.file": "fisheye_nerf/transforms.json"}, "OPENCV_FISHEYE"),
    "no transforms": (NERFSTUDIO | {"source.file": "cameras.json"}, "frames: a list"),
    "unknown camera": (RECAMMASTER | {"source.camera": "cam99"}, "cam99"),
    "no ReCamMaster file": (RECAMMASTER | {"source.file": "cameras.json"}, "only frames that hold cameras"),
    "c2w as w2c": (DEPTH_IMAGES | {"source.cameras": "inverted.json"}, "poses are inverted"),
    "OpenGL axes": ({"source": "npz", "source.file": "opengl.npz"}, "OpenGL's"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_sources_are_refused_on_the_node(comfy: ComfyHost, files: Path, case: str) -> None:
    source, words = BAD[case]
    with pytest.raises(HostError) as caught:
        comfy.run(_prompt(source))
    message = str(caught.value)
    for part in ("PostCamImportGeometry", words, "expected", "got"):
        assert part in message


def test_who_knows_better_turns_the_check_off(comfy: ComfyHost, files: Path) -> None:
    source = {"source": "npz", "source.file": "opengl.npz"}
    assert "covered" in comfy.run(_prompt(source, check_cameras=False))["guide"]["text"][0]


def test_a_replaced_file_is_read_again(comfy: ComfyHost, files: Path) -> None:
    cameras = files / "cameras.json"
    before = cameras.read_text()
    assert "covered" in comfy.run(_prompt(DEPTH_IMAGES))["guide"]["text"][0]
    cameras.write_text("{}")
    with pytest.raises(HostError, match="PostCamImportGeometry"):
        comfy.run(_prompt(DEPTH_IMAGES))
    cameras.write_text(before)


def test_a_replaced_depth_image_of_nerfstudio_is_read_again(comfy: ComfyHost, files: Path) -> None:
    assert "covered" in comfy.run(_prompt(NERFSTUDIO))["guide"]["text"][0]
    image = files / "nerf" / "depths" / "frame_2.npy"
    before = image.read_bytes()
    image.write_bytes(b"no depth")
    with pytest.raises(HostError, match="PostCamImportGeometry"):
        comfy.run(_prompt(NERFSTUDIO))
    image.write_bytes(before)


def test_a_file_named_by_another_node_is_read_again(comfy: ComfyHost, files: Path) -> None:
    prompt = _prompt(DEPTH_IMAGES)
    prompt["name"] = {"class_type": "PrimitiveString", "inputs": {"value": "imports/cameras.json"}}
    prompt["geometry"]["inputs"]["source.cameras"] = ["name", 0]
    assert "covered" in comfy.run(prompt)["guide"]["text"][0]
    cameras = files / "cameras.json"
    before = cameras.read_text()
    cameras.write_text("{}")
    with pytest.raises(HostError, match="PostCamImportGeometry"):
        comfy.run(prompt)
    cameras.write_text(before)
