"""The clip at the size at which motion is measured."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkingFrames:
    """Frames as they are measured on.

    Attributes:
        rgb: uint8 ``[frame, height, width, 3]``.
        grey: uint8 ``[frame, height, width]``.
    """

    rgb: np.ndarray
    grey: np.ndarray

    @property
    def height(self) -> int:
        """In pixels."""
        return self.grey.shape[1]

    @property
    def width(self) -> int:
        """In pixels."""
        return self.grey.shape[2]

    @property
    def centre_px(self) -> np.ndarray:
        """Middle of the picture, ``[2]``."""
        return np.array([(self.width - 1) / 2, (self.height - 1) / 2])


def working_frames(video: Float[Tensor, "frame 3 height width"], width: int) -> WorkingFrames:
    """Bring a video in [-1, 1] to the given width, frame by frame.

    Small clips are enlarged: tracks and patches are sized in pixels, and in 160 columns they are too coarse.
    """
    import cv2

    num_frames, _, full_height, full_width = video.shape
    interpolation = cv2.INTER_AREA if width <= full_width else cv2.INTER_CUBIC
    height = max(1, round(full_height * width / full_width))
    rgb = np.empty((num_frames, height, width, 3), np.uint8)
    for frame, picture in zip(rgb, video, strict=True):
        levels = ((picture.cpu().float() + 1) * 127.5).clamp(0, 255).permute(1, 2, 0).contiguous().numpy()
        frame[:] = cv2.resize(levels, (width, height), interpolation=interpolation).round().clip(0, 255)
    grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in rgb])
    return WorkingFrames(rgb=rgb, grey=grey)
