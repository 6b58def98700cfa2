"""Time and memory of `render_guide` against the warp written down plainly.

The plain twin treats the whole clip as one batch and accumulates each corner with `index_put_`, as the released
code does; both run in processes of their own, one after the other, on the same clip.

    python benchmarks/bench_warp.py [--frames 41] [--height 480] [--width 832] [--repeats 3]
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from postcam_core.cameras import intrinsics_matrix, invert_rigid, rigid_exp  # noqa: E402
from postcam_core.warp import render_guide  # noqa: E402


def make_clip(num_frames: int, height: int, width: int) -> dict[str, Tensor]:
    """Seeded noise on rolling ground with boxes in front; the target camera arcs sideways by 20 degrees."""
    random = torch.Generator().manual_seed(0)
    frames = torch.empty(num_frames, 3, height, width).uniform_(-1, 1, generator=random)
    depth = torch.empty(num_frames, height, width)
    for frame_depth in depth:
        coarse = torch.rand(1, 1, 8, 12, generator=random)
        frame_depth[:] = (
            4 + 6 * torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")[0, 0]
        )
        for _ in range(6):
            top, left = (
                int(torch.randint(size * 3 // 4, (1,), generator=random)) for size in (height, width)
            )
            frame_depth[top : top + height // 5, left : left + width // 8] = 3.0
    twist = torch.zeros(num_frames, 6, dtype=torch.float64)
    twist[:, 0] = torch.linspace(0, 1.5, num_frames)
    twist[:, 4] = torch.linspace(0, -torch.pi / 9, num_frames)
    return {
        "frames": frames,
        "depth": depth.clamp_(min=1.0),
        "K": intrinsics_matrix(0.9 * width, width=width, height=height).repeat(num_frames, 1, 1),
        "source_w2c": torch.eye(4, dtype=torch.float64).repeat(num_frames, 1, 1),
        "target_w2c": invert_rigid(rigid_exp(twist)),
    }


def plain_warp(
    frames: Tensor, depth: Tensor, *, K: Tensor, source_w2c: Tensor, target_w2c: Tensor
) -> tuple[Tensor, Tensor]:
    """The released formula over the whole clip at once: guide frames and mask."""
    num_frames, _, height, width = frames.shape
    K, relative = K.float(), (target_w2c @ torch.linalg.inv(source_w2c)).float()
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    pixels = torch.stack([columns, rows, torch.ones_like(rows)], dim=-1).float()[..., None]
    points = depth[..., None, None] * (torch.linalg.inv(K)[:, None, None] @ pixels)
    points = relative[:, None, None, :3, :3] @ points + relative[:, None, None, :3, 3:]
    homogeneous = (K[:, None, None] @ points)[..., 0]
    z = homogeneous[..., 2]
    bounds = torch.tensor([width + 1, height + 1])
    position = homogeneous[..., :2] / z[..., None] + 1
    floor = position.floor().long().clamp(torch.zeros(2).long(), bounds)
    ceil = position.ceil().long().clamp(torch.zeros(2).long(), bounds)
    position = position.clamp(torch.zeros(2), bounds)
    closeness = torch.log(1 + z.clamp(0, 1000))
    weight = (z > 0) / torch.exp(50 * closeness / closeness.max())

    colour = torch.zeros(num_frames, height + 2, width + 2, 3)
    total = torch.zeros(num_frames, height + 2, width + 2, 1)
    batch = torch.arange(num_frames)[:, None, None]
    for corner_y in (floor[..., 1], ceil[..., 1]):
        for corner_x in (floor[..., 0], ceil[..., 0]):
            share = (1 - (position[..., 0] - corner_x).abs()) * (1 - (position[..., 1] - corner_y).abs())
            share = (share * weight)[..., None]
            colour.index_put_(
                (batch, corner_y, corner_x), frames.permute(0, 2, 3, 1) * share, accumulate=True
            )
            total.index_put_((batch, corner_y, corner_x), share, accumulate=True)
    colour, total = (t[:, 1:-1, 1:-1].permute(0, 3, 1, 2) for t in (colour, total))
    return torch.where(total > 0, colour / total, -1.0).clamp(-1, 1), total[:, 0] > 0


def guide_warp(
    frames: Tensor, depth: Tensor, *, K: Tensor, source_w2c: Tensor, target_w2c: Tensor
) -> tuple[Tensor, Tensor]:
    """Ours, returning what the plain twin returns."""
    guide = render_guide(frames, depth, K=K, source_w2c=source_w2c, target_w2c=target_w2c)
    return guide.frames, guide.mask


def measure(name: str, clip_size: tuple[int, int, int], repeats: int, result_path: Path) -> None:
    """Run one of the two in this process; write numbers and every tenth frame to ``result_path``."""
    warp = {"render_guide": guide_warp, "plain": plain_warp}[name]
    warp(**make_clip(1, 64, 96))
    clip = make_clip(*clip_size)
    baseline_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        frames, mask = warp(**clip)
        seconds.append(time.perf_counter() - start)
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - baseline_kib
    numbers = {"seconds": seconds, "peak_mib": peak_kib / 1024}
    save_file(
        {"frames": frames[::10].contiguous(), "mask": mask[::10].contiguous()},
        result_path,
        metadata={"numbers": json.dumps(numbers)},
    )


def compare(arguments: argparse.Namespace) -> None:
    """Run both in child processes and print a table."""
    outputs, numbers = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("plain", "render_guide"):
            path = Path(folder) / f"{name}.safetensors"
            subprocess.run([sys.executable, *sys.argv, "--measure", name, "--result", str(path)], check=True)
            outputs[name] = load_file(path)
            with safe_open(path, "pt") as result:
                numbers[name] = json.loads(result.metadata()["numbers"])
    off = (outputs["plain"]["frames"] - outputs["render_guide"]["frames"]).abs().amax(dim=1) > 2e-3
    mask_off = outputs["plain"]["mask"] != outputs["render_guide"]["mask"]
    print(
        f"{arguments.frames} frames {arguments.height}×{arguments.width}, {os.cpu_count()} CPU cores, "
        f"torch {torch.__version__}; best of {arguments.repeats}, peak memory above the inputs\n"
    )
    print("| warp | seconds | all runs | peak MiB |\n|---|---|---|---|")
    for name, row in numbers.items():
        runs = ", ".join(f"{seconds:.2f}" for seconds in row["seconds"])
        print(f"| {name} | {min(row['seconds']):.2f} | {runs} | {row['peak_mib']:.0f} |")
    plain, ours = numbers["plain"], numbers["render_guide"]
    print(
        f"\n{min(plain['seconds']) / min(ours['seconds']):.1f}× faster by the best runs, "
        f"{statistics.median(plain['seconds']) / statistics.median(ours['seconds']):.1f}× by the medians, at "
        f"{ours['peak_mib'] / plain['peak_mib']:.2f} of the memory; "
        f"in every tenth frame {off.float().mean():.4%} of pixels are off by more than 2e-3 and "
        f"{mask_off.float().mean():.4%} of mask pixels differ."
    )


def main() -> None:
    """Parse arguments; children are marked by ``--measure``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=41)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--width", type=int, default=832)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        size = (arguments.frames, arguments.height, arguments.width)
        measure(arguments.measure, size, arguments.repeats, arguments.result)
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
