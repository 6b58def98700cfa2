"""The released transformer's recorded outputs (zju3dv/PostCam, commit 198ce6f, Apache-2.0; float32, CPU).

``out`` is kept for the target's frames alone, and for the larger cases at every few rows and columns (odd steps, so
that all four corners of a patch occur).
"""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from postcam_core.model import PostCamConfig, PostCamTransformer, load_transformer

HERE = Path(__file__).parent
WEIGHTS = HERE / "tiny_postcam.safetensors"
TOLERANCE = 2e-4


@pytest.fixture(scope="module")
def model() -> PostCamTransformer:
    return load_transformer(WEIGHTS)


def _velocity_and_golden(model: PostCamTransformer, case: str) -> tuple[torch.Tensor, torch.Tensor]:
    path = HERE / f"dit_{case}.safetensors"
    with safe_open(path, framework="pt") as file:
        stride = int(file.metadata()["out_stride"])
    recorded = load_file(path)
    target, source = recorded["x"].to(model.dtype).chunk(2, dim=2)
    velocity = model(
        target,
        source_latents=source,
        guide_latents=recorded["render"],
        camera_w2c=recorded["cam"],
        text=recorded["context"],
        timestep=recorded["timestep"],
    )
    return velocity[..., ::stride, ::stride], recorded["out"]


@pytest.mark.parametrize(
    "case", ["landscape_small", "eleven_latents", "landscape_480x832", "portrait_832x480"]
)
def test_velocity_is_the_released_one(model: PostCamTransformer, case: str) -> None:
    velocity, golden = _velocity_and_golden(model, case)
    assert velocity.shape == golden.shape
    assert (velocity - golden).abs().max() <= TOLERANCE


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model.", "diffusion_model.", "model."])
@pytest.mark.parametrize("suffix", [".ckpt", ".pt"])
def test_pickled_checkpoints_give_the_same_model(
    model: PostCamTransformer, tmp_path: Path, prefix: str, suffix: str
) -> None:
    path = tmp_path / f"postcam{suffix}"
    torch.save({prefix + key: tensor for key, tensor in load_file(WEIGHTS).items()}, path)
    loaded = load_transformer(path, model.config)
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name


def test_bfloat16_checkpoint_stays_close(model: PostCamTransformer, tmp_path: Path) -> None:
    path = tmp_path / "postcam.ckpt"
    torch.save({key: tensor.bfloat16() for key, tensor in load_file(WEIGHTS).items()}, path)
    velocity, golden = _velocity_and_golden(load_transformer(path, model.config), "landscape_small")
    assert velocity.dtype == torch.bfloat16
    assert (velocity.float() - golden).abs().mean() < 0.02 * golden.abs().mean()


def test_config_comes_from_the_metadata(model: PostCamTransformer) -> None:
    with safe_open(WEIGHTS, framework="pt") as file:
        stored = json.loads(file.metadata()["config"])
    assert model.config == PostCamConfig(**{**stored, "patch_size": tuple(stored["patch_size"])})
    assert model.config.guide_rope == "released"
