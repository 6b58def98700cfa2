"""Drive ComfyUI's real page, or the pack's modules alone, in Chromium; tests, benchmarks and exporter share this."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.host import ComfyHost

if TYPE_CHECKING:
    from playwright.sync_api import Page

# The software renderer, spelled out, and nothing that reaches for the network.
_CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
_IS_READY = """() => window.app?.extensionManager && window.app?.canvas
  && document.querySelector('[data-testid=queue-button]')"""


def find_chromium() -> str:
    """Path of the installed browser.

    Raises:
        FileNotFoundError: If there is none.
    """
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise FileNotFoundError("no Chromium is installed: run bash scripts/setup.sh")


@contextmanager
def open_page(host: ComfyHost, profile: Path, *, is_nodes_2: bool = False) -> Iterator["Page"]:
    """ComfyUI's page, loaded and ready.

    Args:
        host: The running server.
        profile: An empty folder for the browser's data.
        is_nodes_2: Whether nodes are drawn by Vue ("Nodes 2.0") instead of LiteGraph's canvas.
    """
    settings = {
        "Comfy.TutorialCompleted": True,
        "Comfy.VueNodes.Enabled": is_nodes_2,
        "Comfy.Workflow.Persist": False,
        "Comfy.Minimap.Visible": False,
        "Comfy.VersionCompatibility.DisableWarnings": True,
    }
    for name, value in settings.items():
        host.post(f"/settings/{name}", value)
    with open_browser(profile) as page:
        page.goto(host.url, wait_until="domcontentloaded")
        page.wait_for_function(_IS_READY, timeout=90_000)
        page.wait_for_timeout(1000)  # the default graph still loads after the page is ready
        yield page


@contextmanager
def open_browser(profile: Path) -> Iterator["Page"]:
    """An empty page of a browser of its own, with the software renderer.

    Args:
        profile: An empty folder for the browser's data.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=find_chromium(),
            headless=True,
            args=_CHROMIUM_FLAGS,
            viewport={"width": 1600, "height": 900},
        )
        yield browser.pages[0]
        browser.close()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """A web server for the files of a folder, links followed; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def load_graph(page: "Page", file: Path, num_nodes: int) -> None:
    """Open a workflow file as a user does, and wait until its nodes are there."""
    page.set_input_files("#comfy-file-input", str(file))
    page.wait_for_function(f"() => window.app.graph._nodes.length === {num_nodes}", timeout=30_000)
    page.wait_for_timeout(1000)


def fit_view(page: "Page") -> None:
    """Zoom so that the whole graph is seen."""
    page.evaluate("() => window.app.extensionManager.command.execute('Comfy.Canvas.FitView')")
    page.wait_for_timeout(1000)
