"""One rendered guide as other models take it."""

import pytest
import torch

from postcam_core.errors import GeometryError
from postcam_core.warp import PROFILES, Guide, Profile, apply_profile

HEIGHT, WIDTH = 24, 40


def _guide() -> Guide:
    """Two frames: a wide hole on the right, a crack of one pixel in row 4, and a stray known pixel in the hole."""
    mask = torch.ones(2, HEIGHT, WIDTH, dtype=torch.bool)
    mask[:, :, 25:] = False
    mask[:, 4, :] = False
    mask[:, 12, 33] = True
    frames = torch.rand(2, 3, HEIGHT, WIDTH, generator=torch.manual_seed(0)) - 0.5
    return Guide(
        frames=torch.where(mask[:, None], frames, -1.0),
        mask=mask,
        depth=mask.float(),
        source_index=torch.arange(2),
    )


SOURCE = torch.full((3, HEIGHT, WIDTH), 0.25)


def _apply(name: str):
    guide = _guide()
    return guide, apply_profile(guide, PROFILES[name], first_source=SOURCE)


def test_released_is_what_was_rendered() -> None:
    guide, made = _apply("released")
    assert made.frames is guide.frames
    assert torch.equal(made.mask, (~guide.mask).float())


def test_uni3c_shows_the_clip_s_own_first_frame() -> None:
    guide, made = _apply("Uni3C")
    assert torch.equal(made.frames[0], SOURCE)
    assert not made.mask[0].any()
    assert torch.equal(made.frames[1], guide.frames[1])
    assert torch.equal(made.mask[1], (~guide.mask[1]).float())
    assert torch.equal(guide.mask, _guide().mask), "the rendered guide is left alone"


def test_vace_gets_grey_where_it_shall_paint() -> None:
    guide, made = _apply("VACE")
    is_painted = made.mask.bool()
    assert (made.frames.movedim(1, -1)[is_painted] == 0).all()
    assert torch.equal(made.frames.movedim(1, -1)[~is_painted], guide.frames.movedim(1, -1)[~is_painted])
    # The hole has grown by two columns and over the stray pixel; the crack is still one row high.
    expected = ~guide.mask.clone()
    expected[:, :, 23:] = True
    assert torch.equal(is_painted, expected)


def test_inspatio_s_mask_marks_what_is_known_at_its_own_size() -> None:
    guide, made = _apply("InSpatio-World")
    assert made.frames.shape == (2, 3, 480, 832)
    is_known = made.mask.bool()
    assert (made.frames.movedim(1, -1)[~is_known] == -1).all()
    assert (made.frames.movedim(1, -1)[is_known] > -0.6).all(), "no black of a hole is mixed in"
    # 40×24 is cut to 832:480 in height alone.
    share = guide.mask[0, :, :25].float().mean()
    assert made.mask[0, :, :500].mean() == pytest.approx(share.item(), abs=0.05)
    assert not made.mask[0, :, 530:660].any()


def test_a_guide_of_its_own_size_is_not_resampled() -> None:
    guide = _guide()
    made = apply_profile(guide, Profile(mask_marks="known", size=(WIDTH, HEIGHT)), first_source=SOURCE)
    assert made.frames is guide.frames
    assert torch.equal(made.mask, guide.mask.float())


def test_a_first_frame_of_another_size_is_refused() -> None:
    with pytest.raises(GeometryError, match="first source frame: expected 40×24.*got 8×6"):
        apply_profile(_guide(), PROFILES["Uni3C"], first_source=torch.zeros(3, 6, 8))
