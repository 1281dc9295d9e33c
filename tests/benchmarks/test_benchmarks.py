"""Every benchmark runs, at its smallest, and writes rows with what was measured, how often and where."""

import attention
import growth
import masks
import profiles
import pytest
import steps
import torch
import video

RUN = {"machine", "cores", "threads", "device", "python", "versions", "commit", "date"}
MEMORY = {"extra_peak_mib", "extra_peak_mib_range", "memory_n"}
RATIO = {"ratio", "ratio_quartiles", "n", "seconds", "base_seconds"}


def check_row(row, *keys):
    assert set(keys) <= set(row)
    assert set(row["run"]) == RUN
    assert row["run"]["threads"] == 1
    for name in ("ratio", "seconds"):
        if f"{name}_quartiles" in row:
            low, high = row[f"{name}_quartiles"]
            assert 0 <= low <= row[name] <= high


def test_attention(bench):
    case = "256x160@0.05:one-exponential:mutual:mean"
    (row,) = bench(attention, "--quick", "--pairs", "2", "--only", case)
    check_row(row, *RATIO, *MEMORY, "path", "form", "tokens", "head_dim", "phi")
    assert (row["path"], row["form"], row["tokens"], row["head_dim"]) == (
        "one-exponential",
        "mutual",
        256,
        160,
    )
    assert (row["phi"], row["n"], row["auto"]) == (0.05, 2, True)
    assert row["extra_peak_mib"] >= 256 * 160 * 128 * 4 / 2**20  # the output alone


def test_attention_compares_every_path_and_form():
    def named(phi, quick):
        return [
            (case.path, case.form, case.confidence)
            for case in attention.cases(256, 40, phi, device="cpu", quick=quick)
        ]

    mean, plain, released = ("mutual", "mean"), ("plain", "none", "none"), ("released", "literal", "mean")
    assert named(0.0, False) == [plain, ("unfiltered", "none", "none"), ("released", "none", "none")]
    assert named(0.5, True) == [plain, ("one-exponential", *mean)]
    assert named(0.05, True) == [plain, ("one-exponential", *mean), released]
    assert named(0.5, False) == [plain, ("one-exponential", *mean), ("tiled", *mean), released]
    assert len(named(0.05, False)) == 6
    case = attention.Case("tiled", "literal", "mean", 4096, 40, 0.05)
    assert attention.Case.named(case.name) == case


def test_video(bench, tiny_sd, capsys):
    name = "direct2v phi=0.05"
    size = ("--model", str(tiny_sd), "--frames", "2", "--steps", "4")
    (row,) = bench(video, "--quick", "--pairs", "1", "--memory", "0", "--only", name, *size)
    check_row(row, *RATIO, "pipeline")
    assert (row["pipeline"], row["frames"], row["steps"]) == (name, 2, 4)
    capsys.readouterr()
    bench(video, "--peak", name, *size)
    assert float(capsys.readouterr().out) >= 0


@pytest.mark.filterwarnings("ignore::UserWarning")  # diffusers' Text2Video-Zero calls torch in old ways
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_every_pipeline_draws_every_frame(tiny_sd):
    engine = video.engine_of(str(tiny_sd), "cpu")
    settings = video.resolve_settings("direct2v", engine.defaults, num_inference_steps=4)
    draws = video.pipelines(engine, settings)
    names = ["stable-diffusion", "direct2v phi=0", "direct2v phi=0.05"]
    assert list(draws) == [*names, "released attention phi=0.05", "text2video-zero"]
    for name, draw in draws.items():
        made = draw(["a red fox", "a red fox sleeps"])
        pictures = made.images if hasattr(made, "images") else made.frames
        assert len(pictures) == 2, name


def test_growth(bench, capsys):
    size = ("--only", "resolution", "--largest", "128")
    (row,) = bench(growth, *size, "--rounds", "1", "--memory", "0")
    check_row(row, "seconds_per_frame", "n")
    capsys.readouterr()
    bench(growth, "--peak", "resolution:2:128")
    assert float(capsys.readouterr().out) >= 0
    assert (row["series"], row["frames"], row["pixels"]) == ("resolution", 2, 128)


def test_growth_is_fitted():
    rows = [
        {"series": "frames", "frames": f, "pixels": 64, "seconds_per_frame": 0.5, "extra_peak_mib": 3 + 2 * f}
        for f in growth.FRAMES
    ]
    rows += [
        {"series": "resolution", "frames": 2, "pixels": p, "seconds_per_frame": p**4, "extra_peak_mib": p**2}
        for p in growth.PIXELS
    ]
    found = growth.fits(rows)
    assert found["seconds per frame, rise of the line from 8 to 64 frames, %"] == pytest.approx(0, abs=1e-9)
    assert found["seconds per frame, most over least from 8 to 64 frames"] == 1
    assert found["MiB per frame"] == pytest.approx(2)
    assert found["time grows with pixels to the power"] == pytest.approx(2)
    assert found["memory grows with pixels to the power"] == pytest.approx(1)
    assert growth.fits([]) == {}


def test_layers(bench):
    rows = bench(profiles, "--only", "layer", "--frames", "2", "--runs", "1")
    assert {"self-attention, mapped", "cross-attention", "convolutions", profiles.REST} <= {
        row["name"] for row in rows
    }
    assert {row["block"] for row in rows if row["name"] == "self-attention, mapped"} == {
        "up_blocks.1",
        "up_blocks.2",
    }
    assert sum(row["share"] for row in rows) == pytest.approx(1, abs=0.01)
    assert all(row["seconds"] > 0 for row in rows)


@pytest.mark.slow  # the whole program in a process of its own
def test_phases_add_up_to_the_whole():
    assert profiles.readme_sentence() == "A thunderstorm developing over a sea"
    taken = profiles.from_enter_to_file("A corgi walks across a meadow", "--frames", "2", "--steps", "4")
    assert list(taken) == [*profiles.PHASES, "total"]
    assert all(seconds > 0 for seconds in taken.values())
    assert sum(taken[name] for name in profiles.PHASES) == pytest.approx(taken["total"])


def test_steps(bench):
    (row,) = bench(steps, "--only", "ddim 4", "--stories", "1")
    check_row(row, "right", "right_se", "seconds")
    assert (row["case"], row["steps"], row["stories"]) == ("ddim 4", 4, 1)
    assert len(row["per_story"]) == 1
    assert 0 < row["right"] <= 1


def test_masks(bench, monkeypatch):
    monkeypatch.setattr(masks, "SIZES", ((64, 8),))
    monkeypatch.setitem(attention.SIZES, 64, (1, 2, 2))
    with pytest.raises(SystemExit, match=r"^False$"):  # nothing is wrong
        bench(masks)
    log_conf = torch.tensor([[-3.0, -2.0, -1.0, 0.0]])
    other = torch.tensor([[-3.0, -1.0, -2.0, 0.0]])
    assert masks.compare(other, log_conf, 0.4) == {"differ": 2, "wrong": 1}
    assert masks.compare(log_conf, log_conf, 0.4) == {"differ": 0, "wrong": 0}
