"""``trajectory``: a camera path in one format → another."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import TrajectoryError

if TYPE_CHECKING:
    from ..trajectory import TrajectoryDocument

NAME = "trajectory"
HELP = "Write a camera path (document, three lines or ReCamMaster file) in the format of another tool."

_FORMATS = {
    "document": "document",
    "three-lines": "three lines",
    "w2c-text": "w2c text",
    "recammaster": "ReCamMaster",
    "npz": "npz",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", help="a trajectory document, a three-line text or a ReCamMaster camera file")
    parser.add_argument("--to", choices=_FORMATS, required=True, help="see docs/formats.md")
    parser.add_argument("--out", required=True, help="the file to write")
    parser.add_argument("--num-frames", type=int, default=41, help="frames to sample (default: 41)")
    parser.add_argument("--camera", default="cam01", help="name in a ReCamMaster file (default: cam01)")
    parser.add_argument(
        "--unit",
        choices=("scene", "nearest_depth", "model"),
        default="scene",
        help="what a length of 1 is in a w2c text or npz (default: scene, which needs --geometry)",
    )
    parser.add_argument("--geometry", help="npz with the geometry of the clip: its unit and intrinsics")
    parser.add_argument("--force", action="store_true", help="replace an existing file")


def run(arguments: argparse.Namespace) -> None:
    """Read, sample, write and report."""
    from ..cameras import invert_rigid
    from ..geometry import load_npz
    from ..trajectory import SourceCameras, SourceClip, sample_trajectory, save_trajectory

    path = Path(arguments.out)
    if path.exists() and not arguments.force:
        raise TrajectoryError(
            f"{path}", expected="a new file", got="an existing one", todo="Give another name, or --force."
        )
    source = cameras = None
    if arguments.geometry is not None:
        geometry = load_npz(arguments.geometry)
        nearest_depth = geometry.nearest_depth()
        source = SourceClip(nearest_depth=nearest_depth, K=geometry.K)
        c2w = invert_rigid(geometry.anchored().w2c)
        cameras = SourceCameras(c2w=c2w, nearest_depth=nearest_depth)
    trajectory = sample_trajectory(
        read_document(arguments.file, arguments.camera), arguments.num_frames, source=cameras
    )
    save_trajectory(
        path,
        trajectory,
        _FORMATS[arguments.to],
        unit=arguments.unit,
        camera=arguments.camera,
        source=source,
    )
    print(f"wrote {path}: {len(trajectory)} frames")


def read_document(file: str | Path, camera: str) -> "TrajectoryDocument":
    """The path in a file of any of the formats."""
    from ..trajectory import parse_document, parse_recammaster, parse_text, read_trajectory_file

    text = read_trajectory_file(file)
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return parse_text(text)
    return parse_document(text) if '"postcam-trajectory"' in text else parse_recammaster(text, camera)
