import pytest

from direct2v.director.remote.address import make_address
from direct2v.director.remote.keys import advice, find_key, repeated_key, strike_out
from direct2v.errors import DirectorError


@pytest.mark.parametrize(
    ("dialect", "wanted"),
    [
        ("openai", "OPENAI_API_KEY"),
        ("anthropic", "ANTHROPIC_API_KEY"),
        ("google", "GOOGLE_API_KEY or GEMINI_API_KEY"),
    ],
)
def test_the_vendors_services_need_their_key(
    dialect: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = make_address(dialect, "a")
    monkeypatch.setenv("DIRECT2V_API_KEY", "for-my-own-server")
    with pytest.raises(
        DirectorError, match=f"^{dialect}:a needs a key: set the environment variable {wanted}$"
    ):
        find_key(address)
    variable = wanted.split()[-1]
    monkeypatch.setenv(variable, "  ")
    with pytest.raises(DirectorError, match=f"{variable} is blank; set {wanted}$"):
        find_key(address)
    monkeypatch.setenv(variable, "s3cret")
    key = find_key(address)
    assert key is not None
    assert (key.variable, key.value) == (variable, "s3cret")
    assert "s3cret" not in repr(key)


@pytest.mark.parametrize(
    "value", ["s3cret\n", "s3cret\r\nX-Evil: 1", " s3cret", "s3 cret", "s3crét", "s3cret\x7f"]
)
def test_what_cannot_be_a_key_is_refused_unseen(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", value)
    with pytest.raises(DirectorError, match=r"^OPENAI_API_KEY holds a space, a line break or") as refused:
        find_key(make_address("openai", "a"))
    assert "s3" not in str(refused.value)


LOCAL, LAN, SECURE = "http://127.0.0.1:1/v1", "http://192.0.2.7:1/v1", "https://models.example/v1"


@pytest.mark.parametrize(
    ("url", "variables", "sent"),
    [
        (LOCAL, [], None),
        (LOCAL, ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
        (LOCAL, ["ANTHROPIC_API_KEY"], None),
        (LOCAL, ["OPENAI_API_KEY", "DIRECT2V_API_KEY"], "DIRECT2V_API_KEY"),
        (SECURE, ["OPENAI_API_KEY"], None),
        (SECURE, ["OPENAI_API_KEY", "DIRECT2V_API_KEY"], "DIRECT2V_API_KEY"),
        ("https://localhost:1/v1", ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
        ("https://api.openai.com.example/v1", ["OPENAI_API_KEY"], None),
        ("https://api.openai.com/v1", ["OPENAI_API_KEY", "DIRECT2V_API_KEY"], "OPENAI_API_KEY"),
        (LAN, ["OPENAI_API_KEY"], None),
        (LAN, ["OPENAI_API_KEY", "DIRECT2V_API_KEY"], "DIRECT2V_API_KEY"),
        ("http://localhost:1/v1", ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
        ("http://[::1]:1/v1", ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
        ("http://localhost.example/v1", ["OPENAI_API_KEY"], None),
        ("http://127.0.0.1.example/v1", ["OPENAI_API_KEY"], None),
    ],
)
def test_a_vendors_key_goes_to_the_vendor_and_this_machine_alone(
    url: str, variables: list[str], sent: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in variables:
        monkeypatch.setenv(variable, "s3cret")
    key = find_key(make_address("openai", "a", url))
    assert (None if key is None else key.variable) == sent


@pytest.mark.parametrize(
    ("url", "variables", "sent"),
    [
        (LOCAL, ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
        (SECURE, ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
        (SECURE, ["OPENAI_API_KEY", "DIRECT2V_API_KEY"], "DIRECT2V_API_KEY"),
        (LAN, ["OPENAI_API_KEY"], None),
        (LAN, ["OPENAI_API_KEY", "DIRECT2V_API_KEY"], "DIRECT2V_API_KEY"),
    ],
)
def test_and_over_https_to_where_the_vendors_variable_points(
    url: str, variables: list[str], sent: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    for variable in variables:
        monkeypatch.setenv(variable, "s3cret")
    key = find_key(make_address("openai", "a"))
    assert (None if key is None else key.variable) == sent


def test_advice_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    lan, secure = make_address("openai", "a", LAN), make_address("openai", "a", SECURE)
    assert advice(lan, find_key(lan)) == "set DIRECT2V_API_KEY"
    assert advice(secure, find_key(secure)) == "set DIRECT2V_API_KEY"
    monkeypatch.setenv("OPENAI_API_KEY", "s3cret")
    assert advice(lan, find_key(lan)) == (
        "set DIRECT2V_API_KEY; OPENAI_API_KEY is not sent over plain http to another machine"
    )
    assert advice(secure, find_key(secure)) == (
        "set DIRECT2V_API_KEY; OPENAI_API_KEY is not sent to an @URL on another machine"
    )
    local = make_address("openai", "a", LOCAL)
    assert advice(local, find_key(local)) == "check OPENAI_API_KEY"


def test_every_key_is_struck_out_of_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "abcdefgh")
    monkeypatch.setenv("GEMINI_API_KEY", "abcdefghij/1")
    assert strike_out("abcdefghij/1 abcdefghij%2F1 abcdefgh") == "*** *** ***"
    assert strike_out("nothing to see") == "nothing to see"
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert strike_out("max_tokens") == "max_tokens"


def test_a_word_in_an_answer_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret garden")
    assert repeated_key("a secret garden in the rain") is None
    monkeypatch.setenv("GEMINI_API_KEY", "sk-0123456789abc")
    assert repeated_key('"a note: sk-0123456789abc"') == "GEMINI_API_KEY"
