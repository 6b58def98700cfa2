from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from postcam_core.media import Audio, read_audio, write_video
from tests.oracles.clips import write_clip, write_song
from tests.oracles.memory import peak_bytes

RATE = 48000


def burst(*, at_s: float, length_s: float = 1.0) -> np.ndarray:
    """Silence with a short tone that starts at ``at_s``."""
    time_s = np.arange(int(length_s * RATE)) / RATE
    tone = 0.5 * np.sin(2 * np.pi * 1000 * time_s) * ((time_s >= at_s) & (time_s < at_s + 0.1))
    return np.stack([tone, -tone])


def loudest_s(audio: Audio) -> float:
    """Middle of the loudest tenth of a second."""
    power = audio.waveform[0].double().square()
    energy = torch.nn.functional.pad(power.cumsum(0), (1, 0))
    window = RATE // 10
    return float((energy[window:] - energy[:-window]).argmax()) / audio.sample_rate + 0.05


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("delay_s", [0.0, 0.2])
def test_sound_stays_in_step_with_the_first_frame(tmp_path: Path, suffix: str, delay_s: float) -> None:
    path = tmp_path / f"clip.{suffix}"
    write_clip(path, num_frames=25, sound=burst(at_s=0.5), sound_delay_s=delay_s)
    audio = read_audio(path)
    assert audio.sample_rate == RATE
    assert audio.waveform.shape[0] == 2
    assert loudest_s(audio) == pytest.approx(0.55 + delay_s, abs=0.002)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("delay_s", [0.0, 0.2])
@pytest.mark.parametrize("stretch_s", [(0.0, 0.1), (0.05, 0.3), (0.45, 0.7), (0.9, 9.0)])
def test_a_stretch_is_what_the_whole_sound_has_there(
    tmp_path: Path, suffix: str, delay_s: float, stretch_s: tuple[float, float]
) -> None:
    path = tmp_path / f"clip.{suffix}"
    write_clip(path, num_frames=25, sound=burst(at_s=0.5), sound_delay_s=delay_s)
    start, stop = (round(RATE * time_s) for time_s in stretch_s)
    stretch = read_audio(path, start_s=stretch_s[0], stop_s=stretch_s[1]).waveform
    assert torch.equal(stretch, read_audio(path).waveform[:, start:stop])


def test_a_stretch_takes_the_memory_of_a_stretch(tmp_path: Path) -> None:
    sound = np.zeros((2, 60 * RATE), dtype=np.float32)
    path = write_clip(tmp_path / "clip.mp4", num_frames=2, rate=1, sound=sound)
    assert peak_bytes(lambda: read_audio(path, start_s=0.5, stop_s=1)) < sound.nbytes / 10


def test_sound_survives_writing(tmp_path: Path) -> None:
    waveform = torch.from_numpy(burst(at_s=0.3)).float()
    video = torch.zeros(16, 3, 32, 32)
    write_video(tmp_path / "clip.mp4", video, frame_rate=16, audio=Audio(waveform=waveform, sample_rate=RATE))
    audio = read_audio(tmp_path / "clip.mp4")
    written = audio.waveform[:, :RATE]
    assert written.shape == waveform.shape
    error = (written - waveform).square().mean() / waveform.square().mean()
    assert error < 0.01  # 20 dB: AAC smears the sharp start of the tone


@pytest.mark.parametrize("sample_rate", [22050, 44100])
@pytest.mark.parametrize("num_channels", [1, 6])
def test_rates_and_channels_are_kept(tmp_path: Path, sample_rate: int, num_channels: int) -> None:
    time_s = torch.arange(sample_rate) / sample_rate
    pitches = 200 * (1 + torch.arange(num_channels))[:, None]
    waveform = 0.3 * torch.sin(2 * torch.pi * pitches * time_s)
    path = write_video(
        tmp_path / "clip.mp4",
        torch.zeros(10, 3, 32, 32),
        frame_rate=10,
        audio=Audio(waveform=waveform, sample_rate=sample_rate),
    )
    audio = read_audio(path)
    assert (audio.sample_rate, audio.waveform.shape[0]) == (sample_rate, num_channels)
    spectrum = torch.fft.rfft(audio.waveform[:, :sample_rate]).abs()
    lower_channels = spectrum[:3] if num_channels == 6 else spectrum  # 5.1: the fourth is the bass
    assert lower_channels.argmax(dim=1).tolist() == pitches[: len(lower_channels), 0].tolist()


