"""Depth and cameras of a source clip: one class, its weights-free provider, and its files."""

from .consistent_depth import consistent_depth
from .convention_check import check_conventions
from .depth_checks import check_depth
from .depth_images import load_depth_images
from .ground_plane import ground_plane_geometry
from .matching import match_frames
from .npz import load_npz, save_npz
from .picture import depth_picture
from .released_folder import load_released_folder, save_released_folder
from .scene import ROBUST_PERCENTILE, ResizeMode, SceneGeometry

__all__ = [
    "ROBUST_PERCENTILE",
    "ResizeMode",
    "SceneGeometry",
    "check_conventions",
    "check_depth",
    "consistent_depth",
    "depth_picture",
    "ground_plane_geometry",
    "load_depth_images",
    "load_npz",
    "load_released_folder",
    "match_frames",
    "save_npz",
    "save_released_folder",
]
