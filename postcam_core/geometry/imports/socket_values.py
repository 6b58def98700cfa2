"""Tensors out of the dictionaries that travel on ComfyUI's geometry sockets."""

from typing import Any

import torch
from torch import Tensor

from ...errors import GeometryError


def socket_tensor(packet: Any, key: str, *, shape: tuple[int | None, ...], socket: str) -> Tensor:
    """One tensor of the dictionary, on the CPU.

    Args:
        packet: What came over the socket.
        key: Name of the tensor.
        shape: What it must have; None stands for any number from 1 on.
        socket: Name of the socket, for the message.

    Raises:
        GeometryError: If it is missing, no tensor, or of another shape.
    """
    value = packet.get(key) if isinstance(packet, dict) else packet
    is_fit = isinstance(value, Tensor) and value.ndim == len(shape) and 0 not in value.shape
    if not is_fit or any(want not in (None, have) for want, have in zip(shape, value.shape, strict=True)):
        wanted = " × ".join("n" if size is None else str(size) for size in shape)
        raise GeometryError(
            f"{socket}[{key!r}]",
            expected=f"a tensor of {wanted}",
            got=f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__,
            todo="Connect the output of ComfyUI's own inference node.",
        )
    return value.detach().cpu()


def still_camera(num_frames: int, *, is_static: bool, socket: str, todo: str) -> Tensor:
    """Identity poses, if that is what the caller says.

    Raises:
        GeometryError: If there are several frames and nobody says that the camera stands still.
    """
    if num_frames > 1 and not is_static:
        raise GeometryError(
            f"poses on {socket}",
            expected="one camera per frame, or a camera said to stand still",
            got=f"no poses for {num_frames} frames",
            todo=todo,
        )
    return torch.eye(4, dtype=torch.float64).repeat(num_frames, 1, 1)
