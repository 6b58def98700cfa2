"""Depth survives the trip through the red and green of a PNG."""

import cv2
import numpy as np
import pytest

from postcam_core.geometry.log_depth import depth_from_log_picture, log_depth_picture


def _relative_error(depth: np.ndarray) -> float:
    bounds = {"nearest": float(depth.min()), "farthest": float(depth.max())}
    png = cv2.imencode(".png", log_depth_picture(depth, **bounds))[1]
    back = depth_from_log_picture(cv2.imdecode(png, cv2.IMREAD_UNCHANGED), **bounds)
    return float((np.abs(back - depth) / depth).max())


@pytest.mark.parametrize("ratio", [1.01, 30.0, 4e5])
@pytest.mark.parametrize("nearest", [1e-3, 3.0, 5e4])
def test_depth_comes_back_within_a_ten_thousandth(nearest: float, ratio: float) -> None:
    random = np.random.default_rng(0)
    depth = (nearest * ratio ** random.random((60, 80))).astype(np.float32)
    depth[0, 0], depth[0, 1] = nearest, nearest * ratio
    assert _relative_error(depth) < 1e-4


def test_a_wider_range_is_coarser_but_never_wild() -> None:
    depth = np.geomspace(1e-6, 1e9, 4800).reshape(60, 80).astype(np.float32)
    assert 1e-4 < _relative_error(depth) < 3e-4


def test_the_bounds_are_exact_and_blue_stays_empty() -> None:
    picture = log_depth_picture(np.array([[2.0, 50.0]], np.float32), nearest=2.0, farthest=50.0)
    assert picture.tolist() == [[[0, 0, 0], [255, 255, 0]]]


def test_one_depth_everywhere() -> None:
    assert _relative_error(np.full((4, 5), 7.25, np.float32)) < 1e-7


def test_high_byte_is_red_and_low_byte_green() -> None:
    # Half the logarithm between 1 and e² is code 32767.5, which rounds to the even 32768 = 0x8000.
    depth = np.exp(np.array([[0.0, 1.0, 2.0]], np.float64)).astype(np.float32)
    red, green, _ = log_depth_picture(depth, nearest=1.0, farthest=float(np.exp(2)))[0, 1]
    assert abs(int(red) * 256 + int(green) - 32768) <= 1
