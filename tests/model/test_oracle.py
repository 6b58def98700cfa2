"""Against the plain twin in float64: the block, and the whole model with all that it leaves out."""

import pytest
import torch

from postcam_core.model.block import TokenLayout
from postcam_core.model.positions import TokenGrid, guide_ids, pose_ids, source_ids, target_ids
from postcam_core.model.rope import RotaryTable, rotary_table
from tests.oracles.dit_block import PlainModel, explicit_attention, released_angles
from tests.oracles.tiny_transformer import TINY, tiny_inputs, tiny_transformer

GRID = TokenGrid(num_frames=2, height=6, width=10)
GUIDE_GRID = TokenGrid(num_frames=2, height=2, width=3)
TOLERANCE = 1e-9


def _table(ids: torch.Tensor) -> RotaryTable:
    return rotary_table(ids, TINY.head_dim, device=torch.device("cpu"), dtype=torch.float64)


def test_one_block_agrees_to_nine_digits() -> None:
    model = tiny_transformer()
    block = model.blocks[0]
    generator = torch.Generator().manual_seed(2)
    shapes = {
        "video": (2, 2 * GRID.num_tokens, TINY.dim),
        "guide": (2, GUIDE_GRID.num_tokens, TINY.dim),
        "pose": (2, 4, TINY.dim),
        "words": (2, 5, TINY.dim),
        "time": (2, 6, TINY.dim),
    }
    x = {k: torch.randn(*s, generator=generator, dtype=torch.float64) for k, s in shapes.items()}
    layout = TokenLayout(
        num_target=GRID.num_tokens,
        video_rope=_table(torch.cat([target_ids(GRID), source_ids(GRID)])),
        guide_rope=_table(guide_ids(GUIDE_GRID, GRID, "released", latents_ratio=(4.0, 4.0))),
    )
    video, guide = block(
        x["video"],
        x["guide"],
        time=x["time"],
        pose=block.cross_attn_cam.pose_keys_values(x["pose"], _table(pose_ids(4))),
        text=block.cross_attn.keys_values(x["words"]),
        layout=layout,
        is_last=False,
    )
    plain = PlainModel(model.state_dict(), TINY, explicit_attention)
    at = released_angles(TINY, 2, (GRID.height, GRID.width), (GUIDE_GRID.height, GUIDE_GRID.width), 4)
    expected = plain.block("blocks.0", x["video"], x["guide"], x["pose"], x["words"], x["time"], at)
    assert (video - expected[0]).abs().max() < TOLERANCE
    assert (guide - expected[1]).abs().max() < TOLERANCE


@pytest.mark.parametrize(
    ("size", "guide_size"),
    [((12, 20), (3, 5)), ((20, 12), (5, 3)), ((12, 12), (4, 4)), ((12, 20), (4, 6))],
    ids=["landscape", "portrait", "square", "even_guide"],
)
@pytest.mark.parametrize("batch", [1, 2])
def test_model_equals_the_plain_twin(size, guide_size, batch) -> None:
    x = tiny_inputs(size, guide_size, batch=batch)
    model = tiny_transformer()
    halves = tuple(n // 2 for n in size), tuple(n // 2 for n in guide_size)
    plain = PlainModel(model.state_dict(), TINY, explicit_attention)
    expected = plain(*x.values(), released_angles(TINY, 3, *halves, num_poses=3))
    assert (model(**x) - expected).abs().max() < TOLERANCE


def test_without_a_guide_the_pose_alone_is_asked() -> None:
    x = {**tiny_inputs(), "guide_latents": None}
    model = tiny_transformer()
    plain = PlainModel(model.state_dict(), TINY, explicit_attention)
    expected = plain(*x.values(), released_angles(TINY, 3, (6, 10), (1, 2), num_poses=3))
    assert (model(**x) - expected).abs().max() < TOLERANCE
