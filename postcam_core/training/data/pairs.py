"""What training learns from: the same moments seen by two cameras, as latents."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class LatentPair:
    """One training example: the same moments seen by two cameras.

    Attributes:
        target: The clip to be made, encoded.
        source: The given clip, encoded.
        guide: The source warped to the target's cameras, shrunk and encoded; None for control by pose alone.
        camera_w2c: World-to-camera poses of the target, one per latent frame (video frames 0, 4, …), relative
            to its first, in the model's units.
        text: The embedded caption; None for none, the model then reads one word of zeros.
        name: What reports call it: ``"scene_000012/cam00-cam02"``.
    """

    target: Float[Tensor, "channel frame height width"]
    source: Float[Tensor, "channel frame height width"]
    guide: Float[Tensor, "channel frame guide_height guide_width"] | None
    camera_w2c: Float[Tensor, "frame 4 4"]
    text: Float[Tensor, "word text_dim"] | None
    name: str


@runtime_checkable
class PairDataset(Protocol):
    """A map-style dataset of pairs; torch's ``Dataset`` fits."""

    def __len__(self) -> int:
        """How many pairs there are, broken ones counted."""
        ...

    def __getitem__(self, index: int) -> LatentPair:
        """One pair.

        Raises:
            BrokenClip: If it cannot be used.
        """
        ...
