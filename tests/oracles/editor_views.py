"""The editor's views in a real browser, without ComfyUI."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scripts.host import ROOT
from scripts.page import open_browser, serve_folder

if TYPE_CHECKING:
    from playwright.sync_api import Page

RESULTS = ROOT / "test-results"
# Where the views of the tests lie in the page, in px.
BOXES = {
    "main": (10, 10, 780, 560),
    "top": (800, 10, 420, 420),
    "side": (800, 440, 420, 320),
}
_VIEWS = {
    "main": ("viewport3d.mjs", "Viewport3d", {}),
    "top": ("plan_view.mjs", "PlanView", {"plane": "top"}),
    "side": ("plan_view.mjs", "PlanView", {"plane": "side"}),
}
# Ends any drag of three's gizmo well inside an arrow: three draws them 0.5 of the gizmo's size long.
_ARROW = 0.45


@dataclass(frozen=True, kw_only=True)
class EditorViewsPage:
    """A page with the harness, and what went wrong in it."""

    page: "Page"
    folder: Path
    errors: list[str] = field(default_factory=list)

    def call(self, code: str, *arguments: object) -> Any:
        """Run ``(harness, ...arguments) => …`` in the page."""
        return self.page.evaluate(
            f"async (given) => ({code})(await import('/harness.mjs'), ...given)", list(arguments)
        )

    def open(
        self, scene: Path | None, *views: str, document: dict[str, Any] | None = None, num_frames: int = 41
    ) -> None:
        """A new store and views of it, with the scene's points loaded."""
        served = scene and "/" + scene.relative_to(self.folder).as_posix()
        self.call("(h, ...given) => h.openStore(...given)", served, document, num_frames)
        for name in views:
            left, top, width, height = BOXES[name]
            module, class_name, options = _VIEWS[name]
            box = {"left": f"{left}px", "top": f"{top}px", "width": f"{width}px", "height": f"{height}px"}
            given = {"module": module, "className": class_name, "box": box, "options": options}
            self.call("(h, name, given) => h.openView(name, given)", name, given)
        self.settle()

    def settle(self) -> None:
        """Wait until what was asked for is drawn."""
        self.call("(h) => h.settled()")

    def pixels(self, view: str) -> np.ndarray:
        """What is seen of a view, uint8 ``[height, width, 3]``."""
        from PIL import Image

        left, top, width, height = BOXES[view]
        clip = {"x": left, "y": top, "width": width, "height": height}
        return np.asarray(Image.open(io.BytesIO(self.page.screenshot(clip=clip))).convert("RGB"))

    def save(self, name: str) -> None:
        """A picture of the whole page for people."""
        RESULTS.mkdir(exist_ok=True)
        self.page.screenshot(path=RESULTS / f"{name}.png")

    def project(self, point: list[float]) -> list[float]:
        """Px in the 3D view of a point in nearest depths."""
        at = self.call("(h, point) => h.views.main.view.project(point)", point)
        return [at["x"], at["y"]]

    def plan_px(self, view: str, point: list[float]) -> list[float]:
        """Px in a plan view of a point in nearest depths."""
        return self.call("(h, view, point) => h.views[view].projection.toPx(point)", view, point)

    def arrow(self, axis: int) -> list[list[float]]:
        """Px of the selected keyframe and of the tip of the gizmo's arrow along one of its own axes."""
        return self.call("(h, ...given) => h.gizmoArrow(...given)", axis, _ARROW)

    def drag(self, view: str, path: list[list[float]], **options: Any) -> None:
        """Drag along px of a view; ``hold`` is a function called before the button is let go."""
        left, top, *_ = BOXES[view]
        places = [(left + x, top + y) for x, y in path]
        button, hold = options.get("button", "left"), options.get("hold")
        self.page.mouse.move(*places[0])
        self.page.mouse.down(button=button)
        for place in places[1:]:
            self.page.mouse.move(*place, steps=6)
        if hold:
            hold()
        self.page.mouse.up(button=button)
        self.settle()

    @contextmanager
    def fingers(self, view: str) -> Iterator[Callable[..., None]]:
        """A touch screen: ``touch("touchStart", (x, y), …)`` with all fingers that are down, in px of a view."""
        left, top, *_ = BOXES[view]
        session = self.page.context.new_cdp_session(self.page)

        def touch(kind: str, *places: tuple[float, float]) -> None:
            points = [{"x": left + x, "y": top + y, "id": i} for i, (x, y) in enumerate(places)]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        try:
            yield touch
        finally:
            session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
            session.detach()

    def click(self, view: str, place: list[float]) -> None:
        """Press and let go."""
        self.drag(view, [place])

    def document(self) -> dict[str, Any]:
        """The store's document."""
        return self.call("(h) => h.store.document")

    def keyframe(self, index: int) -> dict[str, Any]:
        """One of the document's keyframes."""
        return self.document()["path"]["keyframes"][index]

    def camera(self) -> dict[str, Any]:
        """Where the 3D view looks from."""
        return self.call("(h) => ({...h.views.main.view})")

    def told(self) -> dict[str, list[Any]]:
        """What the views called back, and which events reached the page around them."""
        return self.call("(h) => h.told")


@contextmanager
def open_editor_views(folder: Path) -> Iterator[EditorViewsPage]:
    """A browser on the pack's web folder; scenes are written below ``folder`` to be served."""
    (folder / "web").symlink_to(ROOT / "web")
    (folder / "harness.mjs").symlink_to(ROOT / "tests" / "editor_views" / "harness.mjs")
    (folder / "index.html").write_text(
        '<!doctype html><link rel="icon" href="data:,"><body style="margin: 0"></body>'
    )
    with serve_folder(folder) as url, open_browser(folder / "profile") as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"{url}/index.html")
        yield EditorViewsPage(page=page, folder=folder, errors=errors)
