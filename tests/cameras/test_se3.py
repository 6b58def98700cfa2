"""SE(3): the group axioms, exp/log, and refusal of what is not rigid, near identity and near half turns too."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.cameras import (
    check_rigid,
    interpolate_rigid,
    invert_rigid,
    relative_to,
    rigid_exp,
    rigid_log,
    rotation_angle_deg,
    rotation_exp,
    rotation_log,
)
from postcam_core.errors import CameraError

IDENTITY = torch.eye(4, dtype=torch.float64)


@st.composite
def poses(draw: st.DrawFn) -> torch.Tensor:
    """Rigid transforms: anywhere, near the identity, and near half turns."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    axis = torch.nn.functional.normalize(torch.randn(3, generator=generator, dtype=torch.float64), dim=0)
    angle = draw(
        st.one_of(st.floats(0, math.pi - 1e-6), st.floats(0, 1e-7), st.floats(math.pi - 1e-4, math.pi - 1e-9))
    )
    size = draw(st.sampled_from([0.0, 1e-8, 1.0, 100.0]))
    position = size * torch.randn(3, generator=generator, dtype=torch.float64)
    return rigid_exp(torch.cat([position, angle * axis]))


@given(poses(), poses(), poses())
def test_group_axioms(a: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> None:
    check_rigid(a @ b, name="product", tolerance=1e-9)
    torch.testing.assert_close((a @ b) @ c, a @ (b @ c), atol=1e-9, rtol=1e-12)
    torch.testing.assert_close(a @ invert_rigid(a), IDENTITY, atol=1e-9, rtol=0)
    torch.testing.assert_close(invert_rigid(a @ b), invert_rigid(b) @ invert_rigid(a), atol=1e-9, rtol=1e-12)


@given(poses())
def test_exp_and_log_undo_each_other(pose: torch.Tensor) -> None:
    torch.testing.assert_close(rigid_exp(rigid_log(pose)), pose, atol=1e-7, rtol=1e-9)


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-6, 1e-3, 1.0, 3.0, math.pi - 1e-8])
def test_rotation_log_returns_the_vector_of_exp(angle: float) -> None:
    vector = angle * torch.nn.functional.normalize(torch.tensor([0.3, -0.5, 0.8], dtype=torch.float64), dim=0)
    torch.testing.assert_close(rotation_log(rotation_exp(vector)), vector, atol=1e-9, rtol=1e-9)


def test_rotation_exp_turns_x_to_y_about_z() -> None:
    quarter = rotation_exp(torch.tensor([0, 0, math.pi / 2], dtype=torch.float64))
    torch.testing.assert_close(
        quarter @ torch.tensor([1.0, 0, 0], dtype=torch.float64),
        torch.tensor([0, 1.0, 0], dtype=torch.float64),
    )


@given(poses(), poses(), st.floats(0, 1))
def test_interpolation_starts_ends_and_goes_the_short_way(
    a: torch.Tensor, b: torch.Tensor, fraction: float
) -> None:
    at = lambda f: interpolate_rigid(a, b, torch.tensor(f, dtype=torch.float64))  # noqa: E731
    torch.testing.assert_close(at(0.0), a, atol=1e-9, rtol=0)
    torch.testing.assert_close(at(1.0), b, atol=1e-6, rtol=1e-9)
    check_rigid(at(fraction), name="between", tolerance=1e-9)
    whole = rotation_angle_deg(a[:3, :3], b[:3, :3])
    part = rotation_angle_deg(a[:3, :3], at(fraction)[:3, :3])
    torch.testing.assert_close(part, fraction * whole, atol=1e-4, rtol=1e-6)


def test_relative_to_makes_the_reference_the_identity() -> None:
    generator = torch.Generator().manual_seed(3)
    c2w = rigid_exp(torch.randn(5, 6, generator=generator, dtype=torch.float64))
    relative = relative_to(c2w, c2w[2])
    torch.testing.assert_close(relative[2], IDENTITY, atol=1e-12, rtol=0)
    torch.testing.assert_close(invert_rigid(relative[0]) @ relative[4], invert_rigid(c2w[0]) @ c2w[4])


def _with(row: int, column: int, value: float) -> torch.Tensor:
    pose = IDENTITY.clone()
    pose[row, column] = value
    return pose


@pytest.mark.parametrize(
    ("pose", "words"),
    [
        (torch.eye(3), "4×4"),
        (torch.zeros(0, 4, 4), "one or more"),
        (_with(0, 3, math.nan), "NaN"),
        (_with(0, 0, 2.0), "orthonormal"),
        (_with(0, 1, 0.5), "orthonormal"),
        (_with(2, 2, -1.0), "reflection"),
        (_with(3, 0, 1.0), "last row"),
    ],
)
def test_what_is_not_rigid_is_refused(pose: torch.Tensor, words: str) -> None:
    with pytest.raises(CameraError, match=words):
        check_rigid(pose, name="pose")
