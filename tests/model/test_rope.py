import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from postcam_core.model.rope import rotary_table, rotate
from tests.oracles.dit_block import axis_rotations, grid_rotations, turn

CPU = torch.device("cpu")


def _tokens(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def _ids(num: int, num_axes: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return 50 * torch.rand(num, num_axes, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("head_dim", [24, 128])
def test_three_axes_equal_complex_rotations(head_dim: int) -> None:
    frames, rows, columns = [0, 1, 5], [2, 3.5], [0, 4, 7, 11]
    ids = torch.cartesian_prod(*(torch.tensor(x, dtype=torch.float64) for x in (frames, rows, columns)))
    x = _tokens(2, len(ids), 3 * head_dim)
    table = rotary_table(ids, head_dim, device=CPU, dtype=torch.float64)
    expected = turn(x, grid_rotations(frames, rows, columns, head_dim), 3)
    assert (rotate(x, table, 3) - expected).abs().max() < 1e-12


def test_one_axis_uses_all_channels() -> None:
    x = _tokens(1, 4, 2 * 24)
    ids = torch.arange(4, dtype=torch.float64)[:, None]
    table = rotary_table(ids, 24, device=CPU, dtype=torch.float64)
    assert (rotate(x, table, 2) - turn(x, axis_rotations([0, 1, 2, 3], 24), 2)).abs().max() < 1e-12


@given(head_dim=st.sampled_from([6, 8, 24, 64, 128]), shift=st.floats(-30, 30))
def test_scores_depend_on_differences_of_positions_alone(head_dim: int, shift: float) -> None:
    ids, x = _ids(5, 3), _tokens(1, 5, head_dim)
    scores = []
    for positions in (ids, ids + shift):
        turned = rotate(x, rotary_table(positions, head_dim, device=CPU, dtype=torch.float64), 1)[0]
        scores.append(turned @ turned.T)
    assert torch.allclose(*scores, atol=1e-9)


@given(head_dim=st.sampled_from([6, 8, 24, 64, 128]), num_axes=st.sampled_from([1, 3]))
def test_lengths_are_kept(head_dim: int, num_axes: int) -> None:
    x = _tokens(1, 5, head_dim)
    table = rotary_table(_ids(5, num_axes), head_dim, device=CPU, dtype=torch.float64)
    assert torch.allclose(rotate(x, table, 1).norm(dim=-1), x.norm(dim=-1))


def test_low_precision_tokens_are_rounded_once() -> None:
    ids, x = _ids(200, 3), _tokens(1, 200, 24).bfloat16()
    low = rotate(x, rotary_table(ids, 24, device=CPU, dtype=torch.float32), 1)
    exact = rotate(x.double(), rotary_table(ids, 24, device=CPU, dtype=torch.float64), 1)
    assert low.dtype == torch.bfloat16
    assert ((low - exact).abs() <= exact.abs() * 2**-8 + 1e-5).all()
