"""Shots through the nodes: which source frames the model gets, and which poses, for clips of another length."""

from pathlib import Path
from types import ModuleType

import comfy.sd
import comfy.utils
import pytest
import torch
from torch import Tensor

MINI = Path(__file__).parents[2] / "assets" / "mini"
NUM_SOURCE, HEIGHT, WIDTH = 9, 32, 48


@pytest.fixture(scope="module")
def vae():
    """The bundled mini VAE as core loads it."""
    return comfy.sd.VAE(comfy.utils.load_torch_file(str(MINI / "vae" / "postcam_mini_vae.safetensors")))


@pytest.fixture(scope="module")
def images() -> Tensor:
    """Frames that differ in brightness from one to the next."""
    picture = torch.linspace(0, 0.4, WIDTH).expand(NUM_SOURCE, HEIGHT, WIDTH)
    return (picture + torch.linspace(0, 0.6, NUM_SOURCE)[:, None, None])[..., None].expand(-1, -1, -1, 3)


class Nodes:
    """The pack's nodes, called as ComfyUI calls them."""

    def __init__(self, pack) -> None:
        self._pack = pack
        self.errors: ModuleType = pack.import_module(".postcam_core.errors")

    def geometry(self, num_frames: int = NUM_SOURCE):
        """A wall, seen by a camera that walks to the right."""
        w2c = torch.eye(4, dtype=torch.float64).repeat(num_frames, 1, 1)
        w2c[:, 0, 3] = -0.1 * torch.arange(num_frames)
        K = torch.tensor([[40.0, 0, 23.5], [0, 40.0, 15.5], [0, 0, 1]], dtype=torch.float64)
        return self._pack.import_module(".postcam_core.geometry").SceneGeometry(
            depth=torch.full((num_frames, HEIGHT, WIDTH), 2.0),
            K=K.repeat(num_frames, 1, 1),
            w2c=w2c,
            provider="test",
        )

    def trajectory(self, preset: str = "truck_right", num_frames: int = NUM_SOURCE, **inputs):
        """PostCam Trajectory with nothing connected: it has a page to talk to only in a server."""
        inputs = {"amount": 1.0, "trajectory": ""} | inputs
        return self._run("trajectory", "PostCamTrajectory", preset=preset, num_frames=num_frames, **inputs)[0]

    def connected(self, shot: str, preset: str = "truck_right", num_frames: int = NUM_SOURCE, **options):
        """What PostCam Trajectory does where geometry is connected."""
        core = self._pack.import_module(".postcam_core.trajectory")
        document = core.with_shot(core.preset_document(preset), shot, **options)
        sample = self._pack.import_module(".nodes.clip_checks").sample_for_clip
        return sample(document, num_frames, geometry=self.geometry())

    def condition(self, **inputs) -> tuple[Tensor, Tensor]:
        """What PostCam Conditioning tells the model: source latents and poses."""
        native = self._pack.import_module(".nodes.backend.native")
        values = self._run("conditioning", "PostCamConditioning", **inputs)[0][0][1]
        return values[native.SOURCE], values[native.CAMERA]

    @torch.no_grad()
    def _run(self, module: str, name: str, **inputs) -> tuple:
        node = getattr(self._pack.import_module(f".nodes.{module}"), name)
        return node.PREPARE_CLASS_CLONE(None).execute(**inputs).result


@pytest.fixture(scope="module")
def nodes(pack) -> Nodes:
    return Nodes(pack)


SHOTS = {
    "bullet time": (9, {"freeze_at": 0.25}, [2] * 9),
    "reverse": (9, {}, [8, 7, 6, 5, 4, 3, 2, 1, 0]),
    "slow down": (17, {}, [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8]),
    "as normal": (9, {}, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
}


@pytest.mark.parametrize("shot", SHOTS)
def test_the_model_gets_the_moments_and_poses_of_the_shot(
    nodes: Nodes, vae, images: Tensor, shot: str
) -> None:
    num_frames, inputs, shown = SHOTS[shot]
    trajectory = nodes.connected(shot, num_frames=num_frames, **inputs)
    geometry = nodes.geometry()
    source, poses = nodes.condition(vae=vae, source=images, trajectory=trajectory, geometry=geometry)
    assert torch.equal(source, vae.encode(images[shown]))
    # 0.3 nearest depths to the right in all, and the nearest depth is 3.97521: one pose per latent frame.
    expected = -0.3 * 3.97521 * torch.linspace(0, 1, num_frames)[::4]
    # The source goes to the right, too; poses are relative to where it was when the frame shown first was taken.
    expected += 0.1 * 3.97521 / 2 * shown[0]
    assert poses.shape == (1, (num_frames - 1) // 4 + 1, 4, 4)
    assert torch.allclose(poses[0, :, 0, 3], expected, atol=1e-4)


@pytest.mark.parametrize("shot", ["follow the source", "stabilise"])
def test_the_camera_goes_along_with_the_source(nodes: Nodes, vae, images: Tensor, shot: str) -> None:
    trajectory, geometry = nodes.connected(shot, "static"), nodes.geometry()
    _, poses = nodes.condition(vae=vae, source=images, trajectory=trajectory, geometry=geometry)
    walk = -0.1 * 3.97521 / 2 * torch.tensor([0.0, 4, 8])
    # Averaging a straight walk changes its ends alone.
    assert (poses[0, :, 0, 3] - walk).abs()[1 if shot == "stabilise" else slice(None)].max() < 1e-4
    assert poses[0, -1, 0, 3] < poses[0, 0, 0, 3]


def test_another_length_without_a_timing_is_refused_at_once(nodes: Nodes, vae, images: Tensor) -> None:
    with pytest.raises(nodes.errors.TrajectoryError, match="expected 9.*got 17.*slow down"):
        nodes.connected("as normal", num_frames=17)
    unconnected = nodes.trajectory(num_frames=17)
    with pytest.raises(nodes.errors.TrajectoryError, match="expected 9.*got 17.*slow down"):
        nodes.condition(vae=vae, source=images, trajectory=unconnected)


@pytest.mark.parametrize("num_frames", [5, 17])
def test_slow_motion_has_to_know_its_clip(nodes: Nodes, vae, images: Tensor, num_frames: int) -> None:
    blind = nodes.trajectory(num_frames=num_frames, shot="slow down")
    with pytest.raises(nodes.errors.TrajectoryError, match=f"got one over {num_frames}.*Connect"):
        nodes.condition(vae=vae, source=images, trajectory=blind)
    knowing = nodes.connected("slow down", num_frames=num_frames)
    source, _ = nodes.condition(vae=vae, source=images, trajectory=knowing)
    assert source.shape[2] == (num_frames - 1) // 4 + 1


def test_a_guide_of_another_length_than_the_trajectory_is_refused(nodes: Nodes, vae, images: Tensor) -> None:
    slow = nodes.connected("slow down", num_frames=17)
    with pytest.raises(nodes.errors.ShapeError, match=f"17 frames of {WIDTH}×{HEIGHT}.*got 9"):
        nodes.condition(vae=vae, source=images, trajectory=slow, guide=images)


def test_a_document_brings_its_own_shot(nodes: Nodes) -> None:
    text = '{"format": "postcam-trajectory", "version": 1, "path": {"kind": "preset", "name": "static"}}'
    assert len(nodes.trajectory(trajectory=text)) == NUM_SOURCE
    with pytest.raises(nodes.errors.TrajectoryError, match='"as normal" while there is.*got "reverse"'):
        nodes.trajectory(trajectory=text, shot="reverse")
