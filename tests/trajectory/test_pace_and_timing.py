"""When the camera moves, and which source frame is shown meanwhile."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import (
    SourceCameras,
    Trajectory,
    build_document,
    document_to_json,
    parse_document,
    sample_trajectory,
)

LINE = {"kind": "keyframes", "unit": "model", "keyframes": [
    {"time": 0, "position": [0, 0, 0]}, {"time": 1, "position": [1, 0, 0]}]}  # fmt: skip


def sampled(num_frames: int, *, num_source: int | None = None, **fields) -> Trajectory:
    source = num_source and SourceCameras(c2w=torch.eye(4).repeat(num_source, 1, 1), nearest_depth=1.0)
    return sample_trajectory(build_document(LINE, **fields), num_frames, source=source)


def progress(num_frames: int, **pace) -> list[float]:
    return sampled(num_frames, pace=pace).c2w[:, 0, 3].tolist()


def shown(num_frames: int, keys: list[tuple[float, float]], num_source: int | None = None) -> list[int]:
    timing = [{"time": time, "source": source} for time, source in keys]
    return sampled(num_frames, num_source=num_source, timing=timing).source_index.tolist()


def test_the_camera_waits_before_and_after() -> None:
    assert progress(9, start=0.25, end=0.75) == pytest.approx([0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1])
    assert progress(5, start=0.5) == pytest.approx([0, 0, 0, 0.5, 1])
    assert progress(5, end=1e-300) == [0, 1, 1, 1, 1]
    assert progress(1, end=0.5) == [0]


@pytest.mark.parametrize(
    ("ease", "wanted"),
    [
        ("linear", [0, 0.25, 0.5, 0.75, 1]),
        ("ease_in", [0, 0.0625, 0.25, 0.5625, 1]),
        ("ease_out", [0, 0.4375, 0.75, 0.9375, 1]),
        ("ease_in_out", [0, 0.15625, 0.5, 0.84375, 1]),
    ],
)
def test_ease(ease: str, wanted: list[float]) -> None:
    assert progress(5, ease=ease) == pytest.approx(wanted, abs=1e-15)


@given(st.floats(0, 0.9), st.floats(0.01, 0.1), st.sampled_from(["ease_in", "ease_out", "ease_in_out"]))
def test_every_pace_runs_forward_from_start_to_end(start: float, length: float, ease: str) -> None:
    run = torch.tensor(progress(101, start=start, end=start + length, ease=ease))
    assert run.diff().min() >= 0
    assert run.min() >= 0 and run[-1] == 1


def test_recorded_poses_keep_their_pace_too() -> None:
    c2w = torch.eye(4, dtype=torch.float64).repeat(5, 1, 1)
    c2w[:, 0, 3] = torch.arange(5)
    path = {"kind": "poses", "unit": "model", "c2w": c2w.flatten(1).tolist()}
    assert sample_trajectory(build_document(path), 5).c2w.equal(c2w)
    late = sample_trajectory(build_document(path, pace={"start": 0.5}), 5)
    assert late.c2w[:, 0, 3].tolist() == pytest.approx([0, 0, 0, 2, 4])


def test_freeze_and_reverse() -> None:
    assert shown(5, [(0, 0), (1, 1)]) == [0, 1, 2, 3, 4]
    assert shown(9, [(0, 0), (0.5, 0.5), (1, 0.5)]) == [0, 1, 2, 3, 4, 4, 4, 4, 4], "bullet time"
    assert shown(5, [(0, 1), (1, 0)]) == [4, 3, 2, 1, 0]
    assert shown(5, [(0.3, 0.5)]) == [2] * 5
    assert shown(5, [(0.25, 0), (0.75, 1)]) == [0, 0, 2, 4, 4]
    assert shown(5, [(0, 0), (1, 0.5)]) == [0, 1, 1, 2, 2], "slow motion; a half goes up"


def test_other_numbers_of_source_frames() -> None:
    assert sampled(5).source_index.tolist() == [0, 1, 2, 3, 4]
    assert sampled(5, num_source=9).source_index.tolist() == [0, 2, 4, 6, 8]
    assert sampled(5, num_source=3).source_index.tolist() == [0, 1, 1, 2, 2]
    assert shown(3, [(0, 1), (1, 0)], num_source=101) == [100, 50, 0]
    assert shown(1, [(0, 1), (1, 0)], num_source=101) == [100]
    assert sampled(3, num_source=1).source_index.tolist() == [0, 0, 0]


@pytest.mark.parametrize("num_frames", [1, 2, 41, 81, 1000, 10001])
def test_without_timing_frame_shows_frame(num_frames: int) -> None:
    index = sampled(num_frames, num_source=num_frames).source_index
    assert torch.equal(index, torch.arange(num_frames))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"pace": {"start": 0.5, "end": 0.5}}, r"pace \(at \$\.pace\): expected a start before the end"),
        ({"pace": {"start": 1}}, "a start before the end, got 1.0 and 1.0"),
        ({"pace": {"start": -0.1}}, r"\$\.pace\.start"),
        ({"pace": {"end": 1.1}}, r"\$\.pace\.end"),
        ({"pace": {"start": True}}, r"\$\.pace\.start"),
        ({"pace": {"ease": "bounce"}}, r"\$\.pace\.ease"),
        ({"pace": {"speed": 1}}, r"\$\.pace\.speed: expected no such field"),
        ({"timing": []}, r"\$\.timing: .*1 item"),
        ({"timing": [{"time": 0, "source": 0}] * 2}, r"time of timing key 1 \(at \$\.timing\)"),
        ({"timing": [{"time": 0, "source": 1.5}]}, r"\$\.timing\[0\]\.source"),
        ({"timing": [{"time": "0", "source": 0}]}, r"\$\.timing\[0\]\.time"),
        ({"timing": [{"time": 0}]}, r"\$\.timing\[0\]\.source: expected this field"),
        ({"timing": [{"time": i / 2000, "source": 0} for i in range(1001)]}, "at most 1000"),
        ({"relative_to": "nothing"}, r"\$\.relative_to"),
        ({"smoothing_frames": 0}, r"\$\.smoothing_frames"),
        ({"smoothing_frames": 1001}, r"\$\.smoothing_frames"),
        ({"speed": 1}, r"\$\.speed: expected no such field"),
    ],
)  # fmt: skip
def test_refused(fields, says: str) -> None:
    with pytest.raises(TrajectoryError, match=says):
        build_document(LINE, **fields)


def test_todays_documents_are_written_as_before() -> None:
    document = build_document({"kind": "preset", "name": "arc_left"}, name="left")
    text = (
        '{"format":"postcam-trajectory","version":1,"name":"left",'
        '"path":{"kind":"preset","name":"arc_left","amount":1.0}}'
    )
    assert document_to_json(document) == text
    assert parse_document(text.replace('"version":1', '"version":1.0')) == document


def test_new_fields_make_the_round_trip() -> None:
    fields = {
        "pace": {"start": 0.1, "ease": "ease_out"},
        "timing": [{"time": 0, "source": 1}],
        "relative_to": "smoothed_source",
        "smoothing_frames": 3,
    }
    document = build_document(LINE, **fields)
    text = document_to_json(document)
    assert parse_document(text) == document
    for name in fields:
        assert f'"{name}"' in text
