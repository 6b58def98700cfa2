"""The parts that look at pictures: tracking, spreading along surfaces, standing things on the ground, the stage."""

import numpy as np
import pytest
import torch

from postcam_core.cameras import rotation_exp
from postcam_core.geometry import ground_plane_geometry
from postcam_core.geometry.parallax.moving import stand_on_ground
from postcam_core.geometry.parallax.smoothing import spread_known
from postcam_core.geometry.parallax.stage import stage_inverse_depth
from postcam_core.geometry.parallax.tracks import track_points
from postcam_core.geometry.parallax.views import Views


def blotches(height: int, width: int) -> np.ndarray:
    import cv2

    noise = np.random.default_rng(0).uniform(0, 255, (height // 6, width // 6, 3)).astype(np.float32)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)


def test_tracks_follow_a_shifting_picture() -> None:
    wide = blotches(96, 200)
    frames = np.stack([wide[:, 3 * i : 3 * i + 128] for i in range(8)])
    tracks = track_points(frames)
    steps = np.diff(tracks.pixel, axis=1)
    steps = steps[~np.isnan(steps[..., 0])]
    assert len(tracks.pixel) > 40
    np.testing.assert_allclose(np.median(steps, axis=0), (-3, 0), atol=0.02)
    assert np.quantile(np.linalg.norm(steps - (-3, 0), axis=1), 0.9) < 0.1


def test_nothing_to_see_gives_no_tracks() -> None:
    assert len(track_points(np.full((5, 64, 64, 3), 90, np.uint8)).pixel) == 0


def test_an_edge_is_sharp_across_and_not_along() -> None:
    frames = np.zeros((5, 64, 64, 3), np.uint8)
    frames[:, :, 32:] = 200
    frames[:, 30:34, 30:34] = 120  # something to find
    tracks = track_points(frames)
    far = tracks.sharpness[np.abs(tracks.pixel[:, 0, 1] - 32) > 12]
    middle = tracks.sharpness[np.abs(tracks.pixel[:, 0, 1] - 32) < 6]
    assert len(middle) > 0
    assert all(s[1, 1] < 0.2 for s in far)
    assert middle[:, 0, 0].min() > 0.9


def test_what_is_known_spreads_to_the_edge_and_not_beyond() -> None:
    guide = np.zeros((1, 24, 40, 3), np.uint8)
    guide[:, :, 20:] = 200
    values, information = np.zeros((1, 24, 40), np.float32), np.zeros((1, 24, 40), np.float32)
    values[0, 5, 3], information[0, 5, 3] = 2.0, 50
    values[0, 18, 35], information[0, 18, 35] = 7.0, 50
    spread = spread_known(values, information, guide, strength=300, edge=8)
    np.testing.assert_allclose(spread[0, :, :20], 2, atol=0.2)
    np.testing.assert_allclose(spread[0, :, 20:], 7, atol=0.2)


def test_spreading_one_line_solves_its_equations() -> None:
    generator = np.random.default_rng(1)
    guide = np.full((1, 2, 30, 3), 7, np.uint8)
    values, information = np.repeat(generator.uniform(1, 2, (1, 1, 30)), 2, axis=1), np.ones((1, 2, 30))
    total = np.eye(30)
    for step in range(4):
        share = 5.0 * 1.5 * 4 ** (3 - step) / (4**4 - 1)
        chain = np.diag(np.r_[1, 2 * np.ones(28), 1]) - np.eye(30, k=1) - np.eye(30, k=-1)
        total = np.linalg.solve(np.eye(30) + share * chain, total)
    found = spread_known(values, information, guide, strength=5.0, edge=8)
    np.testing.assert_allclose(found[0], values[0] @ total.T, rtol=1e-4)


def test_a_moving_thing_stands_where_it_touches_the_ground() -> None:
    ground = np.repeat(np.linspace(0.1, 1.0, 100, dtype=np.float32)[:, None], 80, axis=1)
    mask = np.zeros(ground.shape, bool)
    mask[20:70, 30:50] = True
    standing = stand_on_ground(ground, mask)
    assert not standing.is_cut_off
    assert np.unique(standing.inverse_depth[mask]).size == 1
    assert standing.inverse_depth[40, 40] == pytest.approx(ground[70, 0], rel=0.06)
    np.testing.assert_array_equal(standing.inverse_depth[~mask], ground[~mask])


def test_a_moving_thing_does_not_jump_from_frame_to_frame() -> None:
    ground = np.full((100, 80), 0.8, np.float32)
    mask = np.zeros(ground.shape, bool)
    mask[20:70, 30:50] = True
    standing = stand_on_ground(ground, mask, before=0.2 * mask)
    assert 0.2 < standing.inverse_depth[40, 40] < 0.35
    elsewhere = stand_on_ground(ground, mask, before=0.2 * np.roll(mask, 25, axis=1))
    assert elsewhere.inverse_depth[40, 40] == pytest.approx(0.8)


def test_a_moving_thing_that_reaches_below_the_picture_stands_in_front() -> None:
    ground = np.repeat(np.linspace(0.1, 1.0, 100, dtype=np.float32)[:, None], 80, axis=1)
    mask = np.zeros(ground.shape, bool)
    mask[40:, 30:50] = True
    standing = stand_on_ground(ground, mask)
    assert standing.is_cut_off
    assert standing.inverse_depth[50, 40] > 0.8


def test_the_stage_is_that_of_ground_plane_and_turns_with_the_camera() -> None:
    turn = rotation_exp(torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.9, 0.0]], dtype=torch.float64)).numpy()
    views = Views(rotation=turn, position=np.zeros((2, 3)), focal_px=60.0, centre_px=np.array([31.5, 23.5]))
    stage = stage_inverse_depth(views, 0, height=48, width=64, horizon=0.4)
    plain = ground_plane_geometry(1, 48, 64, fov_deg=float(np.degrees(2 * np.arctan(32 / 60))), horizon=0.4)
    middle = 1 / plain.depth[0, :, 31:33].numpy()
    np.testing.assert_allclose(stage[:, 31:33], middle, rtol=1e-3)
    behind = stage_inverse_depth(views, 1, height=48, width=64, horizon=0.4)
    assert behind.min() > 0
    np.testing.assert_allclose(behind[:, 31:33], middle, rtol=0.7)  # ground and wall are still there
