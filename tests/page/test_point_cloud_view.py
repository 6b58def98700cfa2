"""The point cloud in ComfyUI's own 3D viewer: there, upright, not mirrored, seen from where the clip was."""

from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from postcam_core.cameras import focal_from_fov, intrinsics_matrix
from postcam_core.geometry import SceneGeometry, save_npz
from postcam_core.media import write_video
from scripts.host import ROOT, ComfyHost
from scripts.page import fit_view, open_page

HEIGHT, WIDTH = 240, 320
# What each quarter of the picture shows, as brightest and darkest channel (red, green, blue).
QUARTERS = {"top left": (0, 2), "top right": (1, 0), "bottom left": (2, 1), "bottom right": (0, 1)}
COLOURS = ((1, 0, -1), (-1, 1, 0), (0, -1, 1), (1, -1, 0))


def _write_wall(folder: Path) -> None:
    """A wall in four colours, wide enough to fill the viewer's field of view, and a lone post far behind it."""
    frame = torch.empty(3, HEIGHT, WIDTH)
    halves = [(rows, columns) for rows in (0, 1) for columns in (0, 1)]
    for (row, column), colour in zip(halves, COLOURS, strict=True):
        y, x = row * HEIGHT // 2, column * WIDTH // 2
        frame[:, y : y + HEIGHT // 2, x : x + WIDTH // 2] = torch.tensor(colour)[:, None, None]
    write_video(folder / "wall.mp4", frame[None], frame_rate=2)
    K = intrinsics_matrix(focal_from_fov(60, WIDTH), width=WIDTH, height=HEIGHT)
    depth = torch.full((1, HEIGHT, WIDTH), 4.0)
    depth[:, :20, :20] = 4000.0  # without max_depth it would make the wall a dot
    geometry = SceneGeometry(depth=depth, K=K[None], w2c=torch.eye(4)[None], provider="wall")
    save_npz(folder / "wall.npz", geometry)


def _prompt() -> dict:
    load = {"file": "wall.mp4", "width": WIDTH, "height": HEIGHT, "num_frames": 1, "start_s": 0.0}
    source = {"source": "npz", "source.file": "wall.npz", "fit": "cover", "frames": "match"}
    settings = {"stride": 1, "max_points": 500_000, "voxel": 0.0, "min_confidence": 0.05, "max_depth": 10.0}
    view = {"viewport_state": {}, "width": 512, "height": 512}
    return {
        "1": {"class_type": "PostCamLoadVideo", "inputs": load | {"fit": "cover", "selection": "uniform"}},
        "2": {"class_type": "PostCamImportGeometry", "inputs": {"images": ["1", 0]} | source},
        "3": {
            "class_type": "PostCamPointCloud",
            "inputs": {"images": ["1", 0], "geometry": ["2", 0]} | settings,
        },
        "4": {
            "class_type": "PreviewPointCloud",
            "inputs": view | {"model_3d": ["3", 0], "camera_info": ["3", 1]},
        },
    }


def _colours(picture: Image.Image) -> dict[str, np.ndarray]:
    """Mean colour of a patch in each quarter of the middle square, clear of the viewer's buttons."""
    pixels = np.asarray(picture.convert("RGB"), dtype=float)
    height, width = pixels.shape[:2]
    side = min(height, width)
    y, x = (height - side) // 2, (width - side) // 2
    near, far, reach = side * 35 // 100, side * 65 // 100, side * 8 // 100
    corners = [(y + row, x + column) for row in (near, far) for column in (near, far)]
    return {
        name: pixels[row - reach : row + reach, column - reach : column + reach].mean(axis=(0, 1))
        for name, (row, column) in zip(QUARTERS, corners, strict=True)
    }


def test_the_viewer_shows_the_wall_as_the_clip_did(comfy: ComfyHost, tmp_path: Path) -> None:
    _write_wall(comfy.base / "input")
    with open_page(comfy, tmp_path) as page:
        page.evaluate("(prompt) => window.app.loadApiJson(prompt, 'cloud')", _prompt())
        page.wait_for_function("() => window.app.graph._nodes.length === 4", timeout=30_000)
        queued = page.evaluate("async () => (await window.app.graphToPrompt()).output")
        assert queued["3"]["inputs"] == _prompt()["3"]["inputs"], "the page rounds no number"
        fit_view(page)
        page.locator("[data-testid=queue-button]").click()
        page.wait_for_function("() => window.app.nodeOutputs?.['4']", timeout=60_000)
        viewer = page.locator("canvas:not(#graph-canvas)").first
        for _ in range(20):  # the file is still fetched and drawn
            page.wait_for_timeout(500)
            picture = Image.open(BytesIO(viewer.screenshot()))
            colours = _colours(picture)
            if all(np.ptp(colour) > 60 for colour in colours.values()):
                break
    (ROOT / "test-results").mkdir(exist_ok=True)
    picture.save(ROOT / "test-results" / "point_cloud.png")
    seen = {name: (int(colour.argmax()), int(colour.argmin())) for name, colour in colours.items()}
    assert seen == QUARTERS, {name: colour.round().tolist() for name, colour in colours.items()}
