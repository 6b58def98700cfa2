"""``evaluate``: a trained model on clips that no model was trained on."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .progress_line import ProgressLine
from .recapture_options import share

if TYPE_CHECKING:
    from ..evaluation import ModelRecapture
    from ..pipeline import WanVae

NAME = "evaluate"
HELP = "Score a model on held-out synthetic clips against the truth and honest rivals. Run it again to go on."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the report goes")
    parser.add_argument("--model", type=Path, metavar="WEIGHTS", help="the model (default: rivals alone)")
    parser.add_argument("--stage1", type=Path, metavar="WEIGHTS", help="a model that is given no guide")
    parser.add_argument(
        "--vae", type=Path, metavar="FILE", help="a Wan 2.1 VAE, of any width; models need it"
    )
    parser.add_argument("--clips", type=int, default=50, help="how many (default: 50)")
    parser.add_argument("--steps", type=int, default=8, help="of sampling (default: 8)")
    parser.add_argument(
        "--keep-seen",
        type=share,
        metavar="SHARE",
        help="score the model once more with so much of the guide mixed in where it shows something",
    )
    parser.add_argument("--height", type=int, default=96, help="of the clips (default: 96)")
    parser.add_argument("--width", type=int, default=160, help="of the clips (default: 160)")
    parser.add_argument("--frames", type=int, default=41, help="of the clips (default: 41)")
    parser.add_argument(
        "--rays", type=int, default=1, help="per pixel and axis, as the training clips (default: 1)"
    )
    parser.add_argument("--device", default="cpu", help="where models run (default: cpu)")


def run(arguments: argparse.Namespace) -> None:
    """Evaluate and print the report."""
    from ..errors import PostCamError
    from ..evaluation import HeldOutSet, evaluate_held_out, model_free_recaptures, vae_recaptures
    from ..evaluation.recaptures import POSE_ONLY, POSTCAM, POSTCAM_KEEPING
    from ..pipeline import load_wan_vae
    from ..weights.checksum import sha256_of

    files = {"model": arguments.model, "stage 1": arguments.stage1, "VAE": arguments.vae}
    given = {name: path for name, path in files.items() if path}
    if given and not arguments.vae:
        raise PostCamError("--vae", expected="a Wan 2.1 VAE", got="none", todo="Models work on its latents.")
    recaptures = model_free_recaptures()
    if arguments.vae:
        vae = load_wan_vae(arguments.vae, device=arguments.device)
        recaptures |= vae_recaptures(vae)
    if arguments.stage1:
        recaptures[POSE_ONLY] = _model(arguments.stage1, arguments, vae, has_guide=False)
    if arguments.model:
        recaptures[POSTCAM] = _model(arguments.model, arguments, vae, has_guide=True)
        if arguments.keep_seen is not None:
            recaptures[POSTCAM_KEEPING] = replace(recaptures[POSTCAM], keep_seen=arguments.keep_seen)
    clips = HeldOutSet(
        num_clips=arguments.clips,
        height=arguments.height,
        width=arguments.width,
        num_frames=arguments.frames,
        samples_per_axis=arguments.rays,
    )
    provenance = {f"SHA-256 of {name}": sha256_of(path) for name, path in given.items()}
    provenance["steps"] = f"{arguments.steps}"
    if arguments.keep_seen is not None:
        provenance["share of seen pixels kept"] = f"{arguments.keep_seen:g}"
    with ProgressLine(lambda clip: f"clip {clip}") as progress:
        evaluate_held_out(recaptures, arguments.out, clips, provenance=provenance, progress=progress)
    print((arguments.out / "report.md").read_text(encoding="utf-8").partition("## Worst")[0].strip())
    print(f"\nwrote {arguments.out / 'report.md'}")


def _model(path: Path, arguments: argparse.Namespace, vae: "WanVae", *, has_guide: bool) -> "ModelRecapture":
    from ..evaluation import ModelRecapture
    from ..weights import load_transformer, read_checkpoint, settings_of

    return ModelRecapture(
        model=load_transformer(path, device=arguments.device),
        settings=settings_of(read_checkpoint(path), what=f"{path}"),
        vae=vae,
        num_steps=arguments.steps,
        has_guide=has_guide,
    )
