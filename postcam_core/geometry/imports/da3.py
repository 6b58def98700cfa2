"""DA3_GEOMETRY: what ComfyUI's own Depth Anything 3 node gives."""

from typing import Any, Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from ...cameras import focal_from_fov, intrinsics_matrix
from ...errors import GeometryError
from ..depth_checks import check_depth
from ..invalid_depth import fill_invalid_depth
from ..scene import SceneGeometry
from .camera_values import K_from_edge_origin
from .socket_values import socket_tensor, still_camera

ResizeMethod: TypeAlias = Literal["upper_bound_resize", "lower_bound_resize"]

_SOCKET = "DA3_GEOMETRY"
_PATCH = 14
# The network's own threshold is softer; ComfyUI's nodes that build meshes cut the sky off here.
_SKY_PROBABILITY = 0.5
# A principal point farther from the middle (as a share of the size) comes from another processed size.
_MAX_OFF_CENTRE = 0.15


def geometry_from_da3(
    packet: dict[str, Any],
    *,
    resolution: int = 504,
    resize_method: ResizeMethod = "upper_bound_resize",
    fov_deg: float | None = None,
    is_static: bool = False,
    fill_missing: bool = False,
) -> SceneGeometry:
    """Turn the dictionary of ComfyUI's DA3Inference node into geometry.

    The node resizes depth back to the frames but leaves the intrinsics at the size that the network saw. Under
    ``pose_method="cam_dec"`` that size is read from the principal point, which is then exactly in the middle;
    under ``"ray_pose"`` it follows from ``resolution`` and ``resize_method``. Sky is put at a far depth, with a
    note. Raw confidence ``c`` in (1, ∞) becomes ``1 − 1/c``.

    Args:
        packet: The dictionary: ``depth``, and in multiview mode ``extrinsics`` (w2c) and ``intrinsics``.
        resolution: As in the node; used only for poses from rays.
        resize_method: As in the node; used only for poses from rays.
        fov_deg: Horizontal field of view for packets without cameras (mono mode, a single frame).
        is_static: Says that the camera stands still, for packets without cameras.
        fill_missing: Put pixels without valid depth at a far depth too, instead of refusing them.

    Raises:
        GeometryError: If it is no such dictionary, holds no cameras and none are stated, or depth is missing.
        CameraError: If poses or intrinsics are not usable.

    Source:
        ComfyUI ``comfy_extras/nodes_depth_anything_3.py``, ``comfy/ldm/depth_anything_3/transform.py``
        (principal point at half the size) and ``dpt.py`` (confidence is ``exp(x) + 1``).
    """
    raw = socket_tensor(packet, "depth", shape=(None, None, None), socket=_SOCKET).float()
    sky = confidence = None
    if "sky" in packet:
        sky = socket_tensor(packet, "sky", shape=tuple(raw.shape), socket=_SOCKET) >= _SKY_PROBABILITY
    if "confidence" in packet:
        confidence = _confidence(
            socket_tensor(packet, "confidence", shape=tuple(raw.shape), socket=_SOCKET).float()
        )
    if not fill_missing:
        check_depth(raw if sky is None else raw.masked_fill(sky, 1.0), name=f"{_SOCKET}['depth']")
    filled = fill_invalid_depth(raw, sky=sky, confidence=confidence)
    notes = filled.notes
    num_frames, height, width = raw.shape
    if _has_cameras(packet, num_frames):
        K, w2c = _cameras(packet, raw, resolution=resolution, resize_method=resize_method)
    else:
        w2c = still_camera(
            num_frames,
            is_static=is_static,
            socket=_SOCKET,
            todo="Run Depth Anything 3 in multiview mode with a Small or Base model, or say that the camera "
            "stands still and give its field of view.",
        )
        K = _stated_intrinsics(fov_deg, raw)
        notes += ("no camera was estimated: field of view as stated, camera at rest",)
    return SceneGeometry(
        depth=filled.depth,
        K=K,
        w2c=w2c,
        confidence=filled.confidence,
        provider="depth_anything_3",
        notes=notes,
    )


