"""Clips of any size and number of frames through conditioning, core's KSampler and PostCam Decode."""

from pathlib import Path

import comfy.sd
import comfy.utils
import pytest
import torch

import nodes as core_nodes

MINI = Path(__file__).parents[2] / "assets" / "mini"
# Multiples of nothing, landscape, portrait and square.
SIZES = [(6, 30, 42), (2, 36, 20), (1, 25, 25)]


@pytest.fixture(scope="module")
def vae():
    """The bundled mini VAE as core loads it."""
    return comfy.sd.VAE(comfy.utils.load_torch_file(str(MINI / "vae" / "postcam_mini_vae.safetensors")))


@pytest.fixture(scope="module")
def model():
    """The bundled mini model as core loads it."""
    return comfy.sd.load_diffusion_model(str(MINI / "diffusion_models" / "postcam_mini.safetensors"))


def _clip(num_frames: int, height: int, width: int) -> torch.Tensor:
    """A smooth picture that tells its corners and frames apart."""
    time, row, column = torch.meshgrid(
        *(torch.linspace(0, 1, n) for n in (num_frames, height, width)), indexing="ij"
    )
    return torch.stack([column, row, 0.5 + 0.3 * time - 0.3 * column], dim=-1)


@torch.no_grad()
def _condition(pack, vae, clip, **inputs):
    trajectory = pack.import_module(".postcam_core.trajectory")
    move = trajectory.preset_document("arc_left")
    return (
        pack.import_module(".nodes.conditioning")
        .PostCamConditioning.execute(
            vae=vae, source=clip, trajectory=trajectory.sample_trajectory(move, len(clip)), **inputs
        )
        .result
    )


@torch.no_grad()
def _decode(pack, vae, latent):
    return pack.import_module(".nodes.decode").PostCamDecode.execute(vae=vae, latent=latent).result[0]


def test_a_recapture_comes_back_at_the_clip_s_own_size(pack, model, vae) -> None:
    clip = _clip(*SIZES[0])
    positive, negative, latent = _condition(pack, vae, clip, guide=clip, model=model)
    settings = (model, 0, 1, 1.0, "euler", "simple", positive, negative, latent)
    sampled = core_nodes.KSampler().sample(*settings)[0]
    images = _decode(pack, vae, sampled)
    assert images.shape == clip.shape
    assert images.isfinite().all()


@pytest.mark.parametrize("size", SIZES)
def test_what_comes_back_is_the_clip_s_own_part(pack, backend, vae, size) -> None:
    clip = _clip(*size)
    positive, _, latent = _condition(pack, vae, clip)
    decoded = _decode(pack, vae, latent | {"samples": positive[0][1][backend.SOURCE]})
    assert (decoded - clip).abs().mean() < 0.1, "the same picture; half of it elsewhere would be off by 0.3"
    whole = core_nodes.VAEDecode().decode(vae, {"samples": positive[0][1][backend.SOURCE]})[0]
    assert whole.shape[0] % 4 == 1
    assert whole.shape[1] % 16 == whole.shape[2] % 16 == 0
    num_frames, height, width = size
    assert torch.equal(whole[:num_frames, :height, :width], decoded)


def test_the_guide_fits_without_a_rest(pack, backend, vae) -> None:
    """Source latents and guide latents cover the same picture: one is a whole fraction of the other."""
    clip = _clip(2, 80, 112)
    positive, _, latent = _condition(pack, vae, clip, guide=clip, guide_scale=0.25)
    values = positive[0][1]
    assert values[backend.SOURCE].shape == (1, 16, 2, 12, 16)
    assert values[backend.GUIDE].shape == (1, 16, 2, 3, 4)
    assert latent["postcam_crop"]["clip"] == {"num_frames": 2, "height": 80, "width": 112}


def test_poses_are_those_of_each_latent_frame_and_the_last_is_held(pack, backend, vae) -> None:
    clip = _clip(7, 32, 32)
    positive, _, _ = _condition(pack, vae, clip)
    trajectory = pack.import_module(".postcam_core.trajectory")
    path = trajectory.sample_trajectory(trajectory.preset_document("arc_left"), 7)
    w2c = torch.linalg.inv(path.c2w_in_model_units()[[0, 4, 6]]).float()
    torch.testing.assert_close(positive[0][1][backend.CAMERA][0], w2c)


def test_a_clip_that_fits_gets_no_note(pack, vae) -> None:
    _, _, latent = _condition(pack, vae, _clip(1, 64, 32))
    assert set(latent) == {"samples"}


def test_a_latent_without_a_note_is_decoded_as_core_does(pack, vae) -> None:
    latent = {"samples": torch.randn(2, 16, 1, 4, 6, generator=torch.manual_seed(0))}
    expected = core_nodes.VAEDecode().decode(vae, latent)[0]
    assert torch.equal(_decode(pack, vae, latent), expected)


def test_latents_of_another_size_than_noted_are_refused(pack, vae) -> None:
    _, _, latent = _condition(pack, vae, _clip(3, 40, 40))
    larger = core_nodes.LatentUpscaleBy().upscale({"samples": latent["samples"][:, :, 0]}, "bilinear", 2.0)
    with pytest.raises(ValueError, match="decoded latent: expected 5 frames of 48×48.*got 1 of 96×96"):
        _decode(pack, vae, latent | {"samples": larger[0]["samples"][:, :, None]})
