"""Precomputed pairs: one safetensors file per scene, read pair by pair."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ...errors import BrokenClip, CheckpointError
from ...whole_files import written_whole
from .pairs import LatentPair

VERSION = 1
FOLDER_FILE = "shards.json"
_METADATA_KEY = "postcam_shard"


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A scene's file: what it says about itself.

    Attributes:
        scene: Name of the scene.
        cameras: The rows of ``latents``.
        pairs: Source and target of its pairs, sorted.
        broken: Clips that could not be used → why.
        settings: What it was made with; the same in all shards of a folder.
    """

    scene: str
    cameras: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    broken: dict[str, str]
    settings: dict[str, Any]


def shard_path(folder: Path, scene: str) -> Path:
    """Where a scene's shard belongs."""
    return folder / f"{scene.replace('/', '-')}.safetensors"


def write_shard(path: Path, shard: Shard, tensors: dict[str, Tensor]) -> None:
    """Write a shard whole; the same content gives the same bytes."""
    described = {
        "version": VERSION,
        "scene": shard.scene,
        "cameras": shard.cameras,
        "pairs": shard.pairs,
        "broken": shard.broken,
        "settings": shard.settings,
    }
    with written_whole(path) as temporary:
        metadata = {_METADATA_KEY: json.dumps(described, sort_keys=True, ensure_ascii=False)}
        save_file({key: x.contiguous() for key, x in tensors.items()}, temporary, metadata)


def read_shard(path: Path) -> Shard:
    """Read a shard's description without its tensors.

    Raises:
        CheckpointError: If it is damaged or no shard.
    """
    try:
        with safe_open(path, framework="pt") as file:
            described = json.loads((file.metadata() or {})[_METADATA_KEY])
        if described["version"] != VERSION:
            raise ValueError(f"version {described['version']}")
        return Shard(
            scene=described["scene"],
            cameras=tuple(described["cameras"]),
            pairs=tuple((source, target) for source, target in described["pairs"]),
            broken=described["broken"],
            settings=described["settings"],
        )
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path}",
            expected=f"a shard of training pairs, version {VERSION}",
            got=f"{type(error).__name__}: {error}"[:200],
            todo="Delete the file and run precompute again: it makes what is missing.",
        ) from error


class ShardPairs:
    """All pairs of a folder of shards, sorted by scene, source and target; a map-style torch Dataset.

    Args:
        folder: What ``python -m postcam_core precompute`` wrote. Scenes that it has yet to write are missing.

    Attributes:
        settings: What all shards were made with.
        broken: Name of each clip that could not be used when the shards were made → why.

    Raises:
        CheckpointError: If there are no pairs, a shard is damaged, or shards of several settings are mixed.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        # A dot begins the name of what a killed run left half-written.
        self._paths = sorted(path for path in self.folder.glob("*.safetensors") if path.name[0] != ".")
        shards = [read_shard(path) for path in self._paths]
        self._shards = shards
        self._pairs = [(i, *pair) for i, shard in enumerate(shards) for pair in shard.pairs]
        if not self._pairs:
            raise CheckpointError(
                f"{self.folder}",
                expected="a folder with shards of training pairs",
                got=f"{len(shards)} shards without any pair",
                todo="Make them with python -m postcam_core precompute.",
            )
        self.settings = shards[0].settings
        self.broken = {f"{shard.scene}/{name}": why for shard in shards for name, why in shard.broken.items()}
        self._check_alike()

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self._pairs)

    def name(self, index: int) -> str:
        """Name of a pair without reading it."""
        shard, source, target = self._pairs[index]
        return pair_name(self._shards[shard].scene, source, target)

    def __getitem__(self, index: int) -> LatentPair:
        """Read one pair: float32, though stored in fewer digits.

        Raises:
            BrokenClip: If the shard was damaged or removed since the folder was opened.
        """
        number, source, target = self._pairs[index]
        path, cameras = self._paths[number], self._shards[number].cameras
        try:
            with safe_open(path, framework="pt") as file:
                keys, latents = set(file.keys()), file.get_slice("latents")

                def optional(key: str) -> Tensor | None:
                    return file.get_tensor(key).float() if key in keys else None

                return LatentPair(
                    target=latents[cameras.index(target)].float(),
                    source=latents[cameras.index(source)].float(),
                    guide=optional(f"guide.{source}.{target}"),
                    camera_w2c=file.get_tensor(f"camera_w2c.{source}.{target}"),
                    text=optional(f"text.{source}"),
                    name=self.name(index),
                )
        except (SafetensorError, OSError) as error:
            raise BrokenClip(
                self.name(index),
                expected=f"a readable shard {path.name}",
                got=f"{error}"[:200],
                todo="Delete the shard and run precompute again: it makes what is missing.",
            ) from error

    def _check_alike(self) -> None:
        for path, shard in zip(self._paths, self._shards, strict=True):
            differing = [key for key, value in self.settings.items() if shard.settings.get(key) != value]
            if differing:
                key = differing[0]
                raise CheckpointError(
                    f"{path}",
                    expected=f"{key} {self.settings[key]}, as in {self._paths[0].name}",
                    got=f"{shard.settings.get(key)}",
                    todo="Keep the shards of different settings in folders of their own.",
                )


def pair_name(scene: str, source: str, target: str) -> str:
    """How reports call a pair."""
    return f"{scene}/{source}-{target}"
