"""Training data: takes of scenes by several cameras, and the latent pairs made of them."""

from .estimated_geometry import GeometryProvider, geometry_provider, with_estimated_geometry
from .multicam_video import MultiCamVideo
from .noisy_depth import noisy_depth
from .on_the_fly import OnTheFlyPairs
from .pair_builder import PairBuilder, PairSettings
from .pairs import LatentPair, PairDataset
from .precompute import Precomputed, precompute
from .shards import ShardPairs
from .synthetic_takes import SyntheticTakes
from .takes import Take, TakeSource

__all__ = [
    "GeometryProvider",
    "LatentPair",
    "MultiCamVideo",
    "OnTheFlyPairs",
    "PairBuilder",
    "PairDataset",
    "PairSettings",
    "Precomputed",
    "ShardPairs",
    "SyntheticTakes",
    "Take",
    "TakeSource",
    "geometry_provider",
    "noisy_depth",
    "precompute",
    "with_estimated_geometry",
]
