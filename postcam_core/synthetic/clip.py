"""A rendered clip with everything that is true of it."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..cameras import invert_rigid
from ..geometry import SceneGeometry


@dataclass(frozen=True, kw_only=True)
class Clip:
    """Frames of a synthetic scene with exact geometry.

    Attributes:
        video: Colour in [-1, 1].
        depth: Exact z-depth of the ray through each pixel's centre, in scene units. Finite everywhere: the
            sky is a dome of radius ``SKY_RADIUS`` about the world's origin.
        K: Intrinsics in pixels of these frames, float64.
        c2w: Camera poses, float64, OpenCV axes.
        instance: Object that the centre ray meets, from 1; 0 is ground, walls and sky.
        is_moving: The pixel shows an object that moves or turns somewhere in the clip.
    """

    video: Float[Tensor, "frame 3 height width"]
    depth: Float[Tensor, "frame height width"]
    K: Float[Tensor, "frame 3 3"]
    c2w: Float[Tensor, "frame 4 4"]
    instance: Int[Tensor, "frame height width"]
    is_moving: Bool[Tensor, "frame height width"]

    @property
    def geometry(self) -> SceneGeometry:
        """Exact depth and cameras, in the scene's world and unit, on the CPU."""
        return SceneGeometry(
            depth=self.depth.cpu(), K=self.K, w2c=invert_rigid(self.c2w), provider="synthetic"
        )
