"""Changes between two geometries are told by kind and size; rounding is none."""

from dataclasses import replace

import pytest
import torch

from postcam_core.cameras import rigid_exp
from postcam_core.errors import GeometryError
from postcam_core.geometry.changes import describe_changes
from tests.oracles.small_geometry import small_geometry


def test_nothing_changed_through_rounding() -> None:
    geometry = small_geometry()
    assert describe_changes(geometry, geometry) == "nothing changed"
    rounded = replace(geometry, depth=geometry.depth * (1 + 1e-6), w2c=geometry.w2c.clone())
    assert describe_changes(geometry, rounded) == "nothing changed"


def test_every_change_is_told_with_its_size() -> None:
    geometry = small_geometry()
    depth, K, w2c = geometry.depth.clone(), geometry.K.clone(), geometry.w2c.clone()
    depth[0] *= 1.1
    K[1, 0, 0] *= 1.2
    # The camera of frame 2 turns by 3° in place and steps aside by a tenth of the nearest depth.
    turn = torch.tensor([0.1 * geometry.nearest_depth(), 0, 0, 0, 0, torch.pi / 60], dtype=torch.float64)
    w2c[2] = rigid_exp(turn) @ w2c[2]
    assert describe_changes(geometry, replace(geometry, depth=depth)) == (
        "depth: 3.18% on average, more than 1% at 33.3% of the pixels"
    )
    assert describe_changes(geometry, replace(geometry, K=K)) == "focal length: up to 18.2%"
    moved = describe_changes(geometry, replace(geometry, w2c=w2c))
    assert moved == "cameras: turned by up to 3°, moved by up to 0.1 nearest depths"
    together = describe_changes(geometry, replace(geometry, depth=depth, K=K, w2c=w2c))
    assert together.count(";") == 2


def test_other_frames_are_refused() -> None:
    with pytest.raises(GeometryError, match="two of 3 frames of 16×12, got 2 frames"):
        describe_changes(small_geometry(3), small_geometry(2))
