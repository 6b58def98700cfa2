"""The networks of the package ``depth-anything-3``: built, filled with weights, and asked about views.

Only its networks are imported. The package's own entry point also loads what it exports and evaluates with
(pycolmap, evo, moviepy, Open3D…), none of which is needed to estimate.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..errors import CheckpointError, GeometryError
from .depth_anything_views import geometry_from_views, missing_cameras
from .depth_anything_weights import read_weights
from .imports.da3 import da3_processed_size
from .scene import SceneGeometry

_CONFIGS = {
    "small": "da3-small",
    "base": "da3-base",
    "large": "da3-large",
    "giant": "da3-giant",
    "nested": "da3nested-giant-large",
}
# Of ImageNet's colours, as in training.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, kw_only=True)
class DepthAnythingNetwork:
    """A network with weights.

    Attributes:
        module: ``DepthAnything3Net`` or ``NestedDepthAnything3Net`` of the package, in 32 bits.
        kind: ``"small"``, ``"base"``, ``"large"``, ``"giant"`` or ``"nested"``.
    """

    module: torch.nn.Module
    kind: str


def load_network(path: str | Path, device: torch.device | str = "cpu") -> DepthAnythingNetwork:
    """Build the network that a file of weights belongs to.

    Args:
        path: A safetensors file, or a folder with ``model.safetensors`` in it.
        device: Where to put it.

    Raises:
        GeometryError: If the package or something that it needs is missing, or the model estimates no cameras.
        CheckpointError: If the file holds another model or not all of this one.
    """
    tensors, kind = read_weights(path)
    module = build_module(kind)
    try:
        rest = module.load_state_dict(tensors, strict=False)
    except RuntimeError as error:  # shapes
        raise _other_tensors(path, kind, " ".join(str(error).split())[:300]) from error
    # One norm has four names, and files may hold it under the first alone: parameters are counted, not names.
    missing = [name for name, _ in module.named_parameters() if name in rest.missing_keys]
    for what, names in (("missing", missing), ("of other names", rest.unexpected_keys)):
        if names:
            raise _other_tensors(path, kind, f"{len(names)} {what} ({names[0]}, …)")
    return DepthAnythingNetwork(module=module.to(device).eval(), kind=kind)


def build_module(kind: str) -> torch.nn.Module:
    """The network of a size with random weights, without its encoder for given cameras and its splats.

    Raises:
        GeometryError: If the package or something that it needs is missing.
    """
    os.environ.setdefault("DA3_LOG_LEVEL", "WARN")  # it prints a line for each pass otherwise
    try:
        from depth_anything_3.cfg import create_object, load_config
        from depth_anything_3.model import da3  # noqa: F401  # what create_object imports by name
        from depth_anything_3.registry import MODEL_REGISTRY
    except ImportError as error:
        raise GeometryError(
            "provider depth_anything_3",
            expected="the package depth-anything-3 and what its networks need",
            got=f"{error}",
            todo="Its own requirements ask for an old numpy, so install it without them: pip install --no-deps "
            "depth-anything-3, then pip install addict einops omegaconf.",
        ) from error
    config = load_config(MODEL_REGISTRY[_CONFIGS[kind]])
    main = config.anyview if kind == "nested" else config
    for splats in ("gs_head", "gs_adapter"):
        main.pop(splats, None)
    module = create_object(config)
    (module.da3 if kind == "nested" else module).cam_enc = None
    return module


def estimate_views(
    network: DepthAnythingNetwork,
    images: UInt8[np.ndarray, "frame row column 3"],
    *,
    resolution: int,
    pose_method: str,
) -> SceneGeometry:
    """One pass over frames that see each other; the result has the size that the network works at.

    Args:
        network: From :func:`load_network`.
        images: The frames.
        resolution: Of the longest side inside the network, in pixels.
        pose_method: ``"cam_dec"`` or ``"ray_pose"``.

    Raises:
        GeometryError: If the network gave no usable cameras.
    """
    device = next(network.module.parameters()).device
    views = network_input(images, resolution).to(device)[None]
    is_cuda = device.type == "cuda"
    half = torch.bfloat16 if is_cuda and torch.cuda.is_bf16_supported() else torch.float16
    # Rays and sky are judged on random samples: the same frames shall give the same geometry.
    with (
        torch.inference_mode(),
        torch.random.fork_rng([device] if is_cuda else []),
        torch.autocast(device.type, dtype=half, enabled=is_cuda),
    ):
        torch.manual_seed(0)
        out: Any = network.module(views, use_ray_pose=pose_method == "ray_pose")
    if "extrinsics" not in out or "intrinsics" not in out:
        raise missing_cameras(network.kind)
    return geometry_from_views(
        depth=_plain(out["depth"]),
        K=_plain(out["intrinsics"]),
        w2c=_plain(out["extrinsics"])[:, :3],
        confidence=_plain(out["depth_conf"]),
        is_metric=bool(out.get("is_metric", 0)),
    )


def network_input(
    images: UInt8[np.ndarray, "frame row column 3"], resolution: int
) -> Float[Tensor, "frame 3 height width"]:
    """Frames as the network was trained on them: resized to multiples of 14 pixels, colours normalised.

    Source:
        The package's ``InputProcessor`` with ``upper_bound_resize``: first to the resolution, then to the multiple
        that is next to it, each time by area where it shrinks and cubic where it grows.
    """
    height, width = images.shape[1:3]
    scale = resolution / max(height, width)
    first = (max(1, round(height * scale)), max(1, round(width * scale)))
    second = da3_processed_size(height, width, resolution=resolution)
    resized = np.stack([_resized(_resized(image, *first), *second) for image in images])
    colours = torch.from_numpy(resized).permute(0, 3, 1, 2).float() / 255
    mean, deviation = (torch.tensor(values)[:, None, None] for values in (_MEAN, _DEVIATION))
    return (colours - mean) / deviation


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    import cv2

    if image.shape[:2] == (height, width):
        return image
    grows = height > image.shape[0] or width > image.shape[1]
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC if grows else cv2.INTER_AREA)


def _other_tensors(path: str | Path, kind: str, got: str) -> CheckpointError:
    return CheckpointError(
        f"model {Path(path).name!r}",
        expected=f"every tensor of Depth Anything 3 {kind.capitalize()}, in its shape",
        got=got,
        todo="Download the file again.",
    )


def _plain(tensor: Tensor) -> Tensor:
    """Without the batch, as an ordinary tensor (one of inference mode may not be changed later)."""
    return tensor[0].float().cpu().clone()
