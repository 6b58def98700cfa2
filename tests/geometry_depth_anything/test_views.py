"""What the networks of Depth Anything 3 give becomes geometry, or is refused; every size tells its licence."""

import pytest
import torch

from postcam_core.cameras import intrinsics_matrix
from postcam_core.errors import GeometryError
from postcam_core.geometry.depth_anything_views import geometry_from_views, licence_note
from tests.oracles.small_geometry import small_geometry

HEIGHT, WIDTH = 28, 42


def views(**changes: torch.Tensor) -> dict[str, torch.Tensor]:
    K = intrinsics_matrix(40.0, width=WIDTH, height=HEIGHT)
    K[:2, 2] += 0.5
    return {
        "depth": torch.full((2, HEIGHT, WIDTH), 2.0),
        "K": K.expand(2, 3, 3),
        "w2c": torch.eye(4)[:3].expand(2, 3, 4),
        **changes,
    }


def test_missing_depth_becomes_far_and_is_counted() -> None:
    depth = views()["depth"].clone()
    depth[0, 0, 0], depth[1, 0, 1] = torch.nan, torch.inf
    geometry = geometry_from_views(**views(depth=depth), is_metric=True)
    assert geometry.depth[0, 0, 0] == geometry.depth[1, 0, 1] == 4.0
    assert geometry.confidence[1, 0, 1] == 0
    assert geometry.is_metric
    assert "(2) had no valid depth" in geometry.notes[0]


def test_rotations_in_half_precision_become_rotations() -> None:
    w2c = small_geometry(2, seed=4).w2c
    geometry = geometry_from_views(**views(w2c=w2c[:, :3].bfloat16().float()))
    rotation = geometry.w2c[:, :3, :3]
    torch.testing.assert_close(rotation @ rotation.mT, torch.eye(3, dtype=torch.float64).expand(2, 3, 3))
    torch.testing.assert_close(geometry.w2c, w2c, rtol=0, atol=0.02)


@pytest.mark.parametrize(
    "rotation",
    [torch.zeros(3, 3), torch.full((3, 3), torch.nan), 1.1 * torch.eye(3)],
    ids=["0", "NaN", "scaled"],
)
def test_poses_that_are_none_are_refused_by_frame(rotation: torch.Tensor) -> None:
    w2c = views()["w2c"].clone()
    w2c[1, :, :3] = rotation
    with pytest.raises(GeometryError, match="pose of frame 1: .* in 1 of 2 frames"):
        geometry_from_views(**views(w2c=w2c))


def test_identities_instead_of_cameras_are_refused() -> None:
    with pytest.raises(GeometryError):
        geometry_from_views(**views(K=torch.eye(3).expand(2, 3, 3)))


@pytest.mark.parametrize("share", [(0.5, 0.7), (0.3, 0.5), (0.5, float("nan"))], ids=["low", "left", "NaN"])
def test_a_principal_point_off_the_middle_is_refused_by_frame(share: tuple[float, float]) -> None:
    K = views()["K"].clone()
    K[1, 0, 2], K[1, 1, 2] = share[0] * WIDTH, share[1] * HEIGHT
    with pytest.raises(GeometryError, match="intrinsics of frame 1: .*the other pose method"):
        geometry_from_views(**views(K=K))


@pytest.mark.parametrize(
    ("kind", "licence"),
    [
        ("base", "Base, Apache-2.0"),
        ("small", "Small, Apache-2.0"),
        ("large", "Large, CC BY-NC"),
        ("giant", "Giant, CC BY-NC"),
        ("nested", "Nested, CC BY-NC"),
    ],
)
def test_every_size_tells_its_licence(kind: str, licence: str) -> None:
    assert licence in licence_note(kind)
