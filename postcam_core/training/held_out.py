"""How well a model does on pairs it was not trained on: fixed noise at fixed levels, the same for all models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Subset

from ..errors import BrokenClip, TrainingError
from ..evaluation.quality import psnr_db
from ..media.selection import uniform_indices
from ..model import PostCamTransformer
from .data.pairs import LatentPair, PairDataset
from .flow_matching import noisy_latents, velocity_losses
from .randomness import keyed_generator
from .recipes import Recipe
from .sample_pair import DecodeFn, pair_conditions, sample_pair
from .step import autocast

NOISE_LEVELS = (0.15, 0.4, 0.65, 0.9)
_SEED = 20_240_613


def split_by_scene(dataset: PairDataset, share: float) -> tuple[PairDataset, PairDataset]:
    """Pairs to train on and pairs to test with: about the last ``share`` of them, no scene in both.

    Raises:
        TrainingError: If all pairs are of one scene.
    """
    start = round(len(dataset) * (1 - share))
    while 0 < start < len(dataset) and _scene(dataset, start - 1) == _scene(dataset, start):
        start -= 1
    if not 0 < start < len(dataset):
        raise TrainingError(
            "data",
            expected="pairs of several scenes, so that some can be kept apart",
            got=f"{len(dataset)} pairs, which do not split",
            todo="Precompute more scenes.",
        )
    return Subset(dataset, range(start)), Subset(dataset, range(start, len(dataset)))


@dataclass(frozen=True, kw_only=True)
class HeldOutResult:
    """What a model achieves on held-out pairs.

    Attributes:
        losses: Mean squared error of the velocity at each of :data:`NOISE_LEVELS`.
        psnr_db: Of sampled videos against the truth, mean over the pairs; None if nothing decoded them.
        num_pairs: How many pairs were measured.
    """

    losses: tuple[float, ...]
    psnr_db: float | None
    num_pairs: int

    @property
    def loss(self) -> float:
        """Mean over the levels."""
        return sum(self.losses) / len(self.losses)


@torch.no_grad()
def measure(
    model: PostCamTransformer,
    dataset: PairDataset,
    recipe: Recipe,
    *,
    max_pairs: int = 50,
    decode: DecodeFn | None = None,
) -> HeldOutResult:
    """Ask the model about held-out pairs; a broken pair is left out.

    Args:
        model: On its device.
        dataset: The pairs.
        recipe: What the model was trained by: decides about guide, precision and shift.
        max_pairs: So many of them, evenly spread over the scenes, are measured.
        decode: Also sample each pair's target, and compare as videos.
    """
    device = next(model.parameters()).device
    losses, psnrs = [], []
    for index, pair in _usable(dataset, max_pairs):
        conditions = pair_conditions(pair, recipe, device)
        target = pair.target[None].float().to(device)
        noise = torch.randn(target.shape, generator=keyed_generator(_SEED, "held-out noise", index)).to(
            device
        )
        with autocast(recipe, device):
            losses.append([_loss(model, target, noise, level, conditions) for level in NOISE_LEVELS])
            if decode is not None:
                made = sample_pair(model, pair, recipe, noise)
                psnrs.append(psnr_db(decode(made), decode(target[0])))
    if not losses:
        raise TrainingError(
            "held-out data", expected="a usable pair", got="none", todo="Precompute more scenes."
        )
    return HeldOutResult(
        losses=tuple(torch.tensor(losses, dtype=torch.float64).mean(dim=0).tolist()),
        psnr_db=sum(psnrs) / len(psnrs) if psnrs else None,
        num_pairs=len(losses),
    )


def _usable(dataset: PairDataset, count: int) -> Iterator[tuple[int, LatentPair]]:
    if len(dataset) == 0:
        return
    for index in uniform_indices(len(dataset), min(count, len(dataset))):
        try:
            yield index, dataset[index]
        except BrokenClip:
            continue


def _loss(
    model: PostCamTransformer, target: Tensor, noise: Tensor, level: float, conditions: dict[str, Any]
) -> float:
    sigmas = torch.full((1,), level, device=target.device)
    velocity = model(noisy_latents(target, noise, sigmas), **conditions, timestep=1000 * sigmas)
    return velocity_losses(velocity, target, noise).item()


def _scene(dataset: PairDataset, index: int) -> str:
    return dataset[index].name.rsplit("/", 1)[0]
