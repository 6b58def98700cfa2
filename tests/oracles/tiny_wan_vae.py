"""A random Wan VAE of a few channels, in memory and as a file under the original names."""

from itertools import product
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan
from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers
from safetensors.torch import save_file

from postcam_core.pipeline import WanVae
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
    tensors = randomized(network.state_dict())
    names = _original_names(tensors.keys())
    save_file({names[name]: x for name, x in tensors.items()}, path)


def _original_names(names) -> dict[str, str]:
    """Diffusers' name → the original one, found by converting every name that the original layout could have."""
    block = ("residual.0", "residual.2", "residual.3", "residual.6", "shortcut", "resample.1", "time_conv")
    middle = (*block, "norm", "to_qkv", "proj")
    modules = ("conv1", "conv2", "head.0", "head.2")
    inside = (*modules, *(f"middle.{i}.{part}" for i, part in product(range(3), middle)))
    lists = {"encoder": ("downsamples", 11), "decoder": ("upsamples", 15)}
    original = [
        *modules,
        *(f"{half}.{module}" for half, module in product(lists, inside)),
        *(f"{h}.{n}.{i}.{part}" for h, (n, count) in lists.items() for i in range(count) for part in block),
    ]
    candidates = [f"{module}.{leaf}" for module, leaf in product(original, ("weight", "bias", "gamma"))]
    converted = convert_wan_vae_to_diffusers({name: name for name in candidates})
    return {name: converted[name] for name in names}
