from dataclasses import replace

import pytest
import torch

from postcam_core.errors import TrainingError
from postcam_core.training.batches import Batch, Batches
from postcam_core.training.data.order import SampleOrder
from tests.oracles.tiny_training import TINY, RandomPairs

WHOLE = replace(TINY, micro_batch_size=None)


def _drawn(batches: list[Batch], name: str) -> torch.Tensor:
    return torch.cat([getattr(batch, name) for batch in batches])


def test_every_epoch_holds_every_pair_once_in_another_order() -> None:
    order = SampleOrder(7, seed=1)
    epochs = [[order.index(7 * epoch + position) for position in range(7)] for epoch in range(3)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert epochs[1] == [SampleOrder(7, seed=1).index(7 + position) for position in range(7)]


def test_a_step_does_not_depend_on_what_was_read_before() -> None:
    fresh = Batches(WHOLE, RandomPairs()).of_step(5)
    used = Batches(WHOLE, RandomPairs())
    for step in range(5):
        used.of_step(step)
    for name in ("target", "noise", "sigmas", "camera_w2c", "text"):
        assert torch.equal(_drawn(used.of_step(5), name), _drawn(fresh, name)), name


@pytest.mark.parametrize("num_processes", [2, 4])
def test_processes_share_the_samples_of_one(num_processes: int) -> None:
    alone = Batches(TINY, RandomPairs(broken=(1, 4))).of_step(2)
    shares = [
        Batches(TINY, RandomPairs(broken=(1, 4)), rank=rank, num_processes=num_processes).of_step(2)
        for rank in range(num_processes)
    ]
    together = [share[position] for position in range(4 // num_processes) for share in shares]
    for name in ("target", "noise", "sigmas", "camera_w2c"):
        assert torch.equal(_drawn(together, name), _drawn(alone, name)), name


def test_the_next_usable_pair_takes_a_broken_ones_place() -> None:
    recipe = replace(WHOLE, batch_size=1, pose_dropout=0.0)
    order = SampleOrder(10, seed=recipe.seed)
    broken = (order.index(3), order.index(4))
    pairs = RandomPairs(broken=broken)
    batches = Batches(recipe, pairs)
    target = batches.of_step(3)[0].target[0]
    assert torch.equal(target, pairs[order.index(5)].target)
    assert batches.broken.keys() == set(broken) and all("Repair it" in why for why in batches.broken.values())
    # What is known to be broken is not read again, and gives the same sample.
    pairs.read.clear()
    knowing = Batches(recipe, pairs, broken=batches.broken)
    assert torch.equal(knowing.of_step(3)[0].target[0], target) and pairs.read == [order.index(5)]


def test_dropout_hits_its_share_of_samples_and_steps() -> None:
    pairs = RandomPairs()
    batches = Batches(replace(WHOLE, pose_dropout=0.5, guide_dropout=0.5), pairs)
    steps = [batches.of_step(step)[0] for step in range(40)]
    stills = torch.cat([(step.camera_w2c == torch.eye(4)).flatten(1).all(dim=1) for step in steps])
    assert 0.4 < stills.float().mean() < 0.6
    assert 12 < sum(step.guide is None for step in steps) < 28
    assert Batches(replace(WHOLE, stage=1, guide_dropout=0.0), pairs).of_step(0)[0].guide is None


def test_words_are_padded_with_nothing_and_none_is_one_word_of_zeros() -> None:
    class Captioned(RandomPairs):
        def __getitem__(self, index: int):
            text = None if index % 2 else torch.ones(1 + index, 8)
            return replace(super().__getitem__(index), text=text)

    words = Batches(WHOLE, Captioned()).of_step(0)[0].text
    order = SampleOrder(10, seed=WHOLE.seed)
    counts = [0 if order.index(number) % 2 else 1 + order.index(number) for number in range(4)]
    assert words.abs().sum(dim=(1, 2)).tolist() == [8 * count for count in counts]
    assert words.shape == (4, max(1, *counts), 8)


def test_data_that_cannot_be_trained_on_is_refused() -> None:
    with pytest.raises(TrainingError, match="at least one usable pair, got 3 broken"):
        Batches(TINY, RandomPairs(3, broken=(0, 1, 2))).of_step(0)
    with pytest.raises(TrainingError, match="at least one pair, got none"):
        Batches(TINY, RandomPairs(0))
    with pytest.raises(TrainingError, match="3 processes can share"):
        Batches(TINY, RandomPairs(), num_processes=3)
    with pytest.raises(TrainingError, match="as recipe tiny has"):
        Batches(replace(TINY, width=64), RandomPairs()).of_step(0)

    with pytest.raises(TrainingError, match="a guide of 0.25 times"):
        Batches(replace(TINY, guide_scale=0.25), RandomPairs()).of_step(0)

    class Wordy(RandomPairs):
        def __getitem__(self, index: int):
            return replace(super().__getitem__(index), text=torch.ones(3, 9))

    with pytest.raises(TrainingError, match="8 numbers per word"):
        Batches(TINY, Wordy()).of_step(0)

    class Guideless(RandomPairs):
        def __getitem__(self, index: int):
            return replace(super().__getitem__(index), guide=None)

    with pytest.raises(TrainingError, match="a guide, which stage 2 learns from"):
        Batches(TINY, Guideless()).of_step(0)
