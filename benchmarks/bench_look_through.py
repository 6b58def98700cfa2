"""Time of the page's look-through in headless Chromium's software renderer, and of writing its scene.

A frame counts as rendered once a pixel of the canvas has been read back, which waits for the renderer; a browser
with a graphics card has less to wait for.

    python benchmarks/bench_look_through.py [--width 832] [--height 480] [--repeats 20]
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from postcam_core.geometry.scene_files import provide_scene_files  # noqa: E402
from postcam_core.trajectory import build_document, sample_trajectory  # noqa: E402
from tests.oracles.look_through import NUM_FRAMES, open_look_through, sample_scene, target  # noqa: E402

MOVES = ("static", "arc_left", "dolly_in", "dolly_out")


def main() -> None:
    """Write the scene, render it from the end of some moves, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=832)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--repeats", type=int, default=20)
    given = parser.parse_args()
    video, geometry = sample_scene(given.width, given.height)
    print(
        f"{given.width}×{given.height}, {os.cpu_count()} CPU cores, load average {os.getloadavg()[0]:.1f}\n"
    )
    with tempfile.TemporaryDirectory() as name, open_look_through(Path(name)) as page:
        for label in ("scene written", "the same again, found complete"):
            start = time.perf_counter()
            scene, _ = provide_scene_files(Path(name) / "scenes", video, geometry)
            print(f"{label}: {time.perf_counter() - start:.2f} s for {len(video)} frames")
        print(
            "\n| sums | move | prepare ms | render ms, best | median | coverage ms |\n|---|---|---|---|---|---|"
        )
        for precision in ("float", "half"):
            for move in MOVES:
                page.open(scene, precision=precision)
                document = build_document({"kind": "preset", "name": move, "amount": 1})
                at_end = target(sample_trajectory(document, NUM_FRAMES), geometry, NUM_FRAMES - 1)
                ms = page.call("(harness, ...given) => harness.timings(...given)", at_end, given.repeats)
                prepare, coverage = (statistics.median(ms[kind]) for kind in ("prepare", "coverage"))
                render = f"{min(ms['render']):.0f} | {statistics.median(ms['render']):.0f}"
                print(f"| {precision} | {move} | {prepare:.0f} | {render} | {coverage:.1f} |")
    print(f"\nload average {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
