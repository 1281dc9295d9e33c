"""The answer's wrapping: filled in where small servers leave it out, and rid of what nobody reads.

The vendors' packages insist on numbers, names and counts of tokens around the text. A server of one's own
that leaves them out, or gets them wrong, has still answered.
"""

from typing import Any

__all__ = ["mended"]


def mended(dialect: str, answer: dict[str, Any]) -> dict[str, Any] | None:
    """`answer` with a sound wrapping; what is wrong with the text itself stays wrong.

    Returns:
        None if the dialect's own place for the text is missing.
    """
    match dialect:
        case "anthropic":
            kept = _kept(answer, "content", "stop_reason", "stop_details")
            wrapping = {
                "id": "-",
                "type": "message",
                "role": "assistant",
                "model": "-",
                "stop_sequence": None,
            }
            counts = {"input_tokens": 0, "output_tokens": 0}
            return {**wrapping, "stop_reason": None, **kept, "usage": counts} if "content" in kept else None
        case "google":
            return _kept(answer, "candidates", "promptFeedback") or None
        case _:
            choices = answer.get("choices")
            if not isinstance(choices, list) or not choices:
                return None
            message = choices[0].get("message") if isinstance(choices[0], dict) else None
            if not isinstance(message, dict):
                return None
            kept = {"role": "assistant", "content": None, **_kept(message, "content", "refusal")}
            choice = {"index": 0, "finish_reason": choices[0].get("finish_reason"), "message": kept}
            return {"id": "-", "object": "chat.completion", "created": 0, "model": "-", "choices": [choice]}


def _kept(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value[name] for name in names if value.get(name) is not None}
