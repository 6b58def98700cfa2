"""What a path gives at the sampled times."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class PathSamples:
    """Poses and focal scales, one of each per time.

    Attributes:
        c2w: Camera-to-world poses in float64; lengths in the path's unit.
        focal_scale: Factor on the source's focal length, in float64.
    """

    c2w: Float[Tensor, "frame 4 4"]
    focal_scale: Float[Tensor, " frame"]
