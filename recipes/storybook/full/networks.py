"""The reader network and the linear read-outs that it shares with the text encoder's pre-training.

They move into the package with the shipped weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from direct2v.storybook.world.attributes import PICTURE_FIELDS, shapes
from direct2v.storybook.world.kinds import KINDS


class Heads(nn.Module):
    """Linear read-outs of every attribute from one feature vector.

    Shapes:
        features [B, width] -> {field: [B, slots, classes]}, as `shapes()` of the world has them.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.shapes = shapes()
        self.out = nn.Linear(width, sum(slots * classes for slots, classes in self.shapes.values()))

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        parts = self.out(features).split([slots * classes for slots, classes in self.shapes.values()], dim=1)
        return {
            field: part.unflatten(1, shape)
            for (field, shape), part in zip(self.shapes.items(), parts, strict=True)
        }


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
        return x + self.body(x)


class SceneReader(nn.Module):
    """Pictures [B, 3, 64, 64] in -1..1 -> calibrated logits of every attribute.

    Each kind of subject looks for itself with an attention map over 8 x 8 cells and is read where it is seen;
    the attributes of the whole picture are read from all cells.
    """

    def __init__(self, width: int = 96) -> None:
        super().__init__()
        self.shapes = shapes()
        self.of_picture = [field for field in self.shapes if field in PICTURE_FIELDS]
        self.of_subjects = [field for field in self.shapes if field not in PICTURE_FIELDS]
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
        classes = sum(self.shapes[field][1] for field in self.of_subjects)
        self.tell_subjects = nn.Parameter(width**-0.5 * torch.randn(len(KINDS), 2 * width + 1, classes))
        self.temperature = nn.Parameter(torch.ones(len(self.shapes)), requires_grad=False)

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        seen = self.trunk(pictures)
        scores = self.looks(seen).flatten(2)  # [B, kinds, 64]
        placed = torch.cat([seen, (seen + 1) * self.cells], dim=1).flatten(2)  # what it is, and where
        found = scores.softmax(2) @ placed.mT  # [B, kinds, 2 * width]
        found = torch.cat([found, scores.logsumexp(2)[..., None] / 8], dim=2)
        told = torch.einsum("bkw,kwc->bkc", found, self.tell_subjects)
        out = self._named(self.tell_picture(self.whole(seen))[:, None], self.of_picture)
        out |= self._named(told, self.of_subjects)
        return {field: out[field] / heat for field, heat in zip(self.shapes, self.temperature, strict=True)}

    def _named(self, logits: Tensor, fields: list[str]) -> dict[str, Tensor]:
        parts = logits.split([self.shapes[field][1] for field in fields], dim=2)
        return dict(zip(fields, parts, strict=True))
