"""Windows: how they are planned, and that each frame gets what its windows say and nothing else."""

import pytest
import torch

from postcam_core.cameras import rigid_exp
from postcam_core.errors import ShapeError
from postcam_core.sampling import LatentWindow, denoise, latent_frames, plan_windows
from postcam_core.sampling.windows import window_cameras, window_weights
from tests.oracles.tiny_transformer import tiny_inputs, tiny_transformer


def _spans(*arguments: int, **settings: int) -> list[tuple[int, int]]:
    return [(window.start, window.stop) for window in plan_windows(*arguments, **settings)]


def test_windows_overlap_and_the_last_is_moved_back_to_the_end() -> None:
    assert _spans(11) == [(0, 11)] and _spans(3) == [(0, 3)]
    assert _spans(12) == [(0, 11), (1, 12)]
    assert _spans(27) == [(0, 11), (8, 19), (16, 27)]
    assert _spans(9, length=4, overlap=0) == [(0, 4), (4, 8), (5, 9)]


def test_weights_are_core_s_pyramid() -> None:
    assert window_weights(5).tolist() == [1, 2, 3, 2, 1]
    assert window_weights(4).tolist() == [1, 2, 2, 1]


@pytest.mark.parametrize("numbers", [(0, 11, 3), (20, 11, 11), (20, 11, -1), (20, 0, 0)])
def test_plans_that_make_no_sense_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ShapeError, match="windows"):
        plan_windows(numbers[0], length=numbers[1], overlap=numbers[2])


def test_latent_frames_of_whole_clips_only() -> None:
    assert [latent_frames(n) for n in (1, 5, 41)] == [1, 2, 11]
    with pytest.raises(ShapeError, match="got 40. Choose 37"):
        latent_frames(40)
    with pytest.raises(ShapeError, match="got 0"):
        latent_frames(0)


def _arguments(num_frames: int) -> dict:
    x = tiny_inputs(num_frames=num_frames, dtype=torch.float64)
    poses = rigid_exp(
        0.1 * torch.randn(num_frames, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    )
    return {
        "noise": x["target_latents"],
        "source_latents": x["source_latents"],
        "guide_latents": x["guide_latents"],
        "camera_w2c": poses[None],
        "positive": x["text"],
        "num_steps": 1,
    }


def _part(arguments: dict, window: LatentWindow, **changes) -> torch.Tensor:
    frames = slice(window.start, window.stop)
    parts = {name: arguments[name][:, :, frames] for name in ("noise", "source_latents", "guide_latents")}
    return denoise(tiny_transformer(), **{**arguments, **parts, **changes})


def test_one_window_is_the_whole_clip() -> None:
    a = _arguments(3)
    whole = denoise(tiny_transformer(), **a)
    assert denoise(tiny_transformer(), **a, windows=plan_windows(3)).equal(whole)


@pytest.mark.parametrize("has_source", [False, True])
def test_frames_are_the_weighted_mean_of_what_their_windows_say(has_source: bool) -> None:
    a, windows = _arguments(5), plan_windows(5, length=3, overlap=1)
    source = a["camera_w2c"].flip(1) if has_source else None
    together = denoise(tiny_transformer(), **a, windows=windows, source_camera_w2c=source)
    first, second = (
        _part(a, window, camera_w2c=window_cameras(a["camera_w2c"], window, source)) for window in windows
    )
    torch.testing.assert_close(together[:, :, :2], first[:, :, :2])
    torch.testing.assert_close(together[:, :, 3:], second[:, :, 1:])
    torch.testing.assert_close(together[:, :, 2], (first[:, :, 2] + second[:, :, 0]) / 2)


def test_poses_of_a_window_start_where_its_first_source_frame_is() -> None:
    poses, window = _arguments(6)["camera_w2c"], LatentWindow(start=2, stop=5)
    own, still = window_cameras(poses, window, None), window_cameras(poses, window, poses)
    torch.testing.assert_close(own, still)
    torch.testing.assert_close(own[0, 0], torch.eye(4, dtype=torch.float64))
    source = torch.eye(4, dtype=torch.float64).repeat(1, 6, 1, 1)
    assert window_cameras(poses, window, source).equal(poses[:, 2:5])


@pytest.mark.parametrize(
    "spans",
    [[(0, 2), (3, 5)], [(0, 3), (2, 6)], [(1, 5), (2, 5)], [(0, 2), (2, 4)], [(0, 3)], [(0, 5), (5, 5)]],
)
def test_windows_that_do_not_cover_the_clip_are_refused(spans: list[tuple[int, int]]) -> None:
    windows = [LatentWindow(start=start, stop=stop) for start, stop in spans]
    with pytest.raises(ShapeError, match="every one of 5 latent frames"):
        denoise(tiny_transformer(), **_arguments(5), windows=windows)


@pytest.mark.parametrize("name", ["camera_w2c", "source_camera_w2c"])
@pytest.mark.parametrize("num_poses", [3, 10])
def test_poses_of_another_length_are_refused(name: str, num_poses: int) -> None:
    poses = torch.eye(4, dtype=torch.float64).repeat(1, num_poses, 1, 1)
    with pytest.raises(ShapeError, match=f"{name}: expected 5 poses"):
        denoise(
            tiny_transformer(), **_arguments(5) | {name: poses}, windows=plan_windows(5, length=3, overlap=1)
        )
