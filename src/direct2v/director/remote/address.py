"""Which remote language model, and where: `openai:gpt-4o`, `ollama:llama3.2:1b@http://localhost:11434/v1`."""

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from direct2v.documents import SUFFIXES
from direct2v.errors import InputError
from direct2v.text import printable
from direct2v.validation import quoted

__all__ = ["DIALECTS", "Address", "make_address", "parse_address"]

# Where each dialect is spoken if nobody says otherwise, and the vendors' own variable for saying so.
DIALECTS: Final = {
    "openai": ("https://api.openai.com/v1", "OPENAI_BASE_URL"),
    "anthropic": ("https://api.anthropic.com", "ANTHROPIC_BASE_URL"),
    "google": ("https://generativelanguage.googleapis.com", "GOOGLE_GEMINI_BASE_URL"),
    "ollama": ("http://localhost:11434/v1", "OLLAMA_BASE_URL"),
}
_MISTAKEN = {
    "gemini": "google",
    "claude": "anthropic",
    "gpt": "openai",
    "chatgpt": "openai",
    "vllm": "openai",
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9_+-]+):")
_AT_URL = re.compile(r"@([A-Za-z][A-Za-z0-9+.-]*):/")
_KEY = re.compile(r"(?:sk-|sk_|AIza|gsk_|xai-)[A-Za-z0-9_-]{16,}")
_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Address:
    """One model of one server.

    Attributes:
        dialect: what the server speaks, one of ``DIALECTS``.
        model: the server's name for the model.
        base_url: before the dialect's own paths.
        from_variable: whether the vendor's own variable says so, as OPENAI_BASE_URL.
    """

    dialect: str
    model: str
    base_url: str
    from_variable: bool = False

    @property
    def name(self) -> str:
        """The model, as in "openai:gpt-4o"."""
        return f"{self.dialect}:{self.model}"

    @property
    def official(self) -> bool:
        """Whether this is the vendor's own service, which always wants a key."""
        return self.dialect != "ollama" and self.base_url == DIALECTS[self.dialect][0]

    @property
    def host(self) -> str:
        """The server's host name or address, IPv6 without brackets."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def loopback(self) -> bool:
        """Whether the server is this machine."""
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            return self.host == "localhost"
        return address.is_loopback or address.is_unspecified  # some servers say that they are at 0.0.0.0

    @property
    def exposed(self) -> bool:
        """Whether what is sent there can be read on the way."""
        return self.base_url.startswith("http://") and not self.loopback

    def __str__(self) -> str:
        """For messages: the model, and the server where it is not the vendor's own."""
        return printable(self.name if self.official else f"{self.name} at {self.base_url}")


def make_address(dialect: str, model: str, base_url: str | None = None) -> Address:
    """The address of a model.

    Args:
        dialect: one of ``DIALECTS``.
        model: the server's name for the model.
        base_url: None for the vendor's variable in the environment, as OPENAI_BASE_URL, else its service.

    Raises:
        InputError: the dialect is unknown, or the name or address cannot be used.
    """
    if dialect not in DIALECTS:
        raise InputError(f"unknown dialect {quoted(dialect)}; accepted: {', '.join(DIALECTS)}")
    _check_model(dialect, model)
    default, variable = DIALECTS[dialect]
    chosen = os.environ.get(variable, "").strip()
    if base_url is not None:
        return Address(
            dialect=dialect, model=model, base_url=_checked_url(base_url, dialect, "the address after @")
        )
    if chosen:
        url = _checked_url(chosen, dialect, variable)
        return Address(dialect=dialect, model=model, base_url=url, from_variable=True)
    return Address(dialect=dialect, model=model, base_url=default)


def parse_address(spec: str) -> Address | None:
    """The address in `spec`, DIALECT:NAME or DIALECT:NAME@URL; None for a file or a local model.

    Raises:
        InputError: the word before the colon is no dialect, or the name or address cannot be used. The
            message never repeats what may be a secret.
    """
    scheme = _SCHEME.match(spec)
    if scheme is None:
        return None
    dialect, rest = scheme[1].lower(), spec[scheme.end() :].strip()
    if dialect not in DIALECTS:
        if dialect == "hf" or spec.lower().endswith(SUFFIXES):
            return None
        meant = _MISTAKEN.get(dialect)
        hint = f"did you mean {meant}:NAME? " if meant else ""
        raise InputError(
            f"unknown kind of director {quoted(scheme[1])}; {hint}"
            f"remote ones are {', '.join(f'{known}:NAME' for known in DIALECTS)}, each also with @URL"
        )
    url = _AT_URL.search(rest)
    model = rest if url is None else rest[: url.start()]
    return make_address(dialect, model.strip(), None if url is None else rest[url.start() + 1 :])


def _check_model(dialect: str, model: str) -> None:
    if not model:
        raise InputError(f"{dialect}: needs the name of a model, as in {_example(dialect)}")
    if _KEY.fullmatch(model):
        raise InputError(
            f"what stands after {dialect}: looks like a key, not like a model; keys come from the environment"
        )
    if any(not c.isprintable() or c.isspace() for c in model) or len(model) > _LONGEST_NAME:
        raise InputError(f"{quoted(model)} is no model name: no spaces, at most {_LONGEST_NAME} characters")
    _, at, rest = model.rpartition("@")
    if at and not re.fullmatch(r"[A-Za-z0-9-]+", rest):  # some names end in a date, as in @20240229
        raise InputError(
            f"the address after @ must begin with http:// or https://, as in {_example(dialect, at_url=True)}"
        )
    if dialect == "google" and (".." in model or set(model) & set("?#%\\")):  # it becomes part of a path
        raise InputError(f"{quoted(model)} is no model name of Google's")


def _checked_url(url: str, dialect: str, source: str) -> str:
    """`url` in one form, so that the same address is always the same text.

    Raises:
        InputError: it cannot be used; it is not repeated, as it may hold a password.
    """
    example = f", as in {_example(dialect, at_url=True)}"
    if not url.lower().startswith(("http://", "https://")):
        raise InputError(f"{source} must begin with http:// or https://{example}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        secret = parts.username is not None or parts.password is not None
    except ValueError:
        raise InputError(f"{source} is no valid address{example}") from None
    if secret:
        raise InputError(f"{source} must not hold a user name or password; set DIRECT2V_API_KEY instead")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise InputError(f"{source} must not hold a query (?...) or fragment (#...)")
    plain = url.isascii() and not any(c.isspace() or not c.isprintable() or c in '\\"<>^`{|}' for c in url)
    if not host or port == 0 or not plain:
        raise InputError(f"{source} is no valid address{example}")
    path = parts.path.rstrip("/")
    if not path and dialect in ("openai", "ollama"):
        path = parts.path[:1] or "/v1"  # where these servers listen; whoever means the root writes a slash
    return f"{parts.scheme}://{parts.netloc}{path}"


def _example(dialect: str, *, at_url: bool = False) -> str:
    model = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-5", "google": "gemini-2.5-flash"}
    name = f"{dialect}:{model.get(dialect, 'llama3.2')}"
    root = "/v1" if dialect in ("openai", "ollama") else ""
    return f"{name}@http://localhost:8000{root}" if at_url else name
