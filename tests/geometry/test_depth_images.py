import json

import cv2
import numpy as np
import pytest
import torch

from postcam_core.cameras import invert_rigid
from postcam_core.errors import CameraError, GeometryError, OperationCancelled
from postcam_core.geometry import load_depth_images
from tests.oracles.small_geometry import small_geometry

GEOMETRY = small_geometry()
# Whole numbers, so that every format holds them exactly.
MILLIMETRES = (1000 * GEOMETRY.depth).round().numpy()


def write_cameras(folder, **changes):
    cameras = {"K": GEOMETRY.K.tolist(), "w2c": GEOMETRY.w2c.tolist()} | changes
    path = folder / "cameras.json"
    path.write_text(json.dumps({key: value for key, value in cameras.items() if value is not None}))
    return path


def write_images(folder, values=MILLIMETRES, *, suffix=".png", name="frame_{}"):
    images = folder / "depth"
    images.mkdir()
    for index, frame in enumerate(values):
        path = images / f"{name.format(index)}{suffix}"
        if suffix == ".npy":
            np.save(path, frame)
        elif suffix == ".png":
            assert cv2.imwrite(str(path), frame.astype(np.uint16))
        else:
            assert cv2.imwrite(str(path), frame.astype(np.float32))
    return images


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".tif", ".npy"])
def test_each_kind_of_image_gives_the_same_depth(tmp_path, suffix):
    images = write_images(tmp_path, suffix=suffix)
    loaded = load_depth_images(images, write_cameras(tmp_path), depth_scale=0.001)
    torch.testing.assert_close(loaded.depth, torch.from_numpy(MILLIMETRES) / 1000)
    assert torch.equal(loaded.w2c, GEOMETRY.w2c)
    assert torch.equal(loaded.K, GEOMETRY.K)
    assert loaded.provider == "depth_images"


def test_inverse_depth_is_inverted(tmp_path):
    disparity = np.round(6e4 / GEOMETRY.depth.numpy())
    loaded = load_depth_images(
        write_images(tmp_path, disparity), write_cameras(tmp_path), depth_kind="inverse", depth_scale=6e4
    )
    torch.testing.assert_close(loaded.depth, GEOMETRY.depth, rtol=1e-4, atol=0)


def test_frames_come_in_the_order_of_their_numbers(tmp_path):
    values = np.stack([np.full((12, 16), 1.0 + index) for index in range(11)])
    images = write_images(tmp_path, values, suffix=".npy", name="clip2_{}")
    loaded = load_depth_images(images, write_cameras(tmp_path, K=np.eye(3).tolist(), w2c=np.eye(4).tolist()))
    assert loaded.depth[:, 0, 0].tolist() == [1.0 + index for index in range(11)]


@pytest.mark.parametrize(
    "poses",
    [
        {"w2c": GEOMETRY.w2c[:, :3].tolist()},
        {"w2c": None, "c2w": invert_rigid(GEOMETRY.w2c).tolist()},
    ],
)
def test_poses_in_either_direction_and_shape(tmp_path, poses):
    loaded = load_depth_images(write_images(tmp_path), write_cameras(tmp_path, **poses), depth_scale=0.001)
    torch.testing.assert_close(loaded.w2c, GEOMETRY.w2c)


def test_intrinsics_of_another_image_size_are_rescaled(tmp_path):
    twice = GEOMETRY.resized(24, 32)
    cameras = write_cameras(tmp_path, K=twice.K[0].tolist(), width=32, height=24)
    loaded = load_depth_images(write_images(tmp_path), cameras, depth_scale=0.001)
    torch.testing.assert_close(loaded.K, GEOMETRY.K)


def test_missing_depth_is_counted_not_filled(tmp_path):
    values = MILLIMETRES.copy()
    values[1, :2, :3] = 0
    with pytest.raises(GeometryError, match=r"frame_1\.png.* 6 of 192"):
        load_depth_images(write_images(tmp_path, values), write_cameras(tmp_path))


