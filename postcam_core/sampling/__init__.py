"""From noise to latents: schedule, guidance, solvers, and the loop over the steps."""

from .denoise import SamplingStep, denoise
from .schedule import flow_sigmas
from .solvers import SOLVERS

__all__ = ["SOLVERS", "SamplingStep", "denoise", "flow_sigmas"]
