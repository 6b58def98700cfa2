"""Depth survives the trip through the red and green of a PNG."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from postcam_core.geometry.log_depth import depth_from_log_picture, log_depth_picture

CASES = Path(__file__).parents[1] / "web" / "cases" / "log_depth.json"


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


def test_bytes_stand_for_the_depth_that_the_page_means() -> None:
    for case in json.loads(CASES.read_text())["cases"]:
        bounds = {"nearest": case["min_depth"], "farthest": case["max_depth"]}
        picture = np.array([[[case["red"], case["green"], 0]]], np.uint8)
        depth = depth_from_log_picture(picture, **bounds)
        assert depth[0, 0] == pytest.approx(case["depth"], rel=1e-7)
        assert np.array_equal(log_depth_picture(depth, **bounds), picture)
