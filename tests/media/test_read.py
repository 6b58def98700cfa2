from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postcam_core.errors import MediaError, OperationCancelled
from postcam_core.media import probe_video, read_frames
from tests.oracles.clips import indices_of, picture, write_clip

ONE = 65536
TURNS = {  # display matrix: where the frame's right and down point -> the same turn of an array
    "0": ([ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30], lambda p: p),
    "90": ([0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30], lambda p: np.rot90(p, -1)),
    "180": ([-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30], lambda p: np.rot90(p, 2)),
    "270": ([0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30], lambda p: np.rot90(p, 1)),
    "mirrored": ([-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30], lambda p: p[:, ::-1]),
    "transposed": ([0, ONE, 0, ONE, 0, 0, 0, 0, 1 << 30], lambda p: p.transpose(1, 0, 2)),
}


def assert_close(frame: torch.Tensor, expected: np.ndarray, *, levels: int = 3) -> None:
    """Equal but for the compression, away from the edges between colours, where chroma bleeds."""
    assert frame.shape == expected.shape
    difference = np.abs(frame.numpy().astype(int) - expected.astype(int))
    assert np.percentile(difference, 85) <= levels
    assert difference.mean() < levels


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("read") / "clip.mp4", num_frames=30)


@pytest.fixture(scope="module")
def all_frames(clip: Path) -> torch.Tensor:
    return read_frames(clip)


def test_reads_every_frame_in_order(all_frames: torch.Tensor) -> None:
    assert all_frames.shape == (30, 48, 64, 3)
    assert all_frames.dtype == torch.uint8
    assert indices_of(all_frames) == list(range(30))
    for index in (0, 29):
        assert_close(all_frames[index], picture(index, width=64, height=48))


@settings(max_examples=20)
@given(indices=st.lists(st.integers(0, 29), min_size=1, max_size=40))
def test_any_choice_of_frames_equals_indexing_the_clip(
    clip: Path, all_frames: torch.Tensor, indices: list[int]
) -> None:
    assert torch.equal(read_frames(clip, indices), all_frames[indices])


def test_variable_rate_clips_read_by_frame_not_by_time(tmp_path: Path) -> None:
    times_ms = [0, 40, 55, 200, 210, 500, 505, 900, 3000]
    path = write_clip(tmp_path / "clip.mkv", num_frames=9, times_ms=times_ms)
    assert indices_of(read_frames(path, [8, 2, 5])) == [8, 2, 5]


@pytest.mark.parametrize("turn", TURNS)
def test_pictures_are_upright(tmp_path: Path, turn: str) -> None:
    matrix, turned = TURNS[turn]
    path = write_clip(tmp_path / "clip.mp4", num_frames=2, display_matrix=matrix)
    frame = read_frames(path)[1]
    assert_close(frame, turned(picture(1, width=64, height=48)))
    info = probe_video(path)
    assert (info.height, info.width) == frame.shape[:2]
    assert str(info.rotation_deg) == {"mirrored": "180", "transposed": "90"}.get(turn, turn)


def test_refuses_slanted_pictures(tmp_path: Path) -> None:
    slanted = [46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30]
    with pytest.raises(MediaError, match="turned by 0, 90, 180 or 270"):
        read_frames(write_clip(tmp_path / "clip.mp4", num_frames=2, display_matrix=slanted))


@pytest.mark.parametrize(("width", "height"), [(63, 47), (1, 1), (101, 64)])
def test_odd_sizes(tmp_path: Path, width: int, height: int) -> None:
    path = write_clip(tmp_path / "clip.mp4", width=width, height=height, pix_fmt="yuv444p")
    frames = read_frames(path)
    assert frames.shape == (12, height, width, 3)
    assert_close(frames[7], picture(7, width=width, height=height))


def test_wide_pixels_become_square(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", pixel_aspect=Fraction(4, 3), num_frames=3)
    frames = read_frames(path)
    assert frames.shape[1:] == (48, 85, 3)
    assert (probe_video(path).width, probe_video(path).height) == (85, 48)
    assert_close(frames[2], picture(2, width=85, height=48))


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le"])
def test_grey_levels_are_neither_darkened_nor_lifted(tmp_path: Path, pix_fmt: str) -> None:
    path = write_clip(tmp_path / "clip.mp4", num_frames=40, pix_fmt=pix_fmt)
    grey = read_frames(path)[:, 8:40, 44:60].double().mean(dim=(1, 2, 3))
    expected = torch.tensor([picture(k, width=64, height=48)[0, -1, 0] for k in range(40)])
    assert (grey - expected).mean().abs() < 0.2
    assert (grey - expected).abs().max() < 1.5


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_refuses_high_dynamic_range(tmp_path: Path, transfer: int, name: str) -> None:
    path = write_clip(tmp_path / "clip.mp4", transfer=transfer, pix_fmt="yuv420p10le")
    with pytest.raises(MediaError, match=name):
        read_frames(path)


@pytest.mark.parametrize("indices", [[], [-1], [0, 30], [1000]])
def test_refuses_frames_that_do_not_exist(clip: Path, indices: list[int]) -> None:
    with pytest.raises(MediaError):
        read_frames(clip, indices)


def test_says_how_many_frames_there_are(clip: Path) -> None:
    with pytest.raises(MediaError, match=r"at least 41 frames, got 30\. Ask for frames 0 to 29"):
        read_frames(clip, [40])


def test_a_cut_file_says_how_much_of_it_can_be_read(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", num_frames=60, movflags="faststart")
    whole = read_frames(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.7)])
    with pytest.raises(MediaError) as error:
        read_frames(path)
    num_readable = int(error.value.got.split()[0])
    assert 0 < num_readable < 60
    # That number is true: all of these can be had, and no more.
    assert torch.equal(read_frames(path, range(num_readable)), whole[:num_readable])
    with pytest.raises(MediaError, match="undamaged"):
        read_frames(path, [num_readable])


def test_refuses_a_size_that_changes_midway(tmp_path: Path) -> None:
    small = write_clip(tmp_path / "small.h264").read_bytes()
    large = write_clip(tmp_path / "large.h264", width=96).read_bytes()
    (tmp_path / "both.h264").write_bytes(small + large)
    with pytest.raises(MediaError, match="64×48 like the first, got 96×48 at frame 12"):
        read_frames(tmp_path / "both.h264")


def test_reports_progress_and_can_be_cancelled(clip: Path) -> None:
    reports = []
    read_frames(clip, [4, 2], progress=lambda done, total: reports.append((done, total)))
    assert reports == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]

    def stop(done: int, total: int) -> None:
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        read_frames(clip, progress=stop)


def test_still_pictures_are_one_frame(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "still.png"), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("png")
        stream.width, stream.height, stream.pix_fmt = 31, 17, "rgb24"
        rgb = picture(3, width=31, height=17)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
    assert np.array_equal(read_frames(tmp_path / "still.png")[0].numpy(), rgb)
