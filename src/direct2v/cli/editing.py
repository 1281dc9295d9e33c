"""Letting the user edit a storyboard in an editor of their own, without ever losing what they wrote."""

import os
import shlex
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from direct2v.errors import InputError, OutputError, StoryboardError
from direct2v.files import uninterrupted
from direct2v.storyboard import Storyboard
from direct2v.text import printable

__all__ = ["Draft", "find_editor"]


def find_editor() -> list[str]:
    """The command in $VISUAL or $EDITOR.

    Raises:
        InputError: there is none.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        parts = shlex.split(command)
    except ValueError:
        parts = []
    if not parts or shutil.which(parts[0]) is None:
        given = f"{printable(command, 80)!r} cannot be run" if command else "neither is set"
        raise InputError(
            f"--edit opens $VISUAL or $EDITOR, but {given}; as in EDITOR=nano direct2v direct ..."
        )
    return parts


class Draft:
    """The file that is edited: YAML beside the output, whatever the output's own format is.

    Args:
        output: what the draft is for.

    Raises:
        OutputError: an earlier draft stands there.
    """

    def __init__(self, output: Path) -> None:
        self.path = output.with_name(f"{output.stem}.draft.yaml")
        self.name = printable(str(self.path), 200)
        if os.path.lexists(self.path):
            raise OutputError(
                f"{self.name} holds an earlier edit; render it, move it or delete it, then try again"
            )

    def edit(self, storyboard: Storyboard, editor: list[str]) -> Storyboard:
        """What the user makes of `storyboard`; the draft stays until ``take`` or ``drop``.

        Raises:
            OutputError: the editor failed.
            StoryboardError: what the user wrote is no storyboard; it is kept, and the message says where.
        """
        storyboard.save(self.path)
        before = self.path.read_bytes()
        try:
            with uninterrupted():  # Ctrl-C belongs to the editor
                code = subprocess.call([*editor, str(self.path)])
        except OSError as error:
            self.drop()
            reason = error.strerror or error
            raise OutputError(f"the editor {printable(editor[0], 80)} cannot be run: {reason}") from error
        try:
            changed = self.path.read_bytes() != before
        except OSError:
            raise OutputError("the editor removed the storyboard; nothing was written") from None
        kept = f"your text is kept in {self.name}" if changed else "nothing was written"
        if code != 0:
            if not changed:
                self.drop()
            raise OutputError(f"the editor {printable(editor[0], 80)} ended with code {code}; {kept}")
        try:
            return Storyboard.load(self.path)
        except StoryboardError as error:
            raise StoryboardError(f"{error}\n  Your text is kept there: mend it, then render it") from error

    def take(self, path: Path) -> None:
        """Puts the draft at `path` as it is: comments and layout are the user's."""
        os.replace(self.path, path)

    def drop(self) -> None:
        """Removes the draft."""
        with suppress(OSError):
            self.path.unlink()
