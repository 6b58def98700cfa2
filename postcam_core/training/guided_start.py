"""A model without a pretrained backbone that starts by showing its guide, and learns from there what is better.

From random weights a small model needs most of a short training to find out that a guide token belongs to the
target token at the same place. Here it knows from the start: in the first block one head's queries and keys are
constant, so that only positions decide, and it copies the guide's latents into channels of their own. The head
returns the velocity that leads from the noisy latents to that copy.

Every norm of the model divides by the length of all channels. Channels that are constant and long keep this
division nearly the same for all tokens, so that values pass through as they are.
"""

import math

import torch

from ..errors import ShapeError
from ..model import PostCamTransformer

# Of every constant channel; the latents' own channels have about unit variance.
_CONSTANT = 3.0
# Queries and keys so long that a neighbour weighs a hundredth of the token at the same place.
_SHARPNESS = 6.0
# Of each axis only the fastest rotations tell neighbours apart; the slow ones would add the same to all products.
_PAIRS_PER_AXIS = 6
# The other heads' queries and keys count towards the same norm; small, they do not sway it.
_OTHER_HEADS = 0.25


@torch.no_grad()
def start_from_guide(model: PostCamTransformer) -> None:
    """Change a freshly initialised model so that its first result is the guide, in place.

    Channels: the token's own patch of latents, the guide's, free ones, constant ones: a quarter each.

    Raises:
        ShapeError: If a quarter of the channels, or one head, cannot hold a patch of latents.
    """
    config = model.config
    size = config.in_dim * math.prod(config.patch_size)
    if 4 * size > config.dim or config.head_dim < size:
        raise ShapeError(
            "model",
            expected=f"at least {4 * size} channels and heads of at least {size}",
            got=f"{config.dim} channels and heads of {config.head_dim}",
            todo="Start this model from random weights.",
        )
    own, copy, constant = slice(0, size), slice(size, 2 * size), slice(config.dim - size, None)
    identity = torch.eye(size)

    embedding = model.patch_embedding
    embedding.weight.zero_()
    embedding.weight[own] = identity.view(-1, *embedding.weight.shape[1:])
    embedding.bias[constant] = _CONSTANT * (1 - 2 * (torch.arange(size) % 2)).float()

    head_dim, witness, projector = config.head_dim, model.blocks[0].cross_attn_cam, model.blocks[0].projector
    fast = _fast_channels(head_dim)
    length = math.sqrt(len(fast) / config.dim)
    for linear, norm in ((witness.q, witness.norm_q), (witness.k_render, witness.norm_k)):
        linear.weight[:head_dim] = 0
        linear.weight[head_dim:] *= _OTHER_HEADS
        linear.bias[fast] = 1
        norm.weight[:head_dim] = _SHARPNESS * length
        norm.weight[head_dim:] = length / _OTHER_HEADS
    witness.v_render.weight[:head_dim] = 0
    witness.v_render.weight[own, own] = identity
    witness.o.weight[:, :head_dim] = 0
    witness.o.weight[own] = 0
    witness.o.weight[own, own] = identity
    projector.weight[copy, own] = identity * _length(size, config.dim, num_parts=1)

    # The patch embedding reads a patch channel by channel, the head writes it position by position.
    order = torch.arange(size).view(config.in_dim, -1).T.flatten()
    scale = _length(size, config.dim, num_parts=2)
    model.head.head.weight[:, own] = scale * identity[order]
    model.head.head.weight[:, copy] = -scale * identity[order]


def _fast_channels(head_dim: int) -> list[int]:
    """Channels of a head whose pairs turn fastest with the frame, the row and the column; see :mod:`..model.rope`."""
    shared = 2 * (head_dim // 6)
    starts = (0, head_dim - 2 * shared, head_dim - shared)
    return [start + i for start in starts for i in range(2 * _PAIRS_PER_AXIS)]


def _length(size: int, dim: int, *, num_parts: int) -> float:
    """What a norm divides tokens by that hold the constant and some parts of unit variance."""
    return math.sqrt(size * (_CONSTANT**2 + num_parts) / dim)
