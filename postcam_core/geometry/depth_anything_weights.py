"""Weights of Depth Anything 3 under the names of its authors' package, from its own files and from ComfyUI's."""

import re
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ..errors import CheckpointError
from .depth_anything_views import missing_cameras

_PATCHES = "backbone.pretrained.patch_embed.proj.weight"
# By the width of the backbone.
_KINDS = {384: "small", 768: "base", 1024: "large", 1536: "giant"}
# What estimates neither depth nor cameras: an encoder for given cameras, and Gaussian splats.
_UNUSED = re.compile(r"(da3\.)?(cam_enc|gs_head|gs_adapter)\.")
_QUERY, _KEY, _VALUE = (f".attention.attention.{name}." for name in ("query", "key", "value"))
# ComfyUI's names → the package's, in this order. All others are the same.
_FROM_COMFYUI = (
    ("backbone.embeddings.patch_embeddings.projection.", "backbone.pretrained.patch_embed.proj."),
    ("backbone.embeddings.position_embeddings", "backbone.pretrained.pos_embed"),
    ("backbone.embeddings.", "backbone.pretrained."),
    ("backbone.layernorm.", "backbone.pretrained.norm."),
    ("backbone.encoder.layer.", "backbone.pretrained.blocks."),
    (_QUERY, ".attn.qkv."),
    (".attention.output.dense.", ".attn.proj."),
    (".attention.", ".attn."),
    (".layer_scale1.lambda1", ".ls1.gamma"),
    (".layer_scale2.lambda1", ".ls2.gamma"),
)


def read_weights(path: str | Path) -> tuple[dict[str, Tensor], str]:
    """The tensors in 32 bits, and the size of the model.

    Args:
        path: A safetensors file, or a folder with ``model.safetensors`` in it.

    Returns:
        Tensors by the names of the package's networks, and ``"small"``, ``"base"``, ``"large"``, ``"giant"`` or
        ``"nested"``.

    Raises:
        CheckpointError: If there is no such file, it is damaged or holds another model.
        GeometryError: If the model estimates no cameras.
    """
    path = Path(path)
    path = path / "model.safetensors" if path.is_dir() else path
    if not path.is_file():
        raise _wrong_file(path, "no such file")
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise _wrong_file(path, f"no safetensors, or only a part of it ({error})") from error
    tensors = {name.removeprefix("model."): tensor.float() for name, tensor in tensors.items()}
    if any(name.startswith("backbone.embeddings.") for name in tensors):
        tensors = _from_comfyui(tensors)
    tensors = {name: tensor for name, tensor in tensors.items() if not _UNUSED.match(name)}
    return tensors, _kind_of(tensors, path)


def _from_comfyui(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for name, tensor in tensors.items():
        if _KEY in name or _VALUE in name:
            continue
        if _QUERY in name:  # three tensors there, one here
            rest = [tensors.get(name.replace(_QUERY, part), tensor.new_empty(0)) for part in (_KEY, _VALUE)]
            tensor = torch.cat([tensor, *rest])
        for theirs, ours in _FROM_COMFYUI:
            name = name.replace(theirs, ours)
        renamed[name] = tensor
    return renamed


def _kind_of(tensors: dict[str, Tensor], path: Path) -> str:
    if f"da3.{_PATCHES}" in tensors:
        return "nested"
    width = tensors[_PATCHES].shape[0] if _PATCHES in tensors else None
    if width not in _KINDS:
        raise _wrong_file(path, f"other tensors ({next(iter(tensors), 'none')!r}, …)")
    if not any(name.startswith("cam_dec.") for name in tensors):
        raise missing_cameras(path.name)
    return _KINDS[width]


def _wrong_file(path: Path, got: str) -> CheckpointError:
    return CheckpointError(
        f"model {path.name!r}",
        expected="a safetensors file of Depth Anything 3",
        got=got,
        todo="Get one: python -m postcam_core download da3-base --models ComfyUI/models",
    )
