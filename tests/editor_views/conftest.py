"""One browser and one scene for the tests of a file: two of Playwright's loops at a time are refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from postcam_core.geometry import SceneGeometry
from postcam_core.geometry.scene_files import provide_scene_files
from tests.oracles.editor_views import EditorViewsPage, open_editor_views
from tests.oracles.look_through import sample_scene


@dataclass(frozen=True, kw_only=True)
class SampleScene:
    """The bundled clip: as tensors, and as files that the page reads."""

    video: torch.Tensor
    geometry: SceneGeometry
    folder: Path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EditorViewsPage]:
    with open_editor_views(tmp_path_factory.mktemp("views")) as page:
        yield page


@pytest.fixture(scope="module")
def sample(browser: EditorViewsPage) -> SampleScene:
    video, geometry = sample_scene(832, 480)
    folder, _ = provide_scene_files(browser.folder / "scenes", video, geometry)
    return SampleScene(video=video, geometry=geometry, folder=folder)


@pytest.fixture
def views(browser: EditorViewsPage) -> Iterator[EditorViewsPage]:
    """The page, which has to stay without errors."""
    browser.errors.clear()
    browser.page.mouse.move(1500, 850)
    yield browser
    assert browser.errors == []
