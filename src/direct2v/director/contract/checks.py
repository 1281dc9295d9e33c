"""What a storyboard must be before it is rendered: checks shared by all directors and by ``direct2v lint``.

The image model sees one frame prompt and nothing else. So each must be a picture described in full, and
neighbours must differ in something that can be seen. Findings go back to a language model, or to a person.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from direct2v.director.contract.picture import Picture
from direct2v.director.contract.prompt import Reference
from direct2v.director.contract.references import references
from direct2v.director.contract.subjects import inferred_subject, unnamed
from direct2v.director.contract.text import label_of, unfilled
from direct2v.director.tokens import TokenBudget
from direct2v.storyboard import CameraMove, Storyboard
from direct2v.text import printable

__all__ = ["CHECKS", "Finding", "check"]

CHECKS: Final = {
    "count": "the storyboard has as many frames as were asked for",
    "empty": "every frame prompt describes something that can be seen",
    "duplicate": "no frame says the same as the frame before it",
    "too-long": "no text has more tokens than the text encoder reads",
    "other-frame": "no frame prompt needs another frame, or a label, to be understood",
    "subject": "every frame names whom the story is about",
    "no-change": "something visible changes from the first frame to the last",
}
"""The names of the checks, each with what it asks for."""

_EXACT: Final = 2000  # characters up to which tokens are counted one by one
_SHOWN: Final = 60  # characters of a quotation
_VISIBLE: Final = "position, pose, light, weather, or what is there"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a storyboard.

    Attributes:
        check: its name in ``CHECKS``.
        message: one line: what is wrong and what to do.
        frame: which frame, from 1; None for the storyboard as a whole.
    """

    check: str
    message: str
    frame: int | None = None

    def __str__(self) -> str:
        return self.message if self.frame is None else f"frame {self.frame}: {self.message}"


def check(
    storyboard: Storyboard, *, num_frames: int | None = None, budget: TokenBudget | None = None
) -> list[Finding]:
    """Everything that is wrong with `storyboard`, the whole first, then frame by frame.

    Args:
        storyboard: any.
        num_frames: exactly so many frames were asked for; None takes any number.
        budget: what the text encoder reads; None leaves lengths unchecked.
    """
    prompts = [frame.prompt for frame in storyboard.frames]
    labels, bodies = zip(*(label_of(text, number) for number, text in enumerate(prompts, 1)), strict=True)
    reasons = [unfilled(body) for body in bodies]
    cached = cache(lambda body: references(body, storyboard.shared))
    found = [cached(body) for body in bodies]
    findings = [
        *_count(storyboard, num_frames),
        *_empty(reasons, labels),
        *_alike(storyboard, bodies, reasons),
        *(
            finding
            for finding in (*_references(labels, bodies, found), *_subjects(storyboard, bodies, found))
            if finding.frame is None or reasons[finding.frame - 1] is None
        ),
    ]
    if budget is not None:
        findings += _lengths(storyboard, budget)
    return sorted(findings, key=lambda finding: finding.frame or 0)


def _count(storyboard: Storyboard, num_frames: int | None) -> Iterator[Finding]:
    found = storyboard.num_frames
    if num_frames is not None and found != num_frames:
        difference = num_frames - found
        todo = f"add {difference}" if difference > 0 else f"leave out {-difference}"
        yield Finding("count", f"there are {_frames(found)}, but {num_frames} were asked for; {todo}")


def _frames(number: int) -> str:
    return f"{number} frame{'' if number == 1 else 's'}"


def _empty(reasons: list[str | None], labels: tuple[str, ...]) -> Iterator[Finding]:
    for number, (reason, label) in enumerate(zip(reasons, labels, strict=True), 1):
        if reason is not None:
            after = f" after the label {_quoted(label)}" if label and reason == "has no words" else ""
            todo = "describe what this picture shows"
            yield Finding("empty", f"{printable(reason, 140)}{after}; {todo}", number)


