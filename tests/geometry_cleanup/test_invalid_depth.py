"""Holes and sky of raw depth become one far depth without confidence; hopeless frames are refused by number."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.cameras import intrinsics_matrix
from postcam_core.errors import GeometryError
from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.invalid_depth import FAR_FACTOR, fill_invalid_depth

RAW = st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -1.0, 0.5, 3.0, 40.0])


@given(st.lists(RAW, min_size=24, max_size=24), st.lists(st.booleans(), min_size=24, max_size=24))
def test_any_raw_depth_becomes_geometry_or_is_refused(values: list[float], sky: list[bool]) -> None:
    depth, is_sky = torch.tensor(values).view(2, 3, 4), torch.tensor(sky).view(2, 3, 4)
    is_measured = torch.isfinite(depth) & (depth > 0)
    is_valid = is_measured & ~is_sky
    if not (is_measured | is_sky).flatten(1).any(1).all() or not is_valid.any():
        with pytest.raises(GeometryError, match="depth of frame"):
            fill_invalid_depth(depth, sky=is_sky)
        return
    filled = fill_invalid_depth(depth, sky=is_sky)
    K = intrinsics_matrix(4.0, width=4, height=3).repeat(2, 1, 1)
    geometry = SceneGeometry(
        depth=filled.depth,
        K=K,
        w2c=torch.eye(4).repeat(2, 1, 1),
        confidence=filled.confidence,
        provider="raw",
        notes=filled.notes,
    )
    assert torch.equal(geometry.depth[is_valid], depth[is_valid])
    assert (geometry.depth[~is_valid] == FAR_FACTOR * depth[is_valid].max()).all()
    if is_valid.all():
        assert (filled.confidence, filled.notes) == (None, ())
    else:
        assert torch.equal(geometry.confidence, is_valid.float())


def test_the_note_counts_sky_and_holes_apart() -> None:
    depth = torch.full((1, 4, 5), 2.0)
    depth[0, 0, :3] = torch.tensor([math.nan, 0.0, math.inf])
    sky = torch.zeros_like(depth, dtype=torch.bool)
    sky[0, 0, 2:5] = True
    filled = fill_invalid_depth(depth, sky=sky, confidence=torch.full_like(depth, 0.5))
    assert filled.notes == (
        "15.0% of the pixels (3) are sky and 10.0% of the pixels (2) had no valid depth: "
        "put at a far depth of 4, confidence 0",
    )
    assert filled.confidence.unique().tolist() == [0.0, 0.5]


def test_a_view_of_nothing_but_sky_needs_another_frame_for_its_distance() -> None:
    depth = torch.full((2, 2, 2), 3.0)
    sky = torch.tensor([True, False])[:, None, None].expand(2, 2, 2)
    assert (fill_invalid_depth(depth, sky=sky).depth[0] == 6).all()
    with pytest.raises(GeometryError, match="frame 0"):
        fill_invalid_depth(depth[:1], sky=sky[:1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sky": torch.zeros(1, 2, 3, dtype=torch.bool)}, "sky"),
        ({"confidence": torch.zeros(1, 2, 3)}, "confidence"),
        ({"far_factor": 0.5}, "far factor"),
        ({"far_factor": math.nan}, "far factor"),
    ],
)
def test_bad_requests_are_refused(arguments: dict, words: str) -> None:
    with pytest.raises(GeometryError, match=words):
        fill_invalid_depth(torch.ones(1, 2, 2), **arguments)
    with pytest.raises(GeometryError, match="frame, height, width"):
        fill_invalid_depth(torch.ones(2, 2))
