"""Prompt Relay: a global prompt, and local prompts that each rule one segment of the video.

Source: the `prompts.json` of GordonChen19/Prompt-Relay (arXiv 2604.10030), its CogVideo and MiniMax-H3
variants, and the inputs of the ComfyUI node PromptRelayEncode (kijai/ComfyUI-PromptRelay), where the
prompts are one text with `|` between them and the lengths one with commas. Lengths are latent frames: 4 a
second for Wan (16 frames a second, 4 in one latent frame). The reader of the H3 variant refuses keys that
it does not know: we write none.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from direct2v.documents import Document
from direct2v.interchange.source import Words, build, listed, title
from direct2v.interchange.timing import holds, lengths
from direct2v.storyboard import Storyboard

__all__ = ["read_prompt_relay", "write_prompt_relay"]

_LATENT_RATE = 4.0
_NODE_RATE = 16.0  # the node counts frames of the video


def _split(mark: str) -> BeforeValidator:
    """Takes a text with `mark` between its parts, as nodes do, for a list."""

    def parts(value: Any) -> Any:
        return (
            [part.strip() for part in value.split(mark) if part.strip()] if isinstance(value, str) else value
        )

    return BeforeValidator(parts)


_Interval = tuple[
    Annotated[float, Field(ge=0, allow_inf_nan=False)], Annotated[float, Field(allow_inf_nan=False)]
]
_Length = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _PromptRelay(BaseModel):
    model_config = ConfigDict(extra="allow")

    global_prompt: str = ""
    local_prompts: Annotated[list[Words], _split("|")] = Field(min_length=1)
    segment_lengths: Annotated[list[_Length], _split(",")] = []
    segment_intervals: list[_Interval] | None = None
    time_intervals: list[_Interval] | None = None
    time_unit: Literal["seconds", "internal_frame"] = "internal_frame"
    frame_rate: Annotated[float, Field(gt=0, le=1000)] = _NODE_RATE

    @model_validator(mode="after")
    def _counts_agree(self) -> "_PromptRelay":
        count = len(self.local_prompts)
        for name in ("segment_lengths", "segment_intervals", "time_intervals"):
            values = getattr(self, name)
            if values and len(values) != count:
                raise ValueError(
                    f"local_prompts has {count} entries, {name} {len(values)}; it needs one for each"
                )
        return self

    def in_time(self, rate: float) -> tuple[list[str], list[float | None], bool]:
        """Prompts in temporal order, seconds of each, and whether the order was another in the file."""
        intervals = self.segment_intervals or self.time_intervals
        if not intervals:
            even: list[float | None] = [None] * len(self.local_prompts)
            return self.local_prompts, [length / rate for length in self.segment_lengths] or even, False
        order = sorted(range(len(intervals)), key=lambda i: intervals[i][0])
        starts = [intervals[i][0] for i in order]
        seconds: list[float | None] = [None] * len(order)
        if not self.segment_intervals or self.time_unit == "seconds":
            ends = [*starts[1:], intervals[order[-1]][1]]
            seconds = [round(end - start, 6) for start, end in zip(starts, ends, strict=True)]
        return [self.local_prompts[i] for i in order], seconds, order != sorted(order)


def read_prompt_relay(path: Path, document: Document) -> Storyboard:
    """The storyboard of a Prompt Relay file or node: the global prompt becomes the shared part.

    Raises:
        StoryboardError: naming the file, the line, the field and what is wrong there.
    """
    relay = document.validate(_PromptRelay)
    is_node = isinstance(document.data["local_prompts"], str)
    prompts, seconds, sorted_here = relay.in_time(relay.frame_rate if is_node else _LATENT_RATE)
    kept, note = holds(seconds)
    notes = [note] if note else []
    if sorted_here:
        notes.append("The segments were put in the order of their beginnings.")
    if relay.model_extra:
        notes.append(f"Left out of the file: {listed(list(relay.model_extra))}.")
    return build(
        document.name,
        {
            "prompt": title(path, relay.global_prompt),
            "shared": relay.global_prompt,
            "notes": notes,
            "frames": [{"prompt": text, "hold": hold} for text, hold in zip(prompts, kept, strict=True)],
        },
    )


def write_prompt_relay(storyboard: Storyboard) -> str:
    """The text of a `prompts.json`; without holds the segments are left to be equally long."""
    everywhere = [text for text in (storyboard.shared, storyboard.style) if text.strip()]
    data: dict[str, Any] = {
        "global_prompt": ", ".join(everywhere) if storyboard.style.strip() else storyboard.shared,
        "local_prompts": [frame.prompt for frame in storyboard.frames],
    }
    if any(frame.hold is not None for frame in storyboard.frames):
        data["segment_lengths"] = lengths(storyboard, _LATENT_RATE)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
