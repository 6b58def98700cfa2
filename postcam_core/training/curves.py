"""The loss curve as a picture."""

import numpy as np
from jaxtyping import Float, UInt8

from ..geometry.report_drawing import (
    BRIGHT,
    DIM,
    END,
    GRID,
    PANEL,
    START,
    blank,
    dot,
    polyline,
    put_text,
    text_width,
)

_HEIGHT, _WIDTH = 360, 720
_TOP, _BOTTOM, _LEFT, _RIGHT = 40, 34, 64, 18
_TICKS = (1, 2, 5)


def loss_chart(
    steps: Float[np.ndarray, " step"], losses: Float[np.ndarray, " step"], *, title: str
) -> UInt8[np.ndarray, "height width 3"]:
    """Losses over steps on a logarithmic scale: each as it was, and their running mean in bright."""
    image = blank(_HEIGHT, _WIDTH, PANEL)
    put_text(image, title, 14, 22)
    kept = losses > 0
    steps, levels = steps[kept], np.log10(losses[kept])
    if len(levels) == 0:
        return image
    low, high = levels.min() - 0.02, levels.max() + 0.02
    last = max(float(steps[-1]), float(steps[0]) + 1)

    def place(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        right = _LEFT + (x - steps[0]) / (last - steps[0]) * (_WIDTH - _LEFT - _RIGHT)
        down = _HEIGHT - _BOTTOM - (y - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)
        return np.stack([right, down], axis=1)

    for value in _round_values(low, high):
        line = place(np.array([steps[0], last]), np.full(2, np.log10(value)))
        polyline(image, line, GRID)
        label = f"{value:g}"
        put_text(image, label, _LEFT - 8 - text_width(label, 0.85), int(line[0, 1]) + 4, size=0.85)
    polyline(image, place(steps, levels), GRID if len(levels) > 50 else DIM)
    polyline(image, place(steps, _running_mean(levels)), BRIGHT, 2)
    put_text(image, f"step {steps[0]:g}", _LEFT, _HEIGHT - 12, size=0.85)
    label = f"{steps[-1]:g}"
    put_text(image, label, _WIDTH - _RIGHT - text_width(label, 0.85), _HEIGHT - 12, size=0.85)
    return image


def _round_values(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten within the range."""
    powers = range(int(np.floor(low)), int(np.ceil(high)) + 1)
    return [
        tick * 10.0**power for power in powers for tick in _TICKS if low <= np.log10(tick) + power <= high
    ]


def _running_mean(values: np.ndarray) -> np.ndarray:
    """Mean over the values so far that are near: a fiftieth of the run."""
    window = max(1, len(values) // 50)
    sums = np.cumsum(np.concatenate([[0.0], values]))
    starts = np.maximum(np.arange(len(values)) + 1 - window, 0)
    ends = np.arange(len(values)) + 1
    return (sums[ends] - sums[starts]) / (ends - starts)


def bar_chart(
    labels: list[str], values: list[list[float]], *, title: str
) -> UInt8[np.ndarray, "height width 3"]:
    """One bar per label up to the mean of its values, and a dot for each of these."""
    row_height = 44
    image = blank(_TOP + row_height * len(labels) + 14, _WIDTH, PANEL)
    put_text(image, title, 14, 22)
    most = max(max(group) for group in values)
    room = _WIDTH - 2 * 14 - text_width("0.0000", 0.85) - 12

    for row, (label, group) in enumerate(zip(labels, values, strict=True)):
        top = _TOP + row_height * row
        put_text(image, label, 14, top + 12, size=0.85)
        mean = sum(group) / len(group)
        end = 14 + round(room * mean / most)
        image[top + 18 : top + 34, 14:end] = START
        for value in group:
            dot(image, 14 + room * value / most, top + 26, 3, END)
        put_text(image, f"{mean:.4f}", 14 + room + 12, top + 31, size=0.85, colour=BRIGHT)
    return image
