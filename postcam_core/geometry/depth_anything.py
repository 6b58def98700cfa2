"""Depth Anything 3 without ComfyUI: its authors' package, run in chunks."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import GeometryError
from ..media import image_from_video
from ..progress import ProgressFn, no_progress
from .chunks import DEFAULT_CHUNK, DEFAULT_OVERLAP, estimate_in_chunks
from .depth_anything_views import geometry_from_views, licence_note, missing_cameras
from .scene import SceneGeometry


def depth_anything_geometry(
    video: Float[Tensor, "frame 3 height width"],
    *,
    model: str = "depth-anything/DA3-BASE",
    device: torch.device | str = "cpu",
    resolution: int = 504,
    chunk: int = DEFAULT_CHUNK,
    overlap: int = DEFAULT_OVERLAP,
    pose_method: Literal["cam_dec", "ray_pose"] = "cam_dec",
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Estimate depth and cameras with the package ``depth-anything-3``, which has to be installed.

    Args:
        video: Frames in [-1, 1].
        model: A folder with weights, or their name on the hub, from where the package downloads them.
        device: Where to run.
        resolution: Of the longest side inside the network, in pixels.
        chunk: Most frames at a time.
        overlap: Fewest frames that neighbouring chunks share.
        pose_method: Cameras from the network's decoder, or from the rays that it predicts.
        progress: Called after each chunk.

    Raises:
        GeometryError: If the package is missing, the model has no cameras, or the network gave none.
    """
    network = _model_class().from_pretrained(model).to(device)
    estimate = chunk_estimator(network, video, resolution=resolution, pose_method=pose_method, name=model)
    geometry = estimate_in_chunks(len(video), estimate, chunk=chunk, overlap=overlap, progress=progress)
    return replace(geometry.anchored(), notes=(licence_note(kind_of(model)), *geometry.notes))


def chunk_estimator(
    network: Any,
    video: Float[Tensor, "frame 3 height width"],
    *,
    resolution: int,
    pose_method: str,
    name: str,
) -> Callable[[range], SceneGeometry]:
    """An estimator for :func:`.chunks.estimate_in_chunks`, at the size of the video.

    Args:
        network: A ``DepthAnything3`` of the package, or anything with its ``inference``.
        video: Frames in [-1, 1].
        resolution: Of the longest side inside the network, in pixels.
        pose_method: ``"cam_dec"`` or ``"ray_pose"``.
        name: What the user calls the model, for messages.
    """
    height, width = video.shape[-2:]

    def estimate(frames: range) -> SceneGeometry:
        images = image_from_video(video[frames.start : frames.stop]).mul(255).round().byte().cpu().numpy()
        views = network.inference(
            list(images), process_res=resolution, use_ray_pose=pose_method == "ray_pose"
        )
        if views.extrinsics is None or views.intrinsics is None:
            raise missing_cameras(name)
        geometry = geometry_from_views(
            depth=torch.as_tensor(views.depth),
            K=torch.as_tensor(views.intrinsics),
            w2c=torch.as_tensor(views.extrinsics)[:, :3],
            confidence=None if views.conf is None else torch.as_tensor(views.conf),
            sky=None if views.sky is None else torch.as_tensor(views.sky).float(),
            is_metric=bool(views.is_metric),
        )
        return geometry.resized(height, width, "surface")

    return estimate


def kind_of(model: str) -> str | None:
    """Size of the model by the last part of its name: the largest that it names, as Nested names three."""
    name = Path(model).name.lower()
    return next((kind for kind in ("nested", "giant", "large", "base", "small") if kind in name), None)


def _model_class() -> Any:
    try:
        from depth_anything_3.api import DepthAnything3
    except ImportError as error:
        raise GeometryError(
            "provider depth_anything_3",
            expected="the package depth-anything-3",
            got=f"{error}",
            todo="Its own requirements ask for an old numpy, so install it without them: pip install --no-deps "
            "depth-anything-3, then pip install addict einops evo huggingface_hub imageio moviepy==1.0.3 omegaconf "
            "opencv-python-headless plyfile pycolmap trimesh.",
        ) from error
    return DepthAnything3
