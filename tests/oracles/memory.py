"""How much memory an operation holds at once, counted in NumPy's and Python's own objects."""

import tracemalloc
from collections.abc import Callable


def peak_bytes(operation: Callable[[], object]) -> int:
    """The most that was held while it ran; tensors count where they are views of NumPy arrays."""
    tracemalloc.start()
    try:
        operation()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
