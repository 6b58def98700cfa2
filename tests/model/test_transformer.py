from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from postcam_core.model import PostCamTransformer, initialize, sdpa
from tests.oracles.tiny_transformer import TINY, tiny_inputs, tiny_transformer


@pytest.fixture(scope="module")
def model() -> PostCamTransformer:
    return tiny_transformer()


@pytest.mark.parametrize("name", ["source_latents", "guide_latents", "camera_w2c", "text", "timestep"])
def test_every_condition_changes_the_velocity(model: PostCamTransformer, name: str) -> None:
    x, other = tiny_inputs(), tiny_inputs(seed=1)
    other["timestep"] = x["timestep"] / 2
    change = (model(**x) - model(**{**x, name: other[name]})).abs().mean()
    assert change > 1e-3


def test_branches_with_one_guide_pass_equal_separate_passes(model: PostCamTransformer) -> None:
    x = tiny_inputs(batch=2)
    x["timestep"] = torch.tensor([900.0, 310.0], dtype=torch.float64)
    other_text = tiny_inputs(batch=2, seed=1)["text"]
    separate = torch.cat([model(**x), model(**{**x, "text": other_text})])
    rows = torch.cat([x["target_latents"]] * 2)
    together = model(**{**x, "target_latents": rows, "text": torch.cat([x["text"], other_text])})
    assert (together - separate).abs().max() < 1e-12
    assert (together[:2] - together[2:]).abs().mean() > 1e-3


def test_clips_of_a_batch_do_not_see_each_other(model: PostCamTransformer) -> None:
    first, second = tiny_inputs(seed=0), tiny_inputs(seed=1)
    both = {key: torch.cat([first[key], second[key]]) for key in first}
    assert torch.allclose(model(**both), torch.cat([model(**first), model(**second)]), atol=1e-12)


def test_prepared_conditions_serve_every_step(model: PostCamTransformer) -> None:
    x = tiny_inputs()
    names = ("source_latents", "guide_latents", "camera_w2c", "text")
    conditions = model.prepare(**{name: x[name] for name in names}, dtype=torch.float64)
    for timestep in (torch.tensor([1000.0]), torch.tensor([3.0])):
        velocity = model.velocity(x["target_latents"], timestep, conditions)
        assert torch.equal(velocity, model(**{**x, "timestep": timestep}))


@pytest.mark.parametrize("guide_size", [(3, 5), (6, 10), (12, 20)])
def test_aligned_guide_may_have_any_size(guide_size) -> None:
    velocity = tiny_transformer(replace(TINY, guide_rope="aligned"))(**tiny_inputs(guide_size=guide_size))
    assert velocity.isfinite().all()


def test_guide_positions_matter(model: PostCamTransformer) -> None:
    x = tiny_inputs(guide_size=(4, 6))
    aligned = tiny_transformer(replace(TINY, guide_rope="aligned"))
    assert (aligned(**x) - model(**x)).abs().mean() > 1e-4


def test_the_number_of_poses_is_free(model: PostCamTransformer) -> None:
    x = tiny_inputs()
    for num_poses in (1, 11):
        w2c = torch.eye(4, dtype=torch.float64).expand(1, num_poses, 4, 4)
        assert model(**{**x, "camera_w2c": w2c}).shape == x["target_latents"].shape


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision_stays_finite_and_close(model: PostCamTransformer, dtype: torch.dtype) -> None:
    exact = model(**tiny_inputs())
    low = tiny_transformer(dtype=dtype)(**tiny_inputs(dtype=dtype))
    assert low.dtype == dtype and low.isfinite().all()
    assert (low - exact).abs().mean() < 0.05 * exact.abs().mean()


def test_gradients_reach_every_parameter() -> None:
    model = tiny_transformer().requires_grad_(True)
    model(**tiny_inputs()).square().mean().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_layers_and_attention_come_from_the_host() -> None:
    made: list[nn.Module] = []
    asked: list[tuple[int, int]] = []

    class Operations:
        def __getattr__(self, kind: str):
            def make(*args, **kwargs) -> nn.Module:
                made.append(getattr(nn, kind)(*args, **kwargs))
                return made[-1]

            return make

    def attention(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
        asked.append((q.shape[1], k.shape[1]))
        return sdpa(q, k, v, heads)

    reference = tiny_transformer()
    model = PostCamTransformer(TINY, operations=Operations(), attention=attention).double()
    model.load_state_dict(reference.state_dict())
    x = tiny_inputs()
    assert torch.equal(model(**x), reference(**x))
    kinds = nn.Linear | nn.LayerNorm | nn.RMSNorm | nn.Conv3d
    assert {id(m) for m in model.modules() if isinstance(m, kinds)} == {id(m) for m in made}
    # Guide, video, pose + guide, text; the last block asks for the target alone and leaves the guide be.
    guide, target = 3 * 1 * 2, 3 * 6 * 10
    inner = [(guide, guide), (2 * target, 2 * target), (target, 3 + guide), (target, 7)]
    assert asked == inner * 2 + [(target, 2 * target), *inner[2:]]


def test_a_new_model_ignores_pose_and_guide_until_the_projector_moves() -> None:
    model = PostCamTransformer(TINY)
    initialize(model, seed=0)
    nn.init.normal_(model.head.head.weight)
    x, other = tiny_inputs(dtype=torch.float32), tiny_inputs(seed=1, dtype=torch.float32)
    velocity = model(**x)
    for name in ("guide_latents", "camera_w2c"):
        assert torch.equal(model(**{**x, name: other[name]}), velocity)
    velocity.square().mean().backward()
    assert model.blocks[0].projector.weight.grad.any()
    assert not model.blocks[0].cross_attn_cam.k.weight.grad.any()


def test_initialize_is_seeded() -> None:
    models = [PostCamTransformer(TINY) for _ in range(3)]
    for model, seed in zip(models, (5, 5, 6), strict=True):
        initialize(model, seed=seed)
    first, second, third = (m.blocks[0].self_attn.q.weight for m in models)
    assert torch.equal(first, second) and not torch.equal(first, third)
