"""Training data: pairs of latents, where they come from, and in which order they are drawn."""

from .order import SampleOrder
from .pairs import LatentPair, PairDataset

__all__ = ["LatentPair", "PairDataset", "SampleOrder"]
