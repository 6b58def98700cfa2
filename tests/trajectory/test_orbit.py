import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postcam_core.cameras import check_rigid, invert_rigid
from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import orbit_c2w

lines = st.lists(st.floats(-60, 60), min_size=1, max_size=7)


@settings(max_examples=30)
# Up to three displacement keys: with more, the released spline smooths and a radius could come near zero.
@given(lines, lines.filter(any), st.lists(st.floats(0.5, 2), min_size=1, max_size=3), st.integers(1, 30))
def test_every_orbit_pose_looks_at_the_centre(pitch, yaw, displacement, num_frames) -> None:
    c2w = orbit_c2w(pitch, yaw, displacement, num_frames)
    check_rigid(c2w, name="orbit", tolerance=1e-10)
    assert c2w.dtype == torch.float64
    radius = torch.from_numpy(_linear(displacement, num_frames))
    centre = torch.stack([0 * radius, 0 * radius, radius, torch.ones_like(radius)], dim=-1)
    seen = (invert_rigid(c2w) @ centre[..., None])[..., 0]
    assert torch.allclose(seen, centre, atol=1e-9)


def _linear(keys: list[float], num_frames: int) -> np.ndarray:
    return np.interp(np.linspace(0, 1, num_frames), np.linspace(0, 1, len(keys)), keys)


def test_directions() -> None:
    left = orbit_c2w([0], [0, 30], [1], 5)[-1]
    up = orbit_c2w([0, 30], [0], [1], 5)[-1]
    ahead = orbit_c2w([0], [0], [0, 1], 5)[-1]
    assert left[:3, 3].tolist() == pytest.approx([-0.5, 0, 1 - math.sqrt(3) / 2])
    assert up[:3, 3].tolist() == pytest.approx([0, -0.5, 1 - math.sqrt(3) / 2])
    assert ahead[:3, 3].tolist() == [0, 0, 1]
    # Forward axes: from the left towards +x, from above towards +y (down).
    assert left[0, 2] > 0 and up[1, 2] > 0


def test_which_length_each_kind_of_move_uses() -> None:
    def reach(pitch: float, yaw: float) -> float:
        c2w = orbit_c2w([0, pitch], [0, yaw], [1], 2, orbit_radius=2.0, dolly_distance=5.0)
        return c2w[-1, :3, 3].norm().item()

    chord = 2 * math.sin(math.radians(15))
    assert reach(0, 30) == pytest.approx(2 * chord)
    assert reach(30, 0) == pytest.approx(5 * chord)
    assert reach(0, 0) == 5


def test_one_frame_of_an_orbit_is_its_start() -> None:
    assert torch.equal(orbit_c2w([0], [0, 30], [1], 1)[0], torch.eye(4, dtype=torch.float64))


def test_four_keys_are_met_and_five_are_smoothed() -> None:
    def dolly(keys) -> list[float]:
        return orbit_c2w([0], [0], keys, len(keys))[:, 2, 3].tolist()

    assert dolly([0, 0.3, -0.2, 0.5]) == pytest.approx([0, 0.3, -0.2, 0.5], abs=1e-12)
    assert abs(dolly([0, 0.2, 0.5, 0.1, -0.3])[2] - 0.5) > 0.01


@pytest.mark.parametrize(
    ("pitch", "num_frames", "wrong"),
    [([], 5, "pitch"), ([math.nan], 5, "pitch"), ([[1.0]], 5, "pitch"), ([0.0], 0, "number of frames")],
)
def test_bad_input(pitch, num_frames, wrong) -> None:
    with pytest.raises(TrajectoryError, match=wrong):
        orbit_c2w(pitch, [0], [1], num_frames)
