"""A conversation as the tokens that a local model was trained to read it as."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from direct2v.director.writer import Message
from direct2v.errors import DirectorError
from direct2v.models import first_line

__all__ = ["prompt_tokens"]

# For models without a chat template, which were trained on documents
_HEADINGS = {"system": "Instructions", "user": "Request", "assistant": "Answer"}

# Some templates tell the date, which would make tomorrow's answer another one
_DATE = "1 January 2026"
_NO_CLOCK = f"{{% macro strftime_now(format) %}}{_DATE}{{% endmacro %}}"

_OPENED_THOUGHTS = "<think>"
_CLOSED_THOUGHTS = "\n\n</think>\n\n"


def prompt_tokens(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """What the model is given, up to where its answer begins.

    A template that knows no system role gets the system text before the first user text. Where thoughts can
    be switched off they are, and where the template opens them they are closed: the answer is JSON from its
    first token on. Models without a template get the texts under headings.

    Raises:
        DirectorError: if the model's own template refuses the conversation.
    """
    messages = [replace(message, text=_defused(message.text, tokenizer)) for message in messages]
    if not tokenizer.chat_template:
        return list(tokenizer(_plain(messages), verbose=False).input_ids)
    text = _templated(tokenizer, messages)
    if text.rstrip().endswith(_OPENED_THOUGHTS):
        text = text.rstrip() + _CLOSED_THOUGHTS
    return list(tokenizer(text, add_special_tokens=False, verbose=False).input_ids)


def _defused(text: str, tokenizer: Any) -> str:
    """The text with its look-alikes of control tokens taken apart: no sentence may end its own turn."""
    for token in tokenizer.added_tokens_decoder.values():
        content = token.content
        control = token.special or (content.startswith("<") and content.endswith(">"))
        if control and len(content.strip()) > 1:
            text = text.replace(content, f"{content[0]} {content[1:]}")
    return text


def _plain(messages: Sequence[Message]) -> str:
    parts = [f"### {_HEADINGS[message.role]}\n\n{message.text}\n\n" for message in messages]
    return "".join([*parts, f"### {_HEADINGS['assistant']}\n\n"])


def _templated(tokenizer: Any, messages: Sequence[Message]) -> str:
    try:
        text = _apply(tokenizer, messages)
        if messages[0].role != "system" or messages[0].text.strip() in text:
            return text
    except Exception as error:  # a template's own words come as an error of jinja, its faults as any
        if messages[0].role != "system":
            raise _refusal(error) from error
    try:
        return _apply(tokenizer, _without_system(messages))
    except Exception as error:
        raise _refusal(error) from error


def _apply(tokenizer: Any, messages: Sequence[Message]) -> str:
    return str(
        tokenizer.apply_chat_template(
            [{"role": message.role, "content": message.text} for message in messages],
            tokenize=False,
            add_generation_prompt=True,
            chat_template=_NO_CLOCK + tokenizer.get_chat_template(),
            # templates take what they know of these
            enable_thinking=False,
            thinking=False,
            date_string=_DATE,
        )
    )


def _without_system(messages: Sequence[Message]) -> list[Message]:
    system, first, *others = messages
    return [replace(first, text=f"{system.text}\n\n{first.text}"), *others]


def _refusal(error: Exception) -> DirectorError:
    return DirectorError(f"the model's chat template does not take this conversation: {first_line(error)}")
