import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from postcam_core.errors import CheckpointError, OperationCancelled
from postcam_core.model import PostCamConfig
from postcam_core.weights import (
    convert_checkpoint,
    diffusers_names,
    load_transformer,
    other_architecture,
    summarize_checkpoint,
)

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "parity" / "tiny_postcam.safetensors"


@pytest.fixture
def source(tmp_path: Path, weights: dict[str, Tensor]) -> Path:
    path = tmp_path / "postcam.ckpt"
    torch.save(weights, path)
    return path


def _metadata(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        return file.metadata()


def test_the_released_kind_of_file_is_kept_bit_by_bit(
    source: Path, weights: dict[str, Tensor], small_config: PostCamConfig
) -> None:
    target = source.with_suffix(".safetensors")
    report = convert_checkpoint(source, target)
    written = load_file(target)
    assert written.keys() == weights.keys()
    assert all(torch.equal(written[key], x) and written[key].dtype == x.dtype for key, x in weights.items())
    assert report.num_bytes == target.stat().st_size
    assert report.num_tensors_by_dtype == {"bfloat16": len(weights)}
    assert report.num_parameters == sum(x.numel() for x in weights.values())
    assert report.source_sha256 == {"postcam.ckpt": hashlib.sha256(source.read_bytes()).hexdigest()}
    assert load_transformer(target).config == small_config


def test_sources_of_any_layout_give_the_same_tensors(source: Path, weights: dict[str, Tensor]) -> None:
    other = source.with_name("diffusers.safetensors")
    save_file(diffusers_names(weights), other)
    convert_checkpoint(source, source.with_name("a.safetensors"))
    convert_checkpoint(other, source.with_name("b.safetensors"))
    a, b = (load_file(source.with_name(name)) for name in ("a.safetensors", "b.safetensors"))
    assert a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def test_metadata_says_where_core_looks_what_the_model_is(source: Path) -> None:
    target = source.with_suffix(".safetensors")
    convert_checkpoint(source, target, guide_rope="aligned", guide_scale=0.5, shift=3)
    metadata = _metadata(target)
    assert metadata["format"] == "postcam"
    assert json.loads(metadata["config"])["transformer"] == {
        "model_type": "postcam",
        "image_model": "wan2.1",
        "dim": 256,
        "ffn_dim": 64,
        "num_heads": 2,
        "num_layers": 2,
        "text_dim": 20,
        "freq_dim": 16,
        "in_dim": 16,
        "out_dim": 16,
        "patch_size": [1, 2, 2],
        "eps": 1e-6,
        "guide_rope": "aligned",
        "guide_scale": 0.5,
        "shift": 3,
    }
    again = source.with_name("again.safetensors")
    convert_checkpoint(target, again, dtype="fp16")
    assert json.loads(_metadata(again)["config"]) == json.loads(metadata["config"])
    assert summarize_checkpoint(again).is_recognised_by_comfyui


def test_what_a_model_was_trained_in_is_passed_on(source: Path) -> None:
    first, second = source.with_suffix(".safetensors"), source.with_name("again.safetensors")
    convert_checkpoint(source, first)
    with safe_open(first, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    note = {"postcam_training": '{"stage": 1}'}
    save_file(tensors, first, {**_metadata(first), **note})
    convert_checkpoint(first, second, dtype="bf16")
    assert _metadata(second)["postcam_training"] == note["postcam_training"]


def test_the_older_flat_metadata_is_understood(tmp_path: Path) -> None:
    report = convert_checkpoint(TINY, tmp_path / "tiny.safetensors")
    assert (report.settings.config.dim, report.settings.config.num_heads) == (96, 4)
    assert not summarize_checkpoint(TINY).is_recognised_by_comfyui
    a, b = load_file(TINY), load_file(report.target)
    assert all(torch.equal(a[key], b[key]) for key in a)


def test_fp8_is_for_matrices_in_blocks_alone(source: Path, weights: dict[str, Tensor]) -> None:
    target = source.with_suffix(".safetensors")
    convert_checkpoint(source, target, dtype="fp8_e4m3fn")
    written = load_file(target)
    in_fp8 = {key for key, x in written.items() if x.dtype == torch.float8_e4m3fn}
    linear = ("self_attn.q", "cross_attn.o", "cross_attn_cam.k_render", "projector", "ffn.2")
    assert {f"blocks.1.{name}.weight" for name in linear} <= in_fp8
    assert len(in_fp8) == 2 * (4 + 4 + 6 + 1 + 2)
    for key, x in weights.items():
        assert torch.equal(written[key], x.to(torch.float8_e4m3fn) if key in in_fp8 else x)
    assert load_transformer(target).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("dtype", "value"), [("fp8_e4m3fn", 512.0), ("fp16", 70000.0), ("fp16", float("nan"))]
)
def test_values_that_do_not_fit_are_refused_and_nothing_is_left(
    tmp_path: Path, weights: dict[str, Tensor], dtype: str, value: float
) -> None:
    changed = dict(weights)
    changed["blocks.1.ffn.2.weight"] = torch.full_like(weights["blocks.1.ffn.2.weight"], value)
    torch.save(changed, tmp_path / "w.pt")
    with pytest.raises(CheckpointError, match="blocks.1.ffn.2.weight"):
        convert_checkpoint(tmp_path / "w.pt", tmp_path / "w.safetensors", dtype=dtype)
    assert [path.name for path in tmp_path.iterdir()] == ["w.pt"]


def test_an_existing_target_is_replaced_only_on_request(source: Path) -> None:
    target = source.with_suffix(".safetensors")
    target.write_bytes(b"mine")
    with pytest.raises(CheckpointError, match="--force"):
        convert_checkpoint(source, target)
    assert target.read_bytes() == b"mine"
    convert_checkpoint(source, target, overwrite=True)
    convert_checkpoint(target, target, overwrite=True, dtype="fp32")
    assert {x.dtype for x in load_file(target).values()} == {torch.float32}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.pop("blocks.1.projector.weight"), "1 missing"),
        (lambda w: w.update({"head.head.bias": torch.zeros(3)}), "another shape"),
        (lambda w: w.update({"blocks.0.ffn.0.bias": torch.zeros(64, dtype=torch.int8)}), "int8"),
    ],
)
def test_incomplete_sources_are_not_converted(
    tmp_path: Path, weights: dict[str, Tensor], change, message: str
) -> None:
    changed = dict(weights)
    change(changed)
    torch.save(changed, tmp_path / "w.pt")
    with pytest.raises(CheckpointError, match=message):
        convert_checkpoint(tmp_path / "w.pt", tmp_path / "w.safetensors")
    assert not (tmp_path / "w.safetensors").exists()


