"""What pydantic-ai does for us: each vendor's form of a request, and the answer out of theirs."""

import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic_ai.direct import model_request
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.settings import ModelSettings

from direct2v.director.remote.client import GuardedClient
from direct2v.director.writer import Message, Reply

__all__ = ["ask"]

_NO_KEY: Final = "the-client-adds-the-key"  # the packages insist on one; none of them ever sees the true one
_THINKING_TOKENS: Final = 16_000  # that a model may think before it writes; its thoughts count as its answer
# How OpenAI-compatible servers are taken: they get the schema as it is, whose counts and lengths OpenAI's own
# service would refuse, and the older name for the most tokens, which all of them know.
_COMPATIBLE: Final = OpenAIModelProfile(
    supports_json_schema_output=True,
    json_schema_transformer=None,
    native_output_requires_schema_in_instructions=False,
    openai_supports_strict_tool_definition=False,
    openai_chat_supports_max_completion_tokens=False,
    openai_chat_supports_multiple_system_messages=False,
)


async def ask(
    client: GuardedClient,
    messages: Sequence[Message],
    *,
    schema: Mapping[str, Any] | None,
    seed: int | None,
    temperature: float | None,
    max_tokens: int,
) -> Reply:
    """One answer to a conversation; one request is sent.

    Args:
        client: carries the request, and knows the model.
        messages: the conversation.
        schema: of the answer; None to leave it to the words of the prompt.
        seed: None to send none.
        temperature: None to send none.
        max_tokens: room for the answer, without the thoughts of models that think.

    Raises:
        Exception: of any kind; `client.failure` tells what happened on the way.
    """
    model = _model(client)
    profile = model.profile
    thinks = profile.get("thinking_always_enabled") or profile.get("thinking_enabled_by_default")
    if client.address.dialect == "google":  # whose profiles do not tell; those that can think, do
        thinks = profile.get("supports_thinking")
    settings = ModelSettings(max_tokens=max_tokens + (_THINKING_TOKENS if thinks else 0))
    if seed is not None:
        settings["seed"] = seed % 2**31  # what all of them take
    if temperature is not None:
        settings["temperature"] = temperature
    parameters = ModelRequestParameters()
    if schema is not None and profile.get("supports_json_schema_output"):
        strict = None if _is_compatible(client) else True
        form = OutputObjectDefinition(name="storyboard", json_schema=dict(schema), strict=strict)
        parameters = ModelRequestParameters(output_mode="native", output_object=form, allow_text_output=False)
    response = await model_request(
        model,
        _history(messages),
        model_settings=settings,
        model_request_parameters=parameters,
        instrument=False,
    )
    return _reply(response)


def _is_compatible(client: GuardedClient) -> bool:
    return client.address.dialect in ("openai", "ollama") and not client.address.official


def _model(client: GuardedClient) -> Model[Any]:
    """The model, on a vendor's package that neither retries nor knows the key."""
    address = client.address
    # a package's own timeout, given, also keeps it from refusing long answers; the client has the true one
    options: Any = {
        "api_key": _NO_KEY,
        "base_url": address.base_url,
        "http_client": client,
        "max_retries": 0,
        "timeout": client.seconds,
    }
    profile = _COMPATIBLE if _is_compatible(client) else None
    match address.dialect:
        case "openai":
            from openai import AsyncOpenAI
            from pydantic_ai.models.openai import OpenAIChatModel
            from pydantic_ai.providers.openai import OpenAIProvider
            from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

            openai = AsyncOpenAI(**options)
            if address.official:
                return OpenAIChatModel(address.model, provider=OpenAIProvider(openai_client=openai))
            compatible = OpenAICompatibleProvider("compatible", openai_client=openai)
            return OpenAIChatModel(address.model, provider=compatible, profile=profile)
        case "ollama":
            from openai import AsyncOpenAI
            from pydantic_ai.models.ollama import OllamaModel
            from pydantic_ai.providers.ollama import OllamaProvider

            ollama = OllamaProvider(openai_client=AsyncOpenAI(**options))
            return OllamaModel(address.model, provider=ollama, profile=profile)
        case "anthropic":
            from anthropic import AsyncAnthropic
            from pydantic_ai.models.anthropic import AnthropicModel
            from pydantic_ai.providers.anthropic import AnthropicProvider

            anthropic = AnthropicProvider(anthropic_client=AsyncAnthropic(**options))
            return AnthropicModel(address.model, provider=anthropic)
        case _:
            from google.genai.client import Client
            from google.genai.types import HttpOptions
            from pydantic_ai.models.google import GoogleModel
            from pydantic_ai.providers.google import GoogleProvider

            # it makes more clients, which nobody uses; these need not each load all certificates
            idle = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            http = HttpOptions(
                base_url=address.base_url,
                httpx_async_client=client,
                client_args={"verify": idle, "trust_env": False},
                async_client_args={"verify": idle, "ssl": idle, "trust_env": False},
            )
            google = GoogleProvider(client=Client(vertexai=False, api_key=_NO_KEY, http_options=http))
            return GoogleModel(address.model, provider=google)


def _history(messages: Sequence[Message]) -> list[ModelMessage]:
    history: list[ModelMessage] = []
    for message in messages:
        text = _sound(message.text)
        match message.role:
            case "assistant":
                # some services refuse an empty turn, others two turns of the user in a row
                history.append(ModelResponse(parts=[TextPart(text if text.strip() else "(nothing)")]))
            case "system":
                history.append(ModelRequest(parts=[SystemPromptPart(text)]))
            case _:
                history.append(ModelRequest(parts=[UserPromptPart(text)]))
    return history


def _reply(response: ModelResponse) -> Reply:
    text = _sound("".join(part.content for part in response.parts if isinstance(part, TextPart)))
    details = response.provider_details or {}
    if response.finish_reason == "length":
        return Reply(text, "length")
    if response.finish_reason == "content_filter":
        told = [details.get("refusal"), details.get("block_reason_message"), text.strip()]
        codes = [details.get("block_reason"), details.get("finish_reason")]
        codes = [
            code for code in codes if code not in ("refusal", "content_filter")
        ]  # say no more than we do
        detail = next((str(words) for words in (*told, *codes) if words), "")
        return Reply(text, "refused", _sound(detail))
    return Reply(text)


def _sound(text: str) -> str:
    """`text` without lone surrogates, which JSON can spell but nothing can be written with."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
