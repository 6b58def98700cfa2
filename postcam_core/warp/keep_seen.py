"""What the clip itself shows of the new view, mixed into what the model made of it."""

from jaxtyping import Bool, Float
from torch import Tensor

from ..errors import ShapeError

KEEP_SEEN = 0.7
"""The share that was measured to come closest to the truth; see ``docs/levers.md``."""


def keep_seen(
    frames: Float[Tensor, "frame 3 height width"],
    guide: Float[Tensor, "frame 3 height width"],
    seen: Bool[Tensor, "frame height width"],
    *,
    share: float = KEEP_SEEN,
) -> Float[Tensor, "frame 3 height width"]:
    """Mix the guide's pixels into the model's where the guide has some.

    A guide is sharp and wrong at edges, what a model decodes is soft and right there: their errors differ, and a
    mean of both has less of either. Holes are left to the model alone.

    Args:
        frames: What the model made, in any range of values.
        guide: The guide of the same frames, at their size and in the same range.
        seen: True where the guide has a pixel.
        share: Of the guide in such pixels: 0 leaves the model's, 1 takes the guide's.

    Raises:
        ShapeError: If guide and frames differ in number or size, or the share is none.
    """
    check_share(share)
    num_frames, _, height, width = frames.shape
    if guide.shape != frames.shape or seen.shape != (num_frames, height, width):
        raise ShapeError(
            "guide to keep pixels of",
            expected=f"{num_frames} frames of {width}×{height} with their mask, as the frames have",
            got=f"{len(guide)} of {guide.shape[-1]}×{guide.shape[-2]}, mask {tuple(seen.shape)}",
            todo="Give the guide that these frames were made from, at the clip's own size.",
        )
    return frames.lerp(guide.to(frames), share * seen[:, None].to(frames))


def check_share(share: float) -> None:
    """Refuse what is no share.

    Raises:
        ShapeError: If it is not between 0 and 1.
    """
    if not 0 <= share <= 1:
        raise ShapeError(
            "share of seen pixels to keep",
            expected="a number from 0 (the model's pixels) to 1 (the guide's)",
            got=f"{share:g}",
            todo=f"{KEEP_SEEN} comes closest to the truth.",
        )
