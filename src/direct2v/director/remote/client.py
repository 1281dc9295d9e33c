"""The HTTP client under the vendors' packages: it alone has the key, and lets only sound answers through."""

import asyncio
import json
import re
import ssl
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Any, Final

import httpx2

from direct2v.director.remote.address import Address
from direct2v.director.remote.envelope import mended
from direct2v.director.remote.failures import RequestError, from_exception, from_status, said
from direct2v.director.remote.keys import Key

__all__ = ["GuardedClient"]

_CONNECT_SECONDS: Final = 10.0
_MAX_BODY: Final = 8 * 2**20
_MAX_ERROR_BODY: Final = 2**16
# What the protocols need. The packages also tell operating system and versions, and would add credentials
# and headers from their own variables in the environment.
_HEADERS: Final = {"host", "accept", "content-type", "content-length", "transfer-encoding"}
_DIALECT_HEADERS: Final = {"anthropic": {"anthropic-version", "anthropic-beta"}}
_ACCOUNT_HEADERS: Final = {"openai-organization", "openai-project"}


@cache
def _user_agent() -> str:
    return f"direct2v/{metadata.version('direct2v')}"


class GuardedClient(httpx2.AsyncClient):
    """Sends one request to one address; whatever is no sound answer becomes a ``RequestError``.

    The packages may wrap a ``RequestError`` in exceptions of their own, so it is also kept.

    Args:
        address: nothing goes anywhere else, redirects included.
        key: put on the request last.
        seconds: for the whole request, however much comes in this time.

    Attributes:
        failure: what went wrong, if anything did.
        body: of the answer, as far as it came.
    """

    def __init__(self, address: Address, key: Key | None, seconds: float) -> None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        plain = address.loopback and address.base_url.startswith("http:")
        super().__init__(
            # the environment's proxies and certificates hold, but no proxy for this machine, and no
            # certificates are loaded where there is nothing to verify
            trust_env=not plain,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True,
            timeout=httpx2.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
            mounts={f"all://{host}": None} if address.loopback else None,
        )
        self.address = address
        self.key = key
        self.seconds = seconds
        self.failure: RequestError | None = None
        self.body = bytearray()
        self._response: httpx2.Response | None = None

    async def send(self, request: httpx2.Request, **_: Any) -> httpx2.Response:
        """The answer to `request`, read to its end.

        Raises:
            RequestError: there is none that could be used.
        """
        try:
            async with asyncio.timeout(self.seconds):  # the library's own times are for each byte
                return await self._exchange(self._dressed(request))
        except RequestError as failure:
            self.failure = failure
        except TimeoutError:
            self.failure = self._late()
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError) as error:
            self.failure = from_exception(self.address, error)
        raise self.failure from None

    def _late(self) -> RequestError:
        """What the end of the time means: a refusal of which not all words came is still a refusal."""
        if self._response is not None and not self._response.is_success:
            return self._refusal(self._response.status_code, self._response)
        did = "finish its answer" if self._response is not None else "answer"
        return RequestError(
            f"{self.address} did not {did} within {self.seconds:g} s; DIRECT2V_LLM_TIMEOUT sets how long",
            retryable=True,
        )

    def unreadable(self) -> RequestError:
        """The failure that an answer means of which the packages make nothing."""
        return RequestError(
            f"{self.address} answered with something else than a chat completion: {self._said({})}"
        )

    def _dressed(self, request: httpx2.Request) -> httpx2.Request:
        address, url = self.address, request.url
        base = httpx2.URL(address.base_url)
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port):
            raise RequestError(f"the request to {address} would have gone to another server")
        wanted = _HEADERS | _DIALECT_HEADERS.get(address.dialect, set())
        if address.official:
            wanted |= _ACCOUNT_HEADERS
        headers = {name: value for name, value in request.headers.items() if name in wanted}
        headers["user-agent"] = _user_agent()
        headers["accept-encoding"] = "identity"  # a small packed answer could be an endless one
        headers["connection"] = "close"
        if self.key is not None:
            match address.dialect:
                case "anthropic":
                    headers["x-api-key"] = self.key.value
                case "google":
                    headers["x-goog-api-key"] = self.key.value
                case _:
                    headers["authorization"] = f"Bearer {self.key.value}"
        request.headers = httpx2.Headers(headers)
        request.extensions = {**request.extensions, "timeout": self.timeout.as_dict()}
        return request

    async def _exchange(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().send(request, stream=True, auth=None, follow_redirects=False)
        self._response = response
        try:
            await self._read(response)
        finally:
            await response.aclose()
        if not response.is_success:
            raise self._refusal(response.status_code, response)
        answer = mended(self.address.dialect, self._checked(response))
        if answer is None:
            raise self.unreadable()
        content = json.dumps(answer).encode()
        return httpx2.Response(
            200, headers={"content-type": "application/json"}, content=content, request=request
        )

    async def _read(self, response: httpx2.Response) -> None:
        try:
            async for chunk in response.aiter_bytes():
                self.body += chunk
                if not response.is_success and len(self.body) > _MAX_ERROR_BODY:
                    break
                if len(self.body) > _MAX_BODY:
                    raise RequestError(
                        f"{self.address} sent more than {_MAX_BODY // 2**20} MiB, which is no storyboard"
                    )
        except httpx2.HTTPError:
            if response.is_success:
                raise

    def _refusal(self, status: int, response: httpx2.Response) -> RequestError:
        body = bytes(self.body[:_MAX_ERROR_BODY])
        return from_status(self.address, self.key, status, response.headers, body)

    def _said(self, headers: Mapping[str, str]) -> str:
        return said(self.body[:_MAX_ERROR_BODY].decode("utf-8", "replace"), headers)

    def _checked(self, response: httpx2.Response) -> dict[str, Any]:
        """The answer, if it is a JSON object and no error.

        Raises:
            RequestError: the answer is something else.
        """
        start = f"{self.address} answered {response.status_code}"
        if not self.body.strip():
            raise RequestError(f"{start} with nothing")
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            words = self._said(response.headers)
            raise RequestError(f"{start}, but not with JSON: {words}; is the address right?") from None
        if not isinstance(value, dict):
            raise self.unreadable()
        error = value.get("error")
        if error:  # some gateways answer 200 and put the true status inside, some none at all
            code = str(error.get("code")) if isinstance(error, dict) else ""
            if re.fullmatch(r"[45]\d\d", code, re.ASCII):
                raise self._refusal(int(code), response)
            raise RequestError(f"{start} with an error: {self._said(response.headers)}")
        return value
