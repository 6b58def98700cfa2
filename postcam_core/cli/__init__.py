"""The command line: ``python -m postcam_core <command>``. One module per command."""

import argparse
import sys
from collections.abc import Sequence

from .. import __version__
from ..errors import OperationCancelled, PostCamError
from . import (
    ablate,
    batch,
    catalogue,
    convert,
    download,
    evaluate,
    inspect,
    precompute,
    recapture,
    train,
    train_vae,
    trajectory,
)

# Each has NAME, HELP, add_arguments(parser) and run(arguments); heavy imports belong into run.
COMMANDS = (
    recapture,
    batch,
    convert,
    inspect,
    catalogue,
    download,
    trajectory,
    precompute,
    train,
    train_vae,
    ablate,
    evaluate,
)

_FAILED, _INTERRUPTED = 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        0 on success, 1 if the input was at fault (one line on stderr says how), 130 after Ctrl+C; wrong usage
        exits with 2.
    """
    parsed = _parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except (PostCamError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return _FAILED
    except (KeyboardInterrupt, OperationCancelled):
        print("interrupted", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m postcam_core", description="PostCam: move the camera after the shot was taken."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="<command>", required=True)
    for command in COMMANDS:
        subparser = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser
