import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.cameras import crop_intrinsics, resize_intrinsics
from postcam_core.errors import MediaError, ShapeError
from postcam_core.media import fit_frames, plan_fit

SIZE = st.integers(1, 3000)


@given(source=st.tuples(SIZE, SIZE), target=st.tuples(SIZE, SIZE))
def test_covering_keeps_proportions_and_leaves_no_gap(
    source: tuple[int, int], target: tuple[int, int]
) -> None:
    fit = plan_fit(*source, width=target[0], height=target[1], mode="cover")
    sides = [(source[0], fit.scale_x, fit.left, fit.width), (source[1], fit.scale_y, fit.top, fit.height)]
    scale = max(target[0] / source[0], target[1] / source[1])
    for size, exact_scale, margin, fit_size in sides:
        resized = size * exact_scale
        assert resized == pytest.approx(round(resized), abs=1e-6)
        assert abs(resized - size * scale) <= 1 + 1e-6
        assert 0 <= margin <= resized - fit_size + 1e-6
        assert abs((resized - fit_size) - 2 * margin) <= 1 + 1e-6
    assert (fit.width, fit.height) == target


def test_the_released_sizes() -> None:
    fit = plan_fit(1920, 1080, width=832, height=480, mode="cover")
    # int(1920 * 480/1080) = 853, cut to 832: 10.5 columns too many on each side, rounded to even.
    assert (fit.scale_x * 1920, fit.scale_y * 1080) == (pytest.approx(853), pytest.approx(480))
    assert (fit.left, fit.top) == (10, 0)


def test_never_smaller_than_wanted() -> None:
    assert int(23 * (832 / 23)) == 831  # in floating point
    fit = plan_fit(23, 10, width=832, height=300, mode="cover")
    fitted = fit_frames(torch.ones(1, 3, 10, 23), fit)
    assert fitted.shape == (1, 3, 300, 832)
    assert fitted.min() == pytest.approx(1)


@pytest.mark.parametrize("mode", ["cover", "stretch"])
@pytest.mark.parametrize(("width", "height"), [(40, 24), (64, 96), (131, 77), (61, 50)])
def test_intrinsics_follow_the_pixels(mode: str, width: int, height: int) -> None:
    """Frames that hold their own coordinates say where each pixel of the result came from."""
    source_width, source_height = 90, 70
    y, x = torch.meshgrid(
        torch.arange(source_height, dtype=torch.float64),
        torch.arange(source_width, dtype=torch.float64),
        indexing="ij",
    )
    fit = plan_fit(source_width, source_height, width=width, height=height, mode=mode)
    came_from = fit_frames(torch.stack([x, y])[None], fit)[0]
    K = torch.tensor([[80, 0, 44.5], [0, 80, 34.5], [0, 0, 1]], dtype=torch.float64)
    fitted_K = crop_intrinsics(
        resize_intrinsics(K, scale_x=fit.scale_x, scale_y=fit.scale_y), left=fit.left, top=fit.top
    )
    # The same ray through the source pixel and through the fitted one, away from the clamped border, within a
    # twentieth of a source pixel: torch's antialiasing filter is no closer to linear when it shrinks.
    inner = (slice(4, height - 4), slice(4, width - 4))
    pixels = torch.stack(
        torch.meshgrid(
            torch.arange(width, dtype=torch.float64), torch.arange(height, dtype=torch.float64), indexing="xy"
        )
    )
    for axis in (0, 1):
        ray = (came_from[axis] - K[axis, 2]) / K[axis, axis]
        fitted_ray = (pixels[axis] - fitted_K[axis, 2]) / fitted_K[axis, axis]
        assert torch.allclose(ray[inner], fitted_ray[inner], rtol=0, atol=0.05 / 80)


def test_the_same_size_changes_nothing() -> None:
    frames = torch.rand(9, 3, 20, 30)
    for mode in ("cover", "stretch"):
        assert torch.equal(fit_frames(frames, plan_fit(30, 20, width=30, height=20, mode=mode)), frames)


def test_frames_do_not_depend_on_their_neighbours() -> None:
    frames = torch.rand(11, 3, 20, 30)
    fit = plan_fit(30, 20, width=16, height=16, mode="cover")
    assert torch.equal(fit_frames(frames, fit)[5:6], fit_frames(frames[5:6], fit))


def test_shrinking_averages() -> None:
    stripes = torch.zeros(1, 1, 64, 64)
    stripes[..., ::2] = 1
    fitted = fit_frames(stripes, plan_fit(64, 64, width=8, height=8, mode="stretch"))
    assert fitted.min() > 0.45
    assert fitted.max() < 0.55


@pytest.mark.parametrize("shape", [(1, 3, 70, 60), (1, 3, 35, 45), (1, 3, 140, 180)])
def test_refuses_frames_of_another_size(shape: tuple[int, ...]) -> None:
    fit = plan_fit(90, 70, width=64, height=48, mode="cover")
    with pytest.raises(ShapeError, match="planned for"):
        fit_frames(torch.zeros(shape), fit)


def test_refuses_impossible_plans() -> None:
    with pytest.raises(MediaError, match="source size"):
        plan_fit(0, 10, width=8, height=8, mode="cover")
    with pytest.raises(MediaError, match="target size"):
        plan_fit(10, 10, width=8, height=0, mode="cover")
    with pytest.raises(MediaError, match="fit mode"):
        plan_fit(10, 10, width=8, height=8, mode="contain")
