"""Which source frame each target frame shows, and how a long clip is cut into windows."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..errors import MediaError

# Times closer than this are one: rounding must not decide between two frames equally near.
_SAME_TIME_S = 1e-6


@dataclass(frozen=True, kw_only=True)
class Window:
    """Frames ``start`` up to, not including, ``stop``."""

    start: int
    stop: int


def uniform_indices(num_source: int, num_frames: int) -> list[int]:
    """Spread ``num_frames`` evenly over a clip, both ends included; a shorter clip holds its last frame.

    Raises:
        MediaError: If either number is not positive.

    Source:
        ``TestDataset.temporal_frame_indices`` of the released code: float32 steps, halves rounded to even.
    """
    _check_positive("frames of the clip", num_source)
    _check_positive("frames wanted", num_frames)
    if num_source > num_frames:
        return torch.linspace(0, num_source - 1, steps=num_frames).round().long().tolist()
    return list(range(num_source)) + [num_source - 1] * (num_frames - num_source)


def constant_rate_indices(timestamps_s: Sequence[float], frame_rate: float) -> list[int]:
    """Show a clip at a constant rate: for each tick the frame nearest in time, the earlier of two equals.

    The duration is kept, the last frame counted with the clip's mean interval; frames are repeated or left
    out as the rate demands.

    Args:
        timestamps_s: When each source frame is shown; never decreasing.
        frame_rate: Ticks per second.

    Raises:
        MediaError: If the times are empty or run backwards, or the rate is not positive.
    """
    _check_positive("frames of the clip", len(timestamps_s))
    _check_positive("frame rate", frame_rate)
    for index in range(1, len(timestamps_s)):
        if not timestamps_s[index] >= timestamps_s[index - 1]:
            raise MediaError(
                f"time of frame {index}",
                expected=f"{timestamps_s[index - 1]:.3f} s, as frame {index - 1}, or later",
                got=f"{timestamps_s[index]:.3f} s",
                todo="Re-encode the video; its clock jumps.",
            )
    span_s = timestamps_s[-1] - timestamps_s[0]
    duration_s = span_s * len(timestamps_s) / max(1, len(timestamps_s) - 1)
    num_frames = max(1, round(duration_s * frame_rate))
    return [_nearest(timestamps_s, timestamps_s[0] + index / frame_rate) for index in range(num_frames)]


def _nearest(timestamps_s: Sequence[float], time_s: float) -> int:
    after = min(bisect_left(timestamps_s, time_s - _SAME_TIME_S), len(timestamps_s) - 1)
    before = max(after - 1, 0)
    is_after_nearer = timestamps_s[after] - time_s < time_s - timestamps_s[before] - _SAME_TIME_S
    return after if is_after_nearer else before


def true_rate_windows(num_frames: int, *, window: int = 41, overlap: int) -> list[Window]:
    """Cover every frame of a clip by windows of one length, without changing its speed.

    Each window starts ``window - overlap`` frames after the one before; the last is moved back to end with
    the clip, and so overlaps by more. A clip no longer than a window is one window of its own length.

    Raises:
        MediaError: If a number is not positive, or the overlap is not between 0 and ``window - 1``.
    """
    _check_positive("frames of the clip", num_frames)
    _check_positive("window", window)
    if not 0 <= overlap < window:
        raise MediaError(
            "overlap of the windows",
            expected=f"0 to {window - 1}, less than the window",
            got=f"{overlap}",
            todo="A quarter of the window is usual.",
        )
    if num_frames <= window:
        return [Window(start=0, stop=num_frames)]
    last_start = num_frames - window
    starts = [*range(0, last_start, window - overlap), last_start]
    return [Window(start=start, stop=start + window) for start in starts]


def _check_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise MediaError(name, expected="more than 0", got=f"{value}", todo="Load at least one frame.")
