"""Training data: pairs of latents, and where they come from."""

from .pairs import LatentPair, PairDataset

__all__ = ["LatentPair", "PairDataset"]
