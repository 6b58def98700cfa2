"""Small video files made frame by frame with PyAV, and what their frames should look like."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

# Of frame k: level FIRST_LEVEL + k * LEVEL_STEP all over, then one colour each in two of the corners.
FIRST_LEVEL, LEVEL_STEP = 40, 3
TOP_LEFT, BOTTOM_LEFT = (230, 230, 230), (200, 20, 20)


def picture(index: int, *, width: int, height: int) -> np.ndarray:
    """Frame ``index`` of every clip: its grey tells the index, its corners tell which way is up."""
    frame = np.full((height, width, 3), FIRST_LEVEL + index * LEVEL_STEP, dtype=np.uint8)
    frame[: height // 2, : width // 2] = TOP_LEFT
    frame[height // 2 :, : width // 2] = BOTTOM_LEFT
    return frame


def indices_of(frames: np.ndarray) -> list[int]:
    """Which frames of a clip these upright ones are."""
    grey = np.median(np.asarray(frames)[:, :, -3:].astype(float), axis=(1, 2, 3))
    return [int(round((level - FIRST_LEVEL) / LEVEL_STEP)) for level in grey]


def write_clip(
    path: Path,
    *,
    num_frames: int = 12,
    width: int = 64,
    height: int = 48,
    rate: Fraction | int = 25,
    times_ms: list[int] | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    display_matrix: list[int] | None = None,
    pixel_aspect: Fraction | None = None,
    transfer: int = 1,
    movflags: str = "",
    sound: np.ndarray | None = None,
    sound_delay_s: float = 0.0,
) -> Path:
    """Write a clip of :func:`picture` frames; with ``times_ms``, each shown at its own time."""
    with av.open(str(path), "w", options={"movflags": movflags} if movflags else {}) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        context = stream.codec_context
        context.colorspace = context.color_primaries = 1
        context.color_trc, context.color_range = transfer, 1
        context.time_base = Fraction(1, 1000) if times_ms else 1 / Fraction(rate)
        if codec == "libx264":
            context.options = {"crf": "2"}
        if pixel_aspect:
            context.sample_aspect_ratio = pixel_aspect
        if display_matrix:
            stream.set_display_matrix(display_matrix)
        voice = None if sound is None else container.add_stream("aac", rate=48000, layout="stereo")
        for index in range(num_frames):
            rgb = picture(index, width=width, height=height)
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            # Full chroma and accurate rounding: the picture itself must not carry libswscale's bias.
            frame = frame.reformat(format=pix_fmt, dst_colorspace="ITU709", interpolation=0x42002)
            frame.pts, frame.time_base = (times_ms[index] if times_ms else index), context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if voice is not None:
            tone = av.AudioFrame.from_ndarray(sound.astype(np.float32), format="fltp", layout="stereo")
            tone.sample_rate, tone.time_base = 48000, Fraction(1, 48000)
            tone.pts = round(sound_delay_s * 48000)
            container.mux(voice.encode(tone))
            container.mux(voice.encode())
    return path


def write_song(path: Path) -> Path:
    """Write an MP3 with a cover picture: the file has a video stream, yet is no video."""
    with av.open(str(path), "w") as container:
        voice = container.add_stream("mp3", rate=44100, layout="stereo")
        cover = container.add_stream("png")
        cover.width, cover.height, cover.pix_fmt = 32, 24, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        rgb = av.VideoFrame.from_ndarray(picture(0, width=32, height=24), format="rgb24")
        container.mux(cover.encode(rgb))
        silence = av.AudioFrame.from_ndarray(
            np.zeros((2, 44100), dtype=np.float32), format="fltp", layout="stereo"
        )
        silence.sample_rate = 44100
        container.mux(voice.encode(silence))
        container.mux(voice.encode())
    return path
