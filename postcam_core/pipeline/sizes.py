"""Clips of any size and number of frames: sizes that fit, and padding to the next one that does.

The VAE makes one latent pixel of 8×8 pixels and the transformer one token of 2×2 of those; of the shrunk guide the
VAE makes latents too. Of the frames, the first gives one latent frame and every four that follow another.
"""

import math
from fractions import Fraction

import torch
from jaxtyping import Shaped
from torch import Tensor

from ..errors import ShapeError

RELEASED_AREA = 480 * 832

_PIXELS_PER_LATENT, _PIXELS_PER_TOKEN, _FRAMES_PER_LATENT = 8, 16, 4
# A guide at, say, 0.37 of the size fits at every 800th pixel alone: there it may lose its last pixels instead.
_LARGEST_STEP = 160


def propose_size(
    width: int, height: int, *, area: int = RELEASED_AREA, guide_scale: float = 0.25
) -> tuple[int, int]:
    """The size of about ``area`` pixels in a clip's own proportions that needs no padding.

    Each side is the nearest one that fits: 16:9 gets the released 832×480, which is 2.5 % narrower.

    Args:
        width: Of the clip as it was shot.
        height: Of the clip as it was shot.
        area: Pixels wanted.
        guide_scale: Size of the guide relative to the clip's, as the model takes it.

    Returns:
        Width and height.

    Raises:
        ShapeError: If a number is not positive, or the scale not between 0.01 and 1.
    """
    _check_positive(width=width, height=height, area=area)
    step = size_step(guide_scale)
    smallest = _smallest_side(step, guide_scale)
    ideal_width, ideal_height = math.sqrt(area * width / height), math.sqrt(area * height / width)
    return tuple(max(smallest, round(side / step) * step) for side in (ideal_width, ideal_height))


def padding_for(width: int, height: int, guide_scale: float = 0.25) -> tuple[int, int]:
    """Columns on the right and rows at the bottom that a clip lacks to fit the VAE, the model and its guide.

    Raises:
        ShapeError: If a number is not positive, or the scale not between 0.01 and 1.
    """
    _check_positive(width=width, height=height)
    step = size_step(guide_scale)
    smallest = _smallest_side(step, guide_scale)
    right, bottom = (max(smallest, math.ceil(side / step) * step) - side for side in (width, height))
    return right, bottom


def padded_num_frames(num_frames: int) -> int:
    """The next number of frames that is a multiple of 4, plus 1.

    Raises:
        ShapeError: If there are none.
    """
    _check_positive(num_frames=num_frames)
    return num_frames + -(num_frames - 1) % _FRAMES_PER_LATENT


def pad_frames(
    frames: Shaped[Tensor, "*batch height width"], right: int, bottom: int
) -> Shaped[Tensor, "*batch padded_height padded_width"]:
    """Repeat the last column and row. The optical axis stays where it is, and so does K."""
    if not (right or bottom):
        return frames
    height, width = frames.shape[-2:]
    rows = torch.arange(height + bottom, device=frames.device).clamp(max=height - 1)
    columns = torch.arange(width + right, device=frames.device).clamp(max=width - 1)
    return frames[..., rows, :][..., columns]


def hold_last(frames: Shaped[Tensor, "*frame"], num_frames: int) -> Shaped[Tensor, "*padded"]:
    """Repeat the last along the first dimension until there are ``num_frames``: of frames, poses or numbers."""
    if num_frames == len(frames):
        return frames
    return frames[torch.arange(num_frames, device=frames.device).clamp(max=len(frames) - 1)]


def crop(
    frames: Shaped[Tensor, "*batch padded_height padded_width"], width: int, height: int
) -> Shaped[Tensor, "*batch height width"]:
    """Take what :func:`pad_frames` added off again."""
    return frames[..., :height, :width]


def size_step(guide_scale: float) -> int:
    """Both sides of a fitting size are multiples of this: 16, and what makes 8 pixels of the guide.

    Raises:
        ShapeError: If the scale is not between 0.01 and 1.
    """
    if not 0.01 <= guide_scale <= 1:
        raise ShapeError(
            "guide_scale",
            expected="a number from 0.01 to 1",
            got=f"{guide_scale}",
            todo="The released model takes the guide at 0.25 of the clip's size.",
        )
    for_guide = (_PIXELS_PER_LATENT / Fraction(guide_scale).limit_denominator(1000)).numerator
    step = math.lcm(_PIXELS_PER_TOKEN, for_guide)
    return step if step <= _LARGEST_STEP else _PIXELS_PER_TOKEN


def _smallest_side(step: int, guide_scale: float) -> int:
    """At which the guide is one token wide."""
    return step * math.ceil(_PIXELS_PER_TOKEN / guide_scale / step)


def _check_positive(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise ShapeError(
                f"{name} of the clip", expected="1 or more", got=f"{number}", todo="Load at least one frame."
            )
