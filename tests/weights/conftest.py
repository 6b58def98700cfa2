import pytest
import torch
from torch import Tensor

from postcam_core.model import PostCamConfig, PostCamTransformer, initialize

# Heads of 128, as in Wan: all of it can be told from the shapes.
SMALL = PostCamConfig(dim=256, ffn_dim=64, num_heads=2, num_layers=2, text_dim=20, freq_dim=16)


@pytest.fixture(scope="session")
def small_config() -> PostCamConfig:
    return SMALL


@pytest.fixture(scope="session")
def weights() -> dict[str, Tensor]:
    """Of a small transformer, in bfloat16 as the released file."""
    model = PostCamTransformer(SMALL)
    initialize(model, seed=0)
    return {key: x.detach().bfloat16() for key, x in model.state_dict().items()}


@pytest.fixture(scope="session")
def names() -> list[str]:
    """Of all tensors of a model of the released size."""
    with torch.device("meta"):
        return list(PostCamTransformer(PostCamConfig()).state_dict())
