from collections.abc import Callable

import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st

from postcam_core.errors import CheckpointError
from postcam_core.weights import Naming, comfyui_names, diffusers_names, naming_of, released_names

_NOTHING = torch.zeros(0)


def _tensors(names: list[str]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(i) for i, name in enumerate(names)}


@pytest.mark.parametrize(
    ("renamed", "naming"),
    [
        (dict, Naming()),
        (comfyui_names, Naming(prefix="model.diffusion_model.")),
        (diffusers_names, Naming(is_diffusers=True)),
        (
            lambda x: {f"diffusion_model.{key}": value for key, value in diffusers_names(x).items()},
            Naming(prefix="diffusion_model.", is_diffusers=True),
        ),
    ],
)
def test_layouts_are_told_apart_and_lead_back(names: list[str], renamed: Callable, naming: Naming) -> None:
    tensors = _tensors(names)
    other = renamed(tensors)
    assert len(other) == len(names) == 1315
    assert naming_of(other) == naming
    assert list(released_names(other).items()) == list(tensors.items())


def test_every_name_of_wan_changes_as_diffusers_own_class_has_it(names: list[str]) -> None:
    from diffusers import WanTransformer3DModel

    with torch.device("meta"):
        theirs = WanTransformer3DModel(
            patch_size=(1, 2, 2),
            num_attention_heads=12,
            attention_head_dim=128,
            in_channels=16,
            out_channels=16,
            text_dim=4096,
            freq_dim=256,
            ffn_dim=8960,
            num_layers=30,
            cross_attn_norm=True,
            qk_norm="rms_norm_across_heads",
        ).state_dict()
    ours = diffusers_names(_tensors(names))
    own = {key for key in ours if "cross_attn_cam" in key or "projector" in key or "cam_encoder" in key}
    assert len(own) == 30 * (6 * 2 + 2 + 2) + 10
    assert ours.keys() - own == theirs.keys()


def test_the_norm_before_text_is_wans_third_and_diffusers_second() -> None:
    assert diffusers_names({"blocks.7.norm3.weight": _NOTHING}).keys() == {"blocks.7.norm2.weight"}


@given(st.data())
def test_any_mixture_of_layouts_is_refused(names: list[str], data: st.DataObject) -> None:
    released = {key for key in names if diffusers_names({key: _NOTHING}).keys() != {key}}
    first = data.draw(st.sampled_from(sorted(released)))
    second = data.draw(st.sampled_from(sorted(released)))
    other = next(iter(diffusers_names({second: _NOTHING})))
    with pytest.raises(CheckpointError, match="mixed names"):
        released_names({first: _NOTHING, other: _NOTHING})
    with pytest.raises(CheckpointError, match="mixed prefixes"):
        released_names({first: _NOTHING, f"diffusion_model.{second}": _NOTHING})


@example(["scale_shift", "blocks.x.modulation", "head.weight", ""])
@given(st.lists(st.text(max_size=30), unique=True))
def test_foreign_names_stay_as_they_are(names: list[str], foreign: list[str]) -> None:
    # Hypothesis also draws strings that it finds in the code that is loaded, and Wan's own names are none of these.
    known = {*names, *diffusers_names(_tensors(names))}
    known |= {name.rpartition(".")[0] for name in known if name.endswith((".weight", ".bias"))}
    assume(not known.intersection(foreign))
    assert released_names(_tensors(foreign)) == _tensors(foreign)
