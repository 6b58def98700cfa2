"""Opening media files and decoding them front to back, with damage reported instead of hidden."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from ..errors import MediaError

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

MediaSource: TypeAlias = str | Path | BinaryIO

# A file may not make the reader open other files or addresses, as playlists (HLS, concat) do.
# (Given as container_options: PyAV up to 17.0 crashes on `options` if streams appear later, PyAV#2010.)
_OPEN_OPTIONS = {"protocol_whitelist": "none"}

# These state their duration in the header; one that ends this much earlier was cut off.
_FORMATS_WITH_DURATION, _DURATION_TOLERANCE_S = ("matroska", "flv"), 0.25


class _Damage(Exception):
    """The data stop or break before the end that the file promises."""


def media_name(source: MediaSource) -> str:
    """What messages call a source: its file name."""
    name = source if isinstance(source, str | Path) else getattr(source, "name", "video")
    return Path(str(name)).name


def _open_file(path: Path) -> BinaryIO:
    try:
        if path.stat().st_size == 0:
            raise MediaError(
                path.name, expected="a video file", got="an empty file", todo="Copy or export it again."
            )
        return path.open("rb")
    except OSError as error:
        raise MediaError(
            path.name,
            expected="a file that can be read",
            got=f"{error.strerror} ({path})",
            todo="Check the path.",
        ) from error


@contextmanager
def open_media(source: MediaSource) -> Iterator["InputContainer"]:
    """Open a media file, from its path or as a seekable binary file, from the beginning.

    Properties of streams must be read inside the block: PyAV crashes on those of a closed file.

    Raises:
        MediaError: If the file is missing, empty, or holds no media.
    """
    import av

    name = media_name(source)
    with ExitStack() as stack:
        file = stack.enter_context(_open_file(Path(source))) if isinstance(source, str | Path) else source
        file.seek(0)
        try:
            container = stack.enter_context(av.open(file, container_options=_OPEN_OPTIONS))
        except av.FFmpegError as error:
            raise MediaError(
                name,
                expected="a video file",
                got=f"data that no demuxer reads ({error.strerror})",
                todo="The file is cut off or no video; copy or export it again, as MP4 (H.264).",
            ) from error
        if container.format.name == "tty":  # FFmpeg renders any .txt file as a film of its text
            raise MediaError(
                name,
                expected="a video file",
                got="a text file",
                todo="Choose the video itself, such as an MP4.",
            )
        yield container


def find_video_stream(container: "InputContainer", name: str) -> "VideoStream":
    """The film's own video stream, set to decode on all cores. Cover pictures of songs do not count.

    Raises:
        MediaError: If there is none.
    """
    from av.stream import Disposition

    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            stream.thread_type = "AUTO"
            return stream
    streams = container.streams
    raise MediaError(
        name,
        expected="a video stream that can be decoded",
        got=f"{container.format.long_name} with {len(streams.video)} pictures, {len(streams.audio)} sounds",
        todo="Choose a file that has pictures, such as an MP4 (H.264).",
    )


def decode_frames(container: "InputContainer", stream: "VideoStream", *, name: str) -> Iterator["VideoFrame"]:
    """All frames of a stream in the order they are shown.

    A cut is noticed where the container lets it be: an MPEG transport stream, made to be joined at any time,
    is taken as whole wherever it ends.

    Raises:
        MediaError: At the first damage, after the frames before it were yielded; says how many these were.
    """
    import av

    num_frames = 0
    try:
        for packet in _sound_packets(container, stream):
            for frame in stream.decode(packet):
                if frame.is_corrupt:
                    raise _Damage("a damaged frame")
                yield frame
                num_frames += 1
    except (av.FFmpegError, _Damage) as error:
        raise MediaError(
            name,
            expected="a whole, undamaged video",
            got=f"{num_frames} frames, then {getattr(error, 'strerror', None) or error}",
            todo="Copy or export it again; to keep what is there, re-encode it with FFmpeg.",
        ) from error


def _sound_packets(container: "InputContainer", stream: "VideoStream") -> Iterator["Packet | None"]:
    """Packets up to the first damage, then None, which empties the decoder.

    Raises:
        _Damage: After the None, if the file ended early: so every frame that can be read is read.
    """
    end_s, num_packets, is_cut = 0.0, 0, False
    for packet in container.demux():
        is_cut = packet.is_corrupt
        if is_cut:
            break
        if packet.pts is not None:
            end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        if packet.stream == stream and packet.size:
            num_packets += 1
            yield packet
    yield None
    if is_cut or _lacks_packets(container, stream, num_packets) or _lacks_time(container, end_s):
        raise _Damage("the file ends early")


# A cut within a packet is marked on it. After a cut between two packets, demuxers just stop:


def _lacks_packets(container: "InputContainer", stream: "VideoStream", num_packets: int) -> bool:
    """Whether an MP4's index lists more (PyAV before 17 does not tell)."""
    return "mp4" in container.format.name and num_packets < len(getattr(stream, "index_entries", ()))


def _lacks_time(container: "InputContainer", end_s: float) -> bool:
    """Whether the header announces a later end."""
    if container.duration is None or not container.format.name.startswith(_FORMATS_WITH_DURATION):
        return False
    return end_s < container.duration / 1e6 - _DURATION_TOLERANCE_S
