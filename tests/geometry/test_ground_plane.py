import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postcam_core.cameras import fov_deg, unproject_depth
from postcam_core.errors import CameraError, GeometryError
from postcam_core.geometry import ground_plane_geometry


def plane_distances(geometry, horizon):
    """How far each pixel's point lies below and in front of the camera, from the horizon row alone."""
    points = unproject_depth(geometry.depth[0].double(), geometry.K[0])
    # The ray through the middle of the horizon is horizontal; what is perpendicular to it points down.
    horizon_y = (horizon * geometry.height - 0.5 - geometry.K[0, 1, 2]) / geometry.K[0, 1, 1]
    forward = torch.tensor([0.0, float(horizon_y), 1.0], dtype=torch.float64)
    forward /= forward.norm()
    down = torch.stack([torch.tensor(0.0, dtype=torch.float64), forward[2], -forward[1]])
    return points @ down, points @ forward


@given(
    horizon=st.floats(-0.5, 1.2),
    fov=st.floats(20, 90),
    camera_height=st.floats(0.2, 5),
    wall_distance=st.floats(2, 50),
)
@settings(max_examples=40, deadline=None)
def test_every_pixel_lies_on_the_ground_or_the_wall_and_none_beyond(
    horizon, fov, camera_height, wall_distance
):
    geometry = ground_plane_geometry(
        1, 24, 32, fov_deg=fov, horizon=horizon, camera_height=camera_height, wall_distance=wall_distance
    )
    below, ahead = plane_distances(geometry, horizon)
    off_ground, off_wall = (below - camera_height).abs(), (ahead - wall_distance).abs()
    tolerance = 1e-5 * float(geometry.depth.max())
    assert torch.minimum(off_ground, off_wall).max() < tolerance
    assert below.max() < camera_height + tolerance
    assert ahead.max() < wall_distance + tolerance


def test_ground_below_the_horizon_wall_above_it():
    geometry = ground_plane_geometry(41, 240, 416)
    below, ahead = plane_distances(geometry, 0.4)
    assert torch.allclose(below[-1], torch.tensor(1.6, dtype=torch.float64))
    assert torch.allclose(ahead[0], torch.tensor(10.0, dtype=torch.float64))
    # Straight ahead at the horizon the ground is endlessly far, so the wall stands there: rows 95 and 96
    # lie half a pixel above and below the horizon.
    assert below[95].max() < 0 < below[96].min()
    assert (ahead[96] - 10).abs().max() < 1e-5


def test_level_camera_has_the_textbook_depths():
    geometry = ground_plane_geometry(1, 201, 201, fov_deg=90, horizon=0.5, camera_height=2, wall_distance=9)
    # f = 100.5 px; the last row is 100 px below the axis: z = f·h/y.
    assert geometry.depth[0, 200, 0] == pytest.approx(100.5 * 2 / 100)
    assert geometry.depth[0, 0, 0] == pytest.approx(9)


def test_field_of_view_is_horizontal_and_the_camera_stands_still():
    geometry = ground_plane_geometry(5, 90, 160, fov_deg=60)
    assert fov_deg(float(geometry.K[0, 0, 0]), 160) == pytest.approx(60)
    assert torch.equal(geometry.w2c, torch.eye(4, dtype=torch.float64).expand(5, 4, 4))
    assert geometry.num_frames == 5


def test_it_says_that_nothing_was_estimated():
    geometry = ground_plane_geometry(1, 8, 8)
    assert "no depth was estimated" in geometry.notes[0]
    assert not geometry.is_metric
    assert geometry.confidence.max() <= 0.1


def test_a_horizon_out_of_view_leaves_one_plane():
    looking_down = ground_plane_geometry(1, 48, 64, horizon=-1.0, wall_distance=1000)
    below, _ = plane_distances(looking_down, -1.0)
    torch.testing.assert_close(below, torch.full_like(below, 1.6), rtol=0, atol=1e-4)
    looking_up = ground_plane_geometry(1, 48, 64, horizon=1.1)
    _, ahead = plane_distances(looking_up, 1.1)
    torch.testing.assert_close(ahead, torch.full_like(ahead, 10.0), rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"horizon": 5.0},
        {"horizon": math.nan},
        {"camera_height": 0.0},
        {"camera_height": math.inf},
        {"wall_distance": -1.0},
        {"wall_distance": math.nan},
        {"fov_deg": 100.0, "horizon": 3.0},
    ],
)
def test_impossible_scenes_are_refused(options):
    with pytest.raises(GeometryError):
        ground_plane_geometry(1, 24, 32, **options)


@pytest.mark.parametrize("size", [(0, 24, 32), (1, 0, 32), (10**6, 2160, 3840)])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(GeometryError):
        ground_plane_geometry(*size)


@pytest.mark.parametrize("fov", [0.0, 180.0, math.nan])
def test_impossible_fields_of_view_are_refused(fov):
    with pytest.raises(CameraError):
        ground_plane_geometry(1, 24, 32, fov_deg=fov)
