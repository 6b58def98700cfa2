"""``download``: fetch a file of the catalogue."""

import argparse
from pathlib import Path

from .progress_line import ProgressLine, size

NAME = "download"
HELP = "Fetch a file of the catalogue; an interrupted download continues where it stopped."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", help="what to fetch; 'catalogue' lists the names")
    parser.add_argument(
        "--models",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="ComfyUI's models folder; the file goes into the folder below it where it belongs",
    )


def run(arguments: argparse.Namespace) -> None:
    """Fetch, check and report."""
    from ..weights import catalogue_entry, download

    entry = catalogue_entry(arguments.name)
    licence = entry.licence + (", non-commercial use only" if entry.is_non_commercial else "")
    print(f"{entry.url}\n  licence: {licence}")
    with ProgressLine() as progress:
        report = download(entry, arguments.models / entry.folder, progress=progress)
    print(f"{report.path} ({size(report.num_bytes)}){' was there already' if report.was_present else ''}")
    print(f"  SHA-256 {report.sha256}")
    if report.is_verified:
        print("  verified")
    else:
        print("  could not be verified: the catalogue knows no checksum of this file")
    if entry.note:
        print(f"  note: {entry.note}")
