"""The demo: a clip re-shot from another camera by the bundled mini model, in a real ComfyUI."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path

# The script's own folder is on the path, the repository is not: this is the pack, not an installed package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.host import ROOT, ComfyHost, HostError, make_base_folder

WORKFLOW = ROOT / "workflows" / "api" / "quickstart.json"


class ProgressLine:
    """One line on the terminal that shows which node runs and how far it is."""

    def __init__(self, prompt: dict) -> None:
        self._titles = {node: step["class_type"] for node, step in prompt.items()}

    def __call__(self, kind: str, data: dict) -> None:
        """Draw the line again when a message says that something moved."""
        if kind == "executing" and data.get("node"):
            self._draw(self._titles[data["node"]], "")
        elif kind == "progress":
            self._draw(self._titles[data["node"]], f"{data['value']}/{data['max']}")

    def _draw(self, title: str, progress: str) -> None:
        # \x1b[K clears what the longer line before left over.
        sys.stdout.write(f"\r  {title:<22} {progress}\x1b[K" if sys.stdout.isatty() else "")
        if not sys.stdout.isatty() and not progress:
            sys.stdout.write(f"  {title}\n")
        sys.stdout.flush()


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/demo.sh", description=__doc__)
    parser.add_argument("--video", type=Path, metavar="FILE", help="your clip instead of the bundled one")
    parser.add_argument(
        "--preset", default=None, help="camera move, for example dolly_in (default: arc_left)"
    )
    parser.add_argument("--ui", action="store_true", help="leave the server running and print its address")
    return parser.parse_args()


def main() -> int:
    """Run the demo; returns the exit code."""
    # Being told to end must end the server too: leave through the context manager.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments = parse_arguments()
    if arguments.video and not arguments.video.is_file():
        print(f"demo: no such file: {arguments.video}", file=sys.stderr)
        return 2
    prompt = json.loads(WORKFLOW.read_text(encoding="utf-8"))
    nodes = {step["class_type"]: step["inputs"] for step in prompt.values()}
    base = make_base_folder(ROOT / ".comfyui" / "base")
    print("demo: starting ComfyUI")
    with ComfyHost(base, output=ROOT / "output", log=ROOT / ".comfyui" / "server.log") as host:
        if arguments.video:
            nodes["PostCamLoadVideo"]["file"] = host.upload(arguments.video)
        if arguments.preset:
            nodes["PostCamTrajectory"]["preset"] = arguments.preset
        move = nodes["PostCamTrajectory"]["preset"]
        print(f"demo: re-shooting {arguments.video or 'the bundled clip'} along {move}")
        started = time.monotonic()
        try:
            outputs = host.run(prompt, ProgressLine(prompt))
        except HostError as error:
            print(f"\ndemo: {error}", file=sys.stderr)
            return 1
        print(f"\ndemo: done in {time.monotonic() - started:.0f} s; source, guide and result side by side:")
        for file in host.saved_files(outputs):
            print(f"  {file}")
        if arguments.ui:
            print(f"demo: ComfyUI is running at {host.url} (Ctrl+C ends it)", flush=True)
            try:
                host.wait()
            except KeyboardInterrupt:
                print("\ndemo: stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
