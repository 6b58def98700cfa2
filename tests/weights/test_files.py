import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from postcam_core.errors import CheckpointError
from postcam_core.weights import comfyui_names, diffusers_names, load_transformer, read_checkpoint


def _same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def _save_shards(folder: Path, weights: dict[str, Tensor]) -> list[Path]:
    paths = [folder / f"model-{i:05d}-of-00003.safetensors" for i in (1, 2, 3)]
    for i, path in enumerate(paths):
        save_file({key: weights[key] for key in sorted(weights)[i::3]}, path)
    index = {key: paths[i % 3].name for i, key in enumerate(sorted(weights))}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
    return paths


@pytest.mark.parametrize("renamed", [comfyui_names, diffusers_names])
@pytest.mark.parametrize("suffix", [".safetensors", ".ckpt"])
def test_every_layout_and_kind_of_file_loads_the_same_model(
    tmp_path: Path, weights: dict[str, Tensor], renamed, suffix: str
) -> None:
    path = tmp_path / f"w{suffix}"
    (save_file if suffix == ".safetensors" else torch.save)(renamed(weights), path)
    assert _same(load_transformer(path).state_dict(), weights)


def test_pickles_of_the_time_before_zip_load_too(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    torch.save(weights, tmp_path / "w.pth", _use_new_zipfile_serialization=False)
    assert _same(load_transformer(tmp_path / "w.pth").state_dict(), weights)


@pytest.mark.parametrize("name", ["model.safetensors.index.json", "model-00002-of-00003.safetensors"])
def test_index_and_any_shard_stand_for_all(tmp_path: Path, weights: dict[str, Tensor], name: str) -> None:
    paths = _save_shards(tmp_path, weights)
    checkpoint = read_checkpoint(tmp_path / name)
    assert _same(dict(checkpoint.tensors), weights)
    assert checkpoint.files == tuple(paths)


@pytest.mark.parametrize("name", ["model.safetensors.index.json", "model-00001-of-00003.safetensors"])
def test_a_missing_shard_is_named(tmp_path: Path, weights: dict[str, Tensor], name: str) -> None:
    _save_shards(tmp_path, weights)[2].unlink()
    with pytest.raises(CheckpointError, match=r"model-00003-of-00003.safetensors: .* no file"):
        read_checkpoint(tmp_path / name)


def test_a_tensor_in_two_shards_is_refused(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    paths = _save_shards(tmp_path, weights)
    paths[1].write_bytes(paths[0].read_bytes())
    with pytest.raises(CheckpointError, match="a second time"):
        read_checkpoint(paths[0])


@pytest.mark.parametrize(
    "index",
    ["", "[1]", "{}", '{"weight_map": {}}', '{"weight_map": {"a": 1}}', '{"weight_map": {"a": "x.ckpt"}}'],
)
def test_damaged_indexes_are_refused(tmp_path: Path, index: str) -> None:
    path = tmp_path / "model.safetensors.index.json"
    path.write_text(index)
    with pytest.raises(CheckpointError, match="weight_map"):
        read_checkpoint(path)


@pytest.mark.parametrize("name", ["../other.safetensors", "/etc/other.safetensors", "sub/other.safetensors"])
def test_an_index_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": {"a": name}}))
    with pytest.raises(CheckpointError, match="beside the index"):
        read_checkpoint(path)
