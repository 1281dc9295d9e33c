"""Video and run folder appear together, and what stood there is never lost."""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from direct2v.errors import InputError, OutputError, StoryboardError
from direct2v.files import published
from direct2v.models import weights_sha256
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard
from direct2v.video import (
    Hold,
    ModelRecord,
    Run,
    RunRecord,
    Saved,
    check_output,
    load_source,
    resolve_hold,
    run_folder,
    save_run,
    video_record,
)
from direct2v.video.target import Target

publish = sys.modules["direct2v.video.publish"]  # in the package that name is a function

BOARD = Storyboard.from_prompts("A storm, at sea!", ["calm", "storm"], notes=["short"])
FRAMES = [np.full((64, 64, 3), value, np.uint8) for value in (40, 200)]
FACTS = {"settings": RenderSettings(seed=3), "model": ModelRecord(name="storybook"), "storyboard": BOARD}


def save(
    frames: list[np.ndarray[Any, Any]],
    path: str | Path | None = None,
    *,
    force: bool = False,
    fps: float = 2,
    hold: Hold = None,
    storyboard: Storyboard | None = None,
    **facts: Any,
) -> Saved:
    """What a rendering does with its frames."""
    video = video_record(frames, fps, resolve_hold(hold, storyboard, len(frames)))
    record = RunRecord(storyboard=storyboard, video=video, **facts)
    return save_run(Run(pixels=frames, record=record), path, force=force)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_run_is_complete(tmp_path: Path) -> None:
    saved = save(FRAMES, tmp_path / "out.mp4", **FACTS, fps=4, timings={"load": 1.5})
    assert set(snapshot(tmp_path)) == {
        "out.mp4",
        "out.run/frames/0001.png",
        "out.run/frames/0002.png",
        "out.run/contact_sheet.png",
        "out.run/storyboard.yaml",
        "out.run/run.json",
    }
    for number, frame in enumerate(FRAMES, start=1):
        assert np.array_equal(np.asarray(Image.open(saved.folder / f"frames/{number:04d}.png")), frame)
    assert Storyboard.load(saved.folder / "storyboard.yaml") == BOARD
    record = RunRecord.load(saved.folder / "run.json")
    assert record == saved.record
    assert record.settings.seed == 3
    assert record.storyboard == BOARD
    size = {"upscale": 8, "height": 64, "width": 64}
    assert record.video.model_dump() == {"fps": 4, "hold": 0, "smooth": 1, "smooth_by": "flow", **size}
    assert record.timings["load"] == 1.5
    assert record.timings["write"] > 0
    assert record.versions.keys() >= {"python", "torch", "diffusers", "transformers"}
    assert str(tmp_path) not in (saved.folder / "run.json").read_text()
    with av.open(str(saved.video)) as container:
        assert container.streams.video[0].frames == 2
    assert saved.video.stat().st_mode & 0o777 == (saved.folder / "run.json").stat().st_mode & 0o777


def test_a_run_from_embeddings_has_no_storyboard(tmp_path: Path) -> None:
    saved = save(FRAMES, tmp_path / "out.mp4", settings=FACTS["settings"], model=FACTS["model"])
    assert RunRecord.load(saved.folder / "run.json").storyboard is None
    assert not (saved.folder / "storyboard.yaml").exists()


def test_default_names_come_from_the_prompt_and_never_collide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [save(FRAMES, **FACTS).video.name for _ in range(3)]
    assert names == ["a-storm-at-sea.mp4", "a-storm-at-sea-2.mp4", "a-storm-at-sea-3.mp4"]
    Path("a-storm-at-sea-4.run").mkdir()
    Path("a-storm-at-sea-5.mp4").touch()
    assert save(FRAMES, **FACTS).video.name == "a-storm-at-sea-6.mp4"
    assert not list(Path("a-storm-at-sea-4.run").iterdir())


def _save_in(folder: Path, results: "multiprocessing.Queue[str]") -> None:
    os.chdir(folder)
    results.put(save(FRAMES, **FACTS).video.name)


