import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postcam_core.cameras import project_points, unproject_depth
from postcam_core.errors import CameraError, GeometryError
from postcam_core.geometry import SceneGeometry
from postcam_core.media import Fit, plan_fit
from tests.oracles.small_geometry import small_geometry

sizes = st.integers(2, 40)


def pixel_of(geometry, point):
    return project_points(point[None], geometry.K[0])[0][0]


def random_point(seed):
    """In front of the first camera, anywhere in or around the picture."""
    generator = torch.Generator().manual_seed(seed)
    return torch.tensor([1.0, 1.0, 1.0], dtype=torch.float64) * torch.rand(
        3, generator=generator, dtype=torch.float64
    ) + torch.tensor([-0.5, -0.5, 1.0], dtype=torch.float64)


@given(old=st.tuples(sizes, sizes), new=st.tuples(sizes, sizes), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_resizing_moves_a_point_to_the_same_place_of_the_picture(old, new, seed):
    geometry = small_geometry(1, *old)
    resized = geometry.resized(*new)
    point = random_point(seed)
    # Place in the picture from 0 (outer edge of the first pixel) to 1: what resampling keeps.
    before = (pixel_of(geometry, point) + 0.5) / torch.tensor([old[1], old[0]])
    after = (pixel_of(resized, point) + 0.5) / torch.tensor([new[1], new[0]])
    torch.testing.assert_close(after, before, rtol=0, atol=1e-9)
    assert resized.depth.shape == (1, *new)


@given(source=st.tuples(sizes, sizes), target=st.tuples(sizes, sizes), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_fitting_moves_a_point_by_scale_and_crop(source, target, seed):
    geometry = small_geometry(1, *source)
    fit = plan_fit(source[1], source[0], width=target[1], height=target[0], mode="cover")
    fitted = geometry.fitted(fit)
    point = random_point(seed)
    scale, corner = torch.tensor([fit.scale_x, fit.scale_y]), torch.tensor([fit.left, fit.top])
    expected = (pixel_of(geometry, point) + 0.5) * scale - 0.5 - corner
    torch.testing.assert_close(pixel_of(fitted, point), expected, rtol=0, atol=1e-4)
    assert (fitted.height, fitted.width) == target


@given(indices=st.lists(st.integers(0, 3), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_selecting_takes_depth_and_cameras_together(indices):
    geometry = small_geometry(4, confidence=True)
    selected = geometry.selected(indices)
    for out, index in enumerate(indices):
        assert torch.equal(selected.depth[out], geometry.depth[index])
        assert torch.equal(selected.confidence[out], geometry.confidence[index])
        assert torch.equal(selected.w2c[out], geometry.w2c[index])
        assert torch.equal(selected.K[out], geometry.K[index])


def test_nearest_resampling_invents_no_depth_and_bilinear_keeps_a_plane():
    geometry = small_geometry(2, 12, 16, confidence=True)
    bigger = geometry.resized(31, 37)
    assert set(bigger.depth.flatten().tolist()) <= set(geometry.depth.flatten().tolist())
    ramp = torch.arange(1.0, 17.0).expand(1, 12, 16)
    plane = dataclasses.replace(geometry.selected([0]), depth=ramp, confidence=None).resized(
        24, 32, "bilinear"
    )
    expected = (torch.arange(32) + 0.5) / 2 + 0.5
    torch.testing.assert_close(plane.depth[0, 5, 2:-2], expected[2:-2])


def test_doubling_by_nearest_repeats_every_pixel_twice():
    geometry = small_geometry(1)
    doubled = geometry.resized(24, 32)
    expected = geometry.depth.repeat_interleave(2, 1).repeat_interleave(2, 2)
    assert torch.equal(doubled.depth, expected)


def test_cropping_takes_the_same_pixels_as_the_frames():
    geometry = small_geometry(2, 12, 16, confidence=True)
    cut = geometry.fitted(Fit(scale_x=1.0, scale_y=1.0, left=4, top=3, width=8, height=6))
    assert torch.equal(cut.depth, geometry.depth[:, 3:9, 4:12])
    assert torch.equal(cut.confidence, geometry.confidence[:, 3:9, 4:12])
    before = unproject_depth(geometry.depth.double(), geometry.K)[:, 3:9, 4:12]
    torch.testing.assert_close(unproject_depth(cut.depth.double(), cut.K), before)


def test_anchoring_makes_the_first_camera_the_world_and_keeps_relative_poses():
    geometry = small_geometry(4)
    anchored = geometry.anchored()
    assert torch.equal(anchored.w2c[0], torch.eye(4, dtype=torch.float64))
    before = geometry.w2c[3] @ geometry.w2c[1].inverse()
    torch.testing.assert_close(anchored.w2c[3] @ anchored.w2c[1].inverse(), before)


def test_scaling_changes_the_unit_not_the_picture():
    geometry = small_geometry(2)
    scaled = geometry.scaled(2.5)

    def seen_by_second_camera(scene):
        points = unproject_depth(scene.depth[0].double(), scene.K[0]).reshape(-1, 3)
        move = scene.w2c[1] @ scene.w2c[0].inverse()
        return project_points(points @ move[:3, :3].T + move[:3, 3], scene.K[1])[0]

    torch.testing.assert_close(
        seen_by_second_camera(scaled), seen_by_second_camera(geometry), rtol=1e-5, atol=1e-5
    )
    assert scaled.nearest_depth() == pytest.approx(2.5 * geometry.nearest_depth())
    assert geometry.is_metric and not scaled.is_metric


def test_nearest_depth_ignores_stray_pixels_unless_asked_for_the_minimum():
    depth = torch.full((2, 20, 20), 4.0)
    depth[0, 0, 0] = 0.1
    depth[1] = 0.01
    geometry = dataclasses.replace(small_geometry(2, 20, 20), depth=depth)
    assert geometry.nearest_depth() == 4.0
    assert geometry.nearest_depth(percentile=0) == pytest.approx(0.1)
    assert geometry.nearest_depth(percentile=100) == 4.0


def test_any_float_type_comes_in_and_is_kept_in_ours():
    geometry = small_geometry(2)
    other = dataclasses.replace(
        geometry, depth=geometry.depth.double(), K=geometry.K.float(), w2c=geometry.w2c.float()
    )
    assert (other.depth.dtype, other.K.dtype, other.w2c.dtype) == (
        torch.float32,
        torch.float64,
        torch.float64,
    )


def changed(geometry, name, index, value):
    tensor = getattr(geometry, name).clone()
    tensor[index] = value
    return {name: tensor}


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_depth_is_refused_with_frame_and_count(value):
    geometry = small_geometry(3)
    with pytest.raises(GeometryError, match=r"frame 2: .*2 bad of 192 pixels.*x=4, y=7"):
        dataclasses.replace(geometry, **changed(geometry, "depth", (2, 7, slice(4, 6)), value))


@pytest.mark.parametrize(
    ("name", "index", "value", "error", "words"),
    [
        ("K", (1, 0, 0), 0.0, CameraError, "positive focal"),
        ("K", (1, 0, 2), float("nan"), CameraError, "finite"),
        ("w2c", (1, slice(0, 3), slice(0, 3)), 2 * torch.eye(3), CameraError, "orthonormal"),
        (
            "w2c",
            (1, slice(0, 3), slice(0, 3)),
            torch.diag(torch.tensor([-1.0, 1, 1])),
            CameraError,
            "reflection",
        ),
        ("w2c", (0, 3, 3), 0.0, CameraError, "last row"),
        ("confidence", (0, 0, 0), 1.5, GeometryError, "from 0 to 1"),
        ("confidence", (0, 0, 0), float("nan"), GeometryError, "from 0 to 1"),
    ],
)
def test_cameras_and_confidence_are_checked(name, index, value, error, words):
    geometry = small_geometry(2, confidence=True)
    with pytest.raises(error, match=words):
        dataclasses.replace(geometry, **changed(geometry, name, index, value))


@pytest.mark.parametrize(
    "changes",
    [
        {"depth": torch.ones(0, 4, 4)},
        {"depth": torch.ones(4, 4)},
        {"depth": torch.ones(2, 12, 16)},
        {"w2c": torch.eye(4).expand(2, 4, 4)},
        {"w2c": torch.eye(4)},
        {"K": torch.eye(3).expand(4, 3, 3)},
        {"confidence": torch.ones(3, 12, 15)},
    ],
)
def test_disagreeing_shapes_are_refused(changes):
    with pytest.raises(GeometryError):
        dataclasses.replace(small_geometry(3), **changes)


@pytest.mark.parametrize(
    "call",
    [
        lambda g: g.scaled(0),
        lambda g: g.scaled(float("nan")),
        lambda g: g.scaled(float("inf")),
        lambda g: g.selected([]),
        lambda g: g.selected([3]),
        lambda g: g.selected([-1]),
        lambda g: g.resized(0, 8),
        lambda g: g.resized(8, 8, "cubic"),
        lambda g: g.nearest_depth(101),
        lambda g: g.nearest_depth(float("nan")),
        lambda g: g.fitted(plan_fit(32, 24, width=16, height=8, mode="cover")),
        lambda g: g.fitted(plan_fit(8, 6, width=8, height=6, mode="stretch")),
    ],
)
def test_impossible_requests_are_refused(call):
    with pytest.raises(GeometryError):
        call(small_geometry(3))


def test_the_same_size_is_no_work():
    geometry: SceneGeometry = small_geometry()
    assert geometry.resized(geometry.height, geometry.width) is geometry
