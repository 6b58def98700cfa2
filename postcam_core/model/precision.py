"""Where the model leaves its own dtype: positions, timesteps, modulation."""

import torch


def wide_dtype(dtype: torch.dtype) -> torch.dtype:
    """Dtype for rotations and modulation: float32, or the model's own if that is wider."""
    return torch.promote_types(dtype, torch.float32)


def exact_dtype(device: torch.device) -> torch.dtype:
    """Dtype for angles up to 1000 rad, whose float32 rounding would already show; Metal has no float64."""
    return torch.float32 if device.type == "mps" else torch.float64
