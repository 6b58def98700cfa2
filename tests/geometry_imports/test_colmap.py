import struct

import numpy as np
import pytest
import torch

from postcam_core.errors import CameraError, GeometryError
from postcam_core.geometry.imports import load_colmap
from tests.oracles.foreign_cameras import write_colmap, write_depth
from tests.oracles.small_geometry import small_geometry

GEOMETRY = small_geometry(11)
CLOSE = {"rtol": 0, "atol": 1e-9}


@pytest.mark.parametrize("is_binary", [True, False])
@pytest.mark.parametrize(
    ("model", "extra"),
    [
        ("PINHOLE", ()),
        ("SIMPLE_PINHOLE", ()),
        ("SIMPLE_RADIAL", (1e-4,)),
        ("RADIAL", (0.0, 0.0)),
        ("OPENCV", (0.0, 0.0, 1e-5, 0.0)),
    ],
)
def test_round_trip(tmp_path, is_binary, model, extra):
    colmap = write_colmap(tmp_path / "sparse", GEOMETRY, is_binary=is_binary, model=model, extra=extra)
    loaded = load_colmap(colmap, write_depth(tmp_path / "depth", GEOMETRY))
    assert torch.equal(loaded.depth, GEOMETRY.depth)
    torch.testing.assert_close(loaded.K, GEOMETRY.K, **CLOSE)
    torch.testing.assert_close(loaded.w2c, GEOMETRY.w2c, **CLOSE)
    assert loaded.provider == "colmap"


def test_each_image_has_its_own_camera(tmp_path):
    K = GEOMETRY.K.clone()
    K[:, 0, 0] += torch.arange(11)
    zoom = type(GEOMETRY)(depth=GEOMETRY.depth, K=K, w2c=GEOMETRY.w2c, provider="test")
    colmap = write_colmap(tmp_path / "sparse", zoom, is_binary=True)
    loaded = load_colmap(colmap, write_depth(tmp_path / "depth", zoom))
    torch.testing.assert_close(loaded.K, K, **CLOSE)


@pytest.mark.parametrize("name", ["frame_{}", "frame_{}.jpg", "depth_{}"])
def test_depth_is_found_by_name_or_order(tmp_path, name):
    colmap = write_colmap(tmp_path / "sparse", GEOMETRY, is_binary=True)
    loaded = load_colmap(colmap, write_depth(tmp_path / "depth", GEOMETRY, name=name))
    assert torch.equal(loaded.depth, GEOMETRY.depth)


def test_depth_of_another_size_rescales_intrinsics(tmp_path):
    half = GEOMETRY.resized(6, 8)
    colmap = write_colmap(tmp_path / "sparse", GEOMETRY, is_binary=False)
    loaded = load_colmap(colmap, write_depth(tmp_path / "depth", half))
    torch.testing.assert_close(loaded.K, half.K, **CLOSE)


def test_missing_depth_is_filled_only_on_request(tmp_path):
    colmap = write_colmap(tmp_path / "sparse", GEOMETRY, is_binary=True)
    depth = write_depth(tmp_path / "depth", GEOMETRY)
    holey = GEOMETRY.depth[3].numpy().copy()
    holey[:2, :5] = 0
    np.save(depth / "frame_4.npy", holey)
    with pytest.raises(GeometryError, match=r"frame_4\.npy.* 10 of 192"):
        load_colmap(colmap, depth)
    loaded = load_colmap(colmap, depth, fill_missing=True)
    assert loaded.depth[3, 0, 0] > GEOMETRY.depth.max()
    assert loaded.confidence[3, 0, 0] == 0
    assert "(10) had no valid depth" in loaded.notes[0]


def test_units_and_inverse_depth(tmp_path):
    colmap = write_colmap(tmp_path / "sparse", GEOMETRY, is_binary=True)
    depth = write_depth(tmp_path / "depth", GEOMETRY, scale=0.001)
    torch.testing.assert_close(load_colmap(colmap, depth, depth_scale=0.001).depth, GEOMETRY.depth)
    for path in depth.iterdir():
        np.save(path, 5 / np.load(path))
    loaded = load_colmap(colmap, depth, depth_kind="inverse", depth_scale=0.005)
    torch.testing.assert_close(loaded.depth, GEOMETRY.depth)


@pytest.mark.parametrize(
    ("model", "extra", "says"),
    [
        ("SIMPLE_RADIAL", (0.2,), "shifts pixels by up to"),
        ("OPENCV", (0.0, 0.0, 0.0, 0.1), "shifts pixels by up to"),
        ("RADIAL", (float("nan"), 0.0), "shifts pixels by up to nan"),
        ("OPENCV_FISHEYE", (0.0, 0.0, 0.0, 0.0), "OPENCV_FISHEYE.*undistorter"),
    ],
)
@pytest.mark.parametrize("is_binary", [True, False])
def test_lenses_that_bend_lines_are_refused(tmp_path, is_binary, model, extra, says):
    colmap = write_colmap(tmp_path / "sparse", GEOMETRY, is_binary=is_binary, model=model, extra=extra)
    with pytest.raises(CameraError, match=says):
        load_colmap(colmap, write_depth(tmp_path / "depth", GEOMETRY))


