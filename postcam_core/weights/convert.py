"""From the released checkpoint, or one under other names, to a file that ComfyUI recognises by itself."""

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from .. import __version__
from ..errors import CheckpointError
from ..model import GuideRope, PostCamConfig, PostCamTransformer
from ..progress import ProgressFn, no_progress
from ..whole_files import written_whole
from .architecture import check_tensors, require_postcam, settings_of
from .checksum import sha256_of
from .disk_space import require_space
from .files import Checkpoint, read_checkpoint
from .key_names import Naming
from .settings import TRAINING_KEY, ModelSettings, settings_metadata
from .streamed_safetensors import Entry, can_store, write_safetensors

StorageDtype: TypeAlias = Literal["fp32", "bf16", "fp16", "fp8_e4m3fn"]

_TORCH_DTYPES = {
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
    "fp8_e4m3fn": torch.float8_e4m3fn,
}


@dataclass(frozen=True, kw_only=True)
class ConversionReport:
    """What was written.

    Attributes:
        target: The new file.
        naming: What names the source used.
        settings: What the metadata now says about the model.
        num_tensors: How many tensors there are.
        num_parameters: How many numbers they hold.
        num_bytes: Size of the new file.
        num_tensors_by_dtype: How many tensors are stored in which dtype.
        source_sha256: Checksum of every source file by its name.
    """

    target: Path
    naming: Naming
    settings: ModelSettings
    num_tensors: int
    num_parameters: int
    num_bytes: int
    num_tensors_by_dtype: Mapping[str, int]
    source_sha256: Mapping[str, str]


def convert_checkpoint(
    source: str | Path,
    target: str | Path,
    *,
    dtype: StorageDtype | None = None,
    config: PostCamConfig | None = None,
    guide_rope: GuideRope | None = None,
    guide_scale: float | None = None,
    shift: float | None = None,
    overwrite: bool = False,
    progress: ProgressFn = no_progress,
) -> ConversionReport:
    """Write one ``.safetensors`` with the released names and the metadata that ComfyUI's own loader needs.

    Tensors are read, cast and written one at a time. The target appears when it is complete; of a conversion
    that failed nothing remains.

    Args:
        source: Anything that :func:`.files.read_checkpoint` reads.
        target: The file to write.
        dtype: What to store weights in; None keeps the source's. ``"fp8_e4m3fn"`` applies to the matrices of
            linear layers inside blocks alone, as a plain cast; all other tensors keep the source's dtype.
        config: Sizes, for sources that do not say them; None takes them from metadata or shapes.
        guide_rope: Guide positions to record; None keeps what the source says.
        guide_scale: Size of the guide relative to the source's to record; None likewise.
        shift: Shift of the schedule to record; None likewise.
        overwrite: Whether an existing target may be replaced.
        progress: Hears of bytes read and written.

    Raises:
        CheckpointError: If the source cannot be read or is no PostCam transformer, the target cannot be
            written, or a value does not fit the dtype.
    """
    source, target = Path(source), Path(target)
    _check_target(target, overwrite)
    checkpoint = read_checkpoint(source)
    settings = _settings(checkpoint, config, guide_rope, guide_scale, shift, what=f"{source}")
    with torch.device("meta"):
        model = PostCamTransformer(settings.config)
    check_tensors(checkpoint.tensors, model, what=f"{source}")
    entries = {key: _entry(key, tensor, dtype) for key, tensor in checkpoint.tensors.items()}
    num_bytes = sum(entry.num_bytes for entry in entries.values())
    require_space(target.parent, num_bytes)

    meter = _Meter(progress, total=num_bytes + sum(file.stat().st_size for file in checkpoint.files))
    checksums = {file.name: sha256_of(file, on_bytes=meter.add) for file in checkpoint.files}
    metadata = {
        **settings_metadata(settings),
        "dtype": dtype or "as in the source",
        "source": json.dumps(checksums),
        "postcam_version": __version__,
        **{key: text for key, text in checkpoint.metadata.items() if key == TRAINING_KEY},
    }
    try:
        with written_whole(target) as temporary, temporary.open("xb") as file:
            for written in write_safetensors(file, entries, metadata):
                meter.add(written)
            # On the disk before it takes its name: gigabytes linger in the page cache.
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CheckpointError(
            f"{target}",
            expected="a place that can be written to",
            got=error.strerror or str(error),
            todo="Free some space or choose another folder. Nothing was left behind.",
        ) from error
    return ConversionReport(
        target=target,
        naming=checkpoint.naming,
        settings=settings,
        num_tensors=len(entries),
        num_parameters=sum(tensor.numel() for tensor in checkpoint.tensors.values()),
        num_bytes=target.stat().st_size,
        num_tensors_by_dtype=Counter(str(e.dtype).removeprefix("torch.") for e in entries.values()),
        source_sha256=checksums,
    )


class _Meter:
    """Adds up steps of unequal size for a progress callback."""

    def __init__(self, progress: ProgressFn, *, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, num_bytes: int) -> None:
        self._done += num_bytes
        self._progress(self._done, self._total)


def _check_target(target: Path, overwrite: bool) -> None:
    if target.suffix != ".safetensors":
        raise CheckpointError(
            f"{target}",
            expected="a name that ends in .safetensors",
            got=target.suffix or "no suffix",
            todo="Name the target so.",
        )
    if target.exists() and not (overwrite and target.is_file()):
        raise CheckpointError(
            f"{target}",
            expected="a name that is free",
            got="an existing file" if target.is_file() else "a folder",
            todo="Choose another name, or ask to overwrite (--force).",
        )


def _settings(
    checkpoint: Checkpoint,
    config: PostCamConfig | None,
    guide_rope: GuideRope | None,
    guide_scale: float | None,
    shift: float | None,
    *,
    what: str,
) -> ModelSettings:
    if config is None:
        settings = settings_of(checkpoint, what=what)
    else:
        require_postcam(checkpoint.tensors, what=what)
        settings = ModelSettings(config=config)
    if guide_rope is not None:
        settings = replace(settings, config=replace(settings.config, guide_rope=guide_rope))
    changes = {"guide_scale": guide_scale, "shift": shift}
    return replace(settings, **{key: value for key, value in changes.items() if value is not None})


def _entry(key: str, tensor: Tensor, dtype: StorageDtype | None) -> Entry:
    is_kept = dtype is None or (dtype == "fp8_e4m3fn" and not _is_block_matrix(key, tensor))
    stored = tensor.dtype if is_kept else _TORCH_DTYPES[dtype]
    if not can_store(stored):
        raise CheckpointError(
            key,
            expected="floating-point weights",
            got=f"{stored}",
            todo="Packed or quantised files cannot be converted; use the original.",
        )
    return Entry(shape=tuple(tensor.shape), dtype=stored, read=lambda: _cast(key, tensor, stored))


def _is_block_matrix(key: str, tensor: Tensor) -> bool:
    return key.startswith("blocks.") and key.endswith(".weight") and tensor.ndim == 2


def _cast(key: str, tensor: Tensor, dtype: torch.dtype) -> Tensor:
    if torch.finfo(dtype).max < torch.finfo(tensor.dtype).max:
        largest, limit = tensor.float().abs().max().item(), torch.finfo(dtype).max
        if not largest <= limit:  # NaN is not within the limit either
            raise CheckpointError(
                key,
                expected=f"values within ±{limit:g}, the largest of {str(dtype).removeprefix('torch.')}",
                got=f"{largest:g}",
                todo="Store these weights as bf16.",
            )
    return tensor.to(dtype)
