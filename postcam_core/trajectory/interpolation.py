"""From keyframes to poses and focal scales. docs/formats.md repeats these formulas for the editor.

Keys have times t₀ < t₁ < …. Segment i goes from key i to key i+1 and follows key i's ``interpolation``.
With h = t[i+1] − t[i] and s = clamp((t − t[i]) / h, 0, 1), every channel follows one cubic Hermite curve:

- Position and log focal scale: ``p = p₀ + (s³−2s²+s)·h·m₀ + (3s²−2s³)·(p₁−p₀) + (s³−s²)·h·m₁``.
- Rotation: ``R = R₀ exp(b₁·w₁) exp(b₂·w₂) exp(b₃·w₃)`` with ``b₁ = 1−(1−s)³``, ``b₂ = 3s²−2s³``, ``b₃ = s³``,
  ``w₁ = h·ω₀/3``, ``w₃ = h·ω₁/3``, ``w₂ = log(exp(−w₁) R₀ᵀ R₁ exp(−w₃))``; ω in the camera's own axes.

The rate (m or ω) at a key between two spline segments is the step before plus the step after over their
time, where a step is ``p[i+1] − p[i]`` or ``log(R[i]ᵀ R[i+1])``. At every other end of a segment it is the segment's
own step over h: neither ``linear`` nor ``hold`` lets its rate into the neighbour. A ``linear`` segment has its
own rate at both ends, which makes the formulas a straight line at constant speed; ``hold`` takes s = 0 until
the next key. Before the first and after the last key their values hold.

Source:
    Catmull & Rom 1974 with uneven times; Kim, Kim & Shin, "A general construction scheme for unit quaternion
    curves with simple high order derivatives", SIGGRAPH 1995 (cumulative Bézier form).
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import rigid_from, rotation_exp, rotation_log
from .paths import Keyframe
from .samples import PathSamples


def keyframe_rotation(pan_deg: Tensor, tilt_deg: Tensor, roll_deg: Tensor) -> Float[Tensor, "*batch 3 3"]:
    """``Ry(pan) Rx(tilt) Rz(roll)``: to the right, upwards, clockwise as the operator sees it; in degrees.

    With +y down, ``Ry`` takes forward towards +x, ``Rx`` takes forward towards −y, ``Rz`` takes right towards +y.
    """
    angles = torch.deg2rad(torch.stack([pan_deg, tilt_deg, roll_deg], dim=-1))
    x, y, z = torch.eye(3, dtype=angles.dtype)
    pan, tilt, roll = (rotation_exp(angles[..., i, None] * axis) for i, axis in enumerate((y, x, z)))
    return pan @ tilt @ roll


def interpolate_keyframes(keyframes: Sequence[Keyframe], times: Float[Tensor, " frame"]) -> PathSamples:
    """Pose and focal scale at each time; see this module's text for the curve.

    Two keys more than half a turn apart are joined the short way round.

    Args:
        keyframes: One or more, in the order of their times.
        times: In [0, 1], float64.
    """
    key_times = _column([key.time for key in keyframes])
    rotations = keyframe_rotation(
        _column([key.pan_deg for key in keyframes]),
        _column([key.tilt_deg for key in keyframes]),
        _column([key.roll_deg for key in keyframes]),
    )
    channels = torch.cat(
        [
            torch.tensor([key.position for key in keyframes], dtype=torch.float64),
            _column([key.focal_scale for key in keyframes]).log()[:, None],
        ],
        dim=-1,
    )
    if len(keyframes) == 1:
        segment = torch.zeros(len(times), dtype=torch.long)
        return _samples(rotations[segment], channels[segment])
    return _evaluate(key_times, rotations, channels, [key.interpolation for key in keyframes[:-1]], times)


def _evaluate(
    key_times: Tensor, rotations: Tensor, channels: Tensor, modes: list[str], times: Tensor
) -> PathSamples:
    duration = key_times.diff()
    turn = rotation_log(rotations[:-1].transpose(-1, -2) @ rotations[1:])
    start_rate, end_rate = _rates(torch.cat([channels.diff(dim=0), turn], dim=-1), duration, modes)

    i = (torch.searchsorted(key_times, times, right=True) - 1).clamp(0, len(duration) - 1)
    s = ((times - key_times[i]) / duration[i]).clamp(0, 1)
    is_hold = torch.tensor([mode == "hold" for mode in modes])
    s = torch.where(is_hold[i], s.floor(), s)[:, None]

    # Rates times the duration: the steps that the segment would make at its first and its last speed.
    first, last = (rate[i] * duration[i, None] for rate in (start_rate, end_rate))
    step = channels[i + 1] - channels[i]
    channel = (
        channels[i]
        + (s**3 - 2 * s**2 + s) * first[:, :4]
        + (3 * s**2 - 2 * s**3) * step
        + (s**3 - s**2) * last[:, :4]
    )
    w1, w3 = first[:, 4:] / 3, last[:, 4:] / 3
    between = rotations[i].transpose(-1, -2) @ rotations[i + 1]
    w2 = rotation_log(rotation_exp(-w1) @ between @ rotation_exp(-w3))
    rotation = (
        rotations[i]
        @ rotation_exp((1 - (1 - s) ** 3) * w1)
        @ rotation_exp((3 * s**2 - 2 * s**3) * w2)
        @ rotation_exp(s**3 * w3)
    )
    return _samples(rotation, channel)


def _rates(step: Tensor, duration: Tensor, modes: list[str]) -> tuple[Tensor, Tensor]:
    """Rate of every channel at the start and at the end of each segment."""
    own = step / duration[:, None]
    shared = (step[:-1] + step[1:]) / (duration[:-1] + duration[1:])[:, None]
    is_spline = torch.tensor([mode == "spline" for mode in modes])
    is_smooth = (is_spline[:-1] & is_spline[1:])[:, None]
    start, end = own.clone(), own.clone()
    start[1:] = torch.where(is_smooth, shared, own[1:])
    end[:-1] = torch.where(is_smooth, shared, own[:-1])
    return start, end


def _samples(rotation: Tensor, channel: Tensor) -> PathSamples:
    return PathSamples(c2w=rigid_from(rotation, channel[:, :3]), focal_scale=channel[:, 3].exp())


def _column(values: list[float]) -> Float[Tensor, " key"]:
    return torch.tensor(values, dtype=torch.float64)
