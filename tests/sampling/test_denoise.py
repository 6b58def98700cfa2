import pytest
import torch
from torch import Tensor

from postcam_core.errors import OperationCancelled, ShapeError
from postcam_core.model import PostCamTransformer
from postcam_core.sampling import SOLVERS, SamplingStep, denoise
from tests.oracles.tiny_transformer import tiny_inputs, tiny_transformer


@pytest.fixture(scope="module")
def model() -> PostCamTransformer:
    return tiny_transformer(dtype=torch.float32)


def _arguments(batch: int = 1) -> dict[str, Tensor]:
    x = tiny_inputs(batch=batch, dtype=torch.float32)
    return {
        "noise": x["target_latents"],
        "source_latents": x["source_latents"],
        "guide_latents": x["guide_latents"],
        "camera_w2c": x["camera_w2c"],
        "positive": x["text"],
        "negative": tiny_inputs(batch=batch, dtype=torch.float32, seed=1)["text"],
    }


def test_guidance_is_the_weighted_difference_of_two_single_runs(model: PostCamTransformer) -> None:
    a = _arguments()
    guided = denoise(model, **a, num_steps=1, cfg_scale=3.0)
    positive = denoise(model, **{**a, "negative": None}, num_steps=1)
    negative = denoise(model, **{**a, "positive": a["negative"], "negative": None}, num_steps=1)
    assert torch.allclose(guided, negative + 3.0 * (positive - negative), atol=1e-4)


def test_swapping_the_texts_changes_the_result(model: PostCamTransformer) -> None:
    a = _arguments()
    swapped = {**a, "positive": a["negative"], "negative": a["positive"]}
    assert (denoise(model, **a, num_steps=2) - denoise(model, **swapped, num_steps=2)).abs().mean() > 1e-2


@pytest.mark.parametrize(("change", "rows"), [({}, 2), ({"cfg_scale": 1.0}, 1), ({"negative": None}, 1)])
def test_the_model_sees_two_branches_only_with_guidance(change, rows: int) -> None:
    seen: list[int] = []
    model = tiny_transformer(dtype=torch.float32)
    model.head.register_forward_hook(lambda module, args, out: seen.append(len(out)))
    denoise(model, **{**_arguments(), **change}, num_steps=3)
    assert seen == [rows] * 3


def test_a_batch_equals_its_clips_one_by_one(model: PostCamTransformer) -> None:
    a = _arguments(batch=2)
    together = denoise(model, **a, num_steps=2)
    for clip in range(2):
        alone = denoise(model, **{name: x[clip : clip + 1] for name, x in a.items()}, num_steps=2)
        assert torch.allclose(together[clip : clip + 1], alone, atol=1e-4)


def test_steps_are_reported_in_order_and_end_at_the_result(model: PostCamTransformer) -> None:
    steps: list[SamplingStep] = []
    done: list[tuple[int, int]] = []
    latents = denoise(
        model, **_arguments(), num_steps=3, progress=lambda *d: done.append(d), on_step=steps.append
    )
    assert done == [(1, 3), (2, 3), (3, 3)]
    assert [(s.index, s.num_steps) for s in steps] == done
    assert torch.equal(steps[-1].latents, latents)
    # At the last level nothing but the clean latents remains.
    assert torch.allclose(steps[-1].clean, latents, atol=1e-5)


def test_cancelling_stops_after_the_step(model: PostCamTransformer) -> None:
    done: list[int] = []

    def cancel(step: int, total: int) -> None:
        done.append(step)
        if step == 2:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        denoise(model, **_arguments(), num_steps=5, progress=cancel)
    assert done == [1, 2]


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_runs_in_low_precision_between_exact_latents(solver: str) -> None:
    model = tiny_transformer(dtype=torch.bfloat16)
    latents = denoise(model, **_arguments(), num_steps=4, solver=solver)
    assert latents.dtype == torch.float32 and latents.isfinite().all()


def test_texts_of_different_length_are_refused(model: PostCamTransformer) -> None:
    a = _arguments()
    a["negative"] = a["negative"][:, :3]
    with pytest.raises(ShapeError, match="negative text"):
        denoise(model, **a, num_steps=1)
