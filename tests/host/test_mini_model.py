"""The bundled mini model through core's own loaders, and what the nodes make of its settings."""

import copy

import comfy.model_patcher
import folder_paths
import pytest
import torch

import nodes as core_nodes

MODEL, VAE = "postcam_mini.safetensors", "postcam_mini_vae.safetensors"
HEIGHT, WIDTH, NUM_FRAMES = 64, 96, 1


@pytest.fixture
def folders(pack, monkeypatch: pytest.MonkeyPatch):
    """The pack's module, beside model folders that are put back afterwards."""
    known = copy.deepcopy(folder_paths.folder_names_and_paths)
    monkeypatch.setattr(folder_paths, "folder_names_and_paths", known)
    monkeypatch.setattr(folder_paths, "filename_list_cache", {})
    return pack.import_module(".nodes.backend.folders")


@pytest.fixture
def mini_model(folders):
    folders.offer_mini_models()
    return core_nodes.UNETLoader().load_unet(MODEL, "default")[0]


@pytest.fixture
def mini_vae(folders):
    folders.offer_mini_models()
    return core_nodes.VAELoader().load_vae(VAE)[0]


def test_a_copy_without_the_bundled_models_lists_none(folders, tmp_path) -> None:
    before = {kind: folder_paths.get_filename_list(kind) for kind in ("diffusion_models", "vae")}
    folders.offer_mini_models(tmp_path / "nothing")
    assert {kind: folder_paths.get_filename_list(kind) for kind in before} == before


def test_offering_them_twice_lists_them_once(folders) -> None:
    folders.offer_mini_models()
    folders.offer_mini_models()
    assert folder_paths.get_filename_list("diffusion_models").count(MODEL) == 1
    assert folder_paths.get_filename_list("vae").count(VAE) == 1
    assert str(folder_paths.get_folder_paths("vae")[0]).endswith("models/vae"), "others save into the first"


@torch.no_grad()
def _condition(pack, vae, **inputs):
    """What PostCamConditioning makes of a grey clip and a camera that stands still."""
    trajectory = pack.import_module(".postcam_core.trajectory")
    still = trajectory.build_document({"kind": "preset", "name": "static"})
    grey = torch.full((NUM_FRAMES, HEIGHT, WIDTH, 3), 0.5)
    return (
        pack.import_module(".nodes.conditioning")
        .PostCamConditioning.execute(
            vae=vae,
            source=grey,
            guide=grey,
            trajectory=trajectory.sample_trajectory(still, NUM_FRAMES),
            **inputs,
        )
        .result
    )


def test_a_connected_model_decides_the_size_of_the_guide(pack, backend, mini_model, mini_vae) -> None:
    for inputs, height, width in (({}, 2, 3), ({"model": mini_model, "guide_scale": 0.25}, 8, 12)):
        positive, _, _ = _condition(pack, mini_vae, **inputs)
        assert positive[0][1][backend.GUIDE].shape == (1, 16, 1, height, width)


def test_a_model_of_another_kind_is_refused(pack, mini_vae) -> None:
    other = comfy.model_patcher.ModelPatcher(torch.nn.Linear(1, 1), "cpu", "cpu")
    with pytest.raises(ValueError, match="expected a PostCam model"):
        _condition(pack, mini_vae, model=other)


def test_text_of_another_encoder_is_refused_by_name(pack, mini_model, mini_vae) -> None:
    umt5 = [[torch.zeros(1, 7, 4096), {}]]
    positive, negative, latent = _condition(pack, mini_vae, model=mini_model, positive=umt5, negative=umt5)
    sampler = pack.import_module(".nodes.sampler").PostCamSampler
    with pytest.raises(ValueError, match="text: expected 256 numbers per word.*got 4096"):
        sampler.execute(
            model=mini_model,
            positive=positive,
            negative=negative,
            latent=latent,
            seed=0,
            steps=1,
            cfg=1.0,
            shift=3.0,
            solver="euler",
        )
