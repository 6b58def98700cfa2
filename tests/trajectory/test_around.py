"""An orbit about a picked point: the presets' arcs as a special case, and what stays where it was in the picture."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postcam_core.cameras import check_rigid, invert_rigid
from postcam_core.trajectory import Trajectory, build_document, preset_document, sample_trajectory

coordinates = st.floats(-3, 3)
pivots = st.tuples(coordinates, coordinates, coordinates).filter(any)
angles_deg = st.floats(-400, 400)


def around(pivot=(0.0, 0.0, 1.0), num_frames: int = 41, unit: str = "nearest_depth", **fields) -> Trajectory:
    path = {"kind": "around", "unit": unit, "pivot": list(pivot)} | fields
    return sample_trajectory(build_document(path), num_frames)


@pytest.mark.parametrize(
    ("fields", "preset"),
    [
        ({"yaw_deg": 30}, "arc_left"),
        ({"yaw_deg": -30}, "arc_right"),
        ({"pitch_deg": 30}, "arc_up"),
        ({"pitch_deg": -30}, "arc_down"),
    ],
)
def test_arcs_are_orbits_about_the_subject(fields, preset: str) -> None:
    arc = sample_trajectory(preset_document(preset), 41)
    assert (around(**fields).c2w - arc.c2w).abs().max() < 1e-12
    assert (around(**{name: 2.5 * angle for name, angle in fields.items()}).c2w[-1, :3, 3]).norm() > 1


@settings(max_examples=40)
@given(pivots, angles_deg, angles_deg, st.floats(0.01, 100), st.integers(1, 9))
def test_the_pivot_stays_at_its_place_in_the_picture(pivot, yaw_deg, pitch_deg, distance, num_frames) -> None:
    trajectory = around(pivot, num_frames, yaw_deg=yaw_deg, pitch_deg=pitch_deg, distance=distance)
    check_rigid(trajectory.c2w, name="around", tolerance=1e-12)
    assert torch.allclose(trajectory.c2w[0], torch.eye(4, dtype=torch.float64), atol=1e-12)
    point = torch.tensor([*pivot, 1.0], dtype=torch.float64)
    seen = (invert_rigid(trajectory.c2w) @ point)[:, :3]
    growth = distance ** (torch.arange(num_frames, dtype=torch.float64) / max(num_frames - 1, 1))
    assert torch.allclose(seen, growth[:, None] * point[:3], atol=1e-9 * (1 + distance))


def test_exact_values_half_way() -> None:
    middle = around((1.0, 0.0, 0.0), 3, unit="scene", yaw_deg=180, distance=4, focal_scale=9, roll_deg=180)
    # A quarter turn to the left about a point one unit to the right, twice as far from it, a quarter turn of roll.
    assert middle.unit == "scene"
    assert middle.c2w[1, :3, 3].tolist() == pytest.approx([1, 0, 2], abs=1e-12)
    assert middle.c2w[1, :3, 2].tolist() == pytest.approx([1, 0, 0], abs=1e-12), "looks to the right"
    assert middle.c2w[1, :3, 0].tolist() == pytest.approx([0, 1, 0], abs=1e-12), "its right is down"
    assert middle.focal_scale.tolist() == pytest.approx([1, 3, 9])


def test_yaw_comes_before_pitch() -> None:
    last = around(yaw_deg=90, pitch_deg=60).c2w[-1]
    assert last[:3, 3].tolist() == pytest.approx([-0.5, -math.sqrt(3) / 2, 1], abs=1e-12)
    assert last[:3, 2].tolist() == pytest.approx([0.5, math.sqrt(3) / 2, 0], abs=1e-12)
