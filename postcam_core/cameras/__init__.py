"""Rigid poses, intrinsics, projection and axis conventions. See docs/conventions.md."""

from .alignment import Similarity, align_poses, align_similarity, align_similarity_robust
from .axes import OPENGL_FROM_OPENCV, c2w_opencv_from_opengl, c2w_opengl_from_opencv
from .intrinsics import (
    check_intrinsics,
    crop_intrinsics,
    focal_from_fov,
    fov_deg,
    intrinsics_matrix,
    resize_intrinsics,
)
from .plucker import plucker_rays, wan_camera_embedding
from .projection import pixel_grid, project_points, transform_points, unproject_depth
from .recammaster import recammaster_c2w, recammaster_names
from .se3 import (
    check_rigid,
    interpolate_rigid,
    invert_rigid,
    quaternion_from_rotation,
    relative_to,
    rigid_exp,
    rigid_from,
    rigid_log,
    rotation_angle_deg,
    rotation_exp,
    rotation_from_quaternion,
    rotation_log,
)
from .smoothing import RELEASED_SIGMA_FRAMES, smooth_c2w, smooth_poses

__all__ = [
    "OPENGL_FROM_OPENCV",
    "RELEASED_SIGMA_FRAMES",
    "Similarity",
    "align_poses",
    "align_similarity",
    "align_similarity_robust",
    "c2w_opencv_from_opengl",
    "c2w_opengl_from_opencv",
    "check_intrinsics",
    "check_rigid",
    "crop_intrinsics",
    "focal_from_fov",
    "fov_deg",
    "interpolate_rigid",
    "intrinsics_matrix",
    "invert_rigid",
    "pixel_grid",
    "plucker_rays",
    "project_points",
    "quaternion_from_rotation",
    "recammaster_c2w",
    "recammaster_names",
    "relative_to",
    "resize_intrinsics",
    "rigid_exp",
    "rigid_from",
    "rigid_log",
    "rotation_angle_deg",
    "rotation_exp",
    "rotation_from_quaternion",
    "rotation_log",
    "smooth_c2w",
    "smooth_poses",
    "transform_points",
    "unproject_depth",
    "wan_camera_embedding",
]
