"""How the velocity moves the latents from one noise level to the next."""

from collections.abc import Callable
from typing import Any, Protocol

from jaxtyping import Float
from torch import Tensor

from ..errors import ShapeError

# These solvers work with log((1 - sigma) / sigma), which pure noise does not have.
_FIRST_SIGMA = 1 - 1e-6


class Solver(Protocol):
    """Steps along a fixed schedule, in order."""

    def step(self, latents: Tensor, velocity: Tensor, index: int) -> Tensor:
        """Latents at level ``index + 1``, from those at level ``index`` and their velocity."""
        ...


class EulerSolver:
    """Straight along the velocity: what the released code does."""

    def __init__(self, sigmas: Float[Tensor, "level"]) -> None:
        self._sigmas = sigmas.tolist()

    def step(self, latents: Tensor, velocity: Tensor, index: int) -> Tensor:
        """``x + v · (σ' − σ)``."""
        return latents + velocity * (self._sigmas[index + 1] - self._sigmas[index])


class DiffusersSolver:
    """A multistep solver of diffusers on our noise levels."""

    def __init__(self, class_name: str, sigmas: Float[Tensor, "level"]) -> None:
        import diffusers

        self._scheduler: Any = getattr(diffusers, class_name)(
            prediction_type="flow_prediction", use_flow_sigmas=True
        )
        self._scheduler.set_timesteps(len(sigmas) - 1)
        # Its own levels start below 1 and, given ours to shift, would shift them a second time.
        self._scheduler.sigmas = sigmas.clamp(max=_FIRST_SIGMA)
        self._scheduler.set_begin_index(0)

    def step(self, latents: Tensor, velocity: Tensor, index: int) -> Tensor:
        """One step of the scheduler, which remembers the velocities before."""
        timestep = self._scheduler.timesteps[index]
        return self._scheduler.step(velocity, timestep, latents, return_dict=False)[0]


SOLVERS: dict[str, Callable[[Tensor], Solver]] = {
    "euler": EulerSolver,
    "unipc": lambda sigmas: DiffusersSolver("UniPCMultistepScheduler", sigmas),
    "dpm++": lambda sigmas: DiffusersSolver("DPMSolverMultistepScheduler", sigmas),
}
"""Solvers by name. "euler" reproduces the released results; the others need fewer steps."""


def make_solver(name: str, sigmas: Float[Tensor, "level"]) -> Solver:
    """The solver of that name, at the start of the schedule.

    Raises:
        ShapeError: If the name is unknown.
    """
    if name not in SOLVERS:
        raise ShapeError(
            "solver", expected=f"one of {', '.join(SOLVERS)}", got=f"{name!r}", todo="Choose one of these."
        )
    return SOLVERS[name](sigmas)
