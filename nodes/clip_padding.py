"""Clips of any size and number of frames on their way to the model and back."""

from typing import Any

from torch import Tensor

from ..postcam_core.errors import ShapeError
from ..postcam_core.pipeline.sizes import crop, hold_last, pad_frames, padded_num_frames, padding_for

# Key in a LATENT's dictionary; samplers hand it on.
CROP = "postcam_crop"


def padded(images: Tensor, guide_scale: float) -> Tensor:
    """Images [frame, height, width, channel] at the next size and number that fit: edge and end repeated."""
    num_frames, height, width, _ = images.shape
    right, bottom = padding_for(width, height, guide_scale)
    fitting = pad_frames(images.movedim(-1, 1), right, bottom)
    return hold_last(fitting, padded_num_frames(num_frames)).movedim(1, -1)


def crop_note(images: Tensor, fitting: Tensor) -> dict[str, Any]:
    """What a LATENT has to say about a clip that was padded; nothing where it was not."""
    sizes = [dict(zip(("num_frames", "height", "width"), x.shape, strict=False)) for x in (images, fitting)]
    return {} if sizes[0] == sizes[1] else {CROP: {"clip": sizes[0], "padded": sizes[1]}}


def cut_back(images: Tensor, latent: dict[str, Any]) -> Tensor:
    """Decoded images at the clip's own size and number, as the LATENT notes it.

    Args:
        images: [clip, frame, height, width, channel].
        latent: What they were decoded from.

    Raises:
        ShapeError: If they are not of the size that was noted.
    """
    if CROP not in latent:
        return images
    clip, noted = latent[CROP]["clip"], latent[CROP]["padded"]
    num_frames, height, width = images.shape[1:4]
    if {"num_frames": num_frames, "height": height, "width": width} != noted:
        raise ShapeError(
            "decoded latent",
            expected=f"{noted['num_frames']} frames of {noted['width']}×{noted['height']}, as it was sampled",
            got=f"{num_frames} of {width}×{height}",
            todo="Decode it before you change its size or length.",
        )
    images = images[:, : clip["num_frames"]].movedim(-1, 2)
    return crop(images, clip["width"], clip["height"]).movedim(2, -1)
