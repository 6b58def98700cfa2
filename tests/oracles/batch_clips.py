"""Clips and a manifest for batches of the real pipeline, as small as it takes them."""

import json
from pathlib import Path

from postcam_core.media import load_clip, write_video

ROOT = Path(__file__).resolve().parents[2]

WIDTH, HEIGHT, NUM_FRAMES = 64, 48, 5
MOVES = ("arc_left", "arc_right", "crane_up", "dolly_in", "pan_left", "static")


def write_clips(folder: Path, count: int) -> list[Path]:
    """Stretches of the bundled clip, from different moments."""
    paths = []
    for index in range(count):
        clip = load_clip(
            ROOT / "assets" / "sample.mp4",
            width=WIDTH,
            height=HEIGHT,
            num_frames=NUM_FRAMES,
            selection="true_rate",
            start_s=0.3 * index,
        )
        paths.append(write_video(folder / f"clip{index}.mp4", clip.video, frame_rate=clip.frame_rate))
    return paths


def write_real_manifest(
    folder: Path, *, num_clips: int, moves: tuple[str, ...] = MOVES, **fields: object
) -> Path:
    """Every clip with every move, one step of the mini model."""
    usual = {"size": f"{WIDTH}x{HEIGHT}", "frames": NUM_FRAMES, "steps": 1}
    lines = [
        json.dumps({"clip": clip.name, "preset": move} | usual | fields)
        for clip in write_clips(folder, num_clips)
        for move in moves
    ]
    manifest = folder / "batch.jsonl"
    manifest.write_text("\n".join(lines))
    return manifest
