"""In which order samples are drawn: a shuffle per epoch that needs no memory of what came before."""

from functools import lru_cache

import torch

from ..randomness import keyed_generator


class SampleOrder:
    """Maps a sample's number in the run to an index of the dataset.

    Args:
        length: Of the dataset.
        seed: Of the run.
    """

    def __init__(self, length: int, *, seed: int) -> None:
        self.length, self._seed = length, seed
        self._epoch = lru_cache(maxsize=2)(self._shuffled)

    def index(self, number: int) -> int:
        """The index that sample ``number`` (0, 1, …, over all epochs) reads."""
        epoch, position = divmod(number, self.length)
        return self._epoch(epoch)[position]

    def _shuffled(self, epoch: int) -> list[int]:
        generator = keyed_generator(self._seed, "order", epoch)
        return torch.randperm(self.length, generator=generator).tolist()
