"""Leaving conditions out, so that the model learns to use each without the other."""

import torch

from .randomness import keyed_generator
from .recipes import Recipe


def is_guide_dropped(recipe: Recipe, step: int) -> bool:
    """Whether a whole step goes without guide: its clips pass through the model together, so they share this."""
    return _draw(recipe.seed, "guide dropout", step) < recipe.guide_dropout


def is_pose_dropped(recipe: Recipe, number: int) -> bool:
    """Whether sample ``number`` is shown the poses of a camera that stands still."""
    return _draw(recipe.seed, "pose dropout", number) < recipe.pose_dropout


def _draw(seed: int, purpose: str, number: int) -> float:
    return torch.rand((), generator=keyed_generator(seed, purpose, number)).item()
