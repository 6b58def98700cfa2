"""The options of ``recapture``."""

import argparse
from pathlib import Path

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
    group.add_argument(
        "--keep-seen",
        type=share,
        nargs="?",
        const=0.7,
        default=0.0,
        metavar="SHARE",
        help="mix in what the clip itself shows of the new view, 0 to 1 (default: 0; without a number: 0.7)",
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


def _size(text: str) -> tuple[int, int]:
    width, separator, height = text.lower().partition("x")
    if not (separator and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, as in 832x480")
    return int(width), int(height)


def share(text: str) -> float:
    """``"0.7"`` → 0.7.

    Raises:
        argparse.ArgumentTypeError: If it is no number from 0 to 1.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 1")
    return value


def _num_frames(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'{text!r} is neither "all" nor a number from 1')
    return int(text)
