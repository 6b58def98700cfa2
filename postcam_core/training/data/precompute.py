"""From takes to shards: every scene encoded once, in as many processes as wanted, to be continued at any time."""

import json
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from ...errors import CheckpointError, PostCamError
from ...progress import ProgressFn, no_progress
from ...whole_files import written_whole
from .pair_builder import PairBuilder
from .shards import FOLDER_FILE, VERSION, Shard, read_shard, shard_path, write_shard
from .takes import Take

_Job: TypeAlias = Callable[[int], Shard]


@dataclass(frozen=True, kw_only=True)
class Precomputed:
    """What a folder of shards holds when all is done.

    Attributes:
        num_scenes: Shards.
        num_made: Of these, how many this call made; the others were there.
        num_pairs: Pairs in all shards.
        broken: Name of each clip that could not be used → why.
    """

    num_scenes: int
    num_made: int
    num_pairs: int
    broken: dict[str, str]


def precompute(
    builder: PairBuilder,
    folder: str | Path,
    *,
    vae: str,
    geometry: str | None = None,
    text: str | None = None,
    num_workers: int = 0,
    progress: ProgressFn = no_progress,
) -> Precomputed:
    """Write a shard for each scene, and ``shards.json`` about them all; skip the shards that are there.

    A clip that cannot be used costs the pairs that need it. It is recorded with the reason, in its scene's
    shard and in ``shards.json``, and nothing takes its place. Delete a shard to have it made again.

    Args:
        builder: What is computed.
        folder: Where to. Shards of other settings are not overwritten.
        vae: What the encoder is, for the record: the file's SHA-256.
        geometry: What the provider of missing depth is, for the record.
        text: What the encoder of captions is, for the record.
        num_workers: Processes, each on one core, that share the scenes; 0 works in this one.
        progress: Called after each scene with scenes done and scenes in all; cancels by raising.

    Raises:
        CheckpointError: If the folder holds shards of other settings.
        PostCamError: If the number of processes is negative.
    """
    if num_workers < 0:
        raise PostCamError(
            "workers", expected="0 or more processes", got=f"{num_workers}", todo="0 works in this one."
        )
    folder = Path(folder)
    settings = _settings(builder, vae=vae, geometry=geometry, text=text)
    _claim(folder, settings)
    total, shards, missing = len(builder.takes), [], []
    for index in range(total):
        path = shard_path(folder, builder.takes.scene_name(index))
        shard = _present(path, builder.takes.scene_name(index), settings)
        if shard is None:
            missing.append(index)
        else:
            shards.append(shard)
    progress(len(shards), total)
    job = partial(_make, builder, folder, settings)
    with _mapped(job, missing, num_workers) as made:
        for shard in made:
            shards.append(shard)
            progress(len(shards), total)
    done = Precomputed(
        num_scenes=total,
        num_made=len(missing),
        num_pairs=sum(len(shard.pairs) for shard in shards),
        broken=dict(
            sorted((f"{shard.scene}/{name}", why) for shard in shards for name, why in shard.broken.items())
        ),
    )
    _write_json(
        folder / FOLDER_FILE,
        {
            "version": VERSION,
            "settings": settings,
            "num_scenes": done.num_scenes,
            "num_pairs": done.num_pairs,
            "num_broken": len(done.broken),
            "broken": done.broken,
        },
    )
    return done


def _settings(builder: PairBuilder, *, vae: str, geometry: str | None, text: str | None) -> dict[str, Any]:
    takes = builder.takes
    return {
        "clips": takes.description,
        "height": takes.height,
        "width": takes.width,
        "num_frames": takes.num_frames,
        **asdict(builder.settings),
        "vae": vae,
        "geometry": geometry,
        "text": text,
    }


