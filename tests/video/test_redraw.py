"""One frame is drawn anew: the others stay byte for byte, and the record stays true."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from direct2v.errors import InputError, ModelError, OutputError, StoryboardError
from direct2v.settings import RenderSettings
from direct2v.storyboard import CameraMove, FramePrompt, Storyboard
from direct2v.video import (
    BaseRun,
    Hold,
    ModelRecord,
    Redraw,
    Run,
    RunRecord,
    Saved,
    check_output,
    load_source,
    plan_redraw,
    resolve_hold,
    run_folder,
    save_run,
    video_record,
)

TEXTS = ["calm", "wind", "storm", "calm again"]
BOARD = Storyboard.from_prompts("A storm, at sea!", TEXTS, style="pixel art")
SETTINGS = RenderSettings(seed=3)
MODEL = ModelRecord(name="a model", sha256="0" * 64)


def pictures(first: int, count: int = 4, size: int = 16) -> list[np.ndarray[Any, Any]]:
    return [np.full((size, size, 3), first + index, np.uint8) for index in range(count)]


def edited(**prompts: str) -> Storyboard:
    """The storyboard with other prompts, as in ``edited(f2="gale")``."""
    frames = [
        frame.model_copy(update={"prompt": prompts.get(f"f{number}", frame.prompt)})
        for number, frame in enumerate(BOARD.frames, start=1)
    ]
    return BOARD.model_copy(update={"frames": tuple(frames)})


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def drawn(
    pixels: list[np.ndarray[Any, Any]],
    *,
    fps: float = 4,
    hold: Hold = None,
    board: Storyboard = BOARD,
    model: ModelRecord = MODEL,
) -> Run:
    """What a render leaves to be saved."""
    video = video_record(pixels, fps, resolve_hold(hold, board, len(pixels)))
    return Run(pixels=pixels, record=RunRecord(storyboard=board, settings=SETTINGS, model=model, video=video))


def full(path: Path, **facts: Any) -> Saved:
    return save_run(drawn(pictures(100), **facts), path)


def again(
    redraw: Redraw,
    path: Path | None,
    first: int = 200,
    *,
    force: bool = False,
    model: ModelRecord = MODEL,
    size: int = 16,
    **playback: Any,
) -> Saved:
    """What the engine does with a redraw."""
    force = force or redraw.updates(path)
    check_output(path, force=force)
    run = drawn(pictures(first, size=size), board=redraw.storyboard, model=model, **playback)
    return save_run(redraw.run(run, **playback), path, force=force)


def values(saved: Saved) -> list[int]:
    files = sorted((saved.folder / "frames").iterdir())
    return [int(np.asarray(Image.open(file))[0, 0, 0]) for file in files]


@pytest.mark.parametrize("name", ["story.mp4", "story.gif", "story"])
def test_only_one_frame_changes(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    before = full(path)
    files = snapshot(before.folder / "frames")
    video = snapshot(path) if path.is_dir() else path.read_bytes()
    redraw = plan_redraw(2, edited(f2="gale"), output=path)
    assert redraw.overrides == {}
    assert redraw.preset.settings["seed"] == 3
    saved = again(redraw, path)
    assert values(saved) == [100, 201, 102, 103]
    now = snapshot(saved.folder / "frames")
    assert {file for file in now if now[file] != files[file]} == {"0002.png"}
    assert (snapshot(path) if path.is_dir() else path.read_bytes()) != video
    assert (saved.num_frames, saved.seconds, saved.notes) == (4, 1.0, ())
    assert Storyboard.load(saved.folder / "storyboard.yaml") == edited(f2="gale")
    record = load_source(saved.folder / "run.json")
    assert record == saved.record
    assert (record.storyboard, record.settings, record.created) == (BOARD, SETTINGS, before.record.created)
    (redrawn,) = record.redrawn
    assert (redrawn.frame, redrawn.storyboard, redrawn.settings) == (2, edited(f2="gale"), SETTINGS)
    assert redrawn.model == MODEL
    assert not list(tmp_path.glob(".*"))


def test_frames_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    full(path)
    again(plan_redraw(2, edited(f2="gale"), output=path), path, 200)
    board = Storyboard.load(tmp_path / "story.run" / "storyboard.yaml")
    again(plan_redraw(4, board, output=path), path, 210)
    saved = again(plan_redraw(2, edited(f2="breeze"), output=path), path, 220)
    assert values(saved) == [100, 221, 102, 213]
    assert [redrawn.frame for redrawn in saved.record.redrawn] == [4, 2]
    assert saved.record.current == edited(f2="breeze")
    assert saved.record.storyboard == BOARD


def test_the_run_folder_of_the_file_is_the_base_of_another_output(tmp_path: Path) -> None:
    first = full(tmp_path / "story.mp4")
    before = snapshot(tmp_path)
    redraw = plan_redraw(1, BOARD, source=first.folder / "storyboard.yaml", output=tmp_path / "other.gif")
    assert redraw.base is not None
    assert redraw.base.folder == first.folder
    saved = again(redraw, tmp_path / "other.gif")
    assert values(saved) == [200, 101, 102, 103]
    assert before.items() <= snapshot(tmp_path).items()
    # from now on the output's own run comes first
    redraw = plan_redraw(2, BOARD, source=first.folder / "storyboard.yaml", output=tmp_path / "other.gif")
    assert redraw.base.folder == saved.folder


def test_the_base_is_found_from_inside_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = full(tmp_path / "story.mp4").folder
    monkeypatch.chdir(folder)
    redraw = plan_redraw(1, BOARD, source="storyboard.yaml", output="../story.mp4")
    assert redraw.updates("../story.mp4")
    assert plan_redraw(1, BOARD, source="storyboard.yaml").base is not None
    again(redraw, Path("../story.mp4"))  # replaces the folder under our feet
    monkeypatch.chdir(tmp_path)
    record = RunRecord.load("story.run/run.json")
    assert values(Saved(Path("story.mp4"), Path("story.run"), record, 4, 1)) == [200, 101, 102, 103]


def test_without_a_name_a_new_one_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    full(Path("story.mp4"))
    saved = again(plan_redraw(3, BOARD, source="story.run/storyboard.yaml"), None)
    assert (str(saved.video), values(saved)) == ("a-storm-at-sea.mp4", [100, 101, 202, 103])


def test_an_output_of_another_run_still_asks_for_force(tmp_path: Path) -> None:
    first = full(tmp_path / "story.mp4")
    (tmp_path / "other.mp4").touch()
    redraw = plan_redraw(1, BOARD, source=first.folder / "storyboard.yaml", output=tmp_path / "other.mp4")
    with pytest.raises(OutputError, match="exists already; choose another name, or replace with --force"):
        again(redraw, tmp_path / "other.mp4")
    again(redraw, tmp_path / "other.mp4", force=True)


def test_without_an_earlier_run_the_frame_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "story.gif"
    redraw = plan_redraw(
        3, BOARD, source=tmp_path / "mine.yaml", output=path, overrides={"seed": 9, "phi": None}
    )
    assert (redraw.base, redraw.preset, redraw.overrides) == (None, "direct2v", {"seed": 9})
    saved = again(redraw, path, fps=4)
    assert values(saved) == [202]
    assert [file.name for file in (saved.folder / "frames").iterdir()] == ["0003.png"]
    assert (saved.num_frames, saved.seconds, saved.record.only_frame) == (1, 0.25, 3)
    assert saved.notes == ("frame 3 stands alone: there is no earlier run with the other frames",)
    # again, in place; another frame has no others to stand beside
    saved = again(plan_redraw(3, edited(f3="hail"), output=path), path, 210)
    assert (values(saved), saved.record.only_frame) == ([212], 3)
    assert saved.record.storyboard == edited(f3="hail")
    with pytest.raises(InputError, match=r"story\.run holds frame 3 alone; render the whole storyboard"):
        plan_redraw(2, BOARD, output=path)


def test_other_edits_are_told_and_stay_in_the_file_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    file = full(path).folder / "storyboard.yaml"
    mine = edited(f1="fog", f2="gale", f4="rain")
    text = "# mine\n" + mine.to_yaml()
    file.write_text(text)
    saved = again(plan_redraw(2, mine, source=file, output=path), path)
    assert saved.notes == (
        "only frame 2 was drawn; frames 1, 4 differ in the storyboard too, and can be drawn likewise",
    )
    assert file.read_text() == text
    assert saved.record.current == edited(f2="gale")
    # what was not drawn then is drawn from the same file now
    saved = again(plan_redraw(1, Storyboard.load(file), source=file, output=path), path, 220)
    assert values(saved) == [220, 201, 102, 103]
    assert saved.record.current == edited(f1="fog", f2="gale")
    assert file.read_text() == text
    # a file from elsewhere takes its place
    other = edited(f1="fog", f2="gale", f3="hail")
    again(plan_redraw(3, other, output=path), path, 230)
    assert Storyboard.load(file) == other


@pytest.mark.parametrize(
    "change",
    [{"style": "oil"}, {"shared": "at sea"}, {"negative_prompt": "boats"}],
)
def test_what_all_frames_share_differs_in_all(tmp_path: Path, change: dict[str, str]) -> None:
    path = tmp_path / "story.mp4"
    full(path)
    saved = again(plan_redraw(2, BOARD.model_copy(update=change), output=path), path)
    assert saved.notes[0].startswith("only frame 2 was drawn; frames 1, 3, 4 differ")
    assert saved.record.current == BOARD


def test_a_camera_move_is_a_difference_and_a_title_is_none(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    full(path)
    moved = FramePrompt(prompt="wind", camera=CameraMove(pan=0.1))
    board = BOARD.model_copy(update={"frames": (BOARD.frames[0], moved, *BOARD.frames[2:])})
    assert plan_redraw(1, board, output=path).undrawn() == [2]
    title = BOARD.model_copy(update={"prompt": "other", "notes": ("x",), "director": "me"})
    assert plan_redraw(1, title, output=path).undrawn() == []


def test_how_long_frames_are_shown(tmp_path: Path) -> None:
    def held(*seconds: float | None) -> Storyboard:
        frames = [f.model_copy(update={"hold": s}) for f, s in zip(BOARD.frames, seconds, strict=True)]
        return BOARD.model_copy(update={"frames": tuple(frames)})

    path = tmp_path / "story.mp4"
    full(path, hold=(1, None, 3, None))  # 4 fps
    board = Storyboard.load(tmp_path / "story.run" / "storyboard.yaml")
    saved = again(plan_redraw(1, board, output=path), path)
    assert (saved.record.video.hold, saved.seconds) == ((1, None, 3, None), 4.5)
    saved = again(plan_redraw(1, held(None, 2, None, None), output=path), path)  # what changed in the file
    assert (saved.record.video.hold, saved.record.current.frames[1].hold) == ((1, 2, 3, None), 2)
    saved = again(
        plan_redraw(1, held(None, 2, None, None), output=path), path, hold=(None, 7, None, 5), fps=1
    )
    assert (saved.record.video.hold, saved.record.video.fps) == ((1, 7, 3, 5), 1)


def test_other_outputs_of_the_same_run_are_named_as_stale(tmp_path: Path) -> None:
    full(tmp_path / "story.mp4")
    saved = again(plan_redraw(1, BOARD, output=tmp_path / "story.gif"), tmp_path / "story.gif")
    assert saved.notes == (
        f"{tmp_path / 'story.mp4'} was not written anew and shows the run as it was before",
    )


def test_options_come_before_what_was_recorded(tmp_path: Path) -> None:
    full(tmp_path / "story.mp4")
    redraw = plan_redraw(1, BOARD, output=tmp_path / "story.mp4", overrides={"phi": 0.5})
    assert (redraw.preset.settings["phi"], redraw.overrides) == (0.05, {"phi": 0.5})
    redraw = plan_redraw(1, BOARD, output=tmp_path / "story.mp4", preset="released")
    assert (redraw.preset, redraw.overrides) == ("released", {"seed": 3})


@pytest.mark.parametrize("frame", [0, -1, 5, 1.0, True, "2", None])
def test_a_frame_that_is_not_there(tmp_path: Path, frame: Any) -> None:
    with pytest.raises(InputError, match="; this storyboard has frames 1 to 4"):
        plan_redraw(frame, BOARD, output=tmp_path / "story.mp4")


def _no_words(folder: Path) -> None:
    _change(folder, storyboard=None)


def _given_latents(folder: Path) -> None:
    _change(folder, latents_given=True)


def _no_seed(folder: Path) -> None:
    data = json.loads((folder / "run.json").read_text())
    _change(folder, settings={**data["settings"], "seed": None})


def _change(folder: Path, **changes: Any) -> None:
    file = folder / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def _missing(folder: Path) -> None:
    (folder / "frames" / "0003.png").unlink()


def _damaged(folder: Path) -> None:
    file = folder / "frames" / "0003.png"
    file.write_bytes(file.read_bytes()[:40])


def _no_picture(folder: Path) -> None:
    (folder / "frames" / "0003.png").write_bytes(b"GIF89a")


def _other_size(folder: Path) -> None:
    Image.new("RGB", (8, 16)).save(folder / "frames" / "0003.png")


def _no_frames(folder: Path) -> None:
    for file in (folder / "frames").iterdir():
        file.unlink()
    (folder / "frames").rmdir()


def _broken_record(folder: Path) -> None:
    (folder / "run.json").write_text("{")


def _redrawn_out_of_range(folder: Path) -> None:
    again(plan_redraw(2, BOARD, output=folder.parent / "story.mp4"), folder.parent / "story.mp4")
    (redrawn,) = json.loads((folder / "run.json").read_text())["redrawn"]
    _change(folder, redrawn=[{**redrawn, "frame": 9}])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_no_words, "was made from embeddings, it has no words to render"),
        (_given_latents, "started from given latents, which no seed repeats; give a seed (--seed) for"),
        (_no_seed, "started from a generator in use, which no seed repeats"),
        (_missing, "0003.png is missing; render the whole storyboard again"),
        (_damaged, "0003.png is damaged ("),
        (_no_picture, "0003.png is damaged ("),
        (_other_size, "0003.png has 8x16 pixels, its run.json says 16x16"),
        (_no_frames, "0002.png is missing; render the whole storyboard again"),
        (_broken_record, "run.json, line 1: not valid JSON"),
        (_redrawn_out_of_range, "redrawn frame 9 does not fit the storyboard of the run"),
    ],
)
def test_a_base_that_cannot_be_used(tmp_path: Path, damage: Any, message: str) -> None:
    path = tmp_path / "story.mp4"
    damage(full(path).folder)
    before = snapshot(tmp_path)
    with pytest.raises(InputError) as caught:
        plan_redraw(1, BOARD, output=path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert snapshot(tmp_path) == before


def test_a_seed_of_ones_own_replaces_what_no_seed_tells(tmp_path: Path) -> None:
    _given_latents(full(tmp_path / "story.mp4").folder)
    assert plan_redraw(1, BOARD, output=tmp_path / "story.mp4", overrides={"seed": 4}).overrides == {
        "seed": 4
    }


def test_the_frame_that_is_drawn_anew_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    _missing(full(path).folder)
    assert values(again(plan_redraw(3, BOARD, output=path), path)) == [100, 101, 202, 103]


def test_another_number_of_frames(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    full(path)
    with pytest.raises(StoryboardError, match=r"the storyboard has 2 frames, but .*story\.run has 4"):
        plan_redraw(1, Storyboard.from_prompts("x", ["a", "b"]), output=path)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"name": "other", "sha256": "1" * 64}, "drawn with model a model, not with other; one frame can"),
        ({"name": "a model", "sha256": "1" * 64}, "drawn with other weights of a model; one frame can only"),
        ({"name": "other"}, "drawn with model a model, not with other"),
    ],
)
def test_another_model_or_size_changes_nothing(tmp_path: Path, model: dict[str, str], message: str) -> None:
    path = tmp_path / "story.mp4"
    full(path)
    before = snapshot(tmp_path)
    redraw = plan_redraw(1, BOARD, output=path)
    with pytest.raises(ModelError, match=message):
        again(redraw, path, model=ModelRecord(**model))
    with pytest.raises(ModelError, match="drawn with model a model, not with storybook"):
        plan_redraw(1, BOARD, output=path, model="storybook")
    with pytest.raises(InputError, match=r"frame 1 came out 32x32 pixels, the frames of .* are 16x16"):
        again(redraw, path, size=32)
    assert snapshot(tmp_path) == before
    renamed = ModelRecord(name="../moved", sha256=MODEL.sha256)
    assert values(again(redraw, path, model=renamed))[0] == 200


def test_a_base_that_changes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    full(path)
    mine, theirs = plan_redraw(1, BOARD, output=path), plan_redraw(2, edited(f2="gale"), output=path)
    again(theirs, path)
    before = snapshot(tmp_path)
    with pytest.raises(InputError, match=r"story\.run was changed by another run meanwhile"):
        again(mine, path)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("broken", ["encode", "contact_sheet", "check_free", "others"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_whatever_fails_the_base_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, error: BaseException
) -> None:
    path = tmp_path / "story.mp4"
    full(path)
    before = snapshot(tmp_path)
    redraw = plan_redraw(1, BOARD, output=path)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(BaseRun if broken == "others" else run_folder, broken, fail)
    with pytest.raises((KeyboardInterrupt, OutputError, OSError)):
        again(redraw, path)
    assert snapshot(tmp_path) == before
    assert not list(tmp_path.glob(".*"))


def test_foreign_files_in_the_base_are_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    (full(path).folder / "thesis.tex").touch()
    before = snapshot(tmp_path)
    with pytest.raises(OutputError, match=r"holds thesis\.tex, which no run wrote"):
        again(plan_redraw(1, BOARD, output=path), path)
    assert snapshot(tmp_path) == before


def test_a_run_folder_without_a_record_is_no_base(tmp_path: Path) -> None:
    path = tmp_path / "story.mp4"
    os.remove(full(path).folder / "run.json")
    redraw = plan_redraw(1, BOARD, output=path)
    assert redraw.base is None
    with pytest.raises(OutputError, match="exist already"):
        again(redraw, path)


def test_a_long_story(tmp_path: Path) -> None:
    path = tmp_path / "story"
    board = Storyboard.from_prompts("long", [f"frame {number}" for number in range(200)])
    frames = [np.full((2, 2, 3), number % 256, np.uint8) for number in range(200)]
    save_run(drawn(frames, board=board), path)
    redraw = plan_redraw(190, board, output=path)
    saved = save_run(redraw.run(drawn(frames[::-1], board=board)), path, force=True)
    assert [int(np.asarray(Image.open(saved.video / f"{n:04d}.png"))[0, 0, 0]) for n in (189, 190, 191)] == [
        188,
        10,
        190,
    ]
    assert RunRecord.load(saved.folder / "run.json").redrawn[0].frame == 190


def test_an_output_that_cannot_be_named_is_left_to_the_check(tmp_path: Path) -> None:
    source = full(tmp_path / "story.mp4").folder / "storyboard.yaml"
    path = tmp_path / ("x" * 300 + ".mp4")
    redraw = plan_redraw(1, BOARD, source=source, output=path)
    assert redraw.base is not None
    with pytest.raises(OutputError, match="File name too long"):
        again(redraw, path)
