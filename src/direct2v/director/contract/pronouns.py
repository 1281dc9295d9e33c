"""Pronouns for which a frame prompt has nothing: "It runs", "her face"."""

import re
from typing import Final

from direct2v.director.contract.prompt import Prompt, Reference
from direct2v.director.contract.words import (
    ANIMATE,
    ARTICLES,
    FUNCTION_WORDS,
    NOT_VERBS,
    NUMBERS,
    PREPOSITIONS,
    SHOWS_NOTHING,
    VERBS,
    WEATHER,
)

__all__ = ["can_be_meant", "opening_pronoun"]

_SUBJECT_PRONOUNS: Final = frozenset("it he she they it's he's she's they're it’s".split())
_OBJECT_PRONOUNS: Final = frozenset("it them him itself themselves".split())
_POSSESSIVES: Final = frozenset("his her its their hers theirs".split())
_PERSONS: Final = frozenset("he she him himself herself his her he's she's".split())
_LEADING: Final = FUNCTION_WORDS | SHOWS_NOTHING | VERBS
_SHOTS: Final = frozenset(
    "close closeup closer up portrait detail macro wide medium angle extreme zoom see view here".split()
)
_CLAUSES: Final = frozenset("as while when before after until because although if once though".split())


def can_be_meant(prompt: Prompt, index: int) -> bool:
    """Whether the word at `index` may be a noun that a later pronoun refers to."""
    word = prompt.words[index]
    if (
        word in _LEADING
        or word in _SHOTS
        or word.endswith("ly")
        or (word.endswith("ing") and word not in NOT_VERBS)
    ):
        return False
    return not word.endswith("ed") or word in ANIMATE


def opening_pronoun(prompt: Prompt) -> Reference | None:
    """A pronoun as the first subject, or "Its tail", before anything that it could refer to."""
    words = prompt.words
    for index in range(min(len(words), 12)):
        word = words[index]
        if word in _SUBJECT_PRONOUNS or word in _POSSESSIVES or word in _OBJECT_PRONOUNS:
            break
        if can_be_meant(prompt, index) and not _is_opening_place(prompt, index):
            return None
    else:
        return None
    if prompt.shared and any(noun not in _LEADING for noun in prompt.shared):
        return None
    if prompt.at(index + 1) in ("majesty", "highness", "holiness", "honor", "honour", "excellency"):
        return None
    after = words[index + 1 : index + 5]
    if (
        word.startswith("it")
        and word != "its"
        and (WEATHER.intersection(after) or NUMBERS.intersection(after) or any(w.isdigit() for w in after))
    ):
        return None
    if words[index : index + 3] == ["his", "and", "hers"]:
        return None
    follows = prompt.text[prompt.ends[index] :]
    is_early = (index and words[0] in _CLAUSES | PREPOSITIONS) or word in _POSSESSIVES
    if is_early and re.search(r",\s(?:a|an|the|two|three|one)\s", follows[:120], re.IGNORECASE):
        return None
    if words[index : index + 2] == ["it", "appears"] or not _is_english(prompt):
        return None
    return prompt.reference(index, index + 1, "name who or what is meant", word in _SUBJECT_PRONOUNS)


def _is_opening_place(prompt: Prompt, index: int) -> bool:
    """Whether the word belongs to "In the forest, ", which no pronoun after it means."""
    if prompt.words[0] not in PREPOSITIONS:
        return False
    comma = next((i for i in range(min(len(prompt.words), 7)) if "," in prompt.gap(i)), None)
    return comma is not None and index <= comma and prompt.at(comma + 1) in _SUBJECT_PRONOUNS


def _is_english(prompt: Prompt) -> bool:
    """Whether the words that other languages also have, as "he" and "die", can be read as English."""
    others = prompt.present - _PERSONS - _SUBJECT_PRONOUNS
    return bool(others & (ARTICLES | {"the", "is", "with", "and", "of", "on", "at"})) or prompt.text.isascii()
