"""``recapture``: a video in, the same video from another camera out."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..progress import ProgressFn
from .progress_line import ProgressLine
from .recapture_options import add_arguments
from .trajectory import read_document

if TYPE_CHECKING:
    from ..geometry import SceneGeometry
    from ..pipeline import RecaptureModels, SamplingSettings, SourceClip
    from ..trajectory import TrajectoryDocument

NAME = "recapture"
HELP = "Move the camera of a video. Without --model, by the small model that comes with PostCam."

__all__ = ["HELP", "NAME", "add_arguments", "run"]


def run(arguments: argparse.Namespace) -> None:
    """Recapture and report."""
    from ..pipeline import Recapture, Stages, cameras_of, planned_windows, write_recapture
    from ..pipeline.result_folder import check_result_folder
    from ..pipeline.write_recapture import FILES
    from ..trajectory import sample_trajectory
    from ..warp import BackgroundMemory

    with ProgressLine(str) as line:
        stages = Stages(line.begin)
        # Whatever may be mistyped is checked as soon as it can be: models and geometry take minutes.
        check_result_folder(arguments.out, FILES)
        move = _move(arguments)
        with stages.stage("models"):
            models, settings = _models(arguments)
        models.check_prompt(arguments.prompt)
        with stages.stage("reading") as progress:
            clip = _clip(arguments, models, progress)
        document, num_frames = _shot(arguments, move, clip)
        planned_windows(models, settings, num_frames=num_frames, width=clip.width, height=clip.height)
        with stages.stage("geometry") as progress:
            geometry = _geometry(arguments, clip, progress)
        trajectory = sample_trajectory(document, num_frames, source=cameras_of(geometry))
        background = None
        if arguments.background_memory:
            with stages.stage("background memory") as progress:
                background = BackgroundMemory.collect(clip.frame_at, geometry, progress=progress)
        texts = {"prompt": arguments.prompt, "negative": arguments.negative}
        recapture = Recapture(
            clip,
            geometry,
            trajectory,
            models,
            settings,
            **texts,
            background=background,
            keep_seen=arguments.keep_seen,
        )
        write_recapture(recapture, arguments.out, provenance=_provenance(arguments), stages=stages)
    for note in geometry.notes:
        print(f"geometry: {note}")
    for cost in stages.costs:
        print(f"{cost.name}: {cost.seconds:.1f} s")
    print(f"wrote {len(recapture)} frames of {clip.width}×{clip.height} to {arguments.out}")


def _models(arguments: argparse.Namespace) -> "tuple[RecaptureModels, SamplingSettings]":
    import torch

    from ..pipeline import SamplingSettings, load_models

    models = load_models(
        arguments.model,
        arguments.vae,
        arguments.text_encoder,
        device=arguments.device or ("cuda" if torch.cuda.is_available() else "cpu"),
        dtype=getattr(torch, arguments.dtype),
    )
    settings = SamplingSettings.for_model(
        models,
        num_steps=arguments.steps,
        shift=arguments.shift,
        cfg_scale=arguments.cfg,
        seed=arguments.seed,
        solver=arguments.solver,
        window_frames=arguments.window,
        overlap_frames=arguments.overlap,
    )
    return models, settings


def _clip(arguments: argparse.Namespace, models: "RecaptureModels", progress: ProgressFn) -> "SourceClip":
    from ..media import probe_video
    from ..pipeline import load_source_clip, propose_size

    info = probe_video(arguments.video, progress=progress)
    width, height = arguments.size or propose_size(
        info.width, info.height, area=models.area, guide_scale=models.settings.guide_scale
    )
    return load_source_clip(
        arguments.video,
        width=width,
        height=height,
        num_frames=arguments.frames,
        selection=arguments.selection,
        info=info,
        progress=progress,
    )


def _geometry(arguments: argparse.Namespace, clip: "SourceClip", progress: ProgressFn) -> "SceneGeometry":
    from ..pipeline import estimate_geometry, load_clip_geometry

    if arguments.geometry is not None:
        return load_clip_geometry(arguments.geometry, clip)
    return estimate_geometry(clip, arguments.provider, progress=progress)


def _shot(
    arguments: argparse.Namespace, document: "TrajectoryDocument", clip: "SourceClip"
) -> "tuple[TrajectoryDocument, int]":
    """The move with what happens to time and where it starts from, and how many frames that gives."""
    from .. import trajectory as paths

    num_frames = len(clip)
    if arguments.freeze_at is not None:
        moment = paths.share_of_second(arguments.freeze_at, num_source=len(clip), frame_rate=clip.frame_rate)
        document = paths.frozen(document, source=moment)
    if arguments.reverse:
        document = paths.reversed_in_time(document)
    if arguments.slow is not None:
        document, num_frames = paths.stretched(document), paths.slow_num_frames(len(clip), arguments.slow)
    if arguments.follow:
        document = paths.following(document)
    if arguments.stabilise is not None:
        document = paths.stabilised(document, sigma_frames=arguments.stabilise)
    return document, num_frames


def _move(arguments: argparse.Namespace) -> "TrajectoryDocument":
    from .. import trajectory as paths
    from ..geometry import load_npz
    from ..pipeline import cameras_of

    if arguments.preset is not None:
        return paths.preset_document(arguments.preset, arguments.amount)
    if arguments.clone_camera is not None:
        other = load_npz(arguments.clone_camera)
        return paths.cloned_camera(cameras_of(other), focal_px=other.K[:, 0, 0])
    return read_document(arguments.trajectory, arguments.camera)


def _provenance(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options as given, and the checksums of all files among them."""
    from ..pipeline import text_encoder_sha256
    from ..pipeline.models import MINI_TRANSFORMER, MINI_VAE
    from ..weights.checksum import sha256_of

    files = {name: getattr(arguments, name) for name in ("video", "geometry", "trajectory", "clone_camera")}
    files |= {"model": arguments.model or MINI_TRANSFORMER, "vae": arguments.vae or MINI_VAE}
    checksums = {name: sha256_of(path) for name, path in files.items() if path is not None}
    if arguments.text_encoder is not None:
        checksums["text_encoder"] = text_encoder_sha256(arguments.text_encoder)
    options = {
        name: f"{value}" if isinstance(value, Path) else value
        for name, value in vars(arguments).items()
        if name != "run" and value is not None
    }
    return {"options": options, "sha256": checksums}
