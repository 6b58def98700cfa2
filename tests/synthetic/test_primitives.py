import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from postcam_core.synthetic.primitives import intersect, surface_normal

SHAPES = st.sampled_from(["box", "ellipsoid", "plane"])
SEEDS = st.integers(0, 10_000)


def level(shape: str, half_size: Tensor, point: Tensor) -> Tensor:
    """Zero on the surface, negative inside (below the plane), in units of the body's size."""
    if shape == "plane":
        return -point[..., 1, :]
    scaled = point / half_size[:, None]
    return (scaled.abs().amax(-2) if shape == "box" else scaled.norm(dim=-2)) - 1


def random_rays(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Half sizes, two origins (one may be inside) and 200 directions each, in float64."""
    generator = torch.Generator().manual_seed(seed)
    half_size = 0.3 + torch.rand(3, generator=generator, dtype=torch.float64)
    origin = 2 * torch.randn(2, 3, 1, generator=generator, dtype=torch.float64)
    goal = 0.8 * torch.randn(2, 3, 200, generator=generator, dtype=torch.float64)
    return half_size, origin, goal - origin


@given(SHAPES, SEEDS)
def test_hits_lie_on_the_surface_and_nothing_lies_before_them(shape: str, seed: int):
    half_size, origin, direction = random_rays(seed)
    distance = intersect(shape, half_size, origin, direction)
    is_hit = distance.isfinite()
    reach = torch.where(is_hit, distance, 10.0)[:, None]
    assert (level(shape, half_size, origin + reach * direction)[is_hit].abs() < 1e-9).all()
    start_side = level(shape, half_size, origin).sign()
    for fraction in torch.linspace(0, 0.999, 40, dtype=torch.float64):
        side = level(shape, half_size, origin + fraction * reach * direction)
        assert (side * start_side > -1e-9).all()


@given(SHAPES, SEEDS)
def test_normals_point_outwards(shape: str, seed: int):
    half_size, origin, direction = random_rays(seed)
    distance = intersect(shape, half_size, origin, direction)[:1]
    is_hit = distance[0].isfinite()
    point = (origin[0] + distance * direction[0])[:, is_hit]
    normal = surface_normal(shape, half_size, point)
    torch.testing.assert_close(normal.norm(dim=0), torch.ones_like(normal[0]))
    assert (level(shape, half_size, point + 1e-4 * normal) > 0).all()
    assert (level(shape, half_size, point - 1e-4 * normal) < 0).all()


@pytest.mark.parametrize("shape", ["box", "ellipsoid", "plane"])
def test_what_lies_behind_is_not_hit(shape: str):
    origin = torch.tensor([[[0.0], [-3.0], [0.0]]])
    away = torch.tensor([[[0.1], [-1.0], [0.2]]])
    assert intersect(shape, torch.ones(3), origin, away).isinf().all()
    assert intersect(shape, torch.ones(3), origin, -away).isfinite().all()


@pytest.mark.parametrize("shape", ["box", "ellipsoid"])
def test_from_inside_the_far_wall_is_met(shape: str):
    origin, forward = torch.zeros(1, 3, 1), torch.tensor([[[0.0], [0.0], [2.0]]])
    assert intersect(shape, torch.tensor([1.0, 1.0, 3.0]), origin, forward).item() == pytest.approx(1.5)
