import pytest
import torch

from postcam_core.cameras import rotation_angle_deg, rotation_exp
from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import (
    MODEL_NEAREST_DEPTH,
    Trajectory,
    build_document,
    model_scale,
    sample_trajectory,
)

EYE = torch.eye(4, dtype=torch.float64)


def poses_document(num_poses: int, focal_scale: list[float] | None = None):
    """A straight walk to x = 1 while turning right by 80°."""
    c2w = EYE.repeat(num_poses, 1, 1)
    fraction = torch.linspace(0, 1, num_poses, dtype=torch.float64)
    c2w[:, 0, 3] = fraction
    axis = torch.tensor([0, 80.0, 0], dtype=torch.float64).deg2rad()
    c2w[:, :3, :3] = rotation_exp(fraction[:, None] * axis)
    path = {"kind": "poses", "unit": "scene", "c2w": c2w.flatten(1).tolist()}
    return build_document(path | ({"focal_scale": focal_scale} if focal_scale else {}))


def test_defaults() -> None:
    trajectory = Trajectory(c2w=EYE.repeat(3, 1, 1).float(), unit="model")
    assert len(trajectory) == 3
    assert trajectory.c2w.dtype == trajectory.focal_scale.dtype == torch.float64
    assert trajectory.focal_scale.tolist() == [1, 1, 1]
    assert trajectory.source_index.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"c2w": EYE}, "one 4×4 pose per frame"),
        ({"c2w": EYE[None][:0]}, "at least one"),
        ({"c2w": 2 * EYE[None]}, "last row"),
        ({"c2w": EYE[None] * torch.nan}, "finite"),
        ({"unit": "feet"}, "unit of the trajectory"),
        ({"focal_scale": torch.ones(2)}, "focal_scale"),
        ({"focal_scale": torch.zeros(1)}, "focal_scale"),
        ({"source_index": torch.zeros(1)}, "source_index"),
        ({"source_index": torch.tensor([-1])}, "source_index"),
        ({"source_index": torch.tensor([0, 1])}, "source_index"),
    ],
)
def test_refused(fields, says: str) -> None:
    with pytest.raises(TrajectoryError, match=says):
        Trajectory(**({"c2w": EYE[None], "unit": "model"} | fields))


@pytest.mark.parametrize(
    ("unit", "scene_nearest_depth", "factor"),
    [
        ("nearest_depth", None, MODEL_NEAREST_DEPTH),
        ("nearest_depth", 7.0, MODEL_NEAREST_DEPTH),
        ("model", None, 1.0),
        ("scene", 2.0, MODEL_NEAREST_DEPTH / 2),
    ],
)
def test_model_units_scale_translations_alone(unit, scene_nearest_depth, factor) -> None:
    c2w = sample_trajectory(poses_document(3), 3).c2w
    scaled = Trajectory(c2w=c2w, unit=unit).c2w_in_model_units(scene_nearest_depth)
    assert torch.equal(scaled[:, :3, :3], c2w[:, :3, :3])
    assert torch.allclose(scaled[:, :3, 3], c2w[:, :3, 3] * factor)
    assert c2w[-1, 0, 3] == 1  # the trajectory itself is untouched


@pytest.mark.parametrize("nearest_depth", [None, 0.0, -1.0, float("nan"), float("inf")])
def test_scene_units_need_a_nearest_depth(nearest_depth) -> None:
    with pytest.raises(TrajectoryError, match="nearest depth"):
        Trajectory(c2w=EYE[None], unit="scene").c2w_in_model_units(nearest_depth)


def test_model_scale_brings_the_nearest_depth_to_the_trained_one() -> None:
    assert model_scale(0.5) * 0.5 == pytest.approx(3.97521, abs=1e-5)


@pytest.mark.parametrize("num_frames", [1, 2, 5, 17, 40])
def test_poses_are_resampled_evenly(num_frames: int) -> None:
    trajectory = sample_trajectory(poses_document(5, [1, 2, 4, 8, 16]), num_frames)
    fraction = torch.arange(num_frames, dtype=torch.float64) / max(num_frames - 1, 1)
    assert torch.allclose(trajectory.c2w[:, 0, 3], fraction, atol=1e-12)
    turn = rotation_angle_deg(EYE[:3, :3].expand(num_frames, 3, 3), trajectory.c2w[:, :3, :3])
    assert torch.allclose(turn, 80 * fraction, atol=1e-6)
    assert torch.allclose(trajectory.focal_scale, 16**fraction, atol=1e-9)
    assert trajectory.unit == "scene"


def test_one_pose_serves_any_number_of_frames() -> None:
    assert torch.equal(sample_trajectory(poses_document(1), 4).c2w, EYE.repeat(4, 1, 1))


@pytest.mark.parametrize(
    "path",
    [
        {"kind": "preset", "name": "pan_left"},
        {"kind": "preset", "name": "arc_left"},
        {"kind": "poses", "unit": "model", "c2w": [EYE.flatten().tolist()]},
    ],
)
def test_sampling(path) -> None:
    document = build_document(path)
    trajectory = sample_trajectory(document, 7)
    assert len(trajectory) == 7
    assert trajectory.document is document
    with pytest.raises(TrajectoryError, match="number of frames"):
        sample_trajectory(document, 0)
