"""`render_guide` against recorded outputs of the released warp.

`warp.safetensors` was recorded by running the released inference code (zju3dv/PostCam, commit 198ce6f, Apache-2.0)
on seeded random inputs, float32, CPU.
"""

from pathlib import Path

import pytest
from safetensors.torch import load_file

from postcam_core.warp import render_guide

RECORDED = load_file(Path(__file__).with_name("warp.safetensors"))
CASES = sorted({key.split(".")[0] for key in RECORDED})


@pytest.mark.parametrize("case", CASES)
def test_equals_the_released_warp(case):
    recorded = {key.split(".")[1]: value for key, value in RECORDED.items() if key.startswith(f"{case}.")}
    guide = render_guide(
        recorded["frames"],
        recorded["depth"],
        K=recorded["K"],
        source_w2c=recorded["w2c_source"],
        target_w2c=recorded["w2c_target"],
    )
    is_off = (guide.frames - recorded["out"]).abs().amax(dim=1) > 2e-3
    is_mask_off = guide.mask != recorded["mask"][:, 0].bool()
    assert is_off.float().mean() <= 0.002
    assert is_mask_off.float().mean() <= 0.001
