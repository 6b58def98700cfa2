"""A scene, and how a seed becomes one.

World axes are OpenCV's: +y down, +z the way the cameras look. The origin is at eye height. Everything keeps
out of the camera zone around it, so a camera path inside the zone never enters an object.

Seeds below 1,000,000 are for training. Tests and the bundled sample clip use larger ones.
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .backdrops import outdoor_backdrop, room_backdrop
from .bodies import Body, Motion, Vector
from .draws import Colour, Draws
from .props import PropKind, build_prop, footprint_radius

SceneKind: TypeAlias = Literal["room", "outdoor"]

FIRST_HELD_OUT_SEED = 1_000_000

# Cylinder about the origin that no body enters: radius and half height in scene units.
CAMERA_ZONE_RADIUS = 2.6
CAMERA_ZONE_HALF_HEIGHT = 0.8

_GAP = 0.25
_MOVING_KINDS: tuple[PropKind, ...] = ("ball", "crate", "egg", "totem")
_STANDING_KINDS: tuple[PropKind, ...] = ("ball", "crate", "pillar", "tree", "totem", "egg")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Bodies and light. Nothing in it depends on the camera.

    Attributes:
        bodies: In drawing order; where two surfaces coincide the first wins.
        light: Unit vector from the scene towards the light.
        haze_colour: What distant surfaces fade to.
        haze_distance: Distance from the origin at which the fading reaches 1 - 1/e, in scene units.
    """

    bodies: tuple[Body, ...]
    light: Vector
    haze_colour: Colour
    haze_distance: float


@dataclass(frozen=True, kw_only=True)
class _Circle:
    """A place on the ground that is taken for the whole clip."""

    x: float
    z: float
    radius: float

    def is_clear_of(self, other: "_Circle") -> bool:
        return math.hypot(self.x - other.x, self.z - other.z) > self.radius + other.radius + _GAP


def random_scene(seed: int, *, kind: SceneKind | None = None) -> Scene:
    """The scene that belongs to a seed; ``kind=None`` lets the seed choose between room and outdoor.

    A near subject in front of the camera, two to four standing props and one or two moving ones between 4
    and 13 scene units away, and a backdrop.

    Raises:
        PostCamError: If the seed is negative or not below 2³¹.
    """
    draws = Draws(seed, stream=0)
    drawn_kind: SceneKind = draws.choice(("room", "outdoor"))
    kind = kind or drawn_kind
    ground_y = draws.uniform(1.05, 1.5)
    horizon = draws.colour(hue=(0.05, 0.6), saturation=(0.05, 0.15), value=(0.85, 0.93))
    light = (draws.uniform(-0.6, 0.6), -1.0, draws.uniform(-0.8, -0.2))
    length = math.hypot(*light)
    if kind == "outdoor":
        backdrop = outdoor_backdrop(draws, ground_y=ground_y, horizon=horizon)
        half_width, far_z = math.inf, 13.5
    else:
        half_width, far_z = draws.uniform(3.8, 5.5), draws.uniform(9.5, 13.0)
        backdrop = room_backdrop(draws, ground_y=ground_y, half_width=half_width, far_z=far_z)
    props = _random_props(draws, ground_y=ground_y, half_width=half_width, far_z=far_z)
    return Scene(
        bodies=(*backdrop, *props),
        light=tuple(x / length for x in light),
        haze_colour=horizon,
        haze_distance=draws.uniform(60, 100),
    )


def _random_props(draws: Draws, *, ground_y: float, half_width: float, far_z: float) -> list[Body]:
    taken = [_Circle(x=0, z=0, radius=CAMERA_ZONE_RADIUS + 0.6)]
    num_standing, num_moving = draws.integer(2, 4), draws.integer(1, 2)
    bodies: list[Body] = []
    # The subject first, then the movers, which need the most room.
    is_moving = [draws.choice((True, False))] + [True] * num_moving + [False] * num_standing
    for instance, moves in enumerate(is_moving, start=1):
        is_subject = instance == 1
        kind = draws.choice(_MOVING_KINDS if moves else _STANDING_KINDS)
        size = draws.uniform(0.42, 0.6) if is_subject else draws.uniform(0.4, 0.85)
        radius = footprint_radius(kind, size)
        motion = _random_motion(draws, kind, size, is_subject) if moves else None
        way = motion.displacement if motion else (0.0, 0.0, 0.0)
        reach = radius + math.hypot(way[0], way[2]) / 2
        place = _find_place(draws, taken, reach, half_width, (4.3, 5.6) if is_subject else (4.5, far_z))
        if place is None:
            continue
        taken.append(place)
        foot = (place.x - way[0] / 2, ground_y, place.z - way[2] / 2)
        bodies += build_prop(draws, kind=kind, foot=foot, size=size, instance=instance, motion=motion)
    return bodies


def _find_place(
    draws: Draws, taken: list[_Circle], radius: float, half_width: float, z_range: tuple[float, float]
) -> _Circle | None:
    """A free circle in the fan that the cameras see; None if sixty tries find none."""
    for _ in range(60):
        z = draws.uniform(z_range[0], z_range[1] - radius)
        side = min(0.38 * z, half_width - radius - _GAP)
        place = _Circle(x=draws.uniform(-side, side), z=z, radius=radius)
        if all(place.is_clear_of(other) for other in taken):
            return place
    return None


def _random_motion(draws: Draws, kind: PropKind, size: float, is_subject: bool) -> Motion:
    """Rolling for balls, turning on the spot or sliding for the rest; some hop."""
    bearing = draws.uniform(-0.7, 0.7) + (0 if draws.choice((True, False)) else math.pi)
    way = draws.uniform(0.3, 0.7) if is_subject else draws.uniform(0.6, 2.4)
    displacement = (way * math.cos(bearing), 0.0, way * math.sin(bearing))
    if kind == "ball":
        # Rolling without slipping: the point that touches the ground stands still.
        turn = (-displacement[2] / size, 0.0, displacement[0] / size)
        return Motion(displacement=displacement, turn=turn)
    is_turning = draws.choice((True, False))
    turn = (0.0, draws.sign() * draws.uniform(0.6, 2.2), 0.0)
    hops = draws.integer(0, 3)
    return Motion(
        displacement=(0.0, 0.0, 0.0) if is_turning and not hops else displacement,
        turn=turn if is_turning else (0.0, 0.0, 0.0),
        hop_height=draws.uniform(0.15, 0.45) if hops else 0.0,
        num_hops=hops,
    )
