"""The seam to language models: a conversation in, one answer out. Remote and local models look the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Protocol, Self

__all__ = ["Message", "Reply", "Writer"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True)
class Reply:
    """What a language model answered.

    Attributes:
        text: the answer.
        ended: "length" where the model ran out of room, "refused" where the provider says so.
        detail: the provider's own words on a refusal.
        num_cut: texts inside the answer that had to be ended because their room was used up.
    """

    text: str
    ended: Literal["stop", "length", "refused"] = "stop"
    detail: str = ""
    num_cut: int = 0


class Writer(Protocol):
    """A language model, remote or local; a context manager that connects or loads it, and lets go of it."""

    @property
    def name(self) -> str:
        """Which model this is, without secrets, as in "openai:gpt-4o"."""
        ...

    @property
    def identity(self) -> Mapping[str, Any]:
        """Everything that decides its answers, as JSON values: what the cache tells models apart by."""
        ...

    def __enter__(self) -> Self:
        """Connects or loads."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes or frees."""
        ...

    def write(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any], seed: int, max_tokens: int
    ) -> Reply:
        """One answer to a conversation.

        Args:
            messages: system, user, and then by turns assistant and user.
            schema: JSON Schema of the answer, for models that can be held to one.
            seed: of sampling, where the model takes one.
            max_tokens: room for the answer.

        Raises:
            DirectorError: no answer came; the message says why.
        """
        ...
