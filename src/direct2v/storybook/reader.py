"""The reader: a small network that tells a picture of the storybook world back into scene attributes.

It judges what the image model drew: trained on rendered pictures with blur, noise and colour shifts, so that
it looks at what is shown and not at the renderer's exact pixels (`recipes/storybook/reader.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from direct2v.storybook import scene
from direct2v.storybook.scene import Scene

__all__ = ["GLOBAL_FIELDS", "SUBJECT_FIELDS", "Heads", "Reading", "SceneReader", "load_reader"]

GLOBAL_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "place": scene.PLACES,
    "time": scene.TIMES,
    "weather": scene.WEATHERS,
    "sun": ("none", *scene.SUNS),
}
SUBJECT_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "colour": scene.COLOURS,
    "position": scene.POSITIONS,
    "facing": scene.FACINGS,
    "stage": tuple(sorted({stage for stages in scene.STAGES_OF.values() for stage in stages})),
}


class Heads(nn.Module):
    """Linear read-outs of every scene attribute from one feature vector.

    Shapes:
        features [B, width] -> {field: [B, slots, classes]}, with one slot for the fields of the whole scene
        and one slot per kind for `present` (absent, present) and for the fields of subjects.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        kinds = len(scene.KINDS)
        self.shapes = (
            {field: (1, len(names)) for field, names in GLOBAL_FIELDS.items()}
            | {"present": (kinds, 2)}
            | {field: (kinds, len(names)) for field, names in SUBJECT_FIELDS.items()}
        )
        self.out = nn.Linear(width, sum(slots * classes for slots, classes in self.shapes.values()))

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        """Logits of every attribute."""
        parts = self.out(features).split([slots * classes for slots, classes in self.shapes.values()], dim=1)
        return {
            f: part.unflatten(1, shape) for (f, shape), part in zip(self.shapes.items(), parts, strict=True)
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader sees in one picture: its words, without the guarantee that they make a valid `Scene`.

    `subjects` maps each kind that is there to its colour, position, and facing or stage if it has one.
    """

    place: str
    time: str
    weather: str
    sun: str | None
    subjects: Mapping[str, Mapping[str, str]]

    def agreement(self, truth: Scene) -> dict[str, bool]:
        """Per attribute of `truth` whether the picture shows it; `kinds`: whether exactly its kinds do."""
        out = {
            "place": self.place == truth.place,
            "time": self.time == truth.time,
            "weather": self.weather == truth.weather,
            "sun": self.sun == truth.sun,
            "kinds": set(self.subjects) == {subject.kind for subject in truth.subjects},
        }
        for index, subject in enumerate(truth.subjects):
            seen = self.subjects.get(subject.kind, {})
            for field in SUBJECT_FIELDS:
                wanted = getattr(subject, field)
                # Seeds and sprouts do not show the colour of the flower that they will be.
                if wanted is not None and not (field == "colour" and subject.stage in ("seed", "sprout")):
                    out[f"{field}.{index}"] = seen.get(field) == wanted
        return out


class SceneReader(nn.Module):
    """Pictures [B, 3, 64, 64] in -1..1 -> logits of every attribute, as `Heads` gives them."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in ((3, 24), (24, 48), (48, 64), (64, 64)):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GroupNorm(8, after), nn.SiLU()]
            layers += [nn.Conv2d(after, after, 3, padding=1), nn.GroupNorm(8, after), nn.SiLU()]
        self.features = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 16, 192), nn.SiLU())
        self.heads = Heads(192)

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Logits of every attribute."""
        out: dict[str, Tensor] = self.heads(self.features(pictures))
        return out

    @torch.inference_mode()
    def read(self, pictures: NDArray[np.uint8]) -> list[Reading]:
        """Reads pictures, [B, 64, 64, 3] uint8 RGB."""
        stack = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float().div(127.5).sub(1)
        chosen = {field: logits.argmax(-1).tolist() for field, logits in self(stack).items()}
        return [
            _reading({field: rows[index] for field, rows in chosen.items()}) for index in range(len(pictures))
        ]


def _reading(chosen: Mapping[str, list[int]]) -> Reading:
    place, time, weather, sun = (names[chosen[field][0]] for field, names in GLOBAL_FIELDS.items())
    subjects: dict[str, dict[str, str]] = {}
    for slot, kind in enumerate(scene.KINDS):
        if chosen["present"][slot]:
            has = {"colour", "position"}
            has |= {"facing"} if kind in scene.MOVERS else set()
            has |= {"stage"} if kind in scene.STAGES_OF else set()
            subjects[kind] = {f: names[chosen[f][slot]] for f, names in SUBJECT_FIELDS.items() if f in has}
    return Reading(place, time, weather, None if sun == "none" else sun, subjects)


def load_reader(path: Path | None = None) -> SceneReader:
    """The trained reader that ships with the storybook, or one from another safetensors file."""
    reader = SceneReader()
    weights = load_file(path or Path(__file__).with_name("reader.safetensors"))
    reader.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return reader.eval()
