"""How the next token is drawn: what a model asks for, within reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

__all__ = ["Sampling"]


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How the next token is drawn.

    A penalty on repetition, which many models ask for, is left out: the form of the answer repeats, and so
    must the words for what all frames show.

    Attributes:
        temperature: 0.1..1.5; the lower, the more often the likeliest token.
        top_p: 0.05..1; only the likeliest tokens that together have this probability.
        top_k: 1..1000; only so many of the likeliest tokens.
    """

    temperature: float = 0.7
    top_p: float = 0.95
    top_k: int = 200

    @classmethod
    def of_model(cls, settings: Mapping[str, Any]) -> Self:
        """What a model's ``generation_config.json`` asks for, within the ranges above."""

        def within(name: str, minimum: float, maximum: float) -> float:
            value = settings.get(name)
            if not isinstance(value, int | float) or not value > 0:
                value = getattr(cls, name)
            return min(max(float(value), minimum), maximum)

        return cls(
            temperature=within("temperature", 0.1, 1.5),
            top_p=within("top_p", 0.05, 1.0),
            top_k=int(within("top_k", 1, 1000)),
        )
