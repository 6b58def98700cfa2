"""The sound of a video."""

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


def read_audio(source: MediaSource) -> Audio | None:
    """Read the sound at its own rate and with its own channels, or None if there is none.

    Sound that starts before the first frame is cut, a later start is filled with silence, so that the two
    stay in step.

    Raises:
        MediaError: If the file is missing, empty, not media, or its sound is damaged.
    """
    import av

    name = media_name(source)
    with open_media(source) as container:
        stream = find_audio_stream(container)
        if stream is None:
            return None
        resampler = av.AudioResampler(format="fltp")
        chunks, start_s = [], None
        try:
            for frame in container.decode(stream):
                start_s = frame.time if start_s is None else start_s
                chunks += [torch.from_numpy(part.to_ndarray()) for part in resampler.resample(frame)]
        except (av.FFmpegError, ValueError) as error:
            raise MediaError(
                name, expected="sound that decodes", got=f"{error}", todo="Export it again, or without sound."
            ) from error
        if not chunks:
            return None
        delay_s = (start_s or 0.0) - _video_start_s(container)
        waveform = torch.cat(chunks, dim=1)
        sample_rate = stream.rate
    return Audio(waveform=_delay(waveform, round(delay_s * sample_rate)), sample_rate=sample_rate)


def _video_start_s(container: "InputContainer") -> float:
    video = next(iter(container.streams.video), None)
    if video is None or video.start_time is None:
        return 0.0
    return float(video.start_time * video.time_base)


def _delay(
    waveform: Float[Tensor, "channel sample"], num_samples: int
) -> Float[Tensor, "channel delayed_sample"]:
    if num_samples < 0:
        return waveform[:, -num_samples:]
    return torch.nn.functional.pad(waveform, (num_samples, 0))
