import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from postcam_core.errors import ShapeError
from postcam_core.sampling import SOLVERS, flow_sigmas
from postcam_core.sampling.solvers import make_solver

MEAN, SPREAD = 2.0, 0.5


@given(num_steps=st.integers(1, 100), shift=st.floats(0.1, 20))
def test_levels_fall_from_one_to_zero(num_steps: int, shift: float) -> None:
    sigmas = flow_sigmas(num_steps, shift)
    assert len(sigmas) == num_steps + 1
    assert sigmas[0] == pytest.approx(1) and sigmas[-1] == 0
    assert (sigmas.diff() < 0).all()


def test_shift_one_is_even() -> None:
    assert torch.allclose(flow_sigmas(4, 1.0), torch.tensor([1, 0.75, 0.5, 0.25, 0]))


@pytest.mark.parametrize(("num_steps", "shift"), [(0, 5.0), (-1, 5.0), (4, 0.0), (4, float("nan"))])
def test_impossible_schedules_are_refused(num_steps: int, shift: float) -> None:
    with pytest.raises(ShapeError):
        flow_sigmas(num_steps, shift)


def _solve(name: str, noise: Tensor, num_steps: int, velocity) -> Tensor:
    sigmas = flow_sigmas(num_steps)
    step, x = make_solver(name, sigmas), noise
    for index in range(num_steps):
        x = step(x, velocity(x, sigmas[index].item()), index)
    return x


def _gaussian_velocity(x: Tensor, sigma: float) -> Tensor:
    """Exact velocity when the data are Gaussian: E[noise − data | x]."""
    variance = (1 - sigma) ** 2 * SPREAD**2 + sigma**2
    residual = (x - (1 - sigma) * MEAN) / variance
    return sigma * residual - (MEAN + (1 - sigma) * SPREAD**2 * residual)


def _noise() -> Tensor:
    return torch.randn(1, 2, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def _error(name: str, num_steps: int) -> float:
    exact = MEAN + SPREAD * _noise()
    return (_solve(name, _noise(), num_steps, _gaussian_velocity) - exact).abs().mean().item()


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("num_steps", [1, 2, 3, 10])
def test_a_straight_path_is_followed_exactly(name: str, num_steps: int) -> None:
    noise, data = _noise(), torch.full((1, 2, 1, 8, 8), 3.0)
    solved = _solve(name, noise, num_steps, lambda x, sigma: noise - data)
    assert (solved - data).abs().max() < 1e-4


@pytest.mark.parametrize("name", SOLVERS)
def test_a_curved_path_is_approached_as_steps_grow(name: str) -> None:
    errors = [_error(name, num_steps) for num_steps in (10, 20, 40, 80)]
    assert all(later < earlier for earlier, later in zip(errors, errors[1:], strict=False))


@pytest.mark.parametrize("name", [name for name in SOLVERS if name != "euler"])
def test_multistep_solvers_beat_euler(name: str) -> None:
    assert _error(name, 40) < _error("euler", 40) / 4


def test_unknown_solver_is_refused() -> None:
    with pytest.raises(ShapeError, match="euler"):
        make_solver("heun", flow_sigmas(4))
