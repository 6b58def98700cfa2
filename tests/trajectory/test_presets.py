import pytest
import torch

from postcam_core.cameras import invert_rigid, rotation_angle_deg
from postcam_core.trajectory import PRESET_NAMES, PRESETS, Trajectory, preset_document, sample_trajectory
from postcam_core.trajectory.presets import smooth_noise

SUBJECT = torch.tensor([0.0, 0.0, 1.0, 1.0], dtype=torch.float64)
names = pytest.mark.parametrize("name", PRESETS)


def sampled(name: str, amount: float = 1.0, num_frames: int = 41) -> Trajectory:
    return sample_trajectory(preset_document(name, amount), num_frames)


def subject_seen(trajectory: Trajectory) -> torch.Tensor:
    return (invert_rigid(trajectory.c2w) @ SUBJECT)[:, :3]


def test_the_table_has_every_name() -> None:
    assert tuple(PRESETS) == PRESET_NAMES


@names
@pytest.mark.parametrize("amount", [-20, -1, 0, 0.5, 1, 20])
def test_every_amount_starts_at_the_source_camera(name: str, amount: float) -> None:
    trajectory = sampled(name, amount)
    assert torch.allclose(trajectory.c2w[0], torch.eye(4, dtype=torch.float64), atol=1e-12)
    assert trajectory.focal_scale[0] == 1
    assert torch.equal(sampled(name, amount, 1).c2w[0], trajectory.c2w[0])


@names
def test_zero_stands_still_and_others_move(name: str) -> None:
    assert torch.allclose(sampled(name, 0).c2w, torch.eye(4, dtype=torch.float64))
    assert torch.equal(sampled(name, 0).focal_scale, torch.ones_like(sampled(name, 0).focal_scale))
    moved = (sampled(name).c2w - torch.eye(4, dtype=torch.float64)).abs().max()
    assert (moved > 0.003) == (name not in ("static", "lens_zoom_in", "lens_zoom_out"))


@pytest.mark.parametrize(("name", "factor"), [("lens_zoom_in", 2.0), ("lens_zoom_out", 0.5)])
def test_a_lens_zoom_changes_by_one_factor_per_frame(name: str, factor: float) -> None:
    for amount in (-1.5, 1.0, 20.0):
        focal_scale = sampled(name, amount, 41).focal_scale
        assert focal_scale[-1].item() == pytest.approx(factor**amount)
        steps = focal_scale[1:] / focal_scale[:-1]
        assert torch.allclose(steps, steps[:1], rtol=1e-9)


@names
def test_natural_size_stays_before_the_subject(name: str) -> None:
    seen = subject_seen(sampled(name, num_frames=201))
    # The released zoom_in ends on the nearest surface; its keys are kept.
    assert seen[:, 2].min() > (-1e-12 if name == "zoom_in" else 0.45)


@pytest.mark.parametrize(
    ("name", "axis", "distance"),
    [
        ("truck_left", 0, -0.3), ("truck_right", 0, 0.3), ("pedestal_up", 1, -0.25), ("pedestal_down", 1, 0.25),
        ("dolly_in", 2, 0.5), ("dolly_out", 2, -0.5), ("zoom_in", 2, 1), ("zoom_out", 2, -1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("amount", [1, -2])
def test_slides(name: str, axis: int, distance: float, amount: float) -> None:
    wanted = [0.0, 0.0, 0.0]
    wanted[axis] = distance * amount
    last = sampled(name, amount).c2w[-1]
    assert last[:3, 3].tolist() == pytest.approx(wanted, abs=1e-12)
    assert torch.equal(last[:3, :3], torch.eye(3, dtype=torch.float64))


@pytest.mark.parametrize(
    ("name", "natural_deg", "looked_at"),
    # One axis of the last camera and the world direction that it leans to.
    [
        ("pan_left", 20, (2, 0, -1)), ("pan_right", 20, (2, 0, 1)), ("tilt_up", 10, (2, 1, -1)),
        ("tilt_down", 10, (2, 1, 1)), ("roll_left", 15, (0, 1, -1)), ("roll_right", 15, (0, 1, 1)),
    ],
)  # fmt: skip
def test_turns(name: str, natural_deg: float, looked_at: tuple[int, int, int]) -> None:
    axis, direction, sign = looked_at
    c2w = sampled(name).c2w
    assert c2w[-1, direction, axis] * sign > 0.1
    assert rotation_angle_deg(c2w[0, :3, :3], c2w[-1, :3, :3]).item() == pytest.approx(natural_deg)
    # Twenty times the natural size is up to 400°, at one speed: frame to frame the turn is the same.
    many = sampled(name, 20, 101).c2w[:, :3, :3]
    turn = rotation_angle_deg(many[:-1], many[1:])
    assert torch.allclose(turn, torch.full_like(turn, natural_deg * 20 / 100), atol=1e-6)


@pytest.mark.parametrize(
    "name",
    ["arc_left", "arc_up", "y_right_30", "x_down_30", "crane_up", "crane_down", "spiral", "figure_eight"],
)
@pytest.mark.parametrize("amount", [-2, 0.7, 1, 2])
def test_aimed_moves_keep_the_subject_in_the_middle(name: str, amount: float) -> None:
    seen = subject_seen(sampled(name, amount, 67))
    assert (seen[:, :2] / seen[:, 2:]).abs().max() < 3e-3


@pytest.mark.parametrize(
    ("name", "axis", "sign"),
    [("arc_left", 0, -1), ("arc_right", 0, 1), ("arc_up", 1, -1), ("arc_down", 1, 1), ("crane_up", 1, -1)],
)
def test_named_direction_is_where_the_camera_goes(name: str, axis: int, sign: int) -> None:
    assert sampled(name).c2w[-1, axis, 3] * sign > 0.3


@pytest.mark.parametrize("amount", [-1, 1, 3])
def test_dolly_zoom_keeps_the_size_of_the_subject(amount: float) -> None:
    trajectory = sampled("dolly_zoom", amount, 61)
    size = trajectory.focal_scale / subject_seen(trajectory)[:, 2]
    assert torch.allclose(size, torch.ones_like(size), atol=1e-4)
    assert trajectory.focal_scale[-1].item() == pytest.approx(0.5**amount)


def test_handheld_is_small_smooth_and_always_the_same() -> None:
    c2w = sampled("handheld", num_frames=41).c2w
    assert torch.equal(c2w, sampled("handheld", num_frames=41).c2w)
    assert 0.003 < c2w[:, :3, 3].abs().max() < 0.025
    assert c2w[:, :3, 3].diff(dim=0).norm(dim=-1).max() < 0.004


def test_noise_of_two_seeds_differs() -> None:
    times = [k / 50 for k in range(51)]
    noise = torch.tensor([[smooth_noise(time, seed) for time in times] for seed in range(6)])
    assert noise.abs().max() <= 1
    correlation = torch.corrcoef(noise) - torch.eye(6)
    assert correlation.abs().max() < 0.95
