"""Recorded poses at other times than they were recorded at."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import interpolate_rigid
from .paths import PosesPath
from .samples import PathSamples
from .times import sample_times


def resample_poses(path: PosesPath, times: Float[Tensor, " frame"]) -> PathSamples:
    """Poses between the recorded ones, which are spread evenly over [0, 1].

    Straight in position, the shortest arc in rotation, evenly in the logarithm of the focal scale. As many
    times as poses, spread as they are, give the recorded poses to the last digit.

    Args:
        path: The poses.
        times: In [0, 1], float64.
    """
    c2w = torch.tensor(path.c2w, dtype=torch.float64).unflatten(-1, (4, 4))
    focal_scale = torch.tensor(path.focal_scale or [1.0] * len(c2w), dtype=torch.float64)
    if torch.equal(times, sample_times(len(c2w))):
        return PathSamples(c2w=c2w, focal_scale=focal_scale)
    place = times * (len(c2w) - 1)
    start = place.floor().long().clamp(max=max(len(c2w) - 2, 0))
    end = (start + 1).clamp(max=len(c2w) - 1)
    fraction = place - start
    log_focal = torch.lerp(focal_scale[start].log(), focal_scale[end].log(), fraction)
    return PathSamples(c2w=interpolate_rigid(c2w[start], c2w[end], fraction), focal_scale=log_focal.exp())
