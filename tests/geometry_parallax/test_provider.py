"""The provider on small rendered clips: right where there is parallax, and frank where there is none."""

import math

import pytest
import torch

from postcam_core.cameras import rotation_angle_deg
from postcam_core.errors import CameraError, GeometryError, OperationCancelled, ShapeError
from postcam_core.geometry.parallax import parallax_geometry
from tests.oracles.parallax_clips import FOV_DEG, ClipSpec, measure


def small(kind: str, seed: int):
    return ClipSpec(kind=kind, seed=seed, height=144, width=240, num_frames=21).render()


def test_a_moving_camera_gives_poses_and_depth() -> None:
    clip = small("moving", 105)
    steps = []
    geometry = parallax_geometry(
        clip.video,
        fov_deg=FOV_DEG,
        working_width=240,
        progress=lambda done, total: steps.append((done, total)),
    )
    errors = measure(geometry, clip)
    assert errors.rotation_deg < 1.5
    assert errors.translation_share < 0.05
    assert errors.depth_share < 0.12
    assert errors.focal_ratio == pytest.approx(1)
    assert (geometry.provider, geometry.is_metric) == ("parallax", False)
    assert "depth from parallax" in geometry.notes[0]
    assert geometry.depth.shape == clip.depth.shape
    torch.testing.assert_close(geometry.w2c[0], torch.eye(4, dtype=torch.float64))
    assert geometry.confidence is not None and geometry.confidence.quantile(0.9) > 0.5
    done, totals = zip(*steps, strict=True)
    assert list(done) == sorted(done) and done[-1] == totals[0] and len(set(totals)) == 1


def test_a_turning_camera_keeps_its_rotation_and_gets_no_depth() -> None:
    clip = small("rotation", 130)
    geometry = parallax_geometry(clip.video, fov_deg=FOV_DEG, working_width=240)
    assert "no depth was estimated: the camera only turns" in geometry.notes[0]
    assert measure(geometry, clip).rotation_deg < 0.3
    assert geometry.confidence.max() <= 0.2
    assert geometry.w2c[:, :3, 3].abs().max() == 0


def test_a_camera_that_stands_still_gets_no_depth() -> None:
    clip = small("static", 141)
    geometry = parallax_geometry(clip.video, working_width=240)
    assert "no depth was estimated: the camera stands still" in geometry.notes[0]
    identity = torch.eye(3, dtype=torch.float64).expand(21, 3, 3)
    assert rotation_angle_deg(identity, geometry.w2c[:, :3, :3]).max() < 0.2


@pytest.mark.parametrize("num_frames", [1, 2, 5])
def test_too_few_frames_say_so(num_frames: int) -> None:
    noise = torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    geometry = parallax_geometry(noise.expand(num_frames, 3, 48, 64), working_width=64)
    assert geometry.depth.shape == (num_frames, 48, 64)
    assert "no depth was estimated" in geometry.notes[0]


@pytest.mark.parametrize("level", [-1.0, 0.3])
def test_an_empty_clip_says_so(level: float) -> None:
    geometry = parallax_geometry(torch.full((9, 3, 40, 72), level), working_width=72)
    assert "too little in the picture could be followed" in geometry.notes[0]


def test_pictures_without_any_relation_give_no_depth() -> None:
    noise = torch.rand(9, 3, 48, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    assert "no depth was estimated" in parallax_geometry(noise, working_width=64).notes[0]


def test_a_wide_clip_is_worked_on_smaller_and_comes_back_whole() -> None:
    clip = ClipSpec(kind="static", seed=142, height=120, width=200, num_frames=6).render()
    geometry = parallax_geometry(clip.video, working_width=100, fov_deg=60)
    assert geometry.depth.shape == (6, 120, 200)
    assert float(geometry.K[0, 0, 0]) == pytest.approx(100 / math.tan(math.radians(30)))
    assert geometry.K[0, 0, 2] == pytest.approx(99.5)


def test_a_small_clip_is_measured_better_enlarged() -> None:
    clip = ClipSpec(kind="moving", seed=105, height=72, width=120, num_frames=21).render()
    plain, enlarged = (
        measure(parallax_geometry(clip.video, fov_deg=FOV_DEG, working_width=width), clip)
        for width in (120, 240)
    )
    assert enlarged.rotation_deg < plain.rotation_deg / 2
    assert enlarged.translation_share < plain.translation_share / 2
    assert enlarged.depth_share < plain.depth_share / 2
    assert enlarged.focal_ratio == pytest.approx(1)


def test_cancelling_stops_it() -> None:
    def cancel(done: int, total: int) -> None:
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        parallax_geometry(torch.zeros(4, 3, 48, 64), progress=cancel)


@pytest.mark.parametrize(
    ("video", "options", "error"),
    [
        (torch.zeros(3, 48, 64), {}, ShapeError),
        (torch.zeros(0, 3, 48, 64), {}, ShapeError),
        (torch.zeros(4, 48, 64, 3), {}, ShapeError),
        (torch.zeros(4, 3, 8, 64), {}, ShapeError),
        (torch.full((2, 3, 48, 64), math.nan), {}, ShapeError),
        (torch.zeros(2, 3, 48, 64), {"fov_deg": 180.0}, CameraError),
        (torch.zeros(2, 3, 48, 64), {"horizon": math.nan}, GeometryError),
        (torch.zeros(2, 3, 48, 64), {"working_width": 5}, ShapeError),
    ],
)
def test_bad_input_is_refused(video: torch.Tensor, options: dict, error: type) -> None:
    with pytest.raises(error):
        parallax_geometry(video, **options)
