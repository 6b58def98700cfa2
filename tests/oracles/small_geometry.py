"""Small valid geometry with a moving camera, for tests of what reads and writes it."""

import torch

from postcam_core.cameras import intrinsics_matrix, rigid_exp
from postcam_core.geometry import SceneGeometry


def small_geometry(
    num_frames: int = 3, height: int = 12, width: int = 16, *, seed: int = 0, confidence: bool = False
) -> SceneGeometry:
    """A bumpy wall 2 to 5 units away, seen by a camera that drifts and turns."""
    generator = torch.Generator().manual_seed(seed)
    depth = 2 + 3 * torch.rand(num_frames, height, width, generator=generator)
    twist = 0.2 * torch.randn(num_frames, 6, generator=generator, dtype=torch.float64)
    K = intrinsics_matrix(0.9 * width, width=width, height=height).repeat(num_frames, 1, 1)
    return SceneGeometry(
        depth=depth,
        K=K,
        w2c=rigid_exp(twist),
        confidence=torch.rand(depth.shape, generator=generator) if confidence else None,
        provider="test",
        is_metric=True,
        notes=("made up", "für Tests"),
    )
