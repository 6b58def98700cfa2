"""Clips longer than a window: ComfyUI's context windows and the library's are the same ones."""

import comfy.context_windows
import comfy.model_management
import pytest
import torch

NUM_FRAMES, LENGTH, OVERLAP = 12, 5, 1  # latent frames; windows from 0, 4 and 7
WINDOWS = {"window_frames": 17, "overlap_frames": 4}


@pytest.mark.parametrize(("length", "overlap"), [(11, 3), (11, 2), (11, 0), (5, 4), (4, 1), (1, 0)])
def test_plan_and_weights_are_core_s(pack, length: int, overlap: int) -> None:
    windows = pack.import_module(".postcam_core.sampling.windows")
    handler = comfy.context_windows.IndexListContextHandler(
        context_schedule=None, fuse_method=None, context_length=length, context_overlap=overlap
    )
    for num_frames in (*range(1, 60), 251):
        ours = windows.plan_windows(num_frames, length=length, overlap=overlap)
        theirs = comfy.context_windows.create_windows_static_standard(num_frames, handler, {})
        assert [list(range(window.start, window.stop)) for window in ours] == theirs
    weights = comfy.context_windows.create_weights_pyramid(length)
    assert windows.window_weights(length).tolist() == weights


@pytest.fixture
def long(recorded, backend):
    """Conditioning for a clip of 12 latent frames, both texts; with poses of the source or without."""
    generator = torch.Generator().manual_seed(3)
    index = torch.randint(3, (NUM_FRAMES,), generator=generator)
    poses = torch.eye(4).repeat(2, NUM_FRAMES, 1, 1)
    poses[:, 1:, :3, 3] = 0.3 * torch.randn(2, NUM_FRAMES - 1, 3, generator=generator)
    told = recorded.conditioning()[0][1]
    values = {key: told[key][:, :, index] for key in (backend.SOURCE, backend.GUIDE)}
    values |= {backend.CAMERA: poses[:1], backend.SOURCE_CAMERA: poses[1:]}

    def conditioning(**changes) -> dict[str, list]:
        given = {key: value for key, value in (values | changes).items() if value is not None}
        return {
            name: [[recorded.data[text], given]]
            for name, text in (("positive", "context"), ("negative", "negative"))
        }

    return conditioning


@pytest.fixture
def sample(pack, model):
    """PostCamSampler on the long clip: the LATENT that it gives."""

    def run(conditioning: dict[str, list], model=model, **settings) -> dict:
        usual = {"seed": 0, "steps": 2, "cfg": 5.0, "shift": 5.0, "solver": "euler", **WINDOWS}
        latent = {"samples": torch.zeros(1, 16, NUM_FRAMES, 12, 20), "postcam_crop": {"clip": {}}}
        node = pack.import_module(".nodes.sampler").PostCamSampler
        return node.execute(model=model, latent=latent, **conditioning, **(usual | settings)).result[0]

    return run


def test_the_sampler_gives_what_the_library_gives(pack, model, backend, long, sample) -> None:
    sampling = pack.import_module(".postcam_core.sampling")
    conditioning = long()
    calls = []
    model.model.diffusion_model.register_forward_pre_hook(
        lambda module, arguments, keywords: calls.append(keywords["camera_w2c"]), with_kwargs=True
    )
    latent = sample(conditioning)
    assert latent["postcam_crop"] == {"clip": {}}
    windows = sampling.plan_windows(NUM_FRAMES, length=LENGTH, overlap=OVERLAP)
    assert [window.start for window in windows] == [0, 4, 7]
    told = conditioning["positive"][0][1]
    source_camera = told[backend.SOURCE_CAMERA]
    assert len(calls) == 2 * len(windows)
    for given, window in zip(calls, 2 * windows, strict=True):
        expected = sampling.windows.window_cameras(told[backend.CAMERA], window, source_camera)
        assert given[:1].equal(expected)
    own = sampling.denoise(
        model.model.diffusion_model,
        torch.randn(latent["samples"].shape, generator=torch.manual_seed(0)),
        source_latents=model.model.process_latent_in(told[backend.SOURCE]),
        guide_latents=model.model.process_latent_in(told[backend.GUIDE]),
        camera_w2c=told[backend.CAMERA],
        source_camera_w2c=source_camera,
        positive=conditioning["positive"][0][0],
        negative=conditioning["negative"][0][0],
        num_steps=2,
        windows=windows,
    )
    assert (model.model.process_latent_in(latent["samples"]) - own).abs().max() < 2e-4


def test_windows_need_to_know_where_the_source_was_and_one_window_does_not(backend, long, sample) -> None:
    without = long(**{backend.SOURCE_CAMERA: None})
    assert sample(without, window_frames=45)["samples"].equal(sample(long(), window_frames=45)["samples"])
    with pytest.raises(ValueError, match="a clip in windows: expected the source's own camera"):
        sample(without, window_frames=17)


def test_context_windows_from_another_node_are_kept(model, long, sample) -> None:
    import comfy_extras.nodes_context_windows as core

    own = core.WanContextWindowsManualNode.execute(
        model, 25, 8, "standard_static", 1, False, "flat", False
    ).result[0]
    lengths = []
    model.model.diffusion_model.register_forward_pre_hook(
        lambda module, arguments: lengths.append(arguments[0].shape[2])
    )
    sample(long(), model=own)
    assert set(lengths) == {7, 8}  # core's node gives all but the first window one frame more
    assert "context_handler" not in model.model_options


def test_cancelling_stops_between_windows(model, long, sample) -> None:
    calls = []
    model.model.diffusion_model.register_forward_hook(
        lambda *_: calls.append(comfy.model_management.interrupt_current_processing())
    )
    with pytest.raises(comfy.model_management.InterruptProcessingException):
        sample(long())
    comfy.model_management.interrupt_current_processing(False)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"window_frames": 17, "overlap_frames": 20}, "overlap from 0 to less than the window's length"),
        ({"window_frames": 18}, "number of frames: expected a multiple of 4, plus 1.*got 18"),
    ],
)
def test_windows_that_cannot_be_planned_are_refused(long, sample, settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        sample(long(), **settings)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("CAMERA", "camera poses: expected 12"),
        ("SOURCE_CAMERA", "the source's camera poses: expected 12, as many as the target's.*got 3"),
    ],
)
def test_poses_of_another_length_are_refused(backend, long, sample, key: str, words: str) -> None:
    poses = torch.eye(4).repeat(1, 3, 1, 1)
    with pytest.raises(ValueError, match=words):
        sample(long(**{getattr(backend, key): poses}))
