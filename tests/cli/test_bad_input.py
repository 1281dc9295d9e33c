"""Every bad input: a code that is not 0, a few clear lines, no traceback, nothing written or changed."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

GOOD_BOARD = "prompt: a story\nframes:\n  - prompt: one\n  - prompt: two\n"


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def refused(direct2v: Callable, *arguments: object) -> str:
    """Runs a command that must be refused; gives what it says, on one line."""
    before = snapshot(Path.cwd())
    done = direct2v(*arguments)
    assert done.code in (1, 2)
    assert 1 <= len(done.err.splitlines()) <= 4
    assert all(len(line) < 400 for line in done.err.splitlines())
    assert "Traceback" not in done.err
    assert snapshot(Path.cwd()) == before
    return " ".join(done.err.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([""], "the prompt is empty"),
        ([" \n\t "], "the prompt is empty"),
        (["\udcff"], "the prompt is not valid UTF-8"),
        (["x", "--frames", "0"], "--frames is 0; accepted: 1 to 1024"),
        (["x", "--frames", "-1"], "--frames is -1; accepted: 1 to 1024"),
        (["x", "--frames", "100000"], "--frames is 100000; accepted: 1 to 1024"),
        (["x", "--frames", "many"], "Invalid value for '--frames'"),
        (["x", "--seed", "-1"], "--seed is -1; accepted: 0 to"),
        (["x", "--seed", str(2**32)], "accepted: 0 to 4294967295"),
        (["x", "--steps", "0"], "--steps is 0; accepted: 1 to 1000"),
        (["x", "--guidance", "nan"], "--guidance is nan; accepted: 0 to 100"),
        (["x", "--phi", "1"], "--phi is 1; accepted: 0 (no filter) to below 1"),
        (["x", "--phi", "-0.1"], "--phi is -0.1"),
        (["x", "--period", "0"], "--period is '0'; accepted: a whole number from 1, or auto"),
        (["x", "--period", "often"], "--period is 'often'"),
        (["x", "--period", "9" * 5000], "--period is"),
        (["x", "--fps", "0"], "fps is 0; accepted"),
        (["x", "--fps", "inf"], "fps is inf; accepted"),
        (["x", "--set", "strategy"], "--set is 'strategy'; accepted: NAME=VALUE, as in strategy=previous"),
        (["x", "--set", "strategie=own"], "strategie: unknown key; did you mean strategy?"),
        (["x", "--set", "rho=2"], "rho: got 2"),
        (["x", "--steps", "4", "--set", "num_inference_steps=3"], "num_inference_steps is given twice"),
        (["x", "--set", "phi=0.1", "--set", "phi=0.2"], "phi is given twice"),
        (["x", "--lora", "style.pt"], "lora[0]: 'style.pt' is no .safetensors file; accepted: FILE"),
        (["x", "--lora", "style.safetensors:0,8"], "lora[0]: the scale '0,8' is no number"),
        (["x", "--lora", "none.safetensors"], "there is no file none.safetensors"),
        (["x", "--lora", "cut.safetensors:0.5"], "cut.safetensors is damaged or truncated"),
        (["x", "--embedding", "none.safetensors:<x>"], "there is no file none.safetensors"),
        (["x", "--scheduler", "eular"], "unknown scheduler 'eular'; accepted: ddim, ddpm, pndm, euler,"),
        (["x", "--dtype", "int8"], "unknown dtype 'int8'; accepted: float32, float16, bfloat16"),
        (
            ["x", "--offload", "half"],
            "offload: got the text \"half\"; accepted: 'none', 'model' or 'sequential'",
        ),
        (["x", "--config", "here"], "config is for a model in one .safetensors file"),
        (["x", "--model", "none.safetensors"], "there is no file none.safetensors"),
        (["x", "--model", "cut.safetensors"], "cut.safetensors is damaged or truncated"),
        (["x", "--preset", "best"], "unknown preset 'best'; known: direct2v, released"),
        (["x", "--director", "spielberg"], "unknown director 'spielberg'; accepted: storybook"),
        (["x", "--director", "missing.yaml"], "missing.yaml: no such file"),
        (
            ["x", "-o", "story.avi"],
            "story.avi has the extension .avi; accepted: .mp4, .webm, .gif, .webp, or",
        ),
        (["x", "--hold", "long"], "--hold is 'long', and 'long' is no number; accepted: 0.5 for every frame"),
        (["x", "--hold", "0"], "--hold has 0 seconds; accepted: 0.01 to 60"),
        (["x", "--hold", "0:1"], "--hold names frame 0; there are frames 1"),
        (["x", "--hold", "1:1,1:2"], "--hold names frame 1 twice"),
        (["x", "--hold", ""], "--hold is ''"),
        (["x", "-o", "a.gif", "--fps", "100"], "0.01 s"),
        (["x", "--shared", "0.5"], "shared does not go with 'storybook'; it is for openai:"),
        (["x", "--lenient"], "lenient does not go with 'storybook'; it is for openai:"),
        (["x", "--shared", "1", "--director", "openai:x"], "shared is 1; accepted: 0 (prompts that"),
        (["x", "--shared", "nan", "--director", "openai:x"], "shared is nan"),
        (["x", "--director", "openai:"], "openai: needs the name of a model, as in openai:gpt-4o"),
        (["x", "--director", "gemini:pro"], "did you mean google:NAME?"),
        (["x", "--director", "openai:x@ftp://here"], "must begin with http:// or https://"),
        (["x", "--director", "openai:x@http://me:secret@here/v1"], "must not hold a user name or password"),
        (["x", "--director", "openai:x@http://"], "is no valid address"),
        (["x", "--director", "openai:gpt-4o"], "OPENAI_API_KEY"),
        (["x", "--director", "hf:"], "hf: needs"),
        (["x", "--director", "hf:./missing"], "./missing"),
        (["x", "--director", "hf:."], "no config.json"),
        (["x", "--director", "missing.csv"], "missing.csv: no such file"),
        (["x", "-o", "missing/story.mp4"], "the folder missing does not exist"),
        (["x", "-o", "."], ". is no name for an output; give one, as in story.mp4"),
        (["x", "-o", ".mp4"], ".mp4 is no name for an output"),
        (["x", "-o", "story.mp4."], "story.mp4. is no name for an output"),
        (["x", "-o", ""], "is no name for an output; give one, as in story.mp4"),
        (["x", "-o", "x" * 300 + ".mp4"], "File name too long"),
        (
            ["x", "-o", "standing.mp4"],
            "standing.mp4 exists already; choose another name, or replace with --force",
        ),
        (["x", "-o", "run.mp4"], "run.run exists already"),
        (["x", "--speed", "5"], "No such option: --speed"),
        (["x", "y"], "unexpected extra argument"),
        ([], "Missing argument 'PROMPT'"),
    ],
)
def test_generate_refuses(direct2v: Callable, arguments: list[str], message: str) -> None:
    Path("standing.mp4").write_bytes(b"precious")
    Path("run.run").mkdir()
    Path("cut.safetensors").write_bytes(b"\0" * 9)
    torch_before = "torch" in sys.modules
    assert message in refused(direct2v, "generate", *arguments)
    assert ("torch" in sys.modules) == torch_before  # nothing heavy was loaded to find out


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "", "a.yaml: the file is empty"),
        ("a.yaml", GOOD_BOARD.replace("two", "3"), "a.yaml, line 4, frames[1].prompt: expected text"),
        ("a.yaml", GOOD_BOARD[:-4], "a.yaml, line 4, frames[1].prompt: expected text, got nothing"),
        ("a.yaml", GOOD_BOARD + "  - promt: x\n", "a.yaml, line 5, frames[2].promt: unknown key"),
        ("a.yaml", GOOD_BOARD + "prompt: x\n", 'a.yaml, line 5: the key "prompt" stands twice'),
        ("a.yaml", "prompt: {", "a.yaml, line 1: not valid YAML"),
        ("a.json", '{"prompt": "x",\n"frames": [', "a.json, line 2: not valid JSON"),
        ("a.json", '{"settings": {}, "storyboard": {}}', "a.json, line 1, storyboard.prompt: is missing"),
        ("a.json", "[]", "a.json: holds neither a storyboard nor a recorded run"),
        ("a.png", GOOD_BOARD, "a.png: unknown kind of storyboard file; accepted: .yaml, .yml, .json, .txt"),
        ("a.csv", "a,b\n1,2\n", "a.csv, line 1"),
        ("a.md", "no table here\n", "a.md: "),
        ("a.json", '{"0": "one", "-8": "two"}', "a.json"),
        ("a.yaml", "\0\1\2", "a.yaml: not a text file in UTF-8"),
    ],
)
def test_render_and_director_refuse_bad_files(direct2v: Callable, name: str, text: str, message: str) -> None:
    Path(name).write_text(text)
    assert message in refused(direct2v, "render", name, "-o", "out.mp4")
    if "neither" not in message and "settings" not in text and name != "a.png":
        assert message in refused(direct2v, "generate", "x", "--director", name, "-o", "out.mp4")


def test_render_refuses_what_is_no_file(direct2v: Callable) -> None:
    assert "missing.yaml: no such file" in refused(direct2v, "render", "missing.yaml")
    assert ".: is a folder" in refused(direct2v, "render", ".")


def test_frames_must_agree_with_a_storyboard_file(direct2v: Callable) -> None:
    Path("a.yaml").write_text(GOOD_BOARD)
    assert "has 2 frame prompts, but 5 frames" in refused(
        direct2v, "generate", "x", "--director", "a.yaml", "--frames", 5
    )


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("unknown name", "unknown model 'nonesuch'"),
        ("missing folder", "the model folder ./missing/folder does not exist"),
        ("home of nobody", "there is no model folder ~nouser/x"),
        ("long name", "File name too long"),
        ("no diffusers model", "model_index.json"),
        ("a file", "file.txt"),
        ("pickle", "safetensors"),
        ("truncated", "diffusion_pytorch_model.safetensors"),
        ("broken index", "model_index.json"),
    ],
)
def test_models_that_cannot_be_used(direct2v: Callable, tiny_sd: Path, kind: str, message: str) -> None:
    model: Path | str = Path("folder")
    unet = model / "unet" / "diffusion_pytorch_model.safetensors"
    match kind:
        case "unknown name":
            model = "nonesuch"
        case "missing folder":
            model = "./missing/folder"
        case "home of nobody":
            model = "~nouser/x"
        case "long name":
            model = "x" * 300
        case "no diffusers model":
            model.mkdir()
        case "a file":
            model = Path("file.txt")
            model.touch()
        case "pickle":
            shutil.copytree(tiny_sd, model)
            unet.rename(unet.with_suffix(".bin"))
        case "truncated":
            shutil.copytree(tiny_sd, model)
            unet.write_bytes(unet.read_bytes()[:-1000])
        case "broken index":
            shutil.copytree(tiny_sd, model)
            (model / "model_index.json").write_text("{")
    said = refused(direct2v, "generate", "x", "-o", "out.mp4", "--model", model)
    assert message in said
    assert said.startswith("Error: ")  # before any phase began


def test_a_name_of_the_hub_says_first_that_no_such_folder_is_here(direct2v: Callable) -> None:
    said = refused(direct2v, "generate", "x", "--model", "missing/folder")
    assert said.startswith("Loading the model Error: there is no folder missing/folder here, and the Hugging")


def test_an_unexpected_error_is_one_line_and_a_hint(
    direct2v: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug\nof ours")

    monkeypatch.setattr("direct2v.cli.storyboards.resolve_director", fail)
    said = refused(direct2v, "generate", "x")
    assert said.startswith("Error: unexpected ZeroDivisionError: a bug of ours")
    assert "--debug" in said
    with pytest.raises(ZeroDivisionError):
        direct2v("generate", "x", "--debug")


def test_a_run_that_cannot_be_repeated_is_refused(direct2v: Callable) -> None:
    from direct2v.settings import RenderSettings
    from direct2v.video import ModelRecord, RunRecord, VideoRecord

    record = RunRecord(
        storyboard=None,
        settings=RenderSettings(seed=1),
        model=ModelRecord(name="storybook"),
        video=VideoRecord(fps=2, hold=0, upscale=8, height=64, width=64),
    )
    Path("run.json").write_text(record.to_json())
    assert "was made from embeddings" in refused(direct2v, "render", "run.json")
    words = {**json.loads(record.to_json()), "storyboard": {"prompt": "x", "frames": [{"prompt": "one"}]}}
    for changes, arguments, message in (
        ({}, ["--preset", "released"], "leave --preset out"),
        (
            {"settings": {"seed": None}},
            [],
            "started from a generator in use, which no seed repeats",
        ),
        ({"latents_given": True}, [], "run.json: started from given latents, which no seed repeats"),
        (
            {"model": {"name": "./gone"}},
            [],
            "./gone does not exist; the run was made with it, say",
        ),
    ):
        Path("run.json").write_text(json.dumps({**words, **changes}))
        assert message in refused(direct2v, "render", "run.json", *arguments)


def test_a_file_given_as_the_sentence_is_pointed_to_render(direct2v: Callable) -> None:
    Path("story.yaml").write_text(GOOD_BOARD)
    assert "direct2v render story.yaml" in refused(direct2v, "generate", "story.yaml")
    assert "--frames is 0" in refused(direct2v, "generate", "x" * 9000 + ".json", "--frames", 0)
    assert "unknown model" in refused(direct2v, "generate", "x" * 9000 + ".json", "--model", "none")


def test_a_run_folder_names_what_to_render(direct2v: Callable) -> None:
    Path("x.run").mkdir()
    Path("x.run/run.json").write_text("{}")
    assert "x.run is a run folder; give its run.json" in refused(direct2v, "render", "x.run")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["direct", ""], "the prompt is empty"),
        (["direct", "x", "--frames", 0], "--frames is 0; accepted: 1 to 1024"),
        (["direct", "x", "--seed", -1], "--seed is -1"),
        (["direct", "x", "--director", "spielberg"], "unknown director 'spielberg'"),
        (["direct", "x", "--model", "nonesuch"], "unknown model 'nonesuch'"),
        (["direct", "x", "-o", "standing.yaml"], "standing.yaml exists already; choose another name, or"),
        (["direct", "x", "-o", "missing/a.yaml"], "the folder missing does not exist"),
        (["direct", "x", "-o", "."], ".: unknown kind of storyboard file; accepted: .yaml"),
        (["direct", "x", "-o", "a.png"], "a.png: unknown kind of storyboard file; accepted: .yaml"),
        (["direct", "x", "-o", "a.yaml", "--format", "xml"], "unknown format 'xml'; accepted: storyboard"),
        (["direct", "x", "-o", "a.yaml", "--format", "csv"], "a.yaml: a csv file ends in .csv"),
        (["direct", "x", "--format", "csv"], "--format needs a file; name it with -o"),
        (["direct", "x", "--edit"], "--edit needs a file; name it with -o, as in -o story.yaml"),
        (["direct", "x", "--edit", "-o", "a.yaml"], "--edit opens $VISUAL or $EDITOR, but neither is set"),
        (["direct", "standing.yaml"], "the prompt is a file; to draw it: direct2v render standing.yaml"),
        (["lint", "missing.yaml"], "missing.yaml: no such file"),
        (["lint", "."], ".: is a folder"),
        (["lint", "standing.yaml", "--frames", 0], "--frames is 0"),
        (["lint", "standing.yaml", "--model", "nonesuch"], "unknown model 'nonesuch'"),
        (["lint", "broken.yaml"], "broken.yaml, line 1"),
        (["convert", "standing.yaml"], "Missing option '--output'"),
        (["convert", "missing.yaml", "-o", "a.csv"], "missing.yaml: no such file"),
        (["convert", "standing.yaml", "-o", "a.doc"], "a.doc: unknown kind of storyboard file"),
        (["convert", "broken.yaml", "-o", "a.csv"], "broken.yaml, line 1"),
        (["convert", "broken.yaml", "-o", "standing.yaml"], "standing.yaml exists already"),
        (["schema", "x"], "unexpected extra argument"),
        (["render", "standing.yaml", "--preset", ""], "unknown preset ''; known: direct2v, released"),
        (["render", "standing.yaml", "--frame", 0], "--frame is 0; accepted: 1 to 1024"),
        (["render", "standing.yaml", "--frame", 3], "this storyboard has frames 1 to 2"),
        (["render", "standing.yaml", "--hold", "1,2,3"], "--hold has 3 numbers for 2 frames"),
        (["render", "standing.yaml", "--hold", "5:1"], "--hold names frame 5; there are frames 1 to 2"),
    ],
)
def test_storyboard_commands_refuse(
    direct2v: Callable, monkeypatch: pytest.MonkeyPatch, arguments: list[object], message: str
) -> None:
    for variable in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(variable, raising=False)
    Path("standing.yaml").write_text(GOOD_BOARD)
    Path("broken.yaml").write_text("prompt: {")
    assert message in refused(direct2v, *arguments)


def test_an_editor_that_fails_leaves_nothing(direct2v: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "surely-no-such-editor --wait")
    assert "'surely-no-such-editor --wait' cannot be run" in refused(
        direct2v, "direct", "x", "--edit", "-o", "a.yaml"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} -c raise(SystemExit(3))")
    assert "ended with code 3; nothing was written" in refused(
        direct2v, "direct", "x", "--edit", "-o", "a.yaml"
    )
