"""Camera paths as people film: a slow move with a slightly unsteady hand."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import rigid_from, rotation_exp
from ..errors import TrajectoryError
from .draws import Draws

# The start lies within this of the origin; with the longest travel and the hand the path stays in the zone.
_START_RADIUS = 0.5
_MAX_TRAVEL = 2.0


def random_camera_path(
    seed: int, num_frames: int, *, travel: float = 1.2, shake: float = 1.0
) -> Float[Tensor, "frame 4 4"]:
    """A moving camera inside the camera zone that looks at the props of any scene; c2w in the scene's world.

    It goes straight from one random point to another, speeding up and slowing down softly, while the point
    that it looks at drifts.

    Args:
        seed: Same range as a scene's; a scene and a path of one seed are independent.
        num_frames: Poses to return.
        travel: Length of the way in scene units at most, 0 to 2. With 0 the camera only turns.
        shake: Strength of the hand: 1 sways by about 2 cm and 0.3°; 0 is a tripod on rails.

    Raises:
        PostCamError: If the seed is out of range.
        TrajectoryError: If there is no frame or ``travel`` would leave the camera zone.
    """
    if num_frames < 1 or not 0 <= travel <= _MAX_TRAVEL:
        raise TrajectoryError(
            "camera path",
            expected=f"at least one frame and a travel from 0 to {_MAX_TRAVEL}",
            got=f"{num_frames} frames and a travel of {travel}",
            todo="Longer ways would run into the scene's objects.",
        )
    draws = Draws(seed, stream=1)
    time = torch.linspace(0, 1, num_frames, dtype=torch.float64)[:, None]
    eased = time * time * (3 - 2 * time)
    bearing, radius = draws.uniform(0, 2 * math.pi), _START_RADIUS * draws.uniform(0, 1) ** 0.5
    start = _vector(radius * math.cos(bearing), draws.uniform(-0.2, 0.15), radius * math.sin(bearing))
    way = travel * draws.uniform(0.4, 1) * draws.directions(1) * _vector(1, 0.25, 0.8)
    position = start + eased * way + 0.02 * shake * _sway(draws, time)
    look_at = _vector(draws.uniform(-0.8, 0.8), draws.uniform(0.1, 0.45), draws.uniform(5, 8))
    drift = _vector(draws.uniform(-1.2, 1.2), draws.uniform(-0.25, 0.25), 0)
    rotation = _looking(look_at + (eased - 0.5) * drift - position)
    return rigid_from(rotation @ rotation_exp(math.radians(0.3) * shake * _sway(draws, time)), position)


def _vector(x: float, y: float, z: float) -> Float[Tensor, "3"]:
    return torch.tensor([x, y, z], dtype=torch.float64)


def _sway(draws: Draws, time: Float[Tensor, "frame 1"]) -> Float[Tensor, "frame 3"]:
    """Three independent smooth wobbles of about unit size: two incommensurate sines each."""
    rate = torch.stack([1.5 + 1.5 * draws.uniforms(3), 3.5 + 2 * draws.uniforms(3)])
    phase = 2 * math.pi * torch.stack([draws.uniforms(3), draws.uniforms(3)])
    waves = torch.sin(2 * math.pi * rate * time[:, None] + phase)
    return waves[:, 0] + 0.4 * waves[:, 1]


def _looking(forward: Float[Tensor, "frame 3"]) -> Float[Tensor, "frame 3 3"]:
    """Rotations whose +z points forward and whose +x is level."""
    z = torch.nn.functional.normalize(forward, dim=-1)
    down = _vector(0, 1, 0).expand_as(z)
    x = torch.nn.functional.normalize(torch.linalg.cross(down, z), dim=-1)
    return torch.stack([x, torch.linalg.cross(z, x), z], dim=-1)
