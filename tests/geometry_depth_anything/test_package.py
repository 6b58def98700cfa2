"""The authors' own package with a random Small: a clip becomes geometry; bad files and a missing package are named."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from depth_anything_3.cfg import load_config
from depth_anything_3.model.da3 import DepthAnything3Net, NestedDepthAnything3Net
from depth_anything_3.registry import MODEL_REGISTRY
from depth_anything_3.utils.io.input_processor import InputProcessor
from safetensors.torch import load_file, save_file

from postcam_core.errors import CheckpointError, GeometryError, OperationCancelled
from postcam_core.geometry.depth_anything import depth_anything_geometry
from postcam_core.geometry.depth_anything_network import (
    DepthAnythingNetwork,
    build_module,
    estimate_views,
    load_network,
    network_input,
)
from postcam_core.geometry.depth_anything_weights import read_weights
from tests.oracles.random_depth_anything import plausible_cameras, save_random_small

# 56×98 pixels inside the network: both sides round differently.
HEIGHT, WIDTH, RESOLUTION = 61, 100, 98
SETTINGS = {"resolution": RESOLUTION, "chunk": 6, "overlap": 2}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random_small(tmp_path_factory.mktemp("da3") / "small.safetensors")


def frames(count: int, *, height: int = HEIGHT, width: int = WIDTH) -> torch.Tensor:
    """A pattern that drifts to the left."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width + 2 * count), indexing="ij")
    wide = torch.stack([(x / 7).sin(), (y / 5).cos(), ((x + y) / 11).sin()])
    return torch.stack([wide[..., 2 * i : 2 * i + width] for i in range(count)])


