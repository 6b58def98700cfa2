"""The meter of camera following is tried on videos whose camera is known."""

import math

import pytest
import torch
from torch.nn.functional import interpolate

from postcam_core.cameras import invert_rigid, rigid_exp, rigid_log
from postcam_core.errors import ShapeError
from postcam_core.evaluation import HeldOutClip, camera_errors, find_cameras
from postcam_core.synthetic import random_scene, render_clip


def _errors(video: torch.Tensor, clip: HeldOutClip, true_w2c: torch.Tensor):
    found = find_cameras(video, clip.source, clip.geometry, [clip.target_w2c])
    return camera_errors(found, true_w2c)


def test_the_truth_was_filmed_by_the_commanded_camera(clip: HeldOutClip) -> None:
    errors = _errors(clip.truth, clip, clip.target_w2c)
    assert errors.rotation_deg < 0.3
    assert errors.translation_share < 0.1
    assert errors.lost_share == 0


def test_a_soft_picture_is_enough(clip: HeldOutClip) -> None:
    small = interpolate(clip.truth, scale_factor=0.25, mode="bilinear", antialias=True)
    soft = interpolate(small, clip.truth.shape[2:], mode="bicubic")
    assert _errors(soft, clip, clip.target_w2c).rotation_deg < 1


def test_the_source_itself_is_as_wrong_as_the_commanded_turn(clip: HeldOutClip) -> None:
    errors = _errors(clip.source, clip, clip.target_w2c)
    assert clip.turned_deg > 2
    assert errors.rotation_deg == pytest.approx(clip.turned_deg, abs=0.2)


def test_a_camera_half_way_is_not_drawn_to_the_commanded_one(clip: HeldOutClip) -> None:
    source_c2w = invert_rigid(clip.geometry.w2c)
    way = rigid_log(clip.geometry.w2c @ invert_rigid(clip.target_w2c))
    half_c2w = source_c2w @ rigid_exp(way / 2)
    times = torch.linspace(0, 1, len(clip.source))
    scene = random_scene(clip.seed)
    video = render_clip(scene, c2w=half_c2w, K=clip.geometry.K, times=times, height=96, width=160).video
    assert _errors(video, clip, invert_rigid(half_c2w)).rotation_deg < 0.3
    assert _errors(video, clip, clip.target_w2c).rotation_deg == pytest.approx(clip.turned_deg / 2, abs=0.3)


def test_noise_has_no_camera(clip: HeldOutClip) -> None:
    noise = torch.rand(clip.truth.shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    errors = _errors(noise, clip, clip.target_w2c)
    assert errors.lost_share == 1
    assert errors.rotation_deg == errors.translation_share == math.inf


def test_flat_pictures_have_no_camera(clip: HeldOutClip) -> None:
    assert _errors(torch.zeros_like(clip.truth), clip, clip.target_w2c).lost_share == 1


def test_another_size_is_refused(clip: HeldOutClip) -> None:
    with pytest.raises(ShapeError, match=r"video: expected \[5, 3, 96, 160\]"):
        find_cameras(clip.truth[..., :80], clip.source, clip.geometry, [])
