"""Texts that both readers of trajectory documents must refuse, and odd ones that both must accept.

A text is a list of parts, each a string or ``[string, times]``: whoever reads the list makes the large ones, and puts
the number of the repetition, from 0, wherever the repeated string has a ``#``.
"""

import json
from typing import Any

Text = list[str | list[Any]]

IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
KEY = {"time": 0, "position": [0, 0, 0]}
LINES = {"pitch_deg": [0], "yaw_deg": [0, 9], "displacement": [1]}
PRESET = {"kind": "preset", "name": "arc_left"}
ORBIT = {"kind": "orbit"} | LINES
KEYFRAMES = {"kind": "keyframes", "unit": "model", "keyframes": [KEY]}
AROUND = {"kind": "around", "unit": "nearest_depth", "pivot": [0, 0, 1]}
POSES = {"kind": "poses", "unit": "scene", "c2w": [IDENTITY]}
SEGMENT = {"path": PRESET}
HEAD = '{"format": "postcam-trajectory", "version": 1, "path": '
ARC = HEAD + json.dumps(PRESET)


def whole(path: Any, **fields: Any) -> Text:
    """The text of a document."""
    return [json.dumps({"format": "postcam-trajectory", "version": 1, "path": path} | fields)]


def segments(*rows: Any) -> Text:
    """The text of a document of segments."""
    return whole({"kind": "segments", "segments": list(rows)})


def keys(*rows: Any) -> Text:
    """The text of a document of keyframes."""
    return whole(KEYFRAMES | {"keyframes": list(rows)})


def row_of_keys(count: int) -> Text:
    """A document with so many keyframes, one at every ten-thousandth of the time."""
    start = whole(KEYFRAMES)[0].split('{"time"')[0]
    return [
        start,
        ['{"time": #e-4, "position": [#, 0, 0]}, ', count - 1],
        json.dumps(KEY | {"time": 1}),
        "]}}",
    ]


def row_of_timing_keys(count: int) -> Text:
    """A document with so many keys of its timing."""
    return [ARC + ', "timing": [', ['{"time": #e-4, "source": 0}, ', count - 1], '{"time": 1, "source": 1}]}']


def row_of_segments(count: int) -> Text:
    """A document with so many segments."""
    start, end = segments(SEGMENT)[0].split(json.dumps(SEGMENT))
    return [start, [json.dumps(SEGMENT) + ", ", count - 1], json.dumps(SEGMENT) + end]


def row_of_orbits(count: int) -> Text:
    """A document with so many orbits in a row, of 600 numbers each."""
    start, end = segments(SEGMENT)[0].split(json.dumps(PRESET))
    zeros = ["0, ", 199]
    line = [zeros, "0]"]
    orbit = ['{"kind": "orbit", "pitch_deg": [', *line, ', "yaw_deg": [', *line, ', "displacement": [', *line]
    return [start, *[*orbit, '}}, {"path": '] * (count - 1), *orbit, "}", end]


def amount(token: str) -> Text:
    """A document with this token where a number belongs."""
    return [HEAD + '{"kind": "preset", "name": "arc_left", "amount": ' + token + "}}"]