def test_sound_ends_with_the_picture(tmp_path: Path) -> None:
    audio = Audio(waveform=torch.zeros(2, 5 * RATE), sample_rate=RATE)
    path = write_video(
        tmp_path / "clip.mp4", torch.zeros(15, 3, 32, 32), frame_rate=Fraction(15), audio=audio
    )
    assert RATE <= read_audio(path).waveform.shape[1] < RATE + 2 * 1024  # whole AAC frames


def test_silent_videos_and_songs(tmp_path: Path) -> None:
    assert read_audio(write_clip(tmp_path / "clip.mp4")) is None
    song = read_audio(write_song(tmp_path / "song.mp3"))
    assert (song.sample_rate, song.waveform.shape[0]) == (44100, 2)


@pytest.mark.parametrize(
    ("num_channels", "sample_rate", "stored"),
    [
        (4, 48000, (2, 48000)),
        (2, 192000, (2, 48000)),
        (6, 192000, (6, 48000)),
        (1, 12345, (1, 48000)),
        (7, 44100, (2, 44100)),
        (9, 48000, (1, 48000)),
    ],
)
def test_sound_that_aac_cannot_hold_is_mixed_and_resampled(
    tmp_path: Path, num_channels: int, sample_rate: int, stored: tuple[int, int]
) -> None:
    time_s = torch.arange(2 * sample_rate) / sample_rate
    waveform = (0.3 * torch.sin(2 * torch.pi * 440 * time_s)).expand(num_channels, -1)
    audio = Audio(waveform=waveform, sample_rate=sample_rate)
    path = write_video(tmp_path / "clip.mp4", torch.zeros(10, 3, 32, 32), frame_rate=10, audio=audio)
    written = read_audio(path)
    assert (written.waveform.shape[0], written.sample_rate) == stored
    heard = written.waveform[:2, : written.sample_rate]
    assert (torch.fft.rfft(heard).abs().argmax(dim=1) == 440).all()
    assert written.waveform.shape[1] < written.sample_rate + 2 * 1024, "it ends with the picture"


def test_samples_that_are_no_numbers_are_silent(tmp_path: Path) -> None:
    waveform = torch.from_numpy(burst(at_s=0.3)).float()
    waveform[:, 100] = torch.nan
    audio = Audio(waveform=waveform, sample_rate=RATE)
    path = write_video(tmp_path / "clip.mp4", torch.zeros(10, 3, 32, 32), frame_rate=10, audio=audio)
    assert loudest_s(read_audio(path)) == pytest.approx(0.35, abs=0.002)


def test_eight_channels_are_kept(tmp_path: Path) -> None:
    time_s = torch.arange(RATE) / RATE
    pitches = 200 * (1 + torch.arange(8))[:, None]
    audio = Audio(waveform=0.3 * torch.sin(2 * torch.pi * pitches * time_s), sample_rate=RATE)
    path = write_video(tmp_path / "clip.mp4", torch.zeros(10, 3, 32, 32), frame_rate=10, audio=audio)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].layout.name == "7.1"
    waveform = read_audio(path).waveform.numpy().T[:RATE]
    loudest = np.abs(np.fft.rfft(waveform, axis=0)).argmax(axis=0)
    assert (
        np.delete(loudest, 3).tolist() == np.delete(pitches[:, 0].numpy(), 3).tolist()
    )  # the fourth is the bass
