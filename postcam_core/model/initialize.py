"""Weights of a model that is trained from scratch."""

import torch
from torch import nn

from .transformer import PostCamTransformer


@torch.no_grad()
def initialize(model: PostCamTransformer, *, seed: int) -> None:
    """Fill a new model (made with torch.nn layers) with starting weights, in place.

    The projector of every block starts at zero: pose and guide have no say until training gives them one.
    So does the head, whose first velocity is then zero.

    Source:
        arXiv 2511.17185 (projector); ``WanModel.init_weights`` of Wan 2.1 (all else).
    """
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        _initialize_one(name, parameter, model.config.dim, generator)


def _initialize_one(name: str, parameter: nn.Parameter, dim: int, generator: torch.Generator) -> None:
    if ".projector." in name or name.startswith("head.head."):
        nn.init.zeros_(parameter)
    elif name.endswith("modulation"):
        nn.init.normal_(parameter, std=dim**-0.5, generator=generator)
    elif name.endswith("bias"):
        nn.init.zeros_(parameter)
    elif parameter.ndim == 1:
        nn.init.ones_(parameter)
    elif name.startswith(("text_embedding.", "time_embedding.")):
        nn.init.normal_(parameter, std=0.02, generator=generator)
    else:
        nn.init.xavier_uniform_(parameter.flatten(1), generator=generator)
