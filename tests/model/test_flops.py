"""The estimate against what torch counts while the model runs."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from postcam_core.model import PostCamConfig, PostCamTransformer, estimate_flops
from tests.oracles.dit_block import PlainModel, explicit_attention, released_angles
from tests.oracles.tiny_transformer import TINY, tiny_inputs

SIZE, GUIDE_SIZE = (12, 20), (4, 6)
CASE = {"num_latent_frames": 3, "height": SIZE[0], "width": SIZE[1], "num_words": 7}


def _counted(run) -> int:
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


def _model() -> PostCamTransformer:
    # Torch's own attention kernel for CPUs escapes the counter.
    return PostCamTransformer(TINY, attention=explicit_attention).double().requires_grad_(False)


@pytest.mark.parametrize("guide_size", [GUIDE_SIZE, None])
@pytest.mark.parametrize("num_branches", [1, 2])
def test_estimate_is_what_the_model_does(guide_size, num_branches: int) -> None:
    x = tiny_inputs(SIZE, GUIDE_SIZE)
    conditions = {
        "source_latents": x["source_latents"],
        "guide_latents": None if guide_size is None else x["guide_latents"],
        "camera_w2c": x["camera_w2c"],
        "text": torch.cat([x["text"]] * num_branches),
        "dtype": torch.float64,
    }
    rows = torch.cat([x["target_latents"]] * num_branches)
    model = _model()
    prepared = model.prepare(**conditions)
    estimate = estimate_flops(TINY, **CASE, guide_size=guide_size, num_branches=num_branches)
    assert _counted(lambda: model.prepare(**conditions)) == estimate.prepare
    assert _counted(lambda: model.velocity(rows, x["timestep"], prepared)) == estimate.step
    assert estimate.run(3) == estimate.prepare + 3 * estimate.step


def test_released_estimate_is_what_the_plain_twin_does() -> None:
    x = tiny_inputs(SIZE, GUIDE_SIZE)
    plain = PlainModel(_model().state_dict(), TINY, explicit_attention)
    at = released_angles(TINY, 3, (6, 10), (2, 3), num_poses=3)
    estimate = estimate_flops(TINY, **CASE, guide_size=GUIDE_SIZE, num_branches=1, is_shared=False)
    assert _counted(lambda: plain(*x.values(), at)) == estimate.step


def test_sharing_saves_a_guided_step_of_the_released_size() -> None:
    case = {"num_latent_frames": 11, "height": 60, "width": 104, "guide_size": (15, 26)}
    ours, released = (estimate_flops(PostCamConfig(), **case, is_shared=s) for s in (True, False))
    assert 0.95 < ours.step / released.step < 0.99
    assert ours.last_block < 0.55 * ours.block
