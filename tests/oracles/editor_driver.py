"""Drives the trajectory editor in ComfyUI's page, as a user does; every step can leave a screenshot."""

import numpy as np

from scripts.host import ROOT

SCREENSHOTS = ROOT / "test-results"

EDITOR = "document.querySelector('.pc-window').postcamEditor"
_IS_DRAWN = f"() => {EDITOR}.look?.isCurrent"


class Editor:
    """One editor window in a page."""

    def __init__(self, page, tag: str) -> None:
        self.page, self.tag, self._num_shots = page, tag, 0

    def open(self, index: int = 0) -> None:
        self.page.locator(".postcam-trajectory button").nth(2 * index).click()
        self.page.wait_for_selector(".pc-window")

    def store(self, expression: str):
        return self.page.evaluate(f"() => {EDITOR}.store.{expression}")

    def call(self, expression: str) -> None:
        self.page.evaluate(f"() => {{ {EDITOR}.store.{expression} }}")

    @property
    def path(self) -> dict:
        return self.store("document.path")

    def press(self, text: str) -> None:
        self.page.locator(".pc-window").get_by_role("button", name=text, exact=True).click()

    def fill(self, label: str, value: float) -> None:
        field = self.page.locator(".pc-inspector").get_by_label(label, exact=True)
        field.fill(str(value))
        field.press("Enter")

    def focus(self) -> None:
        self.page.evaluate("() => document.querySelector('.pc-window').focus()")

    def wait_until_drawn(self) -> None:
        self.page.wait_for_function(_IS_DRAWN, timeout=60_000)

    def pixels(self) -> np.ndarray:
        """The look-through: [height, width, 4], alpha 0 in holes."""
        self.wait_until_drawn()
        width, height, data = self.page.evaluate(
            f"() => [{EDITOR}.store.scene.width, {EDITOR}.store.scene.height, "
            f"[...{EDITOR}.look.readPixels()]]"
        )
        return np.array(data, np.uint8).reshape(height, width, 4)

    def drag(self, selector: str, start: tuple[float, float], steps: list[tuple[float, float]]) -> None:
        """A drag within an element, in shares of its size."""
        box = self.page.locator(selector).bounding_box()
        at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, *steps)]
        self.page.mouse.move(*at[0])
        self.page.mouse.down()
        for x, y in at[1:]:
            self.page.mouse.move(x, y, steps=4)
        self.page.mouse.up()

    def shoot(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self._num_shots += 1
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=SCREENSHOTS / f"editor_{self.tag}_{self._num_shots:02d}_{name}.png")

    def close(self) -> None:
        self.press("Done")
        self.page.wait_for_selector(".pc-window", state="detached")


def set_widgets(page, changes: dict) -> None:
    page.evaluate(
        """(changes) => {
          for (const node of window.app.graph._nodes)
            for (const widget of node.widgets ?? [])
              if (widget.name in changes) { widget.value = changes[widget.name]; widget.callback?.(widget.value) }
        }""",
        changes,
    )


def trajectory_text(page, index: int = 0) -> str:
    return trajectory_widgets(page)[index]["trajectory"]


def trajectory_widgets(page) -> list[dict]:
    """Values by name, of each trajectory node."""
    return page.evaluate(
        """() => window.app.graph._nodes.filter((n) => n.type === 'PostCamTrajectory')
          .map((n) => Object.fromEntries(n.widgets.map((w) => [w.name, w.value])))"""
    )


def run_until_scene(page) -> None:
    page.locator("[data-testid=queue-button]").click()
    page.wait_for_function(
        """() => window.app.graph._nodes.find((n) => n.type === 'PostCamTrajectory').properties.postcam_scene""",
        timeout=120_000,
    )
