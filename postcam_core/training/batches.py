"""The samples of a step: a pure function of the recipe, the dataset and the step's number."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..errors import BrokenClip, TrainingError
from .condition_dropout import is_guide_dropped, is_pose_dropped
from .data.order import SampleOrder
from .data.pairs import LatentPair, PairDataset
from .flow_matching import shifted_sigmas
from .randomness import keyed_generator
from .recipes import Recipe

# What a recipe says about its data.
_DATA_FIELDS = ("height", "width", "num_frames", "guide_scale", "noisy_depth")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What passes through the model at once; attributes as in :class:`LatentPair`, and what is drawn for each."""

    target: Float[Tensor, "batch channel frame height width"]
    source: Float[Tensor, "batch channel frame height width"]
    guide: Float[Tensor, "batch channel frame guide_height guide_width"] | None
    camera_w2c: Float[Tensor, "batch frame 4 4"]
    text: Float[Tensor, "batch word text_dim"]
    noise: Float[Tensor, "batch channel frame height width"]
    sigmas: Float[Tensor, " batch"]

    def to(self, device: torch.device) -> "Batch":
        """The same on another device."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return Batch(**{name: None if x is None else x.to(device) for name, x in values.items()})


class Batches:
    """Reads the samples of each step, this process's share of them.

    Sample ``number`` of the run has its own place in the order, its own noise, noise level and dropout. If its
    pair is broken, the next usable one of the order takes its place; which pairs are broken is remembered so
    that they are not read twice, and does not change what is drawn.

    Args:
        recipe: Of the run.
        dataset: Pairs.
        broken: Why pairs known to be broken are, by index.
        rank: Number of this process.
        num_processes: How many share a step: sample ``i`` of a step is that of process ``i % num_processes``.

    Raises:
        TrainingError: If there are no pairs, or they cannot be shared evenly.
    """

    def __init__(
        self,
        recipe: Recipe,
        dataset: PairDataset,
        *,
        broken: dict[int, str] | None = None,
        rank: int = 0,
        num_processes: int = 1,
    ) -> None:
        if len(dataset) == 0:
            raise TrainingError(
                "data", expected="at least one pair", got="none", todo="Precompute some scenes."
            )
        if recipe.batch_size % num_processes:
            raise TrainingError(
                f"recipe {recipe.name}",
                expected=f"a batch_size that {num_processes} processes can share",
                got=f"{recipe.batch_size}",
                todo="Change the batch size or the number of processes.",
            )
        self.broken = dict(broken or {})
        self._recipe, self._dataset = recipe, dataset
        self._order = SampleOrder(len(dataset), seed=recipe.seed)
        self._rank, self._num_processes = rank, num_processes

    def of_step(self, step: int) -> list[Batch]:
        """The micro batches of step 0, 1, …

        Raises:
            TrainingError: If no pair is usable, or a pair does not fit the recipe.
        """
        recipe = self._recipe
        first = step * recipe.batch_size
        numbers = range(first + self._rank, first + recipe.batch_size, self._num_processes)
        has_guide = recipe.stage == 2 and not is_guide_dropped(recipe, step)
        size = min(recipe.micro_batch_size or len(numbers), len(numbers))
        return [
            self._batch(numbers[start : start + size], has_guide) for start in range(0, len(numbers), size)
        ]

    def pair(self, number: int) -> LatentPair:
        """The pair of sample ``number``, or what takes its place.

        Raises:
            TrainingError: If no pair is usable, or the pair does not fit the recipe.
        """
        for index in self._candidates(number):
            if index in self.broken:
                continue
            try:
                pair = self._dataset[index]
            except BrokenClip as error:
                self.broken[index] = str(error)
                continue
            _check(pair, self._recipe)
            return pair
        raise TrainingError(
            "data",
            expected="at least one usable pair",
            got=f"{len(self._dataset)} broken ones; the first: {next(iter(self.broken.values()))}",
            todo="Repair the data or precompute it again.",
        )

    def fingerprint(self) -> str:
        """Tells one dataset from another: how many pairs, and what the run's first one holds."""
        pair = self.pair(0)
        digest = hashlib.sha256()
        for tensor in (pair.target, pair.source, pair.camera_w2c):
            digest.update(tensor.float().contiguous().numpy().tobytes())
        return f"{len(self._dataset)} pairs, {pair.name}, {digest.hexdigest()[:16]}"

    def _candidates(self, number: int) -> Iterator[int]:
        # Two epochs hold every pair, wherever one starts.
        return (self._order.index(number + skip) for skip in range(2 * len(self._dataset)))

    def _batch(self, numbers: range, has_guide: bool) -> Batch:
        recipe = self._recipe
        pairs = [self._with_dropout(self.pair(number), number) for number in numbers]
        return Batch(
            target=_stack([pair.target for pair in pairs]),
            source=_stack([pair.source for pair in pairs]),
            guide=_stack([pair.guide for pair in pairs]) if has_guide else None,
            camera_w2c=_stack([pair.camera_w2c for pair in pairs]),
            text=pad_sequence([words_of(pair, recipe) for pair in pairs], batch_first=True),
            noise=torch.stack([_noise(recipe, number) for number in numbers]),
            sigmas=torch.stack([_sigma(recipe, number) for number in numbers]),
        )

    def _with_dropout(self, pair: LatentPair, number: int) -> LatentPair:
        if not is_pose_dropped(self._recipe, number):
            return pair
        return replace(pair, camera_w2c=torch.eye(4).expand_as(pair.camera_w2c))


