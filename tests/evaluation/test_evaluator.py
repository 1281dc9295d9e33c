"""From a path to figures and notes, as `direct2v.evaluate` gives them."""

import json
from pathlib import Path

import pytest
from footage_made import flat, moving

import direct2v
from direct2v.errors import OutputError
from direct2v.evaluation import load_encoders
from direct2v.evaluation.evaluator import evaluate_footage
from direct2v.evaluation.footage import Footage
from direct2v.storyboard import Storyboard
from direct2v.video import encode


def test_a_video_is_measured_and_its_figures_are_saved_whole(tmp_path: Path) -> None:
    encode(list(flat(0, 51, 255)), tmp_path / "film.gif", upscale=1)
    found = direct2v.evaluate(tmp_path / "film.gif", prompt="a dog")
    assert found.metrics["flicker"] == pytest.approx(0.5)
    assert (found.num_frames, found.height, found.width, found.dino) == (3, 64, 64, None)
    found.save(tmp_path / "film.json")
    assert json.loads((tmp_path / "film.json").read_text()) == json.loads(json.dumps(found.as_data()))
    with pytest.raises(OutputError, match="cannot write"):
        found.save(tmp_path / "none" / "film.json")
    assert {path.name for path in tmp_path.iterdir()} == {"film.gif", "film.json"}


def test_notes_say_what_figures_do_not_tell() -> None:
    models = load_encoders()

    def notes(frames: object, storyboard: Storyboard | None = None) -> str:
        return "\n".join(
            evaluate_footage(Footage(source="x", frames=frames, storyboard=storyboard), models=models).notes
        )

    single = notes(flat(1))
    for missing in ("no storyboard is known", "no prompt is known", "needs a DINO", "has no neighbours"):
        assert missing in single
    told = notes(moving(3), Storyboard.from_prompts("a spaceship lands", ["a dog"] * 3))
    assert "not trained on some words (spaceship, lands)" in told
    assert "no storyboard" not in told
    assert "can be followed" not in told
    assert "% of pixels can be followed" in notes(moving(3, step=25))
