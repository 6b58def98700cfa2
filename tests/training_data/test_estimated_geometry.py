"""Estimated depth in the unit of given cameras, or a refusal where nothing tells that unit."""

from dataclasses import replace

import pytest
import torch

from postcam_core.cameras import invert_rigid, rigid_exp
from postcam_core.errors import GeometryError
from postcam_core.geometry import SceneGeometry
from postcam_core.training.data import SyntheticTakes, Take, geometry_provider, with_estimated_geometry

TAKES = SyntheticTakes(seeds=(6,), num_cameras=2, height=32, width=48, num_frames=5)


def _take(name: str = "cam01") -> tuple[Take, SceneGeometry]:
    """A take without depth, and its depth."""
    take = TAKES.take(0, name)
    return replace(take, geometry=None), take.geometry


def _estimated(geometry: SceneGeometry, *, shake: float = 0.0) -> SceneGeometry:
    """In a world and unit of its own, positions off by ``shake``."""
    moved = rigid_exp(torch.tensor([1.0, 2.0, -3.0, 0.4, -0.2, 1.0], dtype=torch.float64))
    c2w = moved @ invert_rigid(geometry.w2c)
    noise = torch.randn(len(c2w), 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    c2w[:, :3, 3] += shake * noise
    return replace(geometry, w2c=invert_rigid(c2w)).scaled(0.25)


def test_depth_takes_on_the_unit_and_the_cameras_stay() -> None:
    take, exact = _take()
    given = {}

    def provider(video: torch.Tensor, fov_deg: float) -> SceneGeometry:
        given.update(video=video, fov_deg=fov_deg)
        return _estimated(exact, shake=0.01)

    geometry = with_estimated_geometry(take, provider).geometry
    torch.testing.assert_close(geometry.depth, exact.depth, rtol=0.05, atol=0)
    torch.testing.assert_close(geometry.w2c, exact.w2c)
    torch.testing.assert_close(geometry.K, exact.K)
    assert given["video"].equal(take.video)
    # The rig films with fields of view from 46 to 62 degrees.
    assert 46 <= given["fov_deg"] <= 62


def test_a_camera_that_stands_still_or_hardly_moves_is_refused() -> None:
    take, exact = _take()
    still = take.c2w[:1].expand_as(take.c2w)
    with pytest.raises(GeometryError, match="a camera that stands still.*target alone"):
        with_estimated_geometry(replace(take, c2w=still), lambda video, fov_deg: exact)
    standing_in = replace(exact, w2c=exact.w2c[:1].expand_as(exact.w2c))
    with pytest.raises(GeometryError, match="spreads over 0.00%"):
        with_estimated_geometry(take, lambda video, fov_deg: standing_in)


def test_an_estimate_that_moves_otherwise_is_refused() -> None:
    take, exact = _take()
    with pytest.raises(GeometryError, match="estimated cameras of cam01: expected the path of the given"):
        with_estimated_geometry(take, lambda video, fov_deg: _estimated(exact, shake=0.4))


def test_providers_by_name() -> None:
    take, _ = _take()
    # Too short and small for parallax to see any: what stands in for depth has no unit, and is not used.
    with pytest.raises(GeometryError, match="camera path of cam01|estimated cameras of cam01"):
        with_estimated_geometry(take, geometry_provider("parallax"))
    with pytest.raises(GeometryError, match="depth_anything_3.*without weights"):
        geometry_provider("depth_anything_3")
    with pytest.raises(GeometryError, match="geometry provider"):
        geometry_provider("midas")
