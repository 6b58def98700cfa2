"""Classifier-free guidance: away from what the negative text would give."""

from jaxtyping import Float
from torch import Tensor

from ..model import Conditions, PostCamTransformer


def guided_velocity(
    model: PostCamTransformer,
    latents: Float[Tensor, "batch channel frame height width"],
    timestep: Float[Tensor, "1"],
    conditions: Conditions,
    cfg_scale: float,
) -> Float[Tensor, "batch channel frame height width"]:
    """Velocity of the latents, guided if the conditions hold two branches (positive text, then negative).

    Both branches see the same source, guide and poses, and run as one batch.

    Source:
        Ho & Salimans (arXiv 2207.12598), eq. 6; ``WanVideoReCamMasterPipeline`` of the released code.
    """
    rows = latents.to(model.dtype).repeat(conditions.num_branches, 1, 1, 1, 1)
    velocity = model.velocity(rows, timestep, conditions).to(latents.dtype)
    if conditions.num_branches == 1:
        return velocity
    positive, negative = velocity.chunk(2)
    return negative + cfg_scale * (positive - negative)
