"""PostCam as a native MODEL in ComfyUI's core: parity of KSampler, and what every condition does."""

import json
from pathlib import Path

import comfy.sample
import comfy.sd
import comfy_extras.nodes_model_advanced as advanced
import pytest
import torch
from safetensors.torch import load_file, save_file

# Same tolerance as the library's own parity tests (float32).
TOLERANCE = 2e-4


@pytest.mark.parametrize("steps", [4, 10])
def test_ksampler_gives_the_recorded_latents(model, recorded, steps: int) -> None:
    shifted = advanced.ModelSamplingSD3().patch(model, 5.0)[0]
    assert recorded.data["noise"].equal(
        torch.randn(recorded.data["noise"].shape, generator=torch.manual_seed(0))
    )
    latents = recorded.sample(shifted, steps=steps)
    difference = model.model.process_latent_in(latents) - recorded.data[f"latents_{steps}steps"]
    assert difference.abs().max() < TOLERANCE


@pytest.mark.parametrize("steps", [4, 10])
def test_postcam_sampler_gives_the_recorded_latents(model, recorded, pack, steps: int) -> None:
    node = pack.import_module(".nodes.sampler").PostCamSampler
    latents = node.execute(
        model=model,
        positive=recorded.conditioning(),
        negative=recorded.conditioning("negative"),
        latent=recorded.latents,
        seed=0,
        steps=steps,
        cfg=5.0,
        shift=5.0,
        solver="euler",
    ).result[0]["samples"]
    difference = model.model.process_latent_in(latents) - recorded.data[f"latents_{steps}steps"]
    assert difference.abs().max() < TOLERANCE


def test_a_converted_file_loads_with_core_s_own_load_diffusion_model(
    tmp_path, monkeypatch, pack, recorded
) -> None:
    import folder_paths

    import nodes as comfy_nodes

    weights = pack.import_module(".postcam_core.weights")
    source = Path(__file__).parents[1] / "parity" / "tiny_postcam.safetensors"
    weights.convert_checkpoint(source, tmp_path / "converted.safetensors")
    monkeypatch.setitem(
        folder_paths.folder_names_and_paths, "diffusion_models", ([str(tmp_path)], {".safetensors"})
    )
    loaded = comfy_nodes.UNETLoader().load_unet("converted.safetensors", "default")[0]
    assert type(loaded.model).__name__ == "PostCamBaseModel"
    difference = recorded.sample(loaded, steps=4) - recorded.expected("latents_4steps")
    # On a machine with bfloat16 core may compute in it.
    assert difference.abs().mean() < 0.05


def test_an_overflow_of_float16_is_named(checkpoint: Path, recorded) -> None:
    model = comfy.sd.load_diffusion_model(str(checkpoint), {"dtype": torch.float16})
    model.model.manual_cast_dtype = None
    model.model.diffusion_model.head.head.weight.data.mul_(6e4)
    with pytest.raises(ValueError, match="float16 sampling: expected finite numbers"):
        recorded.sample(model, steps=1)


def test_shift_5_is_the_default(model) -> None:
    assert model.model.model_sampling.shift == 5.0


@pytest.mark.parametrize("key", ["SOURCE", "GUIDE", "CAMERA"])
def test_every_condition_changes_the_result(model, recorded, backend, key: str) -> None:
    name = getattr(backend, key)
    values = recorded.conditioning()[0][1]
    other = values[name].flip(-1) if key != "CAMERA" else values[name].flip(1)
    changed = {name: other}
    before = recorded.sample(model, steps=2)
    after = recorded.sample(
        model,
        steps=2,
        positive=recorded.conditioning(**changed),
        negative=recorded.conditioning("negative", **changed),
    )
    assert (after - before).abs().max() > 1e-2


def test_swapping_the_texts_changes_the_result(model, recorded) -> None:
    before = recorded.sample(model, steps=2)
    after = recorded.sample(
        model,
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
    together = recorded.sample(model, steps=2)
    assert set(shared_rows) == {1}
    # A guide that differs in its last digit between the branches cannot be shared.
    shared_rows.clear()
    guide = recorded.conditioning()[0][1][backend.GUIDE] + 1e-6
    apart = recorded.sample(
        model, steps=2, negative=recorded.conditioning("negative", **{backend.GUIDE: guide})
    )
    assert set(shared_rows) == {2}
    torch.testing.assert_close(apart, together, atol=1e-3, rtol=0)


def test_cfg_1_asks_once_a_step(model, recorded, count_passes) -> None:
    calls = count_passes()
    recorded.sample(model, steps=3, cfg=1.0)
    assert [shape[0] for shape in calls] == [1, 1, 1]


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


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SOURCE": None}, "no source latents"),
        ({"CAMERA": None}, "no camera w2c"),
        ({"CAMERA": torch.full((1, 11, 4, 4), torch.nan)}, "camera w2c: expected finite"),
        ({"SOURCE": torch.full((1, 16, 3, 12, 20), torch.inf)}, "source latents: expected finite"),
        ({"SOURCE": torch.zeros(1, 16, 3, 10, 20)}, "latents to sample"),
        ({"CAMERA": torch.eye(4).repeat(1, 5, 1, 1)}, "camera poses: expected 3, one per latent frame"),
        ({"GUIDE": torch.zeros(1, 16, 2, 3, 5)}, "guide latents: expected 1 clips of 3 frames"),
    ],
    ids=str,
)
def test_bad_conditioning_says_what_to_do(model, recorded, backend, change: dict, words: str) -> None:
    changes = {getattr(backend, key): value for key, value in change.items()}
    with pytest.raises(ValueError, match=words):
        recorded.sample(
            model,
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
