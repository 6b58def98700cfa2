"""A clip chosen from a file: which frames, at what rate, with what sound."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from postcam_core.errors import MediaError
from postcam_core.media import (
    Audio,
    Trim,
    fit_frames,
    load_clip,
    plan_fit,
    probe_video,
    read_frames,
    video_from_uint8,
    write_video,
)
from tests.oracles.clips import write_clip
from tests.oracles.memory import peak_bytes

RATE = 8
NUM_FRAMES = 24
SAMPLE_RATE = 8000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 grey frames, each a little brighter, with a sound whose pitch is its time."""
    grey = torch.linspace(-0.9, 0.9, NUM_FRAMES)
    seconds = torch.arange(SAMPLE_RATE * NUM_FRAMES // RATE) / SAMPLE_RATE
    waveform = 0.5 * torch.sin(2 * torch.pi * 200 * seconds * (1 + seconds))[None]
    return write_video(
        tmp_path_factory.mktemp("clip") / "ramp.mp4",
        grey[:, None, None, None].expand(-1, 3, 48, 64),
        frame_rate=Fraction(RATE),
        audio=Audio(waveform=waveform, sample_rate=SAMPLE_RATE),
    )


def _greys(video: torch.Tensor) -> list[int]:
    """Which frame of the ramp each frame is, read off its brightness."""
    return ((video.mean(dim=(1, 2, 3)) + 0.9) / 1.8 * (NUM_FRAMES - 1)).round().int().tolist()


def test_uniform_spreads_over_the_clip_and_keeps_its_duration(file: Path) -> None:
    clip = load_clip(file, width=32, height=24, num_frames=9)
    assert clip.video.shape == (9, 3, 24, 32)
    assert list(clip.indices) == _greys(clip.video) == [0, 3, 6, 9, 12, 14, 17, 20, 23]
    assert 9 / clip.frame_rate == pytest.approx(NUM_FRAMES / RATE)
    assert clip.audio.waveform.shape[1] == pytest.approx(SAMPLE_RATE * NUM_FRAMES / RATE, abs=1100)


def test_a_short_clip_holds_its_last_frame_at_its_own_rate(file: Path) -> None:
    clip = load_clip(file, width=32, height=24, num_frames=29)
    assert list(clip.indices) == [*range(24), 23, 23, 23, 23, 23]
    assert clip.frame_rate == RATE


def test_true_rate_takes_consecutive_frames_and_their_sound(file: Path) -> None:
    clip = load_clip(file, width=32, height=24, num_frames=5, selection="true_rate", start_s=1.0)
    assert list(clip.indices) == _greys(clip.video) == [8, 9, 10, 11, 12]
    assert clip.frame_rate == RATE
    whole = load_clip(file, width=32, height=24, num_frames=24).audio.waveform
    torch.testing.assert_close(clip.audio.waveform, whole[:, SAMPLE_RATE : SAMPLE_RATE * 13 // 8])


@pytest.mark.parametrize("selection", ["uniform", "true_rate"])
def test_no_number_takes_every_frame_and_the_whole_sound(file: Path, selection: str) -> None:
    clip = load_clip(file, width=32, height=24, num_frames=None, selection=selection)
    assert list(clip.indices) == _greys(clip.video) == list(range(NUM_FRAMES))
    assert clip.frame_rate == RATE
    whole = load_clip(file, width=32, height=24, num_frames=NUM_FRAMES).audio.waveform
    assert torch.equal(clip.audio.waveform, whole)


def test_no_number_takes_the_rest_from_the_start_on(file: Path) -> None:
    info = probe_video(file)
    clip = load_clip(
        file, width=32, height=24, num_frames=None, selection="true_rate", start_s=2.5, info=info
    )
    assert list(clip.indices) == [20, 21, 22, 23]
    assert clip.audio.waveform.shape[1] == pytest.approx(SAMPLE_RATE // 2, abs=1100)


def test_a_start_beyond_the_end_of_the_sound_has_none(tmp_path: Path) -> None:
    sound = np.zeros((2, 48000))
    path = write_clip(tmp_path / "clip.mp4", num_frames=20, rate=10, sound=sound)
    settings = {"width": 32, "height": 24, "num_frames": 3, "selection": "true_rate"}
    assert load_clip(path, **settings, start_s=0.5).audio is not None
    assert load_clip(path, **settings, start_s=1.5).audio is None


def test_frames_are_not_held_at_their_own_size(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", num_frames=30, width=640, height=480)
    peak = peak_bytes(lambda: load_clip(path, width=64, height=48, num_frames=30))
    assert peak < 640 * 480 * 3 * 30 / 2


@pytest.mark.parametrize(("width", "height"), [(32, 24), (45, 64), (64, 20)])
def test_a_frame_is_the_same_as_in_a_batch(file: Path, width: int, height: int) -> None:
    clip = load_clip(file, width=width, height=height, num_frames=NUM_FRAMES)
    plan = plan_fit(64, 48, width=width, height=height, mode="cover")
    assert torch.equal(clip.video, fit_frames(video_from_uint8(read_frames(file)), plan))


def test_a_start_beyond_the_end_is_refused(file: Path) -> None:
    with pytest.raises(MediaError, match=r"expected 0 to 2\.88 s, got 3\.0 s"):
        load_clip(file, width=32, height=24, num_frames=5, selection="true_rate", start_s=3.0)


def test_cancelling_stops_the_decoding(file: Path) -> None:
    class Cancelled(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        if done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        load_clip(file, width=32, height=24, num_frames=9, progress=cancel)


def test_a_trim_of_a_variable_rate_lasts_as_long_as_it_did(tmp_path: Path) -> None:
    times_ms = [0, 100, 200, 300, 400, 600, 800, 1000, 1200]
    path = write_clip(tmp_path / "clip.mkv", num_frames=9, times_ms=times_ms)
    settings = {"width": 64, "height": 48, "num_frames": None}
    clip = load_clip(path, **settings, trim=Trim(start_s=0.4))
    assert clip.indices == (4, 5, 6, 7, 8)
    assert clip.frame_rate == pytest.approx(5)
    steady = load_clip(path, **settings, trim=Trim(start_s=0.1, duration_s=0.3), selection="true_rate")
    assert steady.indices == (1, 2, 3)
    assert steady.frame_rate == pytest.approx(10)
