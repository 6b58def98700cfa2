"""What the warp gives: guide frames and what is known about them."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor

HOLE = -1.0


@dataclass(frozen=True, kw_only=True)
class Guide:
    """Guide frames for target cameras, and what is known about them.

    Args:
        frames: Warped colours in [-1, 1]; holes are -1 (black).
        mask: True where a pixel is known, False in holes.
        depth: Z-depth in the target camera, in the unit of the source depth; mean over what landed on the
            pixel with the weights of its colour. 0 in holes.
        source_index: The source frame that each guide frame shows.
        is_remembered: True where a pixel came from a background memory and not from the frame shown; None
            without a memory.
    """

    frames: Float[Tensor, "frame 3 height width"]
    mask: Bool[Tensor, "frame height width"]
    depth: Float[Tensor, "frame height width"]
    source_index: Int[Tensor, " frame"]
    is_remembered: Bool[Tensor, "frame height width"] | None = None

    @property
    def coverage(self) -> Float[Tensor, " frame"]:
        """Share of known pixels in each frame, in [0, 1]."""
        return self.mask.float().mean(dim=(1, 2))
