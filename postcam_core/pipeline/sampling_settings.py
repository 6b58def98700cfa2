"""How a recapture is sampled, with the defaults that belong to a model."""

from dataclasses import dataclass
from typing import Any

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
    """

    num_steps: int = 50
    shift: float = 5.0
    cfg_scale: float = 5.0
    seed: int = 0
    solver: str = "euler"
    window_frames: int = 41
    overlap_frames: int = 12

    @classmethod
    def for_model(cls, models: RecaptureModels, **changes: Any) -> "SamplingSettings":
        """The model's own settings, with changes by name; those that are None change nothing."""
        usual = {"shift": models.settings.shift}
        if models.is_small:
            usual |= {"num_steps": 4, "cfg_scale": 1.0}
        return cls(**usual | {name: value for name, value in changes.items() if value is not None})
