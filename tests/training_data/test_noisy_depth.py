"""Perturbed depth: seeded, as strong as stated, smooth within surfaces and soft at edges."""

import pytest
import torch

from postcam_core.errors import ShapeError
from postcam_core.training.data import noisy_depth

SHAPE = (9, 96, 160)
FLAT = torch.full(SHAPE, 4.0)


def test_strength_zero_and_seeds() -> None:
    assert noisy_depth(FLAT, strength=0, seed=1) is FLAT
    first = noisy_depth(FLAT, strength=1, seed=1)
    assert first.equal(noisy_depth(FLAT, strength=1, seed=1))
    assert not first.equal(noisy_depth(FLAT, strength=1, seed=2))
    assert first.min() > 0 and first.isfinite().all()


def test_error_on_a_wall_is_smooth_and_as_large_as_stated() -> None:
    errors = torch.stack([(noisy_depth(FLAT, strength=1, seed=seed) / FLAT).log() for seed in range(60)])
    whole = errors.mean(dim=(1, 2, 3))
    # Of the clip as a whole: the scale's 5 %, and what is left of the field's 8 % in the mean over its cells.
    assert 0.035 < whole.std() < 0.08
    within = (errors - whole[:, None, None, None]).std()
    assert 0.03 < within < 0.08
    steps = [errors.diff(dim=dim).abs().max() for dim in (1, 2, 3)]
    assert max(steps[1:]) < 0.015 and steps[0] < 0.12
    twice = (noisy_depth(FLAT, strength=2, seed=3) / FLAT).log()
    torch.testing.assert_close(twice, 2 * errors[3], atol=1e-5, rtol=1e-4)


def test_edges_bleed_and_surfaces_do_not() -> None:
    depth = FLAT.clone()
    depth[:, :, 80:] = 12.0
    # The same seed on a flat wall has the same smooth error: what is left is the bleeding.
    bleeding = (noisy_depth(depth, strength=1, seed=5) / noisy_depth(FLAT, strength=1, seed=5)) * 4
    between = (bleeding > 4.2) & (bleeding < 11.5)
    assert between[:, :, 77:83].float().mean() > 0.2
    assert not between[:, :, :76].any() and not between[:, :, 84:].any()


@pytest.mark.parametrize("strength", [-1.0, float("nan"), float("inf")])
def test_strength_is_checked(strength: float) -> None:
    with pytest.raises(ShapeError, match="strength of the depth noise"):
        noisy_depth(FLAT, strength=strength, seed=0)
