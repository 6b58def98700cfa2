import json
from pathlib import Path

import pytest

from postcam_core.errors import ManifestError
from postcam_core.jobs.key import Hasher
from postcam_core.jobs.manifest import read_manifest
from postcam_core.jobs.tasks import BatchItem
from postcam_core.trajectory import document_to_json, parse_text, preset_document

THREE_LINES = "0 5\n0 10\n1 1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a b.mp4").write_bytes(b"first")
    (tmp_path / "clips" / "c.mp4").write_bytes(b"second")
    (tmp_path / "path.txt").write_text(THREE_LINES)
    (tmp_path / "move.json").write_text(document_to_json(preset_document("spiral", 0.5)))
    (tmp_path / "depth.npz").write_bytes(b"depth")
    return tmp_path


def write(folder: Path, *rows: dict, name: str = "batch.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_jsonl_and_csv_say_the_same(folder: Path) -> None:
    rows = [
        {"clip": "clips/a b.mp4", "preset": "arc_left"},
        {"clip": "clips/a b.mp4", "preset": "arc_left", "amount": -0.5, "seed": 7, "steps": 2, "cfg": 1.5},
        {"clip": "clips/c.mp4", "text": THREE_LINES, "size": "64x48", "frames": 9, "selection": "uniform"},
        {
            "clip": "clips/c.mp4",
            "trajectory": "path.txt",
            "geometry": "depth.npz",
            "background_memory": True,
            "keep_seen": 0.5,
        },
        {"clip": "clips/c.mp4", "trajectory": "move.json", "name": "mine", "frames": "all", "prompt": "a, b"},
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([row.get(name, "") for name in names] for row in rows)]
    text = "\r\n".join(",".join(f'"{cell}"' for cell in line) for line in cells)
    (folder / "batch.csv").write_text(text, encoding="utf-8-sig", newline="")
    items = read_manifest(write(folder, *rows))
    # In the CSV the lines are one further down, and the text takes three.
    for from_csv, item, line in zip(read_manifest(folder / "batch.csv"), items, (2, 3, 4, 7, 8), strict=True):
        assert from_csv == BatchItem(**{**vars(item), "line": line})

    assert [item.name for item in items] == ["a_b_arc_left", "a_b_arc_left_-0.5", "c_text", "c_path", "mine"]
    assert items[0].clip == folder / "clips" / "a b.mp4"
    assert items[1].trajectory == document_to_json(preset_document("arc_left", -0.5))
    assert (items[1].model_options.seed, items[1].model_options.steps, items[1].model_options.cfg) == (
        7,
        2,
        1.5,
    )
    assert items[2].trajectory == items[3].trajectory == document_to_json(parse_text(THREE_LINES))
    assert (items[2].clip_options.size, items[2].clip_options.num_frames) == ((64, 48), 9)
    assert items[3].clip_options.geometry == folder / "depth.npz"
    assert items[3].model_options.background_memory and items[3].model_options.keep_seen == 0.5
    assert items[4].clip_options.num_frames is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"preset": "arc_left"}, "line 2, field clip: expected Field required"),
        ({"clip": "none.mp4", "preset": "arc_left"}, "line 2, field clip: expected an existing file, got 'none.mp4'"),
        ({"clip": "clips/c.mp4"}, "field preset: expected one of preset, trajectory, text, got none"),
        ({"clip": "clips/c.mp4", "preset": "static", "text": "x"}, "got preset and text"),
        ({"clip": "clips/c.mp4", "preset": "fly"}, "field preset: .*got 'fly'"),
        ({"clip": "clips/c.mp4", "preset": "static", "amount": 21}, "field amount: .*20, got 21"),
        ({"clip": "clips/c.mp4", "preset": "static", "keep_seen": 75}, "field keep_seen: .*1, got 75"),
        ({"clip": "clips/c.mp4", "text": THREE_LINES, "amount": 1}, "field amount"),
        ({"clip": "clips/c.mp4", "text": "1 2"}, "field text, trajectory text: expected three lines"),
        ({"clip": "clips/c.mp4", "trajectory": "depth.npz"}, "field trajectory"),
        ({"clip": "clips/c.mp4", "trajectory": "batch.jsonl"}, "field trajectory"),
        ({"clip": "clips/c.mp4", "preset": "static", "frames": 0}, "field frames: .*got 0"),
        ({"clip": "clips/c.mp4", "preset": "static", "size": "64"}, "field size: .*got '64'"),
        ({"clip": "clips/c.mp4", "preset": "static", "seed": -1}, "field seed: .*got -1"),
        ({"clip": "clips/c.mp4", "preset": "static", "sead": 1}, "field sead: expected no such field, got 1"),
        ({"clip": "clips/c.mp4", "preset": "static", "name": "../up"}, "field name: .*got '../up'"),
        ({"clip": "clips/c.mp4", "preset": "static", "name": ".hidden"}, "field name"),
        ({"clip": "clips/c.mp4", "preset": "static", "name": "Journal"}, "field name"),
        ({"clip": "clips/c.mp4", "preset": "static", "name": "FIRST"}, "field name: .*'FIRST', as line 1"),
        ({"clip": "clips/c.mp4", "preset": "static", "cfg": float("nan")}, "field cfg"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_and_field(folder: Path, row: dict, words: str) -> None:
    good = {"clip": "clips/c.mp4", "preset": "static", "name": "first"}
    with pytest.raises(ManifestError, match=f"batch.jsonl line 2.*{words.removeprefix('line 2, ')}"):
        read_manifest(write(folder, good, row))


def test_the_other_lines_at_fault_are_listed(folder: Path) -> None:
    (folder / "batch.jsonl").write_text('{"clip": 1}\n\n[1]\n{"clip": "a", "clip": "b"}\n{"a":')
    with pytest.raises(ManifestError, match=r"line 1, field clip.*At fault, too: line 3, 4, 5\."):
        read_manifest(folder / "batch.jsonl")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("batch.txt", b"{}", "a .jsonl or .csv file"),
        ("batch.jsonl", b"", "at least one line"),
        ("batch.jsonl", b"\xff", "UTF-8"),
        ("batch.csv", b"clip,preset,clip\na,b,c\n", "line 1, field clip: expected each column once"),
        ("batch.csv", b"clip,preset\nclips/c.mp4,static,7\n", "line 2: expected 2 cells, got 3"),
        ("batch.csv", b'clip,preset\n"clips/c.mp4,static', "line 2: expected a line of a CSV file"),
        ("none.csv", None, "an existing file"),
    ],
)
def test_files_that_are_no_manifests(folder: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(ManifestError, match=words):
        read_manifest(folder / name)


def test_the_key_changes_with_all_that_the_result_is_made_from(folder: Path) -> None:
    base = {"clip": "clips/c.mp4", "preset": "arc_left", "geometry": "depth.npz"}
    changes = [
        {},
        {"name": "other"},
        {"amount": 0.5},
        {"seed": 1},
        {"steps": 3},
        {"frames": 9},
        {"clip": "clips/a b.mp4"},
        {"geometry": "path.txt"},
        {"geometry": None},
        {"prompt": "rain"},
    ]
    weights = {"transformer": "1", "vae": "2"}
    keys = []
    for change in changes:
        (item,) = read_manifest(write(folder, base | change))
        keys.append(Hasher().item_key(item, weights))
    assert keys[0] == keys[1], "a name is no setting"
    assert len(set(keys)) == len(changes) - 1
    assert Hasher().item_key(item, weights | {"vae": "3"}) != keys[-1]

    (item,) = read_manifest(write(folder, base))
    (folder / "clips" / "c.mp4").write_bytes(b"replaced")
    assert Hasher().item_key(item, weights) not in keys, "content counts, not the path"


def test_moves_of_a_clip_share_its_geometry(folder: Path) -> None:
    rows = [
        {"clip": "clips/c.mp4", "preset": "arc_left"},
        {"clip": "clips/c.mp4", "preset": "arc_right", "seed": 3},
        {"clip": "clips/c.mp4", "preset": "static", "provider": "ground_plane"},
        {"clip": "clips/c.mp4", "preset": "spiral", "size": "64x48"},
    ]
    items = read_manifest(write(folder, *rows))
    keys = [Hasher().clip_key(item, {"model": "1"}) for item in items]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    of_another_model = [Hasher().clip_key(item, {"model": "2"}) for item in items]
    assert [one == other for one, other in zip(keys, of_another_model, strict=True)] == [False] * 3 + [
        True
    ], "the model decides the size unless the line does"


@pytest.mark.parametrize(
    "name", ["journal.jsonl", "Journal-1of2.lock", "contact_sheet.html", "con", "NUL.x", "a."]
)
def test_names_that_are_taken_or_that_windows_refuses_are_refused(folder: Path, name: str) -> None:
    row = {"clip": "clips/c.mp4", "preset": "static"}
    with pytest.raises(ManifestError, match="field name: expected 1 to 120 letters"):
        read_manifest(write(folder, row | {"name": name}))
    assert read_manifest(write(folder, row | {"name": f"my_{name}x"}))
