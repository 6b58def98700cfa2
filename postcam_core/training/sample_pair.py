"""Asking a model to make a pair's target, and showing what it made."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..evaluation.contact_sheet import contact_sheet
from ..model import PostCamTransformer
from ..sampling import denoise
from .batches import words_of
from .data.pairs import LatentPair
from .loop import SampleFn
from .randomness import keyed_generator
from .recipes import Recipe

DecodeFn: TypeAlias = Callable[[Tensor], Tensor]
"""Latents [channel, frame, height, width] → video [frame, 3, height, width] in [-1, 1]."""

_NUM_STEPS = 8


def pair_conditions(pair: LatentPair, recipe: Recipe, device: torch.device) -> dict[str, Any]:
    """A pair's conditions as the model takes them; no guide in stage 1."""
    guide = pair.guide if recipe.stage == 2 else None
    return {
        "source_latents": pair.source[None].float().to(device),
        "guide_latents": None if guide is None else guide[None].float().to(device),
        "camera_w2c": pair.camera_w2c[None].float().to(device),
        "text": words_of(pair, recipe)[None].to(device),
    }


def sample_pair(
    model: PostCamTransformer,
    pair: LatentPair,
    recipe: Recipe,
    noise: Float[Tensor, "1 channel frame height width"],
) -> Float[Tensor, "channel frame height width"]:
    """Make the target from noise in a few steps."""
    conditions = pair_conditions(pair, recipe, noise.device)
    positive = conditions.pop("text")
    return denoise(model, noise, **conditions, positive=positive, num_steps=_NUM_STEPS, shift=recipe.shift)[0]


def strip_sampler(pair: LatentPair, recipe: Recipe, decode: DecodeFn) -> SampleFn:
    """A sampler for :func:`.loop.train`: source, what the model makes of it, and the truth, a few frames of each."""
    shape = (1, *recipe.latent_size)
    noise = torch.randn(shape, generator=keyed_generator(recipe.seed, "sample strip", 0))

    def draw(model: PostCamTransformer, step: int) -> np.ndarray:
        device = next(model.parameters()).device
        made = sample_pair(model, pair, recipe, noise.to(device))
        rows = {"source": pair.source, "made": made, "target": pair.target}
        videos = {name: decode(latents.to(device)) for name, latents in rows.items()}
        return contact_sheet(videos, title=f"{pair.name}, step {step}")

    return draw
