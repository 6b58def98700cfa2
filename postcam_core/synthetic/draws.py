"""Seeded random choices, the same on every machine."""

import colorsys
from collections.abc import Sequence
from typing import TypeAlias, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import PostCamError

Colour: TypeAlias = tuple[float, float, float]
Option = TypeVar("Option")

# torch's CPU generator keeps 32 bits of its seed; one of them tells scenes from camera paths.
_SEED_LIMIT = 2**31


class Draws:
    """A sequence of random numbers that depends on the seed alone.

    Args:
        seed: From 0 to 2³¹ − 1.
        stream: 0 or 1: two independent sequences for each seed.

    Raises:
        PostCamError: If the seed is outside its range.
    """

    def __init__(self, seed: int, *, stream: int) -> None:
        if not 0 <= seed < _SEED_LIMIT:
            raise PostCamError(
                "seed",
                expected=f"an integer from 0 to {_SEED_LIMIT - 1}",
                got=f"{seed}",
                todo="Larger seeds would repeat the scenes of smaller ones.",
            )
        self._generator = torch.Generator().manual_seed(2 * seed + stream)

    def uniform(self, low: float, high: float) -> float:
        """One number from [low, high)."""
        return low + (high - low) * float(torch.rand((), generator=self._generator, dtype=torch.float64))

    def integer(self, low: int, high: int) -> int:
        """One integer from low to high, both included."""
        return int(torch.randint(low, high + 1, (), generator=self._generator))

    def choice(self, options: Sequence[Option]) -> Option:
        """One of the options, each as likely as the others."""
        return options[self.integer(0, len(options) - 1)]

    def sign(self) -> int:
        """-1 or 1."""
        return self.choice((-1, 1))

    def uniforms(self, count: int) -> Float[Tensor, " count"]:
        """That many numbers from [0, 1)."""
        return torch.rand(count, generator=self._generator, dtype=torch.float64)

    def directions(self, count: int) -> Float[Tensor, "count 3"]:
        """Unit vectors, uniform on the sphere."""
        vectors = torch.randn(count, 3, generator=self._generator, dtype=torch.float64)
        return torch.nn.functional.normalize(vectors, dim=-1)

    def colour(
        self,
        hue: tuple[float, float] = (0, 1),
        saturation: tuple[float, float] = (0.3, 0.65),
        value: tuple[float, float] = (0.65, 0.95),
    ) -> Colour:
        """RGB in [0, 1] from ranges of hue (1 = full circle), saturation and value."""
        return colorsys.hsv_to_rgb(self.uniform(*hue) % 1, self.uniform(*saturation), self.uniform(*value))
