"""Text from outside is made safe for terminals and file names."""

from hypothesis import given
from hypothesis import strategies as st

from direct2v.text import is_unicode, printable, slug


def test_printable_leaves_nothing_that_moves_a_cursor() -> None:
    assert printable("a\n\tb  c") == "a b c"
    assert printable("\x1b[31mred\x07\0") == "\\x1b[31mred\\x07\\x00"
    assert printable("\ud800 \u202e") == "\\ud800 \\u202e"
    assert printable("🌩 海 ü") == "🌩 海 ü"
    assert printable("abcdef", 4) == "abc…"


@given(st.text(), st.integers(2, 50))
def test_printable_is_one_short_printable_line(text: str, limit: int) -> None:
    safe = printable(text, limit)
    assert safe.isprintable()
    assert len(safe) <= limit
    assert is_unicode(safe)


@given(st.text(), st.integers(8, 80))
def test_slug_is_always_a_file_name(text: str, limit: int) -> None:
    name = slug(text, limit)
    assert 0 < len(name) <= limit
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not name.startswith("-")
    assert not name.endswith("-")


def test_is_unicode() -> None:
    assert is_unicode("🌩")
    assert not is_unicode("\udcff")
