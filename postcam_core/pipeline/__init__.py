"""Where both halves meet: frames become latents and latents become frames; captions become embeddings."""

from .text_encoder import WanTextEncoder, load_text_encoder, text_encoder_sha256
from .wan_vae import WanVae, load_wan_vae

__all__ = ["WanTextEncoder", "WanVae", "load_text_encoder", "load_wan_vae", "text_encoder_sha256"]