def levels(video: torch.Tensor) -> np.ndarray:
    return ((video + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


@pytest.fixture
def passes():
    """Number of views of every pass through a network of the package."""
    sizes = []

    def note(module: torch.nn.Module, arguments: tuple) -> None:
        if isinstance(module, DepthAnything3Net):
            sizes.append(arguments[0].shape[1])

    hook = torch.nn.modules.module.register_module_forward_pre_hook(note)
    yield sizes
    hook.remove()


def test_a_clip_of_ten_frames_in_chunks(model: Path, passes: list[int]) -> None:
    done = []
    clip = depth_anything_geometry(
        frames(10), model=model, **SETTINGS, progress=lambda *step: done.append(step)
    )
    assert clip.depth.shape == clip.confidence.shape == (10, HEIGHT, WIDTH)
    assert clip.provider == "depth_anything_3"
    assert not clip.is_metric
    assert passes == [6, 6]
    assert done == [(1, 2), (2, 2)]
    torch.testing.assert_close(clip.w2c[0], torch.eye(4, dtype=torch.float64))
    assert clip.notes[0] == "weights: Depth Anything 3 Small, Apache-2.0"
    assert any("2 chunks of 6 frames" in note for note in clip.notes)


def test_cameras_are_brought_to_the_size_of_the_frames(model: Path) -> None:
    video = frames(4)
    clip = depth_anything_geometry(video, model=model, **SETTINGS)
    with torch.no_grad():
        raw = load_network(model).module(network_input(levels(video), RESOLUTION)[None])
    assert raw["depth"].shape == (1, 4, 56, 98)
    K = raw["intrinsics"][0].double()
    torch.testing.assert_close(clip.K[:, 0, 0], K[:, 0, 0] * WIDTH / 98)
    torch.testing.assert_close(clip.K[:, 1, 1], K[:, 1, 1] * HEIGHT / 56)
    middle = torch.tensor([(WIDTH - 1) / 2, (HEIGHT - 1) / 2], dtype=torch.float64)
    torch.testing.assert_close(clip.K[:, :2, 2], middle.expand(4, 2))
    assert 20 < clip.K[0, 0, 0] < 500


def test_a_single_frame_gets_a_camera_and_the_folder_of_a_model_will_do(model: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").symlink_to(model)
    clip = depth_anything_geometry(frames(1), model=tmp_path, **SETTINGS)
    assert clip.num_frames == 1
    assert clip.confidence.max() > 0


@pytest.mark.parametrize(
    ("height", "width", "resolution"),
    [(61, 100, 98), (100, 61, 98), (48, 80, 140), (28, 42, 42), (30, 41, 100)],
)
def test_frames_reach_the_network_as_in_the_package(height: int, width: int, resolution: int) -> None:
    images = levels(frames(2, height=height, width=width))
    expected, _, _ = InputProcessor()(list(images), process_res=resolution, sequential=True)
    torch.testing.assert_close(network_input(images, resolution), expected, rtol=0, atol=1e-5)


def test_nested_scales_to_metres_by_its_second_network() -> None:
    """The real class around small networks: the released ones take 7 GB."""
    metric = load_config(MODEL_REGISTRY["da3metric-large"])
    metric.net.update({"name": "vits", "out_layers": [2, 5, 8, 11]})
    metric.head.update({"dim_in": 384, "features": 16, "out_channels": [8, 8, 8, 8]})
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        module = NestedDepthAnything3Net(anyview=metric, metric=metric)
        module.da3 = build_module("small")
        plausible_cameras(module.da3)
    network = DepthAnythingNetwork(module=module.eval(), kind="nested")
    views = estimate_views(network, levels(frames(3)), resolution=RESOLUTION, pose_method="cam_dec")
    first = DepthAnythingNetwork(module=module.da3, kind="giant")
    plain = estimate_views(first, levels(frames(3)), resolution=RESOLUTION, pose_method="cam_dec")
    assert views.is_metric
    assert not plain.is_metric
    torch.testing.assert_close(views.K, plain.K)
    scale = views.w2c[1:, :3, 3] / plain.w2c[1:, :3, 3]
    torch.testing.assert_close(scale, scale[:1, :1].expand_as(scale), rtol=1e-3, atol=0)
    assert not torch.allclose(scale[0, 0], torch.ones((), dtype=torch.float64))


def test_a_nested_file_is_told_by_its_names_and_what_is_not_needed_is_left(tmp_path: Path) -> None:
    names = [PATCHES.replace("model.", f"model.{part}.") for part in ("da3", "da3_metric")]
    unused = [f"model.da3.{part}.weight" for part in ("cam_enc.norm", "gs_head.norm", "gs_adapter.mask")]
    save_file({name: torch.zeros(2) for name in names + unused}, tmp_path / "nested.safetensors")
    tensors, kind = read_weights(tmp_path / "nested.safetensors")
    assert kind == "nested"
    assert sorted(f"model.{name}" for name in tensors) == sorted(names)


def test_a_callback_cancels_after_the_chunk(model: Path, passes: list[int]) -> None:
    def cancel(done: int, total: int) -> None:
        raise OperationCancelled

    with pytest.raises(OperationCancelled):
        depth_anything_geometry(frames(20), model=model, **SETTINGS, progress=cancel)
    assert len(passes) == 1


PATCHES = "model.backbone.pretrained.patch_embed.proj.weight"
BAD_FILES = {
    "no cameras": (lambda t: [t.pop(n) for n in list(t) if "cam_dec" in n], GeometryError, "Mono, Metric"),
    "incomplete": (lambda t: t.pop("model.head.norm.bias"), CheckpointError, "1 missing (head.norm.bias"),
    "too much": (lambda t: t.update(x=torch.ones(1)), CheckpointError, "1 of other names (x"),
    "other shapes": (
        lambda t: t.update({"model.head.norm.bias": torch.ones(5)}),
        CheckpointError,
        "head.norm.bias",
    ),
    "other width": (
        lambda t: t.update({PATCHES: torch.zeros(8, 3, 14, 14)}),
        CheckpointError,
        "other tensors",
    ),
    "another model": (lambda t: t.pop(PATCHES), CheckpointError, "other tensors"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_files_that_are_no_whole_model_are_refused(model: Path, tmp_path: Path, case: str) -> None:
    change, kind, words = BAD_FILES[case]
    tensors = load_file(model)
    change(tensors)
    save_file(tensors, tmp_path / "bad.safetensors")
    with pytest.raises(kind, match="'bad.safetensors': expected ") as caught:
        load_network(tmp_path / "bad.safetensors")
    assert words in str(caught.value)


def test_files_that_cannot_be_read_are_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        load_network(tmp_path / "none.safetensors")
    (tmp_path / "short.safetensors").write_bytes(model.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match="'short.safetensors'.*only a part"):
        load_network(tmp_path / "short.safetensors")


@pytest.mark.parametrize("missing", ["depth_anything_3", "addict", "omegaconf", "einops"])
def test_what_is_missing_is_named_with_the_way_to_install_it(
    model: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "depth_anything_3"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(GeometryError, match="pip install --no-deps depth-anything-3") as caught:
        depth_anything_geometry(frames(2), model=model)
    assert missing in caught.value.got
