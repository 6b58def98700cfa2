"""The quickstart: the bundled mini model is there without a download, and re-shoots the bundled clip."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from torch.nn.functional import interpolate

from postcam_core.media import load_clip, probe_video, read_frames
from scripts.host import ROOT, ComfyHost, HostError

MODEL, VAE = "postcam_mini.safetensors", "postcam_mini_vae.safetensors"
WIDTH, HEIGHT = 160, 96
PANEL, GAP, SCALE = 4 * WIDTH, 8, 4


def quickstart(**changes: object) -> dict:
    """The workflow's prompt, with changed inputs wherever they occur."""
    prompt = json.loads((ROOT / "workflows" / "api" / "quickstart.json").read_text())
    for step in prompt.values():
        step["inputs"] |= {name: value for name, value in changes.items() if name in step["inputs"]}
    return prompt


@pytest.fixture
def own_model(comfy: ComfyHost) -> Iterator[Path]:
    """A file in the user's folder that has the bundled model's name, and is damaged."""
    path = comfy.base / "models" / "diffusion_models" / MODEL
    path.write_bytes(b"mine")
    yield path
    path.unlink()


def test_a_file_of_the_user_s_own_goes_before_the_bundled_one(comfy: ComfyHost, own_model: Path) -> None:
    # A type of its own: what the server keeps of an earlier run would not be read again.
    with pytest.raises(HostError, match=f"PostCamLoadModel: .*{own_model.name}"):
        comfy.run(quickstart(weight_dtype="fp8_e4m3fn"))


def test_every_loader_lists_the_bundled_models(comfy: ComfyHost) -> None:
    info = comfy.get("/object_info")
    for node, widget, name in (
        ("PostCamLoadModel", "model_name", MODEL),
        ("UNETLoader", "unet_name", MODEL),
        ("VAELoader", "vae_name", VAE),
    ):
        kind, *settings = info[node]["input"]["required"][widget]
        assert name in (settings[0]["options"] if kind == "COMBO" else kind), node


def test_quickstart_shows_source_guide_and_result_side_by_side(comfy: ComfyHost) -> None:
    (file,) = comfy.saved_files(comfy.run(quickstart(num_frames=9, steps=2)))
    info = probe_video(file)
    assert (info.width, info.height, info.num_frames) == (3 * PANEL + 2 * GAP, SCALE * HEIGHT, 9)
    video = read_frames(file).float() / 127.5 - 1
    source, guide, result = (video[:, :, i * (PANEL + GAP) :][:, :, :PANEL] for i in range(3))
    clip = load_clip(ROOT / "assets" / "sample.mp4", width=WIDTH, height=HEIGHT, num_frames=9).video
    shown = interpolate(clip, scale_factor=SCALE, mode="bicubic").permute(0, 2, 3, 1)
    assert (source - shown).abs().mean() < 0.05
    assert (guide[-1] < -0.9).all(-1).float().mean() > 0.05, "the new camera sees what the clip does not show"
    assert (result - source).abs().mean() > 0.02
    difference = (result - guide).abs().amax(-1)
    is_seen = guide.amax(-1) > -0.8
    assert difference[is_seen].median() < 0.05 < difference[~is_seen].median(), "what the clip shows is kept"
    assert result.std() > 0.05, "a picture, not one grey"
