"""Things that stand about in a scene: one or two bodies each."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .bodies import Body, Motion, Vector
from .draws import Draws
from .primitives import Shape
from .textures import Texture, random_texture, tinted

PropKind: TypeAlias = Literal["ball", "egg", "crate", "pillar", "tree", "totem"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One body of a prop of size 1: shape, semi-axes, height of its foot above the ground, hue range."""

    shape: Shape
    half_size: Vector
    foot: float = 0.0
    hue: tuple[float, float] = (0.0, 1.0)


_PARTS: dict[PropKind, tuple[Part, ...]] = {
    "ball": (Part(shape="ellipsoid", half_size=(1, 1, 1)),),
    "egg": (Part(shape="ellipsoid", half_size=(0.75, 1.2, 0.75)),),
    "crate": (Part(shape="box", half_size=(0.8, 0.75, 0.8)),),
    "pillar": (Part(shape="box", half_size=(0.4, 1.5, 0.4)),),
    "tree": (
        Part(shape="box", half_size=(0.14, 0.75, 0.14), hue=(0.05, 0.1)),
        Part(shape="ellipsoid", half_size=(0.8, 1.0, 0.8), foot=1.1, hue=(0.2, 0.42)),
    ),
    "totem": (
        Part(shape="box", half_size=(0.65, 0.6, 0.65)),
        Part(shape="ellipsoid", half_size=(0.55, 0.55, 0.55), foot=1.2),
    ),
}


def footprint_radius(kind: PropKind, size: float) -> float:
    """Radius of the circle on the ground that the prop never leaves, however it is turned."""
    return size * max((part.half_size[0] ** 2 + part.half_size[2] ** 2) ** 0.5 for part in _PARTS[kind])


def build_prop(
    draws: Draws, *, kind: PropKind, foot: Vector, size: float, instance: int, motion: Motion | None = None
) -> list[Body]:
    """Bodies of a prop that stands on the ground.

    Args:
        draws: Where its textures and yaw come from.
        kind: Which row of the part table.
        foot: Where it stands on the ground, world axes.
        size: Scene units per unit of the part table: about half the prop's width.
        instance: Number that all its bodies carry.
        motion: Shared by all its bodies.
    """
    yaw_deg = draws.uniform(0, 90)
    return [
        Body(
            shape=part.shape,
            half_size=tuple(size * x for x in part.half_size),
            position=(foot[0], foot[1] - size * (part.foot + part.half_size[1]), foot[2]),
            texture=_object_texture(draws, part, size),
            yaw_deg=yaw_deg,
            instance=instance,
            motion=motion,
        )
        for part in _PARTS[kind]
    ]


def _object_texture(draws: Draws, part: Part, size: float) -> Texture:
    colours = tinted(draws, draws.colour(hue=part.hue), contrast=draws.uniform(0.3, 0.55))
    pattern = draws.choice(("noise", "noise", "checker", "stripes"))
    wavelength = max(0.6, size * draws.uniform(1.0, 1.8))
    return random_texture(draws, pattern=pattern, colours=colours, wavelength=wavelength)
