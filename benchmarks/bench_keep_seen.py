"""How much of the guide's own pixels a result should keep, with depth of three kinds.

python benchmarks/bench_keep_seen.py [--clips 12] [--parallax-clips 3]
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench_background_memory import depth_of, guide_of, mean_and_error, mini_model, recapture

from postcam_core.evaluation import HeldOutSet, psnr_db
from postcam_core.warp import keep_seen

# Not those of the evaluation, for which the share is chosen here.
FIRST_SEED = 1_000_100
SHARES = (0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1.0)


def main() -> None:
    """Print a table of gains for each kind of depth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--parallax-clips", type=int, default=3, help="the estimate takes a while")
    arguments = parser.parse_args()
    model = replace(mini_model(), num_steps=1)
    for kind, num_clips in (
        ("exact", arguments.clips),
        ("noisy", arguments.clips),
        ("parallax", arguments.parallax_clips),
    ):
        held_out = HeldOutSet(num_clips=num_clips, first_seed=FIRST_SEED)
        gains: dict[float, list[float]] = {share: [] for share in SHARES}
        for clip in map(held_out.clip, held_out.seeds):
            guide = guide_of(clip, depth_of(clip, kind), None)
            frames = recapture(model, clip, guide)
            before = psnr_db(frames, clip.truth)
            for share, results in gains.items():
                kept = keep_seen(frames, guide.frames, guide.mask, share=share)
                results.append(psnr_db(kept, clip.truth) - before)
        print(f"\n{kind} depth, {num_clips} clips\n\n| share | gain (dB) | clips that gain |\n|---|---|---|")
        for share, results in gains.items():
            print(f"| {share:g} | {mean_and_error(results)} | {sum(g > 0 for g in results)} of {num_clips} |")


if __name__ == "__main__":
    main()
