import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from postcam_core.errors import CheckpointError
from postcam_core.model import PostCamConfig, PostCamTransformer, load_transformer
from tests.oracles.tiny_transformer import TINY, tiny_transformer

SMALL = PostCamConfig(dim=256, ffn_dim=64, num_heads=2, num_layers=2, text_dim=20, freq_dim=16)


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return dict(tiny_transformer(dtype=torch.float32).state_dict())


def test_config_from_shapes_is_the_models(tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    save_file(PostCamTransformer(SMALL).state_dict(), path)
    assert load_transformer(path).config == SMALL


def test_config_one_level_down_as_comfyui_wants_it(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    path = tmp_path / "nested.safetensors"
    stored = {"dim": 48, "ffn_dim": 64, "num_heads": 2, "num_layers": 3, "text_dim": 20, "freq_dim": 16}
    transformer = {**stored, "in_dim": 4, "out_dim": 4, "model_type": "postcam", "guide_rope": "aligned"}
    save_file(weights, path, metadata={"config": json.dumps({"transformer": transformer})})
    config = load_transformer(path).config
    assert config.guide_rope == "aligned" and config.num_heads == 2


def test_weights_arrive_frozen_in_the_dtype_asked_for(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    path = tmp_path / "w.pt"
    torch.save(weights, path)
    model = load_transformer(path, TINY, dtype=torch.bfloat16)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert not any(p.requires_grad for p in model.parameters())
    assert not model.training


def test_unknown_number_of_heads_is_not_guessed(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    save_file(weights, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match="number of heads"):
        load_transformer(tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.pop("blocks.1.projector.weight"), r"1 missing \(blocks.1.projector.weight\)"),
        (lambda w: w.update(extra=torch.zeros(1)), r"1 unexpected \(extra\)"),
        (lambda w: w.update({"head.head.bias": torch.zeros(3)}), r"head.head.bias \(3,\) for \(16,\)"),
    ],
)
def test_every_name_and_shape_counts(tmp_path: Path, weights: dict[str, Tensor], change, message) -> None:
    changed = dict(weights)
    change(changed)
    save_file(changed, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match=message):
        load_transformer(tmp_path / "w.safetensors", TINY)


@pytest.mark.parametrize(
    ("keep", "extra", "message"),
    [
        (lambda key: "cam" not in key and "projector" not in key, None, "plain Wan"),
        (lambda key: "cross_attn_cam" not in key, "blocks.0.cam_encoder.weight", "ReCamMaster"),
        (lambda key: key.startswith("text"), None, "another model"),
    ],
)
def test_other_models_are_named(tmp_path: Path, weights: dict[str, Tensor], keep, extra, message) -> None:
    other = {key: tensor for key, tensor in weights.items() if keep(key)}
    if extra:
        other[extra] = torch.zeros(48, 12)
    save_file(other, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match=message):
        load_transformer(tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    "name",
    [
        "cut.safetensors",
        "cut.ckpt",
        "empty.safetensors",
        "empty.ckpt",
        "nested.pt",
        "code.pt",
        "weights.txt",
        "none.safetensors",
    ],
)
def test_unusable_files_are_refused(tmp_path: Path, weights: dict[str, Tensor], name: str) -> None:
    save_file(weights, tmp_path / "whole.safetensors")
    torch.save(weights, tmp_path / "whole.ckpt")
    for suffix in (".safetensors", ".ckpt"):
        whole = (tmp_path / f"whole{suffix}").read_bytes()
        (tmp_path / f"cut{suffix}").write_bytes(whole[: len(whole) // 2])
        (tmp_path / f"empty{suffix}").touch()
    torch.save({"state_dict": weights}, tmp_path / "nested.pt")
    torch.save({"path": Path()}, tmp_path / "code.pt")
    (tmp_path / "weights.txt").touch()
    with pytest.raises(CheckpointError, match=name):
        load_transformer(tmp_path / name, TINY)


@pytest.mark.parametrize("text", ["{", "[]", '{"dim": "wide"}', '{"transformer": 3}'])
def test_metadata_that_is_no_config_is_refused(tmp_path: Path, weights: dict[str, Tensor], text: str) -> None:
    save_file(weights, tmp_path / "w.safetensors", metadata={"config": text})
    with pytest.raises(CheckpointError, match="metadata"):
        load_transformer(tmp_path / "w.safetensors")
