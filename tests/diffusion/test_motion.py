import math

import diffusers
import numpy as np
import pytest
import torch

from direct2v.diffusion.clean import clean_estimate
from direct2v.diffusion.motion import CameraPath, camera_path, translate, warp
from direct2v.diffusion.noise_law import CLEAN, noise_level, renoise
from direct2v.engine import DirecT2V
from direct2v.errors import SettingsError
from direct2v.model_source import ModelSource
from direct2v.storyboard import CameraMove, FramePrompt, Storyboard
from direct2v.storybook.reader import load_reader
from direct2v.storybook.world.kinds import POSITIONS

pytestmark = pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")  # diffusers


def path(*moves, drift=(0.0, 0.0)):
    return CameraPath(moves=tuple(CameraMove(**move) for move in moves), drift=drift)


def slow_translate(latents, shifts):
    """Pixel by pixel: the source is x + shift - half of 1/512, reflected at the edge, rounded."""
    result = torch.empty_like(latents)
    height, width = latents.shape[-2:]

    def source(position, shift, size):
        at = position + (2 * shift - 1) * size / 1024
        at = (at + 0.5) % (2 * size)
        at = min(at, 2 * size - at) - 0.5
        return round(min(max(at, 0), size - 1))

    for k, (right, down) in enumerate(shifts.tolist()):
        for y in range(height):
            for x in range(width):
                result[k, :, y, x] = latents[k, :, source(y, down, height), source(x, right, width)]
    return result


@pytest.mark.parametrize("motion", [(0, 0), (12, 12), (-30, 70), (100, -64), (512, 3.3)])
def test_translation_agrees_with_the_slow_twin(motion):
    latents = torch.randn(4, 2, 8, 16, generator=torch.Generator().manual_seed(0))
    shifts = torch.arange(4)[:, None] * torch.tensor(motion, dtype=torch.float32)
    assert torch.equal(translate(latents, shifts), slow_translate(latents, shifts))


def test_a_shift_of_whole_latents_moves_them_to_the_left_and_up():
    latents = torch.arange(64.0).reshape(1, 1, 8, 8)
    moved = translate(latents, torch.tensor([[128.0, 64.0]]))  # two to the right, one down
    assert torch.equal(moved[0, 0, :-1, :-2], latents[0, 0, 1:, 2:])


def test_translation_keeps_the_statistics_of_noise_and_the_dtype():
    noise = torch.randn(8, 4, 64, 64, generator=torch.Generator().manual_seed(0))
    moved = translate(noise.bfloat16(), torch.arange(8)[:, None] * torch.tensor([12.0, 12.0]))
    assert moved.dtype == torch.bfloat16
    assert moved.float().var().item() == pytest.approx(1.0, rel=0.02)


def test_moves_add_up_and_are_seen_from_the_first_frame():
    moves = path({"pan": 0.5}, {"pan": 0.25}, {"tilt": -0.5}, {"pan": -0.25}, drift=(1.0, 2.0))
    expected = torch.tensor([[0, 0], [128, 0], [128, -256], [0, -256]]) + torch.arange(4)[
        :, None
    ] * torch.tensor([1, 2])
    assert torch.equal(moves.shifts(), expected.float())
    views = moves.views(32, 64)
    torch.testing.assert_close(views[:, :, 2], expected / 512 * torch.tensor([64.0, 32.0]))
    assert torch.equal(views[:, :, :2], torch.eye(2).expand(4, 2, 2))


def test_a_pan_goes_by_what_is_seen():
    views = path({}, {"zoom": 2.0}, {"pan": 0.5}, {"zoom": 0.5, "roll": 90.0}, {"pan": 0.25}).views(8, 16)
    torch.testing.assert_close(views[2], torch.tensor([[0.5, 0, 4], [0, 0.5, 0]]))  # half of half the width
    # turned clockwise by a quarter the camera's right is down
    torch.testing.assert_close(views[4], torch.tensor([[0.0, -1, 4], [1, 0, 4]]))


def test_nothing_that_moves_is_no_path():
    frames = (
        FramePrompt(prompt="a", camera=CameraMove(zoom=2.0)),
        FramePrompt(prompt="b", camera=CameraMove()),
    )
    assert camera_path(Storyboard(prompt="a", frames=frames), 2, (0.0, 0.0)) is None
    assert camera_path(None, 3, (0.0, 0.0)) is camera_path(None, 1, (9.0, 0.0)) is None
    assert camera_path(None, 3, (0.0, 1.0)) == path({}, {}, {}, drift=(0.0, 1.0))


def slow_warp(latents, views):
    """Pixel by pixel: bilinear between the four around the source, each reflected at the edge."""
    result = torch.zeros_like(latents)
    height, width = latents.shape[-2:]

    def inside(position, size):
        position %= 2 * size
        return min(position, 2 * size - 1 - position)

    for k, view in enumerate(views.double().tolist()):
        for y in range(height):
            for x in range(width):
                at = (x - (width - 1) / 2, y - (height - 1) / 2, 1)
                source_x, source_y = (sum(a * b for a, b in zip(row, at, strict=True)) for row in view)
                source_x, source_y = source_x + (width - 1) / 2, source_y + (height - 1) / 2
                for j in (math.floor(source_y), math.floor(source_y) + 1):
                    for i in (math.floor(source_x), math.floor(source_x) + 1):
                        weight = (1 - abs(source_x - i)) * (1 - abs(source_y - j))
                        result[k, :, y, x] += weight * latents[k, :, inside(j, height), inside(i, width)]
    return result


