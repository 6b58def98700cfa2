"""What surrounds the props: sky, ground and hills, or the inside of a room."""

import math

from .bodies import Body
from .draws import Colour, Draws
from .props import build_prop
from .textures import random_texture, tinted

# Radius of the sky, in scene units: about fifty times the distance of the nearest prop.
SKY_RADIUS = 200.0


def outdoor_backdrop(draws: Draws, *, ground_y: float, horizon: Colour) -> list[Body]:
    """Sky, ground, a few hills and some distant trees, all around the horizon in front."""
    zenith = draws.colour(hue=(0.55, 0.65), saturation=(0.35, 0.6), value=(0.65, 0.85))
    sky = random_texture(draws, pattern="sky", colours=(horizon, zenith), wavelength=0.7 * SKY_RADIUS)
    bodies = [
        Body(shape="ellipsoid", half_size=(SKY_RADIUS,) * 3, position=(0, 0, 0), texture=sky, role="sky"),
        _ground(draws, ground_y, draws.colour(hue=(0.08, 0.36), saturation=(0.2, 0.45), value=(0.6, 0.85))),
    ]
    bearings = [-0.8, -0.3, 0.2, 0.7]
    bodies += [_hill(draws, ground_y, bearing + draws.uniform(-0.2, 0.2)) for bearing in bearings]
    for _ in range(draws.integer(2, 4)):
        bearing, distance = draws.uniform(-0.6, 0.6), draws.uniform(18, 34)
        foot = (distance * math.sin(bearing), ground_y, distance * math.cos(bearing))
        bodies += build_prop(draws, kind="tree", foot=foot, size=draws.uniform(1.1, 1.8), instance=0)
    return bodies


def room_backdrop(draws: Draws, *, ground_y: float, half_width: float, far_z: float) -> list[Body]:
    """Floor, walls with a ceiling, and pictures on the far wall."""
    height, near_z = draws.uniform(2.9, 3.6), -4.5
    wall_colour = draws.colour(saturation=(0.08, 0.3), value=(0.75, 0.95))
    walls = random_texture(
        draws,
        pattern=draws.choice(("noise", "stripes", "checker")),
        colours=tinted(draws, wall_colour, contrast=draws.uniform(0.2, 0.4)),
        wavelength=draws.uniform(2.0, 4.0),
    )
    bodies = [
        _ground(draws, ground_y, draws.colour(saturation=(0.1, 0.4), value=(0.6, 0.85))),
        Body(
            shape="box",
            half_size=(half_width, height / 2 + 0.1, (far_z - near_z) / 2),
            position=(0, ground_y - height / 2, (far_z + near_z) / 2),
            texture=walls,
            role="backdrop",
        ),
    ]
    for x in (-0.5, 0.1, 0.6)[: draws.integer(1, 3)]:
        colours = tinted(draws, draws.colour(), contrast=draws.uniform(0.3, 0.6))
        bodies.append(
            Body(
                shape="box",
                half_size=(draws.uniform(0.4, 0.9), draws.uniform(0.35, 0.6), 0.06),
                position=(x * half_width, ground_y - 0.55 * height, far_z - 0.05),
                texture=random_texture(draws, pattern="noise", colours=colours, wavelength=1.2),
                role="backdrop",
            )
        )
    return bodies


def _ground(draws: Draws, ground_y: float, colour: Colour) -> Body:
    pattern = draws.choice(("noise", "noise", "checker"))
    texture = random_texture(
        draws,
        pattern=pattern,
        colours=tinted(draws, colour, contrast=draws.uniform(0.3, 0.5)),
        wavelength=draws.uniform(1.8, 3.2),
        is_ground=True,
    )
    position = (0, ground_y, 0)
    return Body(shape="plane", half_size=(1, 1, 1), position=position, texture=texture, role="backdrop")


def _hill(draws: Draws, ground_y: float, bearing: float) -> Body:
    distance = draws.uniform(50, 75)
    colour = draws.colour(hue=(0.22, 0.4), saturation=(0.2, 0.4), value=(0.55, 0.75))
    texture = random_texture(
        draws, pattern="noise", colours=tinted(draws, colour, contrast=0.35), wavelength=draws.uniform(9, 15)
    )
    return Body(
        shape="ellipsoid",
        half_size=(draws.uniform(16, 28), draws.uniform(3.5, 9), 12),
        position=(distance * math.sin(bearing), ground_y, distance * math.cos(bearing)),
        yaw_deg=math.degrees(bearing),
        texture=texture,
        role="backdrop",
    )
