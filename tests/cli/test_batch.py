"""The batch command with the real pipeline at its smallest."""

import json
import re
from pathlib import Path

import pytest

from postcam_core.cli import main
from postcam_core.media import read_frames
from tests.oracles.batch_clips import write_real_manifest


def words(text: str) -> str:
    """Output without a table's lines and breaks."""
    return re.sub(r"[\s│┃━┏┳┓┡╇╃╄╈╉╋└┴┘─]+", " ", text)


def test_a_batch_from_plan_to_contact_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moves, out = ("arc_left", "static"), tmp_path / "out"
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=moves, keep_seen=0.5)
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    with manifest.open("a") as file:
        file.write("\n" + json.dumps({"clip": "bad.mp4", "preset": "static", "name": "<bad>"}))
    command = ["batch", str(manifest), "--out", str(out), "--workers", "1", "--min-free-mb", "1"]
    assert main(command) == 1
    assert "line 3, field name" in capsys.readouterr().err
    manifest.write_text(manifest.read_text().replace("<bad>", "bad"))

    assert main([*command, "--dry-run"]) == 0
    plan = words(capsys.readouterr().out)
    assert "clip0_arc_left clip0.mp4 arc_left to run" in plan and plan.count("geometry/") == 2
    assert not out.exists()

    assert main([*command, "--attempts", "1"]) == 1
    captured = capsys.readouterr()
    assert "2 of 3 items done (2 now, 0 before), 1 failed" in words(captured.out)
    assert "MediaError: bad.mp4" in words(captured.out)
    assert "got 1 that failed" in captured.err.splitlines()[-1]
    moved, still = (
        read_frames(out / f"clip0_{move}" / "result.mp4").float() for move in ("arc_left", "static")
    )
    assert (moved[-1] - still[-1]).abs().mean() > 1
    record = json.loads((out / "clip0_static" / "run.json").read_text())
    assert record["sampling"]["num_steps"] == 1 and record["keep_seen"] == 0.5

    page = (out / "contact_sheet.html").read_text()
    assert page.count("<img") == 2 and "MediaError: bad.mp4" in page
    assert (out / "contact_sheet" / "clip0_static.jpg").stat().st_size > 1000

    manifest.write_text("\n".join(manifest.read_text().splitlines()[:2]))
    assert main([*command, "--shard", "1/1"]) == 0, "another journal, the same results"
    assert "2 of 2 items done (0 now, 2 before), 0 failed" in words(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--executor", "comfy"], "--servers: expected addresses"),
        (["--executor", "comfy", "--servers", "localhost:8188"], "--servers: expected addresses"),
        (["--shard", "3/2"], "shard: expected i/n"),
        (["--model", "none.safetensors"], "none.safetensors"),
    ],
)
def test_wrong_options_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], error: str
) -> None:
    manifest = write_real_manifest(tmp_path, num_clips=1, moves=("static",))
    assert main(["batch", str(manifest), "--out", str(tmp_path / "out"), *options]) == 1
    captured = capsys.readouterr()
    assert error in captured.err and captured.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