def _alike(storyboard: Storyboard, bodies: tuple[str, ...], reasons: list[str | None]) -> Iterator[Finding]:
    """Only neighbours are compared: a story may come back to an earlier picture (day, night, day)."""
    if storyboard.num_frames < 2:
        return
    cached = cache(Picture.of)
    pictures = [cached(body) for body in bodies]
    alike = [
        number
        for number in range(2, len(bodies) + 1)
        if pictures[number - 1].is_like(pictures[number - 2])
        and reasons[number - 1] is None
        and reasons[number - 2] is None
        and storyboard.frames[number - 1].camera in (None, CameraMove())
    ]
    if len(alike) == len(bodies) - 1:
        yield Finding(
            "no-change",
            f"all {len(bodies)} frames show the same picture; let something visible change from frame "
            f"to frame: {_VISIBLE}",
        )
        return
    for number in alike:
        yield Finding(
            "duplicate",
            f"shows the same picture as frame {number - 1}; change something that can be seen: {_VISIBLE}",
            number,
        )


def _references(
    labels: tuple[str, ...], bodies: tuple[str, ...], found: list[list[Reference]]
) -> Iterator[Finding]:
    for number, (label, body, spots) in enumerate(zip(labels, bodies, found, strict=True), 1):
        problems = []
        if label:
            problems.append(
                f"begins with the label {_quoted(label)}, which is no part of the picture; leave it out"
            )
        if spots:
            quotes = " and ".join(_quoted(body[spot.start : spot.end]) for spot in spots[:3])
            problems.append(f"says {quotes}, but the image model sees no other frame; {spots[0].remedy}")
        if problems:
            yield Finding("other-frame", "; and it ".join(problems), number)


def _subjects(
    storyboard: Storyboard, bodies: tuple[str, ...], found: list[list[Reference]]
) -> Iterator[Finding]:
    texts = [", ".join((storyboard.shared, body, storyboard.style)) for body in bodies]
    without = unnamed(texts, tuple(dict.fromkeys(storyboard.subjects))) if storyboard.subjects else []
    missing = {index: subjects for index, subjects in enumerate(without) if subjects}
    if not storyboard.subjects:
        noun, indices = inferred_subject(storyboard.prompt, texts) or ("", [])
        missing = {index: [noun] for index in indices}
        for index, spots in enumerate(found):
            if index not in missing and any(spot.stands_in for spot in spots):
                missing[index] = []
    for index, subjects in sorted(missing.items()):
        if subjects:
            who = " and ".join(_quoted(subject) for subject in subjects[:3])
            message = f"does not name {who}; name it in every frame, because the image model sees only one"
        else:
            message = "names nobody and nothing, only a word that stands for it; name the subject in full"
        yield Finding("subject", message, index + 1)


def _lengths(storyboard: Storyboard, budget: TokenBudget) -> Iterator[Finding]:
    count = _counter(budget.count)
    around = count(", ".join(text for text in (storyboard.shared, storyboard.style) if text.strip()))[0]
    for number, text in enumerate(storyboard.texts(), 1):
        tokens, about = count(text)
        if tokens > budget.limit:
            part = f"; shared part and style take {around} of them" if around else ""
            yield Finding("too-long", _too_long("has", tokens, about, budget, part), number)
    tokens, about = count(storyboard.negative_prompt)
    if tokens > budget.limit:
        yield Finding("too-long", _too_long("the negative prompt has", tokens, about, budget, ""))


def _too_long(who: str, tokens: int, about: str, budget: TokenBudget, part: str) -> str:
    return (
        f"{who} {about}{tokens} tokens, but the text encoder of {printable(budget.name, 60)} reads "
        f"{budget.limit}{part}; shorten it by {tokens - budget.limit} tokens or more "
        "(a token is a word, a part of a rare word, or a punctuation mark)"
    )


def _counter(count: Callable[[str], int]) -> Callable[[str], tuple[int, str]]:
    """Counts each text once; what no encoder could read anyway is estimated from its beginning."""
    known: dict[str, tuple[int, str]] = {}

    def counted(text: str) -> tuple[int, str]:
        if text not in known:
            words = " ".join(text.split())
            if len(words) <= _EXACT:
                known[text] = count(text), ""
            else:
                known[text] = count(words[:_EXACT]) * len(words) // _EXACT, "about "
        return known[text]

    return counted


def _quoted(text: str) -> str:
    return f'"{printable(text, _SHOWN)}"'
