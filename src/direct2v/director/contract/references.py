"""Finding what points out of a frame prompt: at other frames, at the text, at somebody named elsewhere."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from typing import Final

from direct2v.director.contract.phrases import NEEDS_OTHERS, PHRASES, TELLS_ORDER
from direct2v.director.contract.prompt import Prompt, Reference
from direct2v.director.contract.pronouns import can_be_meant, opening_pronoun
from direct2v.director.contract.text import base_of, singular
from direct2v.director.contract.words import (
    ANIMATE,
    ARTICLES,
    ATTRIBUTES,
    BEINGS,
    FUNCTION_WORDS,
    KINDS,
    NOT_VERBS,
    NUMBERS,
    PATHS,
    PLACES,
    SEVERAL,
    SHOWS_NOTHING,
    VERBS,
)

__all__ = ["references"]

_MOST: Final = 3  # phrases of one kind in one prompt; more need not be named
_REPEATS: Final = frozenset("same see ditto idem identical unchanged change changes nothing repeat".split())
_NOTHING_ELSE = re.compile(
    r"\W*(?:(?:the )?same|see|as|like|ditto|idem|identical|unchanged|no change|nothing changes|"
    r"repeat(?:ing|ed)?)\b(?! above, so)[^,.;]{0,40}?(?=\s*(?:[,.;)]|$|\b(?:but|with|until|while|when|"
    r"except|only)\b))",
    re.IGNORECASE,
)


def references(text: str, shared: str = "") -> list[Reference]:
    """What in `text` points out of it, in order and without overlaps.

    Args:
        text: a frame prompt without its label.
        shared: what stands before every prompt; it can hold what a pronoun refers to.
    """
    prompt = Prompt(text, shared)
    kept: list[Reference] = []
    for found in sorted(_found(prompt), key=lambda found: (found.start, -found.end)):
        if not kept or found.start >= kept[-1].end:
            kept.append(found)
    return kept


def _found(prompt: Prompt) -> Iterator[Reference]:
    if match := _NOTHING_ELSE.match(prompt.text):
        end = match.end()
        first_words = range(bisect_right(prompt.starts, end - 1))
        if not any(
            can_be_meant(prompt, index) for index in first_words if prompt.words[index] not in _REPEATS
        ):
            yield Reference(prompt.starts[0], prompt.ends[first_words[-1]], NEEDS_OTHERS, True)
    for pattern, remedy in PHRASES:
        for match in islice(pattern.finditer(prompt.text), _MOST):
            yield _wider(prompt, match, remedy)
    for trigger, rule in _RULES.items():
        if trigger in prompt.present:
            places = (index for index, word in enumerate(prompt.words) if word == trigger)
            yield from islice((found for index in places if (found := rule(prompt, index))), 1)
    opening = opening_pronoun(prompt)
    if opening is not None:
        yield opening


def _wider(prompt: Prompt, match: re.Match[str], remedy: str) -> Reference:
    """The match, with the words beside it where it is one word alone, which says little in a message."""
    start, end = match.span()
    while start < end and not prompt.text[start].isalnum():
        start += 1
    first = bisect_right(prompt.starts, start) - 1
    last = bisect_right(prompt.starts, end - 1) - 1
    if first == last:
        if prompt.gap(last) == " ":
            last = min(last + 2, len(prompt.words) - 1)
        elif first and prompt.gap(first - 1) == " ":
            first = max(first - 2, 0)
    return prompt.reference(first, last, remedy)


def _noun_after(prompt: Prompt, index: int) -> int:
    """Where the noun phrase that begins after `index` ends: at most four words, up to a function word."""
    last = index
    for following in range(index + 1, min(index + 5, len(prompt.words))):
        word = prompt.words[following]
        if word in FUNCTION_WORDS and word != "one":
            break
        if word in SHOWS_NOTHING and following > index + 1:
            break
        if following > index + 1 and word.endswith("ing") and word not in NOT_VERBS:
            break
        last = following
        if set(prompt.gap(following)) - {" ", "-"}:
            break
    return last


def _same(prompt: Prompt, index: int) -> Reference | None:
    if prompt.gap(index) == "-" or _is_within(prompt, index):
        return None
    last = _noun_after(prompt, index)
    noun = prompt.at(last) if last > index and prompt.at(last) not in FUNCTION_WORDS else ""
    first = index - 1 if prompt.at(index - 1) in ("the", "this", "that") else index
    more = 1 if prompt.at(last + 1) == "again" else 2 if prompt.at(last + 1) == "as" else 0
    thing = f"the {noun}" if noun else "all"
    return prompt.reference(first, last + more, f"describe {thing} in full")


def _is_within(prompt: Prompt, index: int) -> bool:
    """Whether "same" at `index` compares things of this very picture."""
    before, rest = prompt.words[:index], prompt.words[index + 1 : index + 10]
    if rest[:1] == ["time"] and before[-2:] == ["at", "the"]:
        return True
    near = {"all", "both", "each", "every"}
    if near & {*before[-4:]} or any(first == "on" and second in near for first, second in pairwise(rest)):
        return True
    if "as" in rest:
        compared = rest[rest.index("as") + 1 :][:5]
        if compared[:1] and compared[0] in _DETERMINERS and not _ELSEWHERE.intersection(compared):
            return True
    last = _noun_after(prompt, index)
    noun = prompt.at(last) if last > index else ""
    if noun in ATTRIBUTES and _names_two(before, plurals=True):
        return True
    several = not SEVERAL.isdisjoint([*before, *prompt.shared]) or _names_two(before)
    if {"split", "diptych", "triptych", "collage"} & prompt.present:
        return True
    is_view = before[-2:-1] == ["of"] and bool(_VIEWS.intersection(before))
    return (several and index > 1 and (noun not in PLACES or before[-2:-1] == ["of"])) or is_view


_VIEWS: Final = frozenset(
    "mirror paintings photographs photos copy copies row rows exposure versions views portraits".split()
)
_DETERMINERS: Final = frozenset("the a an his her its their another those these".split())
_ELSEWHERE: Final = frozenset(
    "before previous first last earlier frame frames image images picture scene shot panel one prior "
    "start".split()
)


def _names_two(words: list[str], *, plurals: bool = False) -> bool:
    """Whether two things, joined by "and", stand among `words`, or a plural."""
    if "and" in words:
        middle = words.index("and")
        after = words[middle + 1 : middle + 3]
        if middle and any(word in ("a", "an", "the", "another", "his", "her", "its") for word in after):
            return True
    return plurals and any(len(word) > 3 and singular(word) != word for word in words)


def _another(prompt: Prompt, index: int) -> Reference | None:
    last = _noun_after(prompt, index)
    noun = prompt.singulars[last] if last > index else ""
    before = prompt.singulars[:index] + [singular(word) for word in prompt.shared]
    if not SEVERAL.isdisjoint(before) or _names_two(prompt.words[:index], plurals=True):
        return None
    named = any(one in before for one in prompt.singulars[index + 1 : last + 1])
    if prompt.at(index - 1) == "one" or not noun or named or "one" in prompt.words[:index]:
        return None if index else prompt.reference(0, 1, NEEDS_OTHERS)
    if index and prompt.words[last + 1 : last + 3] in (["of", "the"], ["of", "a"]):
        return None
    if noun in _OTHER_WORLDS or (noun in BEINGS and any(word in ANIMATE for word in before)):
        return None
    if any(noun in group and not group.isdisjoint(before) for group in KINDS):
        return None
    return prompt.reference(index, last, "name all that is seen")


_OTHER_WORLDS: Final = frozenset("planet world galaxy dimension universe century era country land".split())


def _other(prompt: Prompt, index: int) -> Reference | None:
    start = prompt.words[:2]
    if index == 1 and start[0] == "the":
        last = _noun_after(prompt, index)
        noun = prompt.at(last) if last > index else ""
        if noun not in ("side", "end", "bank", "shore", "half"):
            return prompt.reference(0, max(last, 1), "name all that is seen")
    return None


def _one(prompt: Prompt, index: int) -> Reference | None:
    """``the second one``, with nothing that there are several of."""
    which = prompt.at(index - 1)
    if which not in ("second", "third", "first", "last", "next", "previous", "other", "this", "that", "same"):
        return None
    before = prompt.words[: index - 1]
    if which == "last" and prompt.at(index + 1).endswith("ing"):
        return None
    if (
        set(before) & SEVERAL
        or "one" in before
        or _names_two(before)
        or any(singular(w) != w for w in before)
    ):
        return None
    first = index - 2 if prompt.at(index - 2) == "the" else index - 1
    return prompt.reference(max(first, 0), index, "name what is meant", first <= 0)


def _former(prompt: Prompt, index: int) -> Reference | None:
    if (
        prompt.at(index - 1) != "the"
        or set(prompt.words[:index]) & SEVERAL
        or _names_two(prompt.words[:index])
    ):
        return None
    is_noun = prompt.at(index + 1) not in FUNCTION_WORDS and index > 1
    return None if is_noun else prompt.reference(index - 1, index + 1, "name who is meant", index == 1)


def _still(prompt: Prompt, index: int) -> Reference | None:
    """``still climbing`` tells of before; ``a still lake`` and ``stands still`` do not."""
    before, after = prompt.at(index - 1), prompt.at(index + 1)
    near = {*prompt.words[max(0, index - 4) : index], after}
    if before in _MOTIONLESS or prompt.gap(index) != " " or not near.isdisjoint(_WATERS):
        return None
    goes_on = after.endswith("ing") and after not in NOT_VERBS and before not in ("a", "an", "the", "of")
    remains = before in ("is", "are") and after not in ("and", "as", "under", "over", "above", "like")
    in_state = index > 0 and after in ("there", "asleep", "here", "visible", "wearing")
    if goes_on or remains or (in_state and before not in ARTICLES and before not in VERBS):
        return prompt.reference(index, index + 1, "leave it out and describe what is seen")
    return None


_WATERS: Final = frozenset(
    "water waters lake sea air wind pond river surface forest leaves everything night sails ocean".split()
)
_MOTIONLESS: Final = frozenset(
    "perfectly completely absolutely very quite so stand stands standing sit sits sitting lie lies lying "
    "hold holds holding keep keeps keeping freeze freezes stay stays staying film movie video cinematic "
    "almost be".split()
)


def _both(prompt: Prompt, index: int) -> Reference | None:
    """``Both are asleep``: of whom?"""
    after = prompt.at(index + 1)
    is_verb = after in ("are", "is", "were", "have", "look") or base_of(after) in VERBS
    if index or not is_verb:
        return None
    return prompt.reference(0, 1, "name who is meant", True)


def _others(prompt: Prompt, index: int) -> Reference | None:
    before = prompt.words[:index]
    if before != ["the"]:
        return None
    return prompt.reference(0, 1, "name who is meant", True)


def _continues(prompt: Prompt, index: int) -> Reference | None:
    near = prompt.words[max(0, index - 4) : index]
    if near[-1:] in (["a"], ["the"]) or not PATHS.isdisjoint(near):
        return None
    return prompt.reference(index, index + 2, "describe what is seen as if it were the first picture")


def _then(prompt: Prompt, index: int) -> Reference | None:
    """``then a dog jumps``; but "a road, then a hill" only lists what is there, where nothing happens."""
    if (
        prompt.gap(index) == "-"
        or prompt.gap(index - 1) == "-"
        or prompt.words[index - 2 : index] == ["now", "and"]
    ):
        return None
    lists = index and "," in prompt.gap(index - 1) and prompt.at(index + 1) in ARTICLES | NUMBERS
    end = next((i for i in range(index, len(prompt.words)) if prompt.gap(i) != " "), len(prompt.words))
    if lists and not any(base_of(word) in VERBS for word in prompt.words[: end + 1]):
        return None
    return prompt.reference(index, index + 2, TELLS_ORDER)


def _demonstrative(prompt: Prompt, index: int) -> Reference | None:
    """``this dog``, ``these flowers`` at the beginning; "these stairs lead up" need no other picture."""
    noun = prompt.at(1)
    if index or len(prompt.words) < 3 or not _STAND_ALONE.isdisjoint((noun, singular(noun))):
        return None
    return prompt.reference(0, 1, f"describe the {prompt.at(1)} in full")


_STAND_ALONE: Final = FUNCTION_WORDS | PATHS | PLACES | {"time"}

_RULES: Final[dict[str, Callable[[Prompt, int], Reference | None]]] = {
    "same": _same,
    "another": _another,
    "other": _other,
    "one": _one,
    "former": _former,
    "latter": _former,
    "still": _still,
    "both": _both,
    "others": _others,
    "continues": _continues,
    "continue": _continues,
    "continuing": _continues,
    "continued": _continues,
    "then": _then,
    "this": _demonstrative,
    "that": _demonstrative,
    "these": _demonstrative,
    "those": _demonstrative,
}
