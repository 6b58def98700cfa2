"""``catalogue``: what can be downloaded."""

import argparse

from .progress_line import size

NAME = "catalogue"
HELP = "List the files to download, with size and licence."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to declare."""


def run(_: argparse.Namespace) -> None:
    """Print the list."""
    from ..weights import CATALOGUE

    for entry in CATALOGUE:
        licence = entry.licence + (", NON-COMMERCIAL USE ONLY" if entry.is_non_commercial else "")
        print(f"{entry.name}: {entry.purpose}")
        print(f"  licence  {licence}")
        print(f"  size     {'not known' if entry.num_bytes is None else size(entry.num_bytes)}")
        print(f"  sha256   {entry.sha256 or 'not known'}")
        print(f"  folder   models/{entry.folder}/{entry.file_name}")
        print(f"  url      {entry.url}")
        if entry.note:
            print(f"  note     {entry.note}")
