"""The text encoder: what diffusers' Wan pipeline makes of a caption, and folders that are none."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, UMT5EncoderModel

from postcam_core.errors import CheckpointError
from postcam_core.pipeline import WanTextEncoder, load_text_encoder, text_encoder_sha256
from tests.oracles.tiny_text_encoder import WIDTH, save_tiny_text_encoder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As Wan 2.1 is published for diffusers."""
    folder = tmp_path_factory.mktemp("wan")
    save_tiny_text_encoder(folder / "text_encoder", tokenizer_folder=folder / "tokenizer")
    return folder


@pytest.fixture(scope="module")
def encoder(folder: Path) -> WanTextEncoder:
    return load_text_encoder(folder, dtype=torch.float32)


def test_padding_is_zero_and_does_not_change_the_words(folder: Path, encoder: WanTextEncoder) -> None:
    embeddings = encoder.encode("a cat")
    assert embeddings.shape == (512, WIDTH) and embeddings.dtype == torch.float32
    # Two words of letters, each begun by a token of its own, and the end.
    assert embeddings.any(dim=1).tolist() == [True] * 7 + [False] * 505
    network = UMT5EncoderModel.from_pretrained(folder / "text_encoder").eval()
    words = AutoTokenizer.from_pretrained(folder / "tokenizer")("a cat", return_tensors="pt")
    with torch.no_grad():
        unpadded = network(words.input_ids).last_hidden_state[0]
    torch.testing.assert_close(embeddings[:7], unpadded)


def test_a_text_gives_the_same_whatever_its_white_space_and_wherever_it_is_encoded(
    encoder: WanTextEncoder,
) -> None:
    embeddings = encoder.encode("a cat & dog")
    assert torch.equal(encoder.encode(" a\tcat \n &amp;amp; dog "), embeddings)
    assert not torch.equal(encoder.encode("a dog & cat"), embeddings)
    # As it reaches the processes that share the scenes.
    assert torch.equal(pickle.loads(pickle.dumps(encoder.encode))("a cat & dog"), embeddings)  # noqa: S301


@pytest.mark.parametrize("caption", ["", " a  street &lt; café, at night ", "far too long. " * 100])
def test_diffusers_makes_the_same_of_it(caption: str, folder: Path, encoder: WanTextEncoder) -> None:
    from diffusers import WanPipeline

    pipeline = WanPipeline(
        tokenizer=AutoTokenizer.from_pretrained(folder / "tokenizer"),
        text_encoder=UMT5EncoderModel.from_pretrained(folder / "text_encoder").eval(),
        vae=None,
        scheduler=None,
    )
    with torch.no_grad():
        expected, _ = pipeline.encode_prompt(
            caption, do_classifier_free_guidance=False, max_sequence_length=512, device="cpu"
        )
    assert torch.equal(encoder.encode(caption), expected[0])


def test_one_folder_may_hold_both(folder: Path, encoder: WanTextEncoder, tmp_path: Path) -> None:
    save_tiny_text_encoder(tmp_path)
    both = load_text_encoder(tmp_path)
    difference = both.encode("a cat") - encoder.encode("a cat")
    # The default computes in bfloat16.
    assert 0 < difference.abs().max() < 0.1
    assert text_encoder_sha256(tmp_path) == text_encoder_sha256(folder)
    save_tiny_text_encoder(tmp_path, vocab_size=65)
    assert text_encoder_sha256(tmp_path) != text_encoder_sha256(folder)


def test_folders_that_are_none(tmp_path: Path) -> None:
    def refused(got: str) -> None:
        with pytest.raises(CheckpointError, match=f"expected a folder with a UMT5 text encoder.*got {got}"):
            load_text_encoder(tmp_path)

    refused("no config.json with model")
    with pytest.raises(CheckpointError, match=r"got no config\.json"):
        text_encoder_sha256(tmp_path / "missing")
    save_tiny_text_encoder(tmp_path, vocab_size=20)
    refused("a tokenizer of 34 words for a model of 20")
    (tmp_path / "tokenizer.json").rename(tmp_path / "words.json")
    refused("no tokenizer.json")
    (tmp_path / "words.json").rename(tmp_path / "tokenizer.json")

    config = json.loads((tmp_path / "config.json").read_text())
    for change, got in (
        ({"num_layers": 3}, "weights without .*encoder.block.2"),
        ({"d_ff": 12}, "RuntimeError: .*"),
        ({"model_type": "t5"}, "a model of the type 't5'"),
        ({"model_type": "of mine"}, "ValueError: .*of mine"),
    ):
        (tmp_path / "config.json").write_text(json.dumps(config | change))
        refused(got)
    (tmp_path / "config.json").write_text("{")
    refused("OSError: .*config.json")
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    refused("SafetensorError: ")
