"""Storyboards in the formats that people of this field already have: read by content, written by name.

docs/formats.md says what each format holds and where its facts come from.
"""

from direct2v.interchange.formats import (
    FORMATS,
    SUFFIXES,
    Format,
    load_storyboard,
    losses,
    resolve_format,
    save_storyboard,
)

__all__ = ["FORMATS", "SUFFIXES", "Format", "load_storyboard", "losses", "resolve_format", "save_storyboard"]
