"""Every input that the warp refuses, and that the message names the culprit."""

import math

import pytest
import torch

from postcam_core.errors import CameraError, GeometryError, ShapeError
from postcam_core.warp import render_guide


@pytest.fixture
def clip() -> dict[str, torch.Tensor]:
    poses = torch.eye(4, dtype=torch.float64).repeat(3, 1, 1)
    return {
        "frames": torch.zeros(3, 3, 6, 8),
        "depth": torch.ones(3, 6, 8),
        "K": torch.tensor([[8.0, 0, 4], [0, 8, 3], [0, 0, 1]]),
        "source_w2c": poses,
        "target_w2c": poses.clone(),
    }


def _with(tensor: torch.Tensor, index: tuple, value: float) -> torch.Tensor:
    changed = tensor.clone()
    changed[index] = value
    return changed


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.0, -1.0, 1e30])
def test_depth_that_is_none(clip, value):
    clip["depth"] = _with(clip["depth"], (1, slice(0, 2), 3), value)
    with pytest.raises(GeometryError, match=r"depth of frame 1: .* 2 of 48 pixels"):
        render_guide(**clip)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (torch.zeros(3, 6, 8, 3), r"\[T,3,H,W\]"),
        (torch.zeros(0, 3, 6, 8), "at least one frame"),
        (torch.zeros(3, 3, 6, 8, dtype=torch.uint8), "floating point"),
        (torch.full((3, 3, 6, 8), 2.0), "from 2 to 2"),
        (torch.full((3, 3, 6, 8), math.nan), "nan"),
    ],
)
def test_frames_that_are_no_video(clip, frames, message):
    with pytest.raises(ShapeError, match=message):
        render_guide(**(clip | {"frames": frames}))


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("depth", torch.ones(2, 6, 8), GeometryError, r"\[3,6,8\]"),
        ("depth", torch.ones(3, 6, 9), GeometryError, "Resize depth"),
        ("depth", torch.ones(3, 2, 6, 8), GeometryError, r"\[3,6,8\]"),
        ("depth", torch.ones(3, 6, 8, dtype=torch.int64), GeometryError, "floating point"),
        ("K", torch.zeros(3, 3), CameraError, "K: .*focal"),
        ("K", torch.eye(3).repeat(2, 1, 1), GeometryError, r"K: .*\[3,3,3\]"),
        ("target_K", torch.full((3, 3), math.nan), CameraError, "target_K: .*finite"),
        ("target_K", torch.eye(4), CameraError, "target_K: .*3×3"),
        ("target_K", torch.eye(3).repeat(2, 1, 1), GeometryError, "target_K: "),
        ("source_w2c", torch.eye(4).repeat(2, 1, 1), GeometryError, "source_w2c: expected 3 poses"),
        ("source_w2c", torch.eye(4), GeometryError, "source_w2c: "),
        ("source_w2c", 2 * torch.eye(4).repeat(3, 1, 1), CameraError, "source_w2c"),
        ("target_w2c", torch.eye(4).repeat(2, 1, 1), GeometryError, "target_w2c: expected 3 .*source_index"),
        ("target_w2c", torch.zeros(0, 4, 4), GeometryError, "target_w2c: .*at least one"),
        ("target_w2c", torch.eye(3).repeat(3, 1, 1), CameraError, "target_w2c: .*4×4"),
        ("target_w2c", torch.full((3, 4, 4), math.nan), CameraError, "target_w2c: .*finite"),
        (
            "target_w2c",
            torch.diag(torch.tensor([-1.0, 1, 1, 1])).repeat(3, 1, 1),
            CameraError,
            r"target_w2c\[0\]: .*reflection",
        ),
        (
            "target_w2c",
            _with(torch.eye(4).repeat(3, 1, 1), (2, 0, 3), 1e20),
            CameraError,
            "target_w2c: .*1e\\+20",
        ),
        ("source_index", [0, 1], GeometryError, "source_index: expected 3"),
        ("source_index", [0, 1, 3], GeometryError, "frames from 0 to 2"),
        ("source_index", [-1, 0, 1], GeometryError, "frames from 0 to 2"),
        ("source_index", [0.0, 1.0, 2.0], GeometryError, "whole numbers"),
    ],
)
def test_inputs_that_do_not_fit(clip, name, value, error, message):
    with pytest.raises(error, match=message):
        render_guide(**(clip | {name: value}))
