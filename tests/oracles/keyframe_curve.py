"""Scalar twin of keyframe interpolation: quaternions and plain loops, as docs/formats.md writes the formulas."""

import math
from collections.abc import Sequence

from postcam_core.trajectory import Keyframe

Vector = list[float]
Quaternion = list[float]  # w, x, y, z


def curve_at(keys: Sequence[Keyframe], time: float) -> tuple[Quaternion, Vector, float]:
    """Rotation, position and focal scale at one time."""
    channels = [[*key.position, math.log(key.focal_scale)] for key in keys]
    turns = [_keyframe_quaternion(key) for key in keys]
    if time <= keys[0].time:
        return _result(turns[0], channels[0])
    if time >= keys[-1].time:
        return _result(turns[-1], channels[-1])
    i = max(k for k in range(len(keys)) if keys[k].time <= time)
    if keys[i].interpolation == "hold":
        return _result(turns[i], channels[i])

    h = keys[i + 1].time - keys[i].time
    s = (time - keys[i].time) / h
    channel_steps = [_minus(b, a) for a, b in zip(channels, channels[1:], strict=False)]
    turn_steps = [_log(_times(_conjugate(a), b)) for a, b in zip(turns, turns[1:], strict=False)]

    m0, m1 = (_rate(keys, channel_steps, i, key) for key in (i, i + 1))
    channel = [
        p0 + (s**3 - 2 * s**2 + s) * h * r0 + (3 * s**2 - 2 * s**3) * (p1 - p0) + (s**3 - s**2) * h * r1
        for p0, p1, r0, r1 in zip(channels[i], channels[i + 1], m0, m1, strict=True)
    ]
    w1, w3 = ([h * rate / 3 for rate in _rate(keys, turn_steps, i, key)] for key in (i, i + 1))
    between = _times(_conjugate(turns[i]), turns[i + 1])
    w2 = _log(_times(_times(_conjugate(_exp(w1)), between), _conjugate(_exp(w3))))
    turn = turns[i]
    for weight, w in ((1 - (1 - s) ** 3, w1), (3 * s**2 - 2 * s**3, w2), (s**3, w3)):
        turn = _times(turn, _exp([weight * component for component in w]))
    return _result(turn, channel)


def quaternion_matrix(q: Quaternion) -> list[list[float]]:
    w, x, y, z = q
    return [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]


def _rate(keys: Sequence[Keyframe], steps: list[Vector], segment: int, key: int) -> Vector:
    """Rate of change at a key, as the given segment sees it."""
    is_inner = 0 < key < len(keys) - 1
    if is_inner and keys[key - 1].interpolation == keys[key].interpolation == "spline":
        time = keys[key + 1].time - keys[key - 1].time
        return [(a + b) / time for a, b in zip(steps[key - 1], steps[key], strict=True)]
    return [a / (keys[segment + 1].time - keys[segment].time) for a in steps[segment]]


def _keyframe_quaternion(key: Keyframe) -> Quaternion:
    pan = _exp([0, math.radians(key.pan_deg), 0])
    tilt = _exp([math.radians(key.tilt_deg), 0, 0])
    roll = _exp([0, 0, math.radians(key.roll_deg)])
    return _times(_times(pan, tilt), roll)


def _result(turn: Quaternion, channel: Vector) -> tuple[Quaternion, Vector, float]:
    return turn, channel[:3], math.exp(channel[3])


def _minus(a: Vector, b: Vector) -> Vector:
    return [x - y for x, y in zip(a, b, strict=True)]


def _times(a: Quaternion, b: Quaternion) -> Quaternion:
    return [
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    ]


def _conjugate(q: Quaternion) -> Quaternion:
    return [q[0], -q[1], -q[2], -q[3]]


def _exp(rotation_vector: Vector) -> Quaternion:
    angle = math.hypot(*rotation_vector)
    factor = math.sin(angle / 2) / angle if angle > 0 else 0.5
    return [math.cos(angle / 2), *(factor * component for component in rotation_vector)]


def _log(q: Quaternion) -> Vector:
    if q[0] < 0:
        q = [-component for component in q]
    sine = math.hypot(*q[1:])
    factor = 2 * math.atan2(sine, q[0]) / sine if sine > 0 else 2.0
    return [factor * component for component in q[1:]]
