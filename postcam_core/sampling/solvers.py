"""How the velocity moves the latents from one noise level to the next."""

from collections.abc import Callable
from typing import TypeAlias

from jaxtyping import Float
from torch import Tensor

from ..errors import ShapeError

StepFn: TypeAlias = Callable[[Tensor, Tensor, int], Tensor]
"""``step(latents, velocity, index)``: from noise level ``index`` to the next. Called in order, once each."""

# These solvers work with log((1 - sigma) / sigma), which pure noise does not have.
_FIRST_SIGMA = 1 - 1e-6


def euler(sigmas: Float[Tensor, " level"]) -> StepFn:
    """Straight along the velocity, as the released code does: ``x + v · (σ' − σ)``."""
    levels = sigmas.tolist()

    def step(latents: Tensor, velocity: Tensor, index: int) -> Tensor:
        return latents + velocity * (levels[index + 1] - levels[index])

    return step


def unipc(sigmas: Float[Tensor, " level"]) -> StepFn:
    """UniPC (arXiv 2302.04867) of diffusers."""
    from diffusers import UniPCMultistepScheduler

    return _diffusers_steps(UniPCMultistepScheduler, sigmas)


def dpm_plus_plus(sigmas: Float[Tensor, " level"]) -> StepFn:
    """DPM-Solver++ 2M (arXiv 2211.01095) of diffusers."""
    from diffusers import DPMSolverMultistepScheduler

    return _diffusers_steps(DPMSolverMultistepScheduler, sigmas)


def _diffusers_steps(scheduler_class: type, sigmas: Tensor) -> StepFn:
    scheduler = scheduler_class(prediction_type="flow_prediction", use_flow_sigmas=True)
    scheduler.set_timesteps(len(sigmas) - 1)
    # Its own levels start below 1 and, given ours to shift, would shift them a second time.
    scheduler.sigmas = sigmas.clamp(max=_FIRST_SIGMA)
    scheduler.set_begin_index(0)

    def step(latents: Tensor, velocity: Tensor, index: int) -> Tensor:
        return scheduler.step(velocity, scheduler.timesteps[index], latents, return_dict=False)[0]

    return step


SOLVERS: dict[str, Callable[[Tensor], StepFn]] = {
    "euler": euler,
    "unipc": unipc,
    "dpm++": dpm_plus_plus,
}
"""Solvers by name. "euler" gives the released results; the others come closer to the end of a smooth path in
the same number of steps."""


def make_solver(name: str, sigmas: Float[Tensor, " level"]) -> StepFn:
    """The solver of that name, at the start of the schedule.

    Raises:
        ShapeError: If the name is unknown.
    """
    if name not in SOLVERS:
        raise ShapeError(
            "solver", expected=f"one of {', '.join(SOLVERS)}", got=f"{name!r}", todo="Choose one of these."
        )
    return SOLVERS[name](sigmas)
