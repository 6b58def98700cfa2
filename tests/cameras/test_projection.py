"""Projection, intrinsics under resize and crop, and axes."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.cameras import (
    c2w_opencv_from_opengl,
    c2w_opengl_from_opencv,
    check_intrinsics,
    check_rigid,
    crop_intrinsics,
    focal_from_fov,
    fov_deg,
    intrinsics_matrix,
    pixel_grid,
    project_points,
    resize_intrinsics,
    rigid_exp,
    transform_points,
    unproject_depth,
)
from postcam_core.errors import CameraError

sizes = st.integers(2, 40)


def _random_K(seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    K = torch.eye(3, dtype=torch.float64)
    K[0, 0], K[1, 1] = 10 + 50 * torch.rand(2, generator=generator, dtype=torch.float64)
    K[0, 2], K[1, 2] = 30 * torch.rand(2, generator=generator, dtype=torch.float64)
    K[0, 1] = torch.randn((), generator=generator, dtype=torch.float64)
    return K


@given(st.integers(0, 10**6), sizes, sizes)
def test_projecting_an_unprojected_pixel_gives_the_pixel(seed: int, height: int, width: int) -> None:
    depth = 0.1 + 10 * torch.rand(
        height, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )
    K = _random_K(seed)
    pixels, z = project_points(unproject_depth(depth, K).reshape(-1, 3), K)
    torch.testing.assert_close(pixels, pixel_grid(height, width, dtype=torch.float64).reshape(-1, 2))
    torch.testing.assert_close(z, depth.reshape(-1))


def test_a_point_right_below_and_ahead_lands_right_and_below_the_centre() -> None:
    K = intrinsics_matrix(100, width=101, height=51)
    pixels, depth = project_points(torch.tensor([[0.1, 0.2, 1.0]], dtype=torch.float64), K)
    torch.testing.assert_close(pixels, torch.tensor([[60.0, 45.0]], dtype=torch.float64))
    assert depth.item() == 1.0


@given(
    st.integers(0, 10**6), st.floats(0.1, 8), st.floats(0.1, 8), st.integers(-20, 20), st.integers(-20, 20)
)
def test_resize_and_crop_of_K_move_pixels_as_the_image_moves(
    seed: int, scale_x: float, scale_y: float, left: int, top: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(20, 3, generator=generator, dtype=torch.float64)
    points[:, 2] = points[:, 2].abs() + 0.5
    K = _random_K(seed)
    pixels, _ = project_points(points, K)
    resized = crop_intrinsics(resize_intrinsics(K, scale_x=scale_x, scale_y=scale_y), left=left, top=top)
    moved, _ = project_points(points, resized)
    # The image's outer edge, half a pixel outside the first centre, stays where it is.
    scale = torch.tensor([scale_x, scale_y], dtype=torch.float64)
    expected = (pixels + 0.5) * scale - 0.5 - torch.tensor([left, top], dtype=torch.float64)
    torch.testing.assert_close(moved, expected, atol=1e-6, rtol=1e-9)


def test_fov_and_focal_length_undo_each_other() -> None:
    assert focal_from_fov(90, 200) == pytest.approx(100)
    assert fov_deg(focal_from_fov(37.5, 832), 832) == pytest.approx(37.5)
    for bad in (0, 180, -10, math.nan):
        with pytest.raises(CameraError, match="field of view"):
            focal_from_fov(bad, 100)


def test_transform_points_applies_rotation_then_translation() -> None:
    pose = rigid_exp(torch.tensor([1.0, 2.0, 3.0, 0.1, -0.2, 0.3], dtype=torch.float64))
    point = torch.tensor([[0.5, -1.0, 2.0]], dtype=torch.float64)
    homogeneous = pose @ torch.cat([point[0], torch.ones(1, dtype=torch.float64)])
    torch.testing.assert_close(transform_points(point, pose)[0], homogeneous[:3])


def test_opengl_axes_look_back_along_z_with_y_up() -> None:
    pose = rigid_exp(torch.tensor([1.0, 2.0, 3.0, 0.1, -0.2, 0.3], dtype=torch.float64))
    opengl = c2w_opengl_from_opencv(pose)
    check_rigid(opengl, name="opengl")
    torch.testing.assert_close(opengl[:3, 3], pose[:3, 3] * torch.tensor([1, -1, -1], dtype=torch.float64))
    # Forward is +z in OpenCV and −z in OpenGL; both must name the same direction of the flipped world.
    torch.testing.assert_close(-opengl[:3, 2], pose[:3, 2] * torch.tensor([1, -1, -1], dtype=torch.float64))
    torch.testing.assert_close(c2w_opencv_from_opengl(opengl), pose)


@pytest.mark.parametrize(
    ("K", "words"),
    [
        (torch.eye(4), "3×3"),
        (torch.diag(torch.tensor([0.0, 100.0, 1.0])), "positive focal"),
        (torch.diag(torch.tensor([100.0, -100.0, 1.0])), "positive focal"),
        (torch.diag(torch.tensor([math.inf, 100.0, 1.0])), "finite"),
        (torch.tensor([[100.0, 0, 0], [0, 100, 0], [50, 50, 1]]), "last row"),
    ],
)
def test_what_is_no_pinhole_is_refused(K: torch.Tensor, words: str) -> None:
    with pytest.raises(CameraError, match=words):
        check_intrinsics(K)
