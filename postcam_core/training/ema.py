"""The moving average of the trained weights, which is steadier than the weights themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class MovingAverage:
    """Follows parameters at a distance.

    Args:
        parameters: What it follows; it starts where they are.
        decay: Share of the old average in the new one. Early in a run it is lower, so that the random start
            is soon forgotten.
    """

    def __init__(self, parameters: list[nn.Parameter], *, decay: float) -> None:
        self._parameters, self._decay = parameters, decay
        self._averages = [parameter.detach().clone() for parameter in parameters]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after step 0, 1, …"""
        weight = 1 - min(self._decay, (1 + step) / (10 + step))
        for average, parameter in zip(self._averages, self._parameters, strict=True):
            average.lerp_(parameter, weight)

    @torch.no_grad()
    def restart(self) -> None:
        """Take the parameters as they are for the average."""
        for average, parameter in zip(self._averages, self._parameters, strict=True):
            average.copy_(parameter)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model has the averaged weights within this block."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for average, parameter in zip(self._averages, self._parameters, strict=True):
            kept = parameter.detach().clone()
            parameter.copy_(average)
            average.copy_(kept)
