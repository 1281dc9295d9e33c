"""The director of the embedded model: a tiny language model that knows the storybook world and no other."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from direct2v.director.brief import check_task
from direct2v.director.contract import check
from direct2v.director.dialogue import LanguageModelDirector
from direct2v.director.instructions import MESSAGE_VERSION
from direct2v.director.local import LocalWriter
from direct2v.director.protocol import DEFAULT_NUM_FRAMES
from direct2v.errors import ModelError
from direct2v.models import read_object
from direct2v.storyboard import Storyboard
from direct2v.storybook import director_path
from direct2v.storybook.world import words
from direct2v.storybook.world.captions import canonical
from direct2v.storybook.world.parsing import parse
from direct2v.storybook.world.scene import Scene
from direct2v.storybook.world.translation import Translation, translate
from direct2v.storybook.world.vocabulary import kind_words, place_words
from direct2v.text import printable

__all__ = ["MAX_STATES", "StorybookDirector"]

MAX_STATES: Final = 24
"""The model was trained on stories of 1 to 24 frames."""

_MAX_WORDS: Final = 60  # of a sentence; training had up to 35
_ANY_STORY: Final = "A day from dawn to night over a meadow"
_ANY_SCENE: Final = Scene("meadow")
_LISTED: Final = 12  # words in a note
_REPEATS: Final = ("duplicate", "no-change")  # checks on what a note of its own says once


class StorybookDirector:
    """Lets the embedded language model tell a story of the storybook world; nothing in it is random.

    It is asked once, and once more with the first thing of the sentence alone where less than half of what
    it wrote can be drawn: it was trained on stories, not on talks. Whatever a sentence says, the storyboard
    can be drawn; what of the sentence cannot be is told in notes. For other checkpoints ask another director.

    Args:
        folder: of the model; None for the one that is shipped.

    Raises:
        ModelError: the model is missing, incomplete, or made for another version of the task prompt. Nothing
            is loaded to find that out.
    """

    name = "storybook"

    def __init__(self, folder: str | Path | None = None) -> None:
        folder = director_path() if folder is None else Path(folder)
        _check_version(folder)
        # always in the same precision, so that the same sentence gives the same story on every machine
        self._writer = LocalWriter(folder, device="cpu")

    def direct(self, prompt: str, num_frames: int | None = None, *, seed: int = 0) -> Storyboard:
        """The storyboard of `prompt` in the words of the embedded model, whatever the seed.

        Raises:
            DirectorError: the prompt is empty, or the number of frames is not 1 to 1024.
            ModelError: the model is damaged.
        """
        del seed
        num_frames = DEFAULT_NUM_FRAMES if num_frames is None else num_frames
        check_task(prompt, num_frames)
        told = translate(prompt)
        asked = " ".join(told.text.split()[:_MAX_WORDS]) if told.drawable else _ANY_STORY
        held = -(-num_frames // MAX_STATES)
        num_states = -(-num_frames // held)
        answer, found = self._ask(asked, num_states)
        again = ""
        if told.first and 2 * found.count(None) > num_states:
            other, better = self._ask(told.first, num_states)
            if better.count(None) < found.count(None):
                answer, found, again = other, better, told.first
        scenes = _without_holes(found)
        notes = [*_notes_on_words(told), *_notes_on_scenes(told, found, again)]
        if held > 1:
            notes.append(
                f"The storybook director tells up to {MAX_STATES} states of a story: each of {num_states} is "
                f"held for up to {held} frames."
            )
        texts = [canonical(scenes[index * num_states // num_frames]) for index in range(num_frames)]
        subjects = [name for name in answer.subjects if all(name in text for text in texts)]
        board = Storyboard.from_prompts(prompt, texts, director=self.name, subjects=subjects)
        notes += [str(found) for found in check(board) if found.check not in _REPEATS]
        return board.model_copy(update={"notes": tuple(notes)})

    def _ask(self, prompt: str, num_frames: int) -> tuple[Storyboard, list[Scene | None]]:
        """What the model writes, and the scene that each caption means; None for one that means none."""
        model = LanguageModelDirector(self._writer, attempts=1, lenient=True)
        answer = model.direct(prompt, num_frames)
        return answer, [_scene(frame.prompt) for frame in answer.frames]


def _check_version(folder: Path) -> None:
    """Refuses a model that was trained on other words than it would be asked with.

    Raises:
        ModelError: naming both versions, or what is missing.
    """
    if not folder.is_dir():
        raise ModelError("the embedded storybook director is missing; reinstall direct2v")
    version = read_object(folder / "direct2v.json").get("template_version")
    if version != MESSAGE_VERSION:
        raise ModelError(
            f"the storybook director knows version {printable(str(version), 20)} of the task prompt, "
            f"but this direct2v asks with version {MESSAGE_VERSION}; reinstall direct2v"
        )


def _scene(caption: str) -> Scene | None:
    try:
        return parse(caption)
    except ValueError:
        return None


def _without_holes(found: Sequence[Scene | None]) -> list[Scene]:
    """The scenes, with a neighbour wherever there is none."""
    last = next((scene for scene in found if scene is not None), _ANY_SCENE)
    scenes = []
    for scene in found:
        last = last if scene is None else scene
        scenes.append(last)
    return scenes


def _notes_on_words(told: Translation) -> list[str]:
    """What became of the words of a sentence."""
    notes = []
    if told.nearest:
        pairs = _listed((f"{said} as {near}" for said, near in told.nearest), 48)
        notes.append(f"Drawn as the nearest thing that the storybook world has: {pairs}.")
    if told.counted:
        counted = _listed(told.counted)
        notes.append(f"The storybook world draws one of each kind, whatever was counted: {counted}.")
    for why, what in told.left_out:
        notes.append(f"Left out, as {why}: {_listed(what)}.")
    for kind, said, place in told.places:
        where = " ".join(words.PLACE[place][0])
        notes.append(f"The storybook world has no {kind} there ({printable(said, 24)}); it is {where}.")
    if told.unknown:
        notes.append(f"The storybook world has no picture for: {_listed(told.unknown)}.")
    if not told.drawable:
        notes.append(
            "Nothing of the sentence can be drawn in the storybook world, which knows simple English words; "
            "it shows a day over a meadow instead."
        )
    elif told.is_cut or len(told.text.split()) > _MAX_WORDS:
        notes.append("The sentence is long; the storybook director read only its beginning.")
    return notes


def _notes_on_scenes(told: Translation, found: Sequence[Scene | None], again: str) -> list[str]:
    """What came out otherwise than asked for; `again` is what the model was asked the second time."""
    scenes = [scene for scene in found if scene is not None]
    if not scenes:
        return ["The storybook director wrote nothing that can be drawn; an empty meadow is shown instead."]
    notes = []
    if again:
        notes.append(f"Of the whole sentence little could be drawn; this is shown instead: {again}.")
    shown = {scene.place for scene in scenes} | {s.kind for scene in scenes for s in scene.subjects}
    named = {word.strip(",.:?").lower() for word in told.text.split()}
    things = {word: kind_words().get(word) or place_words().get(word) for word in sorted(named)}
    missing = [word for word, thing in things.items() if thing is not None and thing not in shown]
    if missing and told.drawable:
        notes.append(f"Named, but in no frame: {_listed(missing)}.")
    if num_broken := len(found) - len(scenes):
        notes.append(
            f"{num_broken} of the {len(found)} pictures that were written cannot be drawn; "
            "their neighbours are repeated."
        )
    return notes


def _listed(every_word: Iterable[str], length: int = 24) -> str:
    """The words with commas, the first twelve of them, each of so many characters and printable."""
    every = [printable(word, length) for word in every_word]
    more = [f"and {len(every) - _LISTED} more"] if len(every) > _LISTED else []
    return ", ".join([*every[:_LISTED], *more])
