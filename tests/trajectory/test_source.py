"""Paths that follow the camera which took the clip."""

import math

import pytest
import torch

from postcam_core.cameras import invert_rigid, relative_to, rigid_exp, smooth_c2w
from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import (
    MODEL_NEAREST_DEPTH,
    SourceCameras,
    Trajectory,
    build_document,
    sample_trajectory,
)

EYE = torch.eye(4, dtype=torch.float64)
STATIC = {"kind": "preset", "name": "static"}


def shaking(num_frames: int = 41, nearest_depth: float = 2.5) -> SourceCameras:
    """A camera that walks ahead while it turns by 40°, and trembles."""
    noise = 0.01 * torch.randn(num_frames, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(7))
    walk = torch.linspace(0, 1, num_frames, dtype=torch.float64)[:, None] * torch.tensor(
        [0.2, 0, 2, 0, 0.7, 0], dtype=torch.float64
    )
    c2w = rigid_exp(walk) @ rigid_exp(noise)
    return SourceCameras(c2w=relative_to(c2w, c2w[0]), nearest_depth=nearest_depth)


def following(path: dict, source: SourceCameras, num_frames: int = 41, **fields) -> Trajectory:
    document = build_document(path, **({"relative_to": "source_camera"} | fields))
    return sample_trajectory(document, num_frames, source=source)


def test_standing_still_is_the_source_camera() -> None:
    source = shaking()
    trajectory = following(STATIC, source)
    assert torch.equal(trajectory.c2w, source.c2w)
    assert trajectory.unit == "scene"
    assert trajectory.source_index.tolist() == list(range(41))


def test_the_camera_of_the_frame_shown_is_followed() -> None:
    source = shaking(81)
    backwards = following(STATIC, source, 5, timing=[{"time": 0, "source": 1}, {"time": 1, "source": 0}])
    assert backwards.source_index.tolist() == [80, 60, 40, 20, 0]
    assert torch.equal(backwards.c2w, source.c2w[[80, 60, 40, 20, 0]])


@pytest.mark.parametrize(
    ("unit", "factor"), [("nearest_depth", 2.5), ("scene", 1.0), ("model", 2.5 / MODEL_NEAREST_DEPTH)]
)
def test_lengths_of_the_path_become_the_scenes(unit: str, factor: float) -> None:
    source = shaking()
    path = {"kind": "around", "unit": unit, "pivot": [0.2, 0, 3], "yaw_deg": 25, "focal_scale": 2}
    alone = sample_trajectory(build_document(path), 41)
    trajectory = following(path, source)
    own = invert_rigid(source.c2w) @ trajectory.c2w
    assert torch.allclose(own[:, :3, :3], alone.c2w[:, :3, :3], atol=1e-12)
    assert torch.allclose(own[:, :3, 3], factor * alone.c2w[:, :3, 3], atol=1e-12)
    assert torch.equal(trajectory.focal_scale, alone.focal_scale)


def test_what_the_clip_shows_stays_beside_the_scale() -> None:
    """In the model's unit a still path is the source's own path, whatever the scene's unit is."""
    source = shaking()
    larger = source.c2w.clone()
    larger[:, :3, 3] *= 100
    trajectories = [
        following({"kind": "preset", "name": "dolly_in"}, cameras)
        for cameras in (source, SourceCameras(c2w=larger, nearest_depth=250.0))
    ]
    small, large = (t.c2w_in_model_units(d) for t, d in zip(trajectories, (2.5, 250.0), strict=True))
    assert torch.allclose(small, large, atol=1e-12)


def test_smoothing_takes_the_shake_out() -> None:
    source = shaking()
    smooth = following(STATIC, source, relative_to="smoothed_source", smoothing_frames=4)
    wanted = smooth_c2w(source.c2w, sigma_frames=4)
    assert torch.equal(smooth.c2w, wanted)
    jitter = [
        (poses[2:] - 2 * poses[1:-1] + poses[:-2])[:, :3].abs().mean() for poses in (source.c2w, smooth.c2w)
    ]
    assert jitter[1] < 0.05 * jitter[0]
    assert not torch.allclose(smooth.c2w[0], EYE, atol=1e-3), "as smoothed, not anchored again"
    default = following(STATIC, source, relative_to="smoothed_source")
    assert torch.equal(
        default.c2w, following(STATIC, source, relative_to="smoothed_source", smoothing_frames=8).c2w
    )


@pytest.mark.parametrize("relation", ["source_camera", "smoothed_source"])
def test_without_the_source_it_says_what_to_connect(relation: str) -> None:
    document = build_document(STATIC, relative_to=relation)
    with pytest.raises(TrajectoryError, match="cameras of the clip, got none. Connect the clip's geometry"):
        sample_trajectory(document, 5)


def test_the_first_frame_needs_no_source_and_keeps_its_unit() -> None:
    document = build_document({"kind": "preset", "name": "dolly_in"})
    with_source, without = (sample_trajectory(document, 41, source=s) for s in (shaking(), None))
    assert torch.equal(with_source.c2w, without.c2w)
    assert with_source.unit == without.unit == "nearest_depth"


@pytest.mark.parametrize(
    ("c2w", "nearest_depth", "says"),
    [
        (EYE, 1.0, "one 4×4 pose per source frame"),
        (EYE[None][:0], 1.0, "one or more"),
        (2 * EYE[None], 1.0, "last row"),
        (EYE[None] * math.nan, 1.0, "finite"),
        (rigid_exp(torch.tensor([[1.0, 0, 0, 0, 0, 0]])), 1.0, "identity as the first"),
        (EYE[None], 0.0, "nearest depth"),
        (EYE[None], math.inf, "nearest depth"),
        (EYE[None], math.nan, "nearest depth"),
    ],
)
def test_refused_cameras(c2w, nearest_depth: float, says: str) -> None:
    with pytest.raises(TrajectoryError, match=says):
        SourceCameras(c2w=c2w, nearest_depth=nearest_depth)


def test_a_source_that_spins_cannot_be_smoothed_over_whole_turns() -> None:
    twist = torch.zeros(41, 6, dtype=torch.float64)
    twist[:, 4] = torch.arange(41) * (4 * math.pi / 41)
    source = SourceCameras(c2w=rigid_exp(twist), nearest_depth=1.0)
    with pytest.raises(TrajectoryError, match="cancel each other out"):
        following(STATIC, source, relative_to="smoothed_source", smoothing_frames=1000)


def test_lengths_beyond_all_numbers_are_refused() -> None:
    source = SourceCameras(c2w=EYE[None], nearest_depth=1e308)
    with pytest.raises(TrajectoryError, match="finite"):
        following({"kind": "around", "unit": "nearest_depth", "pivot": [0, 0, 1e7], "yaw_deg": 9}, source)
