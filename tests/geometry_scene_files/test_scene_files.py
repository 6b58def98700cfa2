"""The scene that the editor shows: right numbers in its files, written once, whole or not at all."""

import json
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from postcam_core.errors import GeometryError, OperationCancelled
from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.log_depth import depth_from_log_picture
from postcam_core.geometry.scene_files import MANIFEST_NAME, provide_scene_files
from tests.oracles.small_geometry import small_geometry

HEIGHT, WIDTH = 48, 64


def _video(num_frames: int) -> Tensor:
    """A ramp in red, another in green, and a blue that tells the frame."""
    video = torch.empty(num_frames, 3, HEIGHT, WIDTH)
    video[:, 0] = torch.linspace(-1, 1, WIDTH)
    video[:, 1] = torch.linspace(1, -1, HEIGHT)[:, None]
    video[:, 2] = torch.linspace(-0.9, 0.9, num_frames)[:, None, None]
    return video


def _geometry(num_frames: int) -> SceneGeometry:
    return small_geometry(num_frames, HEIGHT, WIDTH)


def _image(path: Path) -> Tensor:
    """Video frame in [-1, 1] of an image file."""
    pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    return torch.tensor(pixels[..., ::-1].copy()).permute(2, 0, 1).float() / 127.5 - 1


def test_files_hold_the_frames_and_their_depth(tmp_path: Path) -> None:
    video, geometry = _video(3), _geometry(3)
    folder, manifest = provide_scene_files(tmp_path, video, geometry)
    assert json.loads((folder / MANIFEST_NAME).read_text()) == manifest
    assert [frame["index"] for frame in manifest["frames"]] == [0, 1, 2]
    bounds = {"nearest": manifest["min_depth"], "farthest": manifest["max_depth"]}
    for frame in manifest["frames"]:
        i = frame["index"]
        assert (_image(folder / frame["image"]) - video[i]).abs().mean() < 0.02
        picture = cv2.imread(str(folder / frame["depth"]))[..., ::-1]
        depth = torch.tensor(depth_from_log_picture(picture, **bounds))
        assert ((depth - geometry.depth[i]).abs() / geometry.depth[i]).max() < 1e-4
    names = {frame[kind] for frame in manifest["frames"] for kind in ("image", "depth")}
    assert {path.name for path in folder.iterdir()} == names | {MANIFEST_NAME}


def test_the_manifest_holds_the_cameras_relative_to_the_first(tmp_path: Path) -> None:
    geometry = _geometry(3)
    _, manifest = provide_scene_files(tmp_path, _video(3), geometry)
    c2w = torch.tensor(manifest["c2w"], dtype=torch.float64).unflatten(1, (4, 4))
    torch.testing.assert_close(c2w[0], torch.eye(4, dtype=torch.float64), rtol=0, atol=0)
    expected = geometry.w2c[0] @ torch.linalg.inv(geometry.w2c)
    torch.testing.assert_close(c2w, expected, rtol=0, atol=1e-12)
    K = torch.tensor(manifest["K"], dtype=torch.float64).unflatten(1, (3, 3))
    torch.testing.assert_close(K, geometry.K, rtol=0, atol=0)
    told = {key: manifest[key] for key in ("format", "version", "width", "height", "num_frames", "provider")}
    assert told == {
        "format": "postcam-scene",
        "version": 1,
        "width": WIDTH,
        "height": HEIGHT,
        "num_frames": 3,
        "provider": "test",
    }
    assert manifest["notes"] == list(geometry.notes)
    assert manifest["nearest_depth"] == geometry.nearest_depth()
    assert (manifest["min_depth"], manifest["max_depth"]) == tuple(b.item() for b in geometry.depth.aminmax())


def test_of_a_long_clip_frames_are_stored_evenly_but_all_cameras(tmp_path: Path) -> None:
    _, manifest = provide_scene_files(tmp_path, _video(9), _geometry(9), max_stored_frames=3)
    assert [frame["index"] for frame in manifest["frames"]] == [0, 4, 8]
    assert manifest["num_frames"] == len(manifest["c2w"]) == len(manifest["K"]) == 9


def test_the_same_scene_is_written_once(tmp_path: Path) -> None:
    video, geometry = _video(2), _geometry(2)
    folder, manifest = provide_scene_files(tmp_path, video, geometry)
    before = {path: os.stat(path).st_mtime_ns for path in folder.iterdir()}
    calls: list[tuple[int, int]] = []
    again = provide_scene_files(tmp_path, video.clone(), geometry, progress=lambda *done: calls.append(done))
    assert again == (folder, manifest)
    assert calls == []
    assert {path: os.stat(path).st_mtime_ns for path in folder.iterdir()} == before


def _other_pixel(video: Tensor, geometry: SceneGeometry) -> tuple[Tensor, SceneGeometry]:
    video[1, 0, 5, 5] = -video[1, 0, 5, 5]
    return video, geometry


def _other_depth(video: Tensor, geometry: SceneGeometry) -> tuple[Tensor, SceneGeometry]:
    depth = geometry.depth.clone()
    depth[1, 5, 5] *= 1.001
    return video, replace(geometry, depth=depth)


def _other_camera(video: Tensor, geometry: SceneGeometry) -> tuple[Tensor, SceneGeometry]:
    K = geometry.K.clone()
    K[1, 0, 0] += 1e-6
    return video, replace(geometry, K=K)


@pytest.mark.parametrize("change", [_other_pixel, _other_depth, _other_camera])
def test_another_scene_has_another_folder(tmp_path: Path, change) -> None:
    folder, _ = provide_scene_files(tmp_path, _video(2), _geometry(2))
    other, _ = provide_scene_files(tmp_path, *change(_video(2), _geometry(2)))
    assert folder != other


def test_a_scene_that_lost_a_file_is_written_again(tmp_path: Path) -> None:
    folder, manifest = provide_scene_files(tmp_path, _video(2), _geometry(2))
    lost = folder / manifest["frames"][1]["depth"]
    content = lost.read_bytes()
    lost.unlink()
    provide_scene_files(tmp_path, _video(2), _geometry(2))
    assert lost.read_bytes() == content


def test_progress_and_cancel(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    provide_scene_files(tmp_path / "a", _video(4), _geometry(4), progress=lambda *done: calls.append(done))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]

    def cancel(done: int, total: int) -> None:
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        provide_scene_files(tmp_path / "b", _video(4), _geometry(4), progress=cancel)
    assert list((tmp_path / "b").iterdir()) == []


def test_video_and_geometry_must_fit(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match=r"expected 3 frames of 64×48.*got 2 of 64×48"):
        provide_scene_files(tmp_path, _video(3), _geometry(2))
    assert list(tmp_path.iterdir()) == []
