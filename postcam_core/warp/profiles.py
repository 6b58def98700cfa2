"""One guide for many models: what each wants to see in holes, in its mask, in its first frame, and at which size."""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import max_pool2d

from ..errors import GeometryError
from ..media import fit_frames, plan_fit
from .guide import HOLE, Guide

# Of a mask that was resampled: a pixel is known if all that went into it was.
_WHOLLY_KNOWN = 0.999


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How a model takes a guide.

    Attributes:
        fill: Colour of holes in [-1, 1]: -1 is black, 0 is grey.
        mask_marks: Which pixels are 1 in the mask.
        first_is_source: Whether frame 0 is the source frame itself, without holes.
        edge_px: The mask gives up so many pixels of the known beside every wide hole, where colours mix.
        size: Width and height that the model was made for; None takes any.
    """

    fill: float = HOLE
    mask_marks: Literal["holes", "known"] = "holes"
    first_is_source: bool = False
    edge_px: int = 0
    size: tuple[int, int] | None = None


RELEASED = Profile()

PROFILES: dict[str, Profile] = {
    "released": RELEASED,
    # Masks are 1 in holes; core's nodes do not take them so far.
    "Uni3C": Profile(first_is_source=True),
    # Grey is what VACE was trained to repaint. What is known it keeps to the pixel, so mixtures have to go.
    "VACE": Profile(fill=0.0, edge_px=2),
    "InSpatio-World": Profile(mask_marks="known", size=(832, 480)),
}
"""By the name that a node shows.

Source:
    Uni3C @22bcec5 ``dataset.py``, ``pointcloud.py``; ComfyUI's ``WanVaceToVideo``; inspatio-world-v1.5 @404779e
    ``validate_config`` and its render step. ``edge_px`` of VACE is ours.
"""


@dataclass(frozen=True, kw_only=True)
class ProfiledGuide:
    """A guide as a model takes it.

    Attributes:
        frames: In [-1, 1].
        mask: 0 or 1; the profile says which is which.
    """

    frames: Float[Tensor, "frame 3 height width"]
    mask: Float[Tensor, "frame height width"]


def apply_profile(
    guide: Guide, profile: Profile, *, first_source: Float[Tensor, "3 source_height source_width"]
) -> ProfiledGuide:
    """Make a rendered guide what a model takes; the released profile leaves it as it is.

    Args:
        guide: From the renderer; not changed.
        profile: One of :data:`PROFILES`, or another.
        first_source: The source frame that guide frame 0 shows.

    Raises:
        GeometryError: If that frame is of another size than the guide.
    """
    frames, known = guide.frames, guide.mask
    if profile.first_is_source:
        frames, known = _with_source_first(frames, known, first_source)
    if profile.edge_px:
        known = ~_with_edges(~known, profile.edge_px)
    if profile.size not in (None, (frames.shape[-1], frames.shape[-2])):
        frames, known = _resized(frames, known, profile.size)
    if profile.fill != HOLE or known is not guide.mask:
        frames = torch.where(known[:, None], frames, profile.fill)
    mask = known if profile.mask_marks == "known" else ~known
    return ProfiledGuide(frames=frames, mask=mask.float())


def _with_source_first(frames: Tensor, known: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
    if source.shape != frames.shape[1:]:
        raise GeometryError(
            "first source frame",
            expected=f"{frames.shape[-1]}×{frames.shape[-2]}, as the guide has",
            got=f"{source.shape[-1]}×{source.shape[-2]}",
            todo="Give the frame that the guide was rendered from.",
        )
    frames, known = frames.clone(), known.clone()
    frames[0], known[0] = source.to(frames), True
    return frames, known


def _with_edges(
    holes: Bool[Tensor, "frame height width"], edge_px: int
) -> Bool[Tensor, "frame height width"]:
    """Holes that are wider than ``2 · edge_px``, grown by as much, and all others as they were.

    Cracks, which a picture that is stretched is full of, stay as thin as they are: grown, they would take most of it.
    """
    wide = _spread(~_spread(~holes, edge_px), 2 * edge_px)
    return holes | wide


def _spread(mask: Tensor, distance_px: int) -> Tensor:
    return max_pool2d(mask[:, None].float(), 2 * distance_px + 1, stride=1, padding=distance_px)[:, 0] > 0


def _resized(frames: Tensor, known: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    width, height = size
    fit = plan_fit(frames.shape[-1], frames.shape[-2], width=width, height=height, mode="cover")
    is_known = fit_frames(known[:, None].float(), fit)[:, 0] > _WHOLLY_KNOWN
    return fit_frames(frames, fit), is_known