def test_parallel_runs_take_different_names(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [context.Process(target=_save_in, args=(tmp_path, results)) for _ in range(4)]
    for process in processes:
        process.start()
    names = {results.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()
    assert len(names) == 4
    assert len(list(tmp_path.glob("*.mp4"))) == len(list(tmp_path.glob("*.run"))) == 4
    assert all(RunRecord.load(folder / "run.json") for folder in tmp_path.glob("*.run"))
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Été: Zürich & Łódź", "ete-zurich-odz"),
        ("海上风暴", "story"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\n\0b\x1b[31m", "a-b-31m"),
        ("🌩🌊", "story"),
        ("word " * 2000, "word-word-word-word-word-word-word-word-word-word-word-word"),
        ("x" * 10_000, "x" * 60),
    ],
)
def test_every_prompt_gives_a_good_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompt: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    board = Storyboard.from_prompts(prompt, ["one", "two"])
    assert save(FRAMES, **{**FACTS, "storyboard": board}).video.name == f"{name}.mp4"


@pytest.mark.parametrize("standing", [("out.mp4",), ("out.run",), ("out.mp4", "out.run")])
def test_what_exists_asks_for_force_and_is_replaced_with_it(
    tmp_path: Path, standing: tuple[str, ...]
) -> None:
    save(FRAMES, tmp_path / "out.mp4", **FACTS)
    if "out.mp4" not in standing:
        (tmp_path / "out.mp4").unlink()
    if "out.run" not in standing:
        (tmp_path / "out.run").rename(tmp_path / "away")
    before = snapshot(tmp_path)
    with pytest.raises(OutputError, match=r"already.*; choose another name, or replace with --force"):
        save(FRAMES[::-1], tmp_path / "out.mp4", **FACTS)
    assert snapshot(tmp_path) == before
    save(FRAMES[::-1], tmp_path / "out.mp4", **FACTS, force=True)
    assert np.asarray(Image.open(tmp_path / "out.run/frames/0001.png"))[0, 0, 0] == 200
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("broken", ["encode", "contact_sheet", "_rename_to_free", "_write_run_folder"])
@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, OSError(28, "No space left on device"), RuntimeError("x")]
)
@pytest.mark.parametrize("force", [True, False])
def test_whatever_fails_what_stood_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, error: BaseException, force: bool
) -> None:
    if force:
        save(FRAMES, tmp_path / "out.mp4", **FACTS)
    before = snapshot(tmp_path)

    def fail(*_: object, **__: object) -> None:
        raise error

    if broken == "_rename_to_free" and force:
        monkeypatch.setattr("os.replace", fail)
    elif broken == "_rename_to_free":
        monkeypatch.setattr(publish, broken, fail)
    else:
        monkeypatch.setattr(run_folder, broken, fail)
    with pytest.raises((KeyboardInterrupt, OutputError, RuntimeError)) as caught:
        save(FRAMES[::-1], tmp_path / "out.mp4", **FACTS, force=force)
    if isinstance(error, OSError):
        assert isinstance(caught.value, OutputError)
        assert "No space left on device" in str(caught.value)
    assert snapshot(tmp_path) == before
    assert not list(tmp_path.glob(".*"))


def test_signals_during_the_renames_come_too_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = run_folder._publish

    def publish(*args: object, **kwargs: object) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        real(*args, **kwargs)

    monkeypatch.setattr(run_folder, "_publish", publish)
    before = signal.getsignal(signal.SIGINT)
    save(FRAMES, tmp_path / "out.mp4", **FACTS)
    assert signal.getsignal(signal.SIGINT) is before
    assert len(snapshot(tmp_path)) == 6


def test_once_published_a_handler_set_by_the_caller_stays(tmp_path: Path) -> None:
    handled = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in handled}
    token = published.set(lambda: [signal.signal(number, signal.SIG_IGN) for number in handled])
    try:
        save(FRAMES, tmp_path / "out.mp4", **FACTS)
        assert [signal.getsignal(number) for number in handled] == [signal.SIG_IGN] * 2
    finally:
        published.reset(token)
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("mkdir", lambda folder: save(FRAMES, folder / "out.mp4", **FACTS)),
        ("write_text", lambda folder: BOARD.save(folder / "story.yaml")),
    ],
)
def test_a_signal_right_after_something_is_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, write: Callable[[Path], object]
) -> None:
    real = getattr(Path, name)

    def make_and_be_interrupted(path: Path, *args: object, **kwargs: object) -> None:
        real(path, *args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, name, make_and_be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = run_folder.check_free

    def check_and_lose_the_race(target: Target, *, force: bool) -> None:
        real(target, force=force)
        target.path.write_bytes(b"theirs")

    monkeypatch.setattr(run_folder, "check_output", lambda *_, **__: None)
    monkeypatch.setattr(run_folder, "check_free", check_and_lose_the_race)
    with pytest.raises(OutputError, match="File exists"):
        save(FRAMES, tmp_path / "out.mp4", **FACTS)
    assert snapshot(tmp_path) == {"out.mp4": b"theirs"}


def test_files_of_others_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "out.run").mkdir()
    (tmp_path / "out.run" / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match=r"out\.run holds thesis\.tex, which no run wrote"):
        save(FRAMES, tmp_path / "out.mp4", **FACTS, force=True)
    (tmp_path / "more.run").write_text("a file")
    with pytest.raises(OutputError, match=r"more\.run is not a run folder"):
        save(FRAMES, tmp_path / "more.mp4", **FACTS, force=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link.run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match=r"link\.run is not a run folder"):
        save(FRAMES, tmp_path / "link.mp4", **FACTS, force=True)


