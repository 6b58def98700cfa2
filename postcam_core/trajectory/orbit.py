"""The released three-line trajectory: pitch, yaw and displacement as key values over the clip."""

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import rigid_from
from ..errors import TrajectoryError
from .times import sample_times

# The released code passes up to three keys through straight lines and more through a spline.
_MAX_LINEAR_KEYS = 3


def orbit_c2w(
    pitch_deg: Sequence[float],
    yaw_deg: Sequence[float],
    displacement: Sequence[float],
    num_frames: int,
    orbit_radius: float = 1.0,
    dolly_distance: float = 1.0,
) -> Float[Tensor, "frame 4 4"]:
    """Poses of an orbit about a point ahead of the first camera, or of a dolly.

    The three lines are independent and may differ in length; each is spread evenly over the clip. With any
    yaw the camera orbits at ``displacement · orbit_radius``; with pitch alone at
    ``displacement · dolly_distance``; with neither it moves ahead by ``displacement · dolly_distance``.
    Four keys are met exactly; from five on the spline smooths and may pass beside them.

    Args:
        pitch_deg: How far the camera rises around the subject, in degrees.
        yaw_deg: How far it goes to the left around the subject, in degrees.
        displacement: Multiple of the radius or of the distance.
        num_frames: Length of the result.
        orbit_radius: Length that a displacement of 1 means in an orbit with yaw; its unit is the result's.
        dolly_distance: The same for pitch alone and for the dolly.

    Returns:
        Camera-to-world poses in float64, in the axes of the first source camera.

    Raises:
        TrajectoryError: On a line without keys, non-finite numbers or ``num_frames`` below 1.

    Source:
        ``generate_traj_txt`` and ``sphere2pose`` of the released code (dataset/utils.py). differs: angles in
        float64, not float32; which kind of move it is comes from the keys, not from the sampled values, so
        that a single frame of an orbit is not taken for a dolly; one key is a constant.
    """
    return orbit_at(sample_times(num_frames), pitch_deg, yaw_deg, displacement, orbit_radius, dolly_distance)


def orbit_at(
    times: Float[Tensor, " frame"],
    pitch_deg: Sequence[float],
    yaw_deg: Sequence[float],
    displacement: Sequence[float],
    orbit_radius: float = 1.0,
    dolly_distance: float = 1.0,
) -> Float[Tensor, "frame 4 4"]:
    """The poses of :func:`orbit_c2w` at any times in [0, 1], float64."""
    pitch, yaw, size = (
        _interpolate_line(keys, times.numpy(), name)
        for keys, name in ((pitch_deg, "pitch"), (yaw_deg, "yaw"), (displacement, "displacement"))
    )
    if not np.any(pitch_deg) and not np.any(yaw_deg):
        position = np.zeros((len(times), 3))
        position[:, 2] = size * dolly_distance
        return rigid_from(
            torch.eye(3, dtype=torch.float64).expand(len(times), 3, 3), torch.from_numpy(position)
        )
    radius = size * (orbit_radius if np.any(yaw_deg) else dolly_distance)
    return _orbit_poses(*(torch.from_numpy(line) for line in (np.deg2rad(pitch), np.deg2rad(yaw), radius)))


def _interpolate_line(keys: Sequence[float], times: np.ndarray, name: str) -> np.ndarray:
    values = np.asarray(keys, dtype=np.float64)
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
        raise TrajectoryError(
            f"{name} of the orbit",
            expected="one or more finite numbers",
            got=f"{list(keys)[:8]}",
            todo="Give key values such as 0 10 20 30; one value holds over the whole clip.",
        )
    key_times = np.linspace(0, 1, values.size)
    if values.size <= _MAX_LINEAR_KEYS:
        return np.interp(times, key_times, values)
    from scipy.interpolate import UnivariateSpline

    with warnings.catch_warnings():
        # FITPACK may stop before it reached the smoothing it aimed at; the released code takes that result too.
        warnings.simplefilter("ignore")
        return UnivariateSpline(key_times, values, k=3)(times)


def _orbit_poses(pitch: Tensor, yaw: Tensor, radius: Tensor) -> Float[Tensor, "frame 4 4"]:
    """Cameras on a sphere about (0, 0, radius), looking at its centre; angles in radians."""
    zero, one = torch.zeros_like(pitch), torch.ones_like(pitch)
    cos_x, sin_x, cos_y, sin_y = pitch.cos(), pitch.sin(), yaw.cos(), yaw.sin()
    turn = torch.stack([cos_y, zero, sin_y, zero, one, zero, -sin_y, zero, cos_y], dim=-1)
    nod = torch.stack([one, zero, zero, zero, cos_x, sin_x, zero, -sin_x, cos_x], dim=-1)
    rotation = turn.unflatten(-1, (3, 3)) @ nod.unflatten(-1, (3, 3))
    away = torch.stack([-cos_x * sin_y, -sin_x, 1 - cos_x * cos_y], dim=-1)
    return rigid_from(rotation, radius[:, None] * away)
