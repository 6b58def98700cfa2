"""Alignment finds the similarity that made the data, on lines and in one place too, and despite outliers."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.cameras import (
    Similarity,
    align_poses,
    align_similarity,
    align_similarity_robust,
    check_rigid,
    rigid_exp,
    rotation_angle_deg,
    rotation_exp,
)
from postcam_core.errors import CameraError


def normal(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@st.composite
def similarities(draw: st.DrawFn) -> Similarity:
    seed = draw(st.integers(0, 2**31))
    return Similarity(
        scale=math.exp(draw(st.floats(-5, 5))),
        rotation=rotation_exp(normal(3, seed=seed)),
        translation=draw(st.sampled_from([0.0, 1.0, 30.0])) * normal(3, seed=seed + 1),
    )


def assert_same(found: Similarity, true: Similarity, tolerance: float = 1e-6) -> None:
    assert found.scale == pytest.approx(true.scale, rel=tolerance)
    torch.testing.assert_close(found.rotation, true.rotation, atol=tolerance, rtol=0)
    torch.testing.assert_close(
        found.translation, true.translation, atol=tolerance * (1 + true.scale), rtol=tolerance
    )


@given(similarities(), st.integers(3, 40), st.booleans())
def test_points_moved_by_a_similarity_give_it_back(true: Similarity, count: int, is_flat: bool) -> None:
    source = normal(count, 3, seed=count) * torch.tensor([1.0, 1.0, 0.0 if is_flat else 1.0])
    found = align_similarity(source, true.apply(source))
    assert_same(found, true)
    assert found.rank == (2 if is_flat or count == 3 else 3)


@given(similarities())
def test_points_on_a_line_take_the_smallest_turn(true: Similarity) -> None:
    line = torch.linspace(-1, 2, 9, dtype=torch.float64)[:, None] * normal(3, seed=1)
    target = true.apply(line)
    found = align_similarity(line, target)
    torch.testing.assert_close(found.apply(line), target, atol=1e-9 * (1 + true.scale), rtol=1e-9)
    check_rigid(found.apply_to_poses(torch.eye(4)), name="aligned", tolerance=1e-9)
    assert found.rank == 1
    before, after = line[-1] - line[0], target[-1] - target[0]
    angle = torch.rad2deg(torch.acos((before @ after / before.norm() / after.norm()).clamp(-1, 1)))
    assert float(rotation_angle_deg(torch.eye(3).double(), found.rotation)) == pytest.approx(
        float(angle), abs=1e-2
    )


def test_points_in_one_place_are_moved_and_nothing_else() -> None:
    found = align_similarity(torch.ones(4, 3), 3 * torch.ones(4, 3))
    assert (found.rank, found.scale) == (0, 1.0)
    torch.testing.assert_close(found.rotation, torch.eye(3, dtype=torch.float64))
    torch.testing.assert_close(found.translation, torch.full((3,), 2.0, dtype=torch.float64))


def test_mirrored_points_still_get_a_rotation() -> None:
    source = normal(20, 3, seed=2)
    found = align_similarity(source, source * torch.tensor([1.0, 1.0, -1.0]))
    assert torch.linalg.det(found.rotation) == pytest.approx(1)


@given(similarities())
def test_a_third_of_wrong_points_does_not_matter_to_the_robust_fit(true: Similarity) -> None:
    source = normal(60, 3, seed=3)
    target = true.apply(source)
    target[:20] += true.scale * (5 * normal(20, 3, seed=4) + 4)
    assert_same(align_similarity_robust(source, target), true, 1e-4)
    with pytest.raises(AssertionError):
        assert_same(align_similarity(source, target), true, 1e-2)


def test_weights_choose_the_points_that_count() -> None:
    true = Similarity(scale=2.0, rotation=rotation_exp(normal(3, seed=5)), translation=normal(3, seed=6))
    source = normal(10, 3, seed=7)
    target = true.apply(source)
    target[:3] += 10
    weights = torch.ones(10)
    weights[:3] = 0
    assert_same(align_similarity(source, target, weights), true)


@given(similarities(), st.sampled_from(["free", "line", "still"]))
def test_cameras_are_aligned_whatever_their_path(true: Similarity, path: str) -> None:
    c2w = rigid_exp(normal(12, 6, seed=8))
    along = torch.linspace(0, 1, 12, dtype=torch.float64)[:, None]
    if path == "line":
        c2w[:, :3, 3] = along * torch.tensor([1.0, 0.2, 0.0])
    elif path == "still":
        c2w[:, :3, 3] = 0
        true = Similarity(scale=1.0, rotation=true.rotation, translation=true.translation)
    found = align_poses(c2w, true.apply_to_poses(c2w))
    assert_same(found, true)


@pytest.mark.parametrize(
    ("source", "target", "weights"),
    [
        (torch.zeros(3, 3), torch.zeros(4, 3), None),
        (torch.zeros(0, 3), torch.zeros(0, 3), None),
        (torch.zeros(3, 2), torch.zeros(3, 2), None),
        (torch.full((3, 3), math.nan), torch.zeros(3, 3), None),
        (torch.zeros(3, 3), torch.zeros(3, 3), torch.zeros(3)),
        (torch.zeros(3, 3), torch.zeros(3, 3), -torch.ones(3)),
        (torch.zeros(3, 3), torch.zeros(3, 3), torch.ones(2)),
    ],
)
def test_what_cannot_be_aligned_is_refused(source, target, weights) -> None:
    for align in (align_similarity, align_similarity_robust):
        with pytest.raises(CameraError, match="points to align"):
            align(source, target, weights)
