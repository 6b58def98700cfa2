"""From noise to latents: schedule, guidance, solvers, and the loop over the steps."""

from .denoise import SamplingStep, denoise
from .schedule import flow_sigmas
from .solvers import SOLVERS
from .windows import LatentWindow, latent_frames, plan_windows

__all__ = [
    "SOLVERS",
    "LatentWindow",
    "SamplingStep",
    "denoise",
    "flow_sigmas",
    "latent_frames",
    "plan_windows",
]
