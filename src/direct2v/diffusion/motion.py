"""Where the camera looks from frame to frame, and moving one layout's latents accordingly.

The camera sees the layout through a window: where the window goes right and down, the content goes left and
up; where it turns clockwise, the content turns the other way; where it comes nearer, the content grows.

Source: Text2Video-Zero, arXiv 2303.13439, section 3.3.1, for translation; zoom and roll are ours.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from direct2v.storyboard import CameraMove, Storyboard

__all__ = ["CameraPath", "camera_path", "translate", "warp"]

MOTION_UNITS = 512  # to the frame's width and height


@dataclass(frozen=True, kw_only=True)
class CameraPath:
    """The moves of F frames.

    Attributes:
        moves: from each frame's predecessor to it; the first one's does nothing, since all are seen from it.
        drift: by how much of 1/512 of the frame the window moves right and down with every frame, besides.
    """

    moves: tuple[CameraMove, ...]
    drift: tuple[float, float] = (0.0, 0.0)

    @property
    def only_shifts(self) -> bool:
        """Whether the window neither zooms nor rolls."""
        return all(move.only_shifts for move in self.moves[1:])

    def shifts(self) -> Tensor:
        """[F, 2]: how far the window of each frame stands right and down, in 1/512 of the frame."""
        steps = torch.tensor([[move.pan, move.tilt] for move in self.moves]) * MOTION_UNITS
        steps[0] = 0
        return steps.cumsum(0) + torch.arange(len(self.moves))[:, None] * torch.tensor(self.drift)

    def views(self, height: int, width: int) -> Tensor:
        """[F, 2, 3]: where each frame's pixels lie in the first one's, both counted from the centre.

        A move goes by what is seen before it: after a zoom of 2 the same pan goes half as far.

        Args:
            height: of the picture, in any pixels.
            width: as ``height``.
        """
        size = torch.tensor([width, height], dtype=torch.float64)
        linear, place = torch.eye(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
        views = []
        for index, move in enumerate(self.moves):
            if index > 0:
                place = place + linear @ (torch.tensor([move.pan, move.tilt], dtype=torch.float64) * size)
                angle = math.radians(move.roll)
                turn = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
                linear = linear @ torch.tensor(turn, dtype=torch.float64) / move.zoom
            drift = index / MOTION_UNITS * torch.tensor(self.drift, dtype=torch.float64) * size
            views.append(torch.cat([linear, (place + drift)[:, None]], dim=1))
        return torch.stack(views).float()


def camera_path(
    storyboard: Storyboard | None, num_frames: int, drift: tuple[float, float]
) -> CameraPath | None:
    """The storyboard's moves and the settings' drift; None where nothing moves after the first frame."""
    still = CameraMove()
    cameras = [None] * num_frames if storyboard is None else [frame.camera for frame in storyboard.frames]
    moves = tuple(still if camera is None else camera for camera in cameras)
    if num_frames == 1 or (not any(drift) and all(move == still for move in moves[1:])):
        return None
    return CameraPath(moves=moves, drift=drift)


def translate(latents: Tensor, shifts: Tensor) -> Tensor:
    """Moves the window that sees each frame's latents; what it shows beyond their edge is their reflection.

    Nearest sampling keeps the statistics of noisy latents, which interpolation would not. As in
    Text2Video-Zero the window stands half of 1/512 to the left and up before it is rounded.

    Args:
        latents: [F, C, h, w].
        shifts: [F, 2], of the window, to the right and down, in 1/512 of the frame.
    """
    height, width = latents.shape[-2:]
    shifts = shifts.to(latents.device, torch.float32)
    x = (2 * torch.arange(width, device=latents.device) + 1) / width - 1
    y = (2 * torch.arange(height, device=latents.device) + 1) / height - 1
    offset = (2 * shifts - 1) / 512  # the grid runs from -1 to 1
    grid_x = (x + offset[:, :1])[:, None, :].expand(-1, height, -1)
    grid_y = (y + offset[:, 1:])[:, :, None].expand(-1, -1, width)
    return _sample(latents, torch.stack([grid_x, grid_y], dim=-1), "nearest")


def warp(latents: Tensor, views: Tensor) -> Tensor:
    """What each frame's window sees, interpolated; beyond the edge it shows the reflection.

    Interpolation averages neighbours, which takes variance from noise: only for latents without noise.

    Args:
        latents: [F, C, h, w].
        views: [F, 2, 3], as ``CameraPath.views`` gives them for these h and w.
    """
    height, width = latents.shape[-2:]
    x = torch.arange(width, device=latents.device) - (width - 1) / 2
    y = torch.arange(height, device=latents.device) - (height - 1) / 2
    pixels = torch.stack(
        [x.expand(height, -1), y[:, None].expand(-1, width), torch.ones(height, width).to(x)]
    )
    places = torch.einsum("fij,jhw->fhwi", views.to(x), pixels)
    return _sample(latents, 2 * places / torch.tensor([width, height]).to(x), "bilinear")


def _sample(latents: Tensor, grid: Tensor, mode: str) -> Tensor:
    sampled = grid_sample(latents.float(), grid, mode=mode, padding_mode="reflection", align_corners=False)
    return sampled.to(latents.dtype)
