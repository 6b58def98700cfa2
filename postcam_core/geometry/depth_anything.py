"""Depth Anything 3 without ComfyUI: its authors' networks, run in chunks."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ..media import image_from_video
from ..progress import ProgressFn, no_progress
from .chunks import DEFAULT_CHUNK, DEFAULT_OVERLAP, estimate_in_chunks
from .depth_anything_network import estimate_views, load_network
from .depth_anything_views import licence_note
from .scene import SceneGeometry


def depth_anything_geometry(
    video: Float[Tensor, "frame 3 height width"],
    *,
    model: str | Path,
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
        model: Weights of Small, Base, Large, Giant or Nested: a safetensors file of its authors or of ComfyUI, or a
            folder with ``model.safetensors``.
        device: Where to run; in 32 bits, on CUDA mostly in 16.
        resolution: Of the longest side inside the network, in pixels.
        chunk: Most frames at a time.
        overlap: Fewest frames that neighbouring chunks share.
        pose_method: Cameras from the network's decoder, or from the rays that it predicts.
        progress: Called after each chunk.

    Raises:
        CheckpointError: If the file holds another model or not all of this one.
        GeometryError: If the package is missing, the model has no cameras, or the network gave none.
    """
    height, width = video.shape[-2:]
    network = load_network(model, device)

    def estimate(frames: range) -> SceneGeometry:
        images = image_from_video(video[frames.start : frames.stop]).mul(255).round().byte().cpu().numpy()
        views = estimate_views(network, images, resolution=resolution, pose_method=pose_method)
        return views.resized(height, width, "surface")

    geometry = estimate_in_chunks(len(video), estimate, chunk=chunk, overlap=overlap, progress=progress)
    return replace(geometry.anchored(), notes=(licence_note(network.kind), *geometry.notes))
