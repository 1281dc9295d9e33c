"""Texts that are longer than a text encoder reads, in pieces that fit."""

import re
from collections.abc import Callable

__all__ = ["cut_text"]


def cut_text(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Cuts a text into as few pieces as fit one after the other.

    Between words where that is possible, or else between letters. Byte-pair encoding reads every word for
    itself, so that a word has the same tokens in its piece as it had in the text.

    Args:
        text: any; "" is one piece.
        fits: whether an encoder takes a piece; a single letter always does.

    Returns:
        Pieces without white space at their ends; put together with it they are the text.
    """
    if fits(text):
        return [text]
    pieces = [""]
    for word in re.findall(r"\S+\s*", text):
        if fits((pieces[-1] + word).rstrip()):
            pieces[-1] += word
        elif fits(word.rstrip()):
            pieces.append(word)
        else:
            pieces += _letters(word, fits)
    return [piece.strip() for piece in pieces if piece.strip()]


def _letters(word: str, fits: Callable[[str], bool]) -> list[str]:
    """A word that does not fit, in the longest pieces that do."""
    pieces = []
    while word:
        low, high = 1, len(word)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(word[:middle].rstrip()) else (low, middle - 1)
        pieces.append(word[:low])
        word = word[low:]
    return pieces