def da3_processed_size(
    height: int, width: int, *, resolution: int, resize_method: ResizeMethod = "upper_bound_resize"
) -> tuple[int, int]:
    """Height and width that the network sees: the longer (upper bound) or shorter side near ``resolution``.

    Source:
        ComfyUI ``comfy/ldm/depth_anything_3/preprocess.py``, ``compute_target_size``.
    """
    side = max(height, width) if resize_method == "upper_bound_resize" else min(height, width)
    scale = resolution / side

    def patches_px(size: int) -> int:
        # Half-way cases go up.
        return max(1, (round(size * scale) + _PATCH // 2) // _PATCH * _PATCH)

    return patches_px(height), patches_px(width)


def _has_cameras(packet: dict[str, Any], num_frames: int) -> bool:
    """Whether cameras were estimated: without them the node gives identities, or nothing."""
    if "extrinsics" not in packet or "intrinsics" not in packet:
        return False
    K = socket_tensor(packet, "intrinsics", shape=(1, num_frames, 3, 3), socket=_SOCKET)
    return not torch.equal(K, torch.eye(3, dtype=K.dtype).expand_as(K))


def _cameras(
    packet: dict[str, Any], depth: Tensor, *, resolution: int, resize_method: ResizeMethod
) -> tuple[Float[Tensor, "frame 3 3"], Float[Tensor, "frame 4 4"]]:
    num_frames, height, width = depth.shape
    K = socket_tensor(packet, "intrinsics", shape=(1, num_frames, 3, 3), socket=_SOCKET)[0].double()
    upper = socket_tensor(packet, "extrinsics", shape=(1, num_frames, None, 4), socket=_SOCKET)[0].double()
    is_bad = ~(torch.isfinite(K).flatten(1).all(1) & torch.isfinite(upper).flatten(1).all(1))
    if is_bad.any():
        raise GeometryError(
            f"cameras on {_SOCKET}",
            expected="finite numbers in every frame",
            got=f"NaN or infinity in {int(is_bad.sum())} of {num_frames} frames, first {int(is_bad.int().argmax())}",
            todo="Run Depth Anything 3 in fp32, or with the other pose_method.",
        )
    processed_height, processed_width = _processed_size(
        K, height, width, resolution=resolution, resize_method=resize_method
    )
    K = K_from_edge_origin(K, scale_x=width / processed_width, scale_y=height / processed_height)
    w2c = torch.eye(4, dtype=torch.float64).repeat(num_frames, 1, 1)
    w2c[:, :3] = upper[:, :3]
    return K, w2c


def _processed_size(
    K: Float[Tensor, "frame 3 3"], height: int, width: int, *, resolution: int, resize_method: ResizeMethod
) -> tuple[int, int]:
    doubled = 2 * K[:, :2, 2]
    is_whole = bool((doubled == doubled[0]).all()) and bool((doubled[0] % _PATCH == 0).all())
    if is_whole and doubled.min() > 0:
        return int(doubled[0, 1]), int(doubled[0, 0])
    size = da3_processed_size(height, width, resolution=resolution, resize_method=resize_method)
    share = K[:, :2, 2].median(dim=0).values / torch.tensor([size[1], size[0]], dtype=K.dtype)
    if (share - 0.5).abs().max() > _MAX_OFF_CENTRE:
        raise GeometryError(
            f"{_SOCKET}['intrinsics']",
            expected=f"a principal point near the middle of {size[1]}×{size[0]} (resolution {resolution})",
            got=f"one at {share[0]:.0%} of the width and {share[1]:.0%} of the height",
            todo="Enter the resolution and resize method that Depth Anything 3 was run with.",
        )
    return size


def _stated_intrinsics(fov_deg: float | None, depth: Tensor) -> Float[Tensor, "frame 3 3"]:
    num_frames, height, width = depth.shape
    if fov_deg is None:
        raise GeometryError(
            f"intrinsics on {_SOCKET}",
            expected="a K for every frame, or a stated field of view",
            got="none",
            todo="Run Depth Anything 3 in multiview mode with a Small or Base model, or give the horizontal "
            "field of view (65 degrees for a phone, 40 for a 50 mm lens).",
        )
    K = intrinsics_matrix(focal_from_fov(fov_deg, width), width=width, height=height)
    return K.repeat(num_frames, 1, 1)


def _confidence(raw: Float[Tensor, "frame height width"]) -> Float[Tensor, "frame height width"]:
    if not raw.min() >= 1 - 1e-3:  # so that NaN is refused too
        raise GeometryError(
            f"{_SOCKET}['confidence']",
            expected="raw confidence, 1 or more everywhere",
            got=f"{raw.min():.4g} at the least",
            todo="Connect the output of Run Depth Anything 3 itself.",
        )
    return (1 - 1 / raw).clamp(0, 1)
