"""One attempt at a task inside a worker, its end told in a form that travels between processes."""

import errno
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

from ...errors import PostCamError
from ..tasks import Runner, Task

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_MAX_CHARACTERS = 4000


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How an attempt ended; without an error it was done."""

    error: str = ""
    is_disk_full: bool = False
    disk: str = ""


def attempt(runner: Runner, task: Task, folder: Path) -> Attempt:
    """Run a task and report."""
    try:
        runner(task, folder)
    except Exception as error:  # noqa: BLE001 - whatever a task raises is the task's, not the worker's
        return failed(error)
    return Attempt()


def failed(error: Exception) -> Attempt:
    """An attempt that an error ended."""
    return Attempt(error=describe(error), is_disk_full=_is_disk_full(error))


def describe(error: BaseException) -> str:
    """An error in words: bad input in one line, anything else with the place where it arose."""
    if isinstance(error, PostCamError):
        return f"{type(error).__name__}: {error}"
    return "".join(traceback.format_exception(error))[-_MAX_CHARACTERS:].strip()


def is_device_lost() -> bool:
    """Whether the GPU refuses this process everything from now on, as it does after a fault in a kernel."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return False
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return True
    return False


def _is_disk_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
