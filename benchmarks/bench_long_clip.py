"""Memory and time of ``python -m postcam_core recapture`` over the length of the clip, with the bundled model.

Every case is a process of its own; its peak is what the system says of it when it ends. The clip is rendered with
exact geometry, so that the first cases measure the pipeline alone; the others estimate it by parallax, whose needs
grow with the clip. Run it on a quiet machine:

    python benchmarks/bench_long_clip.py [--frames 41 113 300] [--out benchmarks/results/DATE-long_clip.md]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED = 1_000_000  # of the held-out scenes
WIDTH, HEIGHT = 320, 192
# Beside these, what stays is the same whatever the length: models, imports.
PARTS = ("models", "reading", "geometry", "guide and encoding", "sampling", "decoding")


def render(folder: Path, lengths: list[int]) -> None:
    """Write the first frames of one clip, and their geometry, once for each length."""
    sys.path.insert(0, str(ROOT))
    from postcam_core.geometry import save_npz
    from postcam_core.media import write_video
    from postcam_core.synthetic import render_rig

    (clip,) = render_rig(
        SEED, num_frames=max(lengths), num_cameras=2, cameras=[0], height=HEIGHT, width=WIDTH
    )
    for length in lengths:
        write_video(folder / f"{length}.mp4", clip.video[:length], frame_rate=24)
        save_npz(folder / f"{length}.npz", clip.geometry.selected(range(length)))


def measure(folder: Path, length: int, scene: list[str]) -> dict:
    """Recapture in a child and return its record, with the peak and the seconds of the whole process."""
    out = folder / f"{length}_{scene[0].strip('-')}"
    command = [sys.executable, "-m", "postcam_core", "recapture", folder / f"{length}.mp4", "--out", out]
    move = ["--preset", "arc_left", "--amount", "0.5", "--size", f"{WIDTH}x{HEIGHT}"]
    start_s = time.perf_counter()
    child = subprocess.Popen([*command, *move, *scene], cwd=ROOT, stdout=subprocess.DEVNULL)
    # Of this child alone; it starts from what this process holds, which is little: torch is loaded in children only.
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{length} frames failed")
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return record | {
        "peak_mib": usage.ru_maxrss / 1024,
        "wall_s": time.perf_counter() - start_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
    }


def table(records: list[dict]) -> str:
    """One row per length: peak, its ratio to the first, windows, seconds in all, by stage and per window."""
    rows = [
        f"| frames | windows | peak, MiB | of the first | wall, s | processor, s | {', s | '.join(PARTS)}, s "
        "| sampling per window, s |",
        "|---" * (7 + len(PARTS)) + "|",
    ]
    for record in records:
        seconds = {stage["name"]: stage["seconds"] for stage in record["stages"]}
        num_windows = len(record["windows"])
        rows.append(
            f"| {record['source']['frames']} | {num_windows} | {record['peak_mib']:.0f} "
            f"| {record['peak_mib'] / records[0]['peak_mib']:.2f} | {record['wall_s']:.1f} | {record['cpu_s']:.1f} | "
            + " | ".join(f"{seconds[name]:.1f}" for name in PARTS)
            + f" | {seconds['sampling'] / num_windows:.2f} |"
        )
    return "\n".join(rows)


def report(exact: list[dict], estimated: list[dict], goal: float) -> str:
    """The results as Markdown."""
    first, last = exact[0], exact[-1]
    ratio = last["peak_mib"] / first["peak_mib"]
    sampling, versions = last["sampling"], last["versions"]
    return f"""# Long clips, {time.strftime("%Y-%m-%d")}

`recapture` of the first frames of one rendered clip, {WIDTH}×{HEIGHT}, with the bundled model:
{sampling["num_steps"]} steps, windows of {sampling["window_frames"]} frames that share {sampling["overlap_frames"]}.
Every row is a process of its own.

**The peak of {last["source"]["frames"]} frames is {ratio:.2f} times that of {first["source"]["frames"]}.
Goal: at most {goal}, {"met" if ratio <= goal else "NOT met"}.**

## Geometry from a file

{table(exact)}

## Geometry by parallax

Estimated from the whole clip at once, held as floats: this stage's memory and time grow with the clip.

{table(estimated)}

Peak: the process's largest resident memory. What grows with the clip is the source in bytes, the depth maps and
the latents. {os.cpu_count()} processors ({platform.machine()}), load average {os.getloadavg()[0]:.1f} at the end;
torch {versions["torch"]}, diffusers {versions["diffusers"]}, Python {versions["python"]}.
Command: `python benchmarks/bench_long_clip.py`.
"""


def main() -> None:
    """Render, measure, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, nargs="+", default=[41, 113, 300])
    parser.add_argument(
        "--parallax", type=int, nargs="*", help="lengths to estimate geometry of (default: the same)"
    )
    parser.add_argument(
        "--goal", type=float, default=1.3, help="ratio of the peaks of the last and the first"
    )
    parser.add_argument("--out", type=Path, help="where the report goes (default: printed only)")
    parser.add_argument("--render", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.render:
        render(options.render, options.frames)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        command = [sys.executable, __file__, "--render", folder, "--frames", *map(str, options.frames)]
        subprocess.run(command, check=True)
        exact = [measure(folder, n, ["--geometry", f"{folder / f'{n}.npz'}"]) for n in options.frames]
        lengths = options.frames if options.parallax is None else options.parallax
        estimated = [measure(folder, n, ["--provider", "parallax"]) for n in lengths]
    text = report(exact, estimated, options.goal)
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
