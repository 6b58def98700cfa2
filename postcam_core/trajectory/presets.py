"""Named camera moves. Lengths are in nearest depths: the subject is the point (0, 0, 1)."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .paths import Keyframe, KeyframePath, OrbitPath
from .preset_names import PresetName

# Enough keys that the spline between them stays on a curve to about a thousandth.
_NUM_CURVE_KEYS = 49
_MAX_TURN_BETWEEN_KEYS_DEG = 90.0


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One entry of the table.

    Attributes:
        label: Name for people.
        natural_size: What ``amount = 1`` does, as a phrase.
        build: From the amount to the path; a negative amount mirrors the move, 0 stands still.
    """

    label: str
    natural_size: str
    build: Callable[[float], OrbitPath | KeyframePath]


_STILL = OrbitPath(pitch_deg=(0.0,), yaw_deg=(0.0,), displacement=(0.0,))


def preset_path(name: PresetName, amount: float = 1.0) -> OrbitPath | KeyframePath:
    """The path of a preset at ``amount`` times its natural size."""
    return PRESETS[name].build(amount)


def _static(amount: float) -> OrbitPath:
    return _STILL


def _arc(*, pitch_deg: float = 0.0, yaw_deg: float = 0.0) -> Callable[[float], OrbitPath]:
    """Orbit with the four keys of the released trajectory files."""

    def build(amount: float) -> OrbitPath:
        if amount == 0:  # an orbit without angles would be a dolly
            return _STILL
        return OrbitPath(
            pitch_deg=tuple(k * pitch_deg * amount / 3 for k in range(4)),
            yaw_deg=tuple(k * yaw_deg * amount / 3 for k in range(4)),
            displacement=(1.0,) * 4,
        )

    return build


def _zoom(direction: float) -> Callable[[float], OrbitPath]:
    def build(amount: float) -> OrbitPath:
        return OrbitPath(
            pitch_deg=(0.0,) * 4,
            yaw_deg=(0.0,) * 4,
            displacement=tuple(k * direction * amount / 4 for k in range(5)),
        )

    return build


def _turn(axis: str, natural_deg: float) -> Callable[[float], KeyframePath]:
    """Constant turn in place; between neighbouring keys it must stay below half a turn."""

    def build(amount: float) -> KeyframePath:
        total_deg = natural_deg * amount
        num_steps = max(1, math.ceil(abs(total_deg) / _MAX_TURN_BETWEEN_KEYS_DEG))
        return _path(
            Keyframe(time=k / num_steps, position=(0.0, 0.0, 0.0), **{axis: total_deg * k / num_steps})
            for k in range(num_steps + 1)
        )

    return build


