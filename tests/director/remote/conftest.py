import pytest

KEYS = [
    "DIRECT2V_API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "OLLAMA_API_KEY",
]
BASES = ["OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "OLLAMA_BASE_URL"]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no address of whoever runs the tests."""
    for variable in [*KEYS, *BASES, "DIRECT2V_LLM_TIMEOUT"]:
        monkeypatch.delenv(variable, raising=False)
