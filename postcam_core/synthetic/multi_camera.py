"""The same moments of a scene seen by several cameras that start together: source and targets for training."""

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import focal_from_fov, intrinsics_matrix, rigid_from, rotation_exp
from ..errors import PostCamError
from .clip import Clip
from .draws import Draws
from .paths import random_camera_path
from .render import render_clip
from .scene import random_scene

Move: TypeAlias = Literal["orbit", "slide", "turn", "hand"]

_MOVES: tuple[Move, ...] = ("orbit", "orbit", "slide", "turn", "hand")
_STILL_SHARE = 0.25
_FOV_DEG = (46.0, 62.0)
# Each camera draws from a stream of its own; the last is the one of what they share.
_CAMERAS_PER_SEED = 64
MAX_CAMERAS = _CAMERAS_PER_SEED - 1
_SEED_LIMIT = 2**31


def rig_poses(seed: int, num_frames: int, num_cameras: int) -> Float[Tensor, "camera frame 4 4"]:
    """Paths of cameras that start at one pose and part; c2w in the world of the scene of that seed.

    Camera 0 films as people do: by hand, or from a tripod. The others make the moves that a recapture is asked
    for: orbits up to 30°, slides, turns, and other hands.

    Args:
        seed: Of the scene.
        num_frames: Poses of each camera.
        num_cameras: From 1 to :data:`MAX_CAMERAS`.

    Raises:
        PostCamError: If the seed or the number of cameras is out of range.
    """
    if not 1 <= num_cameras <= MAX_CAMERAS:
        raise PostCamError(
            "cameras of a scene", expected=f"1 to {MAX_CAMERAS}", got=f"{num_cameras}", todo="Four are usual."
        )
    first = random_camera_path(seed, num_frames)
    start = first[0]
    if _draws(seed, 0).uniform(0, 1) < _STILL_SHARE:
        first = start.expand(num_frames, 4, 4)
    return torch.stack([first, *(_moved(start, seed, index, num_frames) for index in range(1, num_cameras))])


def rig_intrinsics(seed: int, *, height: int, width: int) -> Float[Tensor, "3 3"]:
    """K in pixels that all cameras of a scene share."""
    fov_deg = _draws(seed, _CAMERAS_PER_SEED - 1).uniform(*_FOV_DEG)
    return intrinsics_matrix(focal_from_fov(fov_deg, width), width=width, height=height)


def render_rig(
    seed: int,
    *,
    num_frames: int,
    num_cameras: int,
    height: int,
    width: int,
    cameras: Sequence[int] | None = None,
    device: torch.device | str = "cpu",
    samples_per_axis: int = 1,
) -> tuple[Clip, ...]:
    """Render the scene of a seed with the cameras of its rig: same moments, exact geometry, one world.

    Args:
        seed: Of the scene.
        num_frames: Of each clip.
        num_cameras: Of the rig.
        height: Of the frames, in pixels.
        width: Of the frames, in pixels.
        cameras: Which of them to render; None for all.
        device: See :func:`.render.render_clip`.
        samples_per_axis: See :func:`.render.render_clip`.

    Raises:
        PostCamError: If the seed is out of range.
        ShapeError: If a size is not positive.
    """
    scene = random_scene(seed)
    K = rig_intrinsics(seed, height=height, width=width).expand(num_frames, 3, 3)
    poses = rig_poses(seed, num_frames, num_cameras)
    return tuple(
        render_clip(
            scene,
            c2w=poses[camera],
            K=K,
            times=torch.linspace(0, 1, num_frames),
            height=height,
            width=width,
            device=device,
            samples_per_axis=samples_per_axis,
        )
        for camera in (range(num_cameras) if cameras is None else cameras)
    )


def _camera_seed(seed: int, index: int) -> int:
    return (seed * _CAMERAS_PER_SEED + index) % _SEED_LIMIT


def _draws(seed: int, index: int) -> Draws:
    return Draws(_camera_seed(seed, index), stream=1)


def _moved(start: Tensor, seed: int, index: int, num_frames: int) -> Float[Tensor, "frame 4 4"]:
    draws = _draws(seed, index)
    move = draws.choice(_MOVES)
    if move == "hand":
        path = random_camera_path(_camera_seed(seed, index), num_frames, travel=1.6)
        return start @ torch.linalg.inv(path[0]) @ path
    time = torch.linspace(0, 1, num_frames, dtype=torch.float64)[:, None]
    eased = draws.choice((time, time * time * (3 - 2 * time), 1 - (1 - time) ** 2))
    return start @ {"orbit": _orbit, "slide": _slide, "turn": _turn}[move](draws, eased)


def _orbit(draws: Draws, eased: Tensor) -> Float[Tensor, "frame 4 4"]:
    """Around a point in front: with the largest angle and radius the way stays inside the camera zone."""
    radius = torch.tensor([0, 0, draws.uniform(3.2, 4.0)], dtype=torch.float64)
    rotation = _rotation(draws, eased, yaw_deg=(10, 30), pitch_deg=(0, 8))
    return rigid_from(rotation, radius - rotation @ radius)


def _slide(draws: Draws, eased: Tensor) -> Float[Tensor, "frame 4 4"]:
    """Straight along or across the line of sight, with a slight turn."""
    way = draws.uniform(0.6, 1.8) * draws.directions(1) * torch.tensor([1, 0.25, 1], dtype=torch.float64)
    return rigid_from(_rotation(draws, eased, yaw_deg=(0, 6), pitch_deg=(0, 3)), eased * way)


def _turn(draws: Draws, eased: Tensor) -> Float[Tensor, "frame 4 4"]:
    """On the spot."""
    rotation = _rotation(draws, eased, yaw_deg=(5, 20), pitch_deg=(0, 8))
    return rigid_from(rotation, torch.zeros(len(eased), 3, dtype=torch.float64))


def _rotation(
    draws: Draws, eased: Tensor, *, yaw_deg: tuple[float, float], pitch_deg: tuple[float, float]
) -> Float[Tensor, "frame 3 3"]:
    pitch, yaw = (math.radians(draws.sign() * draws.uniform(*span)) for span in (pitch_deg, yaw_deg))
    return rotation_exp(eased * torch.tensor([pitch, yaw, 0.0], dtype=torch.float64))
