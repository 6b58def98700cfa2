"""Depth Anything 3 without ComfyUI: the missing package is named, and what it predicts becomes geometry."""

import sys
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from postcam_core.cameras import intrinsics_matrix
from postcam_core.errors import GeometryError
from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.chunks import estimate_in_chunks
from postcam_core.geometry.depth_anything import chunk_estimator, depth_anything_geometry, kind_of
from postcam_core.geometry.depth_anything_views import geometry_from_views, licence_note
from tests.oracles.small_geometry import small_geometry

# Of the network: the video is twice as large and a little less wide.
HEIGHT, WIDTH = 28, 42
VIDEO = torch.zeros(10, 3, 56, 80)


@dataclass
class Prediction:
    """The fields of the package's own class that are read."""

    depth: np.ndarray
    conf: np.ndarray | None
    extrinsics: np.ndarray | None
    intrinsics: np.ndarray | None
    sky: np.ndarray | None = None
    is_metric: int = 0


class Network:
    """Predicts exact geometry of the frames whose brightness tells their number."""

    def __init__(self, truth: SceneGeometry, *, has_cameras: bool = True) -> None:
        self.truth, self.has_cameras, self.requests = truth, has_cameras, []

    def inference(self, image: list[np.ndarray], **settings) -> Prediction:
        self.requests.append(settings)
        assert image[0].dtype == np.uint8
        part = self.truth.selected([int(picture[0, 0, 0]) for picture in image])
        K = part.K.numpy().copy()
        K[:, :2, 2] += 0.5  # as the package counts pixels
        confidence = 1 / (1 - part.confidence.numpy())
        return Prediction(
            depth=part.depth.numpy(),
            conf=confidence,
            extrinsics=part.w2c[:, :3].numpy() if self.has_cameras else None,
            intrinsics=K if self.has_cameras else None,
        )


@pytest.fixture
def truth() -> SceneGeometry:
    truth = small_geometry(10, HEIGHT, WIDTH, confidence=True)
    return SceneGeometry(
        depth=truth.depth,
        K=intrinsics_matrix(40.0, width=WIDTH, height=HEIGHT).expand(10, 3, 3),
        w2c=truth.w2c,
        confidence=0.99 * truth.confidence,
        provider="test",
    )


def numbered_video() -> torch.Tensor:
    return VIDEO + (torch.arange(10.0) / 127.5 - 1)[:, None, None, None]


def test_predictions_of_chunks_become_the_clip(truth: SceneGeometry) -> None:
    network = Network(truth)
    estimate = chunk_estimator(
        network, numbered_video(), resolution=42, pose_method="ray_pose", name="DA3-BASE"
    )
    clip = estimate_in_chunks(10, estimate, chunk=6, overlap=2)
    expected = truth.resized(56, 80, "surface")
    torch.testing.assert_close(clip.depth, expected.depth)
    torch.testing.assert_close(clip.K, expected.K)
    torch.testing.assert_close(clip.w2c, expected.w2c)
    torch.testing.assert_close(clip.confidence, expected.confidence)
    assert clip.provider == "depth_anything_3"
    assert network.requests == [{"process_res": 42, "use_ray_pose": True}] * 2


def test_a_model_without_cameras_is_refused(truth: SceneGeometry) -> None:
    network = Network(truth, has_cameras=False)
    estimate = chunk_estimator(
        network, numbered_video(), resolution=42, pose_method="cam_dec", name="DA3MONO-LARGE"
    )
    with pytest.raises(GeometryError, match="DA3MONO-LARGE.*estimates cameras"):
        estimate(range(4))


def test_the_missing_package_is_named_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "depth_anything_3", None)
    with pytest.raises(GeometryError, match="pip install --no-deps depth-anything-3"):
        depth_anything_geometry(VIDEO)


def views(**changes: torch.Tensor) -> dict[str, torch.Tensor]:
    K = intrinsics_matrix(40.0, width=WIDTH, height=HEIGHT)
    K[:2, 2] += 0.5
    return {
        "depth": torch.full((2, HEIGHT, WIDTH), 2.0),
        "K": K.expand(2, 3, 3),
        "w2c": torch.eye(4)[:3].expand(2, 3, 4),
        **changes,
    }


def test_missing_depth_and_sky_become_far_and_are_counted() -> None:
    depth = views()["depth"].clone()
    depth[0, 0, 0], depth[1, 0, 1] = torch.nan, torch.inf
    sky = torch.zeros_like(depth)
    sky[:, -2:] = 0.9
    geometry = geometry_from_views(**views(depth=depth, sky=sky), is_metric=True)
    assert geometry.depth[0, 0, 0] == geometry.depth[0, -1, 0] == 4.0
    assert geometry.confidence[1, 0, 1] == 0
    assert geometry.is_metric
    assert "(168) are sky" in geometry.notes[0]
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


@pytest.mark.parametrize(
    ("model", "licence"),
    [
        ("depth-anything/DA3-BASE", "Apache-2.0"),
        ("depth-anything/DA3-SMALL", "Apache-2.0"),
        ("weights/da3_large_1.1", "CC BY-NC"),
        ("depth-anything/DA3-GIANT-1.1", "CC BY-NC"),
        ("depth-anything/DA3NESTED-GIANT-LARGE-1.1", "Nested, CC BY-NC"),
        ("weights/mine", "unknown licence"),
    ],
)
def test_every_model_tells_its_licence(model: str, licence: str) -> None:
    assert licence in licence_note(kind_of(model))
