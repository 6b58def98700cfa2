"""Where both halves meet: frames become latents and latents become frames."""

from .wan_vae import WanVae, load_wan_vae

__all__ = ["WanVae", "load_wan_vae"]
