import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.errors import ShapeError
from postcam_core.model.positions import TokenGrid, guide_ids, pose_ids, source_ids, target_ids


def _grid(num_frames: int, height: int, width: int) -> TokenGrid:
    return TokenGrid(num_frames=num_frames, height=height, width=width)


def _rows_and_columns(guide: tuple[int, int], target: tuple[int, int], mode: str, ratio=(4.0, 4.0)):
    ids = guide_ids(_grid(1, *guide), _grid(1, *target), mode, latents_ratio=ratio)
    return ids[:, 1].unique().tolist(), ids[:, 2].unique().tolist()


def test_source_follows_the_target_in_time_and_shares_its_rows_and_columns() -> None:
    grid = _grid(3, 2, 4)
    target, source = target_ids(grid), source_ids(grid)
    assert torch.equal(source - target, torch.tensor([3.0, 0, 0]).double().expand_as(target))
    assert target[:5].tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 2], [0, 0, 3], [0, 1, 0]]
    assert len(target) == grid.num_tokens


def test_poses_have_one_coordinate() -> None:
    assert pose_ids(3).tolist() == [[0], [1], [2]]


def test_released_guide_covers_the_middle_of_the_released_size() -> None:
    rows, columns = _rows_and_columns((7, 13), (30, 52), "released")
    assert rows == list(range(8, 21, 2))
    assert columns == list(range(13, 38, 2))


def test_released_guide_of_a_portrait() -> None:
    rows, columns = _rows_and_columns((13, 7), (52, 30), "released")
    assert rows == list(range(13, 38, 2))
    assert columns == list(range(8, 21, 2))


def test_aligned_guide_tokens_sit_on_the_centres_of_what_they_show() -> None:
    rows, columns = _rows_and_columns((7, 13), (30, 52), "aligned")
    assert rows == [4 * i + 1.5 for i in range(7)]
    assert columns == [4 * i + 1.5 for i in range(13)]


@pytest.mark.parametrize("mode", ["released", "aligned"])
def test_guide_ids_go_through_frames_rows_columns_in_order(mode: str) -> None:
    ids = guide_ids(_grid(2, 2, 3), _grid(2, 8, 12), mode, latents_ratio=(4.0, 4.0))
    assert ids[:, 0].tolist() == [0] * 6 + [1] * 6
    assert torch.equal(ids[:6, 1:], ids[6:, 1:])
    assert ids[0, 1] == ids[2, 1] < ids[3, 1]
    assert ids[0, 2] < ids[1, 2] < ids[2, 2]


def test_aligned_guide_of_full_size_has_the_targets_positions() -> None:
    grid = _grid(2, 3, 5)
    assert torch.equal(guide_ids(grid, grid, "aligned", latents_ratio=(1.0, 1.0)), target_ids(grid))


@pytest.mark.parametrize(("guide", "target"), [((4, 6), (4, 6)), ((1, 5), (6, 4)), ((5, 2), (4, 60))])
def test_released_formula_refuses_sizes_it_has_no_positions_for(guide, target) -> None:
    with pytest.raises(ShapeError, match="guide size"):
        _rows_and_columns(guide, target, "released")


sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))


@given(guide=sizes, target=sizes)
def test_released_positions_are_tokens_of_the_target_or_refused(guide, target) -> None:
    try:
        rows, columns = _rows_and_columns(guide, target, "released")
    except ShapeError:
        return
    assert (len(rows), len(columns)) == guide
    assert min(rows) >= 0 and max(rows) < target[0]
    assert min(columns) >= 0 and max(columns) < target[1]


@given(target=sizes, ratio=st.sampled_from([1, 2, 3, 4, 8]))
def test_aligned_positions_are_centred(target, ratio) -> None:
    guide = tuple(max(1, size // ratio) for size in target)
    exact = tuple(t / g for t, g in zip(target, guide, strict=True))
    for axis, size in zip(_rows_and_columns(guide, target, "aligned", exact), target, strict=True):
        assert (axis[0] + axis[-1]) / 2 == pytest.approx((size - 1) / 2)
