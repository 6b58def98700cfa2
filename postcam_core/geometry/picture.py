"""Depth as a picture that people can read."""

import torch
from jaxtyping import Float
from torch import Tensor

# Dark blue (far) over red to pale yellow (near): brightness rises steadily, so it also reads in grey.
_COLOURS = torch.tensor(
    [
        [0.01, 0.02, 0.08],
        [0.20, 0.06, 0.36],
        [0.47, 0.11, 0.43],
        [0.73, 0.21, 0.33],
        [0.93, 0.41, 0.15],
        [0.98, 0.65, 0.04],
        [0.99, 1.00, 0.64],
    ]
)


def depth_picture(depth: Float[Tensor, "frame height width"]) -> Float[Tensor, "frame height width 3"]:
    """Colour z-depth for looking at, near bright and far dark, in [0, 1].

    The scale is disparity (1 / depth) between the 1st and 99th percentile of all frames together, so that
    frames can be compared and single stray pixels do not darken the rest.
    """
    disparity = 1 / depth.cpu()
    flat = disparity.flatten().sort().values
    far, near = (flat[round(share * (len(flat) - 1))] for share in (0.01, 0.99))
    place = ((disparity - far) / (near - far).clamp_min(1e-12)).clamp(0, 1) * (len(_COLOURS) - 1)
    below = place.floor().long().clamp(max=len(_COLOURS) - 2)
    return torch.lerp(_COLOURS[below], _COLOURS[below + 1], (place - below)[..., None])
