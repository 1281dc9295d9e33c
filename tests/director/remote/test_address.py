import pytest

from direct2v.director.remote import RemoteWriter, parse_remote
from direct2v.director.remote.address import make_address
from direct2v.errors import InputError

OPENAI = "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("spec", "dialect", "model", "base_url"),
    [
        ("openai:gpt-4o", "openai", "gpt-4o", OPENAI),
        ("OpenAI:gpt-4o", "openai", "gpt-4o", OPENAI),
        ("anthropic:claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5", "https://api.anthropic.com"),
        ("anthropic:claude-x@20240229", "anthropic", "claude-x@20240229", "https://api.anthropic.com"),
        (
            "google:gemini-2.5-flash",
            "google",
            "gemini-2.5-flash",
            "https://generativelanguage.googleapis.com",
        ),
        ("ollama:llama3.2:1b", "ollama", "llama3.2:1b", "http://localhost:11434/v1"),
        ("ollama:hf.co/a/b:Q4_K_M@http://box:1", "ollama", "hf.co/a/b:Q4_K_M", "http://box:1/v1"),
        (
            "openai:Qwen/Qwen2.5@http://localhost:8000/v1",
            "openai",
            "Qwen/Qwen2.5",
            "http://localhost:8000/v1",
        ),
        ("openai:a:b@https://h.example/x/v1/", "openai", "a:b", "https://h.example/x/v1"),
        ("openai:a@HTTP://[::1]:80", "openai", "a", "http://[::1]:80/v1"),
        ("openai:a@http://h/", "openai", "a", "http://h/"),
        ("anthropic:a@http://h:1", "anthropic", "a", "http://h:1"),
        ("google:models@http://h:1/g", "google", "models", "http://h:1/g"),
    ],
)
def test_a_spec_names_dialect_model_and_server(spec: str, dialect: str, model: str, base_url: str) -> None:
    writer = parse_remote(spec)
    assert writer is not None
    assert writer.name == f"{dialect}:{model}"
    assert writer.identity == {
        "request": 1,
        "dialect": dialect,
        "model": model,
        "base_url": base_url,
        "temperature": None,
    }


@pytest.mark.parametrize("spec", ["storybook", "story.yaml", r"C:\story.yaml", "my:story.json", "hf:a/b", ""])
def test_other_directors_are_not_remote(spec: str) -> None:
    assert parse_remote(spec) is None


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("openai:", "openai: needs the name of a model, as in openai:gpt-4o"),
        ("openai:  ", "needs the name of a model"),
        ("ollama:@http://localhost:1/v1", "needs the name of a model, as in ollama:llama3.2"),
        ("gpt5:x", 'unknown kind of director "gpt5"; remote ones are openai:NAME, anthropic:NAME'),
        ("gemini:pro", "did you mean google:NAME?"),
        ("openai:a b", '"a b" is no model name'),
        ("openai:a\x1b[2J", r'"a\x1b[2J" is no model name'),
        ("openai:" + "a" * 201, "is no model name"),
        ("google:../../files", "is no model name of Google's"),
        ("google:a?key=b", "is no model name of Google's"),
        ("openai:a@", "must begin with http:// or https://"),
        ("openai:a@localhost:8000", "must begin with http:// or https://, as in openai:gpt-4o@http://loc"),
        ("openai:a@ftp://host/x", "must begin with http:// or https://"),
        ("openai:a@file:///etc/passwd", "must begin with http:// or https://"),
        ("openai:a@http://", "is no valid address"),
        ("openai:a@http:///v1", "is no valid address"),
        ("openai:a@http://host:port/v1", "is no valid address"),
        ("openai:a@http://host:99999/v1", "is no valid address"),
        ("openai:a@http://host:0/v1", "is no valid address"),
        ("openai:a@http://[::1/v1", "is no valid address"),
        ("openai:a@http://ho st/v1", "is no valid address"),
        ("openai:a@http://host\n/v1", "is no valid address"),
        ("openai:a@http://hóst/v1", "is no valid address"),
        ("openai:a@http://user:pa55word@host/v1", "must not hold a user name or password"),
        ("openai:a@http://pa55word@host/v1", "must not hold a user name or password"),
        ("openai:a@http://host/v1?key=pa55word", "must not hold a query"),
        ("openai:a@http://host/v1?", "must not hold a query"),
        ("openai:a@http://host/v1#pa55word", "must not hold a query"),
        ("openai:user:pa55word@host:8000", "must begin with http:// or https://"),
        ("openai:sk-pa55word-0123456789abcdef", "looks like a key"),
    ],
)
def test_a_bad_spec_is_refused_in_one_line_without_secrets(spec: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_remote(spec)
    message = str(refused.value)
    assert words in message
    assert message.isprintable()
    assert "pa55word" not in message


def test_the_vendors_own_variables_say_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1/")
    monkeypatch.setenv("OLLAMA_BASE_URL", "http://localhost:2")
    assert make_address("openai", "a").base_url == "http://localhost:8000/v1"
    assert make_address("ollama", "a").base_url == "http://localhost:2/v1"
    assert make_address("openai", "a", "http://localhost:3/v1").base_url == "http://localhost:3/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:pa55word@host")
    with pytest.raises(InputError, match=r"^OPENAI_BASE_URL must not hold a user name or password"):
        make_address("openai", "a")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"temperature": 3.0}, "temperature is 3; accepted: 0 to 2"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"timeout": 0.0}, "timeout is no number of seconds above 0"),
        ({"timeout": float("inf")}, "timeout is no number of seconds above 0"),
        ({"attempts": 0}, "attempts is 0; accepted: 1 or more"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        RemoteWriter(make_address("openai", "a"), **arguments)
    with pytest.raises(InputError, match='unknown dialect "bard"; accepted: openai'):
        make_address("bard", "a")


def test_the_environment_sets_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    address = make_address("openai", "a")
    assert RemoteWriter(address).timeout == 120
    monkeypatch.setenv("DIRECT2V_LLM_TIMEOUT", " 2.5 ")
    assert RemoteWriter(address).timeout == 2.5
    assert RemoteWriter(address, timeout=7).timeout == 7
    for bad in ("soon", "-1", "nan", "1e9"):
        monkeypatch.setenv("DIRECT2V_LLM_TIMEOUT", bad)
        with pytest.raises(InputError, match="DIRECT2V_LLM_TIMEOUT is no number of seconds above 0"):
            RemoteWriter(address)
