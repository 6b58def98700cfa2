"""``inspect``: what a weights file is."""

import argparse
from dataclasses import asdict

NAME = "inspect"
HELP = "Say what a weights file is: whose model, which names and dtypes, what its metadata says."

_MAX_TEXT = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file", help="a .safetensors, .ckpt, .pt or .pth file, or the index or a shard of several"
    )


def run(arguments: argparse.Namespace) -> None:
    """Look and print."""
    from ..weights import summarize_checkpoint

    summary = summarize_checkpoint(arguments.file)
    dtypes = ", ".join(f"{count} {dtype}" for dtype, count in sorted(summary.num_tensors_by_dtype.items()))
    print(f"model: {summary.architecture}")
    print(f"tensors: {summary.num_tensors} ({dtypes}), {summary.num_parameters:,} parameters")
    print(f"names: {summary.naming}")
    if len(summary.files) > 1:
        print(f"files: {len(summary.files)}")
    if summary.settings is not None:
        print(
            f"recognised by ComfyUI's loader: {'yes' if summary.is_recognised_by_comfyui else 'no (convert it)'}"
        )
        print(f"guide scale: {summary.settings.guide_scale:g}")
        print(f"shift: {summary.settings.shift:g}")
        for key, value in asdict(summary.settings.config).items():
            print(f"{key}: {value}")
    for key, text in sorted(summary.metadata.items()):
        print(f"metadata {key}: {text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + ' …'}")
