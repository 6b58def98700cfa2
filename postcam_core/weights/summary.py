"""What a weights file is, without loading it into a model."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .architecture import other_architecture, settings_of
from .files import Checkpoint, read_checkpoint
from .key_names import Naming
from .settings import ModelSettings, names_model_type

_POSTCAM = "PostCam"


@dataclass(frozen=True, kw_only=True)
class CheckpointSummary:
    """A weights file in short.

    Attributes:
        architecture: Whose weights these are, in words.
        settings: Sizes and recorded use of a PostCam model, None for others.
        is_recognised_by_comfyui: Whether ComfyUI's Load Diffusion Model takes it for PostCam by itself.
        naming: What names the tensors have.
        files: The files read.
        num_tensors: How many tensors there are.
        num_parameters: How many numbers they hold.
        num_tensors_by_dtype: How many tensors are stored in which dtype.
        metadata: The text stored beside the tensors.
    """

    architecture: str
    settings: ModelSettings | None
    is_recognised_by_comfyui: bool
    naming: Naming
    files: tuple[Path, ...]
    num_tensors: int
    num_parameters: int
    num_tensors_by_dtype: Mapping[str, int]
    metadata: Mapping[str, str]


def summarize_checkpoint(path: str | Path) -> CheckpointSummary:
    """Look into a weights file.

    Raises:
        CheckpointError: If it cannot be read, or is PostCam's and its sizes cannot be told.
    """
    path = Path(path)
    checkpoint = read_checkpoint(path)
    other = other_architecture(checkpoint.tensors)
    return CheckpointSummary(
        architecture=other or _POSTCAM,
        settings=None if other else settings_of(checkpoint, what=f"{path}"),
        is_recognised_by_comfyui=not other and _is_recognised(checkpoint),
        naming=checkpoint.naming,
        files=checkpoint.files,
        num_tensors=len(checkpoint.tensors),
        num_parameters=sum(tensor.numel() for tensor in checkpoint.tensors.values()),
        num_tensors_by_dtype=Counter(
            str(tensor.dtype).removeprefix("torch.") for tensor in checkpoint.tensors.values()
        ),
        metadata=checkpoint.metadata,
    )


def _is_recognised(checkpoint: Checkpoint) -> bool:
    naming = checkpoint.naming
    is_readable = len(checkpoint.files) == 1 and not naming.is_diffusers
    return is_readable and naming.prefix != "diffusion_model." and names_model_type(checkpoint.metadata)
