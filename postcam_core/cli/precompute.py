"""``precompute``: takes of scenes → shards of latent pairs."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .progress_line import ProgressLine

if TYPE_CHECKING:
    from ..training.data import TakeSource

NAME = "precompute"
HELP = "Encode training clips once: latents, guides, cameras and texts of a scene into a shard. Run it again to go on."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    clips = parser.add_mutually_exclusive_group(required=True)
    clips.add_argument(
        "--multicam", type=Path, metavar="FOLDER", help="scenes of MultiCamVideo, as it was unpacked"
    )
    clips.add_argument(
        "--synthetic", type=seed_list, metavar="SEEDS", help="procedural scenes, as 0-999 or 3,5,100-199"
    )
    parser.add_argument("--vae", type=Path, required=True, metavar="FILE", help="a Wan 2.1 VAE, of any width")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the shards go")
    parser.add_argument(
        "--text-encoder",
        type=Path,
        metavar="FOLDER",
        help="UMT5 and its tokenizer, for MultiCamVideo's captions (default: no text)",
    )
    parser.add_argument("--height", type=int, default=480, help="of the clips (default: 480)")
    parser.add_argument("--width", type=int, default=832, help="of the clips (default: 832)")
    parser.add_argument("--frames", type=int, default=41, help="of the clips (default: 41)")
    parser.add_argument(
        "--guide-scale", type=float, default=0.25, help="guide over clip size (default: 0.25)"
    )
    parser.add_argument(
        "--noisy-depth",
        type=float,
        default=0.0,
        metavar="STRENGTH",
        help="render guides from perturbed depth: 1 is a good estimator's error (default: 0)",
    )
    parser.add_argument(
        "--geometry",
        choices=("parallax", "depth_anything_3"),
        help="estimate depth where the clips have none (default: no guides, which serves stage 1)",
    )
    parser.add_argument("--geometry-model", type=Path, metavar="FILE", help="weights of depth_anything_3")
    parser.add_argument("--cameras", type=int, default=4, help="of a synthetic scene (default: 4)")
    parser.add_argument(
        "--pairs", type=int, help="of different cameras per scene, drawn at random (default: all)"
    )
    parser.add_argument(
        "--identities", type=int, default=1, help="pairs per scene whose target is the source (default: 1)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of the choice of pairs and the noise (default: 0)"
    )
    parser.add_argument("--device", default="cpu", help="where to encode and render (default: cpu)")
    parser.add_argument(
        "--workers", type=int, default=0, help="processes of one core each (default: this one)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Make what is missing and report."""
    from ..pipeline import load_text_encoder, load_wan_vae, text_encoder_sha256
    from ..training.data import PairBuilder, PairSettings, geometry_provider, precompute
    from ..weights.checksum import sha256_of

    provider, model = None, arguments.geometry_model
    if arguments.geometry:
        provider = geometry_provider(arguments.geometry, model=model, device=arguments.device)
    encode_text, text = None, None
    if arguments.text_encoder:
        _require_captions(arguments)
        encode_text = load_text_encoder(arguments.text_encoder, device=arguments.device).encode
        text = text_encoder_sha256(arguments.text_encoder)
    builder = PairBuilder(
        takes=_takes(arguments),
        encode=load_wan_vae(arguments.vae, device=arguments.device).encode,
        settings=PairSettings(
            guide_scale=arguments.guide_scale,
            noisy_depth=arguments.noisy_depth,
            num_pairs=arguments.pairs,
            num_identities=arguments.identities,
            seed=arguments.seed,
        ),
        provider=provider,
        encode_text=encode_text,
    )
    with ProgressLine(lambda scene: f"scene {scene}") as progress:
        done = precompute(
            builder,
            arguments.out,
            vae=sha256_of(arguments.vae),
            geometry=f"{arguments.geometry} {model.name}" if model else arguments.geometry,
            text=text,
            num_workers=arguments.workers,
            progress=progress,
        )
    print(f"{arguments.out}: {done.num_scenes} scenes ({done.num_made} made now), {done.num_pairs} pairs")
    print(f"  {len(done.broken)} clips could not be used")
    for name, why in done.broken.items():
        print(f"  {name}: {why}")


def seed_list(text: str) -> tuple[int, ...]:
    """``"3,5,100-199"`` → the seeds.

    Raises:
        argparse.ArgumentTypeError: If it is no such list.
    """
    try:
        spans = [[int(end) for end in part.split("-")] for part in text.split(",")]
        seeds = tuple(sorted({seed for span in spans for seed in range(span[0], span[-1] + 1)}))
        if not seeds or any(len(span) > 2 for span in spans):
            raise ValueError(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected seeds as 0-999 or 3,5,100-199, got {text!r}") from error
    return seeds


def _require_captions(arguments: argparse.Namespace) -> None:
    from ..errors import TrainingError

    if arguments.multicam is None:
        raise TrainingError(
            "--text-encoder",
            expected="clips with captions",
            got="procedural scenes, which have none",
            todo="Leave it out, or give clips with --multicam.",
        )


def _takes(arguments: argparse.Namespace) -> "TakeSource":
    from ..training.data import MultiCamVideo, SyntheticTakes

    size = {"height": arguments.height, "width": arguments.width, "num_frames": arguments.frames}
    if arguments.multicam is not None:
        return MultiCamVideo(arguments.multicam, **size)
    return SyntheticTakes(
        seeds=arguments.synthetic, num_cameras=arguments.cameras, device=arguments.device, **size
    )
