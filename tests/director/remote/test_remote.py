"""The writer against servers that behave, and servers that do not, in each dialect."""

import asyncio
import contextlib
import gzip
import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hostile import (
    CUT,
    DIALECTS,
    EMPTY,
    ENDLESS,
    HTML,
    KEY_HEADERS,
    NEVER,
    TRICKLE,
    Answer,
    HostileServer,
    completion,
    echo,
    good,
    raw,
    redirect,
    refusal,
    status,
)

from direct2v.director.remote import RemoteWriter, address, parse_remote
from direct2v.director.remote.address import make_address
from direct2v.director.writer import Message, Reply
from direct2v.errors import DirectorError

TALK = [
    Message("system", "You are a director."),
    Message("user", "A fox wakes up."),
    Message("assistant", "Once upon a time"),
    Message("user", "There is no JSON in the answer."),
]
SCHEMA = {
    "type": "object",
    "properties": {"frames": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}},
    "required": ["frames"],
    "additionalProperties": False,
}
VARIABLES = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GEMINI_API_KEY",
    "ollama": "OLLAMA_API_KEY",
}
SECRET = "sk-s3cret-0123456789"


ONE_DIALECT = pytest.mark.parametrize("serve", ["openai"], indirect=True)  # what has nothing to do with it


class Talk:
    """A writer at a hostile server, which notes how long it would have waited."""

    def __init__(self, server: HostileServer, **options: Any) -> None:
        self.server = server
        self.waits: list[float] = []
        self.events: list[str] = []
        self.writer = RemoteWriter(
            make_address(server.dialect, options.pop("model", "tiny-model"), server.url),
            sleep=self.waits.append,
            on_event=self.events.append,
            **options,
        )

    def ask(self, seed: int = 7) -> Reply:
        with self.writer:
            return self.writer.write(TALK, schema=SCHEMA, seed=seed, max_tokens=500)

    def fail(self) -> str:
        """The error's text, which must be one clear line."""
        with pytest.raises(DirectorError) as failed:
            self.ask()
        message = str(failed.value)
        assert message.isprintable()
        assert str(self.writer.address) in message
        assert len(message) < 500
        assert "Traceback" not in message
        assert failed.value.__cause__ is failed.value.__context__ is None
        return message


@pytest.fixture(params=DIALECTS)
def serve(request: pytest.FixtureRequest) -> Iterator[Callable[..., Talk]]:
    """Starts a server with a script and gives the talk with it, in every dialect."""
    servers: list[HostileServer] = []

    def start(*answers: Answer | str, **options: Any) -> Talk:
        servers.append(HostileServer(request.param, answers).__enter__())
        return Talk(servers[-1], **options)

    yield start
    for server in servers:
        server.__exit__(None, None, None)


