"""A random UMT5 encoder of a few dimensions with a tokenizer of letters, in the files that transformers writes."""

import string
from pathlib import Path

import torch
from transformers import T5TokenizerFast, UMT5Config, UMT5EncoderModel

from tests.oracles.tiny_models import randomized

WIDTH = 8


def save_tiny_text_encoder(
    folder: Path, *, tokenizer_folder: Path | None = None, vocab_size: int = 64
) -> None:
    """Write both, by default into one folder; the weights are always the same."""
    config = UMT5Config(vocab_size=vocab_size, d_model=WIDTH, d_kv=4, d_ff=16, num_layers=2, num_heads=2)
    with torch.device("meta"):
        network = UMT5EncoderModel(config)
    network.load_state_dict(randomized(network.state_dict()), assign=True)
    network.tie_weights()
    network.save_pretrained(folder)
    letters = [(letter, -3.0) for letter in string.ascii_lowercase + "&<.é"]
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *letters]
    T5TokenizerFast(vocab=vocabulary, extra_ids=0).save_pretrained(tokenizer_folder or folder)
