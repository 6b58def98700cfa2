"""Raw depth as estimators give it: holes and sky get a far depth and no confidence."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..errors import GeometryError

# Beyond everything that was measured, so that no surface hides behind it, yet near enough that the splat, which
# weighs depth by its logarithm up to the clip's farthest, still tells the near surfaces apart.
FAR_FACTOR = 2.0


@dataclass(frozen=True, kw_only=True)
class FilledDepth:
    """What :func:`fill_invalid_depth` makes of raw depth: the fields of a SceneGeometry of the same names.

    Args:
        depth: Finite and above 0 at every pixel.
        confidence: As given (1 where it was not), 0 where depth was filled; None if it was not given and
            nothing had to be filled.
        notes: One sentence with the counts, if anything was filled.
    """

    depth: Float[Tensor, "frame height width"]
    confidence: Float[Tensor, "frame height width"] | None
    notes: tuple[str, ...]


def fill_invalid_depth(
    depth: Float[Tensor, "frame height width"],
    *,
    sky: Bool[Tensor, "frame height width"] | None = None,
    confidence: Float[Tensor, "frame height width"] | None = None,
    far_factor: float = FAR_FACTOR,
) -> FilledDepth:
    """Replace NaN, infinite, zero and negative depth, and sky, by one far depth.

    Far is ``far_factor`` times the farthest valid depth of the whole clip: the same in every frame, so that
    the sky does not flicker.

    Args:
        depth: Raw z-depth.
        sky: True where the estimator saw sky; what it says about depth there is not used.
        confidence: Trust in the raw depth, 0 … 1.
        far_factor: At least 1.

    Raises:
        GeometryError: If shapes differ, the factor is below 1, or a frame has neither valid depth nor sky; it
            names the frame.
    """
    _check_request(depth, sky=sky, confidence=confidence, far_factor=far_factor)
    is_sky = torch.zeros_like(depth, dtype=torch.bool) if sky is None else sky
    is_measured = (depth > 0) & (depth < torch.inf)  # both are false where a NaN is
    _check_frames(is_measured, is_sky)
    is_valid = is_measured & ~is_sky
    if is_valid.all():
        return FilledDepth(depth=depth, confidence=confidence, notes=())
    if confidence is None:
        confidence = torch.ones_like(depth)
    far = far_factor * depth[is_valid].max()
    return FilledDepth(
        depth=torch.where(is_valid, depth, far),
        confidence=torch.where(is_valid, confidence, 0),
        notes=(_note(is_measured, is_sky, far=float(far)),),
    )


def _note(is_measured: Tensor, is_sky: Tensor, *, far: float) -> str:
    num_sky, num_missing = int(is_sky.sum()), int((~is_measured & ~is_sky).sum())
    parts = [
        f"{count / is_sky.numel():.1%} of the pixels ({count}) {what}"
        for count, what in ((num_sky, "are sky"), (num_missing, "had no valid depth"))
        if count
    ]
    return f"{' and '.join(parts)}: put at a far depth of {far:.4g}, confidence 0"


def _check_frames(is_measured: Tensor, is_sky: Tensor) -> None:
    is_empty = ~(is_measured | is_sky).any(dim=(1, 2))
    if is_empty.any() or not (is_measured & ~is_sky).any():
        frame = int(is_empty.float().argmax())
        raise GeometryError(
            f"depth of frame {frame}",
            expected="a finite number above 0 at some pixel that is not sky",
            got=f"none (frames without any: {int(is_empty.sum())} of {len(is_empty)})",
            todo="Leave such frames out, or estimate the depth again.",
        )


def _check_request(
    depth: Tensor, *, sky: Tensor | None, confidence: Tensor | None, far_factor: float
) -> None:
    if depth.ndim != 3 or 0 in depth.shape:
        raise GeometryError(
            "depth",
            expected="at least one frame of shape (frame, height, width)",
            got=f"shape {tuple(depth.shape)}",
            todo="Give one z-depth map per source frame.",
        )
    for name, other in (("sky", sky), ("confidence", confidence)):
        if other is not None and other.shape != depth.shape:
            raise GeometryError(
                name,
                expected=f"the shape of the depth, {tuple(depth.shape)}",
                got=f"{tuple(other.shape)}",
                todo="Give one value per depth pixel, or none at all.",
            )
    if not 1 <= far_factor < torch.inf:
        raise GeometryError(
            "far factor", expected="a finite number from 1", got=f"{far_factor}", todo=f"{FAR_FACTOR} suits."
        )
