"""Rigid orbit about a picked point."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import rigid_from
from .interpolation import keyframe_rotation
from .paths import AroundPath
from .samples import PathSamples


def sample_around(path: AroundPath, times: Float[Tensor, " frame"]) -> PathSamples:
    """Turn camera and its place about the pivot, evenly in the angles and in the log of distance and focal length.

    With A(s) = Ry(yaw·s) Rx(−pitch·s) and the pivot p, the camera stands at ``p − distanceˢ · A(s) p`` with the
    rotation ``A(s) Rz(roll·s)``: the pivot stays at one place of the picture, wherever it is, while roll is 0.
    + yaw goes to the left around the pivot, + pitch rises, + roll turns the camera clockwise.

    Args:
        path: Its angles are those at time 1.
        times: In [0, 1], float64.
    """
    yaw, pitch, roll = (degrees * times for degrees in (path.yaw_deg, -path.pitch_deg, path.roll_deg))
    pivot = torch.tensor(path.pivot, dtype=torch.float64)
    turned = keyframe_rotation(yaw, pitch, torch.zeros_like(roll)) @ pivot
    position = pivot - (path.distance**times)[:, None] * turned
    return PathSamples(
        c2w=rigid_from(keyframe_rotation(yaw, pitch, roll), position), focal_scale=path.focal_scale**times
    )
