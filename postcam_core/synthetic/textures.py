"""Solid textures: a colour for every point of a body, made of a few sine waves.

Smooth on purpose. A small autoencoder reproduces long waves of moderate contrast and fails on sharp
checkers; and a wave that is still visible where it falls below a few pixels would alias.
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from .draws import Colour, Draws

Pattern: TypeAlias = Literal["noise", "checker", "stripes", "sky"]

_NUM_NOISE_WAVES = 4


@dataclass(frozen=True, kw_only=True)
class Texture:
    """Two colours and the pattern that mixes them.

    Attributes:
        pattern: ``noise`` adds the waves up, ``checker`` multiplies them, ``stripes`` has one; ``sky`` goes
            from the first colour at the horizon to the second overhead, with the waves as clouds.
        waves: Wave vectors in radians per scene unit, in the body's axes.
        phases: In radians.
        reach: Distance from the scene's centre at which a wave has faded to 1/e. Fading by place and not by
            distance from the camera keeps the colour of a point the same from everywhere.
    """

    pattern: Pattern
    colours: tuple[Colour, Colour]
    waves: Float[Tensor, "wave xyz=3"]
    phases: Float[Tensor, " wave"]
    reach: Float[Tensor, " wave"]


def random_texture(
    draws: Draws,
    *,
    pattern: Pattern,
    colours: tuple[Colour, Colour],
    wavelength: float,
    is_ground: bool = False,
) -> Texture:
    """A texture whose longest wave has about the given length in scene units."""
    count = {"noise": _NUM_NOISE_WAVES, "sky": _NUM_NOISE_WAVES, "checker": 3, "stripes": 1}[pattern]
    phases = 2 * math.pi * draws.uniforms(count)
    if pattern == "checker":
        directions, lengths = torch.eye(3, dtype=torch.float64), torch.full((3,), wavelength)
        if is_ground:
            phases[1] = math.pi / 2  # the wave across the ground's own plane must not vanish on it
    else:
        directions, lengths = draws.directions(count), wavelength * (0.55 + 0.45 * draws.uniforms(count))
    if is_ground:
        # Seen at a grazing angle the ground shrinks with the square of the distance, other surfaces with it.
        reach = 9 * lengths.sqrt()
    else:
        reach = 25 * lengths
    return Texture(
        pattern=pattern,
        colours=colours,
        waves=(2 * math.pi / lengths[:, None] * directions).float(),
        phases=phases.float(),
        reach=reach.float(),
    )


def tinted(draws: Draws, colour: Colour, *, contrast: float) -> tuple[Colour, Colour]:
    """A colour and a darker neighbour of it; ``contrast`` is the share of brightness lost between them."""
    darker = tuple(channel * (1 - contrast * draws.uniform(0.75, 1.25)) for channel in colour)
    return colour, darker


def texture_colour(
    texture: Texture, point: Float[Tensor, "xyz=3 point"], distance: Float[Tensor, " point"]
) -> Float[Tensor, "rgb=3 point"]:
    """Colour in [0, 1] at points of a body.

    Args:
        texture: Of the body.
        point: In the body's axes.
        distance: Of each point from the scene's centre, for the fading.
    """
    first, second = (point.new_tensor(colour)[:, None] for colour in texture.colours)
    value = _pattern_value(texture, point, distance)
    return first + (second - first) * (0.5 + 0.5 * value)


def _pattern_value(texture: Texture, point: Tensor, distance: Tensor) -> Float[Tensor, " point"]:
    waves, phases, reach = (x.to(point.device) for x in (texture.waves, texture.phases, texture.reach))
    terms = torch.addmm(phases[:, None], waves, point).sin_()
    if texture.pattern == "sky":
        elevation = (-point[1] / point.norm(dim=0)).clamp_min_(0)
        clouds = terms.sum(dim=0).mul_(0.2).mul_((4 * elevation).clamp_max(1))
        return (1 - 2 * torch.exp(-3 * elevation) + clouds).clamp_(-1, 1)
    terms *= torch.exp(-((distance / reach[:, None]) ** 2))
    if texture.pattern == "checker":
        return terms.prod(dim=0).mul_(3).tanh_()
    return terms.sum(dim=0).mul_(2 / math.sqrt(len(terms))).tanh_()
