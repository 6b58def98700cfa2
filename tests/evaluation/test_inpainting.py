import torch

from postcam_core.evaluation import fill_in_space, fill_over_time


def _frames(seed: int = 0):
    generator = torch.Generator().manual_seed(seed)
    frames = torch.rand(6, 3, 8, 10, generator=generator) * 2 - 1
    mask = torch.rand(6, 8, 10, generator=generator) > 0.5
    return torch.where(mask[:, None], frames, -1.0), mask


def test_known_pixels_stay_and_holes_take_their_surroundings() -> None:
    frames, mask = _frames()
    filled = fill_in_space(frames, mask)
    known = mask[:, None].expand_as(frames)
    assert torch.equal(filled[known], frames[known])
    flat = torch.where(mask[:, None], torch.tensor([0.6, 0.0, -0.4])[:, None, None], -1.0)
    expected = torch.tensor([0.6, 0.0, -0.4])[:, None, None].expand_as(flat)
    # Inpainting works on 8 bits and rounds down more than once.
    torch.testing.assert_close(fill_in_space(flat, mask), expected, atol=0.04, rtol=0)


def test_over_time_each_hole_shows_the_nearest_known_moment() -> None:
    frames, mask = _frames(1)
    mask[:, 0, 0] = False  # known at no time: left to its surroundings
    filled = fill_over_time(frames, mask)
    for t, y, x in torch.cartesian_prod(torch.arange(6), torch.arange(8), torch.arange(10)).tolist():
        moments = [m for m in range(6) if mask[m, y, x]]
        if moments:
            nearest = min(moments, key=lambda m: (abs(m - t), m))
            assert torch.equal(filled[t, :, y, x], frames[nearest, :, y, x])
    assert (filled[:, :, 0, 0] > -1).any()
