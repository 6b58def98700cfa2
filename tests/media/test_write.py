import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import pytest
import torch

from postcam_core.errors import MediaError, OperationCancelled, ShapeError
from postcam_core.media import (
    Audio,
    probe_video,
    read_audio,
    read_frames,
    video_from_uint8,
    video_writer,
    write_video,
)


def smooth_video(num_frames: int, height: int, width: int) -> torch.Tensor:
    """Coloured gradients that drift."""
    time = torch.arange(num_frames)[:, None, None]
    y, x = torch.arange(height)[:, None] / height, torch.arange(width) / width
    channels = [torch.sin(4 * x + 2 * y + 0.2 * time + phase) for phase in (0.0, 1.5, 3.0)]
    return torch.stack(channels, dim=1)


@pytest.mark.parametrize(("height", "width"), [(48, 64), (47, 63), (48, 63), (33, 64)])
def test_pictures_survive_at_their_exact_size(tmp_path: Path, height: int, width: int) -> None:
    video = smooth_video(10, height, width)
    path = write_video(tmp_path / "clip.mp4", video, frame_rate=16, crf=10)
    frames = video_from_uint8(read_frames(path))
    assert frames.shape == video.shape
    psnr = 10 * torch.log10(4 / (frames - video).square().mean())
    assert psnr > 42
    assert (frames - video).mean(dim=(0, 2, 3)).abs().max() < 2 / 255  # no channel is shifted


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (16, Fraction(16)),
        (30000 / 1001, Fraction(30000, 1001)),
        (23.976, Fraction(2997, 125)),
        (Fraction(15, 2), Fraction(15, 2)),
        (0.01, Fraction(1, 100)),  # 41 frames spread over an hour
        (0.001, Fraction(1, 1000)),
    ],
)
def test_keeps_the_frame_rate(tmp_path: Path, given: float, stored: Fraction) -> None:
    info = probe_video(write_video(tmp_path / "clip.mp4", torch.zeros(41, 3, 16, 16), frame_rate=given))
    assert (info.frame_rate, info.num_frames, info.is_variable_rate) == (stored, 41, False)


def test_a_frame_that_lasts_minutes_has_its_time_and_its_sound(tmp_path: Path) -> None:
    audio = Audio(waveform=torch.zeros(2, 250 * 8000), sample_rate=8000)
    path = write_video(tmp_path / "clip.mp4", torch.zeros(3, 3, 16, 16), frame_rate=0.01, audio=audio)
    assert probe_video(path).timestamps_s == (0, 100, 200) and len(read_frames(path)) == 3
    assert 250 <= read_audio(path).waveform.shape[1] / 8000 < 250.3


def test_names_its_colours_and_streams_from_the_start(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", torch.zeros(3, 3, 64, 64), frame_rate=16)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        assert frame.format.name == "yuv420p"
        assert (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range) == (1, 1, 1, 1)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_clips_what_is_beyond_the_range(tmp_path: Path) -> None:
    video = torch.full((2, 3, 32, 32), 3.0)
    frames = read_frames(write_video(tmp_path / "clip.mp4", video, frame_rate=16))
    assert frames.min() >= 253


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", torch.zeros(4, 3, 32, 32), frame_rate=16)
    before = path.read_bytes()
    video = torch.zeros(20, 3, 32, 32)
    video[11, 1, 5, 5] = torch.nan
    with pytest.raises(ShapeError, match="frame 11"):
        write_video(path, video, frame_rate=16)

    def stop_at_three(done: int, total: int) -> None:
        if done == 3:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        write_video(path, torch.zeros(20, 3, 32, 32), frame_rate=16, progress=stop_at_three)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("frame_rate", [0, -1, float("nan"), float("inf"), 0.0009, Fraction(1, 1001)])
def test_refuses_impossible_rates(tmp_path: Path, frame_rate: float) -> None:
    with pytest.raises(MediaError, match="frame rate"):
        write_video(tmp_path / "clip.mp4", torch.zeros(2, 3, 32, 32), frame_rate=frame_rate)


@pytest.mark.parametrize("shape", [(0, 3, 8, 8), (2, 8, 8, 3), (3, 8, 8), (2, 4, 8, 8)])
def test_refuses_other_layouts(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"shape \[frame, 3, height, width\]"):
        write_video(tmp_path / "clip.mp4", torch.zeros(shape), frame_rate=16)


@pytest.mark.parametrize(("name", "crf"), [("clip.avi", 18), ("no/clip.mp4", 18), ("clip.mp4", 60)])
def test_refuses_places_and_qualities_it_cannot_write(tmp_path: Path, name: str, crf: int) -> None:
    with pytest.raises(MediaError):
        write_video(tmp_path / name, torch.zeros(2, 3, 32, 32), frame_rate=16, crf=crf)


def test_frames_that_come_in_pieces_give_the_same_file(tmp_path: Path) -> None:
    video = smooth_video(12, 32, 48)
    whole = write_video(tmp_path / "whole.mp4", video, frame_rate=16)
    with video_writer(tmp_path / "pieces.mp4", width=48, height=32, frame_rate=16) as writer:
        for piece in video.split([1, 4, 5, 2]):
            writer.write(piece)
        assert not (tmp_path / "pieces.mp4").exists(), "it appears whole"
    assert (tmp_path / "pieces.mp4").read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("shape", "words"), [((1, 3, 32, 32), "frame 2 of the video: expected 48×32"), (None, "got none")]
)
def test_pieces_that_do_not_fit_leave_nothing(tmp_path: Path, shape, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        with video_writer(tmp_path / "clip.mp4", width=48, height=32, frame_rate=16) as writer:
            if shape:
                writer.write(torch.zeros(2, 3, 32, 48))
                writer.write(torch.zeros(shape))
    assert not list(tmp_path.iterdir())


def test_the_same_frames_are_the_same_bytes_whatever_lay_in_memory(tmp_path: Path) -> None:
    """Glibc fills memory that is lent and given back with a byte of the given value."""
    program = (
        "import sys, torch; from postcam_core.media import write_video; torch.manual_seed(0)\n"
        "video = torch.nn.functional.interpolate(torch.rand(5, 3, 6, 8) * 2 - 1, size=(48, 64))\n"
        "write_video(sys.argv[1], video, frame_rate=8)"
    )
    files = [tmp_path / f"{fill}.mp4" for fill in (1, 170, 255)]
    for file in files:
        environment = {**os.environ, "MALLOC_PERTURB_": file.stem}
        subprocess.run([sys.executable, "-c", program, file], env=environment, check=True)
    assert len({file.read_bytes() for file in files}) == 1
