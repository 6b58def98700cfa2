"""The guide as the model takes it: smaller than the frames, so that depth errors blur away."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

RELEASED_GUIDE_SCALE = 0.25


def shrink_guide(
    guide: Float[Tensor, "frame 3 height width"], scale: float = RELEASED_GUIDE_SCALE
) -> Float[Tensor, "frame 3 guide_height guide_width"]:
    """Resample a guide for the model: bilinear *without* antialiasing, as it was trained.

    Source:
        ``PostCamInference.run`` of the released code.
    """
    return interpolate(guide, scale_factor=(scale, scale), mode="bilinear", align_corners=False)
