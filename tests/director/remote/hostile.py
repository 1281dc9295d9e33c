"""A small server on 127.0.0.1 that speaks like OpenAI, Anthropic, Google or Ollama, well or as badly as told.

    with HostileServer("openai", [status(500), "A good answer"]) as server:
        writer = parse_remote(server.spec)
        ...
    assert [asked.text for asked in server.requests] == [...]

The answers are given in their order, one for each request; the last one is repeated. A text is a good answer,
anything else an ``Answer`` of the functions below.
"""

import json
import select
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

DIALECTS = ("openai", "anthropic", "google", "ollama")
KEY_HEADERS = {
    "openai": "authorization",
    "ollama": "authorization",
    "anthropic": "x-api-key",
    "google": "x-goog-api-key",
}


@dataclass(frozen=True)
class Asked:
    """One request as it came.

    Attributes:
        path: with its query.
        headers: names in lower case.
        body: parsed JSON.
        at: seconds on the monotonic clock.
    """

    path: str
    headers: dict[str, str]
    body: Any
    at: float

    @property
    def model(self) -> str:
        """The model that was asked for."""
        if "/models/" in self.path:
            return self.path.rpartition("/models/")[2].removesuffix(":generateContent")
        return self.body["model"]

    @property
    def conversation(self) -> list[tuple[str, str]]:
        """Role and text of each turn, the system's first, whatever the dialect."""
        turns = []
        if "contents" in self.body:
            turns.append(("system", _text(self.body["systemInstruction"]["parts"])))
            roles = {"user": "user", "model": "assistant"}
            turns += [(roles[turn["role"]], _text(turn["parts"])) for turn in self.body["contents"]]
            return turns
        if "system" in self.body:
            turns.append(("system", _text(self.body["system"])))
        return turns + [(turn["role"], _text(turn["content"])) for turn in self.body["messages"]]

    @property
    def schema(self) -> Any:
        """The JSON Schema that came along; None if there was none."""
        form = self.body.get("response_format")
        if form is not None:
            return form["json_schema"]["schema"]
        if "output_config" in self.body:
            return self.body["output_config"]["format"]["schema"]
        return self.body.get("generationConfig", {}).get("responseJsonSchema")

    @property
    def sampling(self) -> dict[str, Any]:
        """Where the dialect keeps the seed and its like."""
        return self.body.get("generationConfig", self.body)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part if isinstance(part, str) else part["text"] for part in content)


@dataclass(frozen=True)
class Answer:
    """What the server does with a request.

    Attributes:
        status: of HTTP.
        body: bytes, JSON, or a function of the request and the dialect.
        headers: besides the usual ones.
        delay: seconds before anything is said.
        manner: "whole"; "trickle", a byte at a time for ever; "cut", half of it and then nothing more;
            "endless", as much as is taken.
    """

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    manner: str = "whole"


def completion(dialect: str, text: str | None, *, ended: str = "stop") -> dict[str, Any]:
    """A sound answer in the words of a dialect; `ended` is "stop" or "length"."""
    if dialect == "anthropic":
        content = [] if text is None else [{"type": "text", "text": text}]
        return _claude(content, {"stop": "end_turn", "length": "max_tokens"}[ended])
    if dialect == "google":
        parts = [] if text is None else [{"text": text}]
        reason = {"stop": "STOP", "length": "MAX_TOKENS"}[ended]
        return {
            "candidates": [
                {"content": {"role": "model", "parts": parts}, "finishReason": reason, "index": 0}
            ],
            "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
        }
    return _chat({"role": "assistant", "content": text}, ended)


def good(text: str | None, *, ended: str = "stop") -> Answer:
    """A sound answer."""
    return Answer(body=lambda _, dialect: completion(dialect, text, ended=ended))


def refusal(words: str) -> Answer:
    """A refusal that the provider marks as one."""

    def body(_: Asked, dialect: str) -> dict[str, Any]:
        if dialect == "anthropic":
            details = {"type": "refusal", "category": None, "explanation": words}
            return _claude([], "refusal") | {"stop_details": details}
        if dialect == "google":
            return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": words}}
        return _chat({"role": "assistant", "content": None, "refusal": words}, "stop")

    return Answer(body=body)


