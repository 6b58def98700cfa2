"""Poses lose their jitter, equal scipy's filter where quaternions do not jump, and survive where they do."""

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation
from torch import Tensor

from postcam_core.cameras import (
    check_rigid,
    invert_rigid,
    rigid_exp,
    rigid_from,
    rotation_angle_deg,
    smooth_poses,
)
from postcam_core.errors import CameraError


def _turning(degrees: float, num_frames: int = 41) -> Tensor:
    """c2w of a camera that turns about y at an even rate while it moves ahead."""
    angle = torch.linspace(0, math.radians(degrees), num_frames, dtype=torch.float64)
    twist = torch.zeros(num_frames, 6, dtype=torch.float64)
    twist[:, 4] = angle
    rotation = rigid_exp(twist)[:, :3, :3]
    position = torch.stack([0 * angle, 0 * angle, torch.linspace(0, 2, num_frames).double()], dim=1)
    return rigid_from(rotation, position)


def test_equals_the_plain_filter_of_the_released_code_on_small_turns() -> None:
    noise = 0.02 * torch.randn(41, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    c2w = _turning(40) @ rigid_exp(noise)
    quaternion = gaussian_filter1d(Rotation.from_matrix(c2w[:, :3, :3].numpy()).as_quat(), 2.0, axis=0)
    expected = rigid_from(
        torch.from_numpy(Rotation.from_quat(quaternion).as_matrix()),
        torch.from_numpy(gaussian_filter1d(c2w[:, :3, 3].numpy(), 2.0, axis=0)),
    )
    smooth = invert_rigid(smooth_poses(invert_rigid(c2w)))
    torch.testing.assert_close(smooth, expected, rtol=0, atol=1e-12)
    jitter = [(poses[2:] - 2 * poses[1:-1] + poses[:-2]).abs().mean() for poses in (c2w, smooth)]
    assert jitter[1] < 0.1 * jitter[0]


@pytest.mark.parametrize("degrees", [179, 300, 400, -400])
def test_a_turn_past_the_jump_of_the_quaternion_stays_that_turn(degrees: float) -> None:
    c2w = _turning(degrees)
    signs = np.sum(np.diff(Rotation.from_matrix(c2w[:, :3, :3].numpy()).as_quat(), axis=0) ** 2, axis=1)
    assert (signs.max() > 1) == (abs(degrees) > 180), "the case that the test is about"
    smooth = invert_rigid(smooth_poses(invert_rigid(c2w)))
    check_rigid(smooth, name="smooth", tolerance=1e-9)
    off = rotation_angle_deg(smooth[:, :3, :3], c2w[:, :3, :3])
    assert off[8:-8].max() < 0.01, "an even turn is its own average"
    assert off.max() < 3 * abs(degrees) / 40


def test_any_world_gives_the_same_smoothing() -> None:
    w2c = rigid_exp(0.3 * torch.randn(9, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)))
    world = rigid_exp(torch.tensor([1.0, -2, 3, 0.4, 0.5, -0.6], dtype=torch.float64))
    torch.testing.assert_close(smooth_poses(w2c @ world), smooth_poses(w2c) @ world, rtol=0, atol=1e-9)


def test_bad_input_is_refused() -> None:
    one = torch.eye(4).repeat(1, 1, 1)
    torch.testing.assert_close(smooth_poses(one), one)
    for sigma in (0, -1, 1e-200, math.nan, math.inf):
        with pytest.raises(CameraError, match="sigma"):
            smooth_poses(one, sigma_frames=sigma)
    with pytest.raises(CameraError):
        smooth_poses(2 * one)


def test_a_spin_that_averages_to_no_direction_is_refused() -> None:
    # A constant quaternion's cosine over whole periods: its mean over a wide window is zero.
    spinning = invert_rigid(_turning(720 * 40 / 41))
    with pytest.raises(CameraError, match="cancel each other out over 1000 frames"):
        smooth_poses(spinning, sigma_frames=1000)
