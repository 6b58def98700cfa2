"""Stopping between two steps when the system or the user asks for it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Whether somebody wants the run to stop, and who."""

    def __init__(self) -> None:
        self.reason: str | None = None


@contextmanager
def stop_on_signal() -> Iterator[StopRequest]:
    """Turn SIGTERM and SIGINT into a request within this block; a second signal ends the process as usual.

    Outside the main thread, where Python delivers no signals, the request never comes.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def note(number: int, _: FrameType | None) -> None:
        request.reason = signal.Signals(number).name
        restore()

    for number in previous:
        signal.signal(number, note)
    try:
        yield request
    finally:
        restore()
