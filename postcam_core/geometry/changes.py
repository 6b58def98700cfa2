"""In words, how far one geometry of a clip is from another."""

from ..cameras import invert_rigid, rotation_angle_deg
from ..errors import GeometryError
from .scene import SceneGeometry

# Changes below are the rounding of float32.
_NOTICED = 1e-5
_MARKED = 0.01


def describe_changes(before: SceneGeometry, after: SceneGeometry) -> str:
    """What a step changed: depth, focal lengths, and where the cameras stand and look.

    Args:
        before: Geometry of a clip.
        after: Geometry of the same frames in the same world and unit.

    Raises:
        GeometryError: If the two differ in number or size of frames.
    """
    if before.depth.shape != after.depth.shape:
        raise GeometryError(
            "geometries to compare",
            expected=f"two of {before.num_frames} frames of {before.width}×{before.height}",
            got=f"{after.num_frames} frames of {after.width}×{after.height} in the second",
            todo="Compare geometries of the same frames.",
        )
    changes = [_depth(before, after), _focal(before, after), _cameras(before, after)]
    return "; ".join(filter(None, changes)) or "nothing changed"


def _depth(before: SceneGeometry, after: SceneGeometry) -> str:
    change = (after.depth / before.depth).log().abs()
    if change.max() < _NOTICED:
        return ""
    share = (change > _MARKED).float().mean()
    return f"depth: {change.mean():.2%} on average, more than {_MARKED:.0%} at {share:.1%} of the pixels"


def _focal(before: SceneGeometry, after: SceneGeometry) -> str:
    change = (after.K[:, 0, 0] / before.K[:, 0, 0]).log().abs().max()
    return f"focal length: up to {change:.1%}" if change > _NOTICED else ""


def _cameras(before: SceneGeometry, after: SceneGeometry) -> str:
    c2w, other = invert_rigid(before.w2c), invert_rigid(after.w2c)
    shift = (c2w[:, :3, 3] - other[:, :3, 3]).norm(dim=-1).max() / before.nearest_depth()
    turn_deg = rotation_angle_deg(c2w[:, :3, :3], other[:, :3, :3]).max()
    if shift < _NOTICED and turn_deg < 1e-3:
        return ""
    return f"cameras: turned by up to {turn_deg:.2g}°, moved by up to {shift:.2g} nearest depths"
