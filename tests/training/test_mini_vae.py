"""The mini VAE: its linear start, its file, and the training of its decoder."""

from dataclasses import replace

import pytest
import torch
from diffusers import AutoencoderKLWan
from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers

from postcam_core.errors import ShapeError, TrainingError
from postcam_core.pipeline import load_wan_vae
from postcam_core.synthetic import render_rig
from postcam_core.training.mini_vae import (
    DecoderTraining,
    fit_basis,
    linear_latents,
    linear_vae,
    save_vae,
    train_decoder,
)
from postcam_core.training.mini_vae.network import BASE_DIM
from postcam_core.training.mini_vae.original_names import original_names
from postcam_core.training.mini_vae.skeleton import decode_by_skeleton

NUM_FRAMES, HEIGHT, WIDTH = 9, 64, 96


def clips_of(seeds):
    rigs = (
        render_rig(seed, num_frames=NUM_FRAMES, num_cameras=2, height=HEIGHT, width=WIDTH) for seed in seeds
    )
    return [clip.video for rig in rigs for clip in rig]


@pytest.fixture(scope="module")
def seen():
    return clips_of(range(6))


@pytest.fixture(scope="module")
def unseen():
    return clips_of([1_000_000])[1]


@pytest.fixture(scope="module")
def vae(seen):
    return linear_vae(seen).eval()


def psnr(result, truth):
    return -10 * torch.log10((result - truth).square().mean() / 4).item()


@torch.no_grad()
def reconstructed(vae, clip):
    latents = vae.encode(clip.transpose(0, 1)[None]).latent_dist.mode()
    return vae.decode(latents).sample[0].transpose(0, 1)


def test_the_linear_start_reproduces_an_unseen_clip(vae, unseen):
    mean_colour = unseen.mean(dim=(0, 2, 3), keepdim=True).expand_as(unseen)
    assert psnr(reconstructed(vae, unseen), unseen) > psnr(mean_colour, unseen) + 5


def test_the_encoder_gives_the_principal_components(vae, seen, unseen):
    with torch.no_grad():
        encoded = vae.encode(unseen.transpose(0, 1)[None]).latent_dist.mode()[0]
    direct = linear_latents(fit_basis(seen), unseen)
    assert (encoded - direct).abs().max() < 0.05 * direct.std()
    assert 0.5 < direct.std() < 2


def test_the_names_are_those_that_diffusers_converts_back():
    tensors = AutoencoderKLWan(base_dim=8).state_dict()
    back = convert_wan_vae_to_diffusers(original_names(tensors))
    assert back.keys() == tensors.keys()
    assert all(back[name] is tensors[name] for name in tensors)


def test_the_file_gives_the_same_latents_and_frames(vae, unseen, tmp_path):
    save_vae(vae, tmp_path / "vae.safetensors", metadata={"made_by": "test"})
    loaded = load_wan_vae(tmp_path / "vae.safetensors")
    with torch.no_grad():
        latents = vae.encode(unseen.transpose(0, 1)[None]).latent_dist.mode()[0]
    # bfloat16 weights and arithmetic
    assert (loaded.encode(unseen) - latents).abs().mean() < 0.02
    assert psnr(loaded.decode(latents), reconstructed(vae, unseen)) > 38


def test_the_skeleton_is_the_decoder_while_its_blocks_are_silent(vae, unseen):
    with torch.no_grad():
        latents = vae.encode(unseen.transpose(0, 1)[None]).latent_dist.mode()
        by_skeleton = decode_by_skeleton(vae, latents).clamp(-1, 1)
        torch.testing.assert_close(by_skeleton, vae.decode(latents).sample, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("part", ["skeleton", "all"])
def test_a_stopped_decoder_training_goes_on_to_the_same_weights(vae, seen, tmp_path, part):
    settings = DecoderTraining(
        part=part, num_steps=4, batch_size=1, crop=4, num_latent_frames=2, checkpoint_every=1
    )

    def fresh():
        copy = AutoencoderKLWan(base_dim=BASE_DIM)
        copy.load_state_dict(vae.state_dict())
        return copy

    class Stop(Exception):
        pass

    def stop_after_two(done, total):
        if done == 2:
            raise Stop

    def clip(number):
        return seen[number % len(seen)]

    whole, halves, again = fresh(), fresh(), fresh()
    train_decoder(whole, clip, settings, tmp_path / "whole.pt")
    with pytest.raises(Stop):
        train_decoder(halves, clip, settings, tmp_path / "halves.pt", data="6 rigs", progress=stop_after_two)
    with pytest.raises(TrainingError, match="num_steps 4, got num_steps 5"):
        train_decoder(again, clip, replace(settings, num_steps=5), tmp_path / "halves.pt", data="6 rigs")
    with pytest.raises(TrainingError, match="data 6 rigs, got data others"):
        train_decoder(again, clip, settings, tmp_path / "halves.pt", data="others")
    train_decoder(again, clip, replace(settings, checkpoint_every=3), tmp_path / "halves.pt", data="6 rigs")
    ends = [network.state_dict() for network in (whole, again)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    changed = {
        name.partition(".")[0] for name, x in vae.state_dict().items() if not torch.equal(x, ends[0][name])
    }
    assert changed == {"decoder"}


def test_clips_that_are_too_short_or_do_not_divide_are_refused(vae, seen, tmp_path):
    with pytest.raises(ShapeError, match="1, 5, 9"):
        linear_vae([clip[:8] for clip in seen])
    with pytest.raises(TrainingError, match="at least 17 frames"):
        train_decoder(vae, lambda number: seen[0], DecoderTraining(), tmp_path / "vae.pt")
    vae.requires_grad_(False)
    with pytest.raises(TrainingError, match="crops and a learning rate above 0"):
        DecoderTraining(batch_size=0)