def test_what_cannot_be_written_is_refused_early(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"the folder .*missing does not exist"):
        check_output(tmp_path / "missing" / "out.mp4")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match="is a folder; name a video file"):
        check_output(tmp_path / "folder.mp4", force=True)
    with pytest.raises(InputError, match=r"accepted: \.mp4"):
        check_output(tmp_path / "out.mov")
    with pytest.raises(OutputError, match=r"cannot write .*File name too long"):
        check_output(tmp_path / ("x" * 300 + ".mp4"))
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="does not exist"):
        check_output(tmp_path / "file" / "out.mp4")
    check_output(tmp_path / "out.mp4")
    check_output(None)


def test_a_run_file_is_told_from_a_storyboard(tmp_path: Path) -> None:
    saved = save(FRAMES, tmp_path / "out.mp4", **FACTS)
    assert load_source(saved.folder / "run.json") == saved.record
    assert load_source(saved.folder / "storyboard.yaml") == BOARD
    (tmp_path / "list.json").write_text("[1]")
    with pytest.raises(StoryboardError, match="neither a storyboard nor a recorded run"):
        load_source(tmp_path / "list.json")


def test_a_damaged_run_file_is_named_by_line_and_field(tmp_path: Path) -> None:
    saved = save(FRAMES, tmp_path / "out.mp4", **FACTS)
    file = saved.folder / "run.json"
    data = json.loads(file.read_text())
    data["settings"]["phi"] = 2
    file.write_text(json.dumps(data, indent=2))
    with pytest.raises(StoryboardError, match=r"run\.json, line \d+, settings\.phi: got 2"):
        RunRecord.load(file)
    file.write_text(file.read_text()[:-200])
    with pytest.raises(StoryboardError, match=r"run\.json, line \d+: not valid JSON"):
        RunRecord.load(file)


def test_the_hash_of_the_weights_sees_every_byte(tmp_path: Path) -> None:
    assert weights_sha256(tmp_path) is None
    assert weights_sha256(tmp_path / "missing") is None
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "a.safetensors").write_bytes(b"one")
    first = weights_sha256(tmp_path)
    (tmp_path / "unet" / "a.safetensors").write_bytes(b"two")
    (tmp_path / "config.json").write_text("{}")
    assert first is not None
    assert len(first) == 64
    assert weights_sha256(tmp_path) != first


@pytest.mark.parametrize("name", ["out.mp4", "out.webm", "out.gif", "out.webp", "out", "out.png", "v1.2/"])
def test_every_kind_of_output_has_its_run_folder(tmp_path: Path, name: str) -> None:
    path = f"{tmp_path}/{name}"
    saved = save(FRAMES, path, **FACTS)
    assert (saved.video, saved.num_frames, saved.seconds) == (Path(path), 2, 1.0)
    assert saved.folder == tmp_path / ("v1.2.run" if name == "v1.2/" else "out.run")
    before = snapshot(tmp_path)
    assert {f"{saved.folder.name}/frames/0001.png", f"{saved.folder.name}/run.json"} < before.keys()
    with pytest.raises(OutputError, match=r"already.*; choose another name, or replace with --force"):
        save(FRAMES, path, **FACTS)
    assert snapshot(tmp_path) == before
    save(FRAMES[::-1], path, **FACTS, force=True)
    frame = np.asarray(Image.open(saved.folder / "frames" / "0001.png"))
    assert frame[0, 0, 0] == 200
    if saved.video.is_dir():
        assert np.array_equal(np.asarray(Image.open(saved.video / "0001.png")), frame)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("broken", ["rename", "replace"])
