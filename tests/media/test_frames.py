import pytest
import torch

from postcam_core.errors import ShapeError
from postcam_core.media import image_from_video, uint8_from_video, video_from_image, video_from_uint8

LEVELS = torch.arange(256, dtype=torch.uint8).reshape(2, 8, 16, 1).expand(2, 8, 16, 3).contiguous()


def test_every_level_survives_the_way_there_and_back() -> None:
    image = image_from_video(video_from_uint8(LEVELS))
    assert torch.equal((image * 255).round().to(torch.uint8), LEVELS)
    assert torch.allclose(image_from_video(video_from_image(image)), image, atol=1e-7)


def test_levels_are_normalised_as_in_the_released_code() -> None:
    expected = (LEVELS.float().permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
    assert torch.equal(video_from_uint8(LEVELS), expected)
    assert torch.equal(video_from_image(LEVELS / 255), expected)


def test_axes_go_where_they_belong() -> None:
    image = torch.rand(2, 5, 7, 3)
    video = video_from_image(image)
    assert video.shape == (2, 3, 5, 7)
    assert video.is_contiguous()
    assert video[1, 2, 4, 6] == image[1, 4, 6, 2] * 2 - 1


def test_inputs_are_left_alone() -> None:
    image, video = torch.rand(1, 2, 2, 3), torch.rand(1, 3, 2, 2) * 4 - 2
    before = image.clone(), video.clone()
    video_from_image(image)
    clipped = image_from_video(video)
    assert torch.equal(image, before[0])
    assert torch.equal(video, before[1])
    assert clipped.min() >= 0
    assert clipped.max() <= 1


def test_refuses_other_layouts() -> None:
    with pytest.raises(ShapeError, match="alpha"):
        video_from_image(torch.zeros(1, 2, 2, 4))
    with pytest.raises(ShapeError, match="none of them 0"):
        video_from_image(torch.zeros(0, 2, 2, 3))
    with pytest.raises(ShapeError, match="expected uint8"):
        video_from_uint8(torch.zeros(1, 2, 2, 3))
    with pytest.raises(ShapeError, match="video_from_image"):
        image_from_video(torch.zeros(1, 2, 2, 3))


def test_files_levels_survive_the_way_there_and_back() -> None:
    assert torch.equal(uint8_from_video(video_from_uint8(LEVELS)), LEVELS)
    beyond = torch.tensor([-3.0, -1.0, 1.0, 3.0]).view(1, 1, 2, 2).expand(1, 3, 2, 2)
    assert uint8_from_video(beyond)[0, :, :, 0].tolist() == [[0, 0], [255, 255]]
