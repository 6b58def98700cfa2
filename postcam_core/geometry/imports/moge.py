"""MOGE_GEOMETRY: what ComfyUI's own MoGe node gives."""

from typing import Any

import torch

from ...errors import GeometryError
from ..depth_checks import check_depth
from ..invalid_depth import fill_invalid_depth
from ..scene import SceneGeometry
from .camera_values import K_from_edge_origin
from .socket_values import socket_tensor, still_camera

_SOCKET = "MOGE_GEOMETRY"
# A lens does not zoom by this share of its focal length unless someone turns it.
_NOTABLE_FOCAL_CHANGE = 0.02


def geometry_from_moge(
    packet: dict[str, Any], *, is_static: bool = False, fill_missing: bool = False
) -> SceneGeometry:
    """Turn the dictionary of ComfyUI's MoGeInference node into geometry.

    MoGe looks at one frame at a time: it knows no camera motion, and its scale may jump between frames.
    What its mask excludes (sky, above all) is put at a far depth,
    with a note.

    Args:
        packet: The dictionary: ``depth``, ``intrinsics`` and ``mask``.
        is_static: Says that the camera stands still; without it only a single frame is accepted.
        fill_missing: Put pixels without valid depth at a far depth too, instead of refusing them.

    Raises:
        GeometryError: If it is no such dictionary, comes from a panorama, depth is missing, or nobody says that
            the camera stands still.
        CameraError: If the intrinsics are not usable.

    Source:
        ComfyUI ``comfy_extras/nodes_moge.py`` and ``comfy/ldm/moge/geometry.py``: intrinsics in shares of the
        image, which reaches from 0 to 1.
    """
    raw = socket_tensor(packet, "depth", shape=(None, None, None), socket=_SOCKET).float()
    num_frames, height, width = raw.shape
    if "intrinsics" not in packet:
        raise GeometryError(
            _SOCKET,
            expected="a perspective view with intrinsics",
            got="none, as from a panorama",
            todo="Use Run MoGe Inference on the frames of an ordinary clip.",
        )
    normalised = socket_tensor(packet, "intrinsics", shape=(num_frames, 3, 3), socket=_SOCKET)
    is_masked = None
    if "mask" in packet:
        is_masked = ~socket_tensor(packet, "mask", shape=tuple(raw.shape), socket=_SOCKET).bool()
    if not fill_missing:
        check_depth(raw if is_masked is None else raw.masked_fill(is_masked, 1.0), name=f"{_SOCKET}['depth']")
    filled = fill_invalid_depth(raw, sky=is_masked)
    w2c = still_camera(
        num_frames,
        is_static=is_static,
        socket=_SOCKET,
        todo="MoGe estimates no camera motion. Say that the camera stands still, or take poses and depth from "
        "Depth Anything 3 in multiview mode, from COLMAP or from a geometry file.",
    )
    K = K_from_edge_origin(normalised, scale_x=width, scale_y=height)
    notes = filled.notes
    if num_frames > 1:
        notes += ("camera at rest, as stated; depth was estimated frame by frame",)
    spread = float(K[:, 0, 0].max() / K[:, 0, 0].min()) - 1 if torch.isfinite(K).all() else 0.0
    if spread > _NOTABLE_FOCAL_CHANGE:
        notes += (f"the estimated focal length changes by {spread:.0%} during the clip",)
    return SceneGeometry(
        depth=filled.depth, K=K, w2c=w2c, confidence=filled.confidence, provider="moge", notes=notes
    )
