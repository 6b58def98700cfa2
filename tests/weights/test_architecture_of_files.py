import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from postcam_core.errors import CheckpointError, PostCamError
from postcam_core.weights import diffusers_names, load_transformer, other_architecture, summarize_checkpoint

_PLAIN_WAN = "plain Wan"


def _without_postcam(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: x for key, x in weights.items() if "cam" not in key and "projector" not in key}


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (None, _PLAIN_WAN),
        ("img_emb.proj.0.weight", "image-to-video"),
        ("vace_blocks.0.self_attn.q.weight", "VACE"),
        ("control_adapter.conv.weight", "Fun Camera"),
        ("blocks.0.cam_encoder.weight", "ReCamMaster"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
def test_relatives_of_wan_are_named(
    tmp_path: Path, weights: dict[str, Tensor], extra: str | None, words: str, prefix: str
) -> None:
    tensors = _without_postcam(weights) | ({extra: torch.zeros(1)} if extra else {})
    save_file({prefix + key: x for key, x in tensors.items()}, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match=words):
        load_transformer(tmp_path / "w.safetensors")


def test_image_to_video_in_diffusers_names(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    tensors = diffusers_names(_without_postcam(weights))
    tensors["condition_embedder.image_embedder.norm1.weight"] = torch.zeros(1)
    save_file(tensors, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match="image-to-video"):
        load_transformer(tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("decoder.middle.0.residual.0.gamma", "a video VAE"),
        ("encoder.block.0.layer.0.SelfAttention.q.weight", "T5"),
        ("blocks.0.attn.q.weight", "T5"),
        ("diffusion_model.blocks.0.self_attn.q.lora_A.weight", "LoRA"),
        ("transformer.wte.weight", "another model"),
    ],
)
def test_files_of_other_kinds_are_named(name: str, words: str) -> None:
    assert words in other_architecture({name, "something.else"})


def test_real_vae_and_text_encoder_classes_are_recognised() -> None:
    from diffusers import AutoencoderKLWan
    from transformers import UMT5Config, UMT5EncoderModel

    with torch.device("meta"):
        vae = AutoencoderKLWan(base_dim=8, z_dim=4)
        text = UMT5EncoderModel(
            UMT5Config(vocab_size=8, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
        )
    assert other_architecture(vae.state_dict()) == "a VAE"
    assert other_architecture(text.state_dict()) == "a T5 text encoder"


def _save(path: Path, weights: dict[str, Tensor], **stored: object) -> Path:
    save_file(weights, path, metadata={"config": json.dumps({"transformer": stored})})
    return path


def test_metadata_may_say_a_part_and_shapes_say_the_rest(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    path = _save(tmp_path / "w.safetensors", weights, num_heads=4, guide_rope="aligned", shift=3)
    settings = summarize_checkpoint(path).settings
    assert (settings.config.num_heads, settings.config.guide_rope) == (4, "aligned")
    assert (settings.config.dim, settings.config.ffn_dim, settings.config.num_layers) == (256, 64, 2)
    assert (settings.shift, settings.guide_scale) == (3, 0.25)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({"dim": 512}, "dim 256, as the tensors have, got 512"),
        ({"num_layers": 10**9}, "num_layers 2"),
        ({"num_heads": 2.0}, "num_heads = 2.0"),
        ({"num_heads": True}, "num_heads = True"),
        ({"eps": "small"}, "eps = 'small'"),
        ({"eps": 0}, "eps = 0"),
        ({"patch_size": [1, 2]}, "patch_size"),
        ({"guide_rope": "other"}, "guide_rope"),
        ({"guide_scale": 2.0}, "guide_scale"),
        ({"num_heads": 3}, "num_heads 3"),
    ],
)
def test_metadata_that_cannot_be_right_is_refused(
    tmp_path: Path, weights: dict[str, Tensor], stored: dict, message: str
) -> None:
    with pytest.raises(PostCamError, match=message):
        load_transformer(_save(tmp_path / "w.safetensors", weights, **stored))


def test_a_block_that_is_missing_is_not_overlooked(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    fewer = {key: x for key, x in weights.items() if not key.startswith("blocks.0.")}
    save_file(fewer, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match="blocks.0"):
        load_transformer(tmp_path / "w.safetensors")
