"""Small treatments of text that came from outside: safe to print, safe as a file name."""

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["is_unicode", "numbered", "printable", "slug"]


def is_unicode(text: str) -> bool:
    """Whether ``text`` can be written as UTF-8; lone surrogates, from broken bytes or escapes, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str, limit: int | None = None) -> str:
    """One line of ``text`` that no terminal can misread.

    White space becomes single spaces; control characters, which could move the cursor or change colours,
    and lone surrogates appear as escapes; an ellipsis replaces what goes beyond ``limit`` characters.
    """
    one_line = " ".join(text.split())
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in one_line)
    if limit is not None and len(safe) > limit:
        safe = safe[: limit - 1].rstrip() + "…"
    return safe


def numbered(indices: Sequence[int], limit: int = 8) -> str:
    """Frames as people count them, from 1: "frame 3", "frames 1, 2", at most ``limit`` by number."""
    shown = ", ".join(str(index + 1) for index in indices[:limit])
    more = f" and {len(indices) - limit} more" if len(indices) > limit else ""
    return f"frame{'' if len(indices) == 1 else 's'} {shown}{more}"


def slug(text: str, limit: int = 60) -> str:
    """A file name made from ``text``: lower-case ASCII words joined by hyphens, at most ``limit`` characters.

    Accents are dropped; where nothing remains (another script, only symbols) the name is ``story``.
    """
    ascii_text = unicodedata.normalize("NFKD", text[: 4 * limit]).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_text.lower())
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word[:limit]
        if len(longer) > limit:
            break
        name = longer
    return name or "story"
