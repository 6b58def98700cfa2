"""Cameras and depths from exact observations: derivatives, triangulation and adjustment."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from postcam_core.cameras import align_poses, rigid_exp, rigid_from, rotation_angle_deg
from postcam_core.geometry.parallax.bundle import _derivatives, _moved, adjust
from postcam_core.geometry.parallax.reconstruct import _scaled
from postcam_core.geometry.parallax.tracks import Tracks
from postcam_core.geometry.parallax.views import Views, reprojection_errors, triangulate, upper_angle_deg

NUM_FRAMES, NUM_TRACKS = 7, 90


def true_views() -> Views:
    generator = np.random.default_rng(0)
    twist = torch.from_numpy(0.1 * generator.standard_normal((NUM_FRAMES, 6)))
    twist[:, 0] += torch.linspace(0, 1.5, NUM_FRAMES)
    pose = rigid_exp(twist)
    pose = torch.linalg.inv(pose[0]) @ pose
    return Views(
        rotation=pose[:, :3, :3].numpy(),
        position=pose[:, :3, 3].numpy(),
        focal_px=300.0,
        centre_px=np.array([159.5, 95.5]),
    )


def tracks_of(views: Views) -> Tracks:
    """Points 3 to 12 units away and one at infinity, each seen by all frames but the first or the last."""
    generator = np.random.default_rng(1)
    depth = generator.uniform(3, 12, NUM_TRACKS)
    depth[0] = 1e12
    rays = np.concatenate([generator.uniform(-0.5, 0.5, (NUM_TRACKS, 2)), np.ones((NUM_TRACKS, 1))], axis=1)
    local = (depth[:, None, None] * rays[:, None] - views.position) @ np.eye(3)
    local = np.einsum("nfi,fij->nfj", local, views.rotation)
    pixel = views.focal_px * local[..., :2] / local[..., 2:] + views.centre_px
    pixel[::2, 0] = np.nan
    pixel[1::2, -1] = np.nan
    return Tracks(pixel=pixel, sharpness=np.tile(np.eye(2), (NUM_TRACKS, 1, 1)))


def test_triangulation_finds_the_depth_of_exact_sightings_infinity_included() -> None:
    views = true_views()
    seen, index = tracks_of(views).seen_from(range(NUM_FRAMES))
    inverse_depth = triangulate(views, seen, loss_px=0.5)
    assert len(index) == NUM_TRACKS
    assert np.abs(reprojection_errors(views, inverse_depth, seen)).max() < 1e-6
    assert abs(inverse_depth[0]) < 1e-9
    assert upper_angle_deg(views, seen, inverse_depth) > 3


def test_triangulation_ignores_a_wrong_sighting() -> None:
    views = true_views()
    seen, _ = tracks_of(views).seen_from(range(NUM_FRAMES))
    right = triangulate(views, seen, loss_px=0.5)
    wrong_px = seen.pixel.copy()
    wrong_px[np.flatnonzero(seen.track == 5)[2]] += 30
    np.testing.assert_allclose(
        triangulate(views, replace(seen, pixel=wrong_px), loss_px=0.5), right, atol=3e-3
    )


def test_derivatives_are_those_of_the_errors() -> None:
    views = true_views()
    tracks = tracks_of(views)
    sharpness = np.random.default_rng(2).uniform(0.1, 1, (NUM_TRACKS, 2, 2))
    seen, _ = replace(tracks, sharpness=sharpness).seen_from(range(NUM_FRAMES))
    depth = triangulate(views, seen, loss_px=0.5) + 0.05
    slopes, places, depth_slopes = _derivatives(views, depth, seen)
    step = 1e-6
    for column in range(6 * NUM_FRAMES + 1):
        moved = _moved(views, np.array([column]), np.array([step]))
        numeric = (reprojection_errors(moved, depth, seen) - reprojection_errors(views, depth, seen)) / step
        analytic = (slopes * (places == column)[:, None]).sum(axis=2)
        np.testing.assert_allclose(analytic, numeric, atol=2e-2, rtol=1e-3)
    numeric = (
        reprojection_errors(views, depth + step, seen) - reprojection_errors(views, depth, seen)
    ) / step
    np.testing.assert_allclose(depth_slopes, numeric, atol=2e-2, rtol=1e-3)


@pytest.mark.parametrize("focal_start_px", [300.0, 360.0])
def test_adjustment_finds_the_cameras_again_despite_wrong_tracks(focal_start_px: float) -> None:
    views = true_views()
    tracks = tracks_of(views)
    tracks.pixel[:8, 3] += 25
    seen, _ = tracks.seen_from(range(NUM_FRAMES))
    generator = np.random.default_rng(3)
    start = _moved(views, np.arange(6, 6 * NUM_FRAMES), 0.03 * generator.standard_normal(6 * NUM_FRAMES - 6))
    start = replace(start, focal_px=focal_start_px)
    free = np.arange(1, NUM_FRAMES)
    found = adjust(
        start,
        triangulate(start, seen, loss_px=2.0),
        seen,
        moving_frames=free,
        turning_frames=free,
        is_focal_free=True,
        loss_px=0.5,
        num_rounds=60,
    )
    assert np.median(found.error_px) < 1e-2
    assert found.views.focal_px == pytest.approx(300, rel=2e-3)
    true, estimate = (
        rigid_from(torch.from_numpy(v.rotation), torch.from_numpy(v.position)) for v in (views, found.views)
    )
    aligned = align_poses(estimate, true).apply_to_poses(estimate)
    assert rotation_angle_deg(aligned[:, :3, :3], true[:, :3, :3]).max() < 0.05
    torch.testing.assert_close(aligned[:, :3, 3], true[:, :3, 3], atol=5e-3, rtol=0)


def test_cameras_on_the_wrong_side_of_everything_are_turned_round() -> None:
    views = true_views()
    tracks = tracks_of(views)
    found = _scaled(tracks, replace(views, position=-views.position))
    assert found.is_static.all()
    assert np.median(found.inverse_depth) == pytest.approx(1, rel=0.2)
    assert found.views.position[-1, 0] > 0