def test_a_good_answer_takes_one_request_that_says_everything(
    serve: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = serve("Once more.")
    for variable in VARIABLES.values():
        monkeypatch.setenv(variable, f"{SECRET}-{variable}")
    assert talk.ask() == Reply("Once more.")
    [asked] = talk.server.requests
    dialect = talk.server.dialect
    assert asked.model == "tiny-model"
    assert asked.conversation == [(turn.role, turn.text) for turn in TALK]
    assert asked.sampling.get("seed") == (None if dialect == "anthropic" else 7)
    assert "temperature" not in asked.sampling
    # the schema: as it is where the dialect takes one; Anthropic's only for models known to
    assert (asked.schema is None) == (dialect == "anthropic")
    if asked.schema is not None:
        assert asked.schema["properties"]["frames"] == SCHEMA["properties"]["frames"]
    # one key in one header, and nothing that tells of this machine
    assert asked.headers[KEY_HEADERS[dialect]].endswith(f"{SECRET}-{VARIABLES[dialect]}")
    assert json.dumps(asked.headers).count(SECRET) == 1
    unusual = set(asked.headers) - {"host", "accept", "accept-encoding", "connection", "user-agent"}
    unusual -= {"content-type", "content-length", "anthropic-version", KEY_HEADERS[dialect]}
    assert not unusual
    assert asked.headers["user-agent"].startswith("direct2v/")


def test_a_server_without_key_gets_none(serve: Callable[..., Talk]) -> None:
    talk = serve("Fine.")
    assert talk.ask() == Reply("Fine.")
    assert not {"authorization", "x-api-key", "x-goog-api-key"} & set(talk.server.requests[0].headers)


def test_ones_own_server_gets_ones_own_key(
    serve: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = serve("Fine.")
    monkeypatch.setenv("DIRECT2V_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "sk-token")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "x-tell: sk-custom")
    monkeypatch.setenv("OPENAI_ORG_ID", "sk-org")
    talk.ask()
    headers = talk.server.requests[0].headers
    assert headers[KEY_HEADERS[talk.server.dialect]].endswith(SECRET)
    assert "sk-other" not in str(headers)
    assert "sk-token" not in str(headers)
    assert "sk-custom" not in str(headers)
    assert "sk-org" not in str(headers)


def test_prose_and_unusual_text_come_as_they_are(serve: Callable[..., Talk]) -> None:
    for text in ("I would rather sing.", "{ not json", "零 \U0001f98a \x00", "x" * 200_000):
        assert serve(text).ask() == Reply(text)


def test_half_characters_become_whole_ones(serve: Callable[..., Talk]) -> None:
    def body(_: object, dialect: str) -> bytes:
        return json.dumps(completion(dialect, "a\ud83e\udd8ab\ud800c")).encode()

    text = serve(Answer(body=body)).ask().text
    assert text.encode()
    assert text.startswith("a")
    assert text.endswith("c")


def test_a_refusal_is_told_with_its_words(serve: Callable[..., Talk]) -> None:
    talk = serve(refusal("It breaks\x1b[2J the rules."))
    reply = talk.ask()
    assert reply.ended == "refused"
    assert reply.detail == r"It breaks\x1b[2J the rules."
    assert len(talk.server.requests) == 1


def test_an_answer_without_room_is_told(serve: Callable[..., Talk]) -> None:
    assert serve(good('{"frames": ["a f', ended="length")).ask() == Reply('{"frames": ["a f', "length")


def test_an_error_that_passes_is_outwaited(serve: Callable[..., Talk]) -> None:
    talk = serve(status(500), status(529), "At last.")
    assert talk.ask() == Reply("At last.")
    assert len(talk.server.requests) == 3
    bodies = [asked.body for asked in talk.server.requests]
    assert bodies[0] == bodies[1] == bodies[2]
    assert 0.5 <= talk.waits[0] <= 1 <= talk.waits[1] <= 2
    assert len(talk.waits) == 2
    assert [event.rpartition("; next attempt in ")[0] != "" for event in talk.events[-2:]] == [True, True]


def test_an_error_that_stays_ends_after_three_attempts(serve: Callable[..., Talk]) -> None:
    talk = serve(status(500, "the kitchen burns"))
    message = talk.fail()
    assert message.endswith("answered 500 (server error): the kitchen burns (3 attempts)")
    assert len(talk.server.requests) == 3
    assert len(talk.waits) == 2
    once = serve(status(500), attempts=1)
    assert once.fail().endswith("it went wrong")
    assert len(once.server.requests) == 1


def test_a_limit_is_respected(serve: Callable[..., Talk]) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    talk = serve(status(429, retry_after="7"), status(429, retry_after=date), "Now.")
    assert talk.ask() == Reply("Now.")
    assert len(talk.server.requests) == 3
    assert talk.waits[0] == 7.0
    assert 10 < talk.waits[1] <= 50
    assert "429 (too many requests)" in talk.events[-2]


def test_a_limit_of_an_hour_is_not_waited_for(serve: Callable[..., Talk]) -> None:
    talk = serve(status(429, "slow down", retry_after="3600"))
    assert talk.fail().endswith("it asks to wait 3600 s, longer than 60 s: try again later")
    assert len(talk.server.requests) == 1
    assert talk.waits == []


def test_a_used_up_quota_ends_at_once(serve: Callable[..., Talk]) -> None:
    talk = serve(status(429, "insufficient_quota: pay first", kind="insufficient_quota"))
    assert talk.fail().endswith("the account's quota is used up")
    assert len(talk.server.requests) == 1


def test_a_silent_server_ends_with_the_time(serve: Callable[..., Talk]) -> None:
    talk = serve(NEVER, timeout=0.3)
    start = time.monotonic()
    message = talk.fail()
    assert time.monotonic() - start < 20
    assert "did not answer within 0.3 s; DIRECT2V_LLM_TIMEOUT sets how long (3 attempts)" in message
    assert len(talk.server.requests) == 3
    assert talk.server.left.wait(5)  # the server is told, and can stop


@ONE_DIALECT
def test_a_slow_server_in_time_is_fine(serve: Callable[..., Talk]) -> None:
    def late(_: object, dialect: str) -> Any:
        return completion(dialect, "I had to think.")

    talk = serve(Answer(body=late, delay=0.4), timeout=20)
    assert talk.ask() == Reply("I had to think.")
    assert len(talk.server.requests) == 1


def test_a_byte_now_and_then_is_no_answer(serve: Callable[..., Talk]) -> None:
    talk = serve(TRICKLE, "Sorry.", timeout=0.5)
    assert talk.ask() == Reply("Sorry.")
    assert len(talk.server.requests) == 2
    slow = serve(TRICKLE, timeout=0.9, attempts=1)
    assert "did not finish its answer within 0.9 s" in slow.fail()
    assert len(slow.server.requests) == 1


@ONE_DIALECT
def test_a_refusal_whose_words_never_end_is_still_one(serve: Callable[..., Talk]) -> None:
    talk = serve(Answer(401, manner="trickle"), timeout=0.3)
    assert "answered 401" in talk.fail()
    assert len(talk.server.requests) == 1
    talk = serve(Answer(403, manner="endless"))
    assert "answered 403" in talk.fail()
    assert len(talk.server.requests) == 1


def test_a_cut_off_answer_is_asked_for_again(serve: Callable[..., Talk]) -> None:
    talk = serve(CUT, "Whole.")
    assert talk.ask() == Reply("Whole.")
    assert len(talk.server.requests) == 2
    always = serve(CUT)
    assert "broke the connection off" in always.fail()
    assert len(always.server.requests) == 3


def test_an_endless_answer_ends(serve: Callable[..., Talk]) -> None:
    talk = serve(ENDLESS)
    assert talk.fail().endswith("sent more than 8 MiB, which is no storyboard")
    assert len(talk.server.requests) == 1
    assert talk.server.left.wait(5)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (HTML, "answered 200, but not with JSON: a web page"),
        (EMPTY, "answered 200 with nothing"),
        (raw('{"object": "list", "data": []}'), "with something else than a chat completion"),
    ],
)
def test_what_is_no_answer_is_one_line(serve: Callable[..., Talk], answer: Answer, words: str) -> None:
    talk = serve(answer)
    assert words in talk.fail()
    assert len(talk.server.requests) == 1


@ONE_DIALECT
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (raw(b" \n "), "answered 200 with nothing"),
        (raw("Hello!", "text/plain"), "answered 200, but not with JSON: Hello!; is the address right?"),
        (raw(b"\xff\xfe\x00"), "not with JSON"),
        (raw("[" * 200_000), "not with JSON"),
        (raw("9" * 10_000), "not with JSON"),
        (raw("[1, 2]"), "something else than a chat completion: [1, 2]"),
        (raw("null"), "something else than a chat completion: null"),
        (raw('"text"'), "something else than a chat completion"),
        (raw('{"error": {"message": "no GPU", "code": 418}}'), "answered 418: no GPU"),
        (raw('{"error": "no such model"}'), "no such model"),
        (raw("", code=204), "answered 204 with nothing"),
        (raw('{"choices": []}'), "something else than a chat completion"),
        (raw('{"choices": [null]}'), "something else than a chat completion"),
    ],
)
def test_and_so_is_whatever_else_is_sent(serve: Callable[..., Talk], answer: Answer, words: str) -> None:
    talk = serve(answer)
    assert words in talk.fail()
    assert len(talk.server.requests) == 1


