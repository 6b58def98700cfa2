"""Cameras that COLMAP found, with depth from a folder of images."""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from ...cameras import rigid_from
from ...errors import CameraError, GeometryError
from ...progress import ProgressFn, no_progress
from ..depth_folder import DepthKind, find_depth_images, natural_key, read_depth_images
from ..files import require_folder
from ..scene import SceneGeometry
from .camera_values import K_from_edge_origin, refuse_distortion, scale_to_depth
from .colmap_files import ColmapCamera, ColmapImage, read_colmap_model
from .depth_names import match_depth_names

_ONE_FOCAL = ("SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL")
_TWO_FOCALS = ("PINHOLE", "OPENCV", "FULL_OPENCV")
_MAX_NORM_ERROR = 1e-3


def load_colmap(
    model_folder: str | Path,
    depth_folder: str | Path,
    *,
    depth_kind: DepthKind = "depth",
    depth_scale: float = 1.0,
    fill_missing: bool = False,
    progress: ProgressFn = no_progress,
) -> SceneGeometry:
    """Read the cameras of a COLMAP model and one depth image for each of its images.

    Frames are the images in the order of the numbers in their names. COLMAP stores w2c with OpenCV axes; its
    pixels begin at (0, 0) with their corner, so that half a pixel is subtracted from the principal point. A
    model has no unit: depth must be in the unit of its translations.

    Args:
        model_folder: Holds ``cameras`` and ``images`` as ``.bin`` or ``.txt`` (3D points are not read).
        depth_folder: See :func:`.depth_names.match_depth_names` for the names; another size than the images' is
            allowed, other proportions are not.
        depth_kind: As in :func:`..depth_images.load_depth_images`.
        depth_scale: As there.
        fill_missing: As there.
        progress: Called after each depth image.

    Raises:
        GeometryError: If files are missing or damaged, or depth images do not belong to the images.
        CameraError: If a lens is no pinhole or a pose not rigid.
    """
    model = read_colmap_model(require_folder(model_folder))
    images = sorted(model.images, key=lambda image: natural_key(image.name))
    _check_images(images, model.cameras)
    depth_folder = require_folder(depth_folder)
    filled = read_depth_images(
        match_depth_names([image.name for image in images], find_depth_images(depth_folder)),
        within=depth_folder,
        depth_kind=depth_kind,
        depth_scale=depth_scale,
        fill_missing=fill_missing,
        progress=progress,
    )
    _, height, width = filled.depth.shape
    K = {
        camera_id: _intrinsics(model.cameras[camera_id], width, height, name=f"COLMAP camera {camera_id}")
        for camera_id in {image.camera_id for image in images}
    }
    return SceneGeometry(
        depth=filled.depth,
        K=torch.stack([K[image.camera_id] for image in images]),
        w2c=torch.stack([_w2c(image) for image in images]),
        confidence=filled.confidence,
        provider="colmap",
        notes=filled.notes,
    )


def _check_images(images: list[ColmapImage], cameras: dict[int, ColmapCamera]) -> None:
    names = {image.name for image in images}
    unknown = [image.camera_id for image in images if image.camera_id not in cameras]
    if not images or len(names) < len(images) or unknown:
        raise GeometryError(
            "COLMAP model",
            expected="at least one image, each name once, each with a camera of cameras.txt or .bin",
            got=f"{len(images)} images with {len(names)} names"
            + (f", camera {unknown[0]} unknown" if unknown else ""),
            todo="Keep both files of one model together.",
        )


def _intrinsics(camera: ColmapCamera, width: int, height: int, *, name: str) -> Float[Tensor, "3 3"]:
    """K in pixels of the depth maps."""
    if camera.model in _ONE_FOCAL:
        fx, cx, cy, *radial = camera.parameters
        fy, tangential = fx, []
    elif camera.model in _TWO_FOCALS:
        fx, fy, cx, cy, *rest = camera.parameters
        radial, tangential = rest[:2] + rest[4:], rest[2:4]
    else:
        raise CameraError(
            name,
            expected=f"one of the models {', '.join(_ONE_FOCAL + _TWO_FOCALS)}",
            got=camera.model[:40],
            todo="Undistort the images (colmap image_undistorter) and export depth of the undistorted ones.",
        )
    scale_x, scale_y = scale_to_depth(
        camera.width, camera.height, depth_width=width, depth_height=height, name=name
    )
    K = torch.tensor([[fx, 0, cx], [0, fy, cy], [0, 0, 1]], dtype=torch.float64)
    refuse_distortion(
        K, width=camera.width, height=camera.height, radial=radial, tangential=tangential, name=name
    )
    return K_from_edge_origin(K, scale_x=scale_x, scale_y=scale_y)


def _w2c(image: ColmapImage) -> Float[Tensor, "4 4"]:
    quaternion = torch.tensor(image.quaternion, dtype=torch.float64)
    norm = quaternion.norm()
    if not (norm - 1).abs() < _MAX_NORM_ERROR:  # so that NaN is refused too
        raise CameraError(
            f"pose of {image.name[:60]!r}",
            expected="a quaternion of length 1",
            got=f"length {norm:.4g}",
            todo="Export the model again.",
        )
    w, x, y, z = quaternion / norm
    rotation = torch.stack(
        [
            torch.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)]),
            torch.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)]),
            torch.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]),
        ]
    )
    return rigid_from(rotation, torch.tensor(image.translation, dtype=torch.float64))
