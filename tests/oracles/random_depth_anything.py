"""Depth Anything 3 Small with random weights, as its authors publish a model: cameras are plausible, depth is none."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from postcam_core.geometry.depth_anything_network import build_module


def save_random_small(path: Path) -> Path:
    """Write the file: names prefixed, the norm that four layers share stored once."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        module = build_module("small")
        plausible_cameras(module)
    save_file({f"model.{name}": tensor for name, tensor in module.named_parameters()}, path)
    return path


def plausible_cameras(module: torch.nn.Module) -> None:
    """A field of view of about one radian, and a camera that turns a little."""
    decoder = module.cam_dec
    decoder.fc_fov[0].weight.mul_(0.01)
    decoder.fc_fov[0].bias.fill_(1.0)
    decoder.fc_qvec.weight.mul_(0.1)
    decoder.fc_qvec.bias.copy_(torch.tensor([0.0, 0.0, 0.0, 1.0]))
