"""Scene -> words: one canonical caption, and endless paraphrases that leave things out now and then.

A paraphrase comes with what it states, so that pictures are judged by what their caption told and by nothing
else. Kinds are always stated: a subject that no caption named would teach the model to add some.
"""

import random
import re
from dataclasses import dataclass
from typing import Final

from direct2v.storybook.world import words
from direct2v.storybook.world.heldout import belongs, is_heldout_text, is_heldout_wording
from direct2v.storybook.world.kinds import KINDS
from direct2v.storybook.world.scene import Scene, Subject

__all__ = [
    "EMPTY_TEMPLATES",
    "TEMPLATES",
    "Choice",
    "Stated",
    "StatedSubject",
    "canonical",
    "describe_subject",
    "filled",
    "paraphrase",
    "tidy",
]


@dataclass(frozen=True, slots=True)
class StatedSubject:
    """Which attributes of one subject a caption tells; `form` is its size or stage."""

    colour: bool = True
    form: bool = True
    position: bool = True
    pose: bool = True
    facing: bool = True


@dataclass(frozen=True, slots=True)
class Stated:
    """Which attributes a caption tells; `subjects` are in the order of the scene's."""

    place: bool = True
    time: bool = True
    weather: bool = True
    camera: bool = True
    subjects: tuple[StatedSubject, ...] = ()

    @classmethod
    def everything(cls, scene: Scene) -> "Stated":
        """What a caption that leaves nothing out states."""
        return cls(subjects=(StatedSubject(),) * len(scene.subjects))


TEMPLATES: Final = (
    "{who}[ {where}][ {when}][, {air}][, {view}]",
    "{who}[ {where}][, {air}][ {when}][, {view}]",
    "{who}[, {place}][, {when}][, {air}][, {view}]",
    "[{where}, ]{who}[, {when}][, {air}][, {view}]",
    "[{when}, ]{who}[ {where}][, {air}][, {view}]",
    "[{air}, ]{who}[ {where}][ {when}][, {view}]",
    "[{place}, ][{when}, ][{air}, ]{who}[, {view}]",
    "[{place} ][{when} ]with {who}[, {air}][, {view}]",
    "[{view}: ]{who}[ {where}][ {when}][ and {air}]",
    "a picture of {who}[ {where}][ {when}][, {air}][, {view}]",
    "a drawing of {who}[ {where}][, {when}][ with {air}][, {view}]",
    "there is {who}[ {where}][ {when}][, {air}][, {view}]",
    "we see {who}[ {where}][ {when}][, {air}][, {view}]",
    "pixel art of {who}[ {where}][, {when}][, {air}][, {view}]",
    "[{when} ][{where} ]there is {who}[, {air}][, {view}]",
    "[{where}, ][{when}: ]{who}[, {air}][, {view}]",
    "[{air} ][{where}, ]{who}[ {when}][, {view}]",
    "{who}[, it is {when}][, {where}][, {air}][, {view}]",
    "an illustration with {who}[ {where}][ {when}][, {air}][, {view}]",
    "{who}[ seen {where}][ {when}][ with {air}][, {view}]",
)
EMPTY_TEMPLATES: Final = (
    "{place}[ {when}][, {air}][, {view}]",
    "{place}[, {air}][, {when}][, {view}]",
    "[{air} over ]{place}[ {when}][, {view}]",
    "[{when}, ][{air}, ]{place}[, {view}]",
    "a picture of {place}[ {when}][, {air}][, {view}]",
    "a view of {place}[ {when}][ with {air}][, {view}]",
    "an empty landscape: {place}[ {when}][, {air}][, {view}]",
    "[{air} ][{when}, ]{place}[, {view}]",
    "nobody {where}[ {when}][, {air}][, {view}]",
    "the scenery of {place}[ {when}][, {air}][, {view}]",
    "[{view}, ]{place}[ {when}][ with {air}]",
    "a landscape, {place}[, {when}][, {air}][, {view}]",
)
"""Slots in brackets go, brackets and all, when what they tell is left out."""

_SLOT: Final = re.compile(r"\[([^\[\]{}]*)\{(\w+)\}([^\[\]{}]*)\]")


class Choice:
    """Picks wordings when called: the canonical ones without a generator, any with one."""

    def __init__(self, rng: random.Random | None) -> None:
        self.rng = rng

    def __call__(self, wordings: tuple[str, ...]) -> str:
        """One of the wordings."""
        return wordings[0] if self.rng is None else self.rng.choice(wordings)


def canonical(scene: Scene) -> str:
    """The one caption that states everything; what the storybook director writes.

    Example: `a big red car driving right on the left, in a city, at night, rain`.
    """
    pick = Choice(None)
    who = " and ".join(describe_subject(subject, StatedSubject(), pick) for subject in scene.subjects)
    preposition, noun = words.PLACE[scene.place][0]
    parts = [who, f"{preposition} {noun}"] if who else [noun]
    parts += [words.TIME[scene.time][0], words.WEATHER[scene.weather][0]]
    return tidy(", ".join([*parts, *_view(scene, pick)]))


