"""Depth Anything 3 through core's own loader and network: cameras fit the depth, memory stays that of a chunk."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import comfy_extras.nodes_depth_anything_3 as core_nodes
import folder_paths
import pytest
import torch
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).parents[2]
# 56×98 pixels inside the network: both sides round differently.
HEIGHT, WIDTH, RESOLUTION = 61, 100, 98
SETTINGS = {"resolution": RESOLUTION, "chunk": 6, "overlap": 2, "pose_method": "cam_dec"}


@pytest.fixture(scope="module")
def backend(pack) -> ModuleType:
    return pack.import_module(".nodes.backend.depth_anything")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Core's geometry_estimation folder with random models in it, one of them tiny."""
    folder = tmp_path_factory.mktemp("geometry_estimation")
    script = ROOT / "tests" / "oracles" / "tiny_depth_anything.py"
    command = [sys.executable, script, ROOT / ".comfyui" / "current"]
    for arguments in ([folder / "tiny.safetensors"], [folder / "small.safetensors", "full"]):
        subprocess.run([*command, *arguments], check=True, capture_output=True)
    folder_paths.folder_names_and_paths["geometry_estimation"][0].insert(0, str(folder))
    return folder


@pytest.fixture(scope="module")
def model(backend, folder: Path):
    assert "tiny.safetensors" in backend.geometry_model_menu()
    return backend.load_depth_anything("tiny.safetensors")


@pytest.fixture
def passes(model):
    """Number of views of every pass through the network."""
    sizes = []
    network = model.patcher.model.diffusion_model
    hook = network.register_forward_pre_hook(lambda module, arguments: sizes.append(arguments[0].shape[1]))
    yield sizes
    hook.remove()


