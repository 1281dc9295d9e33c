"""Small treatments of text that came from outside: safe to print, safe as a file name."""

import re
import unicodedata

__all__ = ["is_unicode", "printable", "slug"]


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
