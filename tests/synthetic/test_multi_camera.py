"""Rigs: cameras that start together, stay where no object is, and make the moves that a recapture is asked for."""

import pytest
import torch

from postcam_core.cameras import check_rigid, rotation_angle_deg
from postcam_core.errors import PostCamError
from postcam_core.synthetic import (
    CAMERA_ZONE_HALF_HEIGHT,
    CAMERA_ZONE_RADIUS,
    FIRST_HELD_OUT_SEED,
    render_rig,
    rig_intrinsics,
    rig_poses,
)

SEEDS = (*range(60), *range(FIRST_HELD_OUT_SEED, FIRST_HELD_OUT_SEED + 20))


@pytest.fixture(scope="module")
def rigs() -> torch.Tensor:
    """Poses ``[seed, camera, frame, 4, 4]``."""
    return torch.stack([rig_poses(seed, 9, 4) for seed in SEEDS])


def test_cameras_start_at_one_pose_and_stay_in_the_camera_zone(rigs: torch.Tensor) -> None:
    check_rigid(rigs.flatten(0, 2), name="c2w", tolerance=1e-12)
    torch.testing.assert_close(rigs[:, :, 0], rigs[:, :1, 0].expand(-1, 4, -1, -1))
    position = rigs[..., :3, 3]
    assert position[..., [0, 2]].norm(dim=-1).max() < CAMERA_ZONE_RADIUS
    assert position[..., 1].abs().max() < CAMERA_ZONE_HALF_HEIGHT


def test_the_first_camera_films_as_people_do_and_the_others_move_away_from_it(rigs: torch.Tensor) -> None:
    moved = (rigs[..., :3, 3] - rigs[:, :, :1, :3, 3]).norm(dim=-1).amax(dim=-1)
    turned = rotation_angle_deg(rigs[:, :, 0, :3, :3], rigs[:, :, -1, :3, :3])
    is_still = (moved[:, 0] == 0) & (turned[:, 0] < 1e-5)
    assert 0.1 < is_still.float().mean() < 0.4
    assert ((moved[:, 1:] > 0.3) | (turned[:, 1:] > 4)).float().mean() > 0.95
    assert 20 < turned[:, 1:].max() < 35


def test_a_camera_does_not_depend_on_how_many_there_are() -> None:
    assert torch.equal(rig_poses(7, 5, 3), rig_poses(7, 5, 5)[:3])
    assert not torch.allclose(rig_poses(7, 5, 2)[1], rig_poses(8, 5, 2)[1])


def test_a_rendered_rig_shows_one_picture_first() -> None:
    clips = render_rig(6, num_frames=2, num_cameras=3, height=24, width=32)
    assert all(torch.equal(clip.video[0], clips[0].video[0]) for clip in clips)
    assert all(torch.equal(clip.K[0], rig_intrinsics(6, height=24, width=32)) for clip in clips)
    assert not torch.equal(clips[1].video[1], clips[2].video[1])


@pytest.mark.parametrize(("seed", "num_cameras"), [(-1, 2), (2**31, 2), (4, 0), (4, 64)])
def test_seeds_and_numbers_out_of_range_are_refused(seed: int, num_cameras: int) -> None:
    with pytest.raises(PostCamError, match="seed|cameras of a scene"):
        rig_poses(seed, 5, num_cameras)
