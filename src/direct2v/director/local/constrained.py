"""An answer that cannot break its schema: which tokens may come next, and when a text must end."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

import numpy as np
from llguidance import LLMatcher, LLTokenizer

from direct2v.director.local.grammar import NUMBER, compile_schema, fixed_parts
from direct2v.errors import DirectorError
from direct2v.models import first_line

__all__ = ["Answer", "tokens_needed"]

_MIN_SHARE: Final = 4  # tokens of a text, however little room is left
_SHORT_TEXT: Final = 16  # tokens of the shortest text that says something
_SLACK: Final = 1.2  # a model need not spell the form in as few tokens as the tokenizer does
_TO_END: Final = 4  # tokens that finish a character before the quote, and the quote


def tokens_needed(tokenizer: LLTokenizer, schema: Mapping[str, Any]) -> int:
    """About how many tokens the shortest answer has that says something."""
    parts = fixed_parts(schema, shortest=True)
    return sum(len(tokenizer.tokenize_str(part)) for part in parts) + _SHORT_TEXT * (len(parts) - 1)


class Answer:
    """One answer while it is being written, token by token.

    The grammar alone would let a model with nothing to say fill a text for ever. So each text gets its share
    of the room that is left, and each number a few digits; then what ends it is forced.

    Args:
        tokenizer: llguidance's view of the model's tokenizer.
        schema: what the answer must fit.
        max_tokens: room for it.

    Attributes:
        tokens: what is written so far.
        num_cut: how many texts were ended by force.

    Raises:
        DirectorError: if the tokenizer cannot spell such an answer, or llguidance does not take the schema.
    """

    def __init__(self, tokenizer: LLTokenizer, schema: Mapping[str, Any], max_tokens: int) -> None:
        self.tokens: list[int] = []
        self.num_cut = 0
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        costs = [_SLACK * len(tokenizer.tokenize_str(part)) + _TO_END for part in fixed_parts(schema)[1:]]
        self._form_left = list(accumulate(reversed(costs)))[::-1]  # from the n-th text to the end
        self._closers = {c: tokens[0] for c in '"}],' if (tokens := tokenizer.tokenize_str(c))}
        self._place = _Place()
        self._share = 0
        self._matcher = LLMatcher(tokenizer, compile_schema(schema), log_level=0)
        self._check()

    @property
    def room(self) -> int:
        """How many more tokens it may have."""
        return self._max_tokens - len(self.tokens)

    @property
    def complete(self) -> bool:
        """Whether it is finished, and so fits the schema."""
        return bool(self._matcher.is_stopped())

    @property
    def text(self) -> str:
        """What is written so far."""
        return bytes(self._tokenizer.decode_bytes(self.tokens)).decode(errors="ignore")

    def forced(self) -> list[int]:
        """The next tokens where there is no choice, spelt as the tokenizer does; none where there is one."""
        closer = self._closer()
        tokens = [closer] if closer is not None else list(self._matcher.compute_ff_tokens())
        return tokens[: max(0, self.room)]

    def allowed(self, num_logits: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which of the model's tokens may come next.

        Args:
            num_logits: how many tokens the model has scores for; the tokenizer may know more or fewer.

        Returns:
            bool [num_logits], at least one of them true.

        Raises:
            DirectorError: if none may.
        """
        mask = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        self._check()
        bits = np.unpackbits(mask, bitorder="little")[: min(num_logits, self._tokenizer.vocab_size)]
        allowed = np.zeros(num_logits, dtype=np.bool_)
        allowed[: len(bits)] = bits
        if not allowed.any():
            raise DirectorError(f"its tokenizer cannot spell what must follow {self.text[-20:]!r}")
        return allowed

    def take(self, tokens: Sequence[int]) -> None:
        """Appends tokens.

        Raises:
            DirectorError: if they do not fit.
        """
        for token in tokens:
            self._matcher.consume_token(token)
            self._check()
            self.tokens.append(token)
            if self._place.move(bytes(self._tokenizer.decode_bytes([token]))):
                self._share = self._fair_share()

    def _fair_share(self) -> int:
        """How many tokens a text that begins now may have, so that those after it have as many."""
        form_left = self._form_left[self._place.num_texts :] or [0.0]
        return max(_MIN_SHARE, int((self.room - form_left[0]) / len(form_left)))

    def _closer(self) -> int | None:
        """The token that ends a text or number which had its share; None where it may, or must, go on."""
        place = self._place
        if place.in_text and place.length >= self._share:
            candidates = '"'
        elif place.in_number and place.length >= len(NUMBER):
            candidates = "}],"
        else:
            return None
        mask = self._matcher.compute_bitmask()
        for token in (self._closers[c] for c in candidates if c in self._closers):
            if mask[token // 8] >> token % 8 & 1:
                self.num_cut += place.in_text and not place.escaped
                return token
        return None  # within a character of several bytes, or where the schema wants more

    def _check(self) -> None:
        if self._matcher.is_error():
            reason = first_line(ValueError(self._matcher.get_error()))
            raise DirectorError(f"constrained decoding failed: {reason}")


class _Place:
    """Where in a JSON text we are.

    Attributes:
        in_text: between quotes.
        escaped: after a backslash there.
        in_number: after a digit, or what may stand before one.
        length: tokens since the text or number began.
        num_texts: how many texts are complete, keys not counted.
    """

    def __init__(self) -> None:
        self.in_text = self.escaped = self.in_number = False
        self.length = self.num_texts = 0
        self._after_quote = False

    def move(self, token: bytes) -> bool:
        """Goes on by a token; whether a text began in it."""
        began = False
        self.length += 1
        for byte in token:
            if self.in_text:
                self._move_in_text(byte)
                continue
            if self._after_quote:  # what follows tells a text from a key
                self.num_texts += byte != ord(":")
                self._after_quote = False
            in_number, self.in_number = self.in_number, byte in b"0123456789.+-eE"
            if byte in b"eE" and not in_number:  # of true, false
                self.in_number = False
            if byte == ord('"'):
                self.in_text = began = True
            if began or self.in_number > in_number:
                self.length = 0
        return began

    def _move_in_text(self, byte: int) -> None:
        if self.escaped:
            self.escaped = False
        elif byte == ord("\\"):
            self.escaped = True
        elif byte == ord('"'):
            self.in_text = False
            self._after_quote = True
