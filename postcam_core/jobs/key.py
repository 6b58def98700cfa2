"""What a result is made from, as a hash: equal keys are equal results, and any change is another key."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from ..weights.checksum import sha256_of
from .tasks import BatchItem, ClipOptions

# Raise it when the same settings give other results than before: what is done is then made again.
_VERSION = 1


class Hasher:
    """SHA-256 of files, each read once however many lines of a manifest name it."""

    def __init__(self) -> None:
        self._of_file = cache(sha256_of)

    def clip_key(self, item: BatchItem, weights: Mapping[str, str]) -> str:
        """Of a clip as it is read, with its geometry: what all its moves may share.

        Args:
            item: A line of the manifest with that clip.
            weights: What identifies the models. The transformer counts where it decides the size.
        """
        values = {
            "version": _VERSION,
            "clip": self._of_file(item.clip),
            "options": self._clip_options(item.clip_options),
        }
        if item.clip_options.size is None:
            values["model"] = weights.get("model")
        return _digest(values)

    def item_key(self, item: BatchItem, weights: Mapping[str, str]) -> str:
        """Of a result.

        Args:
            item: The line of the manifest. Its name does not count.
            weights: What identifies the models: their SHA-256, or their names on servers.
        """
        return _digest(
            {
                "clip": self.clip_key(item, weights),
                "trajectory": json.loads(item.trajectory),
                "model": asdict(item.model_options),
                "weights": dict(weights),
            }
        )

    def _clip_options(self, options: ClipOptions) -> dict[str, Any]:
        values = asdict(options)
        if options.geometry is not None:
            values |= {"geometry": self._of_file(options.geometry), "provider": None}
        return values


def _digest(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
