"""What conditions a clip: checked once, and turned into what stays the same over all steps."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..errors import ShapeError
from .attention import KeysValues
from .block import TokenLayout
from .config import PostCamConfig
from .positions import TokenGrid


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """All that does not change from step to step of one sampling run.

    A batch of clips may be sampled in several *branches* at once, which differ in text only (guidance: with
    the prompt and without it). Rows of ``pose`` and ``text`` are then branch after branch, each with the
    whole batch; source and guide are held once per clip.

    Attributes:
        source_tokens: The given video as tokens.
        guide_tokens: The guide as tokens, before the first block; None for control by pose alone.
        pose: K_pose and V_pose of every block, per row.
        text: Keys and values of the text of every block, per row.
        layout: Which tokens are whose, and all positions.
        grid: Token grid of the target.
        target_shape: The latents that :meth:`PostCamTransformer.velocity` takes with these conditions.
    """

    source_tokens: Float[Tensor, "batch token dim"]
    guide_tokens: Float[Tensor, "batch guide dim"] | None
    pose: tuple[KeysValues, ...]
    text: tuple[KeysValues, ...]
    layout: TokenLayout
    grid: TokenGrid
    target_shape: tuple[int, int, int, int, int]

    @property
    def num_clips(self) -> int:
        """Size of the batch, branches not counted."""
        return len(self.source_tokens)

    @property
    def num_branches(self) -> int:
        """How many texts each clip is sampled with."""
        return self.target_shape[0] // self.num_clips


def check_conditions(
    config: PostCamConfig, *, source: Tensor, guide: Tensor | None, camera_w2c: Tensor, text: Tensor
) -> None:
    """Refuse conditions that do not fit the model or each other.

    Raises:
        ShapeError: Naming the first condition at fault.
    """
    _check_latents(config, source, "source latents")
    step = config.patch_size
    if any(size % patch for size, patch in zip(source.shape[2:], step, strict=True)):
        raise ShapeError(
            "source latents",
            expected=f"frames, rows and columns that divide by {step[0]}, {step[1]} and {step[2]}",
            got=f"{tuple(source.shape[2:])}",
            todo="Use a video size that divides by 16.",
        )
    if guide is not None:
        _check_guide(config, guide, source)
    if camera_w2c.ndim != 4 or camera_w2c.shape[0] != len(source) or camera_w2c.shape[2:] != (4, 4):
        raise ShapeError(
            "camera_w2c",
            expected=f"[{len(source)}, poses, 4, 4] world-to-camera matrices",
            got=f"{tuple(camera_w2c.shape)}",
            todo="Give one pose per latent frame of the target, for each clip of the batch.",
        )
    if camera_w2c.shape[1] == 0:
        raise ShapeError(
            "camera_w2c", expected="at least one pose", got="none", todo="Give one pose per latent frame."
        )
    if text.ndim != 3 or text.shape[1] == 0 or text.shape[2] != config.text_dim:
        raise ShapeError(
            "text",
            expected=f"[rows, words, {config.text_dim}] from the model's text encoder",
            got=f"{tuple(text.shape)}",
            todo="Load the text encoder that belongs to this model (UMT5-XXL for the released one).",
        )
    if len(text) == 0 or len(text) % len(source):
        raise ShapeError(
            "text",
            expected=f"one row per clip and branch: a multiple of {len(source)}",
            got=f"{len(text)} rows",
            todo="Repeat the text for every clip of the batch, branch after branch.",
        )


def check_target(conditions: Conditions, target: Tensor, timestep: Tensor) -> None:
    """Refuse noisy latents or timesteps that do not belong to the conditions.

    Raises:
        ShapeError: Naming the tensor at fault.
    """
    if target.shape != conditions.target_shape:
        raise ShapeError(
            "target latents",
            expected=f"{conditions.target_shape}, as source and text say",
            got=f"{tuple(target.shape)}",
            todo="Target and source have the same frames, rows and columns; one row per clip and branch.",
        )
    if timestep.ndim != 1 or len(timestep) not in (1, conditions.num_clips):
        raise ShapeError(
            "timestep",
            expected=f"one number, or one for each of {conditions.num_clips} clips",
            got=f"shape {tuple(timestep.shape)}",
            todo="Branches of a clip share its timestep.",
        )


def _check_latents(config: PostCamConfig, latents: Tensor, name: str) -> None:
    if latents.ndim != 5 or latents.shape[1] != config.in_dim or 0 in latents.shape:
        raise ShapeError(
            name,
            expected=f"[batch, {config.in_dim}, frames, rows, columns], none of them 0",
            got=f"{tuple(latents.shape)}",
            todo="Encode with the VAE that belongs to this model (the Wan 2.1 VAE for the released one).",
        )


def _check_guide(config: PostCamConfig, guide: Tensor, source: Tensor) -> None:
    _check_latents(config, guide, "guide latents")
    if guide.shape[0] != source.shape[0] or guide.shape[2] != source.shape[2]:
        raise ShapeError(
            "guide latents",
            expected=f"{source.shape[0]} clips of {source.shape[2]} frames, as the source has",
            got=f"{guide.shape[0]} clips of {guide.shape[2]} frames",
            todo="Render one guide frame per frame of the target, and encode them all.",
        )
    if any(size < patch for size, patch in zip(guide.shape[2:], config.patch_size, strict=True)):
        raise ShapeError(
            "guide latents",
            expected=f"at least {config.patch_size[1]}×{config.patch_size[2]}",
            got=f"{guide.shape[3]}×{guide.shape[4]}",
            todo="Render the guide larger.",
        )
