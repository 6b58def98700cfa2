"""Clips longer and shorter than the source, and moments that a clip does not have."""

import pytest
import torch

from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import (
    SHOT_NAMES,
    SourceCameras,
    Trajectory,
    TrajectoryDocument,
    check_length,
    frozen,
    preset_document,
    reversed_in_time,
    sample_trajectory,
    share_of_second,
    slow_num_frames,
    starting_at,
    stretched,
    with_shot,
)

ARC = preset_document("arc_left")
CAMERAS = SourceCameras(c2w=torch.eye(4).repeat(9, 1, 1), nearest_depth=1.0)


def sampled(document: TrajectoryDocument, num_frames: int) -> Trajectory:
    return sample_trajectory(document, num_frames, source=CAMERAS)


@pytest.mark.parametrize("num_frames", [5, 9, 21])
@pytest.mark.parametrize("document", [stretched(ARC), frozen(ARC, source=0.5), reversed_in_time(ARC)])
def test_with_a_timing_any_length_does(document: TrajectoryDocument, num_frames: int) -> None:
    check_length(sampled(document, num_frames), 9)


@pytest.mark.parametrize("num_frames", [5, 10])
def test_without_a_timing_the_lengths_must_agree(num_frames: int) -> None:
    check_length(sampled(ARC, 9), 9)
    with pytest.raises(TrajectoryError, match=f"expected 9.*got {num_frames}.*slow down"):
        check_length(sampled(ARC, num_frames), 9)


@pytest.mark.parametrize("num_source", [5, 21])
def test_a_timing_over_another_clip_is_refused(num_source: int) -> None:
    with pytest.raises(TrajectoryError, match=f"over the {num_source} frames.*got one over 9.*Connect"):
        check_length(sampled(stretched(ARC), 9), num_source)


def test_the_clips_length_is_enough_where_its_cameras_are_not_known() -> None:
    trajectory = sample_trajectory(stretched(ARC), 17, num_source=9)
    assert trajectory.source_index.tolist() == sampled(stretched(ARC), 17).source_index.tolist()
    check_length(trajectory, 9)


def test_poses_without_a_document_only_have_to_show_frames_that_there_are() -> None:
    c2w = torch.eye(4, dtype=torch.float64).repeat(3, 1, 1)
    check_length(Trajectory(c2w=c2w, unit="scene", source_index=torch.tensor([8, 0, 8])), 9)
    with pytest.raises(TrajectoryError, match="at most 9 frames.*show source frame 9.*last one is 8"):
        check_length(Trajectory(c2w=c2w, unit="scene", source_index=torch.tensor([8, 0, 9])), 9)


def test_seconds_of_a_clip() -> None:
    moments = [share_of_second(s, num_source=41, frame_rate=10.0) for s in (0.0, 0.1, 0.3, 2.0, 4.0, 4.05)]
    assert moments == pytest.approx([0, 0.025, 0.075, 0.5, 1, 1])
    assert share_of_second(0.0, num_source=1, frame_rate=24.0) == 0
    for frame in range(41):
        share = share_of_second(frame / 29.97, num_source=41, frame_rate=29.97)
        assert round(share * 40) == frame


@pytest.mark.parametrize("seconds", [-0.1, 4.11, 1e9, float("nan"), float("inf")])
def test_a_moment_beyond_the_clip_is_refused_with_its_length(seconds: float) -> None:
    with pytest.raises(TrajectoryError, match=r"0 to 4\.10 seconds: 41 frames at 10 a second"):
        share_of_second(seconds, num_source=41, frame_rate=10.0)


def test_frames_for_slow_motion() -> None:
    assert [slow_num_frames(41, factor) for factor in (1, 2, 0.5, 2.5)] == [41, 81, 21, 101]
    assert slow_num_frames(1, 3) == 1
    for factor in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(TrajectoryError, match="above 0"):
            slow_num_frames(41, factor)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda: frozen(ARC, source=1.01), r"timing\[0\]\.source"),
        (lambda: frozen(ARC, source=0.5, start=0.6, end=0.6), "after the previous key's"),
        (lambda: frozen(ARC, source=0.5, start=-0.1), r"timing\[0\]\.time"),
        (lambda: with_shot(ARC, "bullet time", freeze_at=-0.5), r"timing\[0\]\.source"),
        (lambda: starting_at(ARC, pan_deg=5.0), "position"),
        (lambda: starting_at(ARC, position=[0, 0, 0], speed=1), "no such field"),
        (lambda: starting_at(_in_scene_units(), position=[0, 0, 0]), "nearest depths"),
    ],
)
def test_refused(change, says: str) -> None:
    with pytest.raises(TrajectoryError, match=says):
        change()


def _in_scene_units() -> TrajectoryDocument:
    keys = [{"time": 0, "position": [0, 0, 0]}]
    return ARC.model_validate(
        ARC.model_dump() | {"path": {"kind": "keyframes", "unit": "scene", "keyframes": keys}}
    )


def test_named_shots_change_what_they_say_and_nothing_else() -> None:
    changed = {}
    for name in SHOT_NAMES:
        before, after = ARC.model_dump(), with_shot(ARC, name, freeze_at=0.25).model_dump()
        changed[name] = {field: after[field] for field in after if after[field] != before[field]}
    still = [{"time": time, "source": 0.25} for time in (0.0, 1.0)]
    assert {name: set(fields) for name, fields in changed.items()} == {
        "as normal": set(),
        "bullet time": {"timing"},
        "bullet time from there": {"timing", "relative_to"},
        "reverse": {"timing"},
        "slow down": {"timing"},
        "follow the source": {"relative_to"},
        "stabilise": {"relative_to"},
    }
    assert list(changed["bullet time"]["timing"]) == still
    assert [key["source"] for key in changed["reverse"]["timing"]] == [1, 0]
    assert changed["follow the source"]["relative_to"] == "source_camera"
    assert changed["stabilise"]["relative_to"] == "smoothed_source"
