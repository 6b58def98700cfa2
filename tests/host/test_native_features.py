"""What ComfyUI gives every native MODEL: LoRA, fp8, caches, context windows, offloading, cancelling."""

from pathlib import Path

import comfy.context_windows
import comfy.lora
import comfy.model_management
import comfy.sd
import comfy_extras.nodes_easycache as easycache
import pytest
import torch


def test_lora_patches_base_and_new_layers(model, recorded) -> None:
    keys = comfy.lora.model_lora_keys_unet(model.model, {})
    names = [
        "diffusion_model.blocks.0.self_attn.q",
        "diffusion_model.blocks.1.projector",
        "diffusion_model.blocks.2.cross_attn_cam.k_render",
    ]
    dim = model.model.diffusion_model.config.dim
    lora = {}
    for name in names:
        assert name in keys
        lora[f"{name}.lora_A.weight"] = torch.randn(4, dim)
        lora[f"{name}.lora_B.weight"] = torch.randn(dim, 4)
    patched, _ = comfy.sd.load_lora_for_models(model, None, lora, 1.0, 0)
    assert len(patched.patches) == len(names)
    before, after = recorded.sample(model, steps=2), recorded.sample(patched, steps=2)
    assert (after - before).abs().max() > 1e-3
    torch.testing.assert_close(recorded.sample(model, steps=2), before)


def test_fp8_weights_run_finite(checkpoint: Path, recorded) -> None:
    model = comfy.sd.load_diffusion_model(str(checkpoint), {"dtype": torch.float8_e4m3fn})
    transformer = model.model.diffusion_model
    assert transformer.blocks[0].self_attn.q.weight.dtype == torch.float8_e4m3fn
    assert transformer.blocks[0].projector.weight.dtype == torch.float8_e4m3fn
    exact = recorded.expected("latents_4steps")
    latents = recorded.sample(model, steps=4)
    assert torch.isfinite(latents).all()
    assert (latents - exact).abs().mean() < 0.5 * exact.abs().mean()


def test_easycache_skips_steps(model, recorded, count_passes) -> None:
    calls = count_passes()
    cached = easycache.EasyCacheNode.execute(model, 0.9, 0.0, 1.0, False).result[0]
    latents = recorded.sample(cached, steps=8)
    assert torch.isfinite(latents).all()
    assert 0 < len(calls) < 8


def _long_conditioning(recorded, backend, num_frames: int, text: str) -> list:
    index = torch.arange(num_frames) % 3
    values = recorded.conditioning()[0][1]
    poses = torch.eye(4).repeat(1, num_frames, 1, 1)
    poses[0, :, 0, 3] = 0.1 * torch.arange(num_frames)
    return recorded.conditioning(
        text,
        **{
            backend.SOURCE: values[backend.SOURCE][:, :, index],
            backend.GUIDE: values[backend.GUIDE][:, :, index],
            backend.CAMERA: poses,
            backend.SOURCE_CAMERA: poses,
        },
    )


@pytest.mark.parametrize("has_anchor", [False, True], ids=["plain", "causal_window_fix"])
def test_context_windows_slice_every_condition(model, recorded, backend, has_anchor: bool) -> None:
    num_frames, length = 21, 11
    windowed = model.clone()
    windowed.model_options["context_handler"] = comfy.context_windows.IndexListContextHandler(
        context_schedule=comfy.context_windows.get_matching_context_schedule("standard_static"),
        fuse_method=comfy.context_windows.get_matching_fuse_method("pyramid"),
        context_length=length,
        context_overlap=3,
        dim=2,
        causal_window_fix=has_anchor,
    )
    comfy.context_windows.create_prepare_sampling_wrapper(windowed)
    seen = []
    model.model.diffusion_model.register_forward_pre_hook(
        lambda module, arguments, keywords: seen.append((arguments[0], keywords)), with_kwargs=True
    )
    latents = {"samples": torch.zeros(1, 16, num_frames, 12, 20)}
    result = recorded.sample(
        windowed,
        steps=2,
        positive=_long_conditioning(recorded, backend, num_frames, "context"),
        negative=_long_conditioning(recorded, backend, num_frames, "negative"),
        latents=latents,
    )
    assert result.shape == latents["samples"].shape
    assert torch.isfinite(result).all()
    assert len(seen) > 2
    for x, conditions in seen:
        assert x.shape[2] in ({length, length + 1} if has_anchor else {length})
        assert conditions["source_latents"].shape[2] == x.shape[2]
        assert conditions["guide_latents"].shape[2] == x.shape[2]
        assert conditions["camera_w2c"].shape[1] == x.shape[2]
        # Relative to the source's camera at the window's first frame, here the target's own.
        torch.testing.assert_close(conditions["camera_w2c"][:, 0], torch.eye(4).expand(len(x), 4, 4))
        assert conditions["camera_w2c"][0, 1, 0, 3] > 0.09


def test_poses_of_another_length_are_not_passed_over_by_context_windows(model, recorded, backend) -> None:
    windowed = model.clone()
    windowed.model_options["context_handler"] = comfy.context_windows.IndexListContextHandler(
        context_schedule=comfy.context_windows.get_matching_context_schedule("standard_static"),
        fuse_method=comfy.context_windows.get_matching_fuse_method("pyramid"),
        context_length=11,
        context_overlap=3,
        dim=2,
    )
    conditioning = [_long_conditioning(recorded, backend, 21, text) for text in ("context", "negative")]
    for rows in conditioning:
        for key in (backend.CAMERA, backend.SOURCE_CAMERA):
            rows[0][1][key] = rows[0][1][key][:, :11]
    with pytest.raises(ValueError, match="expected 21 latent frames.*got 11"):
        recorded.sample(
            windowed,
            steps=1,
            positive=conditioning[0],
            negative=conditioning[1],
            latents={"samples": torch.zeros(1, 16, 21, 12, 20)},
        )


def test_memory_is_reserved_for_the_source(model, recorded, backend) -> None:
    values = recorded.conditioning()[0][1]
    shapes = {key: [value] for key, value in model.model.extra_conds_shapes(**values).items()}
    shape = list(recorded.data["noise"].shape)
    alone, with_source = model.model.memory_required(shape), model.model.memory_required(shape, shapes)
    assert with_source > 2 * alone


def test_partially_loaded_weights_give_the_same_result(model, recorded) -> None:
    exact = recorded.sample(model, steps=2)
    comfy.model_management.unload_all_models()
    model.load(torch.device("cpu"), lowvram_model_memory=200_000, full_load=False)
    kept = [
        name for name, module in model.model.named_modules() if getattr(module, "comfy_cast_weights", False)
    ]
    assert kept, "some layers should be cast when they are used"
    torch.testing.assert_close(recorded.sample(model, steps=2), exact, atol=1e-4, rtol=0)


def test_cancel_stops_within_a_step(model, recorded, count_passes) -> None:
    calls = count_passes()
    model.model.diffusion_model.register_forward_hook(
        lambda *_: comfy.model_management.interrupt_current_processing() if len(calls) == 2 else None
    )
    with pytest.raises(comfy.model_management.InterruptProcessingException):
        recorded.sample(model, steps=10)
    comfy.model_management.interrupt_current_processing(False)
    assert len(calls) <= 3
