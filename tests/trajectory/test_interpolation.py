import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postcam_core.cameras import check_rigid, invert_rigid, rotation_angle_deg, transform_points
from postcam_core.trajectory import Keyframe, interpolate_keyframes, keyframe_rotation, sample_times
from tests.oracles.keyframe_curve import curve_at, quaternion_matrix

STILL = (0.0, 0.0, 0.0)


def turned(**angles: float) -> torch.Tensor:
    """Where the point one unit ahead of the untouched camera appears in a turned one."""
    zero = torch.zeros(1, dtype=torch.float64)
    degrees = {name: zero + angles.get(name, 0.0) for name in ("pan_deg", "tilt_deg", "roll_deg")}
    return keyframe_rotation(**degrees)[0]


@pytest.mark.parametrize(
    ("angles", "point", "seen_at"),
    [
        # Turning right moves things to the left of the image (−x), tilting up moves them down (+y).
        ({"pan_deg": 30}, (0, 0, 1), (-0.5, 0, 3**0.5 / 2)),
        ({"tilt_deg": 30}, (0, 0, 1), (0, 0.5, 3**0.5 / 2)),
        # The camera rolls clockwise, so what was up (−y) appears turned anticlockwise, to the left.
        ({"roll_deg": 90}, (0, -1, 0), (-1, 0, 0)),
        # Pan comes first: after a quarter turn right, tilting up looks up from +x.
        ({"pan_deg": 90, "tilt_deg": 90}, (0, -1, 0), (0, 0, 1)),
    ],
)
def test_signs_of_pan_tilt_roll(angles, point, seen_at) -> None:
    c2w = torch.eye(4, dtype=torch.float64)
    c2w[:3, :3] = turned(**angles)
    seen = transform_points(torch.tensor([point], dtype=torch.float64), invert_rigid(c2w))[0]
    assert seen.tolist() == pytest.approx(seen_at, abs=1e-12)


coordinates = st.floats(-3, 3).map(lambda value: round(value, 3))
angles_deg = st.floats(-60, 60).map(lambda value: round(value, 2))


@st.composite
def keyframe_lists(draw) -> list[Keyframe]:
    thousandths = draw(st.lists(st.integers(0, 1000), min_size=1, max_size=6, unique=True))
    return [
        Keyframe(
            time=time / 1000,
            position=tuple(draw(coordinates) for _ in range(3)),
            pan_deg=draw(angles_deg),
            # Together less than half a turn between any two keys: the short way round is unambiguous.
            tilt_deg=draw(st.floats(-14, 14)),
            roll_deg=draw(st.floats(-14, 14)),
            focal_scale=draw(st.floats(0.2, 5)),
            interpolation=draw(st.sampled_from(["spline", "spline", "linear", "hold"])),
        )
        for time in sorted(thousandths)
    ]


@settings(max_examples=25)
@given(keyframe_lists())
def test_agrees_with_the_scalar_twin(keys: list[Keyframe]) -> None:
    times = sample_times(21)
    samples = interpolate_keyframes(keys, times)
    check_rigid(samples.c2w, name="samples", tolerance=1e-10)
    for i, time in enumerate(times.tolist()):
        turn, position, focal_scale = curve_at(keys, time)
        assert samples.c2w[i, :3, 3].tolist() == pytest.approx(position, abs=1e-9)
        assert samples.c2w[i, :3, :3].flatten().tolist() == pytest.approx(
            sum(quaternion_matrix(turn), []), abs=1e-9
        )
        assert samples.focal_scale[i].item() == pytest.approx(focal_scale, rel=1e-9)


@settings(max_examples=40)
@given(keyframe_lists())
def test_every_key_is_met(keys: list[Keyframe]) -> None:
    samples = interpolate_keyframes(keys, torch.tensor([key.time for key in keys], dtype=torch.float64))
    for i, key in enumerate(keys):
        wanted = turned(pan_deg=key.pan_deg, tilt_deg=key.tilt_deg, roll_deg=key.roll_deg)
        assert samples.c2w[i, :3, 3].tolist() == pytest.approx(key.position, abs=1e-12)
        assert rotation_angle_deg(samples.c2w[i, :3, :3], wanted).item() < 1e-5
        assert samples.focal_scale[i].item() == pytest.approx(key.focal_scale, rel=1e-12)