@pytest.mark.parametrize(
    "move",
    [{"zoom": 1.3}, {"zoom": 0.6}, {"roll": 25.0}, {"pan": 0.13, "tilt": -0.4, "zoom": 2.0, "roll": -70.0}],
)
def test_warping_agrees_with_the_slow_twin(move):
    latents = torch.randn(1, 2, 6, 10, generator=torch.Generator().manual_seed(0)).expand(3, -1, -1, -1)
    views = path(move, move, move).views(6, 10)
    torch.testing.assert_close(warp(latents, views), slow_warp(latents, views), rtol=0, atol=1e-4)


def test_a_zoom_makes_things_larger_and_a_roll_turns_them_against_the_camera():
    picture = torch.zeros(1, 1, 16, 16)
    picture[..., 7:9, 9:11] = 1.0  # a thing of four pixels to the right of the centre
    nearer = warp(picture, path({}, {"zoom": 2.0}).views(16, 16)[1:])
    assert nearer.sum() == pytest.approx(4 * 4, rel=0.01)
    rolled = warp(picture, path({}, {"roll": 90.0}).views(16, 16)[1:])
    assert torch.allclose(rolled[..., 5:7, 7:9], torch.ones(2, 2), atol=1e-4)  # now above it


LAWS = [
    (diffusers.DDIMScheduler, {}),
    (diffusers.EulerDiscreteScheduler, {}),
    (diffusers.DPMSolverMultistepScheduler, {}),
    (diffusers.FlowMatchEulerDiscreteScheduler, {}),
]


@pytest.mark.parametrize(("kind", "config"), LAWS)
@pytest.mark.parametrize("move", [{"pan": 0.11}, {"tilt": 0.2}, {"zoom": 1.4}, {"zoom": 0.7}, {"roll": 20.0}])
def test_after_any_move_the_noise_is_that_of_the_law(kind, config, move):
    scheduler = kind(**config)
    scheduler.set_timesteps(20)
    t0, t1 = noise_level(scheduler, 12), noise_level(scheduler, 5)
    first, second = torch.randn(2, 6, 4, 64, 64, generator=torch.Generator().manual_seed(3))
    content = 2.0
    moves = path({}, *[move] * 5)
    x = renoise(torch.full_like(first, content), first, CLEAN, t0)
    if moves.only_shifts:
        x = renoise(translate(x, moves.shifts()), second, t0, t1)
    else:
        clean = clean_estimate(scheduler, t0, x, what_a_perfect_model_says(scheduler, t0, content, first))
        torch.testing.assert_close(clean, torch.full_like(first, content), rtol=0, atol=1e-4)
        x = renoise(warp(clean, moves.views(64, 64)), second, CLEAN, t1)
    for frame in x[1:]:
        assert frame.var().item() == pytest.approx(t1.noise**2, rel=0.05)  # 16,384 numbers: 1 % of chance
    assert x[1:].var().item() == pytest.approx(t1.noise**2, rel=0.02)
    assert x.mean().item() == pytest.approx(t1.signal * content, abs=0.02 * (t1.signal + t1.noise))


def what_a_perfect_model_says(scheduler, level, clean, noise):
    kind = scheduler.config.get("prediction_type")
    if kind == "epsilon":
        return noise
    if kind == "v_prediction":
        return (level.signal * noise - level.noise * clean) / (level.signal**2 + level.noise**2) ** 0.5
    return torch.full_like(noise, clean) if kind == "sample" else noise - clean


def test_interpolating_noise_itself_would_miss_the_law():
    noise = torch.randn(1, 4, 64, 64, generator=torch.Generator().manual_seed(0)).expand(2, -1, -1, -1)
    assert warp(noise, path({}, {"zoom": 1.4}).views(64, 64))[1].var() < 0.6


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction", "sample"])
@pytest.mark.parametrize("kind", [diffusers.DDIMScheduler, diffusers.EulerDiscreteScheduler])
def test_the_clean_estimate_is_the_schedulers_own(kind, prediction_type):
    scheduler = kind(
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type=prediction_type,
        **{"clip_sample": False} if kind is diffusers.DDIMScheduler else {},
    )
    scheduler.set_timesteps(10)
    x, output = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    scheduler.scale_model_input(x, scheduler.timesteps[0])
    expected = scheduler.step(output, scheduler.timesteps[0], x).pred_original_sample
    ours = clean_estimate(scheduler, noise_level(scheduler, 0), x, output)
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)


def test_a_model_that_predicts_something_else_is_refused():
    scheduler = diffusers.CMStochasticIterativeScheduler()
    scheduler.set_timesteps(4)
    with pytest.raises(SettingsError, match="camera zoom and roll need a model that predicts"):
        clean_estimate(scheduler, noise_level(scheduler, 0), torch.ones(1, 4, 2, 2), torch.ones(1, 4, 2, 2))


def test_a_pan_moves_what_is_drawn_the_other_way():
    """Only the first frame's words say where the balloon is; the others have it from the layout."""
    engine, reader = DirecT2V.from_pretrained(ModelSource(name="storybook", device="cpu")), load_reader()

    def slope(pan, side):
        frames = [FramePrompt(prompt=f"a red balloon on the {side}, a meadow, clear sky")]
        frames += [FramePrompt(prompt="a red balloon, a meadow, clear sky", camera=CameraMove(pan=pan))] * 3
        slopes = []
        for seed in range(2):
            board = Storyboard(prompt="a balloon", frames=tuple(frames))
            pictures = engine.render(board, seed=seed, output_type="np").frames
            seen = reader.read((pictures * 255).round().astype("uint8"))
            places = [POSITIONS.index(reading.subjects["balloon"]["position"]) for reading in seen]
            slopes.append(np.polyfit(range(4), places, 1)[0])
        return np.mean(slopes)

    # a tenth of the width is 0.6 of the steps between positions
    assert slope(0.1, "right") < -0.3
    assert slope(-0.1, "left") > 0.3
