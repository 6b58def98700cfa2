"""Where both halves meet: one recapture from request to video, and the networks around the transformer."""

from .clip_geometry import PROVIDERS, estimate_geometry, load_clip_geometry
from .latent_cameras import cameras_of, source_cameras, target_cameras
from .models import RecaptureModels, load_models
from .recapture import EncodedClip, Recapture
from .sampling_settings import SamplingSettings
from .sizes import propose_size
from .source_clip import SourceClip, load_source_clip
from .stages import StageCost, Stages
from .text_encoder import WanTextEncoder, load_text_encoder, text_encoder_sha256
from .wan_vae import WanVae, load_wan_vae
from .window_plan import planned_windows
from .write_recapture import write_recapture

__all__ = [
    "PROVIDERS",
    "EncodedClip",
    "Recapture",
    "RecaptureModels",
    "SamplingSettings",
    "SourceClip",
    "StageCost",
    "Stages",
    "WanTextEncoder",
    "WanVae",
    "cameras_of",
    "estimate_geometry",
    "load_clip_geometry",
    "load_models",
    "load_source_clip",
    "load_text_encoder",
    "load_wan_vae",
    "planned_windows",
    "propose_size",
    "source_cameras",
    "target_cameras",
    "text_encoder_sha256",
    "write_recapture",
]
