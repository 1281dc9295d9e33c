"""Keys: read from the environment, sent only where they may go, and struck out of every text."""

import json
import os
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from direct2v.director.remote.address import Address
from direct2v.errors import DirectorError

__all__ = ["Key", "advice", "find_key", "strike_out"]

_OWN: Final = "DIRECT2V_API_KEY"
_VENDOR: Final = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "google": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "ollama": ("OLLAMA_API_KEY",),
}
_ALL: Final = (_OWN, *(variable for variables in _VENDOR.values() for variable in variables))


@dataclass(frozen=True)
class Key:
    """A key and the variable that it comes from; only the variable is ever shown."""

    variable: str
    value: str = field(repr=False)


def find_key(address: Address) -> Key | None:
    """The key for `address`; None where a server does without, as local ones do.

    A server of the user's own is given DIRECT2V_API_KEY, else the vendor's key unless all could read it on
    the way: plain http to another machine.

    Raises:
        DirectorError: the vendor's service needs a key and there is none, or it cannot be one.
    """
    variables = _VENDOR[address.dialect]
    if address.official:
        places = variables
    elif address.exposed:
        places = (_OWN,)
    else:
        places = (_OWN, *variables)
    blank = None
    for variable in places:
        value = os.environ.get(variable)
        if value is None:
            continue
        if not value.strip():
            blank = blank or variable
        elif not (value.isascii() and value.isprintable()) or " " in value:
            raise DirectorError(
                f"{variable} holds a space, a line break or a character that keys do not have; "
                "set it to the key alone"
            )
        else:
            return Key(variable, value)
    if not address.official:
        return None
    wanted = " or ".join(variables)
    if blank:
        raise DirectorError(f"{address.name} needs a key, and {blank} is blank; set {wanted}")
    raise DirectorError(f"{address.name} needs a key: set the environment variable {wanted}")


def advice(address: Address, key: Key | None) -> str:
    """What to do after a server did not accept the key, or that there was none."""
    if key is not None:
        return f"check {key.variable}"
    vendor = [variable for variable in _VENDOR[address.dialect] if os.environ.get(variable, "").strip()]
    if address.exposed and vendor:
        return f"set {_OWN}; {vendor[0]} is not sent over plain http to another machine"
    return f"set {_OWN}"


def strike_out(text: str, *, shortest: int = 1) -> str:
    """`text` with `***` for every key in the environment; a server can repeat what it was sent.

    Args:
        text: what a server said.
        shortest: keys of fewer characters stay. Local servers are often given a mere word as a key, and a
            storyboard may well need that word.
    """
    values = {os.environ.get(variable, "").strip() for variable in _ALL} - {""}
    forms = {
        form
        for value in values
        if len(value) >= shortest
        for form in (value, quote(value, safe=""), json.dumps(value)[1:-1])
    }
    for form in sorted(forms, key=len, reverse=True):  # one key may be the beginning of another
        text = text.replace(form, "***")
    return text
