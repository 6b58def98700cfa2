import json
import math

import pytest
import torch

from postcam_core.cameras import rotation_angle_deg
from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import camera_names, parse_recammaster, sample_trajectory


def rows(yaw_deg: float, position_cm: tuple[float, float, float], pitch_deg: float = 0.0) -> str:
    """A pose as Unreal Engine writes it: rows are the forward, right and up axes, then the place."""
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    forward = (math.cos(pitch) * math.cos(yaw), math.cos(pitch) * math.sin(yaw), math.sin(pitch))
    right = (-math.sin(yaw), math.cos(yaw), 0.0)
    up = (-math.sin(pitch) * math.cos(yaw), -math.sin(pitch) * math.sin(yaw), math.cos(pitch))
    written = [(*axis, 0) for axis in (forward, right, up)] + [(*position_cm, 1)]
    return " ".join("[" + " ".join(f"{value:.6f}" for value in row) + "]" for row in written) + " "


def camera_file(*poses: str, camera: str = "cam01") -> str:
    # Frames out of order, as text order puts frame10 before frame2.
    return json.dumps({f"frame{i}": {camera: pose} for i, pose in reversed(list(enumerate(poses)))})


def last_pose(first: str, last: str) -> torch.Tensor:
    return sample_trajectory(parse_recammaster(camera_file(first, first, last)), 3).c2w[-1]


# Unreal Engine: x forward, y right, z up. OpenCV: x right, y down, z forward. Metres.
@pytest.mark.parametrize(
    ("moved_cm", "seen_m"), [((100, 0, 0), (0, 0, 1)), ((0, 100, 0), (1, 0, 0)), ((0, 0, 100), (0, -1, 0))]
)
def test_positions(moved_cm, seen_m) -> None:
    start = (3390.0, 1380.0, 240.0)
    end = tuple(a + b for a, b in zip(start, moved_cm, strict=True))
    pose = last_pose(rows(0, start), rows(0, end))
    assert pose[:3, 3].tolist() == pytest.approx(seen_m, abs=1e-9)
    assert torch.allclose(pose[:3, :3], torch.eye(3, dtype=torch.float64))


def test_positions_are_relative_to_the_first_camera_axes() -> None:
    pose = last_pose(rows(90, (0, 0, 0)), rows(90, (0, 100, 0)))  # both look along +y and walk along it
    assert pose[:3, 3].tolist() == pytest.approx([0, 0, 1], abs=1e-5)


def test_turning_right_and_looking_up() -> None:
    right = last_pose(rows(0, (0, 0, 0)), rows(25, (0, 0, 0)))
    up = last_pose(rows(0, (0, 0, 0)), rows(0, (0, 0, 0), pitch_deg=25))
    assert right[0, 2] > 0.4 and up[1, 2] < -0.4
    for pose in (right, up):
        assert rotation_angle_deg(torch.eye(3, dtype=torch.float64), pose[:3, :3]).item() == pytest.approx(
            25, abs=1e-3
        )


def test_the_training_set_arc() -> None:
    """Numbers of the data set's 30° left arc: 198.76 cm to the left, 53.26 cm ahead."""
    start, end = (3390.0, 1380.0, 240.0), (3390 + 53.26, 1380 - 198.76, 240.0)
    pose = last_pose(rows(0, start), rows(29.822, end))
    assert pose[:3, 3].norm().item() == pytest.approx(2.0577211958863635, abs=1e-9)
    assert pose[0, 3] < 0 and pose[0, 2] > 0


def test_document_and_names() -> None:
    text = json.dumps({"frame0": {"cam02": rows(0, (0, 0, 0)), "cam10": rows(0, (1, 0, 0))}})
    assert camera_names(text) == ["cam02", "cam10"]
    document = parse_recammaster(text, "cam10")
    assert (document.path.kind, document.path.unit, document.name) == ("poses", "model", "ReCamMaster cam10")


GOOD = rows(0, (0, 0, 0))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "frame0"),
        ("{}", "frame0"),
        ("nonsense", "expected JSON"),
        ('{"frame0": {}}', "only frames"),
        ('{"frame0": {"cam01": "' + GOOD + '"}, "notes": {}}', "only frames.*'notes'"),
        ('{"frame0": {"cam01": "' + GOOD + '"}, "frame2": {"cam01": "' + GOOD + '"}}', "frame1 among 2"),
        ('{"frame0": {"cam07": "' + GOOD + '"}}', "'cam01' in frame 0, got cam07"),
        ('{"frame0": {"cam01": 5}}', "four rows .* got int"),
        ('{"frame0": {"cam01": "[1 0 0 0] [0 1 0 0]"}}', "four rows"),
        (camera_file(GOOD.replace("1.0", "x", 1)), "four rows"),
        (camera_file(GOOD.replace("1.0", "nan ", 1)), "four rows"),
        (camera_file(GOOD, GOOD.replace("1.0", "3.0", 1)), r"pose\[1\].*orthonormal"),
        (" " * 8_000_001, "8,000,000 bytes"),
    ],
)
def test_refused(text: str, says: str) -> None:
    with pytest.raises(TrajectoryError, match=says):
        parse_recammaster(text)
