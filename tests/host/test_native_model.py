"""PostCam as a native MODEL in ComfyUI's real core: parity of sampling, and everything that models get there."""

import json
from pathlib import Path

import comfy.context_windows
import comfy.lora
import comfy.model_management
import comfy.samplers
import comfy.sd
import comfy_extras.nodes_easycache as easycache
import comfy_extras.nodes_model_advanced as advanced
import pytest
import torch
from safetensors.torch import load_file, save_file

import nodes as comfy_nodes

# Same tolerance as the library's own parity tests (float32).
TOLERANCE = 2e-4


def _sample(model, recorded, *, steps=10, cfg=5.0, positive=None, negative=None, latents=None, seed=0):
    return comfy_nodes.KSampler().sample(
        model,
        seed,
        steps,
        cfg,
        "euler",
        "simple",
        positive or recorded.conditioning(),
        negative or recorded.conditioning("negative"),
        latents or recorded.latents,
    )[0]["samples"]


def _count_calls(model) -> list:
    """Sizes of what the first block gets from now on, once per pass that is really computed."""
    calls = []
    model.model.diffusion_model.blocks[0].register_forward_pre_hook(
        lambda module, arguments, keywords: calls.append(arguments[0].shape), with_kwargs=True
    )
    return calls


@pytest.mark.parametrize("steps", [4, 10])
def test_ksampler_gives_the_recorded_latents(model, recorded, steps: int) -> None:
    shifted = advanced.ModelSamplingSD3().patch(model, 5.0)[0]
    assert recorded.data["noise"].equal(
        torch.randn(recorded.data["noise"].shape, generator=torch.manual_seed(0))
    )
    latents = _sample(shifted, recorded, steps=steps)
    difference = model.model.process_latent_in(latents) - recorded.data[f"latents_{steps}steps"]
    assert difference.abs().max() < TOLERANCE


def test_shift_5_is_the_default(model) -> None:
    assert model.model.model_sampling.shift == 5.0


@pytest.mark.parametrize("key", ["SOURCE", "GUIDE", "CAMERA"])
def test_every_condition_changes_the_result(model, recorded, backend, key: str) -> None:
    name = getattr(backend, key)
    values = recorded.conditioning()[0][1]
    other = values[name].flip(-1) if key != "CAMERA" else values[name].flip(1)
    changed = {name: other}
    before = _sample(model, recorded, steps=2)
    after = _sample(
        model,
        recorded,
        steps=2,
        positive=recorded.conditioning(**changed),
        negative=recorded.conditioning("negative", **changed),
    )
    assert (after - before).abs().max() > 1e-2


def test_swapping_the_texts_changes_the_result(model, recorded) -> None:
    before = _sample(model, recorded, steps=2)
    after = _sample(
        model,
        recorded,
        steps=2,
        positive=recorded.conditioning("negative"),
        negative=recorded.conditioning("context"),
    )
    assert (after - before).abs().max() > 1e-2


def test_one_guide_pass_serves_both_branches_and_equals_two(model, recorded, backend) -> None:
    guides = []
    transformer = model.model.diffusion_model
    transformer.blocks[0].cross_attn_cam.register_forward_pre_hook(
        lambda module, arguments, keywords: guides.append(len(keywords["guide"].keys)), with_kwargs=True
    )
    shared_rows = []
    original = transformer.prepare
    transformer.prepare = lambda **kw: shared_rows.append(len(kw["guide_latents"])) or original(**kw)
    together = _sample(model, recorded, steps=2)
    assert set(shared_rows) == {1}
    # A guide that differs in its last digit between the branches cannot be shared.
    shared_rows.clear()
    guide = recorded.conditioning()[0][1][backend.GUIDE] + 1e-6
    apart = _sample(
        model, recorded, steps=2, negative=recorded.conditioning("negative", **{backend.GUIDE: guide})
    )
    assert set(shared_rows) == {2}
    torch.testing.assert_close(apart, together, atol=1e-3, rtol=0)


def test_cfg_1_asks_once_a_step(model, recorded) -> None:
    calls = _count_calls(model)
    _sample(model, recorded, steps=3, cfg=1.0)
    assert [shape[0] for shape in calls] == [1, 1, 1]


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
    before, after = _sample(model, recorded, steps=2), _sample(patched, recorded, steps=2)
    assert (after - before).abs().max() > 1e-3
    torch.testing.assert_close(_sample(model, recorded, steps=2), before)


def test_fp8_weights_run_finite(checkpoint: Path, recorded) -> None:
    model = comfy.sd.load_diffusion_model(str(checkpoint), {"dtype": torch.float8_e4m3fn})
    transformer = model.model.diffusion_model
    assert transformer.blocks[0].self_attn.q.weight.dtype == torch.float8_e4m3fn
    assert transformer.blocks[0].projector.weight.dtype == torch.float8_e4m3fn
    exact = recorded.expected("latents_4steps")
    latents = _sample(model, recorded, steps=4)
    assert torch.isfinite(latents).all()
    assert (latents - exact).abs().mean() < 0.5 * exact.abs().mean()


