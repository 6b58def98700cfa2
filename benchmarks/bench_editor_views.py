"""Time of the editor's views in headless Chromium's software renderer, with as many points as they show at most.

A picture counts as drawn once a pixel of the canvas has been read back, which waits for the renderer; a browser with a
graphics card has less to wait for.

    python benchmarks/bench_editor_views.py [--repeats 20]
"""

import argparse
import gzip
import os
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from postcam_core.geometry.scene_files import provide_scene_files  # noqa: E402
from tests.oracles.editor_views import open_editor_views  # noqa: E402
from tests.oracles.look_through import sample_scene  # noqa: E402


def main() -> None:
    """Open the 3D view twice, cold and warm, and the plan view; print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20)
    given = parser.parse_args()
    bundle = (ROOT / "web" / "vendor" / "three.bundle.mjs").read_bytes()
    print(f"three.bundle.mjs: {len(bundle)} bytes, {len(gzip.compress(bundle))} in gzip")
    print(f"{os.cpu_count()} CPU cores, load average {os.getloadavg()[0]:.1f}\n")
    video, geometry = sample_scene(832, 480)
    with tempfile.TemporaryDirectory() as name, open_editor_views(Path(name)) as views:
        scene, _ = provide_scene_files(Path(name) / "scenes", video, geometry)
        print("| opened | points | first picture ms | with points ms | redraw ms, best | median | edit ms |")
        print("|---|---|---|---|---|---|---|")
        for label in ("first time", "again"):
            views.open(scene)
            ms = views.call("(h, repeats) => h.timings(repeats)", given.repeats)
            redraws, edits = ms["redraws"], statistics.median(ms["edits"])
            print(
                f"| {label} | {ms['numPoints']} | {ms['paths']:.0f} | {ms['points']:.0f} "
                f"| {min(redraws):.0f} | {statistics.median(redraws):.0f} | {edits:.0f} |"
            )
        views.open(scene, "top")
        code = """(h, repeats) => Array.from({length: repeats}, () => {
          const start = performance.now()
          h.views.top.projection.zoom(1.01)
          h.views.top.render()
          return performance.now() - start
        })"""
        moved = views.call(code, given.repeats)
        still = views.call(code.replace("zoom(1.01)", "zoom(1)"), given.repeats)
        print(
            f"\nplan view: {statistics.median(moved):.0f} ms when it moves, {statistics.median(still):.1f} ms else"
        )
    print(f"\nload average {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