def test_progress_counts_all_bytes_and_cancelling_leaves_nothing(source: Path) -> None:
    target = source.with_suffix(".safetensors")
    steps: list[tuple[int, int]] = []
    report = convert_checkpoint(source, target, progress=lambda *step: steps.append(step))
    dones, totals = zip(*steps, strict=True)
    assert list(dones) == sorted(dones) and len(set(totals)) == 1
    assert dones[-1] == totals[0] and len(steps) > report.num_tensors

    def cancel(done: int, total: int) -> None:
        if done > 0.7 * total:
            raise OperationCancelled

    target.unlink()
    with pytest.raises(OperationCancelled):
        convert_checkpoint(source, target, progress=cancel)
    assert [path.name for path in source.parent.iterdir()] == ["postcam.ckpt"]


def test_a_full_disk_leaves_nothing(source: Path) -> None:
    pytest.importorskip("resource")
    code = (
        "import resource, sys\n"
        "from postcam_core.errors import CheckpointError\n"
        "from postcam_core.weights import convert_checkpoint\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: convert_checkpoint(sys.argv[1], sys.argv[2])\n"
        "except CheckpointError as error: print(error)\n"
    )
    target = str(source.with_suffix(".safetensors"))
    done = subprocess.run(
        [sys.executable, "-c", code, str(source), target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Nothing was left behind" in done.stdout
    assert [path.name for path in source.parent.iterdir()] == ["postcam.ckpt"]


def test_core_itself_detects_a_converted_file(tmp_path: Path) -> None:
    report = convert_checkpoint(TINY, tmp_path / "tiny.safetensors")
    comfyui = ROOT / ".comfyui" / "current"
    if not (comfyui / "main.py").is_file():
        pytest.fail("no ComfyUI is set up: run bash scripts/setup.sh first")
    code = (
        "import json, sys\n"
        "path, sys.argv = sys.argv[1], ['main.py', '--cpu']\n"
        "import comfy.options; comfy.options.enable_args_parsing()\n"
        "import comfy.utils, comfy.model_detection\n"
        "tensors, metadata = comfy.utils.load_torch_file(path, return_metadata=True)\n"
        "print(json.dumps(comfy.model_detection.detect_unet_config(tensors, '', metadata=metadata)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(report.target)],
        cwd=comfyui,
        capture_output=True,
        text=True,
        check=True,
    )
    detected = json.loads(done.stdout.splitlines()[-1])
    assert (detected["image_model"], detected["model_type"]) == ("wan2.1", "postcam")
    assert PostCamConfig.from_mapping(detected) == report.settings.config
    assert (detected["guide_scale"], detected["shift"]) == (0.25, 5.0)


def test_no_postcam_is_named_by_what_it_is(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    wan = {key: x for key, x in weights.items() if "cam" not in key and "projector" not in key}
    torch.save(wan, tmp_path / "wan.pt")
    with pytest.raises(CheckpointError, match=r"plain Wan"):
        convert_checkpoint(tmp_path / "wan.pt", tmp_path / "w.safetensors")
    assert other_architecture(wan) == summarize_checkpoint(tmp_path / "wan.pt").architecture
