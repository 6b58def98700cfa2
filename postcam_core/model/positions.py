"""Where tokens are: functions that return position ids, which :mod:`.rope` turns into rotations.

Ids are (frame, row, column) on the token grid of the target video. Target and source share rows and columns;
the source continues the frame axis where the target ends. Guide tokens are coarser and lie between the
target's rows and columns. A pose has one coordinate, its latent frame.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import ShapeError
from .config import GuideRope


@dataclass(frozen=True, kw_only=True)
class TokenGrid:
    """How many tokens a video has along each axis.

    Attributes:
        num_frames: Token frames (latent frames over the temporal patch).
        height: Rows.
        width: Columns.
    """

    num_frames: int
    height: int
    width: int

    @classmethod
    def of_size(cls, latent_size: tuple[int, ...], patch_size: tuple[int, ...]) -> "TokenGrid":
        """Grid of latents with these frames, rows and columns.

        What does not fill a patch is dropped, as the patch convolution does: 15 rows make 7 tokens.
        """
        frames, rows, columns = (size // step for size, step in zip(latent_size, patch_size, strict=True))
        return cls(num_frames=frames, height=rows, width=columns)

    @property
    def num_tokens(self) -> int:
        """Tokens in all."""
        return self.num_frames * self.height * self.width


def target_ids(grid: TokenGrid) -> Float[Tensor, "token 3"]:
    """Positions of the video to be made: frames 0 … F − 1."""
    return _grid_ids(torch.arange(grid.num_frames), torch.arange(grid.height), torch.arange(grid.width))


def source_ids(grid: TokenGrid) -> Float[Tensor, "token 3"]:
    """Positions of the given video, behind the target on the frame axis: frames F … 2F − 1."""
    frames = torch.arange(grid.num_frames, 2 * grid.num_frames)
    return _grid_ids(frames, torch.arange(grid.height), torch.arange(grid.width))


def pose_ids(num_poses: int) -> Float[Tensor, "pose 1"]:
    """Positions of the pose tokens, one per latent frame."""
    return torch.arange(num_poses, dtype=torch.float64)[:, None]


def guide_ids(
    guide: TokenGrid, target: TokenGrid, mode: GuideRope, *, latents_ratio: tuple[float, float]
) -> Float[Tensor, "token 3"]:
    """Positions of the guide's tokens among the target's rows and columns.

    Args:
        guide: Token grid of the guide.
        target: Token grid of the target.
        mode: ``"aligned"`` puts a token where the middle of its patch lies in the target, between rows or
            columns if need be. ``"released"`` is what the authors' weights were trained with: whole steps of
            the same size along rows and columns, centred.
        latents_ratio: Height and width of the target's latents over those of the guide's.

    Raises:
        ShapeError: If the released formula has no positions for these sizes.

    Source:
        ``WanModel.forward`` of the released code. Its step divides the target's width by the guide's height
        and the reverse; at 480×832 with a guide of a quarter this gives 2 instead of 4, so the guide covers
        the middle of the frame only. "aligned" differs: true centres.
    """
    if mode == "aligned":
        rows = _centres(guide.height, latents_ratio[0])
        columns = _centres(guide.width, latents_ratio[1])
    else:
        rows, columns = _released_rows_and_columns(guide, target)
    return _grid_ids(torch.arange(guide.num_frames), rows, columns)


def _centres(count: int, ratio: float) -> Tensor:
    return (torch.arange(count, dtype=torch.float64) + 0.5) * ratio - 0.5


def _released_rows_and_columns(guide: TokenGrid, target: TokenGrid) -> tuple[Tensor, Tensor]:
    step = min(target.width // guide.height, target.height // guide.width)
    top = (target.height - step * guide.height) // 2
    left = (target.width - step * guide.width) // 2
    if step < 1 or top < 0 or left < 0:
        raise ShapeError(
            "guide size",
            expected=f"a token grid that fits {target.height}×{target.width} in steps of whole tokens",
            got=f"{guide.height}×{guide.width} (step {step}, first row {top}, first column {left})",
            todo="Render the guide at a quarter of the source's size, or use a model with aligned guide "
            "positions.",
        )
    return top + step * torch.arange(guide.height), left + step * torch.arange(guide.width)


def _grid_ids(frames: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    axes = torch.meshgrid(frames.double(), rows.double(), columns.double(), indexing="ij")
    return torch.stack(axes, dim=-1).flatten(0, 2)
