"""Frames without a table, as chat models write them: a numbered list, or `Frame 1` and a paragraph.

A frame begins with `1.`, `1)`, `Frame 1:`, `**Frame 1:**` or `### Frame 1` (also Scene, Shot, Image and so
on) and holds the rest of that line, or else the paragraph, quotation or code block below it. Lines such as
`**Prompt:** ...` and `- Duration: 2 s` inside a frame are what they say. The numbers must run 1, 2, 3.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from direct2v.interchange.markup import decoded
from direct2v.interchange.rows import Row, Table, heading_field, seconds
from direct2v.interchange.source import Source, listed

__all__ = ["frame_heading", "read_numbered"]

_KINDS = "frame|key ?frame|scene|shot|image|picture|panel|slide|step|prompt|bild|szene"
_BEGIN = re.compile(
    rf"\s{{0,8}}(?:>\s?)?(#{{1,6}}\s{{1,3}})?(?:(?:[-*+]|[0-9]{{1,4}}[.)])\s{{1,3}})?(\*\*|__)?"
    rf"(?:(?:[^\w\s*_|]{{1,4}}\s)?({_KINDS})\s?#?([0-9]{{1,4}})(?![\w.]\w)(?:\s?(?:/|of)\s?[0-9]{{1,4}})?|"
    r"([0-9]{1,4})[.)](?=[\s*_]|\Z))",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s{0,3}[(\[]([^()\[\]]{1,60})[)\]]")
_COLON = re.compile(r"\s{0,3}(?:：|[:.–—-](?=[\s*_]|\Z))")
_LABELLED = re.compile(
    r"(?:[-*+]\s{1,3})?(\*\*|__|\*|_|)([^\W\d_][\w /()-]{0,38}?)\s?(?:\1:|:\1)(?=\s|\Z)\s*(.*)", re.DOTALL
)
_ALL = ("story", "shared", "style", "negative_prompt")  # may stand below the last frame and mean all
_FENCE = re.compile(r"\s*(?:```|~~~)")
_RULE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,}|={3,})\s*")


@dataclass
class _Frame:
    """One frame while it is read.

    Attributes:
        line: where it begins, from 0.
        kind: the word before its number, or "".
        number: as written.
        text: what stands behind the number.
        is_title: whether that is a heading, which only counts where nothing stands below it.
        aside: what stands in parentheses after the number, as in `Frame 1 (2 s):`.
        parts: texts by label; those without one under "".
    """

    line: int
    kind: str
    number: int
    text: str
    is_title: bool
    aside: str = ""
    parts: dict[str, list[str]] = field(default_factory=dict)


def frame_heading(line: str) -> bool:
    """Whether `line` is the heading of a frame, and not of the story."""
    frame = _begin(0, line)
    return frame is not None and line.lstrip().startswith("#")


def read_numbered(
    source: Source, lines: Sequence[str], outside: Sequence[bool]
) -> tuple[Table, list[str], list[str]] | None:
    """The numbered frames as a table, notes, and the lines around them; None where there are none.

    Args:
        source: the file, for messages.
        lines: what it says.
        outside: which of the lines stand in no table.

    Raises:
        StoryboardError: the numbers do not run 1, 2, 3.
    """
    found = [frame for i, line in enumerate(lines) if outside[i] and (frame := _begin(i, line))]
    kinds = Counter(frame.kind for frame in found)
    if not kinds:
        return None
    kind = max(kinds, key=lambda kind: (kind == "frame", kind != "", kinds[kind]))
    frames = [frame for frame in found if frame.kind == kind]
    for before, frame in enumerate(frames):
        if frame.number != before + 1:
            place = f"stands after {frames[before - 1].number}" if before else "is the first number"
            message = f"{frame.number} {place}; frames without a table are numbered 1, 2, 3 and so on"
            raise source.error(message, line=frame.line + 1, field="frame")
    unread = [line for line, is_out in zip(lines[: frames[0].line], outside, strict=False) if is_out]
    between: list[int] = []
    known: set[str] = set()
    for frame, following in zip(frames, [*frames[1:], None], strict=True):
        end = len(lines) if following is None else following.line
        inside = [i for i in range(frame.line + 1, end) if outside[i]]
        # where headings are all that the frames have, what stands below the last one is not its text either
        ends = following is None and frame.text and frame.is_title and len(frames) > 1
        ends = ends and not any(other.is_title and other.parts for other in frames[:-1])
        rest = inside if ends else _read(frame, lines, inside, known if following is None else None)
        known.update(label.casefold() for label in frame.parts)
        between += [] if following is None else [i for i in rest if lines[i].strip()]
        unread += [lines[i] for i in rest]
    left_out: list[str] = []
    cells = [_cells(frame, left_out) for frame in frames]
    fields = list(dict.fromkeys(["prompt", *(name for row in cells for name in row)]))
    rows = [
        Row(frame.line + 1, [row.get(name, "") for name in fields])
        for frame, row in zip(frames, cells, strict=True)
    ]
    notes = [f"Left out of the frames: {listed(list(dict.fromkeys(left_out)))}."] if left_out else []
    if between:
        notes.append(f"Text between the frames was left out, on line {between[0] + 1} first.")
    return Table({name: i for i, name in enumerate(fields)}, [], rows), notes, unread


def _begin(index: int, line: str) -> _Frame | None:
    """The frame that begins on this line, if one does."""
    match = _BEGIN.match(line)
    if match is None:
        return None
    hashes, bold, word, label_number, number = match.groups()
    rest, aside, is_marked = line[match.end() :].rstrip(), "", bool(hashes) or word is None
    for part in ("aside", "bold", "aside", "colon", "bold"):
        if part == "aside" and not aside and word and (found := _ASIDE.match(rest)):
            aside, rest = found[1], rest[found.end() :]
        elif part == "colon" and word and (found := _COLON.match(rest)):
            rest, is_marked = rest[found.end() :], True
        elif part == "bold" and bold and rest.lstrip().startswith(bold):
            rest, bold, is_marked = rest.lstrip()[len(bold) :], None, True
    if rest.strip() and not is_marked:
        return None  # prose, as in "Frame 1 shows"
    is_title, text = bool(hashes), rest.strip()
    if bold and word:  # **Frame 1: At dawn** A fox
        title, _, after = text.partition(bold)
        title = title.strip().rstrip(":：")
        after = re.sub(r"\A\s*[:：–—-]\s", "", after).strip()
        is_title, text, aside = (False, after, aside or title) if after else (True, title, aside)
    elif bold and text.endswith(bold) and text.count(bold) == 1:  # **1. At dawn**
        is_title, text = True, text.removesuffix(bold)
    elif bold:
        text = bold + text
    else:
        is_bold = re.fullmatch(r"(\*\*|__)[^*_]+\1", text) and not _LABELLED.fullmatch(text)
        is_title = is_title or bool(is_bold)
    kind = "" if word is None else word.casefold().replace(" ", "").removeprefix("key")
    return _Frame(index, kind, int(label_number or number), text.strip(), is_title, aside)


def _read(frame: _Frame, lines: Sequence[str], inside: list[int], known: set[str] | None) -> list[int]:
    """Fills the parts of a frame and returns the lines that belong to none.

    Args:
        frame: changed in place.
        lines: of the file.
        inside: which of them may belong to it.
        known: None, or for the last frame the labels of those before: prose may stand behind it.
    """
    label, closed, in_fence = "", False, False
    rest: list[int] = []
    if frame.text and not frame.is_title:
        match = _LABELLED.fullmatch(frame.text)
        if match and heading_field(match[2]) == "prompt":
            label, frame.text = match[2], match[3]
        frame.parts[label] = [frame.text] if frame.text else []
    for position, i in enumerate(inside):
        line = re.sub(r"\A\s*>\s?", "", lines[i]).strip()
        if _FENCE.match(line):
            in_fence = not in_fence and not closed and not frame.parts.get(label)
            closed = closed or not in_fence
            continue
        if in_fence:
            frame.parts.setdefault(label, []).append(line)
            continue
        if not line or _RULE.fullmatch(line):
            closed = closed or bool(frame.parts.get(label))
            continue
        if line.startswith("#"):
            return rest + inside[position:]
        match = _LABELLED.fullmatch(line)
        name = heading_field(match[2]) if match else None
        if match and (match[1] or name):
            is_own = known is None or match[2].casefold() in known or name not in (None, *_ALL)
            if not closed or not frame.parts or is_own:
                label, closed = match[2], False
                frame.parts.setdefault(label, []).extend([match[3]] if match[3] else [])
                continue
        if closed and not (frame.kind == "" and lines[i].startswith(("  ", "\t"))):  # not in the list item
            rest.append(i)
        else:
            frame.parts.setdefault(label, []).append(re.sub(r"\A[-*+]\s+", "", line))
    return rest


def _cells(frame: _Frame, left_out: list[str]) -> dict[str, str]:
    """The texts of a frame by field; what is none of them is named in `left_out`."""
    cells: dict[str, str] = {}
    plain = frame.parts.pop("", [])
    labels = sorted(frame.parts, key=lambda label: "prompt" not in label.casefold())
    for label in labels:
        name, text = heading_field(label), decoded(" ".join(frame.parts[label]))
        if name is None or name == "frame" or name in cells:
            left_out.append(label)
        elif text:
            cells[name] = text
    if plain and "prompt" not in cells:
        cells["prompt"] = decoded(" ".join(plain))
    elif plain:
        left_out.append(" ".join(plain))
    if frame.is_title and frame.text:
        if "prompt" in cells:
            left_out.append(decoded(frame.text))
        else:
            cells["prompt"] = decoded(frame.text)
    if frame.aside:
        if "hold" not in cells and seconds(frame.aside) is not None:
            cells["hold"] = frame.aside
        else:
            left_out.append(frame.aside)
    return cells
