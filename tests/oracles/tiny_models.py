"""Tiny model files that ComfyUI's own loaders read: random PostCam and Wan checkpoints and VAEs.

Run as a script beside ComfyUI's modules: ``python tiny_models.py COMFYUI MODELS``.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def randomized(shapes: dict) -> dict:
    """Random tensors, scaled by the fan-in so that signals neither die nor explode on their way."""
    import torch

    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for name, tensor in shapes.items():
        if tensor.ndim >= 2:
            tensors[name] = torch.randn(tensor.shape, generator=generator) * tensor[0].numel() ** -0.5
        else:
            is_gain = name.endswith("gamma") or ("norm" in name and name.endswith("weight"))
            tensors[name] = torch.full(tensor.shape, 1.0 if is_gain else 0.0)
    return tensors


def main(comfyui: str, models: str) -> None:
    """Write the files under the names that the workflows ask for."""
    sys.path[:0] = [comfyui]
    sys.path.append(str(ROOT))
    # ComfyUI reads the command line when it is imported.
    sys.argv = [sys.argv[0], "--cpu"]

    import comfy.options

    comfy.options.enable_args_parsing()

    import comfy.ldm.wan.vae
    import comfy.taesd.taesd
    import torch
    from safetensors.torch import save_file

    from postcam_core.model import PostCamConfig, PostCamTransformer

    folder = Path(models)
    for name in ("diffusion_models", "vae"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    # A width of one head of 128: without metadata the number of heads follows from the width.
    config = PostCamConfig(dim=128, ffn_dim=128, num_heads=1, num_layers=2, text_dim=32, freq_dim=256)
    transformer = PostCamTransformer(config)
    # Flat and with weights alone, as the released file.
    torch.save(randomized(transformer.state_dict()), folder / "diffusion_models" / "postcam.ckpt")
    vae = comfy.ldm.wan.vae.WanVAE(
        dim=8,
        z_dim=16,
        dim_mult=[1, 2, 4, 4],
        num_res_blocks=2,
        attn_scales=[],
        temperal_downsample=[False, True, True],
    )
    save_file(randomized(vae.state_dict()), folder / "vae" / "wan_2.1_vae.safetensors")
    # One that is no video VAE, to be refused.
    images = comfy.taesd.taesd.TAESD()
    save_file(randomized(images.state_dict()), folder / "vae" / "image_vae.safetensors")
    for name, model in wan_models().items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        save_file(randomized(model.state_dict()), path)


def wan_models() -> dict:
    """Core's own networks that a guide can be given to, under the names of the files that users have."""
    import comfy.ops
    from comfy.ldm.wan.model import VaceWanModel, WanModel
    from comfy.ldm.wan.uni3c import WanUni3CControlnet

    size = {
        "dim": 128,
        "ffn_dim": 64,
        "num_heads": 1,
        "num_layers": 2,
        "operations": comfy.ops.disable_weight_init,
    }
    of_wan = {"conv_out_dim": 128, "time_embed_dim": 128, "out_proj_dim": 128}
    return {
        "diffusion_models/wan2.1_vace_1.3B_fp16.safetensors": VaceWanModel(
            vace_layers=1, vace_in_dim=96, **size
        ),
        "diffusion_models/wan2.1_i2v_720p_14B_fp8_e4m3fn.safetensors": WanModel(
            model_type="i2v", in_dim=36, **size
        ),
        "model_patches/Wan21_Uni3C_controlnet_fp16.safetensors": WanUni3CControlnet(
            mid_channels=16, **size | of_wan | {"dim": 256, "num_heads": 16}
        ),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
