"""The loop that lets a causal language model write: one forward pass for each token that it may choose."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from direct2v.director.local.constrained import Answer
from direct2v.director.local.sampling import Sampling
from direct2v.errors import DirectorError

__all__ = ["Reader", "decode", "draw"]

_SMALL: Final = 50_000_000  # weights; with fewer, threads wait longer for each other than a token takes
_CACHES: Final = ("cache", "past_key_values", "cache_params", "state")  # what models call what they remember


def decode(network: Any, prompt: Sequence[int], answer: Answer, *, sampling: Sampling, seed: int) -> None:
    """Writes `answer` until it is complete or has no room left.

    The seed alone decides what is drawn; torch's own generators are neither used nor changed.

    Args:
        network: a transformers model in evaluation mode.
        prompt: the tokens before the answer.
        answer: what may come next; is filled.
        sampling: how to draw.
        seed: any integer.

    Raises:
        DirectorError: if the model gives no numbers, or there is no token that goes on.
    """
    generator = torch.Generator().manual_seed(seed % 2**63)
    reader = Reader(network)
    pending = list(prompt)
    with torch.inference_mode(), _fitting_threads(network):
        while not answer.complete and answer.room > 0:
            tokens = answer.forced()
            if not tokens:
                logits = reader.read(pending)
                tokens = [draw(logits, answer.allowed(len(logits)), sampling, generator)]
                pending = []
            answer.take(tokens)
            pending += tokens


@contextmanager
def _fitting_threads(network: Any) -> Iterator[None]:
    """One thread on the CPU for a small model: on a busy machine two can be fifty times slower."""
    threads = torch.get_num_threads()
    small = sum(weight.numel() for weight in network.parameters()) < _SMALL
    if network.device.type != "cpu" or not small:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class Reader:
    """Gives a model tokens, and what it remembers of the tokens before."""

    def __init__(self, network: Any) -> None:
        accepted = inspect.signature(network.forward).parameters
        self._network = network
        self._cache_name = next((name for name in _CACHES if name in accepted), None)
        self._options: dict[str, Any] = {}
        if "use_cache" in accepted:
            self._options["use_cache"] = self._cache_name is not None
        if "logits_to_keep" in accepted:  # else a long prompt costs memory for predictions nobody reads
            self._options["logits_to_keep"] = 1
        # recurrent models read several tokens at once only at the start
        self._one_by_one = bool(getattr(network, "_is_stateful", False))
        self._cache: Any = None
        self._seen: list[int] = []

    def read(self, tokens: Sequence[int]) -> Tensor:
        """Reads on.

        Returns:
            fp32 on the CPU, [tokens that the model knows]: the scores of the token after these.
        """
        if self._cache is not None and self._one_by_one and len(tokens) > 1:
            for token in tokens[:-1]:
                self._forward([token])
            tokens = tokens[-1:]
        return self._forward(tokens)

    def _forward(self, tokens: Sequence[int]) -> Tensor:
        self._seen += tokens
        memory: dict[str, Any] = {}
        if self._cache_name is not None and self._cache is not None:
            memory[self._cache_name] = self._cache
        ids = torch.tensor([list(tokens) if memory else self._seen], device=self._network.device)
        output = self._network(input_ids=ids, **memory, **self._options)
        if self._cache_name is not None:  # some models take a memory and give none
            self._cache = getattr(output, self._cache_name, None)
        logits: Tensor = output.logits[0, -1].float().cpu()
        return logits


def draw(
    logits: Tensor,
    allowed: np.ndarray[Any, np.dtype[np.bool_]],
    sampling: Sampling,
    generator: torch.Generator,
) -> int:
    """Draws one of the allowed tokens.

    Args:
        logits: fp32 on the CPU, [tokens].
        allowed: bool [tokens], one of them true.
        sampling: how to draw.
        generator: on the CPU, so that every device draws the same.

    Raises:
        DirectorError: if the scores are no numbers.
    """
    scores = logits.masked_fill(~torch.from_numpy(allowed), -torch.inf)
    best, tokens = scores.topk(min(sampling.top_k, int(allowed.sum())))
    if not torch.isfinite(best[0]):  # NaN counts as the largest
        raise DirectorError("the model computes NaN or infinity; its weights are damaged")
    probs = torch.softmax(best / sampling.temperature, dim=0)
    probs[probs.cumsum(0) - probs >= sampling.top_p] = 0  # the first one always stays
    return int(tokens[torch.multinomial(probs, 1, generator=generator)])
