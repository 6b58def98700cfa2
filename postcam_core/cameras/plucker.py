"""Cameras as Plücker rays per pixel, and packed as Wan's Fun Camera models take them."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import CameraError
from .intrinsics import check_intrinsics
from .projection import pixel_grid
from .se3 import check_rigid, relative_to

_FRAMES_PER_LATENT = 4


def plucker_rays(
    c2w: Float[Tensor, "frame 4 4"], K: Float[Tensor, "frame 3 3"], *, width: int, height: int
) -> Float[Tensor, "frame 6 height width"]:
    """Moment (origin × direction) and unit direction of the ray through every pixel, float32.

    Args:
        c2w: Poses; the rays are in the world's axes.
        K: Intrinsics in pixels of a picture of this size.
        width: Columns.
        height: Rows.

    Source:
        Sitzmann et al., "Light Field Networks", NeurIPS 2021, eq. 3; ``ray_condition`` of CameraCtrl.
    """
    pixels = pixel_grid(height, width)
    rays = torch.cat([pixels, torch.ones_like(pixels[..., :1])], dim=-1).flatten(0, 1)
    embedding = torch.empty(len(c2w), 6, height, width)
    # A frame at a time: all the intermediate rays of a clip would take several times its embedding.
    for frame, (pose, matrix) in enumerate(zip(c2w.cpu(), K.cpu(), strict=True)):
        from_pixel = pose[:3, :3].double() @ torch.linalg.inv(matrix.double())
        direction = torch.nn.functional.normalize(rays @ from_pixel.T.float(), dim=-1)
        moment = torch.linalg.cross(pose[:3, 3].float().expand_as(direction), direction)
        embedding[frame] = torch.cat([moment, direction], dim=-1).T.unflatten(-1, (height, width))
    return embedding


def wan_camera_embedding(
    c2w: Float[Tensor, "frame 4 4"], K: Float[Tensor, "frame 3 3"], *, width: int, height: int
) -> Float[Tensor, "1 24 latent height width"]:
    """The rays of four frames stacked for each latent frame; the first stands there four times.

    Args:
        c2w: 4n+1 poses; their world becomes the first one's axes.
        K: Intrinsics of every frame, in pixels of a picture of this size.
        width: Columns.
        height: Rows.

    Raises:
        CameraError: On another number of poses, poses that are not rigid, or a K that is no pinhole's.

    Source:
        ``WanCameraEmbedding`` of ComfyUI, after VideoX-Fun. differs: K belongs to each frame and is not that of a
        1280×720 picture; half-pixel centres are counted alike.
    """
    check_rigid(c2w, name="c2w")
    check_intrinsics(K)
    if len(c2w) % _FRAMES_PER_LATENT != 1 or len(K) != len(c2w):
        raise CameraError(
            "cameras of the embedding",
            expected="a multiple of 4 poses, plus 1, and a K for each",
            got=f"{len(c2w)} poses and {len(K)} K",
            todo="Repeat the last camera up to such a number.",
        )
    rays = plucker_rays(relative_to(c2w, c2w[0]), K, width=width, height=height)
    repeated = torch.cat([rays[:1].expand(_FRAMES_PER_LATENT - 1, -1, -1, -1), rays])
    by_latent = repeated.unflatten(0, (-1, _FRAMES_PER_LATENT))
    return by_latent.permute(2, 1, 0, 3, 4).flatten(0, 1)[None]
