import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from postcam_core.cli import main
from postcam_core.errors import PostCamError, ShapeError
from postcam_core.evaluation import (
    HeldOutClip,
    HeldOutSet,
    ModelRecapture,
    compare,
    evaluate_held_out,
    model_free_recaptures,
    read_scores,
    strongest_baseline,
    summarize,
    vae_recaptures,
)
from postcam_core.evaluation.recaptures import INPAINTED, POSTCAM, POSTCAM_KEEPING
from postcam_core.model import PostCamConfig
from postcam_core.pipeline.models import MINI_TRANSFORMER, MINI_VAE
from postcam_core.weights import ModelSettings
from tests.oracles.tiny_transformer import TINY, tiny_transformer
from tests.oracles.tiny_wan_vae import tiny_wan_vae

CLIPS = HeldOutSet(num_clips=1, height=32, width=48, num_frames=5)


@pytest.fixture(scope="module")
def recapture() -> ModelRecapture:
    config: PostCamConfig = replace(TINY, in_dim=16, out_dim=16, guide_rope="aligned")
    return ModelRecapture(
        model=tiny_transformer(config, torch.float32),
        settings=ModelSettings(config=config, guide_scale=0.5, shift=3.0),
        vae=tiny_wan_vae(),
        num_steps=2,
    )


def test_a_model_s_video_follows_from_guide_and_seed(recapture: ModelRecapture) -> None:
    clip = CLIPS.clip(CLIPS.first_seed)
    video = recapture(clip)
    assert video.shape == clip.truth.shape
    assert torch.equal(video, recapture(clip))
    assert not torch.equal(video, replace(recapture, has_guide=False)(clip))
    assert not torch.equal(video, recapture(replace(clip, seed=clip.seed + 1)))


def test_an_evaluation_goes_on_where_it_stopped(tmp_path: Path, recapture: ModelRecapture) -> None:
    calls = []

    def counted(clip: HeldOutClip) -> torch.Tensor:
        calls.append(clip.seed)
        return recapture(clip)

    recaptures = {**model_free_recaptures(), **vae_recaptures(recapture.vae), "model": counted}
    evaluate_held_out(recaptures, tmp_path, CLIPS)
    scores = evaluate_held_out(recaptures, tmp_path, replace(CLIPS, num_clips=2))
    assert calls == list(range(CLIPS.first_seed, CLIPS.first_seed + 2))
    again = read_scores(tmp_path / "scores.csv")
    assert len(again) == 2 * len(recaptures)
    assert [(row.method, row.seed, row.psnr) for row in again] == [
        (row.method, row.seed, row.psnr) for row in scores
    ]
    report = (tmp_path / "report.md").read_text()
    assert report.startswith("# model on 2 held-out clips")
    assert all(f"| {name} | " in report for name in recaptures)
    assert "nan" not in report
    for seed in calls:
        assert (tmp_path / "sheets" / f"{seed}.png").is_file()
        assert f"![{seed}](sheets/{seed}.png)" in report

    with pytest.raises(PostCamError, match="an evaluation of something else"):
        evaluate_held_out(recaptures, tmp_path, CLIPS, provenance={"model": "another"})


def test_a_video_of_nothing_is_an_error_and_no_missing_number(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="broken of clip 1000000: expected finite frames"):
        evaluate_held_out({"broken": lambda clip: clip.truth * torch.nan}, tmp_path, CLIPS)
    assert not (tmp_path / "scores.csv").exists()


def test_statistics(tmp_path: Path) -> None:
    names = list(model_free_recaptures())
    first, *_ = evaluate_held_out(model_free_recaptures(), tmp_path, CLIPS)
    gains = [1.0, 2.0, 0.0, 1.0]
    scores = []
    for seed, gain in enumerate(gains):
        row = replace(first, seed=seed, psnr=20.0 + 5 * seed, psnr_holes=10.0, rotation_deg=1.0)
        better = replace(row, method=names[2], psnr=row.psnr + gain, psnr_holes=11.0)
        lost = replace(row, method=names[1], rotation_deg=math.inf if seed == 3 else 1.0)
        scores += [row, lost, better]
    difference = compare(scores, names[2], names[0], "psnr")
    assert difference.mean == pytest.approx(1)
    assert 0 <= difference.low < 1 < difference.high <= 2
    assert (difference.num_better, difference.num_clips) == (3, 4)
    summary = summarize(scores, names[1], "rotation_deg")
    assert (summary.mean, summary.spread, summary.median, summary.num_finite) == (1, 0, 1, 3)
    assert strongest_baseline(scores) == names[2]


def test_another_file_is_no_table_of_scores(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("a,b\n1,2\n")
    with pytest.raises(PostCamError, match="expected the columns method, seed"):
        read_scores(tmp_path / "scores.csv")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = ["--clips", "1", "--height", "32", "--width", "48", "--frames", "5"]
    assert main(["evaluate", "--out", str(tmp_path / "e"), *size]) == 0
    assert "guide + inpainting" in capsys.readouterr().out
    model = Path(__file__).parents[1] / "parity" / "tiny_postcam.safetensors"
    assert main(["evaluate", "--out", str(tmp_path / "m"), "--model", str(model), *size]) == 1
    assert "--vae: expected a Wan 2.1 VAE" in capsys.readouterr().err


def test_command_scores_the_bundled_model_with_and_without_what_was_seen(tmp_path: Path) -> None:
    size = ["--clips", "1", "--height", "32", "--width", "48", "--frames", "5", "--steps", "1"]
    models = ["--model", str(MINI_TRANSFORMER), "--vae", str(MINI_VAE), "--keep-seen", "1"]
    assert main(["evaluate", "--out", str(tmp_path), *models, *size]) == 0
    rows = {row.method: row for row in read_scores(tmp_path / "scores.csv")}
    bare, kept, inpainted = rows[POSTCAM], rows[POSTCAM_KEEPING], rows[INPAINTED]
    assert kept.psnr_holes == bare.psnr_holes
    assert kept.psnr_known == inpainted.psnr_known != bare.psnr_known, (
        "all of the guide, as inpainting keeps it"
    )