def test_easycache_skips_steps(model, recorded) -> None:
    calls = _count_calls(model)
    cached = easycache.EasyCacheNode.execute(model, 0.9, 0.0, 1.0, False).result[0]
    latents = _sample(cached, recorded, steps=8)
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
    result = _sample(
        windowed,
        recorded,
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
        # Relative to the window's own first frame, as in training.
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
        rows[0][1][backend.CAMERA] = rows[0][1][backend.CAMERA][:, :11]
    with pytest.raises(ValueError, match="expected 21 latent frames.*got 11"):
        _sample(
            windowed,
            recorded,
            steps=1,
            positive=conditioning[0],
            negative=conditioning[1],
            latents={"samples": torch.zeros(1, 16, 21, 12, 20)},
        )


def test_a_batch_of_two_equals_two_runs(model, recorded, backend) -> None:
    noise = torch.randn(2, *recorded.data["noise"].shape[1:], generator=torch.manual_seed(1))
    values = recorded.conditioning()[0][1]
    both = {
        key: torch.cat([values[key], values[key].flip(-1 if key != backend.CAMERA else 1)]) for key in values
    }

    def run(rows: slice) -> torch.Tensor:
        chosen = {key: value[rows] for key, value in both.items()}
        return comfy.sample.sample(
            model,
            noise[rows],
            3,
            5.0,
            "euler",
            "simple",
            recorded.conditioning(**chosen),
            recorded.conditioning("negative", **chosen),
            torch.zeros_like(noise[rows]),
            seed=0,
        )

    together = run(slice(0, 2))
    torch.testing.assert_close(
        together, torch.cat([run(slice(0, 1)), run(slice(1, 2))]), atol=1e-3, rtol=1e-3
    )


def test_memory_is_reserved_for_the_source(model, recorded, backend) -> None:
    values = recorded.conditioning()[0][1]
    shapes = {key: [value] for key, value in model.model.extra_conds_shapes(**values).items()}
    shape = list(recorded.data["noise"].shape)
    alone, with_source = model.model.memory_required(shape), model.model.memory_required(shape, shapes)
    assert with_source > 2 * alone


def test_partially_loaded_weights_give_the_same_result(model, recorded) -> None:
    exact = _sample(model, recorded, steps=2)
    comfy.model_management.unload_all_models()
    model.load(torch.device("cpu"), lowvram_model_memory=200_000, full_load=False)
    kept = [
        name for name, module in model.model.named_modules() if getattr(module, "comfy_cast_weights", False)
    ]
    assert kept, "some layers should be cast when they are used"
    torch.testing.assert_close(_sample(model, recorded, steps=2), exact, atol=1e-4, rtol=0)


def test_cancel_stops_within_a_step(model, recorded) -> None:
    calls = _count_calls(model)
    model.model.diffusion_model.register_forward_hook(
        lambda *_: comfy.model_management.interrupt_current_processing() if len(calls) == 2 else None
    )
    with pytest.raises(comfy.model_management.InterruptProcessingException):
        _sample(model, recorded, steps=10)
    comfy.model_management.interrupt_current_processing(False)
    assert len(calls) <= 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SOURCE": None}, "no source latents"),
        ({"CAMERA": None}, "no camera w2c"),
        ({"CAMERA": torch.full((1, 11, 4, 4), torch.nan)}, "camera w2c: expected finite"),
        ({"SOURCE": torch.full((1, 16, 3, 12, 20), torch.inf)}, "source latents: expected finite"),
        ({"SOURCE": torch.zeros(1, 16, 3, 10, 20)}, "latents to sample"),
        ({"GUIDE": torch.zeros(1, 16, 2, 3, 5)}, "guide latents: expected 1 clips of 3 frames"),
    ],
    ids=str,
)
def test_bad_conditioning_says_what_to_do(model, recorded, backend, change: dict, words: str) -> None:
    changes = {getattr(backend, key): value for key, value in change.items()}
    with pytest.raises(ValueError, match=words):
        _sample(
            model,
            recorded,
            steps=1,
            positive=recorded.conditioning(**changes),
            negative=recorded.conditioning("negative", **changes),
        )


def test_registering_twice_changes_nothing(backend) -> None:
    import comfy.supported_models

    backend.register()
    names = [config.__name__ for config in comfy.supported_models.models]
    assert names.count("PostCamModelConfig") == 1


def test_metadata_decides_shift_and_guide_rope(checkpoint: Path, tmp_path: Path) -> None:
    from safetensors import safe_open

    with safe_open(checkpoint, "pt") as file:
        config = json.loads(file.metadata()["config"])
    config["transformer"] |= {"shift": 3.0, "guide_rope": "aligned"}
    path = tmp_path / "own.safetensors"
    save_file(load_file(checkpoint), path, {"config": json.dumps(config)})
    model = comfy.sd.load_diffusion_model(str(path))
    assert model.model.model_sampling.shift == 3.0
    assert model.model.diffusion_model.config.guide_rope == "aligned"
