"""Bringing frames to the model's size, by numbers that intrinsics can follow."""

from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from ..errors import MediaError, ShapeError

_CHUNK = 4  # frames resized at once: bounds the memory, and more of them are no faster


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Resize by ``scale``, then cut ``width`` × ``height`` pixels out of the middle.

    Attributes:
        scale_x: Resized width over source width, exactly as resampled (after rounding to whole pixels).
        scale_y: Resized height over source height.
        left: Columns cut off on the left, after resizing; on the right as many, or one more or fewer.
        top: Rows cut off at the top, after resizing; at the bottom as many, or one more or fewer.
        width: Columns of the result.
        height: Rows of the result.
    """

    scale_x: float
    scale_y: float
    left: int
    top: int
    width: int
    height: int


def plan_fit(
    source_width: int, source_height: int, *, width: int, height: int, mode: Literal["cover", "stretch"]
) -> Fit:
    """Plan how frames of one size become another.

    Args:
        source_width: Columns now.
        source_height: Rows now.
        width: Columns wanted.
        height: Rows wanted.
        mode: ``"cover"`` keeps the proportions and cuts equally on both sides what is too much;
            ``"stretch"`` keeps everything and changes the proportions.

    Raises:
        MediaError: If a size is not positive, or the mode unknown.

    Source:
        ``TestDataset.resize_crop`` of the released code (cover).
        differs: never a pixel smaller than wanted where ``int()`` of the scaled size falls short of it;
        there the released code pads with black.
    """
    for name, size in (("source", (source_width, source_height)), ("target", (width, height))):
        if min(size) < 1:
            raise MediaError(
                f"{name} size", expected="1×1 or more", got=f"{size[0]}×{size[1]}", todo="Give it in pixels."
            )
    if mode == "cover":
        scale = max(height / source_height, width / source_width)
        resized_width = max(width, int(source_width * scale))
        resized_height = max(height, int(source_height * scale))
    elif mode == "stretch":
        resized_width, resized_height = width, height
    else:
        raise MediaError(
            "fit mode", expected='"cover" or "stretch"', got=repr(mode), todo="Cover is the released way."
        )
    return Fit(
        scale_x=resized_width / source_width,
        scale_y=resized_height / source_height,
        left=round((resized_width - width) / 2),
        top=round((resized_height - height) / 2),
        width=width,
        height=height,
    )


def fit_frames(
    frames: Float[Tensor, "frame channel height width"], fit: Fit
) -> Float[Tensor, "frame channel fit_height fit_width"]:
    """Resize and cut, bilinear with antialiasing, a few frames at a time.

    Raises:
        ShapeError: If the plan was made for frames of another size.
    """
    resized_width = _resized(frames.shape[-1], fit.scale_x, fit.left, fit.width)
    resized_height = _resized(frames.shape[-2], fit.scale_y, fit.top, fit.height)
    fitted = frames.new_empty(*frames.shape[:2], fit.height, fit.width)
    for start in range(0, len(frames), _CHUNK):
        chunk = frames[start : start + _CHUNK]
        resized = interpolate(chunk, size=(resized_height, resized_width), mode="bilinear", antialias=True)
        fitted[start : start + _CHUNK] = resized[
            ..., fit.top : fit.top + fit.height, fit.left : fit.left + fit.width
        ]
    return fitted


def _resized(size: int, scale: float, margin: int, fit_size: int) -> int:
    resized = round(size * scale)
    if abs(resized - fit_size - 2 * margin) > 1:
        raise ShapeError(
            "frames to fit",
            expected=f"the size that the fit was planned for: about {(fit_size + 2 * margin) / scale:.0f} px",
            got=f"{size} px",
            todo="Plan with the width and height of these frames.",
        )
    return resized
