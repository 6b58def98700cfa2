"""A ComfyUI custom node for tests: geometry on core's own socket types, without the weights of core's own nodes."""

import torch


class GeometryPackets:
    """A slanted wall before a camera at rest, as Depth Anything 3 and MoGe would say it."""

    CATEGORY = "tests"
    RETURN_TYPES = ("DA3_GEOMETRY", "DA3_GEOMETRY", "MOGE_GEOMETRY")
    FUNCTION = "give"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"images": ("IMAGE",)}}

    def give(self, images):
        num_frames, height, width, _ = images.shape
        depth = torch.linspace(2, 6, height)[:, None].expand(num_frames, height, width).contiguous()
        mono = {"depth": depth, "image": images, "mode": "mono", "sky": torch.zeros_like(depth)}
        mono["sky"][:, :2] = 1.0
        K = torch.tensor([[450.0, 0, 252], [0, 450, 189], [0, 0, 1]]).repeat(1, num_frames, 1, 1)
        w2c = torch.eye(4)[:3].repeat(1, num_frames, 1, 1)
        multiview = {"depth": depth, "image": images, "mode": "multiview", "intrinsics": K, "extrinsics": w2c}
        mask = torch.ones_like(depth, dtype=torch.bool)
        mask[:, :2] = False
        shares = torch.tensor([[0.9, 0, 0.5], [0, 1.2, 0.5], [0, 0, 1]]).repeat(num_frames, 1, 1)
        moge = {"depth": depth.where(mask, torch.inf), "image": images, "intrinsics": shares, "mask": mask}
        return mono, multiview, moge


NODE_CLASS_MAPPINGS = {"GeometryPackets": GeometryPackets}
