import json
import math

import cv2
import numpy as np
import pytest
import torch

from postcam_core.errors import CameraError, GeometryError
from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.imports import load_nerfstudio
from tests.oracles.foreign_cameras import write_nerfstudio
from tests.oracles.small_geometry import small_geometry

GEOMETRY = small_geometry(11)
CLOSE = {"rtol": 0, "atol": 1e-9}


def edited(path, change):
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def test_round_trip(tmp_path):
    loaded = load_nerfstudio(write_nerfstudio(tmp_path, GEOMETRY))
    torch.testing.assert_close(loaded.depth, GEOMETRY.depth)
    torch.testing.assert_close(loaded.K, GEOMETRY.K, **CLOSE)
    torch.testing.assert_close(loaded.w2c, GEOMETRY.w2c, **CLOSE)
    assert loaded.provider == "nerfstudio"


def test_intrinsics_of_each_frame_win(tmp_path):
    path = write_nerfstudio(tmp_path, GEOMETRY)
    loaded = load_nerfstudio(edited(path, lambda d: d["frames"][-1].update(fl_x=9.0)))
    assert loaded.K[:, 0, 0].tolist() == [9.0] + GEOMETRY.K[1:, 0, 0].tolist()


def test_field_of_view_instead_of_focal_length(tmp_path):
    angle = 2 * math.atan(8 / float(GEOMETRY.K[0, 0, 0]))
    changes = dict.fromkeys(("fl_x", "fl_y", "cx", "cy", "w", "h", "camera_model"))
    loaded = load_nerfstudio(write_nerfstudio(tmp_path, GEOMETRY, camera_angle_x=angle, **changes))
    torch.testing.assert_close(loaded.K, GEOMETRY.K, **CLOSE)


def test_scaled_poses_scale_the_depth(tmp_path):
    w2c = GEOMETRY.w2c.clone()
    w2c[:, :3, 3] /= 4
    poses = SceneGeometry(depth=GEOMETRY.depth, K=GEOMETRY.K, w2c=w2c, provider="test")
    path = write_nerfstudio(tmp_path, poses, applied_scale=0.25, applied_transform=np.eye(4)[:3].tolist())
    loaded = load_nerfstudio(path)
    torch.testing.assert_close(loaded.depth, GEOMETRY.scaled(0.25).depth)
    torch.testing.assert_close(loaded.w2c, GEOMETRY.scaled(0.25).w2c, **CLOSE)


def test_depth_units(tmp_path):
    path = write_nerfstudio(tmp_path, GEOMETRY, depth_unit_scale_factor=None)
    torch.testing.assert_close(load_nerfstudio(path).depth, 1000 * GEOMETRY.depth)  # floats as they are
    torch.testing.assert_close(load_nerfstudio(path, depth_scale=0.001).depth, GEOMETRY.depth)
    for index, frame in enumerate(GEOMETRY.depth):
        cv2.imwrite(
            str(tmp_path / "depths" / f"{index + 1}.png"), (1000 * frame).round().numpy().astype("u2")
        )
    names = {f"shots/frame_{n}.jpg": f"depths/{n}.png" for n in range(1, 12)}

    def use_png(document):
        for frame in document["frames"]:
            frame["depth_file_path"] = names[frame["file_path"]]

    loaded = load_nerfstudio(edited(path, use_png))  # 16-bit integers are millimetres
    torch.testing.assert_close(loaded.depth, GEOMETRY.depth, rtol=0, atol=5.1e-4)


def test_an_image_size_in_other_pixels_rescales_intrinsics(tmp_path):
    double = GEOMETRY.resized(24, 32)
    K = double.K[0]
    path = write_nerfstudio(
        tmp_path,
        GEOMETRY,
        w=32,
        h=24.0,
        fl_x=float(K[0, 0]),
        fl_y=float(K[1, 1]),
        cx=float(K[0, 2]) + 0.5,
        cy=float(K[1, 2]) + 0.5,
    )
    torch.testing.assert_close(load_nerfstudio(path).K, GEOMETRY.K, **CLOSE)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"camera_model": "OPENCV_FISHEYE"}, CameraError, "OPENCV_FISHEYE"),
        ({"k1": 0.3}, CameraError, "shifts pixels"),
        ({"p2": -0.1}, CameraError, "shifts pixels"),
        ({"fl_x": 0}, CameraError, "focal"),
        ({"fl_x": "500"}, GeometryError, "'fl_x'"),
        ({"fl_x": None}, GeometryError, "'camera_angle_x'"),
        ({"fl_x": None, "camera_angle_x": 4.0}, CameraError, "field of view"),
        ({"cx": True}, GeometryError, "'cx'"),
        ({"w": 16, "h": 9}, CameraError, "proportions"),
        ({"w": 0, "h": 0}, CameraError, "proportions"),
        ({"w": -16, "h": -12}, CameraError, "proportions"),
        ({"w": 1e300}, GeometryError, "'w'"),
        ({"applied_scale": 0}, GeometryError, "above 0"),
        ({"applied_scale": [1]}, GeometryError, "applied_scale"),
        ({"depth_unit_scale_factor": -1}, GeometryError, "scale"),
        ({"frames": []}, GeometryError, "frames"),
        ({"frames": {}}, GeometryError, "frames"),
        ({"frames": [3]}, GeometryError, "file_path of frame 0"),
        ({"frames": [{"file_path": "a.jpg"}]}, GeometryError, "depth_file_path of frame 0"),
        ({"frames": [{"file_path": "a", "depth_file_path": "a\0"}]}, GeometryError, "depth_file_path"),
        ({"frames": [{"file_path": "a", "depth_file_path": "../x.npy"}]}, GeometryError, "x.npy"),
        ({"frames": [{"file_path": "a", "depth_file_path": "/etc/hostname"}]}, GeometryError, "link out"),
    ],
)
def test_bad_documents_are_refused(tmp_path, changes, error, says):
    path = write_nerfstudio(tmp_path / "data", GEOMETRY, **changes)
    with pytest.raises(error, match=says):
        load_nerfstudio(path)


@pytest.mark.parametrize(
    ("matrix", "error"),
    [
        (None, GeometryError),
        ("eye", GeometryError),
        ([[1, 2], [3, 4]], GeometryError),
        ([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0]], GeometryError),
        (np.diag([2.0, 2, 2, 1]).tolist(), CameraError),
        (np.diag([1.0, 1, -1, 1]).tolist(), CameraError),
        (np.eye(4).T.tolist()[:3] + [[5, 0, 0, 1]], CameraError),
    ],
)
def test_bad_poses_are_refused(tmp_path, matrix, error):
    path = write_nerfstudio(tmp_path, GEOMETRY)
    with pytest.raises(error):
        load_nerfstudio(edited(path, lambda d: d["frames"][3].update(transform_matrix=matrix)))


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"frames": NaN}', "\x00"])
def test_files_that_are_no_such_json_are_refused(tmp_path, text):
    (tmp_path / "transforms.json").write_text(text)
    with pytest.raises(GeometryError, match=r"transforms\.json"):
        load_nerfstudio(tmp_path / "transforms.json")


def test_missing_files_are_named(tmp_path):
    with pytest.raises(GeometryError, match=r"no\.json"):
        load_nerfstudio(tmp_path / "no.json")
    path = write_nerfstudio(tmp_path, GEOMETRY)
    (tmp_path / "depths" / "frame_7.npy").unlink()
    with pytest.raises(GeometryError, match=r"frame_7\.npy"):
        load_nerfstudio(path)
