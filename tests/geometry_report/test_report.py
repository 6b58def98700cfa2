"""The report shows what there is, in a size that fits, whatever the geometry."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postcam_core.cameras import rigid_exp
from postcam_core.errors import GeometryError, ShapeError
from postcam_core.geometry import SceneGeometry, ground_plane_geometry
from postcam_core.geometry.report import geometry_report
from postcam_core.geometry.report_charts import FROM_ABOVE, ScenePoints, path_chart
from postcam_core.geometry.report_drawing import END, START, WARNING, plain, text_width, wrapped
from tests.oracles.small_geometry import small_geometry


def _has_colour(picture: torch.Tensor, colour: tuple[int, int, int]) -> bool:
    return bool(((picture * 255 - torch.tensor(colour)).abs().amax(dim=-1) < 30).any())


@pytest.mark.parametrize("num_frames", [1, 2, 41])
@pytest.mark.parametrize("width", [480, 960])
def test_any_number_of_frames_and_width(num_frames: int, width: int) -> None:
    report = geometry_report(small_geometry(num_frames, confidence=True), width=width)
    assert report.shape[1:] == (width, 3)
    assert report.dtype == torch.float32
    assert (report.min() >= 0, report.max() <= 1) == (True, True)
    assert report.mean() < 0.5, "dark"


def test_frames_confidence_and_notes_each_add_their_part() -> None:
    geometry = replace(ground_plane_geometry(4, 48, 64), notes=(), confidence=None)
    video = torch.zeros(4, 3, 48, 64)
    video[:, 0] = 1
    plain_report = geometry_report(geometry)
    with_video = geometry_report(geometry, video)
    red = (255, 128, 128)
    assert (_has_colour(plain_report, red), _has_colour(with_video, red)) == (False, True)
    with_confidence = geometry_report(replace(geometry, confidence=torch.ones_like(geometry.depth)))
    assert len(plain_report) < len(with_confidence)
    warned = geometry_report(replace(geometry, notes=("words " * 60,)))
    assert len(warned) > len(plain_report)
    bottom = slice(-60, None)
    assert (_has_colour(plain_report[bottom], WARNING), _has_colour(warned[bottom], WARNING)) == (False, True)


def test_the_path_runs_from_blue_to_orange_to_the_right_when_the_camera_goes_right() -> None:
    twist = torch.zeros(9, 6, dtype=torch.float64)
    twist[:, 0] = -torch.linspace(0, 2, 9)  # w2c: the camera goes to +x
    K = torch.tensor([[60.0, 0, 31.5], [0, 60.0, 23.5], [0, 0, 1]]).repeat(9, 1, 1)
    geometry = SceneGeometry(depth=torch.ones(9, 48, 64), K=K, w2c=rigid_exp(twist), provider="test")
    scene = ScenePoints(
        points=torch.tensor([[-1.0, 0, 4], [3.0, 0, 4]]).numpy(),
        is_nearest=torch.ones(2, dtype=torch.bool).numpy(),
        colours=torch.full((2, 3), 200, dtype=torch.uint8).numpy(),
    )
    chart = torch.from_numpy(path_chart(geometry, scene, FROM_ABOVE, title="", height=240, width=300)).float()
    places = []
    for colour in (START, END):
        rows, columns = ((chart - torch.tensor(colour)).abs().amax(dim=-1) < 12).nonzero(as_tuple=True)
        places.append((float(rows.float().mean()), float(columns.float().mean())))
    assert places[1][1] > places[0][1] + 50
    assert min(place[0] for place in places) > 120, "the scene lies ahead, above the camera in this view"


@given(st.text(max_size=80))
@settings(max_examples=100)
def test_any_text_can_be_drawn(text: str) -> None:
    assert all(" " <= letter <= "~" for letter in plain(text))
    assert sum(len(line.split()) for line in wrapped(text, 200)) == len(text.split())


def test_long_texts_are_broken_between_words() -> None:
    lines = wrapped("the camera stands still and no depth was estimated " * 5, 300)
    assert len(lines) > 3
    assert max(text_width(line) for line in lines) <= 300
    assert plain("für 30° – “groß”") == 'fur 30 deg - "gross"'


def test_bad_requests_are_refused() -> None:
    geometry = small_geometry()
    with pytest.raises(GeometryError, match="480"):
        geometry_report(geometry, width=100)
    with pytest.raises(GeometryError, match="as the clip has"):
        geometry_report(geometry, torch.zeros(2, 3, 12, 16))
    with pytest.raises(ShapeError):
        geometry_report(geometry, torch.zeros(3, 12, 16))