def _slide(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Callable[[float], KeyframePath]:
    def build(amount: float) -> KeyframePath:
        return _path(
            Keyframe(time=time, position=(x * amount * time, y * amount * time, z * amount * time))
            for time in (0.0, 1.0)
        )

    return build


def _looking_at_subject(
    position: Callable[[float, float], tuple[float, float, float]],
) -> Callable[[float], KeyframePath]:
    """Follow ``position(time, amount)`` with the camera aimed at the subject."""

    def key(time: float, amount: float) -> Keyframe:
        x, y, z = position(time, amount)
        to_subject = (-x, -y, 1 - z)
        return Keyframe(
            time=time,
            position=(x, y, z),
            pan_deg=math.degrees(math.atan2(to_subject[0], to_subject[2])),
            tilt_deg=math.degrees(math.atan2(-to_subject[1], math.hypot(to_subject[0], to_subject[2]))),
        )

    return lambda amount: _path(key(time, amount) for time in _curve_times())


def _spiral(time: float, amount: float) -> tuple[float, float, float]:
    radius, angle = 0.25 * amount * time, 4 * math.pi * time
    return radius * math.sin(angle), -radius * math.cos(angle), 0.0


def _figure_eight(time: float, amount: float) -> tuple[float, float, float]:
    angle = 2 * math.pi * time
    return 0.3 * amount * math.sin(angle), 0.12 * amount * math.sin(2 * angle), 0.0


def _handheld(amount: float) -> KeyframePath:
    """Sway of about a hundredth of the nearest depth and half a degree, one noise per channel."""

    def key(time: float) -> Keyframe:
        x, y, z, pan, tilt, roll = (
            amount * (smooth_noise(time, seed) - smooth_noise(0.0, seed)) for seed in range(6)
        )
        return Keyframe(
            time=time,
            position=(0.01 * x, 0.01 * y, 0.006 * z),
            pan_deg=0.5 * pan,
            tilt_deg=0.5 * tilt,
            roll_deg=0.3 * roll,
        )

    return _path(key(time) for time in _curve_times())


def smooth_noise(time: float, seed: int) -> float:
    """Noise in [-1, 1] with one to six swings over the clip; each seed has phases of its own."""
    # Multiples of square roots scatter the phases and need no generator, in any language.
    cycles_and_phases = ((1.0, 5**0.5), (2.3, 2**0.5), (3.7, 3**0.5), (5.9, 7**0.5))
    weight = sum(1 / cycles for cycles, _ in cycles_and_phases)
    return sum(
        math.sin(2 * math.pi * (cycles * time + phase * (seed + 1))) / cycles / weight
        for cycles, phase in cycles_and_phases
    )


def _dolly_zoom(amount: float) -> KeyframePath:
    """The distance to the subject halves while the focal length halves with it: its size stays.

    Both shrink exponentially, so that the perspective changes at one rate and no amount reaches the subject.
    """
    return _path(
        Keyframe(
            time=time, position=(0.0, 0.0, 1 - 0.5 ** (amount * time)), focal_scale=0.5 ** (amount * time)
        )
        for time in _curve_times()
    )


def _lens_zoom(direction: float) -> Callable[[float], KeyframePath]:
    def build(amount: float) -> KeyframePath:
        return _path(
            Keyframe(time=time, position=(0.0, 0.0, 0.0), focal_scale=2.0 ** (direction * amount * time))
            for time in (0.0, 1.0)
        )

    return build


def _curve_times() -> list[float]:
    return [k / (_NUM_CURVE_KEYS - 1) for k in range(_NUM_CURVE_KEYS)]


def _path(keyframes: Iterable[Keyframe]) -> KeyframePath:
    return KeyframePath(unit="nearest_depth", keyframes=tuple(keyframes))


def _preset(label: str, natural_size: str, build: Callable[[float], OrbitPath | KeyframePath]) -> Preset:
    return Preset(label=label, natural_size=natural_size, build=build)


_AROUND = "30° around the subject"

PRESETS: dict[PresetName, Preset] = {
    "static": _preset("Static", "stands still at any amount", _static),
    "x_down_30": _preset("Released: down 30°", f"{_AROUND}, downwards", _arc(pitch_deg=-30.0)),
    "x_up_30": _preset("Released: up 30°", f"{_AROUND}, upwards", _arc(pitch_deg=30.0)),
    "y_left_30": _preset("Released: left 30°", f"{_AROUND}, to the left", _arc(yaw_deg=30.0)),
    "y_right_30": _preset("Released: right 30°", f"{_AROUND}, to the right", _arc(yaw_deg=-30.0)),
    "zoom_in": _preset(
        "Released: zoom in", "ahead by the whole nearest depth, up to the subject", _zoom(1.0)
    ),
    "zoom_out": _preset("Released: zoom out", "back by the nearest depth", _zoom(-1.0)),
    "pan_left": _preset("Pan left", "20° to the left in place", _turn("pan_deg", -20.0)),
    "pan_right": _preset("Pan right", "20° to the right in place", _turn("pan_deg", 20.0)),
    "tilt_up": _preset("Tilt up", "10° upwards in place", _turn("tilt_deg", 10.0)),
    "tilt_down": _preset("Tilt down", "10° downwards in place", _turn("tilt_deg", -10.0)),
    "roll_left": _preset("Roll left", "15° anticlockwise for the operator", _turn("roll_deg", -15.0)),
    "roll_right": _preset("Roll right", "15° clockwise for the operator", _turn("roll_deg", 15.0)),
    "truck_left": _preset("Truck left", "left by 0.3 nearest depths", _slide(x=-0.3)),
    "truck_right": _preset("Truck right", "right by 0.3 nearest depths", _slide(x=0.3)),
    "pedestal_up": _preset("Pedestal up", "up by 0.25 nearest depths", _slide(y=-0.25)),
    "pedestal_down": _preset("Pedestal down", "down by 0.25 nearest depths", _slide(y=0.25)),
    "dolly_in": _preset("Dolly in", "half the way to the subject", _slide(z=0.5)),
    "dolly_out": _preset("Dolly out", "back by half the nearest depth", _slide(z=-0.5)),
    "arc_left": _preset("Arc left", f"{_AROUND}, to the left", _arc(yaw_deg=30.0)),
    "arc_right": _preset("Arc right", f"{_AROUND}, to the right", _arc(yaw_deg=-30.0)),
    "arc_up": _preset("Arc up", f"{_AROUND}, upwards", _arc(pitch_deg=30.0)),
    "arc_down": _preset("Arc down", f"{_AROUND}, downwards", _arc(pitch_deg=-30.0)),
    "crane_up": _preset(
        "Crane up",
        "up by 0.4 nearest depths, aimed at the subject",
        _looking_at_subject(lambda time, amount: (0.0, -0.4 * amount * time, 0.0)),
    ),
    "crane_down": _preset(
        "Crane down",
        "down by 0.4 nearest depths, aimed at the subject",
        _looking_at_subject(lambda time, amount: (0.0, 0.4 * amount * time, 0.0)),
    ),
    "spiral": _preset(
        "Spiral",
        "two turns out to 0.25 nearest depths, aimed at the subject",
        _looking_at_subject(_spiral),
    ),
    "figure_eight": _preset(
        "Figure eight",
        "a lying eight, 0.6 nearest depths wide, aimed at the subject",
        _looking_at_subject(_figure_eight),
    ),
    "handheld": _preset("Handheld", "sway of a hundredth of the nearest depth and half a degree", _handheld),
    "dolly_zoom": _preset(
        "Dolly zoom", "half the way in while the focal length halves; 2 does so twice", _dolly_zoom
    ),
    "lens_zoom_in": _preset("Lens zoom in", "twice the focal length, standing still", _lens_zoom(1.0)),
    "lens_zoom_out": _preset("Lens zoom out", "half the focal length, standing still", _lens_zoom(-1.0)),
}
