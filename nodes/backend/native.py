"""PostCam as one of ComfyUI's own models: the only place that touches core's model classes.

The route, and nothing else of core is changed:

* ``supported_models.models`` gets one more entry, recognised by ``model_type: postcam`` in a checkpoint's
  metadata. Core's loaders then build our transformer with core's layers (casting, fp8, offloading, LoRA).
* The entry's model class turns what PostCamConditioning put into the conditioning into tensors of each call,
  reserves memory for the source's tokens, and slices every condition for context windows.
* The transformer runs inside the DIFFUSION_MODEL wrappers, so caches and other patches keep working.
"""

from typing import Any

import comfy.conds
import comfy.context_windows
import comfy.model_base
import comfy.patcher_extension
import comfy.supported_models
import torch
from comfy.ldm.modules.attention import optimized_attention
from torch import Tensor

from ...postcam_core.model import PostCamConfig, PostCamTransformer
from ...postcam_core.sampling.windows import cameras_from
from ...postcam_core.warp import RELEASED_GUIDE_SCALE
from .conditions import (
    ARGUMENTS,
    CAMERA,
    GUIDE,
    SOURCE,
    SOURCE_CAMERA,
    ConditioningError,
    check_conditioning,
    check_text,
)

MODEL_TYPE = "postcam"


class _CameraCond(comfy.conds.CONDRegular):
    """The target's poses with the source's beside them, which only windows read."""

    def __init__(self, cond: Tensor, source: Tensor | None = None) -> None:
        super().__init__(cond)
        self.source = source

    def in_window(self, window: Any, sliced: Tensor, device: Any) -> "_CameraCond":
        """Sliced poses, relative to the source's camera at the window's first frame.

        Raises:
            ConditioningError: If nobody told where that was.
        """
        if self.source is None:
            raise ConditioningError(
                "a clip in windows",
                expected="the source's own camera, to which each window's poses are relative",
                got="conditioning that was made without geometry",
                todo="Connect the geometry to PostCam Conditioning, too.",
            )
        source = window.get_tensor(self.source, device, dim=1)
        return _CameraCond(cameras_from(sliced, source[:, :1]))


class _HostAttention:
    """The attention that ComfyUI chose, told the options of the call under way."""

    def __init__(self) -> None:
        self.transformer_options: dict[str, Any] = {}

    def __call__(self, queries: Tensor, keys: Tensor, values: Tensor, num_heads: int) -> Tensor:
        return optimized_attention(
            queries, keys, values, heads=num_heads, transformer_options=self.transformer_options
        )


class HostedTransformer(PostCamTransformer):
    """The transformer with the constructor and the call that ComfyUI uses."""

    def __init__(
        self,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        operations: Any = None,
        **settings: Any,
    ) -> None:
        self._stored_dtype = dtype
        host_attention = _HostAttention()
        super().__init__(
            PostCamConfig.from_mapping(settings),
            operations=operations,
            attention=host_attention,
            device=device,
            dtype=dtype,
        )
        self.host_attention = host_attention

    @property
    def dtype(self) -> torch.dtype:
        """What the weights are stored in; core casts to another dtype for the computation where it must."""
        return self._stored_dtype

    def forward(
        self,
        x: Tensor,
        timestep: Tensor,
        context: Tensor,
        transformer_options: dict[str, Any] | None = None,
        **conditions: Any,
    ) -> Tensor:
        """Velocity of noisy latents, inside whatever wraps diffusion models at the moment."""
        options = transformer_options or {}
        kind = comfy.patcher_extension.WrappersMP.DIFFUSION_MODEL
        executor = comfy.patcher_extension.WrapperExecutor.new_class_executor(
            self._forward, self, comfy.patcher_extension.get_all_wrappers(kind, options)
        )
        return executor.execute(x, timestep, context, options, **conditions)

    def _forward(
        self,
        x: Tensor,
        timestep: Tensor,
        context: Tensor,
        transformer_options: dict[str, Any],
        source_latents: Tensor | None = None,
        guide_latents: Tensor | None = None,
        camera_w2c: Tensor | None = None,
        **_: Any,
    ) -> Tensor:
        num_branches = len(transformer_options.get("cond_or_uncond", (0,)))
        shared = _shared_by_branches(num_branches, source_latents, guide_latents, camera_w2c, timestep)
        source_latents, guide_latents, camera_w2c, timestep = shared
        self.host_attention.transformer_options = transformer_options
        velocity = super().forward(
            x,
            source_latents=source_latents,
            guide_latents=guide_latents,
            camera_w2c=camera_w2c,
            text=self._text(context),
            timestep=timestep,
        )
        if velocity.dtype == torch.float16 and not torch.isfinite(velocity).all():
            raise ConditioningError(
                "float16 sampling",
                expected="finite numbers",
                got="an overflow",
                todo="Load the model as bf16 or fp8; this model's numbers outgrow float16.",
            )
        return velocity

    def _text(self, context: Tensor) -> Tensor:
        """The embedded text; a width of 0 stands for "no text" and becomes zeros of this model's width."""
        if context.shape[-1] == 0:
            return context.new_zeros(*context.shape[:2], self.config.text_dim)
        return context


