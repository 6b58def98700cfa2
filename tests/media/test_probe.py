import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from postcam_core.errors import MediaError, OperationCancelled
from postcam_core.media import probe_video
from tests.oracles.clips import write_clip, write_song

QUARTER_TURN = [0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30]  # as phones held upright write it


def test_describes_a_constant_rate_clip(tmp_path: Path) -> None:
    info = probe_video(write_clip(tmp_path / "clip.mp4", num_frames=12, rate=25))
    assert (info.width, info.height, info.num_frames) == (64, 48, 12)
    assert info.frame_rate == 25
    assert info.timestamps_s == pytest.approx([k / 25 for k in range(12)], abs=1e-12)
    assert (info.rotation_deg, info.is_variable_rate, info.has_audio) == (0, False, False)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_keeps_the_exact_times_of_a_variable_rate_clip(tmp_path: Path, suffix: str) -> None:
    times_ms = [0, 40, 55, 200, 210, 500, 505, 900]
    info = probe_video(write_clip(tmp_path / f"clip.{suffix}", num_frames=8, times_ms=times_ms))
    assert info.is_variable_rate
    assert info.timestamps_s == pytest.approx([t / 1000 for t in times_ms], abs=1e-9)
    assert info.frame_rate == Fraction(7, 1) / Fraction(900, 1000)


def test_times_start_at_zero_whatever_the_file_says(tmp_path: Path) -> None:
    info = probe_video(write_clip(tmp_path / "clip.ts"))  # MPEG-TS starts later than 0
    assert info.timestamps_s == pytest.approx([k / 25 for k in range(12)], abs=1e-4)
    assert not info.is_variable_rate


def test_a_coarse_clock_is_no_variable_rate(tmp_path: Path) -> None:
    ntsc = Fraction(30000, 1001)
    info = probe_video(write_clip(tmp_path / "clip.mkv", num_frames=40, rate=ntsc))  # whole milliseconds
    assert not info.is_variable_rate
    assert info.frame_rate == ntsc


def test_streams_without_times_get_their_nominal_rate(tmp_path: Path) -> None:
    info = probe_video(write_clip(tmp_path / "clip.h264", rate=24))
    assert info.num_frames == 12
    assert info.timestamps_s == pytest.approx([k / 24 for k in range(12)])


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_one_frame_is_a_video(tmp_path: Path, suffix: str) -> None:
    info = probe_video(write_clip(tmp_path / f"clip.{suffix}", num_frames=1))
    assert (info.num_frames, info.timestamps_s, info.frame_rate) == (1, (0.0,), 25)


def test_size_is_that_of_the_upright_picture(tmp_path: Path) -> None:
    info = probe_video(write_clip(tmp_path / "clip.mp4", display_matrix=QUARTER_TURN))
    assert (info.width, info.height, info.rotation_deg) == (48, 64, 90)


def test_finds_sound(tmp_path: Path) -> None:
    assert probe_video(write_clip(tmp_path / "clip.mp4", sound=np.zeros((2, 4800)))).has_audio


def test_reads_files_in_memory_from_their_start(tmp_path: Path) -> None:
    data = io.BytesIO(write_clip(tmp_path / "clip.mp4").read_bytes())
    data.seek(100)
    assert probe_video(data) == probe_video(tmp_path / "clip.mp4")


def test_can_be_cancelled(tmp_path: Path) -> None:
    def stop_at_three(done: int, total: int) -> None:
        assert total == 12
        if done == 3:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        probe_video(write_clip(tmp_path / "clip.mp4"), progress=stop_at_three)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.mp4", b"", "empty file"),
        ("noise.mp4", bytes(range(256)) * 20, "no demuxer reads"),
        ("notes.txt", b"FFmpeg would film this text\n" * 100, "text file"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nclip.ts\n#EXT-X-ENDLIST\n", "no demuxer reads"),
        ("list.ffconcat", b"ffconcat version 1.0\nfile clip.ts\n", "no demuxer reads"),
    ],
)
def test_refuses_what_is_no_video(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    write_clip(tmp_path / "clip.ts")  # what the playlists point at is there, and must not be read
    (tmp_path / name).write_bytes(data)
    with pytest.raises(MediaError, match=f"{name}.*{reason}"):
        probe_video(tmp_path / name)


def test_refuses_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="missing.mp4.*No such file"):
        probe_video(tmp_path / "missing.mp4")
    with pytest.raises(MediaError, match="a file that can be read"):
        probe_video(tmp_path)


def test_a_song_is_no_video_even_with_a_cover(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="expected a video stream"):
        probe_video(write_song(tmp_path / "song.mp3"))


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm", "avi", "flv"])
@pytest.mark.parametrize("kept", [0.6, 0.9])
def test_says_that_a_file_was_cut_off(tmp_path: Path, suffix: str, kept: float) -> None:
    codec = {"webm": "libvpx", "avi": "mpeg4"}.get(suffix, "libx264")
    movflags = "faststart" if suffix == "mp4" else ""
    path = tmp_path / f"clip.{suffix}"
    write_clip(path, num_frames=60, codec=codec, movflags=movflags)
    assert probe_video(path).num_frames == 60
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(MediaError, match=r"got \d+ frames, then"):
        probe_video(path)


def test_a_cut_between_two_packets_shows(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", num_frames=60, movflags="faststart")
    with av.open(str(path)) as container:
        last = max(packet.pos for packet in container.demux() if packet.size)
    path.write_bytes(path.read_bytes()[:last])
    with pytest.raises(MediaError, match="got 59 frames, then the file ends early"):
        probe_video(path)


def test_an_mp4_without_its_end_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4")  # the index comes last
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(MediaError, match="cut off"):
        probe_video(path)
