"""One step: how far off the model is on a batch, and a little less far afterwards."""

from contextlib import nullcontext

import torch
from jaxtyping import Float
from torch import Tensor

from .batches import Batch
from .checkpoints import Trained
from .flow_matching import noisy_latents, timestep_weights, velocity_losses
from .recipes import Recipe
from .workers import Workers


def take_step(
    trained: Trained,
    micro_batches: list[Batch],
    recipe: Recipe,
    workers: Workers,
    *,
    step: int,
    rate: float,
) -> Float[Tensor, "2"]:
    """Change the weights once.

    Args:
        trained: What changes.
        micro_batches: This process's share of the step's samples.
        recipe: Of the run.
        workers: The processes.
        step: From 0.
        rate: Learning rate.

    Returns:
        The mean loss over the whole batch, and the norm of its gradient.
    """
    total = torch.zeros((), device=workers.device)
    for index, batch in enumerate(micro_batches):
        is_last = index == len(micro_batches) - 1
        with nullcontext() if is_last else workers.without_exchange(trained.model):
            loss = _loss(trained, batch.to(workers.device), recipe) / recipe.batch_size
            # Processes take the mean of their gradients; the batch's is the sum of its samples' shares.
            (loss * workers.num_processes).backward()
        total += loss.detach()
    limit = float("inf") if recipe.max_grad_norm is None else recipe.max_grad_norm
    norm = torch.nn.utils.clip_grad_norm_(trained.parameters, limit)
    for group in trained.optimizer.param_groups:
        group["lr"] = rate
    trained.optimizer.step()
    trained.optimizer.zero_grad()
    if trained.average is not None:
        trained.average.update(step)
    whole_norm = norm.full_tensor() if hasattr(norm, "full_tensor") else norm
    return torch.stack([workers.total(total), whole_norm])


def autocast(recipe: Recipe, device: torch.device) -> torch.autocast:
    """What the model computes in: bfloat16 where the recipe says so, from weights in float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bf16")


def _loss(trained: Trained, batch: Batch, recipe: Recipe) -> Tensor:
    """Sum of the samples' weighted losses."""
    with autocast(recipe, batch.target.device):
        velocity = trained.model(
            noisy_latents(batch.target, batch.noise, batch.sigmas),
            source_latents=batch.source,
            guide_latents=batch.guide,
            camera_w2c=batch.camera_w2c,
            text=batch.text,
            timestep=1000 * batch.sigmas,
        )
    losses = velocity_losses(velocity, batch.target, batch.noise)
    return (losses * timestep_weights(batch.sigmas, recipe.timestep_weighting, recipe.shift)).sum()
