import math

import numpy as np
import pytest
import torch

from postcam_core.evaluation import psnr_db, ssim, ssim_map


def test_psnr_pools_the_error_over_the_clip() -> None:
    truth = torch.zeros(2, 3, 4, 6)
    video = truth.clone()
    video[1] = 0.4  # 0.2 of the range in half of the clip: a mean squared error of 0.02
    assert psnr_db(video, truth) == pytest.approx(-10 * math.log10(0.02))
    mask = torch.zeros(2, 4, 6, dtype=torch.bool)
    mask[1, 0, 0] = True
    assert psnr_db(video, truth, mask) == pytest.approx(-10 * math.log10(0.04))
    assert psnr_db(truth, truth) == math.inf
    assert math.isnan(psnr_db(video, truth, torch.zeros_like(mask)))


def test_psnr_clamps_to_the_range_of_a_picture() -> None:
    truth = torch.ones(1, 3, 2, 2)
    assert psnr_db(truth + 5, truth) == math.inf


def test_ssim_of_one_pixel_written_out() -> None:
    generator = torch.Generator().manual_seed(0)
    a, b = torch.rand(2, 3, 11, 11, generator=generator, dtype=torch.float64)
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for x, y in zip(a.numpy(), b.numpy(), strict=True):
        mean_x, mean_y = (window * x).sum(), (window * y).sum()
        var_x, var_y = (window * (x - mean_x) ** 2).sum(), (window * (y - mean_y) ** 2).sum()
        covariance = (window * (x - mean_x) * (y - mean_y)).sum()
        above = (2 * mean_x * mean_y + 1e-4) * (2 * covariance + 9e-4)
        values.append(above / ((mean_x**2 + mean_y**2 + 1e-4) * (var_x + var_y + 9e-4)))
    assert float(ssim_map(a, b)[5, 5]) == pytest.approx(np.mean(values), rel=1e-9)


def test_ssim_of_videos() -> None:
    video = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert ssim(video, video) == pytest.approx(1)
    assert ssim(video, -video) < 0
