"""What a run spends its time and memory on."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from ..progress import ProgressFn, no_progress


@dataclass(frozen=True, kw_only=True)
class StageCost:
    """One stage of a run.

    Attributes:
        name: Of the stage.
        seconds: That it took.
        peak_mib: The most memory that the process had held until the stage ended, itself included; None where
            the system does not tell.
        gpu_peak_mib: The most that tensors took on the GPU during the stage; None without one.
    """

    name: str
    seconds: float
    peak_mib: float | None
    gpu_peak_mib: float | None


class Stages:
    """Times the stages of a run and hands each its progress callback.

    Args:
        progress_of: From a stage's name to the callback.
    """

    def __init__(self, progress_of: Callable[[str], ProgressFn] = lambda name: no_progress) -> None:
        self._progress_of = progress_of
        self.costs: list[StageCost] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[ProgressFn]:
        """Time what happens inside the ``with`` block."""
        has_gpu = torch.cuda.is_available()
        if has_gpu:
            torch.cuda.reset_peak_memory_stats()
        start_s = time.perf_counter()
        yield self._progress_of(name)
        if has_gpu:
            torch.cuda.synchronize()
        self.costs.append(
            StageCost(
                name=name,
                seconds=round(time.perf_counter() - start_s, 3),
                peak_mib=peak_mib(),
                gpu_peak_mib=torch.cuda.max_memory_allocated() / 2**20 if has_gpu else None,
            )
        )


def peak_mib() -> float | None:
    """The most memory that this process has held so far; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
