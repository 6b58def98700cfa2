"""What a video file holds, found by decoding it rather than by believing its header."""

from dataclasses import dataclass
from fractions import Fraction

from ..errors import MediaError
from ..progress import ProgressFn, no_progress
from .audio import find_audio_stream
from .container import MediaSource, decode_frames, find_video_stream, media_name, open_media
from .picture import read_display


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """Facts about a video file.

    Attributes:
        width: Columns of the upright picture, in square pixels.
        height: Rows of the upright picture.
        num_frames: Frames that decode, in presentation order.
        timestamps_s: When each frame is shown, shifted so that the first is 0.
        frame_rate: Frames per second: the file's nominal rate where its timestamps keep it, otherwise the
            average over the clip.
        rotation_deg: Clockwise turn from the stored to the upright picture: 0, 90, 180 or 270; already
            applied to ``width`` and ``height``.
        tick_s: The step of the file's clock: times are multiples of it.
        is_variable_rate: Whether a timestamp leaves the even grid by more than one tick of the file's clock.
        has_audio: Whether there is an audio stream that can be decoded.
    """

    width: int
    height: int
    num_frames: int
    timestamps_s: tuple[float, ...]
    frame_rate: Fraction
    rotation_deg: int
    tick_s: float
    is_variable_rate: bool
    has_audio: bool


def probe_video(source: MediaSource, *, progress: ProgressFn = no_progress) -> VideoInfo:
    """Decode a video once and describe it.

    Args:
        source: A path, or a seekable binary file.
        progress: Receives the frames decoded and the number the header announces.

    Raises:
        MediaError: If the file is missing, empty, cut off, damaged, not a video, or without frames.
    """
    name = media_name(source)
    with open_media(source) as container:
        stream = find_video_stream(container, name)
        times: list[Fraction | None] = []
        display = None
        for frame in decode_frames(container, stream, name=name):
            display = display or read_display(stream, frame, name=name)
            times.append(None if frame.pts is None else frame.pts * stream.time_base)
            progress(len(times), max(len(times), stream.frames))
        if display is None:
            raise no_frames_error(name)
        times = _complete_times(times, stream.guessed_rate, name=name)
        nominal_rate = stream.average_rate or stream.guessed_rate
        frame_rate, is_variable_rate = _measure_rate(times, nominal_rate, stream.time_base, name=name)
        return VideoInfo(
            width=display.width,
            height=display.height,
            num_frames=len(times),
            timestamps_s=tuple(float(time - times[0]) for time in times),
            frame_rate=frame_rate,
            rotation_deg=display.rotation_deg,
            tick_s=float(stream.time_base),
            is_variable_rate=is_variable_rate,
            has_audio=find_audio_stream(container) is not None,
        )


def no_frames_error(name: str) -> MediaError:
    """The error for a video stream that decodes to nothing."""
    return MediaError(
        name, expected="at least one frame", got="a video stream without frames", todo="Export it again."
    )


def _complete_times(times: list[Fraction | None], rate: Fraction | None, *, name: str) -> list[Fraction]:
    """The times, or the nominal grid for streams that carry none (raw H.264, for instance)."""
    if None not in times:
        return times
    if not rate:
        raise _no_rate_error(name)
    return [index / rate for index in range(len(times))]


def _measure_rate(
    times: list[Fraction], nominal_rate: Fraction | None, tick: Fraction, *, name: str
) -> tuple[Fraction, bool]:
    """Average frame rate, and whether the rate varies."""
    if nominal_rate and _is_on_grid(times, nominal_rate, tick):
        return nominal_rate, False
    if times[-1] == times[0]:
        raise _no_rate_error(name)
    mean_rate = (len(times) - 1) / (times[-1] - times[0])
    return mean_rate, not _is_on_grid(times, mean_rate, tick)


def _is_on_grid(times: list[Fraction], rate: Fraction, tick: Fraction) -> bool:
    # A whole tick: the first time and the one compared may each be rounded by half of one.
    return all(abs(time - times[0] - index / rate) <= tick for index, time in enumerate(times))


def _no_rate_error(name: str) -> MediaError:
    return MediaError(
        name, expected="a time for every frame", got="no times and no frame rate", todo="Re-encode it as MP4."
    )
