"""Sizes that fit, and padding that comes off again."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.errors import ShapeError
from postcam_core.model import PostCamConfig
from postcam_core.model.conditions import check_conditions
from postcam_core.pipeline.sizes import (
    crop,
    hold_last,
    pad_frames,
    padded_num_frames,
    padding_for,
    propose_size,
    size_step,
)
from postcam_core.pipeline.wan_vae import check_video
from postcam_core.warp import shrink_guide

SCALES = st.sampled_from([0.125, 0.2, 0.25, 0.3, 0.35, 0.5, 0.6, 0.7, 0.75, 1.0])
SIDES = st.integers(1, 5000)


def _fits(width: int, height: int, guide_scale: float) -> None:
    """The real checks of VAE and model take a clip of this size and its guide."""
    video = torch.empty(1, 3, 1, 1).expand(1, 3, height, width)
    check_video(video)
    guide = shrink_guide(torch.empty(1, 3, height, width), guide_scale)
    check_video(guide)
    check_conditions(
        PostCamConfig(),
        source=torch.empty(1, 16, 1, height // 8, width // 8),
        guide=torch.empty(1, 16, 1, guide.shape[2] // 8, guide.shape[3] // 8),
        camera_w2c=torch.empty(1, 1, 4, 4),
        text=torch.empty(1, 1, 4096),
    )
    assert guide.shape[3] / width == pytest.approx(guide_scale)
    assert guide.shape[2] / height == pytest.approx(guide_scale)


@given(st.integers(1, 700), st.integers(1, 700), SCALES)
def test_padding_makes_any_size_fit_and_adds_less_than_a_step(width: int, height: int, scale: float) -> None:
    right, bottom = padding_for(width, height, scale)
    _fits(width + right, height + bottom, scale)
    for side, added in ((width, right), (height, bottom)):
        assert 0 <= added < max(size_step(scale), 16 / scale + size_step(scale) - side)
    assert padding_for(width + right, height + bottom, scale) == (0, 0)


@given(st.integers(100, 5000), st.integers(100, 5000), st.integers(64 * 64, 700 * 700), SCALES)
def test_a_proposed_size_fits(width: int, height: int, area: int, scale: float) -> None:
    proposed = propose_size(width, height, area=area, guide_scale=scale)
    assert padding_for(*proposed, scale) == (0, 0)
    _fits(*proposed, scale)


@given(st.floats(0.4, 2.5), st.integers(200, 4000), st.sampled_from([96 * 160, 480 * 832, 720 * 1280]))
def test_it_keeps_shape_and_area_as_the_grid_allows(shape: float, height: int, area: int) -> None:
    width = round(shape * height)
    proposed = propose_size(width, height, area=area, guide_scale=1.0)
    # No fitting side is nearer to the ideal one.
    for side, ideal in zip(
        proposed, ((area * width / height) ** 0.5, (area * height / width) ** 0.5), strict=True
    ):
        assert abs(side - ideal) <= 8
    assert propose_size(height, width, area=area, guide_scale=1.0) == proposed[::-1]


@pytest.mark.parametrize(
    ("clip", "proposed"),
    [
        ((1920, 1080), (832, 480)),  # the released size
        ((1080, 1920), (480, 832)),
        ((1000, 1000), (640, 640)),
        ((640, 480), (736, 544)),
        ((832, 480), (832, 480)),
    ],
)
def test_usual_clips(clip: tuple[int, int], proposed: tuple[int, int]) -> None:
    assert propose_size(*clip) == proposed


@given(st.integers(1, 20), st.integers(1, 40), st.integers(1, 30))
def test_padding_and_holding_come_off_again(num_frames: int, width: int, height: int) -> None:
    video = torch.rand(num_frames, 3, height, width)
    right, bottom = padding_for(width, height)
    padded = hold_last(pad_frames(video, right, bottom), padded_num_frames(num_frames))
    check_video(padded)
    assert torch.equal(crop(padded, width, height)[:num_frames], video)
    # What was added is the last row, the last column and the last frame.
    assert torch.equal(
        padded[..., height:, :], padded[..., height - 1 : height, :].expand(-1, -1, bottom, -1)
    )
    assert torch.equal(padded[..., width:], padded[..., width - 1 : width].expand(-1, -1, -1, right))
    assert torch.equal(padded[num_frames:], padded[num_frames - 1].expand_as(padded[num_frames:]))


@given(st.integers(1, 10_000))
def test_frames_are_4n_plus_1_and_at_most_three_more(num_frames: int) -> None:
    padded = padded_num_frames(num_frames)
    assert padded % 4 == 1
    assert 0 <= padded - num_frames <= 3


def test_bytes_and_single_frames_are_padded_alike() -> None:
    frame = torch.randint(0, 256, (3, 5, 7), dtype=torch.uint8)
    padded = pad_frames(frame, 2, 1)
    assert padded.dtype == torch.uint8
    assert padded.shape == (3, 6, 9)
    assert torch.equal(padded[:, 5, 7:], frame[:, 4, 6:].expand(3, 2))


def test_an_odd_guide_scale_does_not_pad_by_hundreds() -> None:
    assert padding_for(832, 480, 0.37) == (0, 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: padding_for(0, 480), "width of the clip"),
        (lambda: propose_size(832, -1), "height of the clip"),
        (lambda: propose_size(832, 480, area=0), "area of the clip"),
        (lambda: propose_size(832, 480, guide_scale=1.5), "guide_scale"),
        (lambda: padding_for(832, 480, 0), "guide_scale"),
        (lambda: padded_num_frames(0), "num_frames of the clip"),
    ],
)
def test_what_is_no_size_is_refused(call, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        call()