@pytest.mark.parametrize("name", ["cameras.bin", "images.bin"])
def test_every_truncation_is_refused(tmp_path, name):
    colmap = write_colmap(tmp_path / "sparse", small_geometry(1), is_binary=True)
    depth = write_depth(tmp_path / "depth", small_geometry(1))
    whole = (colmap / name).read_bytes()
    for length in range(len(whole)):
        (colmap / name).write_bytes(whole[:length])
        with pytest.raises(GeometryError, match=name):
            load_colmap(colmap, depth)


def test_hostile_numbers_are_refused_without_much_memory(tmp_path):
    colmap = write_colmap(tmp_path / "sparse", small_geometry(1), is_binary=True)
    depth = write_depth(tmp_path / "depth", small_geometry(1))
    cameras, images = (colmap / "cameras.bin").read_bytes(), (colmap / "images.bin").read_bytes()
    huge = struct.pack("<Q", 2**63)
    for name, content in (
        ("cameras.bin", huge + cameras[8:]),
        ("images.bin", huge + images[8:]),
        ("images.bin", images[:-56] + huge),
        ("images.bin", images[:72] + b"a" * 10_000),
        ("cameras.bin", cameras[:12] + struct.pack("<i", 99) + cameras[16:]),
    ):
        (colmap / "cameras.bin").write_bytes(cameras)
        (colmap / "images.bin").write_bytes(images)
        (colmap / name).write_bytes(content)
        with pytest.raises(GeometryError, match=name):
            load_colmap(colmap, depth)
    (colmap / "cameras.bin").write_bytes(cameras[:16] + struct.pack("<QQ", 0, 2**62) + cameras[32:])
    with pytest.raises(CameraError, match="proportions"):
        load_colmap(colmap, depth)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("PINHOLE", "PINHOLE2", CameraError),
        ("7 PINHOLE 16", "8 PINHOLE 16", GeometryError),
        ("16 12", "0 0", CameraError),
        ("16 12", "16 x", GeometryError),
        ("16 12", "12 16", CameraError),
        (" 8.0 ", " ", GeometryError),
        (" 8.0 ", " inf ", CameraError),
    ],
)
def test_bad_camera_lines_are_refused(tmp_path, old, new, error):
    colmap = write_colmap(tmp_path / "sparse", small_geometry(1), is_binary=False)
    text = (colmap / "cameras.txt").read_text()
    assert old in text
    (colmap / "cameras.txt").write_text(text.replace(old, new))
    with pytest.raises(error):
        load_colmap(colmap, write_depth(tmp_path / "depth", small_geometry(1)))


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("1 1 0 0 0 0 0 0 7", GeometryError),
        ("1 1 0 0 0 0 0 0 7 frame_1.jpg\n\n2 1 0 0 0 0 0 0 7 frame_1.jpg", GeometryError),
        ("1 2 0 0 0 0 0 0 7 frame_1.jpg", CameraError),
        ("1 nan 0 0 0 0 0 0 7 frame_1.jpg", CameraError),
        ("1 1 0 0 0 0 nan 0 7 frame_1.jpg", CameraError),
        ("1 one 0 0 0 0 0 0 7 frame_1.jpg", GeometryError),
        ("# nothing", GeometryError),
        ("\xff", GeometryError),
    ],
)
def test_bad_image_lines_are_refused(tmp_path, line, error):
    colmap = write_colmap(tmp_path / "sparse", small_geometry(1), is_binary=False)
    (colmap / "images.txt").write_bytes(line.encode("latin-1"))
    with pytest.raises(error):
        load_colmap(colmap, write_depth(tmp_path / "depth", small_geometry(1)))


def test_depth_of_other_frames_is_not_guessed_at(tmp_path):
    colmap = write_colmap(tmp_path / "sparse", GEOMETRY, is_binary=True)
    depth = write_depth(tmp_path / "depth", GEOMETRY)
    (depth / "frame_5.npy").rename(depth / "frame_12.npy")
    with pytest.raises(GeometryError, match=r"first image without: 'shots/frame_5\.jpg'"):
        load_colmap(colmap, depth)
    (depth / "frame_12.npy").unlink()
    with pytest.raises(GeometryError, match="each of the 11 images"):
        load_colmap(colmap, depth)


def test_missing_parts_are_named(tmp_path):
    depth = write_depth(tmp_path / "depth", GEOMETRY)
    with pytest.raises(GeometryError, match="nowhere"):
        load_colmap(tmp_path / "nowhere", depth)
    with pytest.raises(GeometryError, match=r"neither images\.bin nor"):
        load_colmap(depth, depth)
    colmap = write_colmap(tmp_path / "sparse", GEOMETRY, is_binary=True)
    with pytest.raises(GeometryError, match="got none"):
        load_colmap(colmap, colmap)
    (colmap / "cameras.bin").unlink()
    with pytest.raises(GeometryError, match=r"cameras\.bin"):
        load_colmap(colmap, depth)
