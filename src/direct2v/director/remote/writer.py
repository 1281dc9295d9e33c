"""A language model behind HTTP: patient where patience helps, and clear where it does not."""

import os
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from direct2v.director.remote.address import Address, parse_address
from direct2v.director.remote.background import quiet_libraries, run
from direct2v.director.remote.keys import Key, find_key, repeated_key, strike_out
from direct2v.director.writer import Message, Reply
from direct2v.errors import DirectorError, InputError, MissingExtraError
from direct2v.text import printable

if TYPE_CHECKING:
    from direct2v.director.remote.failures import RequestError

__all__ = ["RemoteWriter", "parse_remote"]

_DEFAULT_TIMEOUT: Final = 120.0
_MAX_TIMEOUT: Final = 86400.0
_LONGEST_WAIT: Final = 60.0  # seconds that a server may ask for before the next request
_REQUEST: Final = 1  # counts up when the same question comes to be sent in another form
_SEEDLESS: Final = {"anthropic"}
# What not every server or model knows, and how they say so.
_OPTIONAL: Final = {
    "schema": re.compile(
        r"response_?format|output_?config|json_?schema|json_object|structured.?output|guided|grammar"
    ),
    "seed": re.compile(r"\bseed\b"),
    "temperature": re.compile(r"\btemperature\b"),
}
_WITHOUT: Final = {
    "schema": "the form of the answer is asked for in words",
    "seed": "the same question may get another answer",
    "temperature": "it samples as it likes",
}