@pytest.mark.parametrize("call", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["out.gif", "out"])
def test_whichever_rename_fails_what_stood_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, call: int, name: str
) -> None:
    save(FRAMES, tmp_path / name, **FACTS)
    before = snapshot(tmp_path)
    real, calls = getattr(os, broken), []

    def fail_once(*args: object) -> None:
        calls.append(1)
        if len(calls) == call:
            raise OSError(5, "Input/output error")
        real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(publish.os, broken, fail_once)
        with suppress(OutputError):
            save(FRAMES[::-1], tmp_path / name, **FACTS, force=True)
            before = {}
    assert (before == {}) == (len(calls) < call)
    assert before in ({}, snapshot(tmp_path))
    assert not list(tmp_path.glob(".*"))


def test_what_cannot_be_moved_back_is_not_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(FRAMES, tmp_path / "out.mp4", **FACTS)
    before = snapshot(tmp_path / "out.run")
    real, calls = os.rename, []

    def fail_from_the_second(*args: object) -> None:
        calls.append(1)
        if len(calls) > 1:
            raise OSError(5, "Input/output error")
        real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(publish.os, "rename", fail_from_the_second)
        with pytest.raises(OutputError):
            save(FRAMES[::-1], tmp_path / "out.mp4", **FACTS, force=True)
    (kept,) = tmp_path.glob(".direct2v-*/replaced-*")
    assert snapshot(kept) == before


def test_pictures_of_others_in_a_run_folder_are_never_replaced(tmp_path: Path) -> None:
    saved = save(FRAMES, tmp_path / "out.mp4", **FACTS)
    (saved.folder / "frames" / "0001.psd").write_text("precious")
    with pytest.raises(OutputError, match=r"out\.run holds 0001\.psd, which no run wrote"):
        save(FRAMES, tmp_path / "out.mp4", **FACTS, force=True)
    saved = save(FRAMES, tmp_path / "more", **FACTS)
    (saved.video / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match=r"more holds thesis\.tex, which is no frame, and is not replaced"):
        save(FRAMES, tmp_path / "more", **FACTS, force=True)
    (tmp_path / "photo.png").write_text("precious")
    with pytest.raises(OutputError, match=r"photo\.png is no folder of frames and is not replaced"):
        save(FRAMES, tmp_path / "photo.png", **FACTS, force=True)
    assert (tmp_path / "photo.png").read_text() == "precious"


def test_how_long_frames_are_shown_is_recorded(tmp_path: Path) -> None:
    frames = [
        frame.model_copy(update={"hold": seconds})
        for frame, seconds in zip(BOARD.frames, (None, 3), strict=True)
    ]
    board = BOARD.model_copy(update={"frames": tuple(frames)})
    facts = {**FACTS, "storyboard": board}
    saved = save(FRAMES, tmp_path / "a.mp4", **facts)
    assert (saved.seconds, saved.record.video.hold) == (3.5, (None, 3.0))
    assert Storyboard.load(saved.folder / "storyboard.yaml") == board
    loaded = RunRecord.load(saved.folder / "run.json")
    assert loaded.hold == (None, 3.0)
    saved = save(FRAMES, tmp_path / "b.mp4", **facts, hold=(1, None))
    assert (saved.seconds, saved.record.video.hold) == (4.0, (1, 3.0))
    saved = save(FRAMES, tmp_path / "c.mp4", **facts, hold=0.25, fps=10)
    assert (saved.seconds, saved.record.video.hold) == (0.5, (0.25, 0.25))
    with pytest.raises(InputError, match="hold has 3 entries for 2 frames"):
        save(FRAMES, tmp_path / "d.mp4", **facts, hold=(1, 1, 1))


@pytest.mark.parametrize(("written", "hold"), [(0.0, None), (1.5, (None, 2.0))])
def test_a_run_json_of_version_0_1_still_loads(
    tmp_path: Path, written: float, hold: tuple[float | None, ...] | None
) -> None:
    saved = save(FRAMES, tmp_path / "out.mp4", **FACTS)
    file = saved.folder / "run.json"
    data = json.loads(file.read_text())
    data["video"]["hold"] = written
    del data["redrawn"], data["only_frame"]
    file.write_text(json.dumps(data))
    assert RunRecord.load(file).hold == hold


def test_one_frame_alone_keeps_its_number(tmp_path: Path) -> None:
    saved = save(FRAMES, tmp_path / "out.mp4", **FACTS, only_frame=2, hold=(1, 4))
    assert (saved.num_frames, saved.seconds) == (1, 4.0)
    assert [file.name for file in (saved.folder / "frames").iterdir()] == ["0002.png"]
    assert RunRecord.load(saved.folder / "run.json").only_frame == 2
    saved = save(FRAMES, tmp_path / "folder", **FACTS, only_frame=2)
    assert [file.name for file in saved.video.iterdir()] == ["0002.png"]
