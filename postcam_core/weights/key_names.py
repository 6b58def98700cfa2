"""What different programs call the same tensor: explicit tables, the same in both directions.

Three layouts of one set of weights:

* *released*: the authors' file, which is Wan 2.1's naming; this project's own.
* *ComfyUI*: the released names behind a prefix.
* *diffusers*: ``WanTransformer3DModel``'s naming. PostCam's own modules (``cross_attn_cam``, ``projector``,
  ``cam_encoder``) have no counterpart there and keep their names.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor

from ..errors import CheckpointError

COMFYUI_PREFIX = "model.diffusion_model."
# Other programs store the transformer behind these; the longest comes first, since it contains the others.
_PREFIXES = (COMFYUI_PREFIX, "diffusion_model.", "model.")

_SELF_ATTENTION = ("self_attn", "attn1")
_TEXT_ATTENTION = ("cross_attn", "attn2")
_PROJECTIONS = {
    "q": "to_q",
    "k": "to_k",
    "v": "to_v",
    "o": "to_out.0",
    "norm_q": "norm_q",
    "norm_k": "norm_k",
}

# Released name → diffusers name, inside a block and outside of blocks. Diffusers counts the norm before the
# text attention as its second, Wan as its third; the remaining norms have no weights.
_IN_BLOCK = {
    **{
        f"{released}.{name}": f"{diffusers}.{other}"
        for released, diffusers in (_SELF_ATTENTION, _TEXT_ATTENTION)
        for name, other in _PROJECTIONS.items()
    },
    "ffn.0": "ffn.net.0.proj",
    "ffn.2": "ffn.net.2",
    "norm3": "norm2",
    "modulation": "scale_shift_table",
    "cross_attn_cam.q": "cross_attn_cam.q",
    "cross_attn_cam.k": "cross_attn_cam.k",
    "cross_attn_cam.v": "cross_attn_cam.v",
    "cross_attn_cam.k_render": "cross_attn_cam.k_render",
    "cross_attn_cam.v_render": "cross_attn_cam.v_render",
    "cross_attn_cam.o": "cross_attn_cam.o",
    "cross_attn_cam.norm_q": "cross_attn_cam.norm_q",
    "cross_attn_cam.norm_k": "cross_attn_cam.norm_k",
    "projector": "projector",
}
_OUTSIDE = {
    "patch_embedding": "patch_embedding",
    "text_embedding.0": "condition_embedder.text_embedder.linear_1",
    "text_embedding.2": "condition_embedder.text_embedder.linear_2",
    "time_embedding.0": "condition_embedder.time_embedder.linear_1",
    "time_embedding.2": "condition_embedder.time_embedder.linear_2",
    "time_projection.1": "condition_embedder.time_proj",
    "cam_encoder.0": "cam_encoder.0",
    "cam_encoder.2": "cam_encoder.2",
    "cam_encoder.4": "cam_encoder.4",
    "cam_encoder.6": "cam_encoder.6",
    "cam_encoder.7": "cam_encoder.7",
    "head.head": "proj_out",
    "head.modulation": "scale_shift_table",
}
_BLOCK = re.compile(r"(blocks\.\d+\.)(.+)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class _Table:
    in_block: Mapping[str, str]
    outside: Mapping[str, str]

    def translated(self, key: str) -> str | None:
        """The key's other name; None if the table does not know it."""
        match = _BLOCK.fullmatch(key)
        start, rest, table = (*match.groups(), self.in_block) if match else ("", key, self.outside)
        if rest in table:
            return start + table[rest]
        module, _, leaf = rest.rpartition(".")
        if module in table and leaf in ("weight", "bias"):
            return f"{start}{table[module]}.{leaf}"
        return None


_TO_DIFFUSERS = _Table(in_block=_IN_BLOCK, outside=_OUTSIDE)
_TO_RELEASED = _Table(
    in_block={other: name for name, other in _IN_BLOCK.items()},
    outside={other: name for name, other in _OUTSIDE.items()},
)


@dataclass(frozen=True, kw_only=True)
class Naming:
    """How a file names its tensors.

    Attributes:
        prefix: What stands before each name.
        is_diffusers: Whether the names are diffusers'.
    """

    prefix: str = ""
    is_diffusers: bool = False

    def __str__(self) -> str:
        names = "diffusers names" if self.is_diffusers else "released names"
        return f"{names} behind {self.prefix!r}" if self.prefix else names


def naming_of(keys: Collection[str], *, what: str = "checkpoint") -> Naming:
    """The layout of a file's keys, from those that Wan's transformer has; without any, the released one.

    Args:
        keys: Names of all tensors.
        what: The file, for the message.

    Raises:
        CheckpointError: If keys of several layouts stand side by side.
    """
    found: dict[str, dict[object, str]] = {"prefixes": {}, "names": {}}
    for key in keys:
        prefix = next((p for p in _PREFIXES if key.startswith(p)), "")
        bare = key.removeprefix(prefix)
        released, diffusers = _TO_DIFFUSERS.translated(bare), _TO_RELEASED.translated(bare)
        if released is None and diffusers is None:
            continue
        found["prefixes"].setdefault(prefix, key)
        if released != diffusers:
            found["names"].setdefault(released is None, key)
    for kind, examples in found.items():
        if len(examples) > 1:
            raise CheckpointError(
                what,
                expected="the names of one program",
                got=f"mixed {kind}: {' beside '.join(examples.values())}",
                todo="Save one model's state dict alone and use that.",
            )
    return Naming(
        prefix=next(iter(found["prefixes"]), ""), is_diffusers=next(iter(found["names"]), False) is True
    )


def released_names(tensors: Mapping[str, Tensor], *, what: str = "checkpoint") -> dict[str, Tensor]:
    """The same tensors under the names the released file uses; names of no known layout stay as they are.

    Raises:
        CheckpointError: If layouts are mixed.
    """
    naming = naming_of(tensors, what=what)
    bare = {key.removeprefix(naming.prefix): tensor for key, tensor in tensors.items()}
    return _renamed(bare, _TO_RELEASED) if naming.is_diffusers else bare


def diffusers_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Released names → ``WanTransformer3DModel``'s; PostCam's own modules keep theirs."""
    return _renamed(tensors, _TO_DIFFUSERS)


def comfyui_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Released names → those of a ComfyUI checkpoint."""
    return {COMFYUI_PREFIX + key: tensor for key, tensor in tensors.items()}


def num_blocks(keys: Iterable[str]) -> int:
    """How many different blocks released names belong to."""
    return len({match[1] for key in keys if (match := _BLOCK.fullmatch(key))})


def _renamed(tensors: Mapping[str, Tensor], table: _Table) -> dict[str, Tensor]:
    return {table.translated(key) or key: tensor for key, tensor in tensors.items()}
