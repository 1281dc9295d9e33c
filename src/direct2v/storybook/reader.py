"""The reader: a small network that tells a picture of the storybook world back into scene attributes.

It judges what the image model drew: trained on rendered pictures with blur, noise and colour shifts, so that
it looks at what is shown and not at the renderer's exact pixels (`recipes/storybook/reader.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from direct2v.storybook import reader_path
from direct2v.storybook.world.attributes import PICTURE_FIELDS, Reading, decode, shapes
from direct2v.storybook.world.kinds import KINDS

__all__ = ["SceneReader", "SubjectHeads", "load_reader"]

_BATCH = 64

SHIFTS = (0, 1, -1)
"""Pixels by which the picture is moved for each look. The looks err on different pictures: the mean of three
misreads about a third fewer colours than one (three samples of 4,000 to 8,000 pictures: 23, 33 and 44 %)."""


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.GroupNorm(8, width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(8, width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """[B, width, H, W], same shape out."""
        out: Tensor = x + self.body(x)
        return out


class SubjectHeads(nn.Module):
    """What was found of each kind -> its attributes: common to all kinds, and how each departs from that.

    What a colour or a position looks like is much the same for all kinds: learnt together, it takes far fewer
    pictures than with heads of their own.

    Shapes:
        [B, kinds, width] -> {field: [B, kinds, classes]}
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.classes = {
            field: classes for field, (_, classes) in shapes().items() if field not in PICTURE_FIELDS
        }
        total = sum(self.classes.values())
        self.common = nn.Linear(width, total)
        self.own = nn.Parameter(torch.zeros(len(KINDS), width + 1, total))

    def forward(self, found: Tensor) -> dict[str, Tensor]:
        """Logits of every attribute of every kind."""
        own = torch.einsum("bkw,kwc->bkc", found, self.own[:, :-1]) + self.own[:, -1]
        parts = (self.common(found) + own).split_with_sizes(list(self.classes.values()), dim=2)
        return dict(zip(self.classes, parts, strict=True))


class SceneReader(nn.Module):
    """Pictures [B, 3, 64, 64] in -1..1 -> calibrated logits of every attribute: {field: [B, slots, classes]}.

    Each kind of subject looks for itself with an attention map over 8 x 8 cells and is read where it is seen;
    the attributes of the whole picture are read from all cells.
    """

    def __init__(self, width: int = 96) -> None:
        super().__init__()
        self.shapes = shapes()
        self.of_picture = [field for field in self.shapes if field in PICTURE_FIELDS]
        self.trunk = nn.Sequential(
            nn.Conv2d(3, 32, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(32, 64, 4, stride=2, padding=1),
            _Residual(64),
            nn.Conv2d(64, width, 4, stride=2, padding=1),
            _Residual(width),
            _Residual(width),
            nn.GroupNorm(8, width),
            nn.SiLU(),
        )
        self.cells = nn.Parameter(0.1 * torch.randn(1, width, 8, 8))
        self.looks = nn.Conv2d(width, len(KINDS), 1)
        self.whole = nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(width * 16, 128), nn.SiLU())
        self.tell_picture = nn.Linear(128, sum(self.shapes[field][1] for field in self.of_picture))
        self.tell_subjects = SubjectHeads(2 * width + 1)
        self.temperature = nn.Parameter(torch.ones(len(self.shapes)), requires_grad=False)

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Logits of every attribute, in the order and shape of `shapes()`."""
        seen, scores = self._look(pictures)
        placed = torch.cat([seen, (seen + 1) * self.cells], dim=1).flatten(2)  # what it is, and where
        found = scores.softmax(2) @ placed.mT  # [B, kinds, 2 * width]
        found = torch.cat([found, scores.logsumexp(2)[..., None] / 8], dim=2)
        of_picture = self.tell_picture(self.whole(seen))[:, None]
        sizes = [self.shapes[field][1] for field in self.of_picture]
        out = dict(zip(self.of_picture, of_picture.split_with_sizes(sizes, dim=2), strict=True))
        out |= self.tell_subjects(found)
        return {field: out[field] / heat for field, heat in zip(self.shapes, self.temperature, strict=True)}

    def _look(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """What is in each cell, [B, width, 8, 8], and how much it looks like each kind, [B, kinds, 64]."""
        seen = self.trunk(pictures)
        return seen, self.looks(seen).flatten(2)

    @torch.inference_mode()
    def sights(self, pictures: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        """How each kind looks where it is seen, [B, kinds, width], and where that is, [B, kinds, 8, 8].

        The first are the trunk's features under the kind's attention: the embedding of a crop whose edges
        are soft, without its position. The second are scores before the softmax over cells. Both also tell
        of kinds that are not there.

        Args:
            pictures: [B, 64, 64, 3] uint8 RGB.
        """
        parts = [self._look(part) for part in self._batches(pictures)]
        seen, scores = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
        looks = scores.softmax(2) @ seen.flatten(2).mT
        return looks.cpu(), scores.view(*scores.shape[:2], *seen.shape[2:]).cpu()

    def _batches(self, pictures: NDArray[np.uint8]) -> Iterator[Tensor]:
        for start in range(0, len(pictures), _BATCH):
            part = torch.from_numpy(np.ascontiguousarray(pictures[start : start + _BATCH]))
            yield part.to(self.cells.device).permute(0, 3, 1, 2).float().div(127.5).sub(1)

    @torch.inference_mode()
    def looks_at(self, pictures: Tensor) -> dict[str, Tensor]:
        """Probabilities of every attribute, the mean over all looks: {field: [B, slots, classes]}.

        Args:
            pictures: [B, 3, 64, 64] in -1..1.
        """
        wide = functional.pad(pictures, (1, 1, 0, 0), mode="replicate")
        looks = [self(wide[..., 1 + by : 65 + by]) for by in SHIFTS]
        return {
            field: torch.stack([look[field].softmax(-1) for look in looks]).mean(0) for field in self.shapes
        }

    def probabilities(self, pictures: NDArray[np.uint8]) -> dict[str, Tensor]:
        """Calibrated probabilities of every value of every attribute: {field: [B, slots, classes]}.

        Args:
            pictures: [B, 64, 64, 3] uint8 RGB.
        """
        parts = [self.looks_at(part) for part in self._batches(pictures)]
        return {field: torch.cat([part[field] for part in parts]).cpu() for field in self.shapes}

    def read(self, pictures: NDArray[np.uint8]) -> list[Reading]:
        """What is most likely in each picture, [B, 64, 64, 3] uint8 RGB."""
        classes = {field: p.argmax(-1).numpy() for field, p in self.probabilities(pictures).items()}
        return [
            decode({field: rows[index] for field, rows in classes.items()}) for index in range(len(pictures))
        ]


def load_reader(path: Path | None = None) -> SceneReader:
    """The trained reader that ships with the storybook, or one from another safetensors file."""
    reader = SceneReader()
    weights = load_file(path or reader_path())
    reader.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return reader.eval()