def check_made_for(recipe: Recipe, settings: Mapping[str, Any], *, what: str) -> None:
    """Refuse shards that were made with other settings than a recipe says, before any is read.

    Args:
        recipe: Of the run.
        settings: Of the shards: :attr:`.data.shards.ShardPairs.settings`.
        what: The shards, for the message.

    Raises:
        TrainingError: Naming what differs.
    """
    differing = [name for name in _DATA_FIELDS if settings.get(name) != getattr(recipe, name)]
    if differing:
        changes = " ".join(f"--set {name}={settings.get(name)}" for name in differing)
        raise TrainingError(
            what,
            expected=", ".join(f"{name} {getattr(recipe, name)}" for name in differing)
            + f", as recipe {recipe.name} says",
            got=", ".join(f"{name} {settings.get(name)}" for name in differing),
            todo=f"Precompute the data with the recipe's values, or train with {changes}.",
        )


def _noise(recipe: Recipe, number: int) -> Tensor:
    return torch.randn(recipe.latent_size, generator=keyed_generator(recipe.seed, "noise", number))


def _sigma(recipe: Recipe, number: int) -> Tensor:
    uniform = torch.rand((), generator=keyed_generator(recipe.seed, "noise level", number))
    return shifted_sigmas(uniform, recipe.shift)


def words_of(pair: LatentPair, recipe: Recipe) -> Float[Tensor, "word text_dim"]:
    """A pair's text; a word of zeros stands for none."""
    return torch.zeros(1, recipe.model.text_dim) if pair.text is None else pair.text.float()


def _stack(tensors: list[Tensor]) -> Tensor:
    return torch.stack([tensor.float() for tensor in tensors])


def _check(pair: LatentPair, recipe: Recipe) -> None:
    if pair.target.shape != recipe.latent_size or pair.source.shape != recipe.latent_size:
        raise TrainingError(
            f"pair {pair.name}",
            expected=f"latents {recipe.latent_size}, as recipe {recipe.name} has",
            got=f"target {tuple(pair.target.shape)}, source {tuple(pair.source.shape)}",
            todo="Precompute the data at the recipe's size, or set height, width and num_frames to the data's.",
        )
    if pair.text is not None and pair.text.shape[-1] != recipe.model.text_dim:
        raise TrainingError(
            f"text of pair {pair.name}",
            expected=f"{recipe.model.text_dim} numbers per word, as the model of recipe {recipe.name} reads",
            got=f"{pair.text.shape[-1]}",
            todo="Encode the captions with the encoder that belongs to the model, or set model.text_dim.",
        )
    if recipe.stage == 2 and pair.guide is None:
        raise TrainingError(
            f"pair {pair.name}",
            expected="a guide, which stage 2 learns from",
            got="none",
            todo="Precompute the data with guides.",
        )
    if recipe.stage == 2 and any(
        abs(side - recipe.guide_scale * whole) >= 1
        for side, whole in zip(pair.guide.shape[2:], recipe.latent_size[2:], strict=True)
    ):
        raise TrainingError(
            f"pair {pair.name}",
            expected=f"a guide of {recipe.guide_scale:g} times the video's size",
            got=f"latents of {tuple(pair.guide.shape[2:])} beside {recipe.latent_size[2:]}",
            todo="Precompute the data with the recipe's guide_scale, or set guide_scale to the data's.",
        )
