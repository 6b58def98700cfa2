import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postcam_core.errors import TrajectoryError
from postcam_core.trajectory import (
    PRESETS,
    build_document,
    document_schema,
    document_to_json,
    parse_document,
)

IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
KEY = {"time": 0, "position": [0, 0, 0]}
AROUND = {"kind": "around", "unit": "model", "pivot": [0, 0, 1]}

KINDS = ("preset", "orbit", "keyframes", "around", "segments", "poses")

numbers = st.floats(-1e6, 1e6)
focal_scales = st.floats(1e-9, 1e9)
lines = st.lists(numbers, min_size=1, max_size=5)
units = st.sampled_from(["nearest_depth", "model", "scene"])
keyframes = st.fixed_dictionaries(
    {"position": st.tuples(numbers, numbers, numbers)},
    optional={
        "pan_deg": numbers,
        "focal_scale": focal_scales,
        "interpolation": st.sampled_from(["spline", "linear", "hold"]),
    },
)
paths = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("preset"), "name": st.sampled_from(list(PRESETS)), "amount": st.floats(-20, 20)}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("orbit"), "pitch_deg": lines, "yaw_deg": lines, "displacement": lines}
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("keyframes"),
            "unit": units,
            "keyframes": st.lists(keyframes, min_size=1, max_size=5).map(
                lambda keys: [key | {"time": i / len(keys)} for i, key in enumerate(keys)]
            ),
        }
    ),
    st.fixed_dictionaries({"kind": st.just("poses"), "unit": units, "c2w": st.just([IDENTITY, IDENTITY])}),
    st.fixed_dictionaries(
        {"kind": st.just("around"), "unit": units, "pivot": st.tuples(numbers, numbers, numbers).filter(any)},
        optional={"yaw_deg": numbers, "distance": st.floats(1e-3, 1e3), "focal_scale": focal_scales},
    ),
)
segments = st.fixed_dictionaries(
    {
        "path": paths.filter(
            lambda path: path.get("unit", "nearest_depth") == "nearest_depth" and path["kind"] != "poses"
        )
    },
    optional={
        "duration": st.floats(1e-6, 1e6),
        "ease": st.sampled_from(["linear", "ease_in", "ease_out", "ease_in_out"]),
        "scale": st.floats(1e-3, 1e3),
    },
)
any_path = paths | st.builds(
    lambda rows: {"kind": "segments", "segments": rows}, st.lists(segments, min_size=1, max_size=3)
)


def document(path, **fields) -> str:
    return json.dumps({"format": "postcam-trajectory", "version": 1, "path": path} | fields)


@settings(max_examples=50)
@given(any_path, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_round_trip(path, name) -> None:
    built = build_document(path, name=name)
    text = document_to_json(built)
    assert parse_document(text) == built
    assert json.loads(text)["version"] == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected JSON"),
        ("{", "expected JSON"),
        ("[" * 100_000, "16 levels"),
        ('{"a":' * 100_000, "16 levels"),
        ('"' + '\\"' * 400_000, "expected JSON"),
        (" " * 1_000_001, "1,000,000 bytes"),
        ('{"a": NaN}', "got NaN"),
        ('{"a": -Infinity}', "got -Infinity"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "JSON key 'c'"),
        ('{"a": ' + "9" * 5000 + "}", "expected JSON"),
        ("[]", "a JSON object with"),
        ('{"format": "other"}', "a JSON object with"),
        ('{"format": "postcam-trajectory", "version": 2}', "version: expected 1.*got 2.*later release"),
        ('{"format": "postcam-trajectory", "version": true}', "got True"),
        ('{"format": "postcam-trajectory", "version": 1}', r"\$\.path: expected this field, got nothing"),
    ],
)
def test_refused_text(text: str, says: str) -> None:
    with pytest.raises(TrajectoryError, match=says):
        parse_document(text)