def _claim(folder: Path, settings: dict[str, Any]) -> None:
    """Make the folder this settings', unless it is already that of others."""
    path = folder / FOLDER_FILE
    if not path.is_file():
        _write_json(path, {"version": VERSION, "settings": settings})
        return
    try:
        present = json.loads(path.read_text(encoding="utf-8"))["settings"]
        differing = [key for key in settings.keys() | present.keys() if settings.get(key) != present.get(key)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{path}",
            expected="the settings of the shards beside it",
            got=f"{error}"[:120],
            todo="Delete this one file: it is written anew.",
        ) from error
    if differing:
        key = min(differing)
        raise CheckpointError(
            f"{folder}",
            expected=f"shards with {key} = {settings.get(key)!r}",
            got=f"{present.get(key)!r}",
            todo="Choose another folder, or the settings of this one.",
        )


def _present(path: Path, scene: str, settings: dict[str, Any]) -> Shard | None:
    if not path.is_file():
        return None
    shard = read_shard(path)
    if shard.scene != scene or shard.settings != settings:
        raise CheckpointError(
            f"{path}",
            expected=f"the shard of {scene} with the settings of the folder",
            got=f"that of {shard.scene}" if shard.scene != scene else "other settings",
            todo="Choose another folder.",
        )
    return shard


def _make(builder: PairBuilder, folder: Path, settings: dict[str, Any], index: int) -> Shard:
    """Compute and write a scene's shard."""
    wanted, broken = builder.pair_names(index), {}
    takes, latents = _takes(builder, index, sorted({name for pair in wanted for name in pair}), broken)
    tensors, pairs = {"latents": torch.stack(list(latents.values()))} if latents else {}, []
    for name in sorted({source for source, _ in wanted} & takes.keys()):
        try:
            source = builder.source_take(takes[name])
        except PostCamError as error:
            broken[f"{name} as source"] = str(error)
            continue
        targets = [target for of, target in wanted if of == name and target in takes]
        pairs += [(name, target) for target in targets]
        for target in targets:
            guide = builder.guide(index, source, takes[target])
            if guide is not None:
                tensors[f"guide.{name}.{target}"] = guide
            tensors[f"camera_w2c.{name}.{target}"] = builder.camera_w2c(source, takes[target])
        text = builder.text(source)
        if text is not None:
            tensors[f"text.{name}"] = text
    scene = builder.takes.scene_name(index)
    shard = Shard(scene=scene, cameras=tuple(latents), pairs=tuple(pairs), broken=broken, settings=settings)
    write_shard(shard_path(folder, scene), shard, tensors)
    return shard


def _takes(
    builder: PairBuilder, index: int, names: Iterable[str], broken: dict[str, str]
) -> tuple[dict[str, Take], dict[str, Tensor]]:
    """The takes that can be used and their latents; the others go into ``broken``."""
    takes, latents = {}, {}
    for name in names:
        try:
            take = builder.takes.take(index, name)
        except (PostCamError, OSError) as error:
            broken[name] = str(error)
        else:
            takes[name], latents[name] = take, builder.latents(take.video)
    return takes, latents


@contextmanager
def _mapped(job: _Job, indices: list[int], num_workers: int) -> Iterator[Iterable[Shard]]:
    """The job's results as they come; whoever leaves early cancels what has not begun."""
    if num_workers == 0:
        yield map(job, indices)
        return
    # Not forked: a child of a process whose torch has threads can wait for them forever.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(num_workers, context, initializer=_start_worker, initargs=(job,)) as pool:
        try:
            yield (done.result() for done in as_completed([pool.submit(_work, index) for index in indices]))
        finally:
            pool.shutdown(cancel_futures=True)


_worker_job: _Job | None = None


def _start_worker(job: _Job) -> None:
    """Keep the job, and with it the VAE's weights, which would otherwise be sent with every scene."""
    global _worker_job
    _worker_job = job
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent says nothing: without this its workers would wait for more work forever."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _work(index: int) -> Shard:
    assert _worker_job is not None
    return _worker_job(index)


def _write_json(path: Path, document: dict[str, Any]) -> None:
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
