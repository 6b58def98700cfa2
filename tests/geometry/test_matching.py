"""Geometry of a whole clip brought to the frames that were chosen from it; depth as a picture."""

import pytest
import torch

from postcam_core.cameras import project_points
from postcam_core.errors import GeometryError
from postcam_core.geometry import SceneGeometry, depth_picture, ground_plane_geometry, match_frames
from postcam_core.media import plan_fit


def _clip_geometry(num_frames: int) -> SceneGeometry:
    geometry = ground_plane_geometry(1, 36, 64).selected([0] * num_frames)
    # Each frame gets a depth of its own, so that a mix-up shows.
    scale = torch.arange(1.0, num_frames + 1)[:, None, None]
    return SceneGeometry(depth=geometry.depth * scale, K=geometry.K, w2c=geometry.w2c, provider="test")


def test_uniform_selects_the_frames_that_the_loader_selects() -> None:
    matched = match_frames(_clip_geometry(9), num_frames=5, width=64, height=36, frames="uniform")
    torch.testing.assert_close(
        matched.depth[:, 0, 0] / matched.depth[0, 0, 0], torch.tensor([1.0, 3, 5, 7, 9])
    )


def test_cover_cuts_what_the_frames_lost() -> None:
    geometry = _clip_geometry(2)
    matched = match_frames(geometry, num_frames=2, width=32, height=32, fit="cover")
    assert matched.depth.shape == (2, 32, 32)
    fit = plan_fit(64, 36, width=32, height=32, mode="cover")
    point = torch.tensor([[0.1, 0.2, 3.0]], dtype=torch.float64)
    before, _ = project_points(point, geometry.K[0])
    after, _ = project_points(point, matched.K[0])
    scale = torch.tensor([fit.scale_x, fit.scale_y], dtype=torch.float64)
    offset = torch.tensor([fit.left, fit.top], dtype=torch.float64)
    torch.testing.assert_close(after, (before + 0.5) * scale - 0.5 - offset)


def test_another_number_of_frames_is_not_guessed_at() -> None:
    with pytest.raises(GeometryError, match=r'expected 5 depth maps.*got 9.*"uniform"'):
        match_frames(_clip_geometry(9), num_frames=5, width=64, height=36)


def test_depth_picture_is_brighter_where_it_is_nearer_and_survives_flat_depth() -> None:
    depth = torch.linspace(1, 20, 50).expand(2, 8, 50)
    picture = depth_picture(depth)
    assert picture.shape == (2, 8, 50, 3)
    assert picture.min() >= 0
    assert picture.max() <= 1
    brightness = picture.mean(-1)[0, 0]
    assert (brightness.diff() <= 1e-6).all()
    assert brightness[0] > brightness[-1] + 0.5
    assert torch.isfinite(depth_picture(torch.ones(1, 4, 4))).all()


def test_smaller_depth_maps_grow_smooth_inside_a_surface_and_sharp_at_its_edges() -> None:
    slope = torch.linspace(4, 6, 16).expand(12, 16).clone()
    slope[3:9, 5:11] = 2.0  # something that stands in front
    geometry = SceneGeometry(
        depth=slope[None],
        K=torch.tensor([[[20.0, 0, 7.5], [0, 20.0, 5.5], [0, 0, 1]]]),
        w2c=torch.eye(4)[None],
        provider="test",
    )
    grown = geometry.resized(48, 64, "surface").depth[0]
    between = (grown > 2.001) & (grown < 3.999)
    assert not between.any(), "depth between front and back floats in the air"
    steps = grown[0].diff().abs()
    assert steps.max() < 0.06, "a staircase where the surface is a slope"
