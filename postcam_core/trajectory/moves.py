"""Paths that can be evaluated at any time: presets, orbits, keyframes and orbits about a point."""

import torch
from jaxtyping import Float
from torch import Tensor

from .around import sample_around
from .interpolation import interpolate_keyframes
from .orbit import orbit_at
from .paths import AroundPath, Move, OrbitPath, PresetPath
from .presets import preset_path
from .samples import PathSamples


def sample_move(path: Move, times: Float[Tensor, " frame"]) -> PathSamples:
    """Pose and focal scale of a move at times in [0, 1], float64."""
    if isinstance(path, PresetPath):
        path = preset_path(path.name, path.amount)
    if isinstance(path, AroundPath):
        return sample_around(path, times)
    if isinstance(path, OrbitPath):
        c2w = orbit_at(times, path.pitch_deg, path.yaw_deg, path.displacement)
        return PathSamples(c2w=c2w, focal_scale=torch.ones_like(times))
    return interpolate_keyframes(path.keyframes, times)
