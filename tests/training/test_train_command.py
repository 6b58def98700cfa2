"""``train`` on shards: what it refuses, and what it says about a run that was stopped."""

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from postcam_core.cli import main
from postcam_core.training.checkpoints import latest_checkpoint
from postcam_core.training.data.shards import Shard, shard_path, write_shard
from tests.oracles.tiny_training import TINY, RandomPairs

SIZE = {"height": TINY.height, "width": TINY.width, "num_frames": TINY.num_frames}
MODEL = {"dim": 32, "ffn_dim": 48, "num_heads": 2, "num_layers": 1, "text_dim": 8}
VALUES = {
    **SIZE,
    **{f"model.{name}": value for name, value in MODEL.items()},
    "guide_scale": TINY.guide_scale,
    "start": "random",
    "batch_size": 1,
}
SETTINGS = [word for name, value in VALUES.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one shard of one pair."""
    folder, pair = tmp_path_factory.mktemp("data"), RandomPairs()[0]
    tensors = {
        "latents": torch.stack([pair.source, pair.target]).bfloat16(),
        "guide.a.b": pair.guide.bfloat16(),
        "camera_w2c.a.b": pair.camera_w2c,
    }
    settings = {**SIZE, "guide_scale": TINY.guide_scale, "noisy_depth": 0.0}
    shard = Shard(scene="scene", cameras=("a", "b"), pairs=(("a", "b"),), broken={}, settings=settings)
    write_shard(shard_path(folder, shard.scene), shard, tensors)
    write_shard(shard_path(folder, "other"), replace(shard, scene="other"), tensors)
    return folder


def test_data_of_other_settings_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", "mini_stage1", "--data", str(data), "--out", str(tmp_path / "run"), *SETTINGS]
    assert main([*command, "--set", "noisy_depth=1", "--set", "guide_scale=0.25"]) == 1
    said = capsys.readouterr().err
    assert "expected guide_scale 0.25, noisy_depth 1.0, as recipe mini_stage1 says" in said
    assert "or train with --set guide_scale=0.5 --set noisy_depth=0.0." in said
    held_out = ["ablate", "--data", str(data), "--out", str(tmp_path / "ablation"), *SETTINGS]
    assert main([*held_out, "--set", "noisy_depth=1"]) == 1
    assert "expected noisy_depth 1" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_stopped_run_has_not_succeeded(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", "mini_stage1", "--data", str(data), "--out", str(tmp_path), *SETTINGS]
    before = signal.signal(signal.SIGTERM, lambda *_: None)  # too early or too late it does no harm
    is_over = threading.Event()

    def ask_to_stop() -> None:
        while not is_over.wait(0.05):
            if (tmp_path / "losses.csv").is_file():
                os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=ask_to_stop)
    thread.start()
    try:
        assert main([*command, "--steps", "1000000", "--set", "checkpoint_every=1000000"]) == 130
    finally:
        is_over.set()
        thread.join()
        signal.signal(signal.SIGTERM, before)
    assert "SIGTERM after step" in capsys.readouterr().out
    last = latest_checkpoint(tmp_path / "checkpoints")
    assert last is not None and last.name != "step_1000000"
