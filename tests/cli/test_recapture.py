"""``python -m postcam_core recapture`` with the bundled model on small clips, and what it says of bad input."""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from postcam_core import pipeline
from postcam_core.cli import main
from postcam_core.geometry import load_npz, match_frames, save_npz
from postcam_core.media import probe_video, read_audio, read_frames
from postcam_core.pipeline.models import MINI_TRANSFORMER, MINI_VAE
from postcam_core.warp import KEEP_SEEN
from postcam_core.weights.checksum import sha256_of
from tests.oracles.clips import write_clip
from tests.oracles.tiny_text_encoder import save_tiny_text_encoder

ROOT = Path(__file__).parents[2]
SAMPLE, GEOMETRY = ROOT / "assets" / "sample.mp4", ROOT / "assets" / "sample_geometry.npz"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven frames at ten a second, with two seconds of sound."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    sound = 0.3 * np.sin(np.arange(96000) / 20)
    return write_clip(path, num_frames=7, width=48, height=32, rate=10, sound=np.stack([sound, sound]))


@pytest.fixture(scope="module")
def geometry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Geometry of the sample, for that clip."""
    path = tmp_path_factory.mktemp("geometry") / "clip.npz"
    whole = match_frames(load_npz(GEOMETRY), num_frames=7, width=48, height=32, frames="uniform")
    return save_npz(path, whole)


def _recapture(*arguments: object) -> int:
    return main(["recapture", *map(str, arguments), "--steps", "1"])


def _record(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def test_a_clip_comes_back_with_its_size_its_frames_and_its_sound(clip, geometry, tmp_path, capsys) -> None:
    move = ["--preset", "arc_left", "--amount", "0.5", "--size", "48x32", "--geometry", geometry]
    assert _recapture(clip, "--out", tmp_path, *move) == 0
    out = capsys.readouterr().out
    assert "sampling: " in out and f"wrote 7 frames of 48×32 to {tmp_path}" in out
    info = probe_video(tmp_path / "result.mp4")
    assert (info.num_frames, info.width, info.height, info.frame_rate) == (7, 48, 32, 10)
    num_samples = read_audio(tmp_path / "result.mp4").waveform.shape[1]
    assert 0.7 * 48000 <= num_samples < 0.7 * 48000 + 2048, "the sound outlives the video"
    record = _record(tmp_path)
    assert record["sha256"] == {
        "video": sha256_of(clip),
        "geometry": sha256_of(geometry),
        "model": sha256_of(MINI_TRANSFORMER),
        "vae": sha256_of(MINI_VAE),
    }
    assert record["sampling"] | {"num_steps": 1} == {
        "num_steps": 1,
        "shift": 3.0,
        "cfg_scale": 1.0,
        "seed": 0,
        "solver": "euler",
        "window_frames": 41,
        "overlap_frames": 12,
    }
    assert [stage["name"] for stage in record["stages"]][:3] == ["models", "reading", "geometry"]
    assert record["options"]["amount"] == 0.5 and record["trajectory"]["path"]["amount"] == 0.5


def test_the_size_follows_from_the_clip_and_the_model(tmp_path) -> None:
    tall = write_clip(tmp_path / "tall.mp4", num_frames=1, width=96, height=160)
    assert (
        _recapture(tall, "--out", tmp_path / "out", "--preset", "static", "--provider", "ground_plane") == 0
    )
    info = probe_video(tmp_path / "out" / "result.mp4")
    assert (info.width, info.height, info.num_frames) == (96, 160, 1)


@pytest.mark.parametrize(
    ("options", "num_frames"),
    [
        (["--freeze-at", "0.3"], 7),
        (["--reverse", "--follow"], 7),
        (["--slow", "2", "--stabilise"], 13),
        (["--frames", "5", "--selection", "uniform", "--stabilise", "3"], 5),
        (["--background-memory", "--keep-seen"], 7),
    ],
    ids=str,
)
def test_shots(clip, geometry, tmp_path, options: list[str], num_frames: int) -> None:
    small = ["--preset", "truck_left", "--size", "48x32", "--geometry", geometry]
    assert _recapture(clip, "--out", tmp_path, *small, *options) == 0
    assert len(read_frames(tmp_path / "result.mp4")) == num_frames
    # The option without a number is the share that nodes and library have for a default.
    assert _record(tmp_path)["keep_seen"] == (KEEP_SEEN if "--keep-seen" in options else 0)
    assert (read_audio(tmp_path / "result.mp4") is None) == (
        options[0] in ("--freeze-at", "--reverse", "--slow")
    )


def test_a_few_frames_of_a_long_clip(tmp_path) -> None:
    """Five of an hour: each is shown for minutes."""
    hour = write_clip(tmp_path / "hour.mp4", num_frames=13, width=48, height=32, rate=Fraction(1, 300))
    scene = ["--size", "48x32", "--provider", "ground_plane", "--frames", "5", "--selection", "uniform"]
    assert _recapture(hour, "--out", tmp_path / "out", "--preset", "static", *scene) == 0
    info = probe_video(tmp_path / "out" / "result.mp4")
    assert info.num_frames == 5 and float(info.frame_rate) == pytest.approx(5 / 13 / 300, rel=1e-3)


def test_it_says_what_ambiguous_geometry_is_taken_as(geometry, tmp_path, capsys) -> None:
    times_ms = [0, 40, 80, 120, 160, 280, 400]
    varying = write_clip(tmp_path / "v.mp4", num_frames=7, width=48, height=32, times_ms=times_ms)
    small = ["--preset", "static", "--size", "48x32", "--geometry", geometry]
    assert _recapture(varying, "--out", tmp_path / "out", *small) == 0
    assert "geometry: its 7 depth maps are taken as of the frames that are used" in capsys.readouterr().out


def test_trajectories_from_files_and_other_clips(clip, geometry, tmp_path) -> None:
    (tmp_path / "move.txt").write_text("0 0\n0 20\n1 1\n")
    (tmp_path / "move.json").write_text(
        '{"format": "postcam-trajectory", "version": 1, "path": {"kind": "preset", "name": "pan_left", "amount": 1}}'
    )
    small = ["--size", "48x32", "--geometry", geometry]
    for name, move in {
        "text": ["--trajectory", tmp_path / "move.txt"],
        "document": ["--trajectory", tmp_path / "move.json"],
        "clone": ["--clone-camera", GEOMETRY],
    }.items():
        assert _recapture(clip, "--out", tmp_path / name, *small, *move) == 0
    kinds = [_record(tmp_path / name)["trajectory"]["path"]["kind"] for name in ("text", "document", "clone")]
    assert kinds == ["orbit", "preset", "poses"]
    assert set(_record(tmp_path / "clone")["sha256"]) >= {"clone_camera"}


def test_a_repeated_run_gives_the_same_videos(clip, geometry, tmp_path) -> None:
    move = ["--preset", "arc_left", "--size", "48x32", "--geometry", geometry, "--frames", "5"]
    for name in ("first", "second"):
        assert _recapture(clip, "--out", tmp_path / name, *move) == 0
    for name in ("result.mp4", "guide.mp4", "side_by_side.mp4"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--preset", "no_such_move"], "arc_left"),
        (["--preset", "static", "--freeze-at", "0.7"], "0 to 0.70 seconds: 7 frames at 10 a second"),
        (["--preset", "static", "--slow", "0"], "slow-down"),
        (["--preset", "static", "--window", "12"], "12"),
        (["--preset", "static", "--window", "9", "--overlap", "12"], "overlap"),
        (["--preset", "static", "--steps", "0"], "schedule"),
        (["--preset", "static", "--prompt", "a dog"], "text encoder"),
        (["--preset", "static", "--model", "none.safetensors"], "the VAE that it was trained with"),
        (["--preset", "static", "--model", "no.safetensors", "--vae", "no.safetensors"], "no file"),
        (["--preset", "static", "--text-encoder", "no_folder"], "UMT5"),
        (["--preset", "static", "--device", "abacus"], "device: expected"),
        (["--preset", "static", "--geometry", GEOMETRY], "expected 7 depth maps"),
        (["--preset", "static", "--size", "0x32"], "size"),
        (["--preset", "static", "--size", "480000x320000"], "free"),
        (["--trajectory", "none.json"], "none.json"),
        (["--clone-camera", "none.npz"], "none.npz"),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_no_file(clip, tmp_path, capsys, options, words) -> None:
    out = tmp_path / "out"
    scene = [] if "--geometry" in options else ["--provider", "ground_plane"]
    small = [] if "--size" in options else ["--size", "48x32"]
    assert main(["recapture", str(clip), "--out", str(out), *map(str, [*small, *scene, *options])]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ") and captured.err.count("\n") == 1 and words in captured.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "words", "costly"),
    [
        (["--preset", "no_such_move"], "arc_left", ["load_models", "load_source_clip"]),
        (["--trajectory", "none.json"], "none.json", ["load_models", "load_source_clip"]),
        (["--clone-camera", "none.npz"], "none.npz", ["load_models", "load_source_clip"]),
        (["--preset", "static", "--prompt", "a dog"], "text encoder", ["load_source_clip"]),
        (["--preset", "static", "--freeze-at", "0.7"], "0 to 0.70 seconds", ["estimate_geometry"]),
        (["--preset", "static", "--slow", "0"], "slow-down", ["estimate_geometry"]),
        (["--preset", "static", "--window", "40"], "got 40", ["estimate_geometry"]),
        (["--preset", "static"], "GiB that are free", ["estimate_geometry"]),
    ],
    ids=str,
)
def test_options_are_checked_before_what_takes_minutes(
    clip, tmp_path, capsys, monkeypatch, options: list[str], words: str, costly: list[str]
) -> None:
    def began(*inputs: object, **settings: object) -> None:
        pytest.fail("the work began")

    for name in costly:
        monkeypatch.setattr(pipeline, name, began)
    monkeypatch.setattr("postcam_core.pipeline.window_plan.free_bytes", lambda device: 1024)
    assert _recapture(clip, "--out", tmp_path / "out", "--size", "48x32", *options) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and words in error
    assert not (tmp_path / "out").exists()


def test_a_text_encoder_of_another_width(clip, tmp_path, capsys) -> None:
    save_tiny_text_encoder(tmp_path / "umt5")
    text = ["--text-encoder", tmp_path / "umt5", "--prompt", "a dog"]
    assert _recapture(clip, "--out", tmp_path / "out", "--preset", "static", *text) == 1
    assert "256 numbers per word" in capsys.readouterr().err


def test_files_that_are_no_video_or_no_folder(clip, tmp_path, capsys, monkeypatch) -> None:
    (tmp_path / "notes.txt").write_text("not a film")
    assert _recapture(tmp_path / "notes.txt", "--out", tmp_path / "out", "--preset", "static") == 1
    assert "notes.txt" in capsys.readouterr().err
    monkeypatch.setattr(pipeline, "load_models", lambda *inputs, **settings: pytest.fail("the work began"))
    assert _recapture(clip, "--out", tmp_path / "notes.txt", "--preset", "static") == 1
    assert "expected a folder" in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text() == "not a film"


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--preset", "static", "--trajectory", "x"],
        ["--preset", "static", "--follow", "--stabilise"],
        ["--preset", "static", "--size", "48"],
        ["--preset", "static", "--frames", "-3"],
        ["--preset", "static", "--keep-seen", "75"],
    ],
    ids=str,
)
def test_wrong_usage_exits_with_2(options: list[str], tmp_path, capsys) -> None:
    with pytest.raises(SystemExit) as exit_info:
        _recapture(SAMPLE, "--out", tmp_path / "out", *options)
    assert exit_info.value.code == 2 and "usage:" in capsys.readouterr().err


def test_ctrl_c_leaves_no_half_file(clip, geometry, tmp_path) -> None:
    # The interrupt comes with the first frame of the last video, when the others have frames already.
    code = (
        "import signal, sys\n"
        "from postcam_core import cli\n"
        "from postcam_core.media import write\n"
        "begin = write.VideoWriter.write\n"
        "def write_one(self, frames):\n"
        "    begin(self, frames)\n"
        "    if self._stream.width == 144: signal.raise_signal(signal.SIGINT)\n"
        "write.VideoWriter.write = write_one\n"
        # A shell's background jobs, and so whole test runs, start with the signal ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.exit(cli.main(['recapture', *sys.argv[1:]]))\n"
    )
    move = ["--preset", "static", "--size", "48x32", "--geometry", geometry, "--steps", "1"]
    command = [sys.executable, "-c", code, clip, "--out", tmp_path / "out", *move]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")
    assert not list(tmp_path.iterdir())
