"""A recapture of real classes at a tiny size: random networks, a clip of noise, a bumpy wall."""

from dataclasses import replace

import torch

from postcam_core.media import Audio
from postcam_core.model import PostCamConfig
from postcam_core.pipeline import Recapture, RecaptureModels, SamplingSettings, SourceClip, cameras_of
from postcam_core.trajectory import preset_document, sample_trajectory
from postcam_core.weights import ModelSettings
from tests.oracles.small_geometry import small_geometry
from tests.oracles.tiny_transformer import tiny_transformer
from tests.oracles.tiny_wan_vae import tiny_wan_vae

_CONFIG = PostCamConfig(dim=48, ffn_dim=64, num_heads=2, num_layers=2, text_dim=20, freq_dim=16)


def tiny_recapture_models(*, guide_scale: float = 1.0, guide_rope: str = "aligned") -> RecaptureModels:
    """Random weights in float32, always the same."""
    config = replace(_CONFIG, guide_rope=guide_rope)
    return RecaptureModels(
        transformer=tiny_transformer(config, torch.float32),
        settings=ModelSettings(config=config, guide_scale=guide_scale, shift=3.0),
        vae=tiny_wan_vae(),
    )


def tiny_clip(num_frames: int, height: int, width: int, *, sound_s: float | None = None) -> SourceClip:
    """Noise, smooth enough for a video codec; with a tone if a duration is given."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(num_frames, 3, 3, 3, generator=generator)
    frames = torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")
    audio = None
    if sound_s is not None:
        time_s = torch.arange(round(48000 * sound_s)) / 48000
        audio = Audio(waveform=0.3 * torch.sin(2000 * time_s)[None], sample_rate=48000)
    return SourceClip(
        frames=(frames * 255).byte().permute(0, 2, 3, 1).contiguous(), frame_rate=10.0, audio=audio
    )


def tiny_recapture(
    num_frames: int = 9,
    height: int = 32,
    width: int = 48,
    *,
    document=None,
    num_target: int | None = None,
    guide_scale: float = 1.0,
    guide_rope: str = "aligned",
    sound_s: float | None = None,
    **settings,
) -> Recapture:
    """One step of a preset's move unless told otherwise."""
    clip, geometry = (
        tiny_clip(num_frames, height, width, sound_s=sound_s),
        small_geometry(num_frames, height, width),
    )
    models = tiny_recapture_models(guide_scale=guide_scale, guide_rope=guide_rope)
    trajectory = sample_trajectory(
        document or preset_document("arc_left"), num_target or num_frames, source=cameras_of(geometry)
    )
    chosen = SamplingSettings.for_model(models, num_steps=1)
    return Recapture(clip, geometry, trajectory, models, replace(chosen, **settings))