def status(code: int, message: str = "it went wrong", *, kind: str = "", **headers: str) -> Answer:
    """An error as the dialect words it; `retry_after` and other headers by keyword."""

    def body(_: Asked, dialect: str) -> dict[str, Any]:
        if dialect == "anthropic":
            return {"type": "error", "error": {"type": kind or "api_error", "message": message}}
        if dialect == "google":
            return {"error": {"code": code, "message": message, "status": kind or "UNKNOWN"}}
        return {"error": {"message": message, "type": kind or None, "param": None, "code": kind or None}}

    return Answer(code, body, {name.replace("_", "-"): value for name, value in headers.items()})


def raw(body: bytes | str, content_type: str = "application/json", code: int = 200) -> Answer:
    """These very bytes."""
    body = body.encode() if isinstance(body, str) else body
    return Answer(code, body, {"content-type": content_type})


def echo(code: int) -> Answer:
    """An error that repeats the key, as careless proxies do."""

    def body(asked: Asked, dialect: str) -> dict[str, Any]:
        return {"error": {"message": f"you sent {asked.headers.get(KEY_HEADERS[dialect])}"}}

    return Answer(code, body)


def redirect(location: str, code: int = 307) -> Answer:
    """Go elsewhere."""
    return Answer(code, b"", {"location": location})


HTML = raw("<!DOCTYPE html><html><body>Welcome to the router</body></html>", "text/html")
EMPTY = raw(b"")
NEVER = Answer(delay=3600)
TRICKLE = Answer(manner="trickle")
CUT = Answer(manner="cut", body=lambda _, dialect: completion(dialect, "a long answer " * 50))
ENDLESS = Answer(manner="endless")


class HostileServer:
    """Answers every POST by the script, and keeps what was asked.

    Args:
        dialect: one of ``DIALECTS``.
        answers: the script.
    """

    def __init__(self, dialect: str, answers: Sequence[Answer | str]) -> None:
        self.dialect = dialect
        self.answers = [good(answer) if isinstance(answer, str) else answer for answer in answers]
        self.requests: list[Asked] = []
        self.left = threading.Event()  # a client went away before it had its answer
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """What stands after @."""
        root = "/v1" if self.dialect in ("openai", "ollama") else ""
        return f"http://127.0.0.1:{self._server.server_port}{root}"

    @property
    def spec(self) -> str:
        """What stands after --director."""
        return f"{self.dialect}:tiny-model@{self.url}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.requests.append(asked)
            return self.answers[min(len(self.requests), len(self.answers)) - 1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.path, headers, json.loads(text), time.monotonic())
                try:
                    server._play(self, asked, server._answer(asked))
                except OSError:
                    server.left.set()

            def do_GET(self) -> None:
                server.requests.append(Asked(self.path, {}, None, time.monotonic()))
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def _play(self, handler: BaseHTTPRequestHandler, asked: Asked, answer: Answer) -> None:
        until = time.monotonic() + answer.delay
        while time.monotonic() < until:
            if self._closing.wait(0.01):
                return
            if _gone(handler):
                raise ConnectionError
        body = answer.body(asked, self.dialect) if callable(answer.body) else answer.body
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(answer.status)
        headers = {"content-type": "application/json", **answer.headers}
        if answer.manner in ("whole", "cut"):
            headers["content-length"] = str(len(data))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        write: Callable[[bytes], object] = handler.wfile.write
        match answer.manner:
            case "trickle":
                while not self._closing.wait(0.02):
                    write(b" ")
            case "endless":
                while not self._closing.is_set():
                    write(b" " * 65536)
            case "cut":
                write(data[: len(data) // 2])
            case _:
                write(data)


def _gone(handler: BaseHTTPRequestHandler) -> bool:

    readable, _, _ = select.select([handler.connection], [], [], 0)
    return bool(readable) and handler.connection.recv(1) == b""


def _chat(message: dict[str, Any], finish: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "tiny-model",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def _claude(content: list[dict[str, Any]], stop: str) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "tiny-model",
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
