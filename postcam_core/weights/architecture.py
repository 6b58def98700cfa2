"""What the names and shapes in a file say about the model it belongs to."""

import math
from collections.abc import Collection, Mapping
from typing import Any

from torch import Tensor

from ..errors import CheckpointError
from ..model import PostCamConfig, PostCamTransformer
from .files import Checkpoint
from .key_names import num_blocks
from .settings import ModelSettings, stored_values

_WAN_HEAD_DIM = 128

_POSTCAM = "cross_attn_cam."
# A part of names that only this kind of file has, and what to call it; the first match counts.
_OTHER_MODELS = (
    (".lora_", "a LoRA, not a model"),
    ("blocks.0.cam_encoder.", "ReCamMaster (a camera encoder in every block, no query-shared attention)"),
    ("vace_blocks.", "Wan VACE (no query-shared attention)"),
    ("control_adapter.", "Wan Fun Camera (no query-shared attention)"),
    ("img_emb.", "Wan image-to-video (img_emb, no query-shared attention)"),
    ("condition_embedder.image_embedder.", "Wan image-to-video (image_embedder, no query-shared attention)"),
    ("blocks.0.self_attn.", "plain Wan (no camera encoder, no query-shared attention)"),
    ("SelfAttention.", "a T5 text encoder"),
    ("blocks.0.attn.q.", "a T5 text encoder"),
    ("decoder.middle.", "a video VAE"),
    ("decoder.mid_block.", "a VAE"),
)
_NUM_NAMED = 4


def other_architecture(names: Collection[str]) -> str | None:
    """None for PostCam's names; otherwise the nearest model known, in words.

    Args:
        names: Names of all tensors, in the released layout where they have one.
    """
    for part, words in ((_POSTCAM, None), *_OTHER_MODELS):
        if any(part in name for name in names):
            return words
    return "tensors of another model"


def settings_of(checkpoint: Checkpoint, *, what: str) -> ModelSettings:
    """The settings a file carries; what it does not say is taken from shapes, or is the released model's.

    Shapes say everything but the number of heads, the norms' epsilon and the guide's positions. Without
    metadata these are Wan's (heads of 128, 1e-6) and the released model's.

    Raises:
        CheckpointError: If the file is no PostCam transformer, shapes do not suffice, or metadata and shapes
            disagree.
    """
    require_postcam(checkpoint.tensors, what=what)
    stored = stored_values(checkpoint.metadata, what=what)
    sizes = _sizes(checkpoint.tensors, what)
    if differing := [key for key in sizes if stored.get(key, sizes[key]) != sizes[key]]:
        key = differing[0]
        raise CheckpointError(
            f"{what}: config in the metadata",
            expected=f"{key} {sizes[key]}, as the tensors have",
            got=f"{stored[key]}",
            todo="The file is incomplete or its metadata belongs to another; convert the checkpoint again.",
        )
    usage = {key: stored.pop(key) for key in ("guide_scale", "shift") if key in stored}
    if "num_heads" not in stored:
        stored["num_heads"] = _num_heads(sizes["dim"], what)
    return ModelSettings(config=PostCamConfig(**{**sizes, **stored}), **usage)


def require_postcam(names: Collection[str], *, what: str) -> None:
    """Refuse the files of other models by name.

    Raises:
        CheckpointError: If the names are not PostCam's.
    """
    if other := other_architecture(names):
        raise CheckpointError(
            what,
            expected="a PostCam transformer",
            got=other,
            todo="Load the released postcam.ckpt or a file converted from it.",
        )


def check_tensors(tensors: Mapping[str, Tensor], model: PostCamTransformer, *, what: str) -> None:
    """Refuse tensors whose names or shapes are not exactly the model's.

    Raises:
        CheckpointError: Naming the first few that are missing, unexpected or of another shape.
    """
    wanted = {key: tuple(x.shape) for key, x in model.state_dict().items()}
    found = {key: tuple(x.shape) for key, x in tensors.items()}
    faults = []
    if missing := wanted.keys() - found.keys():
        faults.append(f"{len(missing)} missing ({_some(missing)})")
    if unexpected := found.keys() - wanted.keys():
        faults.append(f"{len(unexpected)} unexpected ({_some(unexpected)})")
    differing = {key for key in wanted.keys() & found.keys() if wanted[key] != found[key]}
    if differing:
        named = _some({f"{key} {found[key]} for {wanted[key]}" for key in differing})
        faults.append(f"{len(differing)} of another shape ({named})")
    if faults:
        raise CheckpointError(
            what,
            expected=f"exactly the {len(wanted)} tensors of this model",
            got=", ".join(faults),
            todo="The file is incomplete, or belongs to another model or config.",
        )


def _sizes(tensors: Mapping[str, Tensor], what: str) -> dict[str, Any]:
    try:
        dim, in_dim, *patch_size = tensors["patch_embedding.weight"].shape
        return {
            "dim": dim,
            "ffn_dim": tensors["blocks.0.ffn.0.weight"].shape[0],
            "num_layers": num_blocks(tensors),
            "text_dim": tensors["text_embedding.0.weight"].shape[1],
            "freq_dim": tensors["time_embedding.0.weight"].shape[1],
            "in_dim": in_dim,
            "out_dim": tensors["head.head.weight"].shape[0] // math.prod(patch_size),
            "patch_size": tuple(patch_size),
        }
    except KeyError as error:
        raise CheckpointError(
            what, expected=f"a tensor named {error}", got="none", todo="The file is incomplete."
        ) from error
    except (ValueError, IndexError) as error:
        raise CheckpointError(
            what,
            expected="embeddings of two dimensions and patches of five",
            got=f"{tuple(tensors['patch_embedding.weight'].shape)} for patch_embedding.weight",
            todo="Packed or quantised files cannot be read; use the original.",
        ) from error


def _num_heads(dim: int, what: str) -> int:
    if dim % _WAN_HEAD_DIM:
        raise CheckpointError(
            what,
            expected=f"a width that divides by {_WAN_HEAD_DIM}, or a config in the metadata",
            got=f"{dim} and no config",
            todo="Pass the PostCamConfig: the number of heads does not show in the shapes.",
        )
    return dim // _WAN_HEAD_DIM


def _some(names: Collection[str]) -> str:
    return ", ".join(sorted(names)[:_NUM_NAMED]) + (" …" if len(names) > _NUM_NAMED else "")
