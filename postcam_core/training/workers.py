"""The processes that train together, and how the model is spread over them: from outside the model."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..model import PostCamTransformer
from .recipes import Recipe


class Workers:
    """This process among those that ``accelerate launch`` or ``torchrun`` started; alone without them.

    Args:
        recipe: Of the run.
        is_sharded: Spread weights, gradients and optimizer over the processes (FSDP2) instead of giving each
            all of them (DDP).
    """

    def __init__(self, recipe: Recipe, *, is_sharded: bool) -> None:
        # A step without guide leaves the guide's keys and values without gradients.
        ddp = DistributedDataParallelKwargs(
            find_unused_parameters=recipe.stage == 2 and recipe.guide_dropout > 0
        )
        # Precision is the recipe's business, not the launcher's: autocast is entered around the forward pass.
        self._accelerator = Accelerator(mixed_precision="no", kwargs_handlers=[ddp])
        self._recipe = recipe
        self.is_sharded = is_sharded and self.num_processes > 1

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        return self._accelerator.device

    @property
    def rank(self) -> int:
        """Number of this process."""
        return self._accelerator.process_index

    @property
    def num_processes(self) -> int:
        """How many there are."""
        return self._accelerator.num_processes

    @property
    def is_main(self) -> bool:
        """Whether this process writes the files."""
        return self._accelerator.is_main_process

    def spread(self, model: PostCamTransformer) -> nn.Module:
        """The model spread over the processes, its blocks recomputed if the recipe says so."""
        if self._recipe.gradient_checkpointing:
            for block in model.blocks:
                block.forward = partial(
                    checkpoint, block.forward, use_reentrant=False, preserve_rng_state=False
                )
        return _sharded(model) if self.is_sharded else self._accelerator.prepare_model(model)

    def unwrapped(self, model: nn.Module) -> PostCamTransformer:
        """The model itself."""
        return self._accelerator.unwrap_model(model)

    @contextmanager
    def without_exchange(self, model: nn.Module) -> Iterator[None]:
        """Gradients stay in this process within this block: more are to come."""
        if self.is_sharded:
            model.set_requires_gradient_sync(False)
            yield
            model.set_requires_gradient_sync(True)
        else:
            with self._accelerator.no_sync(model):
                yield

    def total(self, value: Tensor) -> Tensor:
        """The sum over the processes."""
        return self._accelerator.reduce(value) if self.num_processes > 1 else value

    def agreed(self, reason: str | None) -> str | None:
        """Why to stop, if any process has a reason to: all stop after the same step."""
        if self.num_processes == 1:
            return reason
        reasons: list[str | None] = [None] * self.num_processes
        torch.distributed.all_gather_object(reasons, reason)
        return next((reason for reason in reasons if reason is not None), None)

    def union(self, values: Mapping[int, str]) -> dict[int, str]:
        """What any process knows."""
        if self.num_processes == 1:
            return dict(values)
        parts: list[Mapping[int, str] | None] = [None] * self.num_processes
        torch.distributed.all_gather_object(parts, dict(values))
        return {key: text for part in parts for key, text in (part or {}).items()}

    def wait(self) -> None:
        """Until all are here."""
        self._accelerator.wait_for_everyone()


def _sharded(model: PostCamTransformer) -> nn.Module:
    from torch.distributed.fsdp import fully_shard

    # Units of their own are those that are used through their forward alone. The attentions to pose, guide and
    # text give out keys and values beside it, so they belong to the whole model's unit.
    for block in model.blocks:
        for part in (block.self_attn, block.ffn):
            fully_shard(part)
    return fully_shard(model)
