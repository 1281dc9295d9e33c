from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from direct2v.director.remote.address import make_address
from direct2v.director.remote.failures import from_status, said

LOCAL = make_address("openai", "tiny", "http://127.0.0.1:1/v1")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error": {"message": "no such thing"}}', "no such thing"),
        ('{"error": "no such thing."}', "no such thing"),
        ('{"detail": [{"loc": ["body"], "msg": "field required"}]}', "field required"),
        ('[{"error": {"code": 400, "message": "from Google"}}]', "from Google"),
        ('{"object": "error", "message": "from vLLM", "code": 400}', "from vLLM"),
        ("Internal Server Error", "Internal Server Error"),
        ("\x1b[2Jtwo\nlines", r"\x1b[2Jtwo lines"),
        ("<html><h1>502</h1></html>", "a web page, no answer of a language model"),
        ('{"error": {"message": 5}}', '{"error": {"message": 5}}'),
        ("[" * 100_000, "[" * 199 + "…"),
        ("x" * 1000, "x" * 199 + "…"),
        ("", ""),
    ],
)
def test_what_a_server_says_is_short_and_printable(body: str, words: str) -> None:
    assert said(body, {}) == words


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({}, "", None),
        ({"retry-after": "7"}, "", 7.0),
        ({"retry-after": "0.5"}, "", 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, "", 1.5),
        ({"retry-after-ms": "nan", "retry-after": "9"}, "", 9.0),
        ({"retry-after": "-3"}, "", None),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "99, 99 Foo 99999999999999 99:99:99 GMT"}, "", None),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, "", 0.0),
        ({"retry-after": "9" * 30}, "", 1e30),
        ({}, '{"error": {"details": [{"retryDelay": "17s"}]}}', 17.0),
    ],
)
def test_how_long_a_server_asks_to_wait(headers: dict[str, str], body: str, wait: float | None) -> None:
    failure = from_status(LOCAL, None, 429, headers, body.encode())
    assert failure.retryable
    assert failure.wait == (wait if wait is None else pytest.approx(wait))


def test_a_date_says_how_long_to_wait() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    failure = from_status(LOCAL, None, 503, {"retry-after": date}, b"")
    assert failure.wait == pytest.approx(30, abs=2)


def test_a_mere_word_as_key_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    failure = from_status(LOCAL, None, 400, {}, b'{"error": {"message": "max_tokens, seed: unexpected"}}')
    assert failure.message.endswith("max_tokens, seed: unexpected")
    monkeypatch.setenv("OPENAI_API_KEY", "response_format")
    failure = from_status(LOCAL, None, 400, {}, b'{"error": {"message": "response_format is unknown"}}')
    assert failure.message.endswith("*** is unknown")
    assert "response_format" in failure.refused_request


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_elsewhere_that_wants_a_key_names_the_variable(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    address = make_address("openai", "tiny", "https://models.example/v1")
    message = from_status(address, None, status, {}, b"").message
    assert message.endswith("set DIRECT2V_API_KEY; OPENAI_API_KEY is not sent to an @URL on another machine")


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_worth_another_attempt(status: int) -> None:
    assert from_status(LOCAL, None, status, {}, b"").retryable
    assert not from_status(LOCAL, None, status, {"x-should-retry": "false"}, b"").retryable


@pytest.mark.parametrize("status", [300, 301, 307, 400, 401, 402, 403, 404, 405, 413, 418, 422])
def test_what_stays_wrong_is_not_asked_again(status: int) -> None:
    assert not from_status(LOCAL, None, status, {"x-should-retry": "true", "retry-after": "1"}, b"").retryable


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (402, ""),
        (429, '{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}'),
        (429, '{"error": {"details": [{"violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]}]}}'),
        (400, '{"error": {"message": "Your credit balance is too low to access the API"}}'),
    ],
)
def test_a_used_up_quota_is_said_as_such(status: int, body: str) -> None:
    failure = from_status(LOCAL, None, status, {"retry-after": "1"}, body.encode())
    assert not failure.retryable
    assert failure.message.endswith("the account's quota is used up")


@pytest.mark.parametrize(
    ("dialect", "status", "body", "line"),
    [
        ("openai", 401, "you sent Bearer x", "answered 401 (it wants a key); set DIRECT2V_API_KEY"),
        ("openai", 403, "no", "answered 403 (not allowed): no; set DIRECT2V_API_KEY"),
        (
            "openai",
            404,
            '{"error": {"message": "The model `tiny` does not exist."}}',
            "answered 404 (not found): The model `tiny` does not exist; is tiny the right name of the model?",
        ),
        (
            "ollama",
            404,
            '{"error": {"message": "model \'tiny\' not found"}}',
            "is tiny the right name of the model?, or get it with: ollama pull tiny",
        ),
        (
            "openai",
            404,
            "404 page not found",
            "check the address; most servers want it to end in /v1, and the name of the model",
        ),
        ("anthropic", 404, "Not Found", "Not Found; check the address, and the name of the model"),
        ("openai", 500, "boom", "answered 500 (server error): boom"),
        ("openai", 418, "", "at http://127.0.0.1:1/v1 answered 418"),
    ],
)
def test_the_message_says_what_to_do(dialect: str, status: int, body: str, line: str) -> None:
    address = make_address(dialect, "tiny", "http://127.0.0.1:1/v1")
    message = from_status(address, None, status, {}, body.encode()).message
    assert message.startswith(f"{dialect}:tiny at http://127.0.0.1:1/v1 answered {status}")
    assert message.endswith(line)
