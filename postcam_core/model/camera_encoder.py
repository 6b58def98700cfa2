"""One token per target pose."""

from jaxtyping import Float
from torch import Tensor, nn

from .layers import LayerFactory

CAMERA_HIDDEN_DIM = 256


class CameraEncoder(nn.Sequential):
    """Embeds world-to-camera poses of the target, relative to its first frame.

    Source:
        ``WanModel.cam_encoder`` of the released code (ReCamMaster, arXiv 2503.11647, gives its encoder
        camera-to-world poses instead).
    """

    def __init__(self, dim: int, *, layers: LayerFactory) -> None:
        super().__init__(
            layers.linear(12, CAMERA_HIDDEN_DIM),
            nn.GELU(),
            layers.linear(CAMERA_HIDDEN_DIM, CAMERA_HIDDEN_DIM),
            nn.GELU(),
            layers.linear(CAMERA_HIDDEN_DIM, CAMERA_HIDDEN_DIM),
            nn.GELU(),
            layers.linear(CAMERA_HIDDEN_DIM, dim),
            layers.layer_norm(dim, is_affine=True),
        )

    def forward(self, camera_w2c: Float[Tensor, "batch pose 4 4"]) -> Float[Tensor, "batch pose dim"]:
        """The upper three rows of each pose, row by row, through the network."""
        return super().forward(camera_w2c[:, :, :3].flatten(2))
