"""Writing videos that every player shows alike."""

from collections.abc import Iterator
from contextlib import contextmanager
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
from .write_sound import SoundTrack

if TYPE_CHECKING:
    import av
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_BT709, _LIMITED_RANGE = 1, 1  # as FFmpeg numbers them


def write_video(
    path: str | Path,
    video: Float[Tensor, "frame 3 height width"],
    *,
    frame_rate: Fraction | float,
    audio: Audio | None = None,
    crf: int = 18,
    progress: ProgressFn = no_progress,
) -> Path:
    """Write an MP4 of a clip that is in memory; see :func:`video_writer`.

    Args:
        path: Where to; ends in ``.mp4``. An existing file is replaced.
        video: Pixels in [-1, 1]; values beyond are clipped.
        frame_rate: Frames per second.
        audio: Sound from the first frame on; what goes beyond the last frame is cut. Channels or a rate that
            AAC does not have are mixed or resampled; see :class:`.write_sound.SoundTrack`.
        crf: Quality from 0 (lossless but for the colour conversion) to 51; 18 looks like the input.
        progress: Receives the frames written and their number.

    Raises:
        ShapeError: If the video has another shape, no frames, or numbers that are not finite.
        MediaError: If the folder is missing, or the rate or quality cannot be stored.
    """
    check_video(video)
    height, width = video.shape[-2:]
    with video_writer(
        path, width=width, height=height, frame_rate=frame_rate, audio=audio, crf=crf
    ) as writer:
        for index in range(len(video)):
            writer.write(video[index : index + 1])
            progress(index + 1, len(video))
    return Path(path)


@contextmanager
def video_writer(
    path: str | Path,
    *,
    width: int,
    height: int,
    frame_rate: Fraction | float,
    audio: Audio | None = None,
    crf: int = 18,
) -> Iterator["VideoWriter"]:
    """Write an MP4 whose frames come piece by piece: H.264, BT.709 colours, AAC sound.

    Even sizes are stored as yuv420p, which plays everywhere. An odd width or height cannot be: such a video
    keeps its exact size as yuv444p, which desktop players and Chromium show and some devices do not.
    The file appears under its name when the ``with`` block ends without an error, and not at all otherwise.

    Args:
        path: Where to; ends in ``.mp4``. An existing file is replaced.
        width: Columns of all frames.
        height: Rows of all frames.
        frame_rate: Frames per second. A float is taken as the nearest fraction with a denominator up to
            1001, so that 29.97003 becomes 30000/1001.
        audio: Sound from the first frame on; what goes beyond the last frame is cut. Channels or a rate that
            AAC does not have are mixed or resampled; see :class:`.write_sound.SoundTrack`.
        crf: Quality from 0 (lossless but for the colour conversion) to 51; 18 looks like the input.

    Raises:
        ShapeError: If frames have another size, no frames came, or their numbers are not finite.
        MediaError: If the folder is missing, or the rate or quality cannot be stored.
    """
    import av

    path = Path(path)
    rate = check_frame_rate(frame_rate)
    _check_target(path, crf)
    with written_whole(path) as part_path:
        with av.open(str(part_path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = _add_video_stream(container, width, height, rate, crf)
            sound = None if audio is None else SoundTrack(container, audio)
            container.start_encoding()  # what cannot be stored is refused now, not with the first frame
            writer = VideoWriter(container, stream, rate, sound)
            yield writer
            writer.finish()


class VideoWriter:
    """Takes the frames of a video in order; made by :func:`video_writer`.

    Args:
        container: The file.
        stream: Its pictures.
        rate: Frames per second.
        sound: What is to be heard.
    """

    def __init__(
        self,
        container: "OutputContainer",
        stream: "VideoStream",
        rate: Fraction,
        sound: SoundTrack | None,
    ) -> None:
        self._container, self._stream, self._rate, self._sound = container, stream, rate, sound
        self.num_frames = 0

    def write(self, frames: Float[Tensor, "piece 3 height width"]) -> None:
        """Add frames; pixels in [-1, 1], values beyond are clipped.

        Raises:
            ShapeError: If they have another size than the video, or numbers that are not finite.
        """
        check_video(frames)
        size = (self._stream.width, self._stream.height)
        if (frames.shape[-1], frames.shape[-2]) != size:
            raise ShapeError(
                f"frame {self.num_frames} of the video",
                expected=f"{size[0]}×{size[1]}",
                got=f"{frames.shape[-1]}×{frames.shape[-2]}",
                todo="All frames of a video have one size.",
            )
        for picture in frames:
            start_s = self.num_frames / self._rate
            frame = _video_frame(picture, self.num_frames, self._stream)
            self._container.mux(self._stream.encode(frame))
            self.num_frames += 1
            if self._sound is not None:
                # The sound of each frame's time follows it: side by side in the file, and cut where frames end.
                self._sound.write(start_s, self.num_frames / self._rate)

    def finish(self) -> None:
        """Write out what the encoders still hold.

        Raises:
            ShapeError: If there were no frames.
        """
        if not self.num_frames:
            raise ShapeError(
                "video", expected="at least one frame", got="none", todo="Write frames before the end."
            )
        self._container.mux(self._stream.encode())
        if self._sound is not None:
            self._sound.finish()


def _add_video_stream(
    container: "OutputContainer", width: int, height: int, rate: Fraction, crf: int
) -> "VideoStream":
    # libswscale averages each 2×2 block of chroma; unless the file says so (chromaloc=1), players take the
    # average for the left column's and show colours half a pixel beside the luma.
    # Its macroblock tree reads memory that nobody wrote: the same frames would give other bytes each time.
    options = {"crf": str(crf), "x264-params": "chromaloc=1:mbtree=0"}
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


def check_frame_rate(frame_rate: Fraction | float) -> Fraction:
    """The rate as files store it, told before there are frames.

    Raises:
        MediaError: If it cannot be stored.
    """
    # From a frame in a quarter of an hour: less is no fraction with a denominator up to 1001.
    if not 0.001 <= frame_rate <= 1000:  # false for NaN, too
        raise MediaError(
            "frame rate",
            expected="0.001 to 1000 per second",
            got=f"{float(frame_rate):g}",
            todo="16 is common. Frames spread over a clip of hours: choose more, or consecutive ones.",
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
