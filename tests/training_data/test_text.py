"""Captions through the command: the shard holds what the text encoder makes of them, and says which it was."""

import json
from pathlib import Path

import pytest
import torch

from postcam_core.cli import main
from postcam_core.pipeline import load_text_encoder, text_encoder_sha256
from postcam_core.training.data import ShardPairs
from tests.oracles.multicam_folder import write_multicam_scene
from tests.oracles.tiny_text_encoder import WIDTH, save_tiny_text_encoder
from tests.oracles.tiny_wan_vae import save_tiny_wan_vae


def test_the_shard_holds_the_caption_encoded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vae, umt5, data, out = (tmp_path / name for name in ("vae.safetensors", "umt5", "data", "out"))
    save_tiny_wan_vae(vae)
    save_tiny_text_encoder(umt5)
    scene = data / "f24_aperture5" / "scene1"
    write_multicam_scene(scene, 1, num_cameras=2, num_frames=5, size=32)
    (scene / "videos" / "cam01.txt").write_text("a street")
    size = ["--height", "32", "--width", "32", "--frames", "5", "--guide-scale", "0.5", "--identities", "0"]
    command = ["precompute", "--multicam", str(data), *size, "--vae", str(vae), "--out", str(out)]
    assert main([*command, "--text-encoder", str(umt5)]) == 0

    pairs = ShardPairs(out)
    captioned, without = pairs[0], pairs[1]
    assert captioned.name.endswith("cam01-cam02") and captioned.text.shape == (512, WIDTH)
    assert torch.equal(captioned.text, load_text_encoder(umt5).encode("a street"))
    assert captioned.text.any(dim=1).sum() == 10
    assert without.text is None
    settings = json.loads((out / "shards.json").read_text())["settings"]
    assert settings["text"] == pairs.settings["text"] == text_encoder_sha256(umt5)

    # Shards without text, or of another encoder, are others.
    assert main(command) == 1
    assert f"shards with text = None, got '{settings['text']}'" in capsys.readouterr().err
    save_tiny_text_encoder(umt5, vocab_size=65)
    assert main([*command, "--text-encoder", str(umt5)]) == 1
    assert f"got '{settings['text']}'" in capsys.readouterr().err


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vae = tmp_path / "vae.safetensors"
    save_tiny_wan_vae(vae)
    common = ["--vae", str(vae), "--out", str(tmp_path / "out"), "--text-encoder", str(tmp_path / "none")]
    assert main(["precompute", "--multicam", str(tmp_path), *common]) == 1
    assert "none: expected a folder with a UMT5 text encoder" in capsys.readouterr().err
    assert main(["precompute", "--synthetic", "0", *common]) == 1
    assert "procedural scenes, which have none" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
