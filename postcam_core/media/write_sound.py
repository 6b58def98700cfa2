"""The sound of a written video: AAC, mixed or resampled where AAC has no such channels or rate."""

from fractions import Fraction
from typing import TYPE_CHECKING

from .audio import Audio

if TYPE_CHECKING:
    from av.container import OutputContainer

# Samples come without the places of their channels: taken to stand where they usually do.
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_STORED_LAYOUTS, _OTHER_LAYOUT = {"mono", "stereo", "5.1", "7.1"}, "stereo"
_OTHER_RATE = 48000
# Samples handed over at once: a frame of a slow video may last minutes.
_CHUNK = 2**16


class SoundTrack:
    """Takes the sound of a video stretch by stretch.

    One, two, six (5.1) and eight (7.1) channels are kept, three to eight others mixed to stereo by FFmpeg's matrix; of
    more, whose places nobody knows, the mean is heard. Rates that AAC does not have become 48 kHz. Samples that are
    no numbers are silent, rather than the end of the video.

    Args:
        container: The file.
        audio: Its sound.
    """

    def __init__(self, container: "OutputContainer", audio: Audio) -> None:
        import av

        self._container, self._audio = container, audio
        self._layout = _LAYOUTS.get(len(audio.waveform), "mono")
        rates = av.Codec("aac", "w").audio_rates
        self._stream = container.add_stream(
            "aac",
            rate=audio.sample_rate if audio.sample_rate in rates else _OTHER_RATE,
            layout=self._layout if self._layout in _STORED_LAYOUTS else _OTHER_LAYOUT,
        )

    def write(self, start_s: Fraction, stop_s: Fraction) -> None:
        """Add what is heard from one moment to the next; nothing where the sound has ended."""
        rate, num_samples = self._audio.sample_rate, self._audio.waveform.shape[1]
        start, stop = round(start_s * rate), min(round(stop_s * rate), num_samples)
        for chunk_start in range(start, stop, _CHUNK):
            self._encode(chunk_start, min(chunk_start + _CHUNK, stop))

    def finish(self) -> None:
        """Write out what the encoder still holds."""
        self._container.mux(self._stream.encode())

    def _encode(self, start: int, stop: int) -> None:
        import av

        samples = self._audio.waveform[:, start:stop].detach().float().cpu().nan_to_num(0.0, 1.0, -1.0)
        if len(samples) not in _LAYOUTS:
            samples = samples.mean(dim=0, keepdim=True)
        # Channels side by side: PyAV reads and writes beyond the planes of eight.
        packed = samples.T.reshape(1, -1).contiguous()
        frame = av.AudioFrame.from_ndarray(packed.numpy(), format="flt", layout=self._layout)
        frame.sample_rate, frame.pts = self._audio.sample_rate, start
        frame.time_base = Fraction(1, self._audio.sample_rate)
        # The encoder mixes and resamples what differs from its own layout, rate and format.
        self._container.mux(self._stream.encode(frame))
