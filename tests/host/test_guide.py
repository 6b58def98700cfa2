"""PostCam Guide renders some frames at a time, and gives what rendering all at once gives."""

import pytest
import torch

NUM_FRAMES, HEIGHT, WIDTH = 19, 48, 80


@pytest.fixture(scope="module")
def clip(pack):
    """A synthetic clip with exact geometry."""
    synthetic = pack.import_module(".postcam_core.synthetic")
    return synthetic.render_rig(1_000_003, num_frames=NUM_FRAMES, num_cameras=1, height=HEIGHT, width=WIDTH)[
        0
    ]


@pytest.mark.parametrize("profile", ["released", "Uni3C", "VACE", "InSpatio-World"])
@pytest.mark.parametrize("background_memory", [False, True])
def test_pieces_are_the_guide_rendered_at_once(
    pack, clip, monkeypatch: pytest.MonkeyPatch, profile: str, background_memory: bool
) -> None:
    media, warp = (pack.import_module(f".postcam_core.{name}") for name in ("media", "warp"))
    paths = pack.import_module(".postcam_core.trajectory")
    node = pack.import_module(".nodes.guide")
    monkeypatch.setattr(node, "show_text", lambda text, node_id: None)  # there is no page to show it on
    images = media.image_from_video(clip.video.clamp(-1, 1))
    video = media.video_from_image(images)
    trajectory = paths.sample_trajectory(paths.preset_document("arc_left"), NUM_FRAMES)
    background = None
    if background_memory:
        background = warp.BackgroundMemory.collect(video.__getitem__, clip.geometry)
    whole = warp.render_scene_guide(video, clip.geometry, trajectory, background=background)
    expected = warp.apply_profile(whole, warp.PROFILES[profile], first_source=video[0])

    lengths, render = [], warp.SceneGuideRenderer.render

    def watched(self, start: int, stop: int, **settings):
        lengths.append(stop - start)
        return render(self, start, stop, **settings)

    monkeypatch.setattr(warp.SceneGuideRenderer, "render", watched)
    frames, mask, coverage = (
        node.PostCamGuide.PREPARE_CLASS_CLONE(None)
        .execute(images, clip.geometry, trajectory, "robust", profile, background_memory)
        .result
    )
    assert torch.equal(frames, media.image_from_video(expected.frames))
    assert torch.equal(mask, expected.mask)
    assert coverage == whole.coverage.tolist()
    assert sum(lengths) == NUM_FRAMES and max(lengths) < NUM_FRAMES / 2
