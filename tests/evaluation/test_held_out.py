import pytest
import torch

from postcam_core.errors import PostCamError
from postcam_core.evaluation import HeldOutClip, HeldOutSet
from postcam_core.synthetic import FIRST_HELD_OUT_SEED
from postcam_core.training.data import PairBuilder, PairSettings, SyntheticTakes
from postcam_core.warp import shrink_guide


def test_the_model_sees_what_it_was_trained_on(clip: HeldOutClip) -> None:
    takes = SyntheticTakes(seeds=[clip.seed], num_cameras=2, height=96, width=160, num_frames=5)
    builder = PairBuilder(takes=takes, encode=lambda video: video, settings=PairSettings(guide_scale=0.5))
    source, target = takes.take(0, "cam00"), takes.take(0, "cam01")
    torch.testing.assert_close(clip.camera_w2c(stride=4), builder.camera_w2c(source, target))
    guide = shrink_guide(clip.guide.frames, 0.5)
    # The unit differs, and with it the rounding where pixels land.
    assert (guide - builder.guide_frames(0, source, target)).abs().mean() < 0.01


@pytest.mark.parametrize("options", [{"num_clips": 0}, {"first_seed": FIRST_HELD_OUT_SEED - 1}])
def test_training_seeds_and_empty_sets_are_refused(options: dict) -> None:
    with pytest.raises(PostCamError, match="held-out clips"):
        HeldOutSet(**options)
