"""A clip and what was made of it, to be looked at."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from ..geometry.report_drawing import BRIGHT, blank, put_text, strip
from ..media.frames import image_from_video
from ..media.selection import uniform_indices

_NUM_TIMES, _WIDTH_PX, _GAP_PX, _TITLE_PX = 6, 1152, 4, 26


def contact_sheet(videos: Mapping[str, Tensor], *, title: str) -> UInt8[np.ndarray, "height width 3"]:
    """One row of six moments for each video ``[T,3,H,W]`` in [-1, 1], under a title."""
    head = blank(_TITLE_PX, _WIDTH_PX)
    put_text(head, title, 6, 18, colour=BRIGHT)
    parts = [head]
    for name, video in videos.items():
        moments = uniform_indices(len(video), min(_NUM_TIMES, len(video)))
        labels = [name, *(f"frame {moment}" for moment in moments[1:])]
        pictures = image_from_video(video[torch.tensor(moments)].clamp(-1, 1))
        parts += [strip(pictures, labels, width=_WIDTH_PX, gap=_GAP_PX), blank(_GAP_PX, _WIDTH_PX)]
    return np.concatenate(parts)
