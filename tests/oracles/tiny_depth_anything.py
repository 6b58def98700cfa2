"""A random Depth Anything 3 Small, as a file that ComfyUI's own loader recognises.

Run as a script beside ComfyUI's modules: ``python tiny_depth_anything.py COMFYUI FILE [full]``. The backbone has the
real width, by which core tells the sizes apart; the head is narrow, or ``full`` as released. Names and content are
those of the published files: prefixed, and the norm that four layers share stored once. What the network sees is
random, so the depth is no depth of anything.
"""

import sys
from pathlib import Path


def main(comfyui: str, file: str, head: str = "narrow") -> None:
    """Write the file."""
    sys.path[:0] = [comfyui]
    # ComfyUI reads the command line when it is imported.
    sys.argv = [sys.argv[0], "--cpu"]

    import comfy.options

    comfy.options.enable_args_parsing()

    import comfy.ops
    import torch
    from comfy.ldm.depth_anything_3.model import DepthAnything3Net
    from safetensors.torch import save_file

    network = DepthAnything3Net(
        backbone_name="vits",
        out_layers=(5, 7, 9, 11),
        alt_start=4,
        qknorm_start=4,
        rope_start=4,
        cat_token=True,
        head_type="dualdpt",
        head_dim_in=768,
        head_output_dim=2,
        head_features=64 if head == "full" else 16,
        head_out_channels=(48, 96, 192, 384) if head == "full" else (8, 8, 8, 8),
        has_cam_dec=True,
        device="cpu",
        dtype=torch.float32,
        operations=comfy.ops.disable_weight_init,
    )
    torch.manual_seed(0)
    tensors = {}
    for name, tensor in network.named_parameters():
        if tensor.ndim >= 2:
            tensors[name] = torch.randn(tensor.shape) * tensor[0].numel() ** -0.5
        else:
            tensors[name] = torch.zeros(tensor.shape) if name.endswith("bias") else torch.ones(tensor.shape)
    # A field of view of about one radian and a camera that moves a little.
    tensors["cam_dec.fc_fov.0.weight"] *= 0.01
    tensors["cam_dec.fc_fov.0.bias"] += 1.0
    tensors["cam_dec.fc_qvec.weight"] *= 0.1
    tensors["cam_dec.fc_qvec.bias"] += torch.tensor([0.0, 0.0, 0.0, 1.0])
    save_file({f"model.{name}": tensor.half() for name, tensor in tensors.items()}, Path(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