def _shared_by_branches(num_branches: int, *conditions: Tensor | None) -> list[Tensor | None]:
    """Conditions once per clip when the branches of guidance agree on them, which saves a guide pass."""
    if num_branches == 1 or any(c is not None and len(c) % num_branches for c in conditions):
        return list(conditions)
    chunks = [None if c is None else c.chunk(num_branches) for c in conditions]
    if all(torch.equal(c[0], other) for c in chunks if c is not None for other in c[1:]):
        return [None if c is None else c[0] for c in chunks]
    return list(conditions)


class PostCamBaseModel(comfy.model_base.WAN21):
    """What core asks of a model: conditions of a call, memory, context windows."""

    def __init__(self, model_config: Any, device: Any = None) -> None:
        # WAN21's own constructor would build Wan's network.
        super(comfy.model_base.WAN21, self).__init__(
            model_config,
            comfy.model_base.ModelType.FLOW,
            device=device,
            unet_model=HostedTransformer,
        )
        self.image_to_video = False
        self.guide_scale: float = model_config.unet_config.get("guide_scale", RELEASED_GUIDE_SCALE)
        self.memory_usage_factor_conds = ("source_latents", "guide_latents")

    def extra_conds(self, **kwargs: Any) -> dict[str, Any]:
        """Tensors of each call, from what PostCamConditioning left in the conditioning."""
        out = super().extra_conds(**kwargs)
        check_conditioning(kwargs)
        check_text(kwargs.get("cross_attn"), self.diffusion_model.config.text_dim)
        for key in (SOURCE, GUIDE):
            if kwargs.get(key) is not None:
                out[ARGUMENTS[key]] = comfy.conds.CONDRegular(self.process_latent_in(kwargs[key]))
        out[ARGUMENTS[CAMERA]] = _CameraCond(kwargs[CAMERA], kwargs.get(SOURCE_CAMERA))
        return out

    def extra_conds_shapes(self, **kwargs: Any) -> dict[str, list[int]]:
        """Sizes that count towards the memory estimate: the source doubles the tokens."""
        return {
            ARGUMENTS[key]: list(kwargs[key].shape) for key in (SOURCE, GUIDE) if kwargs.get(key) is not None
        }

    def resize_cond_for_context_window(
        self,
        cond_key: str,
        cond_value: Any,
        window: Any,
        x_in: Tensor,
        device: Any,
        retain_index_list: list[int] | tuple[int, ...] = (),
    ) -> Any:
        """The part of a condition that belongs to a window; poses as :func:`window_cameras` has them."""
        temporal_dim = {"source_latents": 2, "guide_latents": 2, "camera_w2c": 1}.get(cond_key)
        if temporal_dim is None:
            return super().resize_cond_for_context_window(
                cond_key, cond_value, window, x_in, device, retain_index_list=list(retain_index_list)
            )
        sliced = comfy.context_windows.slice_cond(
            cond_value, window, x_in, device, temporal_dim, retain_index_list=list(retain_index_list)
        )
        if sliced is None:
            raise ConditioningError(
                cond_key,
                expected=f"{x_in.shape[window.dim]} latent frames, as the latents have",
                got=f"{cond_value.cond.shape[temporal_dim]}",
                todo="Make guide and trajectory for all frames of the clip.",
            )
        return cond_value.in_window(window, sliced.cond, device) if cond_key == "camera_w2c" else sliced


class PostCamModelConfig(comfy.supported_models.WAN21_T2V):
    """How core recognises, sizes and samples the model."""

    unet_config = {"image_model": "wan2.1", "model_type": MODEL_TYPE}
    sampling_settings = {"shift": 5.0}
    # bfloat16 first: it is what the released weights were made for, and float16 can overflow.
    supported_inference_dtypes = [torch.bfloat16, torch.float16, torch.float32]

    def __init__(self, unet_config: dict[str, Any]) -> None:
        super().__init__(unet_config)
        self.sampling_settings["shift"] = unet_config.get("shift", self.sampling_settings["shift"])

    def get_model(self, state_dict: Any, prefix: str = "", device: Any = None) -> PostCamBaseModel:
        """The model class; core loads the weights into it."""
        return PostCamBaseModel(self, device=device)


def register() -> None:
    """Make core's loaders recognise PostCam; doing it twice changes nothing."""
    known = {config.__name__ for config in comfy.supported_models.models}
    if PostCamModelConfig.__name__ not in known:
        comfy.supported_models.models.append(PostCamModelConfig)
