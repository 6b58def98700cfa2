"""Flickering depth of a moving camera comes closer to the truth; each step can be left out."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import interpolate

from postcam_core.cameras import intrinsics_matrix, invert_rigid, rotation_angle_deg, smooth_poses
from postcam_core.errors import GeometryError, OperationCancelled
from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.cleanup import CleanUp, clean_geometry, with_first_focal
from postcam_core.geometry.depth_smoothing import smooth_depth
from postcam_core.synthetic import Clip, random_camera_path, random_scene, render_clip

HEIGHT, WIDTH, NUM_FRAMES = 96, 160, 6


@pytest.fixture(scope="module")
def clip() -> Clip:
    K = intrinsics_matrix(0.9 * WIDTH, width=WIDTH, height=HEIGHT)
    return render_clip(
        random_scene(1_000_003, kind="room"),
        c2w=random_camera_path(1_000_003, NUM_FRAMES),
        K=K.expand(NUM_FRAMES, 3, 3),
        times=torch.linspace(0, 0.15, NUM_FRAMES),
        height=HEIGHT,
        width=WIDTH,
        samples_per_axis=2,
    )


@pytest.fixture(scope="module")
def exact(clip: Clip) -> SceneGeometry:
    return SceneGeometry(depth=clip.depth, K=clip.K, w2c=invert_rigid(clip.c2w), provider="exact")


@pytest.fixture(scope="module")
def flickering(exact: SceneGeometry) -> SceneGeometry:
    noise = torch.randn(NUM_FRAMES, 1, 4, 6, generator=torch.Generator().manual_seed(0))
    smooth_noise = interpolate(noise, (HEIGHT, WIDTH), mode="bicubic")[:, 0]
    return replace(exact, depth=exact.depth * (0.03 * smooth_noise).exp())


def _error(depth: torch.Tensor, exact: SceneGeometry) -> float:
    return float((depth / exact.depth).log().square().mean().sqrt())


def test_smoothing_removes_flicker_and_follows_the_camera(
    clip: Clip, exact: SceneGeometry, flickering: SceneGeometry
) -> None:
    smooth = smooth_depth(clip.video, flickering)
    assert _error(smooth, exact) < 0.8 * _error(flickering.depth, exact)
    # The camera moves: the plain average over time, which follows nothing, is further off than the flicker.
    assert _error(flickering.depth.mean(dim=0, keepdim=True).expand_as(smooth), exact) > _error(smooth, exact)


def test_smoothing_hardly_changes_exact_depth_even_of_moving_things(clip: Clip, exact: SceneGeometry) -> None:
    change = (smooth_depth(clip.video, exact) / exact.depth).log().abs()
    assert change.median() < 1e-3
    assert change.quantile(0.99) < 0.02
    assert change[clip.is_moving].mean() < 0.005


def test_what_has_no_confidence_takes_no_part(clip: Clip, flickering: SceneGeometry) -> None:
    confidence = torch.ones_like(flickering.depth)
    confidence[:, :40] = 0
    smooth = smooth_depth(clip.video, replace(flickering, confidence=confidence))
    assert torch.equal(smooth[:, :40], flickering.depth[:, :40]) or torch.allclose(
        smooth[:, :40], flickering.depth[:, :40], rtol=1e-6
    )
    assert not torch.allclose(smooth[:, 60:], flickering.depth[:, 60:], rtol=1e-3)


def test_the_steps_are_those_chosen(clip: Clip, flickering: SceneGeometry) -> None:
    K = flickering.K * torch.linspace(1, 1.2, NUM_FRAMES)[:, None, None]
    K[:, 2, 2] = 1
    zooming = replace(flickering, K=K)
    nothing = CleanUp(snap_edges=False, depth_reach_frames=0)
    kept = clean_geometry(clip.video, zooming, nothing)
    assert torch.equal(kept.depth, zooming.depth)
    assert torch.equal(kept.K, zooming.K)
    assert torch.equal(kept.w2c, zooming.w2c)
    calls = []
    every = CleanUp(pose_sigma_frames=2.0, first_focal=True)
    cleaned = clean_geometry(clip.video, zooming, every, progress=lambda done, total: calls.append(done))
    assert torch.equal(cleaned.w2c, smooth_poses(zooming.w2c))
    assert rotation_angle_deg(cleaned.w2c[:, :3, :3], zooming.w2c[:, :3, :3]).max() > 0
    assert torch.equal(cleaned.K, with_first_focal(zooming).K)
    assert (cleaned.K == zooming.K[0]).all()
    assert not torch.equal(cleaned.depth, zooming.depth)
    assert len(calls) == NUM_FRAMES + (NUM_FRAMES - 1) + (NUM_FRAMES - 2)


def test_a_callback_cancels(clip: Clip, exact: SceneGeometry) -> None:
    def cancel(done: int, total: int) -> None:
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        clean_geometry(clip.video, exact, progress=cancel)


def test_bad_requests_are_refused(clip: Clip, exact: SceneGeometry) -> None:
    with pytest.raises(GeometryError, match="5 frames of 160×96"):
        clean_geometry(clip.video[:5], exact)
    with pytest.raises(GeometryError, match="clean-up"):
        CleanUp(depth_reach_frames=-1)
    for arguments in ({"reach_frames": 0}, {"tolerance": 0.0}, {"tolerance": 1.0}):
        with pytest.raises(GeometryError, match="depth smoothing"):
            smooth_depth(clip.video, exact, **arguments)
