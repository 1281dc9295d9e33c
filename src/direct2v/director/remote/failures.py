"""What went wrong with one request, in words, and whether asking again can help."""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx2

from direct2v.director.remote.address import Address
from direct2v.director.remote.keys import Key, advice, strike_out
from direct2v.text import printable

__all__ = ["RequestError", "from_exception", "from_status", "said"]

_PASSING: Final = frozenset({408, 409, 425, 429})  # and 500 to 599; no other status gets better by waiting
_QUOTA = re.compile(
    r"insufficient_quota|exceeded_current_quota|billing_hard_limit|credit_balance|spend_limit_exceeded"
    r"|credit balance is too low|RequestsPerDay",
    re.IGNORECASE,
)
_RETRY_INFO = re.compile(r'"retryDelay"\s*:\s*"([0-9]{1,9}(?:\.[0-9]{1,9})?)s"')  # google.rpc.RetryInfo
_MEANING: Final = {
    400: "bad request",
    401: "invalid key",
    402: "payment required",
    403: "not allowed",
    404: "not found",
    405: "not found",
    413: "request too large",
    422: "bad request",
    429: "too many requests",
    503: "overloaded",
    529: "overloaded",
}


class RequestError(Exception):
    """A request that brought no answer.

    Attributes:
        message: one line for the user, without secrets.
        retryable: whether the same request may succeed later.
        wait: seconds that the server asks to wait, if it says so.
        refused_request: all of the server's words on what it does not like in the request itself, lower
            case; to be searched, not shown.
    """

    def __init__(
        self, message: str, *, retryable: bool = False, wait: float | None = None, refused_request: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable
        self.wait = wait
        self.refused_request = refused_request


def from_status(
    address: Address, key: Key | None, status: int, headers: Mapping[str, str], body: bytes
) -> RequestError:
    """The failure that an HTTP status means; `body` may be cut off."""
    text = body.decode("utf-8", "replace")
    if 300 <= status < 400:
        place = printable(strike_out(headers.get("location", "nowhere")), 120)
        return RequestError(
            f"{address} answered {status}, a redirect to {place}, which is not followed; "
            "give the right address after @"
        )
    bad_key = status == 401 or (status == 400 and "API_KEY_INVALID" in text)
    quota = status == 402 or (status in (400, 403, 429) and _QUOTA.search(text) is not None)
    meaning = _MEANING.get(status, "server error" if status >= 500 else "")
    if bad_key:  # without the server's words: they like to repeat the key, or parts of it
        meaning = "invalid key" if key is not None else "it wants a key"
        return RequestError(f"{address} answered {status} ({meaning}); {advice(address, key)}")
    words = said(text, headers)
    line = f"{address} answered {status}" + (f" ({meaning})" if meaning else "")
    line += f": {words}" if words else ""
    if quota:
        return RequestError(f"{line}; the account's quota is used up")
    if status == 403:
        line += f"; {advice(address, key)}"
    elif status in (404, 405):
        line += f"; {_what_is_missing(address, text)}"
    passing = status in _PASSING or status >= 500
    return RequestError(
        line,
        retryable=passing and headers.get("x-should-retry", "").strip().lower() != "false",
        wait=_wait(headers, text) if passing else None,
        refused_request=text.lower() if status in (400, 422) else "",
    )


def from_exception(address: Address, error: Exception) -> RequestError:
    """The failure that an exception of the HTTP library means."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return RequestError(
            f"no secure connection to {address}: {_reason(causes)}; check the address, "
            "or give the file of the server's certificate in SSL_CERT_FILE"
        )
    match error:
        case httpx2.ConnectTimeout():
            return RequestError(f"{address} cannot be reached: no connection in time", retryable=True)
        case httpx2.ProxyError():
            return RequestError(f"{address} cannot be reached through the proxy: {_reason(causes)}")
        case httpx2.ConnectError():
            start = " (`ollama serve` starts it)" if address.dialect == "ollama" else ""
            ask = f"; is the server running?{start}" if not address.official else "; is the network up?"
            return RequestError(f"{address} cannot be reached: {_reason(causes)}{ask}", retryable=True)
        case httpx2.LocalProtocolError() | httpx2.UnsupportedProtocol():
            return RequestError(f"the request to {address} could not be made: {_reason(causes)}")
        case httpx2.DecodingError():
            return RequestError(f"{address} sent an answer that cannot be unpacked")
        case httpx2.HTTPError() | OSError():
            return RequestError(f"{address} broke the connection off: {_reason(causes)}", retryable=True)
        case _:
            return RequestError(f"the request to {address} could not be made: {_reason(causes)}")


def said(text: str, headers: Mapping[str, str]) -> str:
    """What a server says in the body of an answer, short, safe to print and without keys."""
    page = text[:200].lstrip().lower().startswith(("<!doctype", "<html"))
    if page or "html" in headers.get("content-type", "").lower():
        return "a web page, no answer of a language model"
    words = text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    while isinstance(value, dict | list) and value:  # {"error": {"message": ...}} and its many relatives
        if isinstance(value, list):
            value = value[0]
            continue
        value = next((value[name] for name in ("error", "message", "detail", "msg") if value.get(name)), None)
    if isinstance(value, str):
        words = value
    return printable(strike_out(words), 200).rstrip(" .;:")


def _what_is_missing(address: Address, text: str) -> str:
    if "model" in text.lower():
        pull = f", or get it with: ollama pull {address.model}" if address.dialect == "ollama" else ""
        return f"is {printable(address.model, 80)} the right name of the model?{pull}"
    if address.official:
        return "check the name of the model"
    end = "; most servers want it to end in /v1" if address.dialect in ("openai", "ollama") else ""
    return f"check the address{end}, and the name of the model"


def _wait(headers: Mapping[str, str], text: str) -> float | None:
    """The seconds that a server asks to wait, from 0; None where it does not say, or says nonsense."""
    try:
        milliseconds = float(headers["retry-after-ms"])
        if 0 <= milliseconds < float("inf"):
            return milliseconds / 1000
    except (KeyError, ValueError):
        pass
    asked = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", asked):
        return float(asked)
    if asked:
        try:
            until = parsedate_to_datetime(asked)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
    info = _RETRY_INFO.search(text)
    return float(info[1]) if info else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what led to it; the connection libraries nest up to four, also in groups."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]


def _reason(causes: list[BaseException]) -> str:
    """The operating system's word for it, else the first that an exception has."""
    systems = [cause for cause in causes if isinstance(cause, OSError) and cause.strerror]
    words = [str(cause) for cause in [*reversed(systems), *causes] if str(cause).strip()]
    if systems and isinstance(systems[-1], ConnectionRefusedError):
        return "connection refused"
    return printable(strike_out(words[0]), 160) if words else type(causes[0]).__name__
