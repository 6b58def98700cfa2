"""A random Wan VAE of a few channels, in memory and as a file under the original names."""

from pathlib import Path

import torch
from diffusers import AutoencoderKLWan
from safetensors.torch import save_file

from postcam_core.pipeline import WanVae
from postcam_core.training.mini_vae.original_names import original_names
from tests.oracles.tiny_models import randomized


def tiny_wan_vae(width: int = 4) -> WanVae:
    """Random weights in float32, always the same."""
    with torch.device("meta"):
        network = AutoencoderKLWan(base_dim=width)
    network.load_state_dict(randomized(network.state_dict()), assign=True)
    return WanVae(network.eval().requires_grad_(False))


def save_tiny_wan_vae(path: Path, width: int = 4) -> None:
    """The same weights as a file that ComfyUI's Load VAE reads as well."""
    with torch.device("meta"):
        network = AutoencoderKLWan(base_dim=width)
    save_file(original_names(randomized(network.state_dict())), path)
