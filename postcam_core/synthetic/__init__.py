"""Procedural scenes with exact depth, poses and masks: test oracle, sample clip and training data."""

from .backdrops import SKY_RADIUS
from .bodies import Body, Motion
from .clip import Clip
from .multi_camera import render_rig, rig_intrinsics, rig_poses
from .paths import random_camera_path
from .render import render_clip
from .scene import (
    CAMERA_ZONE_HALF_HEIGHT,
    CAMERA_ZONE_RADIUS,
    FIRST_HELD_OUT_SEED,
    Scene,
    random_scene,
)
from .textures import Texture

__all__ = [
    "CAMERA_ZONE_HALF_HEIGHT",
    "CAMERA_ZONE_RADIUS",
    "FIRST_HELD_OUT_SEED",
    "SKY_RADIUS",
    "Body",
    "Clip",
    "Motion",
    "Scene",
    "Texture",
    "random_camera_path",
    "random_scene",
    "render_clip",
    "render_rig",
    "rig_intrinsics",
    "rig_poses",
]
