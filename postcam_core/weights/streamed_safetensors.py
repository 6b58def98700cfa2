"""A safetensors file written tensor by tensor.

``safetensors.torch.save_file`` wants all tensors in memory at once, cannot be cancelled and reports no progress;
the format is simple: the length of a JSON header (8 bytes, little-endian), the header padded with spaces, the
tensors' bytes in the header's order.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

import torch
from torch import Tensor

_DTYPE_NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A tensor to be written.

    Attributes:
        shape: Its shape.
        dtype: What it is stored in, a floating-point dtype.
        read: Gives the tensor, in this shape and dtype.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[], Tensor]

    @property
    def num_bytes(self) -> int:
        """Size in the file."""
        return math.prod(self.shape) * self.dtype.itemsize


def can_store(dtype: torch.dtype) -> bool:
    """Whether weights of this dtype can be written."""
    return dtype in _DTYPE_NAMES


def write_safetensors(
    file: BinaryIO, entries: Mapping[str, Entry], metadata: Mapping[str, str]
) -> Iterable[int]:
    """Write the file; yields after each tensor how many bytes it took, and does nothing until iterated."""
    # Wide dtypes first, so that every tensor starts at a multiple of its item size.
    ordered = sorted(entries.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    file.write(_header(ordered, metadata))
    for _, entry in ordered:
        tensor = entry.read().contiguous()
        # Before viewing as bytes: a scalar has no dimension to split.
        file.write(tensor.reshape(-1).view(torch.uint8).numpy())
        yield entry.num_bytes


def _header(ordered: list[tuple[str, Entry]], metadata: Mapping[str, str]) -> bytes:
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    start = 0
    for name, entry in ordered:
        end = start + entry.num_bytes
        header[name] = {
            "dtype": _DTYPE_NAMES[entry.dtype],
            "shape": list(entry.shape),
            "data_offsets": [start, end],
        }
        start = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
