"""The look-through of a scene in a real browser, for the tests and the benchmark that compare it with the guide."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from postcam_core.geometry import SceneGeometry, load_npz, match_frames
from postcam_core.media import load_clip
from postcam_core.trajectory import MODEL_NEAREST_DEPTH, Trajectory
from scripts.host import ROOT
from scripts.page import open_browser, serve_folder

if TYPE_CHECKING:
    from playwright.sync_api import Page

NUM_FRAMES = 41


def sample_scene(width: int, height: int) -> tuple[Tensor, SceneGeometry]:
    """The bundled clip and its exact geometry."""
    size = {"width": width, "height": height, "num_frames": NUM_FRAMES}
    geometry = match_frames(load_npz(ROOT / "assets" / "sample_geometry.npz"), **size, frames="uniform")
    return load_clip(ROOT / "assets" / "sample.mp4", **size).video, geometry


def target(trajectory: Trajectory, geometry: SceneGeometry, frame: int) -> dict[str, Any]:
    """One frame of a trajectory, as the page renders it: pose in scene units."""
    nearest_depth = geometry.nearest_depth()
    c2w = trajectory.c2w_in_model_units(nearest_depth)[frame]
    c2w[:3, 3] *= nearest_depth / MODEL_NEAREST_DEPTH
    return {
        "sourceIndex": int(trajectory.source_index[frame]),
        "c2w": c2w.flatten().tolist(),
        "focalScale": float(trajectory.focal_scale[frame]),
    }


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What the page rendered: ``frame`` [3,H,W] in [-1, 1], ``mask`` [H,W] and its coverage as the page counts."""

    frame: Tensor
    mask: Tensor
    coverage: float


@dataclass(frozen=True, kw_only=True)
class LookThroughPage:
    """A page with the harness, and the folder that it is served from."""

    page: "Page"
    folder: Path

    def call(self, code: str, *arguments: object) -> Any:
        """Run ``(harness, ...arguments) => …`` in the page."""
        return self.page.evaluate(
            f"async (given) => ({code})(await import('/harness.mjs'), ...given)", list(arguments)
        )

    def open(self, scene: Path, **options: object) -> None:
        """Show a scene that lies below the served folder."""
        self.call(
            "(harness, folder, options) => harness.open(folder, options)",
            "/" + scene.relative_to(self.folder).as_posix(),
            options,
        )

    def picture(self, target: dict[str, Any], *, height: int, width: int) -> Picture:
        """Render a target of the scene that is shown."""
        rendered = self.call("(harness, target) => harness.picture(target)", target)
        rgba = torch.frombuffer(bytearray(base64.b64decode(rendered["rgba"])), dtype=torch.uint8)
        rgba = rgba.unflatten(0, (height, width, 4)).permute(2, 0, 1)
        return Picture(frame=rgba[:3].float() / 127.5 - 1, mask=rgba[3] == 255, coverage=rendered["coverage"])


@contextmanager
def open_look_through(folder: Path) -> Iterator[LookThroughPage]:
    """A browser on the pack's web folder; scenes are written below ``folder`` to be served."""
    (folder / "web").symlink_to(ROOT / "web")
    (folder / "harness.mjs").symlink_to(ROOT / "tests" / "look_through" / "harness.mjs")
    (folder / "index.html").write_text('<!doctype html><link rel="icon" href="data:,"><body></body>')
    with serve_folder(folder) as url, open_browser(folder / "profile") as page:
        page.goto(f"{url}/index.html")
        yield LookThroughPage(page=page, folder=folder)
