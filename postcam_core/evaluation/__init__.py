"""How good recaptures are: on clips kept from training, against the truth, the camera and honest rivals."""

from .camera_following import CameraErrors, FoundCameras, camera_errors, find_cameras
from .evaluate import evaluate_held_out
from .held_out import HeldOutClip, HeldOutSet
from .inpainting import fill_in_space, fill_over_time, inpainted_guide
from .quality import psnr_db, ssim, ssim_map
from .recaptures import ModelRecapture, Recapture, model_free_recaptures, vae_recaptures
from .report import strongest_baseline
from .scores import Scores, read_scores, score, write_scores
from .statistics import Difference, Summary, compare, summarize

__all__ = [
    "CameraErrors",
    "Difference",
    "FoundCameras",
    "HeldOutClip",
    "HeldOutSet",
    "ModelRecapture",
    "Recapture",
    "Scores",
    "Summary",
    "camera_errors",
    "compare",
    "evaluate_held_out",
    "fill_in_space",
    "fill_over_time",
    "find_cameras",
    "inpainted_guide",
    "model_free_recaptures",
    "psnr_db",
    "read_scores",
    "score",
    "ssim",
    "ssim_map",
    "strongest_baseline",
    "summarize",
    "vae_recaptures",
    "write_scores",
]
