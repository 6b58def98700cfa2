import pytest
import torch

from postcam_core.sampling import flow_sigmas
from postcam_core.training.flow_matching import (
    noisy_latents,
    shifted_sigmas,
    timestep_weights,
    velocity_losses,
)


def test_noise_levels_are_shifted_as_in_sampling() -> None:
    assert torch.equal(shifted_sigmas(torch.linspace(1, 0, 9), 3.0), flow_sigmas(8, 3.0))


def test_the_way_runs_from_the_clip_to_the_noise_at_the_true_velocity() -> None:
    clean, noise = torch.randn(2, 3, 2, 2, 2, 2).unbind()
    at = noisy_latents(clean, noise, torch.tensor([0.0, 1.0, 0.25]))
    assert torch.equal(at[0], clean[0])
    assert torch.allclose(at[1], noise[1])
    # From a quarter of the way, three quarters of the velocity lead to the noise.
    assert torch.allclose(at[2] + 0.75 * (noise - clean)[2], noise[2], atol=1e-6)
    assert velocity_losses(noise - clean, clean, noise).tolist() == [0, 0, 0]
    assert velocity_losses(
        noise - clean + torch.tensor([1.0, 2, 3])[:, None, None, None, None], clean, noise
    ) == (pytest.approx([1, 4, 9], rel=1e-4))


@pytest.mark.parametrize("shift", [5.0, 3.0, 1.0])
def test_released_weights_are_those_of_the_released_table(shift: float) -> None:
    # Step by step as the released scheduler fills its table for training.
    sigmas = torch.linspace(1, 0, 1001)[:-1]
    timesteps = 1000 * shift * sigmas / (1 + (shift - 1) * sigmas)
    bell = torch.exp(-2 * ((timesteps - 500) / 1000) ** 2)
    table = (bell - bell.min()) * (1000 / (bell - bell.min()).sum())
    weights = timestep_weights(timesteps / 1000, "released", shift)
    assert torch.allclose(weights, table, atol=1e-4)
    assert weights.mean() == pytest.approx(1, abs=1e-4) and weights[0] == pytest.approx(0, abs=1e-6)
    assert timestep_weights(timesteps / 1000, "none", shift).unique().tolist() == [1]
