"""Trajectories written for other tools and read back."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from postcam_core.cameras import invert_rigid, recammaster_c2w, rigid_exp
from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import (
    MODEL_NEAREST_DEPTH,
    SourceClip,
    Trajectory,
    build_document,
    parse_document,
    parse_recammaster,
    parse_text,
    poses_in,
    preset_document,
    recammaster_text,
    sample_trajectory,
    save_trajectory,
    w2c_text,
)

NEAREST_DEPTH = 2.5
K = torch.tensor([[400.0, 0, 319.5], [0, 420.0, 239.5], [0, 0, 1]], dtype=torch.float64)
SOURCE = SourceClip(nearest_depth=NEAREST_DEPTH, K=K * torch.ones(9, 1, 1))


def _some_poses(unit: str = "nearest_depth", num_frames: int = 9) -> Trajectory:
    twists = torch.randn(num_frames, 6, dtype=torch.float64, generator=torch.manual_seed(2))
    return Trajectory(
        c2w=rigid_exp(0.4 * twists), unit=unit, focal_scale=torch.linspace(1, 2, num_frames).double()
    )


@pytest.mark.parametrize("unit", ["nearest_depth", "model", "scene"])
def test_w2c_text_has_a_row_major_matrix_per_line(unit: str, tmp_path: Path) -> None:
    trajectory = _some_poses(unit)
    text = w2c_text(trajectory, "scene", nearest_depth=NEAREST_DEPTH)
    (tmp_path / "t.txt").write_text(text)
    w2c = torch.from_numpy(np.loadtxt(tmp_path / "t.txt", ndmin=2)).reshape(-1, 4, 4)
    c2w = invert_rigid(w2c)
    torch.testing.assert_close(c2w[:, :3, :3], trajectory.c2w[:, :3, :3], atol=1e-9, rtol=0)
    in_scene = {"nearest_depth": NEAREST_DEPTH, "model": NEAREST_DEPTH / MODEL_NEAREST_DEPTH, "scene": 1.0}
    torch.testing.assert_close(c2w[:, :3, 3], in_scene[unit] * trajectory.c2w[:, :3, 3], atol=1e-8, rtol=0)


@pytest.mark.parametrize("unit", ["nearest_depth", "model", "scene"])
def test_every_unit_is_converted_back(unit: str) -> None:
    trajectory = _some_poses()
    c2w = poses_in(trajectory, unit, nearest_depth=NEAREST_DEPTH)
    back = poses_in(Trajectory(c2w=c2w, unit=unit), "nearest_depth", nearest_depth=NEAREST_DEPTH)
    torch.testing.assert_close(back, trajectory.c2w)


def test_recammaster_is_read_back_relative_to_its_first_frame() -> None:
    trajectory = _some_poses("model")
    read = sample_trajectory(parse_recammaster(recammaster_text(trajectory, "cam07"), "cam07"), 9)
    assert read.unit == "model"
    expected = invert_rigid(trajectory.c2w[:1]) @ trajectory.c2w
    torch.testing.assert_close(read.c2w, expected, atol=1e-8, rtol=0)


def test_recammaster_s_own_axes_and_centimetres() -> None:
    c2w = torch.eye(4, dtype=torch.float64).repeat(2, 1, 1)
    c2w[1, :3, 3] = torch.tensor([1.0, 2.0, 3.0])  # right, down, ahead
    frames = json.loads(recammaster_text(Trajectory(c2w=c2w, unit="model")))
    assert frames["frame0"]["cam01"] == "[1 0 0 0] [0 1 0 0] [0 0 1 0] [0 0 0 1] "
    assert frames["frame1"]["cam01"] == "[1 0 0 0] [0 1 0 0] [0 0 1 0] [300 100 -200 1] "


def test_two_recammaster_cameras_keep_what_lies_between_them() -> None:
    """Where the source's camera is in the file too, the start that one path alone loses is kept."""
    still = Trajectory(c2w=torch.eye(4, dtype=torch.float64).repeat(9, 1, 1), unit="model")
    moved = _some_poses("model")
    files = [json.loads(recammaster_text(*pair)) for pair in ((still, "source"), (moved, "target"))]
    both = {frame: files[0][frame] | files[1][frame] for frame in files[0]}
    torch.testing.assert_close(recammaster_c2w(both, "target", origin="source"), moved.c2w, atol=1e-8, rtol=0)