def test_a_small_server_may_leave_the_wrapping_out() -> None:
    parts = [{"type": "text", "text": "As "}, {"type": "text", "text": "parts."}]
    bodies = {
        '{"choices": [{"message": {"content": "Bare."}}]}': "Bare.",
        '{"choices": [{"message": {"content": "Odd."}, "finish_reason": "eos"}], "usage": "no"}': "Odd.",
        '{"choices": [{"message": {"content": null, "tool_calls": [{}]}, "index": "a"}]}': "",
        json.dumps({"choices": [{"message": {"content": parts}}]}): "As parts.",
    }
    with HostileServer("openai", [raw(body) for body in bodies]) as server:
        talk = Talk(server)
        assert [talk.ask().text for _ in bodies] == list(bodies.values())
    with HostileServer("anthropic", [raw('{"content": [{"type": "text", "text": "Bare."}]}')]) as server:
        assert Talk(server).ask() == Reply("Bare.")
    with HostileServer(
        "google", [raw('{"candidates": [{"content": {"parts": [{"text": "B"}]}}]}')]
    ) as server:
        assert Talk(server).ask() == Reply("B")


@ONE_DIALECT
def test_an_error_inside_a_good_status_is_treated_as_that_error(serve: Callable[..., Talk]) -> None:
    talk = serve(raw('{"error": {"message": "upstream is busy", "code": 503}}'), "Now.")
    assert talk.ask() == Reply("Now.")
    assert len(talk.server.requests) == 2


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else [])
    )
    for name, entry in entries:
        yield from _places(entry, (*path, name))


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1 and new is ...:
        del copy[path[0]]
    else:
        copy[path[0]] = _with(copy[path[0]], path[1:], new)
    return copy


