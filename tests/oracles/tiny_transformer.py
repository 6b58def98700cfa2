"""A transformer of the real class at a tiny size, and conditions for it."""

import torch
from torch import Tensor

from postcam_core.model import PostCamConfig, PostCamTransformer, initialize

TINY = PostCamConfig(
    dim=48, ffn_dim=64, num_heads=2, num_layers=3, text_dim=20, freq_dim=16, in_dim=4, out_dim=4
)


def tiny_transformer(config: PostCamConfig = TINY, dtype: torch.dtype = torch.float64) -> PostCamTransformer:
    """Random weights everywhere: nothing is left at zero that could hide a mistake behind it."""
    model = PostCamTransformer(config)
    initialize(model, seed=0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return model.to(dtype).requires_grad_(False)


def tiny_inputs(
    size: tuple[int, int] = (12, 20),
    guide_size: tuple[int, int] = (3, 5),
    *,
    num_frames: int = 3,
    batch: int = 1,
    dtype: torch.dtype = torch.float64,
    seed: int = 0,
) -> dict[str, Tensor]:
    """Keyword arguments of ``PostCamTransformer.forward``."""
    generator = torch.Generator().manual_seed(seed)

    def randn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)

    return {
        "target_latents": randn(batch, TINY.in_dim, num_frames, *size),
        "source_latents": randn(batch, TINY.in_dim, num_frames, *size),
        "guide_latents": randn(batch, TINY.in_dim, num_frames, *guide_size),
        "camera_w2c": torch.eye(4, dtype=dtype) + 0.1 * randn(batch, num_frames, 4, 4),
        "text": randn(batch, 7, TINY.text_dim),
        "timestep": torch.tensor([627.5], dtype=dtype),
    }
