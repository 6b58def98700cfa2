"""Conversion between the camera axes that tools use. Inside this project: OpenCV, always.

=========  ======  ======  ========
axes       right   up      forward
=========  ======  ======  ========
OpenCV     +x      −y      +z
OpenGL     +x      +y      −z        (three.js, glTF, Blender cameras, nerfstudio)
=========  ======  ======  ========
"""

import torch
from jaxtyping import Float
from torch import Tensor

# Its own inverse: half a turn about x.
OPENGL_FROM_OPENCV = torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0], dtype=torch.float64))


def c2w_opengl_from_opencv(c2w: Float[Tensor, "*batch 4 4"]) -> Float[Tensor, "*batch 4 4"]:
    """Turn both the camera axes and the world axes from OpenCV's to OpenGL's."""
    flip = OPENGL_FROM_OPENCV.to(c2w)
    return flip @ c2w @ flip


def c2w_opencv_from_opengl(c2w: Float[Tensor, "*batch 4 4"]) -> Float[Tensor, "*batch 4 4"]:
    """Inverse of :func:`c2w_opengl_from_opencv` (which is its own inverse)."""
    return c2w_opengl_from_opencv(c2w)
