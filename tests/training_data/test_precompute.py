"""Precompute: what is broken is counted by name, what was killed goes on, what is there is left alone."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from postcam_core.cli import main
from postcam_core.errors import CheckpointError, OperationCancelled
from postcam_core.training.data import MultiCamVideo, PairBuilder, PairSettings, ShardPairs, precompute
from tests.oracles.multicam_folder import write_multicam_scene
from tests.oracles.tiny_wan_vae import save_tiny_wan_vae

ROOT = Path(__file__).parents[2]
VAE = "tiny"


def _files(folder: Path) -> dict[str, bytes]:
    """What a folder holds, without what a kill left half-written."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name[0] != "."}


@pytest.fixture(scope="module")
def vae_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vae") / "vae.safetensors"
    save_tiny_wan_vae(path)
    return path


def _command(vae: Path, out: Path, seeds: str = "0-9") -> list[str]:
    size = ["--height", "32", "--width", "48", "--frames", "5", "--guide-scale", "0.5", "--cameras", "2"]
    clips = ["--synthetic", seeds, "--noisy-depth", "1"]
    return ["precompute", *clips, *size, "--vae", str(vae), "--out", str(out)]


def test_a_run_killed_at_any_moment_and_started_again_gives_the_same_files(
    vae_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    command = [sys.executable, "-m", "postcam_core", *_command(vae_file, killed)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while not list(killed.glob("scene_*.safetensors")):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    num_left = len(list(killed.glob("scene_*.safetensors")))
    assert 1 <= num_left < 10
    assert main(_command(vae_file, killed)) == 0
    assert f"10 scenes ({10 - num_left} made now), 30 pairs" in capsys.readouterr().out
    assert main(_command(vae_file, whole)) == 0
    assert _files(killed) == _files(whole)
    assert len(_files(whole)) == 11


def test_a_broken_video_is_counted_by_name_and_the_rest_goes_on(builder: PairBuilder, tmp_path: Path) -> None:
    data = tmp_path / "data" / "f24_aperture5"
    for number in (1, 2):
        write_multicam_scene(data / f"scene{number}", number, num_frames=5, size=32)
    (data / "scene1" / "videos" / "cam02.mp4").write_bytes(b"no video")
    (data / "scene2" / "cameras" / "camera_extrinsics.json").unlink()
    builder = PairBuilder(
        takes=MultiCamVideo(tmp_path / "data", height=32, width=32, num_frames=5),
        encode=builder.encode,
        settings=PairSettings(guide_scale=0.5, num_identities=0),
    )
    done = precompute(builder, tmp_path / "out", vae=VAE)
    assert done.num_pairs == 2 and done.num_scenes == 2
    assert list(done.broken) == [
        "f24_aperture5/scene1/cam02",
        *(f"f24_aperture5/scene2/cam{number:02d}" for number in (1, 2, 3)),
    ]
    assert "cam02.mp4" in done.broken["f24_aperture5/scene1/cam02"]
    document = json.loads((tmp_path / "out" / "shards.json").read_text())
    assert document["broken"] == done.broken and document["num_broken"] == 4
    pairs = ShardPairs(tmp_path / "out")
    assert pairs.broken == done.broken
    assert [pairs[i].name for i in range(len(pairs))] == [
        "f24_aperture5/scene1/cam01-cam03",
        "f24_aperture5/scene1/cam03-cam01",
    ]
    # Without depth there are no guides.
    assert pairs[0].guide is None
    # The record stays what it is when all is there.
    again = precompute(builder, tmp_path / "out", vae=VAE)
    assert again == replace(done, num_made=0)


def test_a_source_without_scale_costs_its_own_pairs_alone(builder: PairBuilder, tmp_path: Path) -> None:
    data = tmp_path / "data" / "f24_aperture5" / "scene1"
    # Camera 1 of seed 0 stands on a tripod; the provider gives the others no usable path either.
    write_multicam_scene(data, 0, num_cameras=2, num_frames=5, size=32)
    takes = MultiCamVideo(tmp_path / "data", height=32, width=32, num_frames=5)
    exact = builder.takes.take(0, "cam00").geometry

    def provider(video, fov_deg: float):
        return replace(exact.resized(32, 32), w2c=takes_w2c)

    takes_w2c = takes.take(0, "cam02").c2w.inverse()
    builder = replace(builder, takes=takes, provider=provider, settings=PairSettings(guide_scale=0.5))
    done = precompute(builder, tmp_path / "out", vae=VAE, geometry="test")
    assert list(done.broken) == ["f24_aperture5/scene1/cam01 as source"]
    assert "a camera that stands still" in done.broken["f24_aperture5/scene1/cam01 as source"]
    pairs = ShardPairs(tmp_path / "out")
    names = [pairs[i].name.split("/")[-1] for i in range(len(pairs))]
    assert "cam02-cam01" in names and not any(name.startswith("cam01-") for name in names)
    assert all(pairs[i].guide is not None for i in range(len(pairs)))


def test_another_process_makes_the_same_shards(builder: PairBuilder, tmp_path: Path) -> None:
    builder = replace(builder, takes=replace(builder.takes, num_cameras=1))
    precompute(builder, tmp_path / "here", vae=VAE)
    reports = []
    precompute(
        builder, tmp_path / "there", vae=VAE, num_workers=1, progress=lambda *report: reports.append(report)
    )
    assert _files(tmp_path / "there") == _files(tmp_path / "here")
    assert reports == [(0, 2), (1, 2), (2, 2)]


def test_cancelled_between_scenes(builder: PairBuilder, tmp_path: Path) -> None:
    def cancel(done: int, total: int) -> None:
        if done == 1:
            raise OperationCancelled

    builder = replace(builder, takes=replace(builder.takes, num_cameras=1))
    with pytest.raises(OperationCancelled):
        precompute(builder, tmp_path, vae=VAE, progress=cancel)
    assert sorted(_files(tmp_path)) == ["scene_000004.safetensors", "shards.json"]
    assert precompute(builder, tmp_path, vae=VAE).num_made == 1


def test_shards_of_other_settings_are_not_overwritten(builder: PairBuilder, tmp_path: Path) -> None:
    builder = replace(builder, takes=replace(builder.takes, num_cameras=1))
    precompute(builder, tmp_path, vae=VAE)
    before = _files(tmp_path)
    with pytest.raises(CheckpointError, match="shards with vae = 'other', got 'tiny'"):
        precompute(builder, tmp_path, vae="other")
    noisier = replace(builder, settings=replace(builder.settings, noisy_depth=2.0))
    with pytest.raises(CheckpointError, match=r"shards with noisy_depth = 2.0, got 1.0"):
        precompute(noisier, tmp_path, vae=VAE)
    assert _files(tmp_path) == before
    (tmp_path / "shards.json").write_text("[]")
    with pytest.raises(CheckpointError, match="Delete this one file"):
        precompute(builder, tmp_path, vae=VAE)
    (tmp_path / "shards.json").unlink()
    with pytest.raises(CheckpointError, match="expected the shard of scene_000004 with the settings"):
        precompute(noisier, tmp_path, vae=VAE)


def test_the_command_says_what_is_wrong(
    vae_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_command(tmp_path / "none.safetensors", tmp_path / "out")) == 1
    assert "got no file" in capsys.readouterr().err
    multicam = ["precompute", "--multicam", str(tmp_path), "--vae", str(vae_file), "--out", str(tmp_path)]
    assert main(multicam) == 1
    assert "got no such folder" in capsys.readouterr().err
    for seeds in ("", "1-", "1-2-3", "a"):
        with pytest.raises(SystemExit):
            main(_command(vae_file, tmp_path, seeds=seeds))
        assert "expected seeds as 0-999" in capsys.readouterr().err