def test_brackets_in_strings_are_no_nesting() -> None:
    assert (
        parse_document(document({"kind": "preset", "name": "static"}, name="[" * 50 + '\\"{')).name[-1] == "{"
    )


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ({"kind": "zoom"}, r"\$\.path: expected a kind among 'preset'"),
        ({}, r"\$\.path: expected a field 'kind'"),
        ({"kind": "preset", "name": "moonwalk"}, r"\$\.path\.name: expected 'static'"),
        ({"kind": "preset", "name": "static", "amount": 21}, r"\$\.path\.amount: .*20, got 21"),
        ({"kind": "preset", "name": "static", "amount": "1"}, r"\$\.path\.amount"),
        ({"kind": "preset", "name": "static", "amount": True}, r"\$\.path\.amount"),
        ({"kind": "preset", "name": "static", "speed": 2}, r"\$\.path\.speed: expected no such field"),
        ({"kind": "orbit", "pitch_deg": [], "yaw_deg": [0], "displacement": [1]}, r"pitch_deg: .* 1 item"),
        ({"kind": "orbit", "pitch_deg": [0] * 1001, "yaw_deg": [0], "displacement": [1]}, "at most 1000"),
        ({"kind": "keyframes", "unit": "model", "keyframes": []}, r"\$\.path\.keyframes: .* 1 item"),
        ({"kind": "keyframes", "unit": "feet", "keyframes": [KEY]}, r"\$\.path\.unit"),
        ({"kind": "keyframes", "unit": "model", "keyframes": [KEY, KEY]}, "time of keyframe 1 .*previous"),
        ({"kind": "keyframes", "unit": "model", "keyframes": [KEY | {"time": 1.5}]}, r"keyframes\[0\]\.time"),
        ({"kind": "keyframes", "unit": "model", "keyframes": [KEY | {"position": [0, 0]}]}, r"position\[2\]"),
        (
            {"kind": "keyframes", "unit": "model", "keyframes": [KEY, KEY | {"focal_scale": 0}]},
            r"keyframes\[1\]\.focal_scale: .*got 0",
        ),
        ({"kind": "poses", "unit": "model", "c2w": [IDENTITY[:12]]}, r"c2w\[0\]: expected at least 16"),
        (
            {"kind": "poses", "unit": "model", "c2w": [IDENTITY, [2, *IDENTITY[1:]]]},
            r"pose\[1\].*orthonormal",
        ),
        ({"kind": "poses", "unit": "model", "c2w": [[-1, *IDENTITY[1:]]]}, "reflection"),
        (AROUND | {"pivot": [0, 0, 0]}, r"pivot \(at \$\.path\.pivot\): .*got 0 0 0"),
        (AROUND | {"pivot": [0, 0]}, r"\$\.path\.pivot\[2\]"),
        (AROUND | {"distance": 0}, r"\$\.path\.distance"),
        (AROUND | {"distance": 1001}, r"\$\.path\.distance"),
        (AROUND | {"yaw_deg": 2e7}, r"\$\.path\.yaw_deg"),
        (AROUND | {"focal_scale": 0}, r"\$\.path\.focal_scale"),
        ({"kind": "around", "pivot": [0, 0, 1]}, r"\$\.path\.unit: expected this field"),
        (
            {"kind": "poses", "unit": "model", "c2w": [IDENTITY], "focal_scale": [1, 1]},
            "one number per pose, 1",
        ),
    ],
)
def test_refused_paths(path, says: str) -> None:
    with pytest.raises(TrajectoryError, match=says):
        parse_document(document(path))
    with pytest.raises(TrajectoryError, match=says):
        build_document(path)


def test_overflowing_number_and_lone_surrogate() -> None:
    with pytest.raises(TrajectoryError, match="finite"):
        parse_document(
            document({"kind": "preset", "name": "static", "amount": 0}).replace(": 0}", ": 1e999}")
        )
    with pytest.raises(TrajectoryError, match=r"\$\.name"):
        parse_document(document({"kind": "preset", "name": "static"}, name="\ud800"))


def test_schema_names_every_kind_preset_and_unit() -> None:
    text = json.dumps(document_schema())
    for word in [*PRESETS, *KINDS, "nearest_depth", "model", "scene", "ease_in_out", "source_camera"]:
        assert f'"{word}"' in text
    assert document_schema()["additionalProperties"] is False
    assert set(document_schema()["required"]) == {"format", "version", "path"}


def test_the_example_in_the_docs_is_a_document() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    example = docs.split("```json\n", 1)[1].split("```", 1)[0]
    assert parse_document(example).path.keyframes[1].interpolation == "linear"
