"""The sound of a video."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import MediaError
from .container import MediaSource, media_name, open_media

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer


@dataclass(frozen=True, kw_only=True)
class Audio:
    """Sound as samples.

    Attributes:
        waveform: Samples in [-1, 1]; the first is heard with the first frame.
        sample_rate: Samples per second.
    """

    waveform: Float[Tensor, "channel sample"]
    sample_rate: int


def find_audio_stream(container: "InputContainer") -> "AudioStream | None":
    """The first audio stream that can be decoded: phones add spatial ones that cannot."""
    return next((stream for stream in container.streams.audio if stream.codec_context is not None), None)


def read_audio(source: MediaSource, *, start_s: float = 0.0, stop_s: float | None = None) -> Audio | None:
    """Read the sound at its own rate and with its own channels, or None if there is none.

    Sound that starts before the first frame is cut, a later start is filled with silence, so that the two
    stay in step. Decoding stops at the end of the stretch, and only samples of the stretch stay in memory.

    Args:
        source: A path, or a seekable binary file.
        start_s: Start of the stretch, counted from the first frame.
        stop_s: End of the stretch; None is the end of the sound.

    Raises:
        MediaError: If the file is missing, empty, not media, or its sound is damaged before the end wanted.
    """
    import av

    name = media_name(source)
    with open_media(source) as container:
        stream = find_audio_stream(container)
        if stream is None:
            return None
        try:
            return _read_stretch(container, stream, start_s, stop_s)
        except (av.FFmpegError, ValueError) as error:
            raise MediaError(
                name, expected="sound that decodes", got=f"{error}", todo="Export it again, or without sound."
            ) from error


def _read_stretch(
    container: "InputContainer", stream: "AudioStream", start_s: float, stop_s: float | None
) -> Audio | None:
    import av

    # Packed: PyAV reports one plane too many for eight planar channels, and reading it ends the process.
    resampler, parts, position = av.AudioResampler(format="flt"), [], None
    for frame in container.decode(stream):
        if position is None:  # the rate is sure once something is decoded
            sample_rate = stream.rate
            delay = round(((frame.time or 0.0) - _video_start_s(container)) * sample_rate)
            start = round(start_s * sample_rate)
            stop = sys.maxsize if stop_s is None else round(stop_s * sample_rate)
            position = min(delay, 0)
        for part in resampler.resample(frame):
            samples = torch.from_numpy(part.to_ndarray().reshape(-1, part.layout.nb_channels).T)
            if delay > 0:
                samples, delay = torch.nn.functional.pad(samples, (delay, 0)), 0
            wanted = samples[:, max(0, start - position) : max(0, stop - position)]
            if wanted.shape[1]:  # an empty slice would keep all of its part in memory
                parts.append(wanted)
            position += samples.shape[1]
        if position >= stop:
            break
    # No samples are no sound: encoders fail on an empty one.
    return Audio(waveform=torch.cat(parts, dim=1), sample_rate=sample_rate) if parts else None


def _video_start_s(container: "InputContainer") -> float:
    video = next(iter(container.streams.video), None)
    if video is None or video.start_time is None:
        return 0.0
    return float(video.start_time * video.time_base)
