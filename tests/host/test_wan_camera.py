"""The camera embedding against core's own node, whose nine moves ours can make too."""

import comfy_extras.nodes_camera_trajectory as core
import numpy as np
import pytest
import torch

SIZES = [(64, 48), (48, 64), (64, 64)]
NUM_FRAMES = 9
# Core's numbers, normalised by the sides of a picture of 1280×720.
FX, FY, CX, CY = 0.55, 0.8, 0.45, 0.52


def _geometry(pack, width: int, height: int):
    """A clip whose nearest depth is 1, and whose K is what core makes of its numbers."""
    K = torch.zeros(NUM_FRAMES, 3, 3, dtype=torch.float64)
    wide = width / height < 1280 / 720
    K[:, 0, 0] = FX * (height * 1280 / 720 if wide else width)
    K[:, 1, 1] = FY * (height if wide else width / (1280 / 720))
    # Core counts from the corner of the first pixel, we from its centre.
    K[:, 0, 2], K[:, 1, 2], K[:, 2, 2] = CX * width - 0.5, CY * height - 0.5, 1
    return pack.import_module(".postcam_core.geometry").SceneGeometry(
        depth=torch.ones(NUM_FRAMES, height, width),
        K=K,
        w2c=torch.eye(4, dtype=torch.float64).repeat(NUM_FRAMES, 1, 1),
        provider="test",
    )


def _core_move(pack, name: str):
    """Core's move as a trajectory in nearest depths."""
    move = core.CAMERA_DICT[name]
    poses = core.get_camera_motion(np.array(move["angle"]), np.array(move["T"]), 1.0, NUM_FRAMES)
    c2w = torch.eye(4, dtype=torch.float64).repeat(NUM_FRAMES, 1, 1)
    c2w[:, :3] = torch.from_numpy(poses)
    trajectory = pack.import_module(".postcam_core.trajectory")
    return trajectory.Trajectory(c2w=c2w, unit="nearest_depth")


def _ours(pack, trajectory, geometry, width: int, height: int):
    node = pack.import_module(".nodes.wan_camera").PostCamWanCamera
    return node.execute(trajectory, geometry, width, height, 1.0).result


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [name for name in core.CAMERA_DICT if not name.startswith("base")])
def test_core_s_own_moves_give_core_s_own_embedding(pack, name: str, size: tuple[int, int]) -> None:
    expected = core.WanCameraEmbedding.execute(
        name, *size, NUM_FRAMES, speed=1.0, fx=FX, fy=FY, cx=CX, cy=CY
    ).result
    ours = _ours(pack, _core_move(pack, name), _geometry(pack, *size), *size)
    assert ours[1:] == expected[1:]
    assert ours[0].dtype == expected[0].dtype
    torch.testing.assert_close(ours[0], expected[0], atol=2e-6, rtol=0)


def test_the_first_camera_is_the_world_wherever_it_stands(pack) -> None:
    """The start image is what the first camera sees."""
    size, trajectory = SIZES[0], _core_move(pack, "ClockWise (CW)")
    moved = torch.eye(4, dtype=torch.float64)
    moved[:3, 3] = torch.tensor([1.0, -2.0, 0.5])
    elsewhere = type(trajectory)(c2w=moved @ trajectory.c2w, unit="nearest_depth")
    ours, other = (_ours(pack, each, _geometry(pack, *size), *size)[0] for each in (trajectory, elsewhere))
    torch.testing.assert_close(ours, other)


def test_zoom_and_size_change_k_and_the_last_camera_is_held(pack) -> None:
    geometry, trajectory = _geometry(pack, 64, 48), _core_move(pack, "Static")
    zoom = torch.linspace(1, 2, 7, dtype=torch.float64)
    zoomed = type(trajectory)(c2w=trajectory.c2w[:7], unit="nearest_depth", focal_scale=zoom)
    embedding, _, _, length = _ours(pack, zoomed, geometry, 128, 96)
    assert embedding.shape == (1, 24, 3, 96, 128)
    assert length == 9
    direction = embedding[0].unflatten(0, (6, 4))[3:]  # ray, frame of four, latent frame
    slope = direction[0] / direction[2]
    K = geometry.K[0]
    columns = torch.arange(128, dtype=torch.float64)
    for latent, frame in ((0, 0), (2, 6)):
        # Pixel centres of the larger picture lie at quarters of the smaller one's pixels.
        expected = ((columns - 0.5) / 2 - K[0, 2]) / (K[0, 0] * zoom[frame])
        torch.testing.assert_close(slope[3, latent, 10].double(), expected, atol=1e-5, rtol=0)


def test_core_s_next_node_takes_it(pack) -> None:
    """WanCameraImageToVideo hands it on with the conditioning."""
    from comfy_extras.nodes_wan import WanCameraImageToVideo

    embedding, width, height, length = _ours(
        pack, _core_move(pack, "Pan Up"), _geometry(pack, 64, 48), 64, 48
    )
    text = [[torch.zeros(1, 1, 8), {}]]
    positive, _, latent = WanCameraImageToVideo.execute(
        text, text, None, width, height, length, 1, camera_conditions=embedding
    ).result
    assert positive[0][1]["camera_conditions"] is embedding
    # One embedding of 8×8 pixels for every latent pixel.
    assert latent["samples"].shape[2:] == (3, 48 // 8, 64 // 8)
    assert embedding.shape[2:] == (3, 48, 64)
