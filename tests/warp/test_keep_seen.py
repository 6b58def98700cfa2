"""The guide's own pixels in the result."""

import pytest
import torch

from postcam_core.errors import ShapeError
from postcam_core.evaluation import HeldOutSet, psnr_db
from postcam_core.warp import keep_seen


@pytest.fixture
def frames() -> torch.Tensor:
    return torch.rand(3, 3, 4, 6, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_seen_pixels_are_mixed_and_holes_left_alone(frames: torch.Tensor, share: float) -> None:
    guide, seen = -frames, torch.zeros(3, 4, 6, dtype=torch.bool)
    seen[:, :, :2] = True
    before = frames.clone()
    kept = keep_seen(frames, guide, seen, share=share)
    assert torch.equal(kept[..., 2:], frames[..., 2:])
    torch.testing.assert_close(kept[..., :2], (1 - 2 * share) * frames[..., :2])
    assert torch.equal(frames, before)
    if share == 0:
        assert torch.equal(kept, frames), "to the bit"


def test_a_mean_of_a_soft_picture_and_the_guide_is_closer_than_either() -> None:
    """What a VAE's blur leaves is right where the guide's resampling is wrong."""
    clip = HeldOutSet(num_clips=1, height=48, width=80, num_frames=9).clip(1_000_002)
    soft = torch.nn.functional.avg_pool2d(clip.truth, 3, 1, 1, count_include_pad=False)
    psnr = [
        psnr_db(keep_seen(soft, clip.guide.frames, clip.guide.mask, share=share), clip.truth, clip.guide.mask)
        for share in (0.0, 0.5, 1.0)
    ]
    assert psnr[1] > max(psnr[0], psnr[2]) + 0.3


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_share(frames: torch.Tensor, share: float) -> None:
    with pytest.raises(ShapeError, match="expected a number from 0"):
        keep_seen(frames, frames, torch.ones(3, 4, 6, dtype=torch.bool), share=share)


@pytest.mark.parametrize(
    ("guide", "seen"), [((2, 3, 4, 6), (2, 4, 6)), ((3, 3, 8, 6), (3, 8, 6)), ((3, 3, 4, 6), (3, 6, 4))]
)
def test_a_guide_of_other_frames_is_refused(frames: torch.Tensor, guide: tuple, seen: tuple) -> None:
    with pytest.raises(ShapeError, match="expected 3 frames of 6×4"):
        keep_seen(frames, torch.zeros(guide), torch.ones(seen, dtype=torch.bool))
