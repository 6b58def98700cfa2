"""The files of a recapture: all of them, whole, or none."""

import errno
import json
from dataclasses import replace

import pytest
import torch

from postcam_core.errors import MediaError, OperationCancelled
from postcam_core.media import Audio, VideoWriter, probe_video, read_audio, read_frames
from postcam_core.pipeline import Stages, write_recapture
from postcam_core.trajectory import preset_document, reversed_in_time
from tests.oracles.tiny_recapture import tiny_recapture

FILES = ["guide.mp4", "result.mp4", "run.json", "side_by_side.mp4"]


def test_result_guide_and_both_beside_the_source(tmp_path) -> None:
    job = tiny_recapture(6, sound_s=9.0)
    write_recapture(job, tmp_path / "new" / "out", provenance={"sha256": {"video": "abc"}})
    out = tmp_path / "new" / "out"
    assert sorted(path.name for path in out.iterdir()) == FILES
    for name in ("guide", "result"):
        info = probe_video(out / f"{name}.mp4")
        assert (info.num_frames, info.width, info.height, info.frame_rate) == (6, 48, 32, 10)
    beside = read_frames(out / "side_by_side.mp4").float()
    assert beside.shape == (6, 32, 144, 3)
    parts = [job.clip.frames, read_frames(out / "guide.mp4"), read_frames(out / "result.mp4")]
    for column, part in enumerate(parts):
        difference = (beside[:, :, 48 * column : 48 * (column + 1)] - part).abs().mean()
        assert difference < 6, f"column {column}"


def test_what_the_clip_shows_can_be_kept(tmp_path) -> None:
    """All of it: then the result is the guide, but for its holes."""
    job = tiny_recapture(6)
    job.keep_seen = 1.0
    write_recapture(job, tmp_path)
    guide, result = (read_frames(tmp_path / f"{name}.mp4").float() for name in ("guide", "result"))
    (whole,) = job.guide_pieces()
    seen = whole.mask[..., None].expand_as(guide)
    difference = (guide - result).abs()
    assert 0.1 < seen.float().mean() < 1
    assert difference[seen].mean() < 6 < difference[~seen].mean()
    assert json.loads((tmp_path / "run.json").read_text())["keep_seen"] == 1


def test_sound_that_outlives_the_video_is_cut_with_the_last_frame(tmp_path) -> None:
    write_recapture(tiny_recapture(6, sound_s=9.0), tmp_path)
    for name in ("result.mp4", "side_by_side.mp4"):
        num_samples = read_audio(tmp_path / name).waveform.shape[1]
        assert 0.6 * 48000 <= num_samples < 0.6 * 48000 + 2 * 1024  # whole AAC frames
    assert read_audio(tmp_path / "guide.mp4") is None


def test_sound_that_aac_does_not_have_is_no_reason_to_lose_the_result(tmp_path) -> None:
    job = tiny_recapture(5)
    job.clip = replace(job.clip, audio=Audio(waveform=torch.zeros(4, 192000), sample_rate=192000))
    write_recapture(job, tmp_path)
    sound = read_audio(tmp_path / "result.mp4")
    assert (sound.waveform.shape[0], sound.sample_rate) == (2, 48000)


def test_what_cannot_be_stored_is_refused_before_any_work(tmp_path) -> None:
    job, worked = tiny_recapture(5), []
    job.clip = replace(job.clip, frame_rate=1e-5)
    job.encode = job.sample = lambda *inputs, **options: worked.append(inputs)
    with pytest.raises(MediaError, match="frame rate"):
        write_recapture(job, tmp_path)
    assert not worked and not list(tmp_path.iterdir())


def test_time_that_does_not_run_as_it_was_shot_is_silent(tmp_path) -> None:
    move = reversed_in_time(preset_document("static"))
    write_recapture(tiny_recapture(5, document=move, sound_s=1.0), tmp_path)
    assert read_audio(tmp_path / "result.mp4") is None
    record = json.loads((tmp_path / "run.json").read_text())
    assert (record["source"]["has_sound"], record["result"]["has_sound"]) == (True, False)


