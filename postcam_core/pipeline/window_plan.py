"""The windows of a recapture, refused before any work is done where model or memory cannot take them."""

from ..model.positions import TokenGrid, guide_ids
from ..sampling import LatentWindow, latent_frames, plan_windows
from .models import RecaptureModels
from .sampling_settings import SamplingSettings
from .sizes import padded_num_frames, padding_for
from .wan_vae import SPATIAL_REDUCTION, TEMPORAL_REDUCTION
from .window_memory import check_window_fits, free_bytes, window_bytes


def planned_windows(
    models: RecaptureModels, settings: SamplingSettings, *, num_frames: int, width: int, height: int
) -> tuple[LatentWindow, ...]:
    """In which windows a result is sampled. Needs no frame of it.

    Args:
        models: The networks.
        settings: Of the sampling.
        num_frames: Frames of the result.
        width: Of the clip, not padded.
        height: Of the clip, not padded.

    Returns:
        Windows of latent frames.

    Raises:
        ShapeError: If a window does not fit into the memory that is free, windows cannot be planned so, or the
            model has no guide positions for this size.
    """
    windows = plan_windows(
        latent_frames(padded_num_frames(num_frames)),
        length=latent_frames(settings.window_frames),
        overlap=settings.overlap_frames // TEMPORAL_REDUCTION,
    )
    longest = max(window.stop - window.start for window in windows)
    config, scale = models.settings.config, models.settings.guide_scale
    right, bottom = padding_for(width, height, scale)
    latent_size, guide_size = (
        (
            longest,
            int((height + bottom) * factor) // SPATIAL_REDUCTION,
            int((width + right) * factor) // SPATIAL_REDUCTION,
        )
        for factor in (1.0, scale)
    )
    grid, guide_grid = (TokenGrid.of_size(size, config.patch_size) for size in (latent_size, guide_size))
    ratio = (latent_size[1] / guide_size[1], latent_size[2] / guide_size[2])
    guide_ids(guide_grid, grid, config.guide_rope, latents_ratio=ratio)
    num_branches = 1 if models.text is None or settings.cfg_scale == 1 else 2
    need = window_bytes(
        config,
        num_tokens=2 * num_branches * grid.num_tokens + guide_grid.num_tokens,
        dtype=models.transformer.dtype,
    )
    check_window_fits(need, num_latent_frames=longest, free_bytes=free_bytes(models.device))
    return windows
