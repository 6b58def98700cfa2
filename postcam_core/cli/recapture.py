"""``recapture``: a video in, the same video from another camera out."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..progress import ProgressFn
from .progress_line import ProgressLine
from .trajectory import read_document

if TYPE_CHECKING:
    from ..geometry import SceneGeometry
    from ..pipeline import RecaptureModels, SamplingSettings, SourceClip
    from ..trajectory import TrajectoryDocument

NAME = "recapture"
HELP = "Move the camera of a video. Without --model, by the small model that comes with PostCam."

_PROVIDERS = ("parallax", "ground_plane")
_SOLVERS = ("euler", "unipc", "dpm++")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("video", type=Path, help="the clip")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the videos go")
    _add_move_arguments(parser.add_argument_group("the new camera (one of the first three)"))
    _add_time_arguments(parser.add_argument_group("time"))
    _add_scene_arguments(parser.add_argument_group("clip and scene"))
    _add_model_arguments(parser.add_argument_group("model and sampling (defaults: the model's own)"))


def _add_move_arguments(group: argparse._ArgumentGroup) -> None:
    which = group.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--preset", metavar="NAME", help="a named move: arc_left, dolly_in, …; a wrong name lists all"
    )
    which.add_argument(
        "--trajectory",
        type=Path,
        metavar="FILE",
        help="a document, three lines of text, or a ReCamMaster file",
    )
    which.add_argument(
        "--clone-camera", type=Path, metavar="NPZ", help="move as the camera of this geometry did"
    )
    group.add_argument(
        "--amount", type=float, default=1.0, help="of the preset (default: 1, its natural size)"
    )
    group.add_argument("--camera", default="cam01", help="name in a ReCamMaster file (default: cam01)")
    goes_along = group.add_mutually_exclusive_group()
    goes_along.add_argument("--follow", action="store_true", help="add the move to the source's own camera")
    goes_along.add_argument(
        "--stabilise",
        type=float,
        nargs="?",
        const=8.0,
        metavar="FRAMES",
        help="the same, its shake averaged away over so many frames (default: 8)",
    )


def _add_time_arguments(group: argparse._ArgumentGroup) -> None:
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--freeze-at", type=float, metavar="SECONDS", help="bullet time: show this moment alone"
    )
    which.add_argument("--reverse", action="store_true", help="play the source backwards")
    group.add_argument(
        "--slow", type=float, metavar="FACTOR", help="so many times as many frames: 2 is half speed"
    )


def _add_scene_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--size", type=_size, metavar="WxH", help="of the result (default: one that suits model and clip)"
    )
    group.add_argument(
        "--frames", type=_num_frames, metavar="all|N", help="how many of the source (default: all)"
    )
    group.add_argument(
        "--selection",
        choices=("true_rate", "uniform"),
        default="true_rate",
        help="consecutive frames, or spread over the whole clip as the released code does (default: true_rate)",
    )
    where = group.add_mutually_exclusive_group()
    where.add_argument("--geometry", type=Path, metavar="NPZ", help="depth and cameras of the clip")
    where.add_argument(
        "--provider", choices=_PROVIDERS, default="parallax", help="estimates them (default: parallax)"
    )
    group.add_argument(
        "--background-memory", action="store_true", help="fill holes from other frames of the clip"
    )


def _add_model_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--model", type=Path, metavar="FILE", help="a PostCam checkpoint; needs --vae")
    group.add_argument("--vae", type=Path, metavar="FILE", help="the Wan 2.1 VAE that belongs to it")
    group.add_argument(
        "--text-encoder", type=Path, metavar="FOLDER", help="UMT5; without it there is no text"
    )
    group.add_argument("--prompt", default="", help="what the clip shows")
    group.add_argument("--negative", default="", help="what it shall not show")
    group.add_argument("--steps", type=int)
    group.add_argument("--shift", type=float)
    group.add_argument("--cfg", type=float, metavar="SCALE")
    group.add_argument("--seed", type=int)
    group.add_argument("--solver", choices=_SOLVERS)
    group.add_argument(
        "--window", type=int, metavar="FRAMES", help="that the model sees at a time (default: 41)"
    )
    group.add_argument("--overlap", type=int, metavar="FRAMES", help="that windows share (default: 12)")
    group.add_argument("--device", help="cpu, cuda, … (default: cuda where there is one)")
    group.add_argument(
        "--dtype", choices=("bfloat16", "float32"), default="bfloat16", help="(default: bfloat16)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Recapture and report."""
    from ..pipeline import Recapture, Stages, cameras_of, planned_windows, write_recapture
    from ..trajectory import sample_trajectory
    from ..warp import BackgroundMemory

    with ProgressLine(str) as line:
        stages = Stages(line.begin)
        # Whatever may be mistyped is checked as soon as it can be: models and geometry take minutes.
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
        recapture = Recapture(clip, geometry, trajectory, models, settings, **texts, background=background)
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


def _size(text: str) -> tuple[int, int]:
    width, separator, height = text.lower().partition("x")
    if not (separator and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, as in 832x480")
    return int(width), int(height)


def _num_frames(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'{text!r} is neither "all" nor a number from 1')
    return int(text)
