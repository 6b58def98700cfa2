"""Bad input to the model's nodes through the real server: refused on the right node, with what to do."""

from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from postcam_core.media import write_video
from scripts.host import ComfyHost, HostError


def _recapture(**changes: dict[str, Any]) -> dict:
    """The whole way from clip to picture at tiny size, with changed inputs by node."""
    prompt = {
        "load": {
            "class_type": "PostCamLoadVideo",
            "inputs": {
                **{"file": "postcam_sample.mp4", "width": 96, "height": 64, "num_frames": 5},
                **{"fit": "cover", "selection": "uniform", "start_s": 0.0},
            },
        },
        "geometry": {
            "class_type": "PostCamGeometry",
            "inputs": {
                **{"images": ["load", 0], "provider": "ground_plane", "provider.fov_deg": 55.0},
                **{"provider.horizon": 0.4, "provider.camera_height": 1.6, "provider.wall_distance": 10.0},
            },
        },
        "trajectory": {
            "class_type": "PostCamTrajectory",
            "inputs": {"preset": "arc_left", "amount": 1.0, "num_frames": 5, "trajectory": ""},
        },
        "guide": {
            "class_type": "PostCamGuide",
            "inputs": {
                **{"images": ["load", 0], "geometry": ["geometry", 0], "trajectory": ["trajectory", 0]},
                "nearest_depth": "robust",
            },
        },
        "model": {
            "class_type": "PostCamLoadModel",
            "inputs": {"model_name": "postcam.ckpt", "weight_dtype": "default"},
        },
        "vae": {"class_type": "VAELoader", "inputs": {"vae_name": "wan_2.1_vae.safetensors"}},
        "conditioning": {
            "class_type": "PostCamConditioning",
            "inputs": {
                "guide_scale": 0.25,
                "vae": ["vae", 0],
                "source": ["load", 0],
                "trajectory": ["trajectory", 0],
                "guide": ["guide", 0],
            },
        },
        "sample": {
            "class_type": "PostCamSampler",
            "inputs": {
                **{"seed": 0, "steps": 1, "cfg": 1.0, "shift": 5.0, "solver": "euler"},
                **{"model": ["model", 0], "positive": ["conditioning", 0], "negative": ["conditioning", 1]},
                "latent": ["conditioning", 2],
            },
        },
        "decode": {"class_type": "VAEDecode", "inputs": {"samples": ["sample", 0], "vae": ["vae", 0]}},
        "show": {"class_type": "PreviewImage", "inputs": {"images": ["decode", 0]}},
    }
    for node, inputs in changes.items():
        prompt[node]["inputs"] |= inputs
    return prompt


BAD_RECAPTURES = {
    "plain Wan": ({"model": {"model_name": "wan.safetensors"}}, "PostCamLoadModel", "plain Wan"),
    "truncated checkpoint": (
        {"model": {"model_name": "truncated.ckpt"}},
        "PostCamLoadModel",
        "truncated.ckpt",
    ),
    "missing keys": (
        {"model": {"model_name": "missing.ckpt"}},
        "PostCamLoadModel",
        "1 missing (blocks.1.projector",
    ),
    "surplus keys": ({"model": {"model_name": "surplus.ckpt"}}, "PostCamLoadModel", "1 unexpected (more"),
    "image VAE": ({"vae": {"vae_name": "image_vae.safetensors"}}, "PostCamConditioning", "16 channels"),
    "guide of another clip": (
        {"conditioning": {"guide": ["other", 0]}},
        "PostCamConditioning",
        "5 frames of 96×64",
    ),
    "trajectory of another length": (
        {"conditioning": {"trajectory": ["longer", 0]}},
        "PostCamConditioning",
        "num_frames",
    ),
    "latents of another size": ({"sample": {"latent": ["empty", 0]}}, "PostCamSampler", "latents to sample"),
}
_MORE_NODES = {
    "other": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 48, "batch_size": 3, "color": 0}},
    "longer": {
        "class_type": "PostCamTrajectory",
        "inputs": {"preset": "static", "amount": 1.0, "num_frames": 9, "trajectory": ""},
    },
    "empty": {
        "class_type": "EmptyHunyuanLatentVideo",
        "inputs": {"width": 64, "height": 64, "length": 5, "batch_size": 1},
    },
}


@pytest.fixture(scope="module")
def broken_models(comfy: ComfyHost) -> None:
    """Checkpoints that are not what they should be, beside the good ones."""
    folder = comfy.base / "models" / "diffusion_models"
    good = folder / "postcam.ckpt"
    tensors = torch.load(good, weights_only=True)
    (folder / "truncated.ckpt").write_bytes(good.read_bytes()[:-1000])
    torch.save(
        {k: v for k, v in tensors.items() if k != "blocks.1.projector.weight"}, folder / "missing.ckpt"
    )
    torch.save({**tensors, "more.weight": torch.zeros(2)}, folder / "surplus.ckpt")
    plain = {k: v for k, v in tensors.items() if not any(w in k for w in ("cam", "projector"))}
    save_file(plain, folder / "wan.safetensors")


@pytest.mark.parametrize("case", BAD_RECAPTURES)
def test_bad_recapture_is_refused_on_its_node(comfy: ComfyHost, broken_models: None, case: str) -> None:
    changes, node, words = BAD_RECAPTURES[case]
    with pytest.raises(HostError) as caught:
        comfy.run(_recapture(**changes) | _MORE_NODES)
    message = str(caught.value)
    assert message.startswith(node)
    assert words in message
    assert "expected" in message
    assert "got" in message


def test_a_good_recapture_passes(comfy: ComfyHost) -> None:
    assert len(comfy.run(_recapture())["show"]["images"]) == 5


def test_a_whole_clip_in_its_own_shape_and_number_passes(comfy: ComfyHost) -> None:
    """A portrait clip of 6 frames: neither its size nor its number need be chosen."""
    tall = torch.linspace(-1, 1, 108)[:, None].expand(6, 3, 108, 60)
    write_video(comfy.base / "input" / "tall.mp4", tall, frame_rate=8)
    prompt = _recapture(
        load={"file": "tall.mp4", "num_frames": 0, "fit": "keep shape", "selection": "true rate"},
        trajectory={"num_frames": ["load", 3]},
    )
    prompt["decode"] = {
        "class_type": "PostCamDecode",
        "inputs": {"vae": ["vae", 0], "latent": ["sample", 0]},
    }
    prompt["sample"]["class_type"] = "KSampler"
    sampler = prompt["sample"]["inputs"]
    sampler |= {"sampler_name": "euler", "scheduler": "simple", "denoise": 1.0}
    sampler["latent_image"] = sampler.pop("latent")
    shown = comfy.run(prompt)["show"]["images"]
    assert len(shown) == 6
    with Image.open(comfy.base / "temp" / shown[0]["filename"]) as picture:
        assert picture.size == (64, 96)
