"""Moves in a row: one alone is itself, several are chained where each ends."""

import pytest
import torch

from postcam_core.cameras import check_rigid
from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import PRESETS, Trajectory, build_document, sample_trajectory

ORBIT = {
    "kind": "orbit",
    "pitch_deg": [0, 9, -4, 22, 7],
    "yaw_deg": [0, 40, 10],
    "displacement": [1, 1.5],
}
KEYFRAMES = {
    "kind": "keyframes",
    "unit": "nearest_depth",
    "keyframes": [
        {"time": 0, "position": [0, 0, 0]},
        {"time": 0.3, "position": [0.4, 0, -0.1], "pan_deg": 20, "focal_scale": 2, "interpolation": "hold"},
        {"time": 1, "position": [0.4, -0.3, 0.5], "tilt_deg": -30},
    ],
}
AROUND = {
    "kind": "around",
    "unit": "nearest_depth",
    "pivot": [0.3, 0.1, 2],
    "yaw_deg": 50,
    "pitch_deg": -20,
    "distance": 0.5,
    "focal_scale": 0.5,
}
MOVES = [{"kind": "preset", "name": name} for name in PRESETS] + [ORBIT, KEYFRAMES, AROUND]


def sampled(path: dict, num_frames: int = 41, **fields) -> Trajectory:
    return sample_trajectory(build_document(path, **fields), num_frames)


def in_a_row(*segments: dict, num_frames: int = 41) -> Trajectory:
    return sampled({"kind": "segments", "segments": list(segments)}, num_frames)


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.get("name", move["kind"]))
@pytest.mark.parametrize("num_frames", [1, 41])
def test_one_segment_is_its_path_alone(move, num_frames: int) -> None:
    alone, segment = sampled(move, num_frames), in_a_row({"path": move, "duration": 7}, num_frames=num_frames)
    assert torch.equal(segment.c2w, alone.c2w)
    assert torch.equal(segment.focal_scale, alone.focal_scale)
    assert segment.unit == "nearest_depth"


@pytest.mark.parametrize("ease", ["ease_in", "ease_out", "ease_in_out"])
def test_ease_and_scale_of_one_segment(ease: str) -> None:
    eased = in_a_row({"path": AROUND, "ease": ease, "scale": 3})
    paced = sampled(AROUND, pace={"ease": ease})
    assert torch.equal(eased.c2w[:, :3, :3], paced.c2w[:, :3, :3])
    assert torch.allclose(eased.c2w[:, :3, 3], 3 * paced.c2w[:, :3, 3], atol=1e-14)
    assert torch.equal(eased.focal_scale, paced.focal_scale)


def test_each_starts_where_the_one_before_ended() -> None:
    moves = [AROUND, KEYFRAMES, {"kind": "preset", "name": "dolly_zoom"}, ORBIT]
    # 4 + 2 + 1 + 3 tenths of 41 frames: the boundaries are frames 16, 24 and 28.
    trajectory = in_a_row(
        *({"path": move, "duration": d} for move, d in zip(moves, (4, 2, 1, 3), strict=True))
    )
    check_rigid(trajectory.c2w, name="segments", tolerance=1e-10)
    before, focal = torch.eye(4, dtype=torch.float64), 1.0
    for move, first, last in zip(moves, (0, 16, 24, 28), (16, 24, 28, 40), strict=True):
        own = sampled(move, last - first + 1)
        is_open = slice(0, -1) if last < 40 else slice(0, None)
        there = slice(first, last if last < 40 else 41)
        assert torch.allclose(trajectory.c2w[there], (before @ own.c2w)[is_open], atol=1e-12)
        assert torch.allclose(trajectory.focal_scale[there], (focal * own.focal_scale)[is_open], atol=1e-12)
        before, focal = before @ own.c2w[-1], focal * own.focal_scale[-1]


def test_at_a_boundary_the_next_one_has_begun() -> None:
    shifted = {
        "kind": "keyframes",
        "unit": "nearest_depth",
        "keyframes": [{"time": 0, "position": [5, 0, 0]}],
    }
    trajectory = in_a_row({"path": {"kind": "preset", "name": "dolly_in"}}, {"path": shifted}, num_frames=5)
    # A move's own start is not subtracted: it jumps there.
    assert trajectory.c2w[:, 0, 3].tolist() == [0, 0, 5, 5, 5]
    assert trajectory.c2w[:, 2, 3].tolist() == [0, 0.25, 0.5, 0.5, 0.5]


def test_directions_follow_the_turned_camera() -> None:
    turn = {"kind": "keyframes", "unit": "nearest_depth", "keyframes": [
        {"time": 0, "position": [0, 0, 0]}, {"time": 1, "position": [0, 0, 0], "pan_deg": 90}]}  # fmt: skip
    last = in_a_row({"path": turn}, {"path": {"kind": "preset", "name": "dolly_in"}, "scale": 4}).c2w[-1]
    assert last[:3, 3].tolist() == pytest.approx([2, 0, 0], abs=1e-12), "ahead is now to the right"


@pytest.mark.parametrize(
    ("segments", "says"),
    [
        ([], r"\$\.path\.segments: .* 1 item"),
        ([{"path": AROUND}] * 101, "at most 100"),
        ([{"path": AROUND | {"unit": "scene"}}], r"unit of a segment \(at \$\.path\.segments\[0\]\.path\)"),
        ([{"path": KEYFRAMES | {"unit": "model"}}], "unit of a segment"),
        ([{"path": {"kind": "segments", "segments": [{"path": AROUND}]}}], r"segments\[0\]\.path: expected a kind"),
        ([{"path": ORBIT | {"yaw_deg": [0] * 994}}] * 3, "at most 3000 numbers .* got 3003"),
        ([{"path": {"kind": "poses"}}], r"segments\[0\]\.path: expected a kind"),
        ([{"path": AROUND, "duration": 0}], r"segments\[0\]\.duration"),
        ([{"path": AROUND, "duration": 1e7}], r"segments\[0\]\.duration"),
        ([{"path": AROUND, "scale": 1001}], r"segments\[0\]\.scale"),
        ([{"path": AROUND, "ease": "slow"}], r"segments\[0\]\.ease"),
        ([{"path": AROUND, "speed": 1}], r"segments\[0\]\.speed: expected no such field"),
        ([{"path": AROUND}, {"duration": 1}], r"segments\[1\]\.path: expected this field"),
        (
            [{"path": AROUND}, {"path": {"kind": "preset", "name": "static", "amount": 99}}],
            r"segments\[1\]\.path\.amount",
        ),
    ],
)  # fmt: skip
def test_refused(segments, says: str) -> None:
    with pytest.raises(TrajectoryError, match=says):
        build_document({"kind": "segments", "segments": segments})


def test_focal_scales_that_multiply_to_infinity_are_refused() -> None:
    zoom = {"path": AROUND | {"focal_scale": 1e9}}
    with pytest.raises(TrajectoryError, match="focal_scale"):
        in_a_row(*[zoom] * 100)
