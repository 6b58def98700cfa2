"""Pairs that are rendered and encoded when they are asked for: the same as those of shards, without the disk."""

from ...errors import BrokenClip, PostCamError
from .pair_builder import PairBuilder
from .pairs import LatentPair
from .shards import pair_name


class OnTheFlyPairs:
    """A map-style torch Dataset; a DataLoader's workers share the work.

    Meant for takes with depth: where a provider has to estimate it, it does so for every pair again.

    Args:
        builder: What is computed.

    Raises:
        PostCamError: If there are no pairs.
    """

    def __init__(self, builder: PairBuilder) -> None:
        self._builder = builder
        scenes = range(len(builder.takes))
        self._pairs = [(index, *pair) for index in scenes for pair in builder.pair_names(index)]
        if not self._pairs:
            raise PostCamError(
                "training scenes",
                expected="a pair of cameras at least",
                got="none",
                todo="Give scenes, with num_pairs or num_identities above 0.",
            )

    def __len__(self) -> int:
        """Number of pairs, those of broken clips included."""
        return len(self._pairs)

    def name(self, index: int) -> str:
        """Name of a pair."""
        scene, source, target = self._pairs[index]
        return pair_name(self._builder.takes.scene_name(scene), source, target)

    def __getitem__(self, index: int) -> LatentPair:
        """Make one pair.

        Raises:
            BrokenClip: If one of its clips cannot be used.
        """
        builder, (scene, source_name, target_name) = self._builder, self._pairs[index]
        try:
            source = builder.source_take(builder.takes.take(scene, source_name))
            is_identity = source_name == target_name
            target = source if is_identity else builder.takes.take(scene, target_name)
            guide, text = builder.guide(scene, source, target), builder.text(source)
            source_latents = builder.latents(source.video).float()
            return LatentPair(
                target=source_latents if is_identity else builder.latents(target.video).float(),
                source=source_latents,
                guide=None if guide is None else guide.float(),
                camera_w2c=builder.camera_w2c(source, target),
                text=None if text is None else text.float(),
                name=self.name(index),
            )
        except OSError as error:
            raise BrokenClip(
                self.name(index), expected="readable clips", got=f"{error}"[:200], todo="Check the files."
            ) from error
        except PostCamError as error:
            raise BrokenClip(
                f"{self.name(index)}: {error.what}", expected=error.expected, got=error.got, todo=error.todo
            ) from error
