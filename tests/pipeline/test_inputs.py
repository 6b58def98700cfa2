"""What a recapture starts from: clips, their geometry, and networks."""

from dataclasses import replace

import pytest
import torch

from postcam_core.errors import CheckpointError, GeometryError, MediaError
from postcam_core.geometry import save_npz
from postcam_core.media import load_clip, uniform_indices, video_from_uint8
from postcam_core.model import PostCamConfig, PostCamTransformer
from postcam_core.pipeline import (
    RecaptureModels,
    SamplingSettings,
    estimate_geometry,
    load_clip_geometry,
    load_models,
    load_source_clip,
)
from postcam_core.pipeline.models import MINI_TRANSFORMER, MINI_VAE
from postcam_core.weights import ModelSettings
from tests.oracles.clips import indices_of, write_clip
from tests.oracles.small_geometry import small_geometry
from tests.oracles.tiny_recapture import tiny_clip
from tests.oracles.tiny_text_encoder import save_tiny_text_encoder
from tests.oracles.tiny_wan_vae import tiny_wan_vae


@pytest.mark.parametrize("selection", ["true_rate", "uniform"])
@pytest.mark.parametrize("num_frames", [5, None, 14])
def test_a_clip_in_bytes_is_the_loaded_clip_rounded(tmp_path, selection: str, num_frames: int | None) -> None:
    path = write_clip(tmp_path / "clip.mp4", num_frames=12, width=64, height=48)
    settings = {"width": 40, "height": 24, "num_frames": num_frames, "selection": selection}
    clip, loaded = load_source_clip(path, **settings), load_clip(path, **settings)
    assert clip.frames.shape == (num_frames or 12, 24, 40, 3)
    assert (clip.indices, clip.frame_rate) == (loaded.indices, loaded.frame_rate)
    assert (video_from_uint8(clip.frames) - loaded.video).abs().max() <= 1 / 255 + 1e-6
    assert clip.frame_at(3).equal(video_from_uint8(clip.frames)[3])


def test_all_frames_are_the_default(tmp_path) -> None:
    clip = load_source_clip(write_clip(tmp_path / "clip.mp4", num_frames=7), width=64, height=48)
    assert indices_of(clip.frames.numpy()) == list(range(7))


def test_frames_spread_over_days_are_refused_when_the_clip_is_read(tmp_path) -> None:
    path = write_clip(tmp_path / "clip.mp4", num_frames=12, times_ms=[10_000_000 * i for i in range(12)])
    with pytest.raises(MediaError, match="frame rate: expected 0.001 to 1000.*choose more"):
        load_source_clip(path, width=64, height=48, num_frames=5, selection="uniform")


def test_geometry_of_the_whole_file_is_chosen_like_the_frames(tmp_path) -> None:
    path = write_clip(tmp_path / "clip.mp4", num_frames=12)
    geometry = small_geometry(12, 24, 32, confidence=True)
    save_npz(tmp_path / "g.npz", geometry)
    clip = load_source_clip(path, width=32, height=24, num_frames=5, selection="uniform")
    found = load_clip_geometry(tmp_path / "g.npz", clip)
    assert found.w2c.equal(geometry.w2c[uniform_indices(12, 5)]) and found.confidence is None
    torch.testing.assert_close(found.depth, geometry.depth[uniform_indices(12, 5)], rtol=2e-4, atol=0)


