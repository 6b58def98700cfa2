"""One recapture: a clip, its geometry and a new camera → the clip as that camera would have seen it.

Nothing but the source's bytes, the depth maps and the latents is held for the whole clip: the guide is rendered,
encoded and let go piece by piece, the model sees one window at a time, and the result is decoded piece by piece.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import GeometryError, TrajectoryError
from ..geometry import SceneGeometry
from ..progress import ProgressFn, no_progress
from ..sampling import denoise
from ..trajectory import Trajectory
from ..warp import SceneGuideRenderer, shrink_guide
from .latent_cameras import source_cameras, target_cameras
from .models import RecaptureModels
from .sampling_settings import SamplingSettings
from .sizes import crop, pad_frames, padded_num_frames, padding_for
from .source_clip import SourceClip
from .wan_vae import SPATIAL_REDUCTION, TEMPORAL_REDUCTION
from .window_memory import check_window_fits, free_bytes, window_bytes

_PIECE = 8  # frames: enough for all cores to render at once, and 40 MB at 480×832


@dataclass(frozen=True, kw_only=True, eq=False)
class RecaptureLatents:
    """What the model is told of source and guide.

    Attributes:
        source: The frames that the trajectory shows, encoded.
        guide: The guide, encoded.
    """

    source: Float[Tensor, "16 latent h w"]
    guide: Float[Tensor, "16 latent guide_h guide_w"]
