"""Accuracy, speed and memory of the provider ``parallax`` on twenty rendered clips with known geometry.

Every clip is rounded to 8 bits, as videos are, and runs in a process of its own; memory is the peak of that
process above what it held with the clip loaded.

    python benchmarks/bench_parallax.py [--fov 55] [--only moving] [--pictures folder]
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from postcam_core.geometry import SceneGeometry, depth_picture  # noqa: E402
from postcam_core.geometry.parallax import parallax_geometry  # noqa: E402
from postcam_core.synthetic import Clip  # noqa: E402
from tests.oracles.parallax_clips import ClipSpec, benchmark_clips, measure  # noqa: E402

PICTURE_FRAMES = (5, 20, 35)


def peak_mib() -> float:
    """Largest memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_one(spec: ClipSpec, fov_deg: float | None, pictures: str | None) -> dict[str, float | str]:
    """Estimate one clip and compare."""
    clip = spec.render()
    video = ((clip.video + 1) * 127.5).round() / 127.5 - 1
    parallax_geometry(video[:6, :, :64, :64])  # loads the libraries
    before_mib, start = peak_mib(), time.perf_counter()
    geometry = parallax_geometry(video, fov_deg=fov_deg)
    seconds = time.perf_counter() - start
    if pictures:
        save_picture(Path(pictures) / f"{spec.kind}_{spec.seed}.png", clip, geometry)
    numbers = asdict(measure(geometry, clip))
    is_success = "no depth was estimated" not in geometry.notes[0]
    return {
        **numbers,
        "seconds": seconds,
        "mib": peak_mib() - before_mib,
        "success": is_success,
        "note": geometry.notes[0],
    }


def save_picture(path: Path, clip: Clip, geometry: SceneGeometry) -> None:
    """Frames, true depth, estimated depth and confidence of three moments, row by row."""
    import cv2

    frames = list(PICTURE_FRAMES)
    colour = (clip.video[frames].permute(0, 2, 3, 1) + 1) / 2
    confidence = geometry.confidence[frames][..., None].expand(-1, -1, -1, 3)
    rows = [colour, depth_picture(clip.depth[frames]), depth_picture(geometry.depth[frames]), confidence]
    picture = np.concatenate([np.concatenate(list((row * 255).byte().numpy()), axis=1) for row in rows])
    scale = 960 / picture.shape[1]
    cv2.imwrite(
        str(path), cv2.resize(picture[..., ::-1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    )


def print_row(spec: ClipSpec, row: dict[str, float | str]) -> None:
    """One line of the table."""
    said = "depth" if row["success"] else "stand-in"
    print(
        f"| {spec.kind} {spec.seed} | {spec.height}×{spec.width} | {said} | {row['rotation_deg']:.2f} | "
        f"{row['translation_share']:.1%} | {row['depth_share']:.1%} | {row['focal_ratio']:.3f} | "
        f"{row['seconds']:.0f} | {row['mib']:.0f} |",
        flush=True,
    )


def main() -> None:
    """Run the clips in child processes and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fov", type=float, help="give the field of view instead of letting it be searched")
    parser.add_argument("--only", default="", help="kind of clip")
    parser.add_argument("--pictures", help="folder for pictures")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    specs = [spec for spec in benchmark_clips() if arguments.only in spec.kind]
    if arguments.child is not None:
        print(json.dumps(run_one(specs[arguments.child], arguments.fov, arguments.pictures)))
        return
    print(
        f"{os.cpu_count()} CPU cores, torch {torch.__version__}, field of view {arguments.fov or 'searched'}\n"
    )
    print("| clip | size | says | rotation ° | translation | depth | focal | s | MiB |")
    print("|---|---|---|---|---|---|---|---|---|")
    found = []
    for index, spec in enumerate(specs):
        command = [sys.executable, *sys.argv, "--child", str(index)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        row = json.loads(done.stdout.splitlines()[-1])
        print_row(spec, row)
        if row["success"]:
            found.append(row)
    if not found:
        print("\nno clip with depth")
        return
    medians = {
        key: statistics.median(row[key] for row in found)
        for key in ("rotation_deg", "translation_share", "depth_share")
    }
    print(
        f"\nmedian of the {len(found)} clips with depth: rotation {medians['rotation_deg']:.2f}°, translation "
        f"{medians['translation_share']:.1%}, depth {medians['depth_share']:.1%}"
    )


if __name__ == "__main__":
    main()
