"""Pairs: which are made, their cameras and guides, and that shards hold what the builder computes."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader

from postcam_core.cameras import invert_rigid
from postcam_core.errors import BrokenClip, CheckpointError, PostCamError, ShapeError
from postcam_core.training.data import (
    LatentPair,
    OnTheFlyPairs,
    PairBuilder,
    PairSettings,
    ShardPairs,
    SyntheticTakes,
    precompute,
)
from postcam_core.warp import render_guide, shrink_guide

VAE = "tiny"


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory, builder: PairBuilder) -> ShardPairs:
    folder = tmp_path_factory.mktemp("shards")
    precompute(builder, folder, vae=VAE)
    return ShardPairs(folder)


def _assert_same(left: LatentPair, right: LatentPair) -> None:
    assert left.name == right.name
    for key in ("target", "source", "guide", "camera_w2c", "text"):
        first, second = getattr(left, key), getattr(right, key)
        assert (first is None and second is None) or first.equal(second), key
        assert first is None or first.dtype == second.dtype == torch.float32, key


def test_which_pairs_are_made_depends_on_seed_and_scene_alone(builder: PairBuilder) -> None:
    pairs = builder.pair_names(0)
    identities = [pair for pair in pairs if pair[0] == pair[1]]
    assert (len(pairs), len(identities), len(set(pairs))) == (5, 1, 5)
    assert list(pairs) == sorted(pairs)
    # The other scene first: the same pairs.
    turned = replace(builder, takes=replace(builder.takes, seeds=(6, 4)))
    assert turned.pair_names(1) == pairs
    everything = replace(builder, settings=PairSettings(guide_scale=0.5, num_identities=3))
    assert len(everything.pair_names(0)) == 9
    drawn = {
        replace(builder, settings=replace(builder.settings, seed=seed)).pair_names(0) for seed in range(20)
    }
    assert len(drawn) > 5


def test_cameras_and_guide_are_in_model_units(builder: PairBuilder) -> None:
    builder = replace(builder, settings=replace(builder.settings, noisy_depth=0.0))
    source, target = (builder.takes.take(1, name) for name in ("cam00", "cam01"))
    scale = 3.97521 / source.geometry.nearest_depth()
    w2c = builder.camera_w2c(source, target).double()
    assert len(w2c) == 2
    way = invert_rigid(w2c)[1, :3, 3].norm()
    assert way == pytest.approx(scale * float((target.c2w[4] - target.c2w[0])[:3, 3].norm()), rel=1e-5)
    # Rotation and direction: of video frame 4, seen from frame 0 of the target.
    expected = (invert_rigid(target.c2w[0]) @ target.c2w[4])[:3, :3]
    torch.testing.assert_close(invert_rigid(w2c)[1, :3, :3], expected, atol=1e-6, rtol=0)

    guide = render_guide(
        source.video,
        source.geometry.depth,
        K=source.K,
        source_w2c=source.geometry.w2c,
        target_w2c=invert_rigid(target.c2w),
    )
    found = builder.guide_frames(1, source, target)
    # The same picture in any unit, but for the weights of what competes for a pixel.
    assert (found - shrink_guide(guide.frames, 0.5)).abs().mean() < 0.01


def test_the_guide_of_an_identity_retake_is_the_clip(builder: PairBuilder) -> None:
    take = builder.takes.take(0, "cam01")
    assert builder.guide_frames(0, take, take).equal(shrink_guide(take.video, 0.5))


def test_noise_moves_the_guide_but_no_camera(builder: PairBuilder) -> None:
    exact = replace(builder, settings=replace(builder.settings, noisy_depth=0.0))
    source, target = (builder.takes.take(1, name) for name in ("cam00", "cam01"))
    assert builder.camera_w2c(source, target).equal(exact.camera_w2c(source, target))
    noisy, clean = (x.guide_frames(1, source, target) for x in (builder, exact))
    assert noisy.equal(builder.guide_frames(1, source, target))
    assert (noisy - clean).abs().mean() > 0.01


def test_texts_come_from_the_source_s_caption(builder: PairBuilder) -> None:
    take = replace(builder.takes.take(0, "cam00"), caption="three words here")
    with_text = replace(builder, encode_text=lambda caption: torch.ones(len(caption.split()), 8))
    assert with_text.text(take).shape == (3, 8)
    assert builder.text(take) is None and with_text.text(replace(take, caption=None)) is None


@pytest.mark.parametrize(
    "change", [{"num_frames": 6}, {"height": 36}, {"width": 40}], ids=["frames", "height", "guide"]
)
def test_sizes_that_cannot_be_encoded_are_refused_at_once(builder: PairBuilder, change: dict) -> None:
    with pytest.raises(ShapeError, match="size of the training clips: expected 4n\\+1 frames"):
        replace(builder, takes=replace(builder.takes, **change))


def test_numbers_out_of_range_are_refused(builder: PairBuilder, tmp_path) -> None:
    with pytest.raises(PostCamError, match="pairs per scene: expected 0 or more, got -1"):
        PairSettings(num_pairs=-1)
    with pytest.raises(PostCamError, match="workers: expected 0 or more"):
        precompute(builder, tmp_path, vae=VAE, num_workers=-1)


def test_shards_hold_what_the_builder_computes(builder: PairBuilder, shards: ShardPairs) -> None:
    assert len(shards) == 10
    pair = shards[0]
    source_name, target_name = builder.pair_names(0)[0]
    assert pair.name == f"scene_000004/{source_name}-{target_name}"
    source, target = (builder.takes.take(0, name) for name in (source_name, target_name))
    direct = LatentPair(
        target=builder.encode(target.video).bfloat16().float(),
        source=builder.encode(source.video).bfloat16().float(),
        guide=builder.encode(builder.guide_frames(0, source, target)).bfloat16().float(),
        camera_w2c=builder.camera_w2c(source, target),
        text=None,
        name=pair.name,
    )
    _assert_same(pair, direct)
    assert pair.target.shape == (16, 2, 4, 6) and pair.guide.shape == (16, 2, 2, 3)


def test_on_the_fly_equals_shards_in_a_loader_s_workers_too(builder: PairBuilder, shards: ShardPairs) -> None:
    fly = OnTheFlyPairs(builder)
    assert len(fly) == len(shards)
    loader = DataLoader(fly, batch_size=None, num_workers=1, multiprocessing_context="fork")
    for index, pair in enumerate(loader):
        _assert_same(pair, shards[index])


def test_texts_of_shards_and_on_the_fly(builder: PairBuilder, tmp_path) -> None:
    class Captioned(SyntheticTakes):
        def take(self, index: int, name: str):
            return replace(super().take(index, name), caption=f"scene by {name}")

    takes = Captioned(seeds=(6,), num_cameras=2, height=16, width=16, num_frames=1)
    captioned = replace(
        builder, takes=takes, encode_text=lambda caption: torch.full((2, 4), float(ord(caption[-1])))
    )
    precompute(captioned, tmp_path, vae=VAE, text="test")
    pairs, fly = ShardPairs(tmp_path), OnTheFlyPairs(captioned)
    for index in range(len(pairs)):
        _assert_same(pairs[index], fly[index])
        source = pairs[index].name.split("/")[1].split("-")[0]
        assert pairs[index].text.equal(torch.full((2, 4), float(ord(source[-1]))))


def test_an_unusable_scene_is_a_broken_clip_on_the_fly(builder: PairBuilder) -> None:
    fly = OnTheFlyPairs(replace(builder, takes=replace(builder.takes, seeds=(2**31,))))
    with pytest.raises(BrokenClip, match="scene_2147483648/cam0.-cam0.: seed: expected an integer"):
        fly[0]
    with pytest.raises(PostCamError, match="training scenes"):
        OnTheFlyPairs(replace(builder, settings=PairSettings(guide_scale=0.5, num_pairs=0, num_identities=0)))


def test_damaged_and_foreign_shards(shards: ShardPairs, tmp_path) -> None:
    with pytest.raises(CheckpointError, match="0 shards without any pair"):
        ShardPairs(tmp_path)
    first, second = sorted(shards.folder.glob("*.safetensors"))
    copy = tmp_path / first.name
    copy.write_bytes(first.read_bytes())
    # What a killed run leaves is passed over.
    (tmp_path / ".0123456789ab.tmp.safetensors").write_bytes(b"half")
    pairs = ShardPairs(tmp_path)
    assert len(pairs) == 5
    copy.write_bytes(first.read_bytes()[:2000])
    with pytest.raises(BrokenClip, match="scene_000004/.*expected a readable shard scene_000004.safetensors"):
        pairs[0]
    with pytest.raises(CheckpointError, match="expected a shard of training pairs"):
        ShardPairs(tmp_path)
    save_file(load_file(first), copy)
    with pytest.raises(CheckpointError, match="KeyError: 'postcam_shard'"):
        ShardPairs(tmp_path)


def test_shards_of_two_settings_do_not_mix(builder: PairBuilder, shards: ShardPairs, tmp_path) -> None:
    other = replace(builder, settings=replace(builder.settings, noisy_depth=0.5, num_pairs=1))
    precompute(replace(other, takes=replace(builder.takes, seeds=(4,))), tmp_path, vae=VAE)
    second = sorted(shards.folder.glob("*.safetensors"))[1]
    (tmp_path / second.name).write_bytes(second.read_bytes())
    with pytest.raises(CheckpointError, match="expected noisy_depth 0.5, as in scene_000004"):
        ShardPairs(tmp_path)
