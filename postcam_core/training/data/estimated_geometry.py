"""Depth for takes that have cameras but no depth: estimated, then brought to the unit of the given cameras."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from jaxtyping import Float
from torch import Tensor

from ...cameras import align_poses, fov_deg, invert_rigid
from ...errors import GeometryError
from ...geometry import SceneGeometry
from .takes import Take

GeometryProvider: TypeAlias = Callable[[Tensor, float], SceneGeometry]
"""Depth and cameras of frames in [-1, 1], given their horizontal field of view in degrees."""

ProviderName: TypeAlias = Literal["parallax", "depth_anything_3"]

# Below this spread of the positions, as a share of the nearest depth, the depth's unit would follow from noise.
_LEAST_SPREAD = 0.01
# Estimated positions may lie this far from the given ones, as a share of their spread.
_MOST_APART = 0.2


def geometry_provider(
    name: ProviderName, *, model: str | Path | None = None, device: str = "cpu"
) -> GeometryProvider:
    """A provider of this project by its name; it can be sent to other processes.

    Args:
        name: ``"parallax"`` needs no weights, ``"depth_anything_3"`` those of ``model``.
        model: See :func:`postcam_core.geometry.depth_anything.depth_anything_geometry`.
        device: Where the network runs.

    Raises:
        GeometryError: If the provider is unknown or lacks its weights.
    """
    if name == "parallax":
        return _parallax
    if name == "depth_anything_3" and model is not None:
        return partial(_depth_anything, model=Path(model), device=device)
    raise GeometryError(
        "geometry provider",
        expected='"parallax", or "depth_anything_3" with the file of its weights',
        got=f"{name!r} without weights" if name == "depth_anything_3" else f"{name!r}",
        todo="Name the weights, or take parallax, which needs none.",
    )


def with_estimated_geometry(take: Take, provider: GeometryProvider) -> Take:
    """The take with depth in the unit of its cameras, which stay what they are.

    The estimated camera path is laid onto the given one; the depth takes on the scale of that.

    Raises:
        GeometryError: If the camera hardly moves, so that nothing tells the scale, or the estimate moves
            otherwise than the given cameras do.
        PostCamError: What the provider raises.
    """
    given_spread = _spread(take.c2w[:, :3, 3])
    if given_spread == 0:
        raise _no_scale(take, "a camera that stands still")
    estimate = provider(take.video, fov_deg(float(take.K[0, 0, 0]), take.video.shape[-1]))
    c2w = invert_rigid(estimate.w2c)
    moved = _spread(c2w[:, :3, 3]) / estimate.nearest_depth()
    if moved < _LEAST_SPREAD:
        raise _no_scale(take, f"an estimated path that spreads over {moved:.2%} of it")
    similarity = align_poses(c2w, take.c2w)
    apart = (similarity.apply(c2w[:, :3, 3]) - take.c2w[:, :3, 3]).square().sum(dim=1).mean().sqrt()
    if apart > _MOST_APART * given_spread:
        raise GeometryError(
            f"estimated cameras of {take.name}",
            expected=f"the path of the given ones, within {_MOST_APART:.0%} of its spread",
            got=f"{apart / given_spread:.0%}",
            todo="Use this clip as a target alone, or another provider.",
        )
    geometry = replace(
        estimate,
        depth=estimate.depth * similarity.scale,
        K=take.K,
        w2c=invert_rigid(take.c2w),
        is_metric=False,
    )
    return replace(take, geometry=geometry)


def _spread(positions: Float[Tensor, "frame xyz=3"]) -> float:
    """Root mean square distance from their mean."""
    return float((positions - positions.mean(dim=0)).square().sum(dim=1).mean().sqrt())


def _no_scale(take: Take, got: str) -> GeometryError:
    return GeometryError(
        f"camera path of {take.name}",
        expected=f"positions that spread over {_LEAST_SPREAD:.0%} of the nearest depth, to tell the depth's scale",
        got=got,
        todo="Use this clip as a target alone: its depth cannot be brought to the unit of the cameras.",
    )


def _parallax(video: Tensor, fov_deg: float) -> SceneGeometry:
    from ...geometry.parallax import parallax_geometry

    return parallax_geometry(video, fov_deg=fov_deg)


def _depth_anything(video: Tensor, fov_deg: float, *, model: Path, device: str) -> SceneGeometry:
    """``fov_deg`` is not used: the network finds its own, and only its depth is kept."""
    from ...geometry.depth_anything import depth_anything_geometry

    return depth_anything_geometry(video, model=model, device=device)
