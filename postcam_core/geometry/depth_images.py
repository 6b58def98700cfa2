"""A folder of depth images with a camera JSON: what most tools can export."""

from pathlib import Path

from ..progress import ProgressFn, no_progress
from .camera_json import load_camera_json
from .depth_folder import DepthKind, find_depth_images, read_depth_images
from .scene import SceneGeometry


def load_depth_images(
    folder: str | Path,
    cameras_json: str | Path,
    *,
    depth_kind: DepthKind = "depth",
    depth_scale: float = 1.0,
    fill_missing: bool = False,
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Read depth images in the order of the numbers in their names, and their cameras.

    Args:
        folder: Holds PNG (16-bit), TIFF, EXR or npy depth images: one kind, one image per frame.
        cameras_json: See :func:`postcam_core.geometry.camera_json.load_camera_json`.
        depth_kind: ``"depth"``: z = scale · value; ``"inverse"`` (disparity): z = scale / value.
        depth_scale: 0.001 turns the usual millimetres of 16-bit PNGs into metres. The result must be in the
            unit of the camera's translations.
        fill_missing: Put missing pixels (0, NaN, infinite, negative) at a far depth, with a note, instead of
            refusing them.
        progress: Called after each image.

    Raises:
        GeometryError: If files are missing, broken or of unlike size, a pixel has no depth, or depth and cameras
            differ in number.
        CameraError: If K is no pinhole matrix or a pose is not rigid.
    """
    folder = Path(folder)
    filled = read_depth_images(
        find_depth_images(folder),
        within=folder,
        depth_kind=depth_kind,
        depth_scale=depth_scale,
        fill_missing=fill_missing,
        progress=progress,
    )
    num_frames, height, width = filled.depth.shape
    cameras = load_camera_json(cameras_json, num_frames=num_frames, height=height, width=width)
    return SceneGeometry(
        depth=filled.depth,
        K=cameras.K,
        w2c=cameras.w2c,
        confidence=filled.confidence,
        provider="depth_images",
        notes=filled.notes,
    )
