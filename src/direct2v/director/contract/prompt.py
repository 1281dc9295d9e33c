"""The words of one frame prompt and their places, and the values that the search for references hands on."""

import re
from dataclasses import dataclass

from direct2v.director.contract.text import EXAMINED, WORD, singular

__all__ = ["Prompt", "Reference"]

_QUOTED = re.compile(r"[\"“][^\"”“\n]{0,200}[\"”]|(?<!\w)['‘][^'‘’\n]{1,80}['’](?!\w)")


@dataclass(frozen=True, order=True)
class Reference:
    """Words that point out of a prompt.

    Attributes:
        start: where they begin in the prompt.
        end: where they end.
        remedy: what to do about them.
        stands_in: whether they are all that the prompt has for its subject.
    """

    start: int
    end: int
    remedy: str
    stands_in: bool = False


class Prompt:
    """The words of one prompt, with what stands before them for every frame."""

    def __init__(self, text: str, shared: str) -> None:
        self.text = _QUOTED.sub(lambda match: " " * len(match[0]), text[:EXAMINED])
        spans = list(WORD.finditer(self.text))
        self.starts = [match.start() for match in spans]
        self.ends = [match.end() for match in spans]
        self.words = [match[0].lower().replace("’", "'") for match in spans]
        self.shared = [match[0].lower() for match in WORD.finditer(shared[:EXAMINED])]
        self.present = frozenset(self.words)
        self.singulars = [singular(word) for word in self.words]

    def at(self, index: int) -> str:
        """The word at `index`, or nothing."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def reference(self, first: int, last: int, remedy: str, stands_in: bool = False) -> Reference:
        """The words from `first` to `last`."""
        return Reference(self.starts[first], self.ends[min(last, len(self.words) - 1)], remedy, stands_in)

    def gap(self, index: int) -> str:
        """What stands between this word and the next."""
        after = self.starts[index + 1] if index + 1 < len(self.words) else len(self.text)
        return self.text[self.ends[index] : after]