NOT_JSON: dict[str, Text] = {
    "nothing": [""],
    "space": [" \n\t"],
    "an open brace": ["{"],
    "a document cut short": [ARC],
    "two documents": [*whole(PRESET), *whole(PRESET)],
    "a comma too many": [ARC + ",}"],
    "single quotes": [ARC.replace('"', "'") + "}"],
    "a comment": [ARC + "/* safe */}"],
    "two byte order marks": ["\ufeff\ufeff", *whole(PRESET)],
    "a space that is none": ["\u00a0", *whole(PRESET)],
    "a raw line break in a string": [ARC + ', "name": "a\nb"}'],
    "a raw zero in a string": [ARC + ', "name": "a\0b"}'],
    "a bad escape": [ARC + ', "name": "\\x41"}'],
    "half a unicode escape": [ARC + ', "name": "\\u12"}'],
    "an unquoted key": [ARC + ", name: 1}"],
    **{f"the number {token}": amount(token) for token in
       ("NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "-", "0x10", "1_0", "1e", "--1", "1n")},
    "a number of 5000 digits": [HEAD + '{"kind": "preset", "name": "arc_left", "amount": ', ["9", 5000], "}}"],
    "a string that never ends": ['"', ['\\"', 400_000]],
    "a million backslashes": ['"', ["\\", 999_999]],
    "17 levels": [["[", 17], ["]", 17]],
    "100,000 open lists": [["[", 100_000]],
    "100,000 open objects": [['{"a":', 100_000]],
    "more closed than open": [["]", 100_000], ["[", 100_000]],
    "one byte too many": [*whole(PRESET), [" ", 1_000_001 - len(whole(PRESET)[0])]],
    "many bytes in few characters": [ARC + ', "name": "', ["€", 400_000], '"}'],
    "a key twice": [ARC + ', "name": "a", "name": "a"}'],
    "a key twice, once escaped": [ARC + ', "name": "a", "n\\u0061me": "a"}'],
    "a key twice within": [HEAD + '{"kind": "preset", "name": "arc_left", "name" :"arc_left"}}'],
    "a key twice beside strings like keys": [ARC + ', "name": "\\"path\\":", "name": ""}'],
}  # fmt: skip

WRONG_DOCUMENT: dict[str, Text] = {
    **{f"only {token}": [token] for token in ("null", "true", "1", '"postcam-trajectory"', "[]", "{}")},
    "a document in a list": ["[" + whole(PRESET)[0] + "]"],
    "another format": ['{"format": "postcam-geometry", "version": 1}'],
    **{f"version {value!r}": whole(PRESET, version=value) for value in (0, 2, 1.5, True, "1", None, [1], {})},
    "no path": ['{"format": "postcam-trajectory", "version": 1}'],
    **{f"path {value!r}": whole(value) for value in (None, [], "arc_left", {}, {"kind": None}, {"kind": ["preset"]})},
    **{f"kind {kind}": whole({"kind": kind}) for kind in
       ("zoom", "", "Preset", "constructor", "__proto__", "toString")},
    **{f"field {name!r}": whole(PRESET, **{name: {}}) for name in ("author", "", "__proto__", "constructor", "Name")},
    **{f"name {name!r}": whole(PRESET, name=name) for name in (None, 1, True, [], {}, "\ud800", "a\udc00b")},
    "a name of 201 letters": whole(PRESET, name="n" * 201),
    "a name of 201 pairs": whole(PRESET, name="😀" * 201),
    "a name of a hundred thousand letters": [ARC + ', "name": "', ["n", 100_000], '"}'],
    **{f"pace {pace}": whole(PRESET, pace=pace) for pace in (
        [], 1, "linear", {"start": 0.5, "end": 0.5}, {"start": 1}, {"end": 0}, {"start": -0.1}, {"end": 1.01},
        {"start": True}, {"start": "0"}, {"start": None}, {"ease": "bounce"}, {"ease": None}, {"speed": 1})},
    **{f"timing {timing}": whole(PRESET, timing=timing) for timing in (
        [], {}, 1, [1], [{}], [{"time": 0}], [{"source": 0}], [{"time": 0, "source": 1.5}],
        [{"time": -0.5, "source": 0}], [{"time": "0", "source": 0}], [{"time": 0, "source": None}],
        [{"time": 0, "source": 0, "x": 0}], [{"time": 0, "source": 0}] * 2,
        [{"time": 0.5, "source": 0}, {"time": 0.25, "source": 0}])},
    "1001 timing keys": row_of_timing_keys(1001),
    **{f"relative to {value!r}": whole(PRESET, relative_to=value) for value in (None, "", "source", ["first_frame"])},
    **{f"smoothing over {value!r}": whole(PRESET, smoothing_frames=value) for value in
       (0, -1, 0.009, 1000.5, True, "8", None)},
}  # fmt: skip

WRONG_PATH: dict[str, Text] = {
    **{f"preset {name!r}": whole(PRESET | {"name": name}) for name in
       ("moonwalk", "", "Arc_left", "constructor", "__proto__", "hasOwnProperty", 1, None)},
    **{f"amount {value!r}": whole(PRESET | {"amount": value}) for value in
       (20.001, -21, "1", True, False, None, [], [1], {})},
    **{f"amount {token}": amount(token) for token in ("1e999", "-1e999", "9" * 400)},
    **{f"{name} {i}": whole(ORBIT | {name: value}) for name in LINES for i, value in enumerate(
        ([], 0, None, "0 1", {}, [None], ["1"], [True], [[1]], [1e8], [-10000001], [0] * 1001))},
    "an orbit without yaw": whole({"kind": "orbit", "pitch_deg": [0], "displacement": [1]}),
    "keyframes in feet": whole(KEYFRAMES | {"unit": "feet"}),
    "keyframes without unit": whole({"kind": "keyframes", "keyframes": [KEY]}),
    "keyframes in an object": whole(KEYFRAMES | {"keyframes": {"0": KEY}}),
    "no keyframes": keys(),
    "1001 keyframes": row_of_keys(1001),
    "two keys at one time": keys(KEY, KEY),
    "keys in the wrong order": keys(KEY | {"time": 1}, KEY | {"time": 0.5}),
    **{f"a key with {fields}": keys(KEY | fields) for fields in (
        {"time": 1.5}, {"time": -0.1}, {"time": None}, {"position": [0, 0]}, {"position": [0, 0, 0, 0]},
        {"position": None}, {"position": [0, 0, "0"]}, {"pan_deg": 2e7}, {"tilt_deg": None}, {"roll_deg": True},
        {"focal_scale": 0}, {"focal_scale": -1}, {"focal_scale": 1e10}, {"focal_scale": None},
        {"interpolation": "bezier"}, {"interpolation": None}, {"tension": 1})},
    **{f"around with {fields}": whole(AROUND | fields) for fields in (
        {"pivot": [0, 0, 0]}, {"pivot": [0, -0.0, 0.0]}, {"pivot": [0, 0]}, {"pivot": None}, {"unit": None},
        {"distance": 0}, {"distance": 0.0009}, {"distance": 1001}, {"distance": -1}, {"yaw_deg": 1e8},
        {"pitch_deg": "1"}, {"roll_deg": None}, {"focal_scale": 1e-10}, {"speed": 1})},
    **{f"wrong poses {i}": whole(POSES | fields) for i, fields in enumerate((
        {"c2w": []}, {"c2w": None}, {"c2w": IDENTITY}, {"c2w": [IDENTITY[:12]]}, {"c2w": [[*IDENTITY, 0]]},
        {"c2w": [IDENTITY, [2, *IDENTITY[1:]]]}, {"c2w": [[-1, *IDENTITY[1:]]]}, {"c2w": [[*IDENTITY[:15], 1.1]]},
        {"c2w": [[1, 0.01, *IDENTITY[2:]]]}, {"c2w": [[*IDENTITY[:3], 1e8, *IDENTITY[4:]]]}, {"focal_scale": []},
        {"focal_scale": [1, 1]}, {"focal_scale": [0]}, {"focal_scale": 1}, {"unit": "metres"}))},
    "no segments": segments(),
    "101 segments": row_of_segments(101),
    "3600 numbers in the orbits of segments": row_of_orbits(6),
    "segments in segments": segments({"path": {"kind": "segments", "segments": [SEGMENT]}}),
    "segments with a unit": whole({"kind": "segments", "segments": [SEGMENT], "unit": "nearest_depth"}),
    **{f"wrong segment {i}": segments(SEGMENT, SEGMENT | fields) for i, fields in enumerate((
        {"path": POSES}, {"path": None}, {"path": AROUND | {"unit": "scene"}}, {"path": KEYFRAMES}, {"duration": 0},
        {"duration": 1e-7}, {"duration": 2e6}, {"duration": None}, {"ease": "slow"}, {"scale": 0}, {"scale": 1001},
        {"scale": -1}, {"name": "first"}))},
    "a segment without path": segments({"duration": 1}),
}  # fmt: skip

REFUSED = NOT_JSON | WRONG_DOCUMENT | WRONG_PATH

ACCEPTED: dict[str, Text] = {
    "a byte order mark": ["\ufeff", *whole(PRESET)],
    "all kinds of space": [whole(PRESET)[0].replace(" ", " \t\r\n")],
    "exactly a million bytes": [*whole(PRESET), [" ", 1_000_000 - len(whole(PRESET)[0])]],
    "version 1.0": whole(PRESET, version=1.0),
    "escaped keys": [whole(PRESET)[0].replace('"path"', '"p\\u0061th"')],
    "every field": whole(
        PRESET,
        name="all",
        pace={"start": 0.25, "end": 0.75, "ease": "ease_in_out"},
        timing=[{"time": 0, "source": 1}, {"time": 1, "source": 0}],
        relative_to="first_frame",
        smoothing_frames=0.01,
    ),
    "nulls that mean nothing": whole(POSES | {"focal_scale": None}, pace=None, timing=None),
    "a script as its name": whole(PRESET, name="<script>alert(1)</script><img src=x onerror=alert(1)>"),
    "a name that looks like JSON": whole(PRESET, name='"}], "path": {{{[[[[[[[[[[[[[[[[[[[[[[\\'),
    "odd characters in a name": [ARC + ', "name": "\\u0000\\u001b \u2028\u202e\u200b\x7f"}'],
    "a name of 200 pairs": whole(PRESET, name="😀" * 200),
    "a name of 200 pairs, escaped": [ARC + ', "name": "', ["\\ud83d\\ude00", 200], '"}'],
    **{f"amount {token}": amount(token) for token in ("-0", "20", "-20.0", "2E+1", "1e-400", "0.1e1", "5e-324")},
    "a fraction of 5000 digits": [HEAD + '{"kind": "preset", "name": "arc_up", "amount": 0.', ["3", 5000], "}}"],
    "the largest numbers": whole(ORBIT | {"pitch_deg": [1e7], "yaw_deg": [-1e7, 1e7], "displacement": [1e7]}),
    "spline keys at the limits": whole(ORBIT | {"yaw_deg": [1e7, -1e7] * 10, "pitch_deg": [1e7, 0, 0, 0, -1e7]}),
    "one key": keys(KEY | {"time": 0.5, "focal_scale": 1e9}),
    "a thousand keys": row_of_keys(1000),
    "a thousand timing keys": row_of_timing_keys(1000),
    "keys as near as numbers get": keys(KEY | {"time": 0.1}, KEY | {"time": 0.1 + 2**-56, "position": [1, 0, 0]}),
    "a hundred segments": row_of_segments(100),
    "3000 numbers in the orbits of segments": row_of_orbits(5),
    "segments of all lengths": segments(SEGMENT | {"duration": 1e-6}, SEGMENT | {"duration": 1e6, "scale": 1e-3}),
    "six digits of a rotation": whole(
        POSES | {"c2w": [[0.866025, 0, 0.5, 0, 0, 1, 0, 0, -0.5, 0, 0.866025, 9, 0, 0, 0, 1]]}
    ),
    "a pivot next to the camera": whole(AROUND | {"pivot": [0, 0, 5e-324], "yaw_deg": 90, "distance": 1e3}),
    "a pace as short as numbers get": whole(PRESET, pace={"start": 0, "end": 5e-324}),
    "timing keys as near as numbers get": whole(
        PRESET, timing=[{"time": 0, "source": 1}, {"time": 5e-324, "source": 0}]
    ),
}  # fmt: skip
