"""What the networks of Depth Anything 3 return, as SceneGeometry; and the licences of their weights."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import GeometryError
from .imports.da3 import geometry_from_da3
from .scene import SceneGeometry

_NON_COMMERCIAL = "CC BY-NC 4.0: not for commercial use"
# By the authors' table. Mono and Metric are not here: they estimate no cameras.
_LICENCES = {
    "small": "Apache-2.0",
    "base": "Apache-2.0",
    "large": _NON_COMMERCIAL,
    "giant": _NON_COMMERCIAL,
    "nested": _NON_COMMERCIAL,
}
# Rotations come through half precision; what is farther from orthonormal than this is no rounding.
_MAX_ROTATION_ERROR = 0.05
# Cameras from rays have a principal point of their own; this far from the middle, as a share, they are none.
_MAX_OFF_CENTRE = 0.15


def geometry_from_views(
    *,
    depth: Float[Tensor, "frame height width"],
    K: Float[Tensor, "frame 3 3"],
    w2c: Float[Tensor, "frame 3 4"],
    confidence: Float[Tensor, "frame height width"] | None = None,
    is_metric: bool = False,
) -> SceneGeometry:
    """Raw output for one set of views, all of it at the resolution that the network ran at.

    Nothing was resized, so that depth and K fit each other (ComfyUI's own node resizes depth alone).

    Args:
        depth: z-depth; what is not finite or not above 0 becomes far, and a note says so.
        K: Intrinsics as the networks give them, the corner of the first pixel at (0, 0).
        w2c: World-to-camera poses.
        confidence: Raw, from 1 up.
        is_metric: Whether the unit is the metre.

    Raises:
        GeometryError: If a pose is no rigid transform, K is none or a frame has no depth.
        CameraError: If K is unusable.
    """
    _check_centre(K, *depth.shape[1:])
    views = {"depth": depth, "intrinsics": K[None], "extrinsics": _nearest_rigid(w2c.double())[None]}
    if confidence is not None:
        views["confidence"] = confidence
    geometry = geometry_from_da3(views, resolution=max(depth.shape[1:]), fill_missing=True)
    return replace(geometry, is_metric=is_metric)


def licence_note(kind: str) -> str:
    """One line about the weights for the user.

    Args:
        kind: ``"small"``, ``"base"``, ``"large"``, ``"giant"`` or ``"nested"``.
    """
    return f"weights: Depth Anything 3 {kind.capitalize()}, {_LICENCES[kind]}"


def missing_cameras(model: str) -> GeometryError:
    """The error for a model that gives depth and no cameras."""
    return GeometryError(
        f"model {model!r}",
        expected="a Depth Anything 3 that estimates cameras (Small, Base, Large)",
        got="one without (Mono, Metric)",
        todo="Choose Depth Anything 3 Base.",
    )


def _check_centre(K: Float[Tensor, "frame 3 3"], height: int, width: int) -> None:
    share = K[:, :2, 2] / torch.tensor([width, height])
    is_bad = ~((share - 0.5).abs() <= _MAX_OFF_CENTRE).all(dim=1)  # so that NaN is bad too
    if is_bad.any():
        frame = int(is_bad.float().argmax())
        raise GeometryError(
            f"intrinsics of frame {frame}",
            expected=f"a principal point near the middle of {width}×{height} from Depth Anything 3",
            got=f"one at {share[frame, 0]:.0%} of the width and {share[frame, 1]:.0%} of the height",
            todo="Try the other pose method, or another part of the clip.",
        )


def _nearest_rigid(w2c: Float[Tensor, "frame 3 4"]) -> Float[Tensor, "frame 3 4"]:
    """Rotations without their rounding, once it is sure that rotations are what was meant."""
    rotation = w2c[:, :, :3]
    error = (rotation.transpose(-1, -2) @ rotation - torch.eye(3, dtype=w2c.dtype)).abs().amax(dim=(1, 2))
    is_bad = ~(error < _MAX_ROTATION_ERROR) | ~w2c.isfinite().all(dim=(1, 2))  # so that NaN is bad too
    if is_bad.any():
        raise GeometryError(
            f"pose of frame {int(is_bad.float().argmax())}",
            expected="a rotation and a position from Depth Anything 3",
            got=f"numbers that are none, in {int(is_bad.sum())} of {len(w2c)} frames",
            todo="Try the other pose method, or another part of the clip.",
        )
    left, _, right = torch.linalg.svd(rotation)
    return torch.cat([left @ right, w2c[:, :, 3:]], dim=-1)