def paraphrase(scene: Scene, rng: random.Random, split: str | None = None) -> tuple[str, Stated]:
    """A caption in other words and another order, and what it states.

    Args:
        scene: What to describe.
        rng: Where the choices come from.
        split: "train" or "heldout" draws only wordings of that split; None draws from all.
    """
    while True:
        text, stated = _paraphrase(scene, rng, split)
        if belongs(is_heldout_text(text), split):
            return text, stated


def _paraphrase(scene: Scene, rng: random.Random, split: str | None) -> tuple[str, Stated]:
    stated = _drop(scene, rng)
    pick = Choice(rng)
    subjects = [describe_subject(s, t, pick) for s, t in zip(scene.subjects, stated.subjects, strict=True)]
    rng.shuffle(subjects)
    preposition, noun = rng.choice(words.PLACE[scene.place])
    slots = {"who": rng.choice((" and ", ", ", " with ")).join(subjects)}
    if stated.place:
        slots |= {"where": f"{preposition} {noun}", "place": noun}
    if stated.time:
        slots["when"] = pick(words.TIME[scene.time])
    if stated.weather:
        slots["air"] = pick(words.WEATHER[scene.weather])
    view = _view(scene, pick)
    if stated.camera and view:
        slots["view"] = view[0]
    choices = TEMPLATES if subjects else EMPTY_TEMPLATES
    allowed = [template for template in choices if belongs(is_heldout_wording(template), split)]
    return filled(rng.choice(allowed), slots), stated


def filled(template: str, slots: dict[str, str]) -> str:
    """A template with its slots filled, and without the brackets whose slot is missing."""

    def slot(match: re.Match[str]) -> str:
        before, name, after = match.groups()
        return f"{before}{slots[name]}{after}" if name in slots else ""

    return tidy(_SLOT.sub(slot, template).format_map(slots))


def tidy(text: str) -> str:
    """Articles, blanks and commas put right."""
    text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", re.sub(r"\s+", " ", text))
    return text.strip(" ,:")


def _drop(scene: Scene, rng: random.Random) -> Stated:
    """A third of the captions is complete; the others leave out what people leave out."""
    if rng.random() < 0.35:
        return Stated.everything(scene)
    subjects = tuple(
        StatedSubject(
            colour=rng.random() > 0.15,
            form=rng.random() > 0.3,
            position=rng.random() > 0.15,
            pose=rng.random() > 0.2,
            facing=rng.random() > 0.3,
        )
        for _ in scene.subjects
    )
    return Stated(
        place=not subjects or rng.random() > 0.05,
        time=rng.random() > 0.12,
        weather=rng.random() > 0.12,
        camera=rng.random() > 0.1,
        subjects=subjects,
    )


def _view(scene: Scene, pick: Choice) -> list[str]:
    if scene.zoom == "close":
        return [pick(words.CLOSE)]
    return [pick(words.PAN[scene.pan])] if scene.pan in words.PAN else []


def describe_subject(subject: Subject, stated: StatedSubject, pick: Choice | None = None) -> str:
    """Words for one subject; the canonical ones without `pick`."""
    pick = pick or Choice(None)
    colour = pick(words.COLOUR[subject.colour]) if stated.colour else ""
    if subject.stage is not None:
        named = words.STAGE[subject.kind, subject.stage] if stated.form else words.UNSTAGED[subject.kind]
        text = words.article(" ".join(pick(named).format(colour=colour).split()))
    else:
        text = _named(subject, colour, stated.form, pick)
    action = _action(subject, stated, pick)
    place = pick(words.POSITION[subject.position]) if stated.position else ""
    return " ".join(part for part in (text, action, place) if part)


def _named(subject: Subject, colour: str, tell_size: bool, pick: Choice) -> str:
    sizes = words.PERSON_SIZE if KINDS[subject.kind].group == "people" else words.SIZE
    size = pick(sizes[subject.size or "large"]) if tell_size else ""
    name = pick(words.KIND[subject.kind])
    if size not in ("", "big", "tall", "large") and pick.rng and pick.rng.random() < 0.3:
        size, name = (
            ("", words.SMALL_NAMES[subject.kind]) if subject.kind in words.SMALL_NAMES else (size, name)
        )
    if colour and subject.kind in words.WORN:
        return words.article(f"{size} {name} {pick(words.WORN[subject.kind]).format(colour)}".strip())
    return words.article(" ".join(part for part in (size, colour, name) if part))


def _action(subject: Subject, stated: StatedSubject, pick: Choice) -> str:
    facing = pick(words.FACING[subject.facing]) if subject.facing and stated.facing else ""
    if subject.pose and stated.pose:
        verb = pick(words.POSE[subject.pose])
        still = subject.pose in words.STILL_POSES
        return f"{verb}{' facing' if facing and still else ''} {facing}".strip()
    if not facing:
        return ""
    # A verb would tell the pose: with the pose left out only the direction remains.
    verb = pick(words.MOTION[subject.kind]) if subject.kind in words.MOTION else "facing"
    return f"{verb} {facing}"
