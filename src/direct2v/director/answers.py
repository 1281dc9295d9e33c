"""Reading what a language model answered: the JSON in it, or that it refused."""

import json
import re
from typing import Any

from pydantic import ValidationError

from direct2v.director.brief import Brief
from direct2v.storyboard import MAX_FRAMES, Storyboard
from direct2v.text import printable
from direct2v.validation import describe_errors

__all__ = ["AnswerError", "is_refusal", "parse_answer"]

_MAX_CHARACTERS = 2**20  # 1024 frames of 1000 characters
_FRAMES = '"frames"'
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MAX_STARTS = 100  # places where a JSON value may begin, so that no text takes quadratic time

_THOUGHTS_END = ("</think>", "</thinking>", "</reasoning>")
_OPENINGS = re.compile(r"[{\[]")
_I = r"\b(?:i|we)(?:'m| am|'re| are)?(?: \w+)?"
_WONT = r"(?:can'?t|cannot|can not|won'?t|will not|must not|could not|couldn'?t)"
_HELP = (
    r"(?:help|assist|create|provide|comply|fulfil|fulfill|generate|do|write|depict|produce|support|engage|"
    r"continue|answer|describe|make|discuss|share|respond|complete|participate|proceed|offer|give|process|"
    r"draw|show|be able)"
)
_REFUSAL = re.compile(
    rf"{_I} {_WONT}(?: \w+)? {_HELP}\b"
    rf"|{_I} (?:unable|not able|not allowed|not permitted|not comfortable)\b"
    rf"|{_I} (?:must|have to|need to|will) (?:decline|refuse)\b|{_I} (?:decline|refuse) to\b"
    r"|\bagainst (?:my|our|the) (?:\w+ )?(?:policy|policies|guidelines|rules)\b"
    r"|\bcontent polic(?:y|ies)\b|\bas an ai\b|\bnot something (?:i|we) can\b"
    r"|\bkann ich (?:\w+ )?nicht\b|\bno puedo (?:ayudar|crear|generar)\b|\bje ne peux pas\b"
    r"|抱歉|对不起|無法|无法|申し訳|できません",
    re.IGNORECASE,
)
_REFUSAL_WITHIN = 400  # characters from the start; a story may well say such words later on


class AnswerError(Exception):
    """An answer that is no storyboard; the message tells the model what is wrong."""


def parse_answer(text: str, brief: Brief, *, director: str) -> Storyboard:
    """The storyboard in `text`: a JSON object, also between prose, in a code fence or after thoughts.

    Raises:
        AnswerError: there is none, or it has not the form asked for.
    """
    if len(text) > _MAX_CHARACTERS:
        raise AnswerError(f"the answer has {len(text)} characters; give the JSON object alone")
    if _CONTROL.search(text):
        raise AnswerError("the answer contains control characters; write plain text")
    answer = _find(_after_thoughts(text))
    frames, shared = answer["frames"], answer.get("shared")
    if len(frames) > MAX_FRAMES:
        raise AnswerError(f"the answer has {len(frames)} frames; exactly {brief.num_frames} were asked for")
    whole = {
        "prompt": brief.prompt,
        "subjects": _kept(answer.get("subjects")),
        "shared": "" if shared is None else shared,
        "director": director,
        "frames": [{"prompt": frame} if isinstance(frame, str) else _frame(frame) for frame in frames],
    }
    try:
        storyboard = Storyboard.model_validate(whole)
    except ValidationError as error:
        raise AnswerError(describe_errors(error, Storyboard)) from None
    if any(_CONTROL.search(text) for text in (*storyboard.texts(), *storyboard.subjects)):
        raise AnswerError("the texts contain control characters; write plain text")
    return storyboard


def is_refusal(text: str) -> bool:
    """Whether a model says, in words instead of JSON or as a frame prompt, that it will not write this.

    An apology alone is none: models begin so when they correct an answer.
    """
    if _FRAMES in text:
        return False
    start = " ".join(text[: 4 * _REFUSAL_WITHIN].replace("’", "'").split())[:_REFUSAL_WITHIN]
    return _REFUSAL.search(start) is not None


def _after_thoughts(text: str) -> str:
    """What comes after a reasoning model's thoughts, which may hold drafts of the answer."""
    lower = text.lower()
    ends = [lower.rfind(tag) + len(tag) for tag in _THOUGHTS_END if tag in lower]
    return text[max(ends, default=0) :]


def _find(text: str) -> dict[str, Any]:
    """The last JSON object in `text` with a list of frames: drafts come before the answer.

    Raises:
        AnswerError: there is none.
    """
    decoder = json.JSONDecoder()
    problem = ""
    objects: list[dict[str, Any]] = []
    lists: list[dict[str, Any]] = []
    position = 0
    for _ in range(_MAX_STARTS):
        opening = _OPENINGS.search(text, position)
        if opening is None:
            break
        try:
            value, position = decoder.raw_decode(text, opening.start())
        except json.JSONDecodeError as error:
            position = opening.end()
            if _FRAMES in text[opening.start() : error.pos]:
                cut_off = not text[error.pos :].strip() or error.msg.startswith("Unterminated")
                why = "it ends too early" if cut_off else f"{error.msg} at character {error.pos}"
                problem = problem or f"the JSON is not valid: {printable(why, 120)}"
            continue
        except (RecursionError, ValueError):  # nested without end, or a number of thousands of digits
            raise AnswerError("the JSON is not valid: nested too deeply, or a number too long") from None
        if isinstance(value, dict) and isinstance(value.get("frames"), list):
            objects.append(value)
        elif isinstance(value, dict):
            problem = problem or 'the JSON object has no list "frames"'
        elif value and _FRAMES not in text and all(isinstance(entry, str | dict) for entry in value):
            lists.append({"frames": value})
    if not objects and (problem or not lists):
        raise AnswerError(problem or "there is no JSON object in the answer; give it alone, without prose")
    return (objects or lists)[-1]


def _frame(frame: Any) -> Any:
    """The parts of one frame that were asked for; models like to add a number or a title."""
    if not isinstance(frame, dict):
        return frame
    known = {name: frame[name] for name in ("prompt", "camera") if name in frame}
    return known or frame


def _kept(subjects: Any) -> Any:
    """Subjects without the empty ones, which say nothing."""
    if subjects is None:
        return []
    if isinstance(subjects, list):
        return [subject for subject in subjects if not (isinstance(subject, str) and not subject.strip())]
    return subjects
