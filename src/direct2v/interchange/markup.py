"""The texts of Markdown cells and paragraphs: encoded so that they come back exactly, decoded as shown."""

import re

__all__ = ["decoded", "encoded"]

_TOKEN = re.compile(
    r"\\([!-/:-@\[-`{-~])|(<br\s*/?>)|&#([0-9]{1,7});|&#x([0-9a-f]{1,6});|&(amp|lt|gt|quot|apos|nbsp);|(\*\*)"
    r"|[^\\<&*]+|.",
    re.IGNORECASE | re.DOTALL,
)
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": "\u00a0"}
_WRAPPERS = (("**", "**"), ("__", "__"), ("*", "*"), ("_", "_"), ('"', '"'), ("“", "”"), ("`", "`"))


def encoded(text: str) -> str:
    """`text` as one line that Markdown shows, and `decoded` reads, as it is."""
    parts = []
    for i, c in enumerate(text):
        at_edge = i in (0, len(text) - 1)
        if c == "\n":
            parts.append("<br>")
        elif (c.isspace() and (c != " " or at_edge)) or not (c.isprintable() or ord(c) > 0x9F) or c == "“":
            parts.append(f"&#{ord(c)};")
        elif c in "\\|*`<~&" or (at_edge and c in '_"#'):
            parts.append("\\" + c)
        else:
            parts.append(c)
    return "".join(parts)


def decoded(cell: str) -> str:
    """The text of a cell: without what only marks it up."""
    cell, verbatim = cell.strip(" \t"), False
    while wrapper := next((pair for pair in _WRAPPERS if _is_wrapped(cell, *pair)), None):
        cell = cell[len(wrapper[0]) : -len(wrapper[1])]
        verbatim = wrapper[0] == "`"
    if verbatim:
        return cell.replace("\\|", "|")
    bold = sum(match[6] is not None for match in _TOKEN.finditer(cell)) % 2 == 0
    return _TOKEN.sub(lambda match: _character(match, bold=bold), cell)


def _is_wrapped(cell: str, opening: str, closing: str) -> bool:
    inner = cell[len(opening) : len(cell) - len(closing)]
    whole = len(cell) > len(opening) + len(closing) and cell.startswith(opening) and cell.endswith(closing)
    return (
        whole
        and opening not in inner
        and closing not in inner
        and not inner.endswith("\\")
        and inner == inner.strip()
    )


def _character(match: re.Match[str], *, bold: bool) -> str:
    escaped, line_break, decimal, hexadecimal, name, stars = match.groups()
    if escaped:
        return escaped
    if line_break:
        return "\n"
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]
    if name:
        return _NAMED[name.lower()]
    return "" if stars and bold else match[0]
