"""The released sampler's recorded schedule and results (zju3dv/PostCam, commit 198ce6f; float32, CPU)."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from postcam_core.model import load_transformer
from postcam_core.sampling import denoise, flow_sigmas

HERE = Path(__file__).parent
TOLERANCE = 2e-4


@pytest.fixture(scope="module")
def recorded() -> dict[str, Tensor]:
    return load_file(HERE / "sampling.safetensors")


@pytest.mark.parametrize("num_steps", [4, 10, 50])
def test_noise_levels_are_the_released_ones(recorded: dict[str, Tensor], num_steps: int) -> None:
    sigmas = flow_sigmas(num_steps)
    assert sigmas[-1] == 0
    assert (sigmas[:-1] - recorded[f"sigmas_{num_steps}"]).abs().max() < 1e-6


@pytest.mark.parametrize("num_steps", [4, 10])
def test_latents_are_the_released_ones(recorded: dict[str, Tensor], num_steps: int) -> None:
    latents = denoise(
        load_transformer(HERE / "tiny_postcam.safetensors"),
        recorded["noise"],
        source_latents=recorded["source"],
        guide_latents=recorded["render"],
        camera_w2c=recorded["cam"],
        positive=recorded["context"],
        negative=recorded["negative"],
        num_steps=num_steps,
    )
    assert (latents - recorded[f"latents_{num_steps}steps"]).abs().max() <= TOLERANCE


def test_recorded_noise_is_seed_0(recorded: dict[str, Tensor]) -> None:
    shape = recorded["noise"].shape
    assert torch.equal(torch.randn(shape, generator=torch.Generator().manual_seed(0)), recorded["noise"])
