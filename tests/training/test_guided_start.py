"""The start of a model without backbone: what it returns first is its guide."""

import pytest
import torch

from postcam_core.errors import ShapeError
from postcam_core.model import PostCamConfig, PostCamTransformer, initialize
from postcam_core.training.guided_start import start_from_guide

CONFIG = PostCamConfig(
    dim=256, ffn_dim=256, num_heads=2, num_layers=2, text_dim=8, freq_dim=64, guide_rope="aligned"
)


def clean_estimate(model, guide, timestep):
    """The clip that the model expects, from latents that are noise alone."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(guide.shape, generator=generator)
    with torch.no_grad():
        velocity = model(
            noise,
            source_latents=torch.randn(guide.shape, generator=generator),
            guide_latents=guide,
            camera_w2c=torch.eye(4).expand(1, guide.shape[2], 4, 4),
            text=torch.zeros(1, 1, CONFIG.text_dim),
            timestep=torch.tensor([timestep]),
        )
    return noise - velocity


def test_the_first_result_is_the_guide():
    model = PostCamTransformer(CONFIG)
    initialize(model, seed=0)
    start_from_guide(model)
    guide = torch.randn(1, 16, 3, 8, 12, generator=torch.Generator().manual_seed(0))
    estimate = clean_estimate(model, guide, 1000.0)
    # Against the guide of another clip the same estimate is as far off as any.
    assert (estimate - guide).square().mean() < 0.3
    assert (estimate - guide.flip(2)).square().mean() > 1


def test_a_model_too_narrow_is_refused():
    model = PostCamTransformer(PostCamConfig(dim=128, ffn_dim=128, num_heads=1, num_layers=1, text_dim=8))
    with pytest.raises(ShapeError, match="256 channels"):
        start_from_guide(model)
