"""A stretch of a file that is taken for the whole clip, as ComfyUI's Trim Video means it."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

from ..errors import MediaError
from .probe import VideoInfo


@dataclass(frozen=True, kw_only=True)
class Trim:
    """Which stretch of a file counts.

    Attributes:
        start_s: Where it starts, counted from the first frame.
        duration_s: How long it is; None is to the end of the file.
    """

    start_s: float = 0.0
    duration_s: float | None = None


def trimmed(info: VideoInfo, trim: Trim, *, name: str = "video") -> tuple[int, VideoInfo]:
    """The first frame of a stretch, and what :func:`.probe.probe_video` would say of the stretch alone.

    Raises:
        MediaError: If no frame of the file is shown in it.

    Source:
        ``VideoFromFile.get_components_internal`` of ComfyUI: ends are rounded down to the file's clock. differs:
        a clock that does not start at 0 is counted from the first frame.
    """
    ticks = [_tick(time_s, info) for time_s in info.timestamps_s]
    start = _tick(trim.start_s, info)
    first = next((i for i, tick in enumerate(ticks) if tick >= start), len(ticks))
    stop = len(ticks)
    if trim.duration_s is not None:
        end = _tick(trim.start_s + trim.duration_s, info)
        stop = next((i for i in range(first, stop) if ticks[i] >= end), stop)
    if first == stop:
        length = "the rest" if trim.duration_s is None else f"{trim.duration_s:.3g} s"
        raise MediaError(
            f"trim of {name}",
            expected=f"a stretch with a frame in it; the last is shown at {info.timestamps_s[-1]:.3g} s",
            got=f"{length} from {trim.start_s:.3g} s on",
            todo="Trim less of the video.",
        )
    times_s = info.timestamps_s[first:stop]
    return first, replace(
        info,
        num_frames=stop - first,
        timestamps_s=tuple(time_s - times_s[0] for time_s in times_s),
        frame_rate=_mean_rate(times_s, info) if info.is_variable_rate else info.frame_rate,
    )


def _tick(time_s: float, info: VideoInfo) -> int:
    # A frame's own time must not fall one tick short for rounding.
    return floor(time_s / info.tick_s + 1e-3)


def _mean_rate(times_s: tuple[float, ...], info: VideoInfo) -> Fraction:
    span_s = times_s[-1] - times_s[0]
    return Fraction((len(times_s) - 1) / span_s).limit_denominator(10**6) if span_s else info.frame_rate
