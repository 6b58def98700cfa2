"""The numbers that decide the architecture; the only thing a checkpoint needs to carry beside its weights."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

from ..errors import ShapeError

GuideRope: TypeAlias = Literal["released", "aligned"]


@dataclass(frozen=True, kw_only=True)
class PostCamConfig:
    """Sizes of a PostCam transformer. The defaults are the released model's (Wan 2.1, 1.3 B, plus PostCam).

    Attributes:
        dim: Width of a token.
        ffn_dim: Width inside the feed-forward network.
        num_heads: Attention heads; ``dim / num_heads`` must be even and at least 6 (three rotary axes).
        num_layers: Number of blocks.
        text_dim: Width of a text token as the text encoder gives it (4096 for UMT5-XXL).
        freq_dim: Number of sines and cosines that encode the timestep.
        in_dim: Channels of every latent that goes in.
        out_dim: Channels of the velocity that comes out.
        patch_size: Latent frames, rows and columns that make one token.
        eps: Stabiliser of all norms.
        guide_rope: Where guide tokens sit on the target's grid, see
            :func:`postcam_core.model.positions.guide_ids`.

    Raises:
        ShapeError: If the sizes cannot be combined.
    """

    dim: int = 1536
    ffn_dim: int = 8960
    num_heads: int = 12
    num_layers: int = 30
    text_dim: int = 4096
    freq_dim: int = 256
    in_dim: int = 16
    out_dim: int = 16
    patch_size: tuple[int, int, int] = (1, 2, 2)
    eps: float = 1e-6
    guide_rope: GuideRope = "released"

    def __post_init__(self) -> None:
        sizes = (self.dim, self.ffn_dim, self.num_heads, self.num_layers, self.text_dim, self.freq_dim)
        if min(*sizes, self.in_dim, self.out_dim, *self.patch_size) < 1:
            raise ShapeError(
                "model config",
                expected="sizes of at least 1",
                got=f"{self}",
                todo="Leave out what you do not want to change; the defaults are the released model's.",
            )
        if self.dim % self.num_heads or self.head_dim % 2 or self.head_dim < 6:
            raise ShapeError(
                "model config",
                expected="dim / num_heads even and at least 6",
                got=f"dim {self.dim}, num_heads {self.num_heads}",
                todo="Wan models use heads of 128: num_heads = dim / 128.",
            )
        if self.freq_dim % 2:
            raise ShapeError(
                "model config",
                expected="an even freq_dim (half sines, half cosines)",
                got=f"{self.freq_dim}",
                todo="The released model uses 256.",
            )
        if self.guide_rope not in get_args(GuideRope):
            raise ShapeError(
                "model config",
                expected=f"guide_rope to be one of {', '.join(get_args(GuideRope))}",
                got=f"{self.guide_rope!r}",
                todo="Use 'released' for the authors' weights.",
            )

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.dim // self.num_heads

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "PostCamConfig":
        """Read a config from parsed JSON. Keys that belong to other programs are left alone."""
        known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        if "patch_size" in known:
            known["patch_size"] = tuple(known["patch_size"])
        return cls(**known)
