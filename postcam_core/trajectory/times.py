"""Where in a trajectory each frame lies."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import TrajectoryError


def sample_times(num_frames: int) -> Float[Tensor, " frame"]:
    """Times of the frames, from 0 at the first to 1 at the last.

    A division, not ``linspace``: ``12 / 40`` is the double nearest to 0.3, so that frame 12 of 41 meets a
    key at 0.3 exactly, here and in the editor.

    Raises:
        TrajectoryError: If ``num_frames`` is below 1.
    """
    if num_frames < 1:
        raise TrajectoryError(
            "number of frames",
            expected="1 or more",
            got=f"{num_frames}",
            todo="The released checkpoint takes 41 frames.",
        )
    return torch.arange(num_frames, dtype=torch.float64) / max(num_frames - 1, 1)
