"""The colour of a surface point: texture, soft light, contact darkening, haze.

Nothing here depends on where the camera is, so a point looks the same from everywhere and a frame warped
with its depth can be compared with the frame rendered there.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .bodies import Body
from .primitives import surface_normal
from .scene import Scene
from .textures import texture_colour

_CONTACT_STRENGTH = 0.4
_AMBIENT = 0.74


@dataclass(frozen=True, kw_only=True)
class PosedBody:
    """A body at the times of some frames, as float32 tensors on the rendering device."""

    body: Body
    half_size: Float[Tensor, "xyz=3"]
    rotation: Float[Tensor, "frame 3 3"]
    position: Float[Tensor, "frame xyz=3"]


def shade(
    scene: Scene,
    posed: list[PosedBody],
    index: int,
    point: Float[Tensor, "xyz=3 point"],
    frame: Int[Tensor, " point"],
) -> Float[Tensor, "rgb=3 point"]:
    """Colour in [0, 1] of world points on one body.

    Args:
        scene: For its light and haze.
        posed: All bodies of the scene; the others darken the ground near them.
        index: Which of them the points lie on.
        point: World coordinates.
        frame: Which of the posed frames each point belongs to.
    """
    surface = posed[index]
    body = surface.body
    distance = point.norm(dim=0)
    local = _to_body(surface, point, frame)
    colour = texture_colour(body.texture, local, distance)
    if body.role == "sky":
        return colour
    normal = surface_normal(body.shape, surface.half_size, local)
    light = (surface.rotation.transpose(-1, -2) @ point.new_tensor(scene.light)).T
    brightness = _AMBIENT + (1 - _AMBIENT) * (normal * light[:, frame]).sum(dim=0)
    if body.shape == "plane":
        brightness *= _contact_light(posed, point, frame)
    colour *= brightness
    haze = point.new_tensor(scene.haze_colour)[:, None]
    return haze + (colour - haze) * torch.exp(-((distance / scene.haze_distance) ** 2))


def _to_body(surface: PosedBody, point: Tensor, frame: Tensor) -> Float[Tensor, "xyz=3 point"]:
    if surface.body.motion is None:
        return surface.rotation[0].T @ (point - surface.position[0][:, None])
    offset = point - surface.position.T[:, frame]
    # Row by row with gathered columns: a batch of millions of 3×3 products is far slower.
    columns = surface.rotation.permute(1, 2, 0)[:, :, frame]
    return (columns * offset[:, None]).sum(dim=0)


def _contact_light(posed: list[PosedBody], point: Tensor, frame: Tensor) -> Float[Tensor, " point"]:
    """Share of light left on the ground: a soft round blot beneath every object, weaker the higher it is."""
    light = torch.ones_like(point[0])
    for other in posed:
        if other.body.role != "object":
            continue
        radius = 1.15 * (other.half_size[0] * other.half_size[2]).sqrt()
        centre = other.position.T[:, frame]
        across = ((point[0] - centre[0]) ** 2 + (point[2] - centre[2]) ** 2) / radius**2
        gap = (point[1] - centre[1] - other.half_size[1]).clamp_min(0) / radius
        light *= 1 - _CONTACT_STRENGTH * torch.exp(-across - 2 * gap)
    return light
