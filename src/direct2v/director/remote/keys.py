"""Keys: read from the environment, sent only where they may go, and kept out of every text."""

import json
import os
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from direct2v.director.remote.address import Address
from direct2v.errors import DirectorError

__all__ = ["Key", "advice", "find_key", "repeated_key", "strike_out"]

_OWN: Final = "DIRECT2V_API_KEY"
_VENDOR: Final = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "google": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "ollama": ("OLLAMA_API_KEY",),
}
_ALL: Final = (_OWN, *(variable for variables in _VENDOR.values() for variable in variables))
# Local servers are often given a mere word as a key: what is shorter is no secret, and may well be needed.
_SHORTEST_IN_ERRORS: Final = 8
_SHORTEST_IN_ANSWERS: Final = 16


@dataclass(frozen=True)
class Key:
    """A key and the variable that it comes from; only the variable is ever shown."""

    variable: str
    value: str = field(repr=False)


def find_key(address: Address) -> Key | None:
    """The key for `address`; None where a server does without, as local ones do.

    The vendor's key goes to the vendor, to this machine, and over https to where the vendor's own variable
    points; an @URL on another machine gets DIRECT2V_API_KEY and no other.

    Raises:
        DirectorError: the vendor's service needs a key and there is none, or it cannot be one.
    """
    variables = _VENDOR[address.dialect]
    places = variables if address.official else (_OWN, *(variables if _trusted(address) else ()))
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
    unsent = next((name for name in _VENDOR[address.dialect] if os.environ.get(name, "").strip()), None)
    if unsent is None:
        return f"set {_OWN}"
    where = "over plain http to another machine" if address.exposed else "to an @URL on another machine"
    return f"set {_OWN}; {unsent} is not sent {where}"


def strike_out(text: str) -> str:
    """`text` of an error with `***` for every key in the environment; servers repeat what they get."""
    for form, _ in _forms(_SHORTEST_IN_ERRORS):
        text = text.replace(form, "***")
    return text


def repeated_key(text: str) -> str | None:
    """The variable whose key stands in a model's answer; None for none. A story is never altered for it."""
    return next((variable for form, variable in _forms(_SHORTEST_IN_ANSWERS) if form in text), None)


def _trusted(address: Address) -> bool:
    return address.loopback or (address.from_variable and not address.exposed)


def _forms(shortest: int) -> list[tuple[str, str]]:
    """How the keys of at least so many characters may be spelt, and their variables.

    The longest first: one key may be the beginning of another.
    """
    keys = {variable: os.environ.get(variable, "").strip() for variable in _ALL}
    forms = {
        form: variable
        for variable, key in keys.items()
        if len(key) >= shortest
        for form in (key, quote(key, safe=""), json.dumps(key)[1:-1])
    }
    return sorted(forms.items(), key=lambda entry: len(entry[0]), reverse=True)
