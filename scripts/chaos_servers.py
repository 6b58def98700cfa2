"""Two ComfyUI servers that chaos may kill."""

import os
import random
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .host import ComfyHost, free_port, make_base_folder

if TYPE_CHECKING:
    from .chaos import Chaos


class Servers:
    """A context manager: they run within the block.

    Args:
        folder: For their base folders and logs.
        seed: Of the choice between them.
    """

    def __init__(self, folder: Path, *, seed: int) -> None:
        self._random = random.Random(seed)
        self._hosts = [
            ComfyHost(
                make_base_folder(folder / f"base{index}"),
                log=folder / f"server{index}.log",
                port=free_port(),
            )
            for index in range(2)
        ]

    def __enter__(self) -> "Servers":
        """Start both."""
        for host in self._hosts:
            host.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop both."""
        for host in self._hosts:
            host.__exit__()

    @property
    def urls(self) -> tuple[str, ...]:
        """Their addresses, which stay when they are started anew."""
        return tuple(host.url for host in self._hosts)

    def kill_one(self, chaos: "Chaos") -> bool:
        """Kill a server that has an item, and start it anew; returns whether there was one."""
        host = self._busy(chaos)
        if host is None:
            return False
        os.killpg(host.process_id, signal.SIGKILL)
        host.__enter__()
        return True

    def stop_and_start_one(self, chaos: "Chaos") -> None:
        """Stop a server that has an item as an administrator would, and start it after some seconds."""
        host = self._busy(chaos)
        if host is not None:
            host.__exit__()
            time.sleep(3)
            host.__enter__()
            print("  stopped a server and started it anew", flush=True)

    def _busy(self, chaos: "Chaos") -> ComfyHost | None:
        running = chaos.wait_for_running()
        if not running:
            return None
        url = self._random.choice(running).worker
        time.sleep(self._random.uniform(0, 0.2))
        return next(host for host in self._hosts if host.url == url)
