import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.cameras import check_rigid, rotation_angle_deg
from postcam_core.errors import TrajectoryError
from postcam_core.synthetic import CAMERA_ZONE_HALF_HEIGHT, CAMERA_ZONE_RADIUS, random_camera_path

SEEDS = st.integers(0, 2**31 - 1)


@given(SEEDS, st.floats(0, 2))
def test_paths_are_smooth_and_stay_in_the_camera_zone(seed: int, travel: float):
    c2w = random_camera_path(seed, 41, travel=travel)
    check_rigid(c2w, name="c2w", tolerance=1e-12)
    position = c2w[:, :3, 3]
    assert position[:, [0, 2]].norm(dim=-1).max() < CAMERA_ZONE_RADIUS
    assert position[:, 1].abs().max() < CAMERA_ZONE_HALF_HEIGHT
    assert position.diff(dim=0).norm(dim=-1).max() < 0.12
    assert rotation_angle_deg(c2w[1:, :3, :3], c2w[:-1, :3, :3]).max() < 2


@given(SEEDS)
def test_cameras_look_forward_and_stand_upright(seed: int):
    rotation = random_camera_path(seed, 9, shake=0)[:, :3, :3]
    assert (rotation[:, 2, 2] > 0.8).all()  # forward is near the world's +z
    assert (rotation[:, 1, 0].abs() < 1e-12).all()  # right is level
    assert (rotation[:, 1, 1] > 0.8).all()  # down is down


def test_no_travel_and_no_shake_is_a_tripod():
    c2w = random_camera_path(4, 10, travel=0, shake=0)
    torch.testing.assert_close(c2w[:, :3, 3], c2w[:1, :3, 3].expand(10, 3))


def test_a_seed_gives_the_same_path_again_and_another_seed_another():
    assert torch.equal(random_camera_path(9, 5), random_camera_path(9, 5))
    assert not torch.allclose(random_camera_path(9, 5), random_camera_path(10, 5))


@pytest.mark.parametrize(("num_frames", "travel"), [(0, 1.0), (5, -0.1), (5, 2.5), (5, float("nan"))])
def test_impossible_paths_are_refused(num_frames: int, travel: float):
    with pytest.raises(TrajectoryError, match="travel"):
        random_camera_path(0, num_frames, travel=travel)