def test_the_wrong_shape_anywhere_is_an_error_or_no_text(serve: Callable[..., Talk]) -> None:
    whole = completion(serve("").server.dialect, "A text.")
    wrong = itertools.cycle([None, {"a": [1]}, ..., "x", []])
    bodies = [_with(whole, path, next(wrong)) for path in _places(whole) if path]
    talk = serve(*[raw(json.dumps(body)) for body in bodies])
    with talk.writer:
        for number, _ in enumerate(bodies, 1):
            with contextlib.suppress(DirectorError):
                assert isinstance(talk.writer.write(TALK, schema=SCHEMA, seed=0, max_tokens=9).text, str)
            assert len(talk.server.requests) == number


@pytest.mark.parametrize("code", [400, 404])
def test_what_will_not_pass_is_asked_once(serve: Callable[..., Talk], code: int) -> None:
    talk = serve(status(code, "no", retry_after="1"))
    assert f"answered {code}" in talk.fail()
    assert len(talk.server.requests) == 1


@pytest.mark.parametrize("answer", [echo(401), echo(403)])
def test_a_key_never_comes_back(
    serve: Callable[..., Talk],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    answer: Answer,
) -> None:
    talk = serve(answer)
    variable = VARIABLES[talk.server.dialect]
    monkeypatch.setenv(variable, SECRET)
    with caplog.at_level(logging.DEBUG):
        message = talk.fail()
    shown = [message, repr(talk.writer), str(talk.writer.identity), caplog.text, *capfd.readouterr()]
    assert SECRET not in "".join([*shown, *talk.events])
    assert SECRET in str(talk.server.requests[0].headers)
    assert message.endswith(f"check {variable}")


