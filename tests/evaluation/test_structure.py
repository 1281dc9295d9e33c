"""Our MS-SSIM against torchmetrics'."""

import numpy as np
import pytest
import torch
from footage_made import moving, noise
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure as reference

from direct2v.evaluation.pixels import enlarged
from direct2v.evaluation.structure import ms_ssim


@pytest.mark.parametrize("size", [(64, 64), (300, 277)])
def test_it_is_that_of_torchmetrics(size: tuple[int, int]) -> None:
    cut = np.random.default_rng(2).integers(0, 256, (3, *size, 3)).astype(np.uint8)
    cut[1] = cut[0] // 2 + cut[1] // 2  # alike in part
    cut[2, :, : size[1] // 2] = cut[1, :, : size[1] // 2]
    for frames in (cut, moving(3), noise(2)):
        large = torch.from_numpy(enlarged(frames)).permute(0, 3, 1, 2) / 255
        expected = [
            float(reference(large[i : i + 1], large[i + 1 : i + 2], data_range=1.0, normalize="relu"))
            for i in range(len(large) - 1)
        ]
        assert ms_ssim(frames) == pytest.approx(np.mean(expected), abs=2e-5)