@pytest.mark.parametrize("value", [np.nan, -1.0, np.inf])
def test_bad_floats_are_refused(tmp_path, value):
    values = MILLIMETRES.copy()
    values[2, 3, 4] = value
    with pytest.raises(GeometryError, match="frame 2"):
        load_depth_images(write_images(tmp_path, values, suffix=".npy"), write_cameras(tmp_path))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"K": None}, GeometryError),
        ({"w2c": None}, GeometryError),
        ({"c2w": np.eye(4).tolist()}, GeometryError),
        ({"w2c": GEOMETRY.w2c[:2].tolist()}, GeometryError),
        ({"K": [[1, 2], [3]]}, GeometryError),
        ({"K": "K"}, GeometryError),
        ({"K": [["1", "0", "0"]] * 3}, GeometryError),
        ({"K": [[10**400, 0, 0], [0, 1, 0], [0, 0, 1]]}, GeometryError),
        ({"K": np.zeros((3, 3)).tolist()}, CameraError),
        ({"w2c": (2 * np.eye(4)[:3]).tolist()}, CameraError),
        ({"w2c": np.diag([1.0, 1, -1, 1]).tolist()}, CameraError),
        ({"width": 32}, GeometryError),
        ({"width": 32, "height": 0}, GeometryError),
        ({"width": True, "height": 1}, GeometryError),
        ({"width": 32.5, "height": 20}, GeometryError),
    ],
)
def test_bad_cameras_are_refused(tmp_path, changes, error):
    with pytest.raises(error):
        load_depth_images(write_images(tmp_path), write_cameras(tmp_path, **changes))


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"K": NaN, "w2c": 1}', '{"K": Infinity}'])
def test_camera_files_that_are_no_such_json_are_refused(tmp_path, text):
    (tmp_path / "cameras.json").write_text(text)
    with pytest.raises(GeometryError, match=r"cameras\.json"):
        load_depth_images(write_images(tmp_path), tmp_path / "cameras.json")


def test_missing_files_are_named(tmp_path):
    cameras = write_cameras(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(GeometryError, match="nowhere"):
        load_depth_images(tmp_path / "nowhere", cameras)
    with pytest.raises(GeometryError, match="got none"):
        load_depth_images(tmp_path / "empty", cameras)
    with pytest.raises(GeometryError, match=r"no\.json"):
        load_depth_images(write_images(tmp_path), tmp_path / "no.json")


def test_two_kinds_of_images_are_ambiguous(tmp_path):
    images = write_images(tmp_path)
    np.save(images / "frame_0.npy", MILLIMETRES[0])
    with pytest.raises(GeometryError, match=r"\.npy and \.png"):
        load_depth_images(images, write_cameras(tmp_path))


def test_colour_previews_and_unlike_sizes_are_refused(tmp_path):
    images = write_images(tmp_path)
    cv2.imwrite(str(images / "frame_1.png"), np.ones((12, 15), np.uint16))
    with pytest.raises(GeometryError, match="15×12"):
        load_depth_images(images, write_cameras(tmp_path))
    cv2.imwrite(str(images / "frame_1.png"), np.ones((12, 16, 3), np.uint8))
    with pytest.raises(GeometryError, match="preview"):
        load_depth_images(images, write_cameras(tmp_path))


@pytest.mark.parametrize("suffix", [".png", ".exr", ".npy", ".tiff"])
def test_broken_images_are_refused(tmp_path, suffix):
    images = tmp_path / "depth"
    images.mkdir()
    for content in (
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"v/1\x01\x02\x00\x00\x00",
        b"\x93NUMPY\x01\x00",
        b"PK\x03\x04",
    ):
        (images / f"0{suffix}").write_bytes(content)
        with pytest.raises(GeometryError, match=rf"0\{suffix}"):
            load_depth_images(images, write_cameras(tmp_path))


def test_a_pickled_npy_is_refused(tmp_path):
    (tmp_path / "depth").mkdir()
    np.save(tmp_path / "depth" / "0.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    with pytest.raises(GeometryError):
        load_depth_images(tmp_path / "depth", write_cameras(tmp_path))


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    images = write_images(tmp_path)
    (images / "frame_1.png").replace(tmp_path / "outside.png")
    (images / "frame_1.png").symlink_to(tmp_path / "outside.png")
    with pytest.raises(GeometryError, match="link out of it"):
        load_depth_images(images, write_cameras(tmp_path))


@pytest.mark.parametrize(
    "options", [{"depth_kind": "log"}, {"depth_scale": 0.0}, {"depth_scale": float("nan")}]
)
def test_impossible_options_are_refused(tmp_path, options):
    with pytest.raises(GeometryError):
        load_depth_images(write_images(tmp_path), write_cameras(tmp_path), **options)


def test_progress_counts_images_and_cancels_between_them(tmp_path):
    steps = []

    def cancel_after_two(done, total):
        steps.append((done, total))
        if done == 2:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        load_depth_images(write_images(tmp_path), write_cameras(tmp_path), progress=cancel_after_two)
    assert steps == [(1, 3), (2, 3)]
