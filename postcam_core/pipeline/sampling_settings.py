"""How a recapture is sampled, with the defaults that belong to a model."""

import math
from dataclasses import dataclass
from typing import Any

from ..errors import ShapeError
from ..sampling import flow_sigmas
from ..sampling.solvers import make_solver
from .models import RecaptureModels


@dataclass(frozen=True, kw_only=True)
class SamplingSettings:
    """Numbers of a sampling run; as they stand here, those of the released model.

    Attributes:
        num_steps: Steps of the solver.
        shift: Of the schedule.
        cfg_scale: Strength of the guidance by text; without a text encoder it is not used.
        seed: Of the noise.
        solver: A name from :data:`..sampling.SOLVERS`.
        window_frames: Frames that the model sees at a time; longer clips are sampled in windows of these.
        overlap_frames: Frames that neighbouring windows share.

    Raises:
        ShapeError: If there is no such solver, schedule or seed.
    """

    num_steps: int = 50
    shift: float = 5.0
    cfg_scale: float = 5.0
    seed: int = 0
    solver: str = "euler"
    window_frames: int = 41
    overlap_frames: int = 12

    def __post_init__(self) -> None:
        make_solver(self.solver, flow_sigmas(self.num_steps, self.shift))
        if not (0 <= self.seed < 2**64 and math.isfinite(self.cfg_scale)):
            raise ShapeError(
                "sampling settings",
                expected="a seed from 0 to 2⁶⁴−1 and a finite cfg_scale",
                got=f"seed {self.seed}, cfg_scale {self.cfg_scale}",
                todo="The released model uses 0 and 5.",
            )

    @classmethod
    def for_model(cls, models: RecaptureModels, **changes: Any) -> "SamplingSettings":
        """The model's own settings, with changes by name; those that are None change nothing."""
        usual = {"shift": models.settings.shift}
        if models.is_small:
            usual |= {"num_steps": 1, "cfg_scale": 1.0}
        return cls(**usual | {name: value for name, value in changes.items() if value is not None})