def test_the_record_says_what_was_done_and_what_it_cost(tmp_path) -> None:
    told: dict[str, list] = {}
    stages = Stages(lambda name: lambda done, total: told.setdefault(name, []).append((done, total)))
    job = tiny_recapture(21, 16, 16, window_frames=17, overlap_frames=8, seed=7)
    write_recapture(job, tmp_path, provenance={"options": {"preset": "arc_left"}}, stages=stages)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["options"] == {"preset": "arc_left"}
    assert (record["sampling"]["seed"], record["windows"]) == (7, [[0, 5], [1, 6]])
    assert record["trajectory"]["path"]["name"] == "arc_left"
    assert record["result"]["frames"] == 21 and record["geometry"]["notes"] == ["made up", "für Tests"]
    names = ["guide and encoding", "sampling", "decoding"]
    assert [stage["name"] for stage in record["stages"]] == names
    assert all(stage["seconds"] > 0 and stage["peak_mib"] > 50 for stage in record["stages"])
    assert {name: counts[-1] for name, counts in told.items()} == dict(
        zip(names, [(42, 42), (1, 1), (21, 21)], strict=True)
    )


@pytest.mark.parametrize("stage", ["guide and encoding", "sampling", "decoding"])
def test_cancelling_leaves_old_files_and_no_new_ones(tmp_path, stage: str) -> None:
    def cancel(done: int, total: int) -> None:
        raise OperationCancelled

    stages = Stages(lambda name: cancel if name == stage else lambda done, total: None)
    with pytest.raises(OperationCancelled):
        write_recapture(tiny_recapture(5), tmp_path / "new", stages=stages)
    assert not list(tmp_path.iterdir())
    (tmp_path / "result.mp4").write_bytes(b"old")
    with pytest.raises(OperationCancelled):
        write_recapture(tiny_recapture(5), tmp_path, stages=stages)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("result.mp4", b"old")]


def test_a_result_that_is_not_finite_leaves_nothing(tmp_path) -> None:
    job = tiny_recapture(5)
    job.models.transformer.head.head.weight.data.fill_(torch.nan)
    with pytest.raises(ValueError, match="finite"):
        write_recapture(job, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_where_the_folder_should_be(tmp_path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(MediaError, match="expected a folder"):
        write_recapture(tiny_recapture(1), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_in_a_file_s_place_is_refused_before_any_work(tmp_path) -> None:
    (tmp_path / "result.mp4").mkdir()
    job, worked = tiny_recapture(1), []
    job.encode = lambda **options: worked.append(options)
    with pytest.raises(MediaError, match="result.mp4: expected a file that can be replaced.*got a folder"):
        write_recapture(job, tmp_path)
    assert not worked and [path.name for path in tmp_path.iterdir()] == ["result.mp4"]


def test_a_disk_that_fills_at_the_end_leaves_nothing(tmp_path, monkeypatch) -> None:
    def finish(writer: VideoWriter) -> None:
        if writer._sound is not None and writer._stream.width == 48:  # the result, not the other two
            raise OSError(errno.ENOSPC, "No space left on device")
        finish_whole(writer)

    finish_whole = VideoWriter.finish
    monkeypatch.setattr(VideoWriter, "finish", finish)
    with pytest.raises(OSError, match="No space left"):
        write_recapture(tiny_recapture(5, sound_s=1.0), tmp_path / "new")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["result.mp4", "guide.mp4"])
def test_a_file_that_cannot_be_replaced_costs_no_finished_one(tmp_path, name: str) -> None:
    def put_in_the_way(done: int, total: int) -> None:
        (tmp_path / name).mkdir(exist_ok=True)

    stages = Stages(lambda stage: put_in_the_way)
    with pytest.raises(MediaError, match=f"{name}: expected a file that can be replaced") as raised:
        write_recapture(tiny_recapture(5), tmp_path, stages=stages)
    (kept,) = tmp_path.glob(".*.tmp")
    assert f"lie finished in {kept}" in raised.value.todo
    assert not (tmp_path / "run.json").exists() and (kept / "run.json").exists()
    assert probe_video(kept / name).num_frames == 5
    appeared = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert appeared | {path.name for path in kept.iterdir()} == set(FILES)
