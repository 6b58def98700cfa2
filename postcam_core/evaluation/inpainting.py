"""The rivals of a trained model: guides whose holes are filled without knowing anything."""

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..media import uint8_from_video
from ..warp import Guide

_RADIUS_PX = 3


def fill_in_space(
    frames: Float[Tensor, "frame 3 height width"], mask: Bool[Tensor, "frame height width"]
) -> Float[Tensor, "frame 3 height width"]:
    """Each frame's holes from what surrounds them.

    Args:
        frames: In [-1, 1].
        mask: True where a pixel is known.

    Source:
        Telea, An image inpainting technique based on the fast marching method, 2004, as in OpenCV.
    """
    import cv2

    filled = frames.clone()
    levels = uint8_from_video(frames).cpu().numpy()
    for frame, picture, known in zip(filled, levels, mask.cpu().numpy(), strict=True):
        painted = cv2.inpaint(picture, (~known).astype(np.uint8), _RADIUS_PX, cv2.INPAINT_TELEA)
        colours = torch.from_numpy(painted).permute(2, 0, 1).to(frame) / 127.5 - 1
        frame.copy_(torch.where(torch.from_numpy(known).to(frame.device), frame, colours))
    return filled


def fill_over_time(
    frames: Float[Tensor, "frame 3 height width"], mask: Bool[Tensor, "frame height width"]
) -> Float[Tensor, "frame 3 height width"]:
    """Each hole from the nearest moment at which its pixel is known, the earlier of two; the rest in space."""
    num_frames = len(frames)
    moments = torch.arange(num_frames, device=mask.device).view(-1, 1, 1)
    # Running maximum of the known moments = the last one before; the same backwards for the next one after.
    before = torch.where(mask, moments, -num_frames).cummax(dim=0).values
    after = torch.where(mask, moments, 2 * num_frames).flip(0).cummin(dim=0).values.flip(0)
    nearest = torch.where(moments - before <= after - moments, before, after)
    is_ever_known = mask.any(dim=0).expand_as(mask)
    index = nearest.clamp(0, num_frames - 1)[:, None].expand_as(frames)
    return fill_in_space(frames.gather(0, index), is_ever_known)


def inpainted_guide(guide: Guide, *, over_time: bool) -> Float[Tensor, "frame 3 height width"]:
    """A guide without holes: what can be had without a model."""
    fill = fill_over_time if over_time else fill_in_space
    return fill(guide.frames, guide.mask)
