from dataclasses import replace

import pytest
import torch

from postcam_core.errors import ShapeError
from postcam_core.model import PostCamConfig, PostCamTransformer
from tests.oracles.tiny_transformer import TINY, tiny_inputs, tiny_transformer


@pytest.fixture(scope="module")
def model() -> PostCamTransformer:
    return tiny_transformer()


@pytest.mark.parametrize(
    ("name", "shape", "fault"),
    [
        ("source_latents", (1, 16, 3, 12, 20), "source latents"),
        ("source_latents", (1, 4, 3, 13, 20), "source latents"),
        ("source_latents", (1, 4, 0, 12, 20), "source latents"),
        ("source_latents", (4, 3, 12, 20), "source latents"),
        ("target_latents", (1, 4, 2, 12, 20), "target latents"),
        ("target_latents", (1, 4, 3, 14, 20), "target latents"),
        ("target_latents", (2, 4, 3, 12, 20), "target latents"),
        ("guide_latents", (1, 16, 3, 3, 5), "guide latents"),
        ("guide_latents", (1, 4, 2, 3, 5), "guide latents"),
        ("guide_latents", (2, 4, 3, 3, 5), "guide latents"),
        ("guide_latents", (1, 4, 3, 1, 5), "guide latents"),
        ("guide_latents", (1, 4, 3, 12, 20), "guide size"),
        ("camera_w2c", (1, 3, 3, 4), "camera_w2c"),
        ("camera_w2c", (1, 0, 4, 4), "camera_w2c"),
        ("camera_w2c", (2, 3, 4, 4), "camera_w2c"),
        ("text", (1, 7, 4096), "text"),
        ("text", (1, 0, 20), "text"),
        ("text", (0, 7, 20), "text"),
        ("timestep", (2,), "timestep"),
        ("timestep", (), "timestep"),
    ],
)
def test_what_does_not_fit_is_named(model: PostCamTransformer, name: str, shape, fault: str) -> None:
    bad = torch.zeros(shape, dtype=torch.float64)
    with pytest.raises(ShapeError) as caught:
        model(**{**tiny_inputs(), name: bad})
    assert caught.value.what == fault


def test_texts_must_divide_among_the_clips(model: PostCamTransformer) -> None:
    x = tiny_inputs(batch=2)
    x["text"] = torch.zeros(3, 7, 20, dtype=torch.float64)
    with pytest.raises(ShapeError, match="multiple of 2"):
        model(**x)


@pytest.mark.parametrize(
    "change",
    [
        {"num_heads": 5},
        {"num_heads": 16},
        {"num_heads": 0},
        {"freq_dim": 15},
        {"num_layers": 0},
        {"guide_rope": "centred"},
    ],
)
def test_impossible_configs_are_refused(change) -> None:
    with pytest.raises(ShapeError, match="model config"):
        replace(TINY, **change)


def test_config_reads_json_and_leaves_foreign_keys_alone() -> None:
    values = {"dim": 256, "num_heads": 2, "patch_size": [1, 2, 2], "model_type": "postcam"}
    assert PostCamConfig.from_mapping(values) == PostCamConfig(dim=256, num_heads=2)