def frames(count: int, *, height: int = HEIGHT, width: int = WIDTH) -> torch.Tensor:
    """A pattern that drifts to the left."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width + 2 * count), indexing="ij")
    wide = torch.stack([(x / 7).sin(), (y / 5).cos(), ((x + y) / 11).sin()], dim=-1) * 0.5 + 0.5
    return torch.stack([wide[:, 2 * i : 2 * i + width] for i in range(count)])


def test_a_clip_of_ten_frames_in_chunks(backend, model, passes) -> None:
    done = []
    geometry = backend.depth_anything_geometry(
        frames(10), model, **SETTINGS, progress=lambda *step: done.append(step)
    )
    assert geometry.depth.shape == (10, HEIGHT, WIDTH)
    assert geometry.provider == "depth_anything_3"
    assert passes == [6, 6]
    assert done == [(1, 2), (2, 2)]
    torch.testing.assert_close(geometry.w2c[0], torch.eye(4, dtype=torch.float64))
    assert "Apache-2.0" in geometry.notes[0]
    assert any("2 chunks of 6 frames" in note for note in geometry.notes)


def test_cameras_are_brought_to_the_size_of_the_frames(backend, model) -> None:
    images = frames(5)
    ours = backend.depth_anything_geometry(images, model, **SETTINGS)
    mode = {"mode": "multiview", "pose_method": "cam_dec", "ref_view_strategy": "saddle_balanced"}
    core = core_nodes.DA3Inference.execute(
        model.patcher, images, RESOLUTION, "upper_bound_resize", mode
    ).result[0]
    # What core gives fits a picture of 98×56 though its depth is 100×61; from (0, 0) at the corner.
    K = core["intrinsics"][0].double()
    assert (2 * K[:, :2, 2] == torch.tensor([98.0, 56.0])).all()
    torch.testing.assert_close(ours.K[:, 0, 0], K[:, 0, 0] * WIDTH / 98)
    torch.testing.assert_close(ours.K[:, 1, 1], K[:, 1, 1] * HEIGHT / 56)
    middle = torch.tensor([(WIDTH - 1) / 2, (HEIGHT - 1) / 2], dtype=torch.float64)
    torch.testing.assert_close(ours.K[:, :2, 2], middle.expand(5, 2))
    relative = torch.eye(4, dtype=torch.float64).repeat(5, 1, 1)
    relative[:, :3] = core["extrinsics"][0].double()
    relative = relative @ relative[0].inverse()
    torch.testing.assert_close(ours.w2c, relative, atol=1e-5, rtol=0)
    assert (ours.depth / core["depth"]).log().abs().median() < 0.05


def rays_of(w2c: torch.Tensor, fov: torch.Tensor, *, height: int, width: int) -> torch.Tensor:
    """What the ray head would say of these cameras: direction and origin for every cell of a grid over [-1, 1]."""
    x = (torch.arange(width) + 0.5) / width * 2 - 1
    y = (torch.arange(height) + 0.5) / height * 2 - 1
    grid = torch.stack(
        [x.expand(height, width), y[:, None].expand(height, width), torch.ones(height, width)], -1
    )
    c2w = w2c.inverse().float()
    directions = (grid * torch.tensor([(fov[1] / 2).tan(), (fov[0] / 2).tan(), 1.0])) @ c2w[
        :, None, :3, :3
    ].mT
    origins = c2w[:, None, None, :3, 3].expand_as(directions)
    return torch.cat([directions, origins], dim=-1)[None]


def test_cameras_from_rays_are_those_that_the_rays_were_made_of(backend, pack, model) -> None:
    cameras = pack.import_module(".postcam_core.cameras")
    twist = 0.2 * torch.randn(5, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    w2c = cameras.rigid_exp(twist)
    fov = torch.tensor([0.7, 1.1])

    def give_rays(module, arguments, out: dict) -> dict:
        height, width = out["ray"].shape[2:4]
        return {**out, "ray": rays_of(w2c, fov, height=height, width=width)}

    hook = model.patcher.model.diffusion_model.head.register_forward_hook(give_rays)
    try:
        settings = {**SETTINGS, "pose_method": "ray_pose"}
        geometry = backend.depth_anything_geometry(frames(5), model, **settings)
        again = backend.depth_anything_geometry(frames(5), model, **settings)
    finally:
        hook.remove()
    torch.testing.assert_close(geometry.w2c, w2c @ w2c[0].inverse(), atol=1e-4, rtol=0)
    expected = cameras.intrinsics_matrix(1.0, width=WIDTH, height=HEIGHT)
    expected[0, 0], expected[1, 1] = WIDTH / 2 / (fov[1] / 2).tan(), HEIGHT / 2 / (fov[0] / 2).tan()
    torch.testing.assert_close(geometry.K, expected.expand(5, 3, 3), atol=1e-2, rtol=1e-3)
    assert torch.equal(geometry.w2c, again.w2c), "the random samples inside are seeded"


@pytest.mark.parametrize("pose_method", ["cam_dec", "ray_pose"])
def test_the_authors_package_agrees_on_the_same_file(backend, pack, folder: Path, pose_method: str) -> None:
    """Their networks, without ComfyUI, beside core's: two implementations of one model."""
    # The size inside, in whole levels: the two resize in different ways, and the package takes bytes.
    levels = frames(5, height=56, width=98).mul(255).round().byte()
    core = backend.load_depth_anything("small.safetensors")
    network = pack.import_module(".postcam_core.geometry.depth_anything_network")
    theirs = network.load_network(folder / "small.safetensors")
    assert theirs.kind == core.kind == "small"
    w2c = torch.eye(4, dtype=torch.float64).repeat(5, 1, 1)
    w2c[:, 0, 3] = torch.linspace(0, 0.4, 5)

    def give_rays(module, arguments, out: dict) -> dict:
        if "ray" in out:  # random weights give rays of no camera
            height, width = out["ray"].shape[2:4]
            out["ray"] = rays_of(w2c, torch.tensor([0.7, 1.1]), height=height, width=width)
        return out

    heads = [core.patcher.model.diffusion_model.head, theirs.module.head]
    hooks = [head.register_forward_hook(give_rays) for head in heads]
    settings = {"resolution": 98, "pose_method": pose_method}
    try:
        ours = backend.depth_anything_geometry(levels / 255, core, chunk=6, overlap=2, **settings)
        other = network.estimate_views(theirs, levels.numpy(), **settings).anchored()
    finally:
        for hook in hooks:
            hook.remove()
    torch.testing.assert_close(ours.depth, other.depth, rtol=1e-4, atol=0)
    torch.testing.assert_close(ours.confidence, other.confidence, rtol=0, atol=1e-4)
    torch.testing.assert_close(ours.K, other.K, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(ours.w2c, other.w2c, rtol=0, atol=1e-4)


def test_a_single_frame_gets_a_camera(backend, model, passes) -> None:
    geometry = backend.depth_anything_geometry(frames(1), model, **SETTINGS)
    assert passes == [2], "the decoder wants two views"
    assert geometry.num_frames == 1
    assert 20 < geometry.K[0, 0, 0] < 500


def test_400_frames_never_meet_in_one_pass(backend, model, passes) -> None:
    geometry = backend.depth_anything_geometry(
        frames(400, height=28, width=42), model, resolution=42, chunk=32, overlap=8, pose_method="cam_dec"
    )
    assert geometry.num_frames == 400
    assert max(passes) == 32
    assert sum(passes) < 1.5 * 400


def test_cancelling_stops_after_the_chunk(backend, model, passes) -> None:
    class Cancelled(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        backend.depth_anything_geometry(frames(20), model, **SETTINGS, progress=cancel)
    assert len(passes) == 1


@pytest.fixture
def variant(backend, folder: Path, request: pytest.FixtureRequest):
    """Loads the tiny model with changed tensors."""

    def load(change) -> object:
        published = load_file(folder / "tiny.safetensors")
        tensors = {name.removeprefix("model."): tensor for name, tensor in published.items()}
        change(tensors)
        save_file(tensors, folder / "variant.safetensors")
        return backend.load_depth_anything("variant.safetensors")

    yield load
    (folder / "variant.safetensors").unlink()


PATCHES = "backbone.embeddings.patch_embeddings.projection.weight"
BAD_FILES = {
    "giant": (lambda t: t.update({PATCHES: torch.zeros(1536, 3, 14, 14)}), "Giant"),
    "no cameras": (lambda t: [t.pop(name) for name in list(t) if name.startswith("cam_dec")], "Mono, Metric"),
    "incomplete": (lambda t: t.pop("backbone.layernorm.weight"), "1 missing (backbone.layernorm.weight"),
    "no size": (lambda t: t.pop("head.projects.1.weight"), "none of the name 'head.projects.1.weight'"),
    "another model": (
        lambda t: [t.pop(name) for name in list(t) if name.startswith("backbone")],
        "other tensors",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_model_that_would_run_wrongly_is_refused(variant, case: str) -> None:
    change, words = BAD_FILES[case]
    with pytest.raises(ValueError, match="expected .* got ") as caught:
        variant(change)
    assert words in str(caught.value)


def test_a_file_with_a_norm_under_all_of_its_names_loads(backend, variant) -> None:
    def repeat(tensors: dict) -> None:
        first = "head.scratch.output_conv2_aux.0.2."
        for level in "123":
            for kind in ("weight", "bias"):
                tensors[first.replace("0", level) + kind] = tensors[first + kind].clone()

    geometry = backend.depth_anything_geometry(frames(3), variant(repeat), **SETTINGS)
    assert geometry.num_frames == 3


def test_cameras_that_are_none_are_refused(backend, variant) -> None:
    def no_rays(tensors: dict) -> None:
        for name in tensors:
            if "output_conv2_aux" in name:
                tensors[name].zero_()

    model = variant(no_rays)
    with pytest.raises(ValueError, match="the other pose method"):
        backend.depth_anything_geometry(frames(4), model, **{**SETTINGS, "pose_method": "ray_pose"})
