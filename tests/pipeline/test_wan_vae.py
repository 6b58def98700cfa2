"""The VAE outside ComfyUI: sizes, normalisation, and files that are none."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from postcam_core.errors import CheckpointError, ShapeError
from postcam_core.pipeline import load_wan_vae
from tests.oracles.tiny_wan_vae import save_tiny_wan_vae, tiny_wan_vae


def _video(num_frames: int = 9, height: int = 16, width: int = 24) -> torch.Tensor:
    return torch.rand(num_frames, 3, height, width, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("vae") / "vae.safetensors"
    save_tiny_wan_vae(path)
    return path


def test_a_file_under_the_original_names_gives_the_same_latents(path) -> None:
    vae, loaded = tiny_wan_vae(), load_wan_vae(path, dtype=torch.float32)
    latents = loaded.encode(_video())
    assert latents.shape == (16, 3, 2, 3) and latents.dtype == torch.float32
    assert latents.equal(vae.encode(_video()))
    assert loaded.decode(latents).equal(vae.decode(latents))
    assert loaded.decode(latents).shape == (9, 3, 16, 24)


def test_bfloat16_is_close_and_comes_back_as_float32(path) -> None:
    exact, fast = tiny_wan_vae().encode(_video()), load_wan_vae(path).encode(_video())
    assert fast.dtype == torch.float32
    assert 0 < (fast - exact).abs().max() < 0.05 * exact.abs().max()


def test_latents_are_normalised_by_wan_s_own_numbers() -> None:
    # The first channel's mean and deviation as Wan's VAE publishes them.
    vae = tiny_wan_vae()
    raw = vae._network.encode(_video().transpose(0, 1)[None]).latent_dist.mode()
    torch.testing.assert_close(vae.encode(_video())[0], (raw[0, 0] + 0.7571) / 2.8184)


@pytest.mark.parametrize(
    "shape", [(8, 3, 16, 24), (9, 3, 20, 24), (9, 4, 16, 24), (0, 3, 16, 24), (9, 16, 24)]
)
def test_frames_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="video to encode: expected .*1, 5, 9"):
        tiny_wan_vae().encode(torch.zeros(shape))


def test_what_is_no_latent_is_refused() -> None:
    with pytest.raises(ShapeError, match="latents: expected"):
        tiny_wan_vae().decode(torch.zeros(3, 4, 2, 3))


def _without(tensors: dict) -> dict:
    return {key: x for key, x in tensors.items() if "head" not in key}


def _transformer(_: dict) -> dict:
    return {"blocks.0.self_attn.q.weight": torch.zeros(2, 2)}


def _wan_2_2(tensors: dict) -> dict:
    return {**tensors, "decoder.upsamples.0.upsamples.0.residual.2.weight": torch.zeros(2)}


def _other_shape(tensors: dict) -> dict:
    return {**tensors, "encoder.conv1.bias": torch.zeros(7)}


def _incomplete(tensors: dict) -> dict:
    return {key: x for key, x in tensors.items() if not key.startswith("encoder.middle")}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_without, "got a video VAE"),
        (_transformer, "got plain Wan"),
        (_wan_2_2, "got the Wan 2.2 VAE"),
        (_other_shape, "1 missing, unexpected or of another shape, encoder.conv_in.bias"),
        (_incomplete, "missing, unexpected"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path, path, change, words: str) -> None:
    other = tmp_path / "other.safetensors"
    save_file(change(load_file(path)), other)
    with pytest.raises(CheckpointError, match=words):
        load_wan_vae(other)


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(CheckpointError, match="got no file"):
        load_wan_vae(tmp_path / "none.safetensors")


def _cut(video: torch.Tensor, sizes: list[int]) -> list[torch.Tensor]:
    return list(video.split(sizes))


@pytest.mark.parametrize("sizes", [[13], [1] * 13, [3, 4, 6], [2, 11]])
def test_a_clip_in_pieces_has_the_latents_that_diffusers_gives_the_whole(sizes: list[int]) -> None:
    vae, video = tiny_wan_vae(), _video(13)
    raw = vae._network.encode(video.transpose(0, 1)[None]).latent_dist.mode()[0]
    latents = list(vae.encode_stream(_cut(video, sizes)))
    assert [piece.shape[1] for piece in latents] == [1] * 4
    whole = vae.encode(video)
    assert torch.cat(latents, dim=1).equal(whole)
    torch.testing.assert_close(whole, (raw - vae._mean[0]) / vae._deviation[0], atol=1e-6, rtol=1e-6)


def test_frames_come_out_in_pieces_as_diffusers_decodes_them_whole() -> None:
    vae, latents = tiny_wan_vae(), torch.randn(16, 4, 2, 3, generator=torch.Generator().manual_seed(1))
    whole = vae._network.decode(latents[None] * vae._deviation + vae._mean).sample[0].transpose(0, 1)
    pieces = list(vae.decode_stream(latents))
    assert [len(piece) for piece in pieces] == [1, 4, 4, 4]
    torch.testing.assert_close(torch.cat(pieces), whole, atol=2e-5, rtol=0)


def test_latents_come_as_soon_as_their_frames_are_there_and_streams_do_not_mix() -> None:
    vae, video, taken = tiny_wan_vae(), _video(9), []

    def frames(sign: int):
        for index, frame in enumerate(video):
            taken.append(index)
            yield sign * frame[None]

    both = zip(vae.encode_stream(frames(1)), vae.encode_stream(frames(-1)), strict=True)
    first = next(both)
    assert taken == [0, 0]
    upright, negative = ([a, *rest] for a, rest in zip(first, zip(*both, strict=True), strict=True))
    assert torch.cat(upright, dim=1).equal(vae.encode(video))
    assert torch.cat(negative, dim=1).equal(vae.encode(-video))


@pytest.mark.parametrize(("sizes", "words"), [([5, 3], "3 frames too many"), ([], "no frames")])
def test_a_stream_that_ends_between_latents_is_refused(sizes: list[int], words: str) -> None:
    stream = tiny_wan_vae().encode_stream(_cut(_video(sum(sizes) or 1)[: sum(sizes)], sizes) if sizes else [])
    with pytest.raises(ShapeError, match=words):
        list(stream)
