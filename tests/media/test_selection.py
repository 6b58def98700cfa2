import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.errors import MediaError
from postcam_core.media import constant_rate_indices, true_rate_windows, uniform_indices

SIZES = st.integers(1, 400)


def test_equal_lengths_show_every_frame() -> None:
    assert uniform_indices(41, 41) == list(range(41))


def test_short_clips_hold_their_last_frame() -> None:
    assert uniform_indices(3, 6) == [0, 1, 2, 2, 2, 2]
    assert uniform_indices(1, 3) == [0, 0, 0]


def test_long_clips_are_spread_over_their_whole_length() -> None:
    assert uniform_indices(81, 41) == list(range(0, 81, 2))
    # Steps of 2.5: halves go to the even frame, as torch.round has it.
    assert uniform_indices(11, 5) == [0, 2, 5, 8, 10]
    assert uniform_indices(5, 1) == [0]


@given(num_source=SIZES, num_frames=SIZES)
def test_uniform_indices_never_run_backwards(num_source: int, num_frames: int) -> None:
    indices = uniform_indices(num_source, num_frames)
    assert len(indices) == num_frames
    assert indices == sorted(indices)
    assert indices[0] == 0
    if num_frames > 1:
        assert indices[-1] == num_source - 1


@given(num_frames=st.integers(2, 200), rate=st.sampled_from([12, 15, 24, 25, 30000 / 1001, 30, 60]))
def test_a_clip_at_its_own_rate_stays_as_it_is(num_frames: int, rate: float) -> None:
    times = [round(k / rate, 3) for k in range(num_frames)]  # whole milliseconds, as Matroska has them
    assert constant_rate_indices(times, rate) == list(range(num_frames))


def test_halving_and_doubling_the_rate() -> None:
    times = [k / 30 for k in range(30)]
    assert constant_rate_indices(times, 15) == list(range(0, 30, 2))
    assert constant_rate_indices(times, 60) == [k // 2 for k in range(60)]


def test_flattening_takes_the_nearest_frame_in_time() -> None:
    times = [0.0, 0.04, 0.055, 0.2, 0.21, 0.5]
    # At 10 Hz: 0, 0.1, 0.2 ... 0.5 and the last frame's share of the duration.
    assert constant_rate_indices(times, 10) == [0, 2, 3, 4, 5, 5]


@given(
    gaps_s=st.lists(st.floats(0, 0.5), min_size=1, max_size=60),
    start_s=st.floats(-5, 5),
    rate=st.floats(1, 120),
)
def test_each_tick_shows_a_nearest_frame(gaps_s: list[float], start_s: float, rate: float) -> None:
    times = torch.tensor([start_s, *gaps_s], dtype=torch.float64).cumsum(0)
    indices = constant_rate_indices(times.tolist(), rate)
    for tick, index in enumerate(indices):
        distances = (times - (times[0] + tick / rate)).abs()
        assert distances[index] <= distances.min() + 2e-6
    duration_s = float(times[-1] - times[0]) * len(times) / (len(times) - 1)
    assert abs(len(indices) / rate - duration_s) <= max(0.5 / rate + 1e-9, 1 / rate - duration_s)


def test_one_frame_stays_one_frame() -> None:
    assert constant_rate_indices([0.0], 16) == [0]


@pytest.mark.parametrize("times", [[], [0.0, 0.2, 0.1], [0.0, float("nan")]])
def test_refuses_times_that_are_none(times: list[float]) -> None:
    with pytest.raises(MediaError):
        constant_rate_indices(times, 16)


@given(num_frames=SIZES, window=st.integers(1, 60), data=st.data())
def test_windows_cover_the_clip(num_frames: int, window: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, window - 1))
    windows = true_rate_windows(num_frames, window=window, overlap=overlap)
    assert (windows[0].start, windows[-1].stop) == (0, num_frames)
    assert {w.stop - w.start for w in windows} == {min(window, num_frames)}
    for before, after in zip(windows, windows[1:], strict=False):
        assert before.start < after.start
        assert before.stop - after.start >= overlap


def test_windows_of_a_known_clip() -> None:
    starts = [w.start for w in true_rate_windows(100, window=41, overlap=9)]
    assert starts == [0, 32, 59]


@pytest.mark.parametrize(
    ("num_frames", "window", "overlap"), [(0, 41, 8), (10, 0, 0), (10, 5, 5), (10, 5, -1)]
)
def test_refuses_windows_that_cannot_advance(num_frames: int, window: int, overlap: int) -> None:
    with pytest.raises(MediaError):
        true_rate_windows(num_frames, window=window, overlap=overlap)


@pytest.mark.parametrize(("num_source", "num_frames"), [(0, 41), (41, 0)])
def test_refuses_empty_clips(num_source: int, num_frames: int) -> None:
    with pytest.raises(MediaError):
        uniform_indices(num_source, num_frames)
