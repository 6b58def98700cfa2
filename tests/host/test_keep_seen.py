"""PostCam Keep Seen on ComfyUI's own layouts."""

import pytest
import torch


@pytest.fixture
def node(pack):
    """The node's work."""
    return pack.import_module(".nodes.keep_seen").PostCamKeepSeen.execute


def test_the_guide_s_share_of_what_it_shows(node) -> None:
    images, guide = torch.full((2, 4, 6, 4), 0.8), torch.full((2, 4, 6, 3), 0.4)
    holes = torch.zeros(2, 4, 6)
    holes[:, :, 3:] = 1
    (kept,) = node(images, guide, holes, 0.75).result
    assert kept.shape == (2, 4, 6, 3), "without the transparency that files may have"
    torch.testing.assert_close(kept[:, :, :3], torch.full((2, 4, 3, 3), 0.5))
    assert torch.equal(kept[:, :, 3:], images[:, :, 3:, :3])


def test_a_guide_of_another_size_is_refused(node, pack) -> None:
    ShapeError = pack.import_module(".postcam_core.errors").ShapeError
    with pytest.raises(ShapeError, match="expected 2 frames of 6×4.* got 2 of 12×8"):
        node(torch.zeros(2, 4, 6, 3), torch.zeros(2, 8, 12, 3), torch.zeros(2, 8, 12), 0.75)
