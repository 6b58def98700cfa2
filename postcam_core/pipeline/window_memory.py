"""Whether a window fits into the memory that is free, told before any work is done."""

import torch

from ..errors import ShapeError
from ..model import PostCamConfig

# What a block holds at its peak per token, in numbers: so many times its width, and both sides of the feed-forward
# network's activation. Measured on a CPU at widths 256 and 1536: within a quarter, in bfloat16 and float32.
_WIDTHS, _FFN_WIDTHS = 10, 2


def window_bytes(config: PostCamConfig, *, num_tokens: int, dtype: torch.dtype) -> int:
    """Memory of one pass over a window, about, beside the weights.

    Args:
        config: Sizes of the model.
        num_tokens: Of target and source, once for each branch of guidance, and of the guide, which they share.
        dtype: What is computed in.
    """
    return num_tokens * (_WIDTHS * config.dim + _FFN_WIDTHS * config.ffn_dim) * dtype.itemsize


def check_window_fits(num_bytes: int, *, num_latent_frames: int, free_bytes: int) -> None:
    """Refuse a window that needs more memory than there is, naming the largest that does not.

    Raises:
        ShapeError: With both numbers, and what to do.
    """
    if num_bytes <= free_bytes:
        return
    largest = free_bytes * num_latent_frames // num_bytes
    advice = (
        f"The largest window that fits has {4 * largest - 3} frames (--window {4 * largest - 3})."
        if largest > 1
        else "Not even a window of 5 frames fits: choose a smaller size, or free memory."
    )
    raise ShapeError(
        f"window of {4 * num_latent_frames - 3} frames",
        expected=f"at most the {free_bytes / 2**30:.2f} GiB that are free",
        got=f"a need of about {num_bytes / 2**30:.2f} GiB",
        todo=advice,
    )


def free_bytes(device: torch.device) -> int:
    """Memory that is free on a device."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    import psutil

    return psutil.virtual_memory().available
