"""Checksums of files too large to read at once."""

import hashlib
from collections.abc import Callable
from pathlib import Path

_CHUNK_BYTES = 4 << 20


def sha256_of(path: Path, *, on_bytes: Callable[[int], None] | None = None) -> str:
    """SHA-256 of a file as 64 hex digits; ``on_bytes`` hears of every part read."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            if on_bytes is not None:
                on_bytes(len(chunk))
    return digest.hexdigest()
