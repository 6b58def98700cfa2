"""A node for ComfyUI that stands in for a text encoder of 5 GB: text embeddings that say nothing."""

import torch


class BlankText:
    """Zeros of the width that Wan's text encoder has."""

    RETURN_TYPES = ("CONDITIONING",)
    FUNCTION = "make"
    CATEGORY = "test"

    @classmethod
    def INPUT_TYPES(cls) -> dict:
        """No inputs."""
        return {"required": {}}

    def make(self) -> tuple[list]:
        """Conditioning of 16 words."""
        return ([[torch.zeros(1, 16, 4096), {}]],)


NODE_CLASS_MAPPINGS = {"BlankText": BlankText}
