"""A clip and its geometry as files that the trajectory editor shows in a browser.

A scene is a folder: ``scene.json``, and for each stored frame a JPEG of its colours and a PNG of its depth
(:mod:`.log_depth`). The folder is named after its content, appears whole, and is written once.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float
from torch import Tensor

from ..cameras import invert_rigid
from ..media import uint8_from_video, uniform_indices
from ..progress import ProgressFn, no_progress
from ..whole_files import written_whole
from .log_depth import log_depth_picture
from .scene import SceneGeometry
from .video_checks import check_video_fits

Manifest: TypeAlias = dict[str, Any]

FORMAT, VERSION = "postcam-scene", 1
MANIFEST_NAME = "scene.json"
MAX_STORED_FRAMES = 121

_JPEG_QUALITY = 92


def provide_scene_files(
    parent: Path,
    video: Float[Tensor, "frame 3 height width"],
    geometry: SceneGeometry,
    *,
    max_stored_frames: int = MAX_STORED_FRAMES,
    progress: ProgressFn = no_progress,
) -> tuple[Path, Manifest]:
    """Write the scene below ``parent``, unless it is there.

    Args:
        parent: Folder of scenes; made when needed.
        video: Frames in [-1, 1].
        geometry: Of the same frames, at the same size.
        max_stored_frames: Longer clips keep so many frames, spread evenly; cameras are kept for all.
        progress: Called after each stored frame; cancels by raising, and then nothing is left behind.

    Returns:
        The scene's folder and its manifest; docs/formats.md lists the fields.

    Raises:
        ShapeError: If it is no video.
        GeometryError: If video and geometry differ in number or size of frames.
    """
    check_video_fits(video, geometry)
    stored = uniform_indices(len(video), min(len(video), max_stored_frames))
    manifest = _manifest(geometry, stored)
    folder = parent / _content_hash(manifest, video, geometry, stored)
    if not _is_complete(folder, manifest):
        shutil.rmtree(folder, ignore_errors=True)  # someone has deleted a part of it
        with written_whole(folder) as partial:
            partial.mkdir()
            _write_frames(partial, manifest, video, geometry, progress)
            (partial / MANIFEST_NAME).write_text(json.dumps(manifest), encoding="utf-8")
    return folder, manifest


def _manifest(geometry: SceneGeometry, stored: Sequence[int]) -> Manifest:
    lowest, highest = geometry.depth.aminmax()
    return {
        "format": FORMAT,
        "version": VERSION,
        "provider": geometry.provider,
        "notes": list(geometry.notes),
        "width": geometry.width,
        "height": geometry.height,
        "num_frames": geometry.num_frames,
        "nearest_depth": geometry.nearest_depth(),
        "min_depth": float(lowest),
        "max_depth": float(highest),
        "K": geometry.K.flatten(1).tolist(),
        "c2w": invert_rigid(geometry.anchored().w2c).flatten(1).tolist(),
        "frames": [
            {"index": i, "image": f"image_{i:05d}.jpg", "depth": f"depth_{i:05d}.png"} for i in stored
        ],
    }


def _content_hash(manifest: Manifest, video: Tensor, geometry: SceneGeometry, stored: Sequence[int]) -> str:
    content = hashlib.blake2b(json.dumps(manifest).encode(), digest_size=16)
    for i in stored:
        content.update(_bgr_pixels(video[i]))
        content.update(geometry.depth[i].contiguous().cpu().numpy())
    return content.hexdigest()


def _is_complete(folder: Path, manifest: Manifest) -> bool:
    names = [MANIFEST_NAME, *(frame[kind] for frame in manifest["frames"] for kind in ("image", "depth"))]
    return all((folder / name).is_file() for name in names)


def _write_frames(
    folder: Path, manifest: Manifest, video: Tensor, geometry: SceneGeometry, progress: ProgressFn
) -> None:
    import cv2

    # Full colour resolution: edges of objects are what one looks at.
    jpeg = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    jpeg += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    # Depth is smooth from row to row: that filter is the smallest and the fastest of all.
    png = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    nearest, farthest = manifest["min_depth"], manifest["max_depth"]

    def write(frame: dict[str, Any]) -> None:
        image = _bgr_pixels(video[frame["index"]])
        depth = geometry.depth[frame["index"]].cpu().numpy()
        picture = log_depth_picture(depth, nearest=nearest, farthest=farthest)[..., ::-1]
        # Through Python, because OpenCV cannot open every path that Windows allows.
        (folder / frame["image"]).write_bytes(cv2.imencode(".jpg", image, jpeg)[1])
        (folder / frame["depth"]).write_bytes(cv2.imencode(".png", picture, png)[1])

    frames = manifest["frames"]
    pool = ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1))
    try:
        for done, _ in enumerate(pool.map(write, frames), start=1):
            progress(done, len(frames))
    finally:
        pool.shutdown(cancel_futures=True)


def _bgr_pixels(frame: Float[Tensor, "3 height width"]) -> np.ndarray:
    """Colours as OpenCV takes them: uint8 ``[height, width, 3]``, blue first."""
    return uint8_from_video(frame[None].flip(1))[0].cpu().numpy()
