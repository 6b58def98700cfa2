"""A small Wan VAE that starts as the best linear one and is trained from there."""

from .decoder_training import DecoderTraining, train_decoder
from .linear_encoder import LinearBasis, fit_basis, linear_latents
from .network import linear_vae, save_vae

__all__ = [
    "DecoderTraining",
    "LinearBasis",
    "fit_basis",
    "linear_latents",
    "linear_vae",
    "save_vae",
    "train_decoder",
]
