"""The work of the local and Ray workers: geometry of a clip, and recaptures, with the models kept loaded."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .tasks import GEOMETRY_FILE, Task

if TYPE_CHECKING:
    from ..pipeline import RecaptureModels, SourceClip


@dataclass(frozen=True, kw_only=True)
class RecaptureWorker:
    """Loads the models in a worker's process; travels there by itself.

    Attributes:
        model: A PostCam checkpoint; None is the bundled mini model with its VAE.
        vae: The VAE that belongs to it.
        text_encoder: A folder with UMT5.
        dtype: Name of the type to compute in.
    """

    model: Path | None = None
    vae: Path | None = None
    text_encoder: Path | None = None
    dtype: str = "bfloat16"

    def weights(self) -> dict[str, str]:
        """What identifies the models in keys.

        Raises:
            OSError: If a file is missing.
        """
        from ..pipeline import text_encoder_sha256
        from ..pipeline.models import MINI_TRANSFORMER, MINI_VAE
        from ..weights.checksum import sha256_of

        found = {
            "model": sha256_of(self.model or MINI_TRANSFORMER),
            "vae": sha256_of(self.vae or MINI_VAE),
            "dtype": self.dtype,
        }
        if self.text_encoder is not None:
            found["text"] = text_encoder_sha256(self.text_encoder)
        return found

    def __call__(self) -> "RecaptureRunner":
        """Load.

        Raises:
            CheckpointError: If a file cannot be used.
        """
        import torch

        from ..pipeline import load_models

        device = "cuda" if torch.cuda.is_available() else "cpu"
        files = (self.model, self.vae, self.text_encoder)
        return RecaptureRunner(load_models(*files, device=device, dtype=getattr(torch, self.dtype)))


class RecaptureRunner:
    """Does the tasks of a batch in this process.

    Args:
        models: Used for all of them.
    """

    def __init__(self, models: "RecaptureModels") -> None:
        self._models = models

    def __call__(self, task: Task, folder: Path) -> None:
        """Write a clip's geometry, or a recapture's videos and ``run.json``."""
        clip = self._clip(task)
        if task.kind == "geometry":
            self._estimate(task, clip, folder)
        else:
            self._recapture(task, clip, folder)

    def _clip(self, task: Task) -> "SourceClip":
        from ..media import probe_video
        from ..pipeline import load_source_clip, propose_size

        options, path = task.item.clip_options, task.item.clip
        info, models = probe_video(path), self._models
        width, height = options.size or propose_size(
            info.width, info.height, area=models.area, guide_scale=models.settings.guide_scale
        )
        return load_source_clip(
            path,
            width=width,
            height=height,
            num_frames=options.num_frames,
            selection=options.selection,
            info=info,
        )

    def _estimate(self, task: Task, clip: "SourceClip", folder: Path) -> None:
        from ..geometry import save_npz
        from ..pipeline import estimate_geometry

        save_npz(folder / GEOMETRY_FILE, estimate_geometry(clip, task.item.clip_options.provider))

    def _recapture(self, task: Task, clip: "SourceClip", folder: Path) -> None:
        from ..pipeline import (
            Recapture,
            SamplingSettings,
            cameras_of,
            load_clip_geometry,
            planned_windows,
            write_recapture,
        )
        from ..trajectory import parse_document, sample_trajectory

        options = task.item.model_options
        assert task.geometry is not None
        geometry = load_clip_geometry(task.geometry, clip)
        document = parse_document(task.item.trajectory)
        trajectory = sample_trajectory(document, len(clip), source=cameras_of(geometry))
        settings = SamplingSettings.for_model(
            self._models,
            num_steps=options.steps,
            shift=options.shift,
            cfg_scale=options.cfg,
            seed=options.seed,
            window_frames=options.window,
            overlap_frames=options.overlap,
        )
        # Before minutes of collecting, what would end the item after them.
        self._models.check_prompt(options.prompt)
        planned_windows(self._models, settings, num_frames=len(clip), width=clip.width, height=clip.height)
        background = None
        if options.background_memory:
            from ..warp import BackgroundMemory

            background = BackgroundMemory.collect(clip.frame_at, geometry)
        texts = {"prompt": options.prompt, "negative": options.negative}
        recapture = Recapture(
            clip,
            geometry,
            trajectory,
            self._models,
            settings,
            **texts,
            background=background,
            keep_seen=options.keep_seen,
        )
        write_recapture(recapture, folder, provenance=_provenance(task))


def _provenance(task: Task) -> dict[str, Any]:
    return {"options": {name: f"{value}" for name, value in asdict(task.item).items()}, "key": task.key}
