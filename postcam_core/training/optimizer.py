"""AdamW and its learning rate, which depends on the step alone."""

import math

import torch
from torch import nn

from .recipes import Recipe

_FUSED_DEVICES = ("cuda", "cpu", "xpu", "mps")


def make_optimizer(parameters: list[nn.Parameter], recipe: Recipe, *, is_sharded: bool) -> torch.optim.AdamW:
    """AdamW for the trained parameters, in one kernel where the device has one."""
    # The CPU's kernel does not know sharded parameters.
    has_kernel = parameters[0].device.type in _FUSED_DEVICES
    return torch.optim.AdamW(
        parameters,
        lr=recipe.learning_rate,
        betas=recipe.betas,
        weight_decay=recipe.weight_decay,
        fused=has_kernel and not (is_sharded and parameters[0].device.type == "cpu"),
    )


def learning_rate(recipe: Recipe, step: int) -> float:
    """The learning rate of step 0, 1, …"""
    if step < recipe.warmup_steps:
        return recipe.learning_rate * (step + 1) / recipe.warmup_steps
    if recipe.decay == "constant":
        return recipe.learning_rate
    done = (step - recipe.warmup_steps) / max(1, recipe.num_steps - recipe.warmup_steps)
    return recipe.learning_rate * (1 + math.cos(math.pi * done)) / 2
