"""PostCam Load Video takes from a VIDEO what ComfyUI itself takes from it."""

from pathlib import Path

import pytest
import torch
from comfy_api.latest import InputImpl

SAMPLE = Path(__file__).parents[2] / "assets" / "sample.mp4"
SAMPLE_RATE = 16_000


@pytest.fixture
def load(pack):
    """The node, at the sample's own size, with all frames unless told otherwise."""
    node = pack.import_module(".nodes.load_video").PostCamLoadVideo

    def call(video, **inputs) -> tuple:
        size = {"width": video.get_dimensions()[0], "height": video.get_dimensions()[1]}
        settings = {"num_frames": 0, "fit": "cover", "selection": "true rate", "start_s": 0.0}
        return node.PREPARE_CLASS_CLONE(None).execute("", video=video, **size | settings | inputs).result

    return call


@pytest.fixture
def loud(pack, tmp_path: Path) -> Path:
    """Three seconds at 10 frames per second: each frame has its own grey, each second its own loudness."""
    media = pack.import_module(".postcam_core.media")
    seconds = torch.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    waveform = (0.2 * (1 + seconds.floor()) * torch.sin(2500 * seconds))[None]
    return media.write_video(
        tmp_path / "loud.mp4",
        torch.linspace(-0.9, 0.9, 30)[:, None, None, None].expand(-1, 3, 48, 64),
        frame_rate=10,
        audio=media.Audio(waveform=waveform, sample_rate=SAMPLE_RATE),
    )


@pytest.mark.parametrize(
    "window", [(1.0, 1.0), (0.5, 0.0), (-0.5, 0.0), (0.0, 0.7), (0.0, 0.0), (1.4999, 0.3)]
)
@pytest.mark.parametrize("selection", ["true rate", "uniform"])
def test_a_trimmed_video_gives_the_frames_that_core_gives(load, window: tuple, selection: str) -> None:
    video = InputImpl.VideoFromFile(str(SAMPLE)).as_trimmed(*window, strict_duration=False)
    images, fps, _, num_frames = load(video, selection=selection)
    expected = video.get_components()
    assert num_frames == len(images) == len(expected.images)
    assert fps == pytest.approx(float(expected.frame_rate))
    assert (images - expected.images).abs().mean() < 0.01


def test_the_sound_is_trimmed_with_the_frames(load, loud: Path) -> None:
    video = InputImpl.VideoFromFile(str(loud)).as_trimmed(1.0, 1.0)
    for num_frames in (0, 15):  # with five more that hold the last
        images, _, audio, _ = load(video, num_frames=num_frames)
        assert len(images) == (num_frames or 10)
        assert audio["waveform"].shape == (1, 1, SAMPLE_RATE)
        assert audio["waveform"][..., 100:-100].abs().max() == pytest.approx(0.4, abs=0.03)


def test_the_start_counts_from_the_start_of_the_trim(load, loud: Path) -> None:
    video = InputImpl.VideoFromFile(str(loud)).as_trimmed(1.0, 1.5)
    images, _, audio, _ = load(video, start_s=1.0)
    assert torch.equal(images, load(InputImpl.VideoFromFile(str(loud)))[0][20:25])
    assert audio["waveform"].shape[-1] == SAMPLE_RATE // 2
    spread, fps, _, _ = load(video, selection="uniform", num_frames=5)
    assert torch.equal(spread, load(InputImpl.VideoFromFile(str(loud)))[0][[10, 14, 17, 20, 24]])
    assert 5 / fps == pytest.approx(1.5)


def test_a_trim_without_a_frame_is_refused(pack, load, loud: Path) -> None:
    errors = pack.import_module(".postcam_core.errors")
    video = InputImpl.VideoFromFile(str(loud), start_time=5.0)
    with pytest.raises(
        errors.MediaError, match=r"trim of loud.mp4: expected .* 2.9 s, got the rest from 5 s"
    ):
        load(video)


def test_a_video_of_an_older_core_is_taken_whole(load) -> None:
    class OlderVideo:
        def get_dimensions(self) -> tuple[int, int]:
            return 64, 48

        def get_stream_source(self) -> str:
            return str(SAMPLE)

    assert load(OlderVideo())[3] == len(InputImpl.VideoFromFile(str(SAMPLE)).get_components().images)
