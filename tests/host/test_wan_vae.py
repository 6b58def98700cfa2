"""The VAE outside ComfyUI gives what core's own VAE gives for the same file."""

import subprocess
import sys
from pathlib import Path

import comfy.latent_formats
import comfy.sd
import comfy.utils
import torch

ROOT = Path(__file__).parents[2]


def test_latents_and_frames_equal_core_s(tmp_path, pack) -> None:
    script = ROOT / "tests" / "oracles" / "tiny_models.py"
    command = [sys.executable, script, ROOT / ".comfyui" / "current", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    path = tmp_path / "vae" / "wan_2.1_vae.safetensors"
    core = comfy.sd.VAE(sd=comfy.utils.load_torch_file(str(path)), dtype=torch.float32)
    own = pack.import_module(".postcam_core.pipeline").load_wan_vae(path, dtype=torch.float32)
    video = torch.rand(9, 3, 32, 48, generator=torch.Generator().manual_seed(0)) * 2 - 1

    latents, scale = own.encode(video), comfy.latent_formats.Wan21()
    of_core = core.encode((video.movedim(1, -1) + 1) / 2)
    torch.testing.assert_close(scale.process_in(of_core)[0], latents, atol=1e-4, rtol=1e-4)

    frames = core.decode(scale.process_out(latents[None]))[0].movedim(-1, 1) * 2 - 1
    torch.testing.assert_close(frames, own.decode(latents), atol=1e-4, rtol=1e-4)
