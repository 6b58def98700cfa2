"""``convert``: a checkpoint → one safetensors file that ComfyUI recognises."""

import argparse

from .progress_line import ProgressLine, size

NAME = "convert"
HELP = "Convert a PostCam checkpoint to a safetensors file that ComfyUI's Load Diffusion Model recognises."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "source", help="postcam.ckpt, a .safetensors file, or the index or any shard of several"
    )
    parser.add_argument("target", help="the .safetensors file to write")
    parser.add_argument(
        "--dtype",
        choices=("fp32", "bf16", "fp16", "fp8_e4m3fn"),
        help="store weights so; fp8 applies to the matrices inside blocks alone (default: as in the source)",
    )
    parser.add_argument(
        "--guide-rope",
        choices=("released", "aligned"),
        help="record guide positions (default: what the source says, else released)",
    )
    parser.add_argument(
        "--guide-scale", type=float, help="record the guide's size relative to the source video (else 0.25)"
    )
    parser.add_argument("--shift", type=float, help="record the schedule's shift (else 5)")
    parser.add_argument("--force", action="store_true", help="replace an existing target")


def run(arguments: argparse.Namespace) -> None:
    """Convert and report."""
    from ..weights import convert_checkpoint

    with ProgressLine() as progress:
        report = convert_checkpoint(
            arguments.source,
            arguments.target,
            dtype=arguments.dtype,
            guide_rope=arguments.guide_rope,
            guide_scale=arguments.guide_scale,
            shift=arguments.shift,
            overwrite=arguments.force,
            progress=progress,
        )
    dtypes = ", ".join(f"{count} {dtype}" for dtype, count in sorted(report.num_tensors_by_dtype.items()))
    print(f"wrote {report.target} ({size(report.num_bytes)})")
    print(f"  {report.num_tensors} tensors ({dtypes}), {report.num_parameters:,} parameters")
    print(f"  from {report.naming}")
    for name, sha256 in report.source_sha256.items():
        print(f"  {name}: SHA-256 {sha256}")
    settings = report.settings
    print(
        f"  guide positions {settings.config.guide_rope}, guide scale {settings.guide_scale:g}, "
        f"shift {settings.shift:g}"
    )