class RemoteWriter:
    """A language model of OpenAI, Anthropic, Google, Ollama, or a server that speaks like one of them.

    Args:
        address: of the model, or how ``--director`` spells it, as in "openai:NAME@http://localhost:8000/v1".
        temperature: of sampling, 0..2; None leaves it to the model. Newer models refuse any.
        timeout: seconds for one whole request, above 0 up to a day; None for the environment's
            DIRECT2V_LLM_TIMEOUT, else 120.
        attempts: requests for one answer before giving up, from 1; only failures that may pass are repeated.
        sleep: waits so many seconds.
        on_event: is told in a few words what happens.

    Raises:
        InputError: an argument or a variable in the environment cannot be used.
    """

    def __init__(
        self,
        address: Address | str,
        *,
        temperature: float | None = None,
        timeout: float | None = None,
        attempts: int = 3,
        sleep: Callable[[float], object] = time.sleep,
        on_event: Callable[[str], object] = lambda _: None,
    ) -> None:
        parsed = parse_address(address) if isinstance(address, str) else address
        if parsed is None:
            raise InputError(
                f"{printable(str(address), 80)!r} is no remote model; accepted: openai:NAME and so on"
            )
        self.address = parsed
        if temperature is not None and not 0 <= temperature <= 2:
            raise InputError(f"temperature is {temperature:g}; accepted: 0 to 2")
        if attempts < 1:
            raise InputError(f"attempts is {attempts}; accepted: 1 or more")
        self.temperature = temperature
        self.timeout = _timeout(timeout)
        self.attempts = attempts
        self.sleep = sleep
        self.on_event = on_event
        self._key: Key | None = None
        self._left_out: set[str] = set()  # of _OPTIONAL

    def __repr__(self) -> str:
        return f"RemoteWriter({str(self.address)!r})"

    @property
    def name(self) -> str:
        """The model, as in "openai:gpt-4o"."""
        return self.address.name

    @property
    def identity(self) -> Mapping[str, Any]:
        """What decides the answers: the model, where it is, the sampling, and how we ask."""
        return {
            "request": _REQUEST,
            "dialect": self.address.dialect,
            "model": self.address.model,
            "base_url": self.address.base_url,
            "temperature": self.temperature,
        }

    def __enter__(self) -> Self:
        """Looks for the key and the packages; nothing is sent yet.

        Raises:
            DirectorError: the key is missing or cannot be one.
            MissingExtraError: the extra "llm" is not installed.
        """
        self._key = find_key(self.address)
        with quiet_libraries():
            try:
                import_module("pydantic_ai.direct")
                import_module(f"pydantic_ai.models.{self.address.dialect}")
            except ImportError as error:
                missing = (getattr(error.__cause__ or error, "name", None) or str(error)).partition(".")[0]
                raise MissingExtraError(
                    f"{self.name} needs the extra llm: pip install 'direct2v[llm]' "
                    f"({printable(missing, 80)} is missing)"
                ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forgets the key; connections last only as long as a request."""
        self._key = None

    def write(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any], seed: int, max_tokens: int
    ) -> Reply:
        """One answer to a conversation.

        Args:
            messages: system, user, and then by turns assistant and user.
            schema: JSON Schema of the answer, for services that hold a model to one.
            seed: of sampling, where the service takes one.
            max_tokens: room for the answer; models that think get more.

        Raises:
            DirectorError: no answer came; the message says why.
        """
        from direct2v.director.remote.failures import RequestError

        if self.address.dialect in _SEEDLESS:
            self._leave_out({"seed"})
        attempt = 1
        while True:
            try:
                with quiet_libraries():
                    reply = self._request(messages, schema, seed, max_tokens)
            except RequestError as error:
                failure = error
            else:
                if variable := repeated_key(reply.text):
                    raise DirectorError(f"{self.address}: the answer contained the key of {variable}")
                return Reply(reply.text, reply.ended, printable(strike_out(reply.detail), 200))
            if self._leave_out(self._unknown(failure)):
                continue
            if not failure.retryable or attempt == self.attempts:
                tries = "" if attempt == 1 else f" ({attempt} attempts)"
                raise DirectorError(f"{failure.message}{tries}")
            self._wait(failure, attempt)
            attempt += 1

    def _request(
        self, messages: Sequence[Message], schema: Mapping[str, Any], seed: int, max_tokens: int
    ) -> Reply:
        """One request.

        Raises:
            RequestError: it brought no answer.
        """
        from direct2v.director.remote.client import GuardedClient
        from direct2v.director.remote.dialects import ask

        try:
            client = GuardedClient(self.address, self._key, self.timeout)
        except Exception as error:  # a proxy or certificates in the environment that cannot be used
            raise self._unmade(error, "; check SSL_CERT_FILE and the proxies in the environment") from None

        async def work() -> Reply:
            async with client:
                return await ask(
                    client,
                    messages,
                    schema=None if "schema" in self._left_out else schema,
                    seed=None if "seed" in self._left_out else seed,
                    temperature=None if "temperature" in self._left_out else self.temperature,
                    max_tokens=max_tokens,
                )

        try:
            return run(work)
        except Exception as error:
            # whatever the packages made of it, the client knows what happened
            if client.failure is not None:
                raise client.failure from None
            if client.body:
                raise client.unreadable() from None
            raise self._unmade(error) from None

    def _unmade(self, error: Exception, advice: str = "") -> "RequestError":
        from direct2v.director.remote.failures import RequestError

        words = printable(strike_out(str(error)), 200) or type(error).__name__
        return RequestError(f"the request to {self.address} could not be made: {words}{advice}")

    def _unknown(self, failure: "RequestError") -> set[str]:
        """What was sent and this server, by its words, does not know."""
        unknown = {part for part, words in _OPTIONAL.items() if words.search(failure.refused_request)}
        return unknown - {"temperature"} if self.temperature is None else unknown

    def _leave_out(self, parts: set[str]) -> bool:
        """Sends these no more; whether that is news, which is told."""
        news = parts - self._left_out
        self._left_out |= news
        for part in sorted(news):
            self.on_event(f"{self.name} takes no {part}; {_WITHOUT[part]}")
        return bool(news)

    def _wait(self, failure: "RequestError", attempt: int) -> None:
        """Waits before the next attempt: as long as the server asks, else longer each time.

        Raises:
            DirectorError: the server asks for too long a wait.
        """
        seconds = failure.wait
        if seconds is None:
            # in part by chance, so that many clients do not come back at once
            seconds = 2 ** (attempt - 1) * random.uniform(0.5, 1.0)
        elif seconds > _LONGEST_WAIT:
            raise DirectorError(
                f"{failure.message}; it asks to wait {seconds:.0f} s, longer than {_LONGEST_WAIT:.0f} s: "
                "try again later"
            )
        self.on_event(f"{failure.message}; next attempt in {seconds:.0f} s")
        self.sleep(seconds)


def parse_remote(spec: str, *, on_event: Callable[[str], object] = lambda _: None) -> RemoteWriter | None:
    """The language model that `--director` names, DIALECT:NAME or DIALECT:NAME@URL; None for other directors.

    Args:
        spec: what stands after `--director`.
        on_event: see ``RemoteWriter``.

    Raises:
        InputError: it is meant as one, but cannot be used.
    """
    address = parse_address(spec)
    return None if address is None else RemoteWriter(address, on_event=on_event)


def _timeout(seconds: float | None) -> float:
    if seconds is not None:
        source = "timeout"
    else:
        text = os.environ.get("DIRECT2V_LLM_TIMEOUT", "").strip()
        if not text:
            return _DEFAULT_TIMEOUT
        source = "DIRECT2V_LLM_TIMEOUT"
        try:
            seconds = float(text)
        except ValueError:
            seconds = float("nan")
    if not 0 < seconds <= _MAX_TIMEOUT:  # also NaN
        raise InputError(f"{source} is no number of seconds above 0 and up to {_MAX_TIMEOUT:.0f}")
    return seconds
