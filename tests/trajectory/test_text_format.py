import pytest
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import build_document, parse_text, preset_document, text_from_document

lines = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6)


@given(lines, lines, lines)
def test_round_trip_loses_no_digit(pitch, yaw, displacement) -> None:
    document = build_document(
        {"kind": "orbit", "pitch_deg": pitch, "yaw_deg": yaw, "displacement": displacement}
    )
    assert parse_text(text_from_document(document)) == document


def test_released_files_are_read() -> None:
    path = parse_text("\ufeff0 0 0 0\r\n0 10  20\t30 \r\n1 .5 1e0 +1\r\n\r\n").path
    assert (path.pitch_deg, path.yaw_deg, path.displacement) == ((0,) * 4, (0, 10, 20, 30), (1, 0.5, 1, 1))


@pytest.mark.parametrize(
    ("name", "amount", "text"),
    [
        ("arc_right", 0.5, "0 0 0 0\n0 -5 -10 -15\n1 1 1 1\n"),
        ("zoom_out", 2, "0 0 0 0\n0 0 0 0\n0 -0.5 -1 -1.5 -2\n"),
        ("static", 1, "0\n0\n0\n"),
    ],
)
def test_presets_that_are_orbits_are_written(name: str, amount: float, text: str) -> None:
    assert text_from_document(preset_document(name, amount)) == text


def test_other_paths_have_no_text() -> None:
    with pytest.raises(TrajectoryError, match='expected an orbit.*"preset"'):
        text_from_document(preset_document("pan_left"))


@pytest.mark.parametrize(
    "fields",
    [{"pace": {"end": 0.5}}, {"timing": [{"time": 0, "source": 1}]}, {"relative_to": "smoothed_source"}],
)
def test_what_three_lines_cannot_hold_is_not_dropped(fields) -> None:
    arc = {"kind": "preset", "name": "arc_left"}
    assert text_from_document(build_document(arc, name="no loss", smoothing_frames=3))
    with pytest.raises(TrajectoryError, match="cannot hold these"):
        text_from_document(build_document(arc, **fields))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "three lines"),
        ("0 0\n0 0", "three lines .*got 2"),
        ("0\n0\n1\n1", "got 4"),
        ("0 a\n0\n1", "pitch_deg, got 'a'"),
        ("0\n0,10\n1", "yaw_deg, got '0,10'"),
        ("0\n0\nnan", "displacement, got 'nan'"),
        ("0\n0\ninf", "got 'inf'"),
        ("0\n0\n1_0", "got '1_0'"),
        ("0\n\n1", "yaw_deg, got 0"),
        ("0 " * 1001 + "\n0\n1", "got 1001"),
        ("0\n0\n1e999", "finite"),
        ("0" * 100_001, "100,000 characters"),
    ],
)
def test_refused(text: str, says: str) -> None:
    with pytest.raises(TrajectoryError, match=says):
        parse_text(text)