def test_geometry_that_could_be_of_the_file_or_of_the_clip_says_what_it_is_taken_as(tmp_path) -> None:
    """All frames of a variable rate: as many as the file has, and yet others."""
    times_ms = [40 * index for index in range(8)] + [320 + 120 * index for index in range(4)]
    path = write_clip(tmp_path / "clip.mp4", num_frames=12, times_ms=times_ms)
    geometry = replace(small_geometry(12, 24, 32), notes=())
    save_npz(tmp_path / "g.npz", geometry)
    clip = load_source_clip(path, width=32, height=24)
    assert len(clip) == clip.num_file_frames == 12 and clip.indices != tuple(range(12))
    found = load_clip_geometry(tmp_path / "g.npz", clip)
    torch.testing.assert_close(found.depth, geometry.depth, rtol=2e-4, atol=0)
    (note,) = found.notes
    furthest = max(abs(shown - index) for index, shown in enumerate(clip.indices))
    assert (
        "12 depth maps are taken as of the frames that are used" in note
        and f"up to {furthest} frames" in note
    )
    plain = load_source_clip(write_clip(tmp_path / "plain.mp4", num_frames=12), width=32, height=24)
    assert load_clip_geometry(tmp_path / "g.npz", plain).notes == ()


def test_geometry_comes_to_the_size_of_the_clip(tmp_path) -> None:
    save_npz(tmp_path / "g.npz", small_geometry(4, 24, 32))
    found = load_clip_geometry(tmp_path / "g.npz", tiny_clip(4, 48, 48))
    assert found.depth.shape == (4, 48, 48)
    with pytest.raises(GeometryError, match="expected 3 depth maps.*got 4"):
        load_clip_geometry(tmp_path / "g.npz", tiny_clip(3, 24, 32))


@pytest.mark.parametrize("provider", ["parallax", "ground_plane"])
def test_providers_give_geometry_of_the_clip_s_frames(provider: str) -> None:
    geometry = estimate_geometry(tiny_clip(2, 64, 96), provider)
    assert geometry.depth.shape == (2, 64, 96) and geometry.confidence is None
    assert geometry.provider == provider and geometry.notes


def test_settings_are_the_model_s_own() -> None:
    def models(**sizes: int) -> RecaptureModels:
        config = PostCamConfig(**sizes)
        with torch.device("meta"):
            transformer = PostCamTransformer(PostCamConfig(dim=48, ffn_dim=8, num_heads=2, num_layers=1))
        shift = 5.0 if config == PostCamConfig() else 3.0
        settings = ModelSettings(config=config, shift=shift)
        return RecaptureModels(transformer=transformer, settings=settings, vae=tiny_wan_vae())

    def numbers(settings: SamplingSettings) -> tuple:
        return settings.num_steps, settings.shift, settings.cfg_scale

    released, mini = models(), models(dim=256, ffn_dim=1024, num_heads=2, num_layers=8, text_dim=256)
    assert numbers(SamplingSettings.for_model(released)) == (50, 5.0, 5.0)
    assert numbers(SamplingSettings.for_model(mini)) == (1, 3.0, 1.0)
    changed = SamplingSettings.for_model(mini, num_steps=8, shift=None, seed=3)
    assert numbers(changed) == (8, 3.0, 1.0) and changed.seed == 3


def test_the_bundled_models_are_the_default() -> None:
    models = load_models()
    assert models.is_small and models.settings.guide_scale == 1.0 and models.area == 96 * 160
    assert models.transformer.dtype == torch.bfloat16
    assert models.embed("").shape == (1, 1, 256) and not models.embed("").any()


def test_models_that_are_missing_or_do_not_belong_together(tmp_path) -> None:
    with pytest.raises(CheckpointError, match="got only the transformer.*postcam_mini_vae"):
        load_models(MINI_TRANSFORMER)
    with pytest.raises(CheckpointError, match="got only the VAE"):
        load_models(vae_path=MINI_VAE)
    with pytest.raises(CheckpointError, match="no file"):
        load_models(tmp_path / "none.safetensors", MINI_VAE)
    with pytest.raises(CheckpointError, match="none.safetensors"):
        load_models(MINI_TRANSFORMER, tmp_path / "none.safetensors")
    with pytest.raises(CheckpointError, match="video VAE"):
        load_models(MINI_VAE, MINI_TRANSFORMER)


def test_text_of_another_width_is_refused(tmp_path) -> None:
    save_tiny_text_encoder(tmp_path)
    with pytest.raises(CheckpointError, match="text encoder of 256 numbers per word.*got 8"):
        load_models(text_encoder=tmp_path)
