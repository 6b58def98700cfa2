"""Where a ray meets a box, an ellipsoid or a plane, and which way the surface faces there.

Everything is in the body's own axes and centred on it. A ray that starts inside a box or ellipsoid meets
the far wall, so a room is a box around the camera and the sky is a sphere around everything.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

Shape: TypeAlias = Literal["box", "ellipsoid", "plane"]
Rays: TypeAlias = Float[Tensor, "frame xyz=3 ray"]
Origins: TypeAlias = Float[Tensor, "frame xyz=3 1"]
Distances: TypeAlias = Float[Tensor, "frame ray"]

# Stands for a direction component of zero: the slab is then met at ±10²⁰ or so, beyond everything.
_TINY = 1e-20


def intersect(shape: Shape, half_size: Float[Tensor, "xyz=3"], origin: Origins, direction: Rays) -> Distances:
    """Distance to the surface in multiples of ``direction``; infinity where the ray misses.

    Args:
        shape: A plane is y = 0 and has no size.
        half_size: Half the edges of a box, the semi-axes of an ellipsoid.
        origin: Where the rays of a frame start.
        direction: Need not have unit length.

    Source:
        Box: the slab method, Kay & Kajiya, "Ray tracing complex scenes", SIGGRAPH 1986. Ellipsoid and plane:
        closed form.
    """
    return _INTERSECT[shape](half_size, origin, direction)


def surface_normal(
    shape: Shape, half_size: Float[Tensor, "xyz=3"], point: Float[Tensor, "xyz=3 point"]
) -> Float[Tensor, "xyz=3 point"]:
    """Outward unit normal at points on the surface; a plane faces -y, which is up."""
    size = half_size[:, None]
    if shape == "ellipsoid":
        return torch.nn.functional.normalize(point / size**2, dim=0)
    normal = torch.zeros_like(point)
    if shape == "plane":
        normal[1] = -1
        return normal
    scaled = point / size
    face = scaled.abs().argmax(dim=0, keepdim=True)
    return normal.scatter_(0, face, scaled.gather(0, face).sign())


def _intersect_box(half_size: Tensor, origin: Origins, direction: Rays) -> Distances:
    inverse = 1 / torch.where(direction.abs() < _TINY, _TINY, direction)
    size = half_size[:, None]
    one, other = (-size - origin) * inverse, (size - origin) * inverse
    near, far = torch.minimum(one, other).amax(dim=1), torch.maximum(one, other).amin(dim=1)
    return _first_ahead(near, far, near <= far)


def _intersect_ellipsoid(half_size: Tensor, origin: Origins, direction: Rays) -> Distances:
    # Dividing by the semi-axes makes it the unit sphere; distances along the ray stay what they are.
    origin, direction = origin / half_size[:, None], direction / half_size[:, None]
    square = (direction**2).sum(dim=1)
    middle = -(origin * direction).sum(dim=1) / square
    # Distance of the ray's closest point from the centre: keeps more digits than b² − 4ac.
    offset = 1 - ((origin + middle[:, None] * direction) ** 2).sum(dim=1)
    half_chord = (offset.clamp_min(0) / square).sqrt()
    return _first_ahead(middle - half_chord, middle + half_chord, offset >= 0)


def _intersect_plane(half_size: Tensor, origin: Origins, direction: Rays) -> Distances:
    y = direction[:, 1]
    distance = -origin[:, 1] / torch.where(y.abs() < _TINY, _TINY, y)
    return distance.masked_fill_(distance <= 0, torch.inf)


def _first_ahead(near: Distances, far: Distances, is_hit: Tensor) -> Distances:
    distance = torch.where(near > 0, near, far)
    return distance.masked_fill_(~is_hit | (distance <= 0), torch.inf)


_INTERSECT: dict[Shape, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "box": _intersect_box,
    "ellipsoid": _intersect_ellipsoid,
    "plane": _intersect_plane,
}
