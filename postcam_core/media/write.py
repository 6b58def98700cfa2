"""Writing videos that every player shows alike."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..errors import MediaError, ShapeError
from ..progress import ProgressFn, no_progress
from ..whole_files import written_whole
from .audio import Audio
from .frames import check_video
from .picture import SWS_UNBIASED

if TYPE_CHECKING:
    import av
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_BT709, _LIMITED_RANGE = 1, 1  # as FFmpeg numbers them
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


def write_video(
    path: str | Path,
    video: Float[Tensor, "frame 3 height width"],
    *,
    frame_rate: Fraction | float,
    audio: Audio | None = None,
    crf: int = 18,
    progress: ProgressFn = no_progress,
) -> Path:
    """Write an MP4: H.264, BT.709 colours, AAC sound.

    Even sizes are stored as yuv420p, which plays everywhere. An odd width or height cannot be: such a video
    keeps its exact size as yuv444p, which desktop players and Chromium show and some devices do not.
    The file appears under its name only when it is complete.

    Args:
        path: Where to; ends in ``.mp4``. An existing file is replaced.
        video: Pixels in [-1, 1]; values beyond are clipped.
        frame_rate: Frames per second. A float is taken as the nearest fraction with a denominator up to
            1001, so that 29.97003 becomes 30000/1001.
        audio: Sound from the first frame on; what goes beyond the last frame is cut.
        crf: Quality from 0 (lossless but for the colour conversion) to 51; 18 looks like the input.
        progress: Receives the frames written and their number.

    Raises:
        ShapeError: If the video has another shape, no frames, or numbers that are not finite.
        MediaError: If the folder is missing, or the rate, quality or sound cannot be stored.
    """
    path = Path(path)
    check_video(video)
    rate = _check_rate(frame_rate)
    _check_target(path, crf)
    with written_whole(path) as part_path:
        _encode(part_path, video, rate, audio, crf, progress)
    return path


def _encode(
    path: Path,
    video: Float[Tensor, "frame 3 height width"],
    rate: Fraction,
    audio: Audio | None,
    crf: int,
    progress: ProgressFn,
) -> None:
    import av

    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = _add_video_stream(container, video.shape[-1], video.shape[-2], rate, crf)
        audio_stream = None if audio is None else _add_audio_stream(container, audio)
        for index, picture in enumerate(video):
            container.mux(stream.encode(_video_frame(picture, index, stream)))
            if audio is not None:
                _encode_sound(container, audio_stream, audio, index / rate, (index + 1) / rate)
            progress(index + 1, len(video))
        container.mux(stream.encode())
        if audio is not None:
            container.mux(audio_stream.encode())


def _add_video_stream(
    container: "OutputContainer", width: int, height: int, rate: Fraction, crf: int
) -> "VideoStream":
    # libswscale averages each 2×2 block of chroma; unless the file says so (chromaloc=1), players take the
    # average for the left column's and show colours half a pixel beside the luma.
    options = {"crf": str(crf), "x264-params": "chromaloc=1"}
    stream = container.add_stream("libx264", rate=rate, options=options)
    stream.width, stream.height = width, height
    stream.pix_fmt = "yuv420p" if width % 2 == height % 2 == 0 else "yuv444p"
    codec = stream.codec_context
    codec.time_base = 1 / rate
    codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
    codec.color_range = _LIMITED_RANGE
    return stream


def _video_frame(
    picture: Float[Tensor, "3 height width"], index: int, stream: "VideoStream"
) -> "av.VideoFrame":
    import av

    frame = av.VideoFrame.from_ndarray(_uint8_picture(picture, index).numpy(), format="rgb24")
    frame = frame.reformat(
        format=stream.pix_fmt,
        dst_colorspace="ITU709",
        dst_color_range="MPEG",
        interpolation=SWS_UNBIASED,
    )
    frame.pts, frame.time_base = index, stream.codec_context.time_base
    return frame


def _uint8_picture(picture: Float[Tensor, "3 height width"], index: int) -> UInt8[Tensor, "height width 3"]:
    picture = picture.detach().float().cpu()
    if not torch.isfinite(picture).all():
        raise ShapeError(
            f"frame {index} of the video",
            expected="finite pixels in [-1, 1]",
            got="NaN or infinity",
            todo="Look for the step that made them; half precision that overflowed is the usual one.",
        )
    levels = ((picture + 1) * 127.5).round_().clamp_(0, 255)
    return levels.to(torch.uint8).permute(1, 2, 0).contiguous()


def _add_audio_stream(container: "OutputContainer", audio: Audio) -> "AudioStream":
    import av

    num_channels = audio.waveform.shape[0]
    rates = av.Codec("aac", "w").audio_rates
    if num_channels not in _LAYOUTS or audio.sample_rate not in rates:
        raise MediaError(
            "sound",
            expected=f"{', '.join(map(str, _LAYOUTS))} channels at one of {sorted(rates)} Hz",
            got=f"{num_channels} channels at {audio.sample_rate} Hz",
            todo="Mix or resample it first.",
        )
    return container.add_stream("aac", rate=audio.sample_rate, layout=_LAYOUTS[num_channels])


def _encode_sound(
    container: "OutputContainer", stream: "AudioStream", audio: Audio, start_s: Fraction, stop_s: Fraction
) -> None:
    """Encode the sound of one frame's time, so that picture and sound lie side by side in the file."""
    import av

    start, stop = round(start_s * audio.sample_rate), round(stop_s * audio.sample_rate)
    samples = audio.waveform[:, start:stop].detach().float().cpu().contiguous()
    if samples.shape[1]:
        frame = av.AudioFrame.from_ndarray(samples.numpy(), format="fltp", layout=stream.layout.name)
        frame.sample_rate, frame.pts = audio.sample_rate, start
        frame.time_base = Fraction(1, audio.sample_rate)
        container.mux(stream.encode(frame))


def _check_rate(frame_rate: Fraction | float) -> Fraction:
    if not 0.1 <= frame_rate <= 1000:  # false for NaN, too
        raise MediaError(
            "frame rate", expected="0.1 to 1000 per second", got=f"{frame_rate}", todo="16 is common."
        )
    return Fraction(frame_rate).limit_denominator(1001)


def _check_target(path: Path, crf: int) -> None:
    if not 0 <= crf <= 51:
        raise MediaError("crf", expected="0 to 51", got=f"{crf}", todo="18 looks like the input.")
    if path.suffix.lower() != ".mp4":
        raise MediaError(
            path.name, expected="a name that ends in .mp4", got=repr(path.suffix), todo="Rename it."
        )
    if not path.parent.is_dir():
        raise MediaError(
            path.name, expected="an existing folder", got=f"{path.parent}", todo="Create the folder first."
        )