def test_npz_holds_poses_and_zoomed_intrinsics_as_vista4d_reads_them(tmp_path: Path) -> None:
    trajectory = _some_poses()
    file = save_trajectory(tmp_path / "cameras_tgt.npz", trajectory, "npz", source=SOURCE)
    with np.load(file) as arrays:
        cam_c2w, intrinsics = arrays["cam_c2w"], arrays["intrinsics"]
    expected = poses_in(trajectory, "scene", nearest_depth=NEAREST_DEPTH)
    np.testing.assert_array_equal(cam_c2w, expected.numpy())
    assert intrinsics.shape == (9, 4)
    # Half the width and height of a 640×480 picture; twice the focal length in the end.
    np.testing.assert_allclose(intrinsics[0], [400, 420, 320, 240])
    np.testing.assert_allclose(intrinsics[-1], [800, 840, 320, 240])


def test_npz_takes_the_intrinsics_of_the_frame_shown(tmp_path: Path) -> None:
    zooming = K * torch.tensor([1.0, 2.0])[:, None, None]
    zooming[:, 2, 2] = 1
    frozen = Trajectory(
        c2w=torch.eye(4, dtype=torch.float64).repeat(3, 1, 1),
        unit="scene",
        source_index=torch.tensor([1, 1, 0]),
    )
    source = SourceClip(nearest_depth=1.0, K=zooming)
    with np.load(save_trajectory(tmp_path / "a.npz", frozen, "npz", source=source)) as arrays:
        np.testing.assert_allclose(arrays["intrinsics"][:, 0], [800, 800, 400])


@pytest.mark.parametrize("name", ["arc_left", "static", "zoom_in"])
def test_a_document_is_read_back_equal(name: str, tmp_path: Path) -> None:
    document = preset_document(name, 0.7)
    file = save_trajectory(tmp_path / "d.json", sample_trajectory(document, 5), "document")
    assert parse_document(file.read_text()) == document


def test_poses_without_a_document_become_one(tmp_path: Path) -> None:
    trajectory = _some_poses("scene")
    file = save_trajectory(tmp_path / "d.json", trajectory, "document")
    read = sample_trajectory(parse_document(file.read_text()), len(trajectory))
    assert read.unit == "scene"
    assert torch.equal(read.c2w, trajectory.c2w)
    torch.testing.assert_close(read.focal_scale, trajectory.focal_scale)


def test_three_lines_are_read_back_to_the_same_poses(tmp_path: Path) -> None:
    trajectory = sample_trajectory(preset_document("arc_left", 0.5), 9)
    file = save_trajectory(tmp_path / "t.txt", trajectory, "three lines")
    assert torch.equal(sample_trajectory(parse_text(file.read_text()), 9).c2w, trajectory.c2w)


@pytest.mark.parametrize(
    ("trajectory", "options", "words"),
    [
        (_some_poses(), {"file_format": "npz"}, "Give the clip's geometry"),
        (_some_poses(), {"file_format": "w2c text"}, "choose another unit"),
        (_some_poses("scene"), {"file_format": "ReCamMaster"}, "trajectory in scene units"),
        (_some_poses(), {"file_format": "three lines"}, "Save it as JSON instead"),
        (_some_poses(), {"file_format": "fbx"}, "format of the trajectory file"),
        (
            _some_poses(num_frames=12),
            {"file_format": "npz", "source": SOURCE},
            r"frames that the geometry has, 0 to 8, got frame 11",
        ),
    ],
)
def test_what_a_format_cannot_hold_is_refused_and_leaves_no_file(
    trajectory: Trajectory, options: dict, words: str, tmp_path: Path
) -> None:
    with pytest.raises(TrajectoryError, match=words):
        save_trajectory(tmp_path / "file", trajectory, **options)
    assert not list(tmp_path.iterdir())


def test_a_keyframed_document_survives_with_its_timing(tmp_path: Path) -> None:
    key = {"time": 0.5, "position": [0.1, 0, 0.3], "pan_deg": 5}
    document = build_document(
        {"kind": "keyframes", "unit": "scene", "keyframes": [key]}, timing=[{"time": 0, "source": 1}]
    )
    file = save_trajectory(tmp_path / "d.json", sample_trajectory(document, 4), "document")
    assert parse_document(file.read_text()) == document