def test_two_spline_keys_make_a_straight_line_at_constant_speed() -> None:
    keys = [
        Keyframe(time=0.0, position=STILL),
        Keyframe(time=1.0, position=(1.0, -2.0, 3.0), pan_deg=40, focal_scale=4.0),
    ]
    times = sample_times(9)
    samples = interpolate_keyframes(keys, times)
    line = times[:, None] * torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    assert torch.allclose(samples.c2w[:, :3, 3], line, atol=1e-14)
    turn = rotation_angle_deg(samples.c2w[:1, :3, :3].expand(9, 3, 3), samples.c2w[:, :3, :3])
    assert torch.allclose(turn, 40 * times, atol=1e-10)
    assert torch.allclose(samples.focal_scale, 4.0**times, atol=1e-12)


def test_spline_is_smooth_across_uneven_keys() -> None:
    keys = [
        Keyframe(time=0.0, position=STILL),
        Keyframe(time=0.25, position=(1.0, 0.5, 0.0), pan_deg=60, tilt_deg=20),
        Keyframe(time=1.0, position=(0.0, 1.0, 2.0), pan_deg=-30, roll_deg=40),
    ]
    step = 1e-4
    c2w = interpolate_keyframes(keys, torch.tensor([0.25 - step, 0.25, 0.25 + step], dtype=torch.float64)).c2w
    speed = c2w[:, :3, 3].diff(dim=0) / step
    turn = (c2w[:-1, :3, :3].mT @ c2w[1:, :3, :3]) / step
    assert (speed[0] - speed[1]).abs().max() < 0.01  # a corner here would show a jump of several units
    assert (turn[0] - turn[1]).abs().max() < 0.01


def test_neighbours_of_linear_and_hold_keep_to_themselves() -> None:
    def x_at(mode: str, last: float) -> float:
        keys = [
            Keyframe(time=0.0, position=STILL),
            Keyframe(time=0.5, position=(1.0, 0.0, 0.0), interpolation=mode),
            Keyframe(time=1.0, position=(last, 0.0, 0.0)),
        ]
        return interpolate_keyframes(keys, torch.tensor([0.4], dtype=torch.float64)).c2w[0, 0, 3].item()

    assert x_at("linear", last=9.0) == x_at("hold", last=9.0) == pytest.approx(0.8, abs=1e-12)
    assert x_at("spline", last=9.0) != pytest.approx(0.8, abs=1e-3)


def test_hold_jumps_on_the_next_key_and_ends_hold() -> None:
    keys = [
        Keyframe(time=0.25, position=STILL, interpolation="hold"),
        Keyframe(time=0.75, position=(1.0, 0.0, 0.0), pan_deg=90, focal_scale=2.0),
    ]
    samples = interpolate_keyframes(keys, sample_times(5))
    assert samples.c2w[:, 0, 3].tolist() == [0, 0, 0, 1, 1]
    assert samples.focal_scale.tolist() == pytest.approx([1, 1, 1, 2, 2])


def test_a_sampled_time_meets_a_decimal_key() -> None:
    keys = [
        Keyframe(time=0.0, position=STILL, interpolation="hold"),
        Keyframe(time=0.3, position=(1.0, 0.0, 0.0)),
    ]
    assert interpolate_keyframes(keys, sample_times(41)).c2w[12, 0, 3] == 1


def test_turns_go_the_short_way() -> None:
    keys = [Keyframe(time=0.0, position=STILL, pan_deg=170), Keyframe(time=1.0, position=STILL, pan_deg=-170)]
    middle = interpolate_keyframes(keys, sample_times(3)).c2w[1, :3, :3]
    assert rotation_angle_deg(middle, turned(pan_deg=180)).item() < 1e-4
