"""How long operations report progress and get cancelled.

A callback receives ``(done, total)`` after each step. To cancel, it raises; the exception passes through
the operation unchanged, so a host can use its own (ComfyUI's interrupt, for instance) and code without one
raises :class:`postcam_core.errors.OperationCancelled`.
"""

from collections.abc import Callable
from typing import TypeAlias

ProgressFn: TypeAlias = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Ignore the report: the default of every operation that takes a callback."""
