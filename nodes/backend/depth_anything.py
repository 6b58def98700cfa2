"""Depth Anything 3 through ComfyUI's own loader and network, a chunk of frames at a time."""

import math
from dataclasses import dataclass, replace
from typing import Any

import comfy.model_management
import comfy.sd
import comfy.utils
import folder_paths
import torch
from comfy.ldm.depth_anything_3 import preprocess
from safetensors import SafetensorError
from torch import Tensor

from ...postcam_core.errors import CheckpointError
from ...postcam_core.geometry import SceneGeometry
from ...postcam_core.geometry.chunks import estimate_in_chunks
from ...postcam_core.geometry.depth_anything_views import geometry_from_views, licence_note, missing_cameras
from ...postcam_core.progress import ProgressFn, no_progress

_FOLDER = "geometry_estimation"
POSE_METHODS = ["cam_dec", "ray_pose"]

# By the width of the backbone, as core tells them apart.
_KINDS = {384: "small", 768: "base", 1024: "large"}
_GIANT_WIDTH = 1536
_PATCH_WEIGHT = "backbone.embeddings.patch_embeddings.projection.weight"
_CAMERA_WEIGHT = "cam_dec.fc_t.weight"
# Numbers that the head keeps for every pixel of a chunk; measured for Base: 1.8 kB in 32 bits.
_NUMBERS_PER_PIXEL = {"small": 230, "base": 460, "large": 920}


@dataclass(frozen=True, kw_only=True)
class DepthAnything:
    """A loaded network with cameras.

    Attributes:
        patcher: As core's loader returns it: placed and offloaded by ComfyUI.
        kind: ``"small"``, ``"base"`` or ``"large"``.
    """

    patcher: Any
    kind: str


def geometry_model_menu() -> list[str]:
    """Files in ComfyUI's geometry_estimation folders."""
    return folder_paths.get_filename_list(_FOLDER)


def load_depth_anything(name: str) -> DepthAnything:
    """Load a model that estimates depth and cameras.

    Args:
        name: An entry of :func:`geometry_model_menu`.

    Raises:
        CheckpointError: If the file holds another model, or one that core would load wrongly.
        GeometryError: If the model estimates no cameras.
    """
    path = folder_paths.get_full_path_or_raise(_FOLDER, name)
    try:
        tensors, metadata = comfy.utils.load_torch_file(path, return_metadata=True)
    except SafetensorError as error:
        raise _incomplete(name, f"a damaged file ({error})") from error
    # Core takes the prefix of the published files off too, but only later.
    tensors = {key.removeprefix("model."): tensor for key, tensor in tensors.items()}
    kind = _kind_of(tensors, name)
    names = set(tensors)
    try:
        patcher = comfy.sd.load_diffusion_model_state_dict(tensors, metadata=metadata)
    except KeyError as error:  # a tensor that core reads a size from
        raise _incomplete(name, f"none of the name {error}") from error
    # For other missing tensors core takes whatever is in memory, and only logs a line. Parameters are counted,
    # not names: one norm has four, and the published files hold it under the first alone.
    missing = sorted({key for key, _ in patcher.model.diffusion_model.named_parameters()} - names)
    if missing:
        raise _incomplete(name, f"{len(missing)} missing ({missing[0]}, …)")
    # How core makes the model again for another device.
    patcher.cached_patcher_init = (comfy.sd.load_diffusion_model, (path, {}))
    return DepthAnything(patcher=patcher, kind=kind)


def depth_anything_geometry(
    images: Tensor,
    model: DepthAnything,
    *,
    resolution: int,
    chunk: int,
    overlap: int,
    pose_method: str,
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Depth and cameras of a clip of any length, in the memory that one chunk takes.

    Args:
        images: Frames [frame, height, width, 3] in [0, 1].
        model: From :func:`load_depth_anything`.
        resolution: Of the longest side inside the network, in pixels.
        chunk: Most frames at a time.
        overlap: Fewest frames that neighbouring chunks share.
        pose_method: One of :data:`POSE_METHODS`.
        progress: Called after each chunk.

    Raises:
        GeometryError: If the numbers do not fit together, or the network gave no usable cameras.
    """
    height, width = images.shape[1:3]
    network = model.patcher.model.diffusion_model
    num_pixels = min(chunk, len(images)) * math.prod(
        preprocess.compute_target_size(height, width, resolution)
    )
    num_bytes = num_pixels * _NUMBERS_PER_PIXEL[model.kind] * _dtype(network).itemsize
    comfy.model_management.load_models_gpu([model.patcher], memory_required=num_bytes)

    def estimate(frames: range) -> SceneGeometry:
        shown = images[frames.start : frames.stop, ..., :3]
        geometry = _estimate_views(network, shown, resolution=resolution, pose_method=pose_method)
        return geometry.resized(height, width, "surface")

    geometry = estimate_in_chunks(len(images), estimate, chunk=chunk, overlap=overlap, progress=progress)
    return replace(geometry.anchored(), notes=(licence_note(model.kind), *geometry.notes))


def _estimate_views(network: Any, images: Tensor, *, resolution: int, pose_method: str) -> SceneGeometry:
    """One pass over frames that see each other, at the size that the network works at.

    Depth and K are both taken at that size. Core's own node resizes depth alone, so that its K no longer fits;
    and it replaces missing cameras by identities.
    """
    num_frames = len(images)
    if num_frames == 1:
        images = images.repeat(2, 1, 1, 1)  # the decoder gives cameras for two views or more
    device = comfy.model_management.get_torch_device()
    views = preprocess.preprocess_image(images.to(device), process_res=resolution)
    views = views.to(_dtype(network))[None]
    # The rays' cameras come from random samples: the same frames shall give the same cameras.
    with torch.no_grad(), torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(0)
        out = network(views, use_ray_pose=pose_method == "ray_pose")
    if "extrinsics" not in out or "intrinsics" not in out:
        raise missing_cameras("of this pass")
    w2c, K = out["extrinsics"][0], out["intrinsics"][0]
    raw = {"depth": out["depth"], "K": K, "w2c": w2c, "confidence": out["depth_conf"]}
    return geometry_from_views(**{name: value[:num_frames].float().cpu() for name, value in raw.items()})


def _dtype(network: Any) -> torch.dtype:
    return network.dtype or torch.float32


def _kind_of(tensors: dict[str, Tensor], name: str) -> str:
    if _PATCH_WEIGHT not in tensors:
        raise _wrong_file(name, f"other tensors ({next(iter(tensors), 'none')!r}, …)")
    width = tensors[_PATCH_WEIGHT].shape[0]
    if width == _GIANT_WIDTH:
        # It takes the features of the wrong layers and says nothing.
        raise _wrong_file(name, "Giant, which ComfyUI's own network runs wrongly")
    if width not in _KINDS:
        raise _wrong_file(name, f"a backbone of width {width}")
    if _CAMERA_WEIGHT not in tensors:
        raise missing_cameras(name)
    return _KINDS[width]


def _incomplete(name: str, got: str) -> CheckpointError:
    return CheckpointError(
        f"model {name!r}",
        expected="every tensor of the network",
        got=got,
        todo="Download the file again.",
    )


def _wrong_file(name: str, got: str) -> CheckpointError:
    return CheckpointError(
        f"model {name!r}",
        expected="Depth Anything 3 Small, Base or Large in ComfyUI's format",
        got=got,
        todo="Get one: python -m postcam_core download da3-base --models ComfyUI/models",
    )
