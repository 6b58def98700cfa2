"""Blurred edges of exact depth become sharp again; exact depth, planes above all, stays as it is."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad, unfold

from postcam_core.cameras import intrinsics_matrix
from postcam_core.errors import GeometryError
from postcam_core.geometry import ground_plane_geometry
from postcam_core.geometry.flying_pixels import is_flying, snap_flying_pixels
from postcam_core.synthetic import random_camera_path, random_scene, render_clip

HEIGHT, WIDTH = 120, 200


@pytest.fixture(scope="module", params=[1_000_003, 1_000_020])
def room_depth(request: pytest.FixtureRequest) -> Tensor:
    K = intrinsics_matrix(0.9 * WIDTH, width=WIDTH, height=HEIGHT)[None]
    clip = render_clip(
        random_scene(request.param, kind="room"),
        c2w=random_camera_path(request.param, 1),
        K=K,
        times=torch.zeros(1),
        height=HEIGHT,
        width=WIDTH,
    )
    return clip.depth


def _blurred(depth: Tensor, factor: float) -> Tensor:
    small = (round(HEIGHT / factor), round(WIDTH / factor))
    shrunk = interpolate(depth[:, None], small, mode="bilinear", antialias=True)
    return interpolate(shrunk, (HEIGHT, WIDTH), mode="bilinear")[:, 0]


def _share_in_the_air(depth: Tensor, exact: Tensor) -> float:
    """Share of pixels that are 5 % off every exact depth within two pixels."""
    around = unfold(pad(exact[:, None], (2, 2, 2, 2), mode="replicate"), 5).unflatten(2, exact.shape[1:])
    return float((((around - depth[:, None]).abs() / around).amin(dim=1) > 0.05).float().mean())


@pytest.mark.parametrize(("factor", "share_left"), [(1.5, 0.35), (2.0, 0.5)])
def test_blurred_edges_become_sharp(room_depth: Tensor, factor: float, share_left: float) -> None:
    blurred = _blurred(room_depth, factor)
    snapped = snap_flying_pixels(blurred)
    before, after = (_share_in_the_air(depth, room_depth) for depth in (blurred, snapped))
    assert before > 0.015
    assert after < share_left * before
    errors = [((depth - room_depth).abs() / room_depth).mean() for depth in (blurred, snapped)]
    assert errors[1] < errors[0]


def test_exact_depth_is_left_alone(room_depth: Tensor) -> None:
    snapped = snap_flying_pixels(room_depth)
    is_changed = (snapped - room_depth).abs() > 0.05 * room_depth
    assert is_changed.float().mean() < 0.003


@pytest.mark.parametrize("camera_height", [0.3, 1.6])
def test_ground_up_to_the_horizon_does_not_fly(camera_height: float) -> None:
    ground = ground_plane_geometry(1, 90, 160, camera_height=camera_height, wall_distance=1000.0).depth[0]
    assert not is_flying(ground)[46:].any()  # the horizon is at row 35, and a window is nine rows high


def test_a_pixel_between_two_surfaces_goes_to_the_closer_one() -> None:
    depth = torch.full((1, 20, 20), 2.0)
    depth[:, :, 10:] = 10.0
    depth[:, :, 9], depth[:, :, 10] = 2.6, 8.0
    snapped = snap_flying_pixels(depth)
    assert (snapped[:, :, :10] == 2).all()
    assert (snapped[:, :, 10:] == 10).all()


@pytest.mark.parametrize(("edge_ratio", "window_px"), [(0, 9), (math.nan, 9), (0.1, 8), (0.1, 3)])
def test_bad_numbers_are_refused(edge_ratio: float, window_px: int) -> None:
    with pytest.raises(GeometryError, match="edge test"):
        snap_flying_pixels(torch.ones(1, 20, 20), edge_ratio=edge_ratio, window_px=window_px)