@ONE_DIALECT
@pytest.mark.parametrize("answer", [echo(400), echo(500), raw(SECRET), redirect(f"/{SECRET}")])
def test_nor_from_anywhere_else(
    serve: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    assert "***" in serve(answer).fail()


def test_a_key_in_an_answer_is_told(serve: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIRECT2V_API_KEY", SECRET)
    message = serve(f"Your key is {SECRET}.").fail()
    assert message.endswith(": the answer contained the key of DIRECT2V_API_KEY")
    assert serve(refusal(f"not with {SECRET}")).ask().detail == "not with ***"


@ONE_DIALECT
def test_a_word_of_the_story_is_no_key(serve: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert serve("a secret garden").ask() == Reply("a secret garden")


@pytest.mark.parametrize("code", [302, 307])
def test_no_redirect_is_followed(
    serve: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setenv("DIRECT2V_API_KEY", SECRET)
    thief = serve("Thank you for the key.")
    talk = serve(redirect(f"{thief.server.url}/x", code))
    assert f"answered {code}, a redirect to {thief.server.url}/x, which is not followed" in talk.fail()
    assert len(talk.server.requests) == 1
    assert thief.server.requests == []


def test_nothing_is_logged_or_warned_of(
    serve: Callable[..., Talk],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "sk-one-of-two")
    monkeypatch.setenv("GEMINI_API_KEY", "sk-two-of-two")  # google-genai warns of both
    monkeypatch.setenv("OPENAI_API_KEY", "sk-one")
    logger = logging.getLogger("openai")
    before = logger.level
    with caplog.at_level(logging.DEBUG):
        serve(status(500), "Fine.").ask()
    assert "fox" not in caplog.text
    assert not [record for record in caplog.records if record.name != "asyncio"]
    assert capfd.readouterr() == ("", "")
    assert logger.level == before


def test_nobody_listens(serve: Callable[..., Talk]) -> None:
    talk = serve("")
    talk.server.__exit__(None, None, None)
    message = talk.fail()
    assert "cannot be reached: connection refused; is the server running?" in message
    assert message.endswith("(3 attempts)")
    assert len(talk.waits) == 2


@ONE_DIALECT
def test_a_server_that_speaks_no_http(serve: Callable[..., Talk]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.recv(100)
                connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
                connection.close()

        threading.Thread(target=babble, daemon=True).start()
        talk = serve("")
        port = listener.getsockname()[1]
        for scheme, words in (("http", "broke the connection off"), ("https", "no secure connection")):
            there = make_address(talk.server.dialect, "a", f"{scheme}://127.0.0.1:{port}/v1")
            talk.writer = RemoteWriter(there, sleep=talk.waits.append)
            assert words in talk.fail()


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "nonsense://me:pa55word@x"])
def test_proxies_are_not_asked_for_this_machine(
    serve: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.delenv("no_proxy")
    monkeypatch.setenv("all_proxy", proxy)
    assert serve("Directly.").ask() == Reply("Directly.")


def test_a_proxy_that_cannot_be_used_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for proxy in (
        "socks5://me:pa55word@127.0.0.1:9",
        "nonsense://me:pa55word@127.0.0.1:9",
        "http://127.0.0.1:9",
    ):
        monkeypatch.setenv("https_proxy", proxy)
        there = make_address("openai", "a", "https://models.example/v1")
        writer = RemoteWriter(there, sleep=lambda _: None)
        with writer, pytest.raises(DirectorError) as failed:
            writer.write(TALK, schema=SCHEMA, seed=0, max_tokens=9)
        assert str(failed.value).isprintable()
        assert "models.example" in str(failed.value)
        assert "pa55word" not in str(failed.value)
        if not proxy.startswith("http"):
            assert str(failed.value).endswith("; check SSL_CERT_FILE and the proxies in the environment")


@ONE_DIALECT
def test_a_packed_answer_is_unpacked(serve: Callable[..., Talk]) -> None:
    def packed(_: object, dialect: str) -> bytes:
        return gzip.compress(json.dumps(completion(dialect, "Unasked.")).encode())

    headers = {"content-encoding": "gzip"}
    assert serve(Answer(body=packed, headers=headers)).ask() == Reply("Unasked.")
    bomb = Answer(body=gzip.compress(b" " * 30_000_000), headers=headers)
    assert "more than 8 MiB" in serve(bomb).fail()
    assert "cannot be unpacked" in serve(Answer(body=b"not packed", headers=headers)).fail()


@ONE_DIALECT
def test_it_works_where_an_event_loop_runs(serve: Callable[..., Talk]) -> None:
    talk = serve("From a notebook.")

    async def cell() -> Reply:
        return talk.ask()

    assert asyncio.run(cell()) == Reply("From a notebook.")


def test_ctrl_c_ends_the_request_at_once(serve: Callable[..., Talk]) -> None:
    talk = serve(NEVER)
    main = threading.main_thread().ident
    assert main is not None
    sent: list[float] = []

    def interrupt() -> None:
        while not talk.server.requests:
            time.sleep(0.01)
        sent.append(time.monotonic())
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        talk.ask()
    assert time.monotonic() - sent[0] < 10
    assert len(talk.server.requests) == 1
    assert talk.server.left.wait(30)


def test_a_server_that_takes_no_schema_is_asked_without(serve: Callable[..., Talk]) -> None:
    talk = serve(status(400, "response_format is not supported here"), "As I like.")
    assert talk.ask() == Reply("As I like.")
    assert [asked.schema is None for asked in talk.server.requests][1:] == [True]
    assert talk.waits == []
    assert talk.ask() == Reply("As I like.")  # and it is remembered
    assert len(talk.server.requests) == 3
    assert talk.server.requests[2].schema is None


def test_it_is_left_out_only_once(serve: Callable[..., Talk]) -> None:
    talk = serve(status(400, "Unknown: json_schema, seed"), status(400, "json_schema again"))
    assert "json_schema again" in talk.fail()
    assert len(talk.server.requests) == 2
    assert "seed" not in talk.server.requests[1].sampling


def test_what_is_left_out_is_told_once(serve: Callable[..., Talk]) -> None:
    talk = serve(status(400, "Unknown: seed, temperature"), "Fine.", temperature=0.5)
    for _ in range(2):
        assert talk.ask() == Reply("Fine.")
    name = talk.writer.name
    assert sorted(talk.events) == [
        f"{name} takes no seed; the same question may get another answer",
        f"{name} takes no temperature; it samples as it likes",
    ]


def test_a_model_that_takes_everything_needs_no_words(serve: Callable[..., Talk]) -> None:
    talk = serve("Fine.")
    talk.ask()
    talk.ask()
    assert len(talk.events) == (talk.server.dialect == "anthropic")  # which takes no seed


def test_a_large_seed_fits(serve: Callable[..., Talk]) -> None:
    talk = serve("Fine.")
    talk.ask(seed=2**63 + 5)
    assert talk.server.requests[0].sampling.get("seed", 5) == 5


@pytest.mark.parametrize(
    ("dialect", "model", "room", "temperature"),
    [
        ("openai", "gpt-4o", 500, 0.5),
        ("openai", "o3", 16_500, None),
        ("anthropic", "claude-sonnet-4-5", 500, 0.5),
        ("anthropic", "claude-opus-5", 16_500, None),
        ("google", "gemini-2.5-flash", 16_500, 0.5),
    ],
)
def test_the_vendors_models_get_what_they_take(
    dialect: str, model: str, room: int, temperature: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLES[dialect], SECRET)
    with HostileServer(dialect, ["Fine."]) as server:
        monkeypatch.setitem(address.DIALECTS, dialect, (server.url, "NONE"))  # as if it were the vendor's
        talk = Talk(server, model=model, temperature=0.5)
        assert talk.ask() == Reply("Fine.")
    [asked] = server.requests
    limits = [asked.sampling.get(name) for name in ("max_completion_tokens", "max_tokens", "maxOutputTokens")]
    assert [limit for limit in limits if limit] == [room]
    assert asked.sampling.get("temperature") == temperature
    assert asked.schema["required"] == ["frames"]
    assert asked.headers[KEY_HEADERS[dialect]].endswith(SECRET)


def test_a_missing_package_names_the_extra() -> None:
    code = """
import sys
from direct2v.director.remote import parse_remote
from direct2v.errors import MissingExtraError
writer = parse_remote("anthropic:claude@http://127.0.0.1:1")
assert "pydantic_ai" not in sys.modules and "httpx2" not in sys.modules
for name in ("anthropic", "pydantic_ai"):
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] in (name, "pydantic_ai")]:
        del sys.modules[loaded]
    sys.modules[name] = None
    try:
        writer.__enter__()
    except MissingExtraError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=os.environ, check=True
    )
    assert done.stdout.splitlines() == [
        "anthropic:claude needs the extra llm: pip install 'direct2v[llm]' (anthropic is missing)",
        "anthropic:claude needs the extra llm: pip install 'direct2v[llm]' (pydantic_ai is missing)",
    ]


def test_the_spec_of_a_server_is_the_whole_story() -> None:
    with HostileServer("ollama", ["Fine."]) as server:
        writer = parse_remote(server.spec)
        assert writer is not None
        with writer:
            assert writer.write(TALK, schema=SCHEMA, seed=0, max_tokens=9) == Reply("Fine.")
