"""A body: a shape with a texture, standing or moving."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from ..cameras import rigid_from, rotation_exp
from .primitives import Shape
from .textures import Texture

Vector: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Motion:
    """What a body does while the time goes from 0 to 1.

    Attributes:
        displacement: Straight way in scene units, world axes.
        turn: Rotation about the body's centre: axis times angle in radians, world axes.
        hop_height: How far up it hops, in scene units.
        num_hops: How often.
    """

    displacement: Vector = (0.0, 0.0, 0.0)
    turn: Vector = (0.0, 0.0, 0.0)
    hop_height: float = 0.0
    num_hops: int = 0


@dataclass(frozen=True, kw_only=True)
class Body:
    """One primitive of a scene.

    Attributes:
        half_size: Half the edges of a box, the semi-axes of an ellipsoid; a plane ignores it.
        position: Of the centre at time 0, in scene units, world axes.
        yaw_deg: Turn about the vertical at time 0.
        role: Objects darken the ground beneath them; the sky is neither lit nor hazy.
        instance: Number of the object that the body is part of, from 1; 0 for backdrop and sky.
        motion: None for a body that stands still.
    """

    shape: Shape
    half_size: Vector
    position: Vector
    texture: Texture
    yaw_deg: float = 0.0
    role: Literal["object", "backdrop", "sky"] = "object"
    instance: int = 0
    motion: Motion | None = None

    def body_to_world(self, times: Float[Tensor, " frame"]) -> Float[Tensor, "frame 4 4"]:
        """Pose at each time, float64."""
        motion = self.motion or Motion()
        times = times.double().cpu()
        rest = rotation_exp(torch.tensor([0.0, math.radians(self.yaw_deg), 0.0], dtype=torch.float64))
        rotation = rotation_exp(times[:, None] * torch.tensor(motion.turn, dtype=torch.float64)) @ rest
        position = torch.tensor(self.position, dtype=torch.float64) + times[:, None] * torch.tensor(
            motion.displacement, dtype=torch.float64
        )
        position[:, 1] -= motion.hop_height * torch.sin(math.pi * motion.num_hops * times) ** 2
        return rigid_from(rotation, position)
