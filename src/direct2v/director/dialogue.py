"""The talk with a language model: ask, read, check, and send a broken answer back with the reasons."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from direct2v.director.answers import AnswerError, is_refusal, parse_answer
from direct2v.director.brief import Brief, check_task
from direct2v.director.cache import StoryboardCache
from direct2v.director.contract import check
from direct2v.director.instructions import (
    INSTRUCTIONS,
    TEMPLATE_VERSION,
    answer_schema,
    feedback,
    max_tokens,
    system_text,
    user_text,
)
from direct2v.director.protocol import DEFAULT_NUM_FRAMES
from direct2v.director.tokens import token_budget
from direct2v.director.writer import Message, Reply, Writer
from direct2v.errors import DirectorError, InputError
from direct2v.storyboard import Storyboard
from direct2v.text import printable

__all__ = ["DEFAULT_ATTEMPTS", "LanguageModelDirector"]

DEFAULT_ATTEMPTS: Final = 3
_SENT_BACK = 20_000  # characters of a broken answer; an endless one must not fill the model's context
_SHOWN = 3  # findings in an error


class LanguageModelDirector:
    """Lets a language model write the storyboard, and sends it back with the findings until it is right.

    Args:
        writer: the language model.
        model: the image model that the storyboard is for: its text encoder sets the length of prompts.
        shared: see ``Brief``.
        world: see ``Brief``.
        attempts: answers that are asked for before giving up, from 1.
        lenient: after the last attempt, take the best answer with the right number of frames; what is wrong
            with it stands in its notes.
        cache: where answers are kept; None for nowhere.
        without: a name in ``INSTRUCTIONS``: that one is left out of the task prompt, to measure what it does.
        on_event: is told in a few words what happens.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        model: str | Path = "storybook",
        shared: float = 0.0,
        world: str = "",
        attempts: int = DEFAULT_ATTEMPTS,
        lenient: bool = False,
        cache: StoryboardCache | None = None,
        without: str | None = None,
        on_event: Callable[[str], object] = lambda _: None,
    ) -> None:
        if attempts < 1:
            raise InputError(f"attempts is {attempts}; accepted: 1 or more")
        if without is not None and without not in INSTRUCTIONS:
            raise InputError(
                f"there is no instruction {printable(without, 40)!r}; known: {', '.join(INSTRUCTIONS)}"
            )
        self.writer = writer
        self.model = model
        self.shared = shared
        self.world = world
        self.attempts = attempts
        self.lenient = lenient
        self.cache = cache
        self.without = without
        self.on_event = on_event

    @property
    def name(self) -> str:
        """The language model's name."""
        return self.writer.name

    def direct(self, prompt: str, num_frames: int | None = None, *, seed: int = 0) -> Storyboard:
        """The storyboard that the language model writes for `prompt`.

        The contract checks find nothing in it, or, if it is ``lenient``, its notes say what they find.

        Raises:
            DirectorError: no answer came, the model refused, or no answer was usable after all attempts.
            InputError: the share of common words is out of range.
            ModelError: the image model's tokenizer could not be had.
        """
        num_frames = DEFAULT_NUM_FRAMES if num_frames is None else num_frames
        check_task(prompt, num_frames)  # before the tokenizer is loaded
        brief = Brief(
            prompt=prompt,
            num_frames=num_frames,
            seed=seed,
            shared=self.shared,
            budget=token_budget(self.model),
            world=self.world,
        )
        if self.cache is None:
            return self._converse(brief)
        waiting = "Another process is asking the same; waiting for its answer"
        with self.cache.entry(self._key(brief), on_wait=lambda: self.on_event(waiting)) as entry:
            kept = entry.read()
            if kept is not None and not _findings(kept, brief):
                self.on_event(f"{self.name} wrote this storyboard before; taken from the cache")
                return kept
            storyboard = self._converse(brief)
            if not storyboard.notes:
                entry.write(storyboard)
        return storyboard

    def _key(self, brief: Brief) -> dict[str, Any]:
        budget = brief.budget
        return {
            "template": TEMPLATE_VERSION,
            "writer": {"name": self.writer.name, **self.writer.identity},
            "prompt": brief.prompt,
            "num_frames": brief.num_frames,
            "seed": brief.seed,
            "shared": brief.shared,
            "world": brief.world,
            "budget": None if budget is None else [budget.name, budget.limit],
            **({} if self.without is None else {"without": self.without}),
        }

    def _converse(self, brief: Brief) -> Storyboard:
        start = [
            Message("system", system_text(brief, without=self.without)),
            Message("user", user_text(brief)),
        ]
        messages, schema, room = start, answer_schema(brief), max_tokens(brief)
        if brief.world:
            self.on_event("The storyboard is for the embedded model's small world; --model names another")
        best: tuple[Storyboard, list[str]] | None = None
        with self.writer:
            for attempt in range(1, self.attempts + 1):
                self.on_event(f"Asking {self.name}, attempt {attempt} of {self.attempts}")
                try:
                    reply = self.writer.write(messages, schema=schema, seed=brief.seed, max_tokens=room)
                    storyboard, findings = self._judge(reply, brief)
                except DirectorError:
                    if best is None or not self.lenient:
                        raise
                    break
                if storyboard is not None and not findings:
                    return storyboard
                usable = storyboard is not None and storyboard.num_frames == brief.num_frames
                if storyboard is not None and usable and (best is None or len(findings) < len(best[1])):
                    best = storyboard, findings
                # only the last answer goes back: a small model's context has no room for all of them
                answer = Message("assistant", reply.text[:_SENT_BACK].strip() or "(nothing)")
                messages = [*start, answer, Message("user", feedback(findings, brief))]
        if best is not None and self.lenient:
            return best[0].model_copy(update={"notes": tuple(best[1])})
        raise DirectorError(_failure(self.name, self.attempts, findings))

    def _judge(self, reply: Reply, brief: Brief) -> tuple[Storyboard | None, list[str]]:
        """The storyboard in an answer, if there is one, and what is wrong with the answer.

        Raises:
            DirectorError: the model refused.
        """
        if reply.ended == "refused":
            raise DirectorError(_refusal(self.name, reply.detail or reply.text))
        try:
            storyboard = parse_answer(reply.text, brief, director=self.name)
        except AnswerError as error:
            if reply.ended == "length":
                return None, ["the answer was cut off for its length; write shorter prompts"]
            if is_refusal(reply.text):
                raise DirectorError(_refusal(self.name, reply.text)) from None
            return None, [str(error)]
        if all(is_refusal(frame.prompt) for frame in storyboard.frames):  # what a schema makes of a refusal
            raise DirectorError(_refusal(self.name, storyboard.frames[0].prompt))
        findings = _findings(storyboard, brief)
        if reply.num_cut:
            findings.insert(0, f"{reply.num_cut} texts were cut off for their length; write shorter prompts")
        return storyboard, findings


def _findings(storyboard: Storyboard, brief: Brief) -> list[str]:
    findings = [str(found) for found in check(storyboard, num_frames=brief.num_frames, budget=brief.budget)]
    if brief.shared:
        common = len(storyboard.shared.split())
        own = sum(len(frame.prompt.split()) for frame in storyboard.frames) / storyboard.num_frames
        share = common / (common + own)
        if not brief.shared / 2 <= share <= (1 + brief.shared) / 2:
            findings.append(
                f'"shared" holds {share:.0%} of the words of a text; put about {brief.shared:.0%} there'
            )
    return findings


def _refusal(name: str, words: str) -> str:
    said = f': "{printable(words, 200)}"' if words.strip() else ""
    return (
        f"{name} refused to write this storyboard{said}; word the prompt differently, or ask another director"
    )


def _failure(name: str, attempts: int, findings: Sequence[str]) -> str:
    shown = [printable(finding, 300) for finding in findings[:_SHOWN]]
    more = len(findings) - len(shown)
    if more:
        shown[-1] += f" (and {more} more)"
    tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    return "\n  ".join(
        [f"{name} gave no usable storyboard in {tries}; what is wrong with the last one:", *shown]
    )
