"""Scene -> picture: a 64 x 64 pixel-art renderer in NumPy, about 2,500 pictures/s on one core.

A picture is a cached background (sky, place, clouds), sprites cut from text, and a cached veil (rain, snow,
lightning) in front of them. Rain, stars and clouds come in `NUM_VARIANTS` fixed patterns, so that the world
has variety at low entropy.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from direct2v.storybook.palette import FIXED, MAIN, RGB, lit, mix, sky_bands
from direct2v.storybook.scene import FLYERS, POSITIONS, Scene, Subject
from direct2v.storybook.sprites import CACTUS, PINE, SPRITES

SIZE: Final = 64
NUM_VARIANTS: Final = 3

Picture = NDArray[np.uint8]
Canvas = NDArray[np.float32]
Mask = NDArray[np.bool_]

_CENTRES: Final = dict(zip(POSITIONS, (10, 21, 32, 43, 54), strict=True))
_HORIZON: Final = {"sea": 34, "meadow": 38, "mountains": 42, "desert": 40, "city": 44, "forest": 42}
_SUN_X: Final = 47
_LOW_SUN_Y: Final = {"sea": 32, "meadow": 28, "mountains": 24, "desert": 31, "city": 27, "forest": 22}
_Y, _X = np.mgrid[0:SIZE, 0:SIZE]


def _pattern(text: str) -> NDArray[np.str_]:
    rows = text.strip("\n").split("\n")
    width = max(map(len, rows))
    return np.array([list(row.ljust(width, ".")) for row in rows])


def _coloured(letters: NDArray[np.str_], main: RGB, time: str, weather: str) -> tuple[Canvas, Mask]:
    table: dict[str, NDArray[np.float32] | RGB] = dict(FIXED)
    table |= {"M": main, "D": mix(main, (30, 20, 60), 0.28), "L": mix(main, (255, 255, 255), 0.38)}
    pixels = np.zeros((*letters.shape, 3), np.float32)
    for letter in np.unique(letters):
        if letter != ".":
            # Lamps and lit windows keep their own light at night.
            glows = letter == "Y" and time == "night"
            pixels[letters == letter] = table[letter] if glows else lit(table[letter], time, weather)
    return pixels, letters != "."


@cache
def _sprite(
    kind: str, stage: str | None, facing: str | None, colour: str, time: str, weather: str
) -> tuple[Canvas, Mask]:
    letters = _pattern(SPRITES[kind, stage])
    if facing == "left":
        letters = letters[:, ::-1]
    return _coloured(letters, MAIN[colour], time, weather)


def _paste(canvas: Canvas, pixels: Canvas, mask: Mask, top: int, left: int) -> Mask:
    """Draws a sprite, clipped at the borders; returns where it was drawn, [SIZE, SIZE]."""
    drawn = np.zeros((SIZE, SIZE), np.bool_)
    height, width = mask.shape
    y0, y1, x0, x1 = max(top, 0), min(top + height, SIZE), max(left, 0), min(left + width, SIZE)
    if y0 < y1 and x0 < x1:
        part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        drawn[y0:y1, x0:x1] = mask[part]
        canvas[drawn] = pixels[part][mask[part]]
    return drawn


def _sky(place: str, time: str, weather: str, sun: str | None, variant: int) -> Canvas:
    horizon = _HORIZON[place]
    canvas = np.zeros((SIZE, SIZE, 3), np.float32)
    bands = sky_bands(time, weather)
    index = np.minimum(np.arange(SIZE) * 6 // horizon, 5)
    canvas[:] = bands[index][:, None]
    if time == "night" and weather in ("clear", "cloudy"):
        rng = np.random.default_rng(100 + variant)
        for y, x in zip(rng.integers(0, horizon - 6, 22), rng.integers(0, SIZE, 22), strict=True):
            canvas[y, x] = (250, 246, 214)
    if sun is not None:
        _draw_sun(canvas, time, 10 if sun == "high" else _LOW_SUN_Y[place])
    return canvas


def _draw_sun(canvas: Canvas, time: str, y: int) -> None:
    distance = (_X - _SUN_X) ** 2 + (_Y - y) ** 2
    if time == "night":
        canvas[distance <= 27] = (246, 242, 214)
        for dy, dx in ((-2, -1), (1, 2), (2, -2), (-1, 2)):
            canvas[y + dy, _SUN_X + dx] = (212, 206, 182)
        return
    core, glow = {
        "dawn": ((255, 246, 190), (255, 226, 186)),
        "day": ((255, 226, 64), (252, 240, 160)),
        "sunset": ((255, 214, 84), (255, 164, 76)),
    }[time]
    canvas[distance <= 50] = mix(canvas[distance <= 50], glow, 0.65)
    canvas[distance <= 30] = core


def _clouds(canvas: Canvas, time: str, weather: str, variant: int) -> None:
    if weather == "clear":
        return
    if weather == "cloudy":
        puff = lit((252, 252, 255), time, weather)
        shade = mix(puff, sky_bands(time, weather)[1].tolist(), 0.35)
        for y, x, width in (
            ((6, 2, 15), (13, 22, 17), (4, 43, 16)),
            ((5, 12, 16), (14, 0, 14), (12, 40, 18)),
            ((13, 6, 17), (4, 24, 15), (14, 46, 16)),
        )[variant]:
            rows = (
                (y, x + 5, width - 9),
                (y + 1, x + 2, width - 4),
                (y + 2, x, width),
                (y + 3, x + 1, width - 2),
            )
            for row, start, length in rows:
                canvas[row, max(start, 0) : start + length] = puff
            canvas[y + 3, max(x + 1, 0) : x + width - 1] = shade
        return
    base: dict[str, RGB] = {
        "overcast": (160, 166, 182),
        "rain": (104, 114, 138),
        "storm": (60, 60, 84),
        "snow": (204, 210, 224),
    }
    deck = mix(base[weather], sky_bands(time, weather)[0].tolist(), 0.55 if time == "night" else 0.25)
    columns = np.arange(SIZE)
    for depth, shift, period, tone in ((13, 0, 17, 1.0), (9, 7, 13, 0.88), (5, 3, 19, 0.78)):
        bumps = np.abs(np.sin(np.pi * (columns + shift + 5 * variant) / period))
        edge = depth + np.rint(2.4 * bumps).astype(int)
        canvas[edge[None] > _Y] = deck * tone


def _hills(
    canvas: Canvas, base: int, height: float, period: float, shift: float, colour: NDArray[np.float32]
) -> None:
    edge = base - np.rint(
        height * (0.5 + 0.5 * np.sin(2 * np.pi * (np.arange(SIZE) + shift) / period))
    ).astype(int)
    canvas[edge[None] <= _Y] = colour


def _ground(canvas: Canvas, top: int, colours: tuple[RGB, ...], time: str, weather: str) -> None:
    """Flat bands, the last one the nearest; snow lies on all of them."""
    height = SIZE - top
    for index, colour in enumerate(colours):
        white = 0.72 if weather == "snow" else 0.0
        canvas[top + index * height // len(colours) :] = lit(
            mix(colour, (240, 244, 252), white), time, weather
        )


def _sea(canvas: Canvas, time: str, weather: str, sun: str | None, variant: int) -> None:
    blues: tuple[RGB, ...] = ((74, 152, 220), (56, 132, 208), (42, 112, 192), (32, 94, 174))
    top = _HORIZON["sea"]
    for index, colour in enumerate(blues):
        canvas[top + index * 30 // 4 :] = lit(colour, time, weather)
    crest = lit((200, 228, 250), time, weather)
    step = 4 if weather == "storm" else 6
    for row, y in enumerate(range(top + 3, SIZE - 1, step)):
        for x in range((row * 7) % 12 - 4, SIZE, 12):
            canvas[y, max(x, 0) : max(x + 4, 0)] = crest
            if weather == "storm":  # high seas: peaked waves instead of lines
                canvas[y - 1, max(x + 1, 0) : max(x + 3, 0)] = crest
                canvas[y + 1, max(x - 1, 0) : max(x + 5, 0)] = mix(crest, (30, 60, 110), 0.55)
    if sun is not None:
        glitter = {
            "dawn": (255, 226, 190),
            "day": (250, 246, 190),
            "sunset": (255, 198, 104),
            "night": (226, 226, 206),
        }[time]
        for row, y in enumerate(range(top + 1, top + 16, 2)):
            half = (4, 2, 5, 3, 4, 2, 3, 1)[row]
            canvas[y, _SUN_X - half : _SUN_X + half + 1] = glitter


def _meadow(canvas: Canvas, time: str, weather: str, sun: str | None, variant: int) -> None:
    white = 0.6 if weather == "snow" else 0.0
    _hills(canvas, 38, 8, 46, 8, lit(mix((122, 196, 112), (240, 244, 252), white), time, weather))
    _ground(canvas, 41, ((102, 190, 84), (84, 174, 72), (68, 156, 62)), time, weather)
    tuft = lit((52, 134, 52), time, weather)
    for y, x in ((44, 6), (46, 30), (45, 52), (51, 16), (52, 40), (58, 4), (60, 26), (59, 56)):
        canvas[y, x] = canvas[y - 1, x + 1] = tuft


def _mountains(canvas: Canvas, time: str, weather: str, sun: str | None, variant: int) -> None:
    for peak, top, slope in ((54, 20, 1.0), (6, 24, 1.0), (30, 12, 0.85)):
        rock = top + np.abs(_X - peak) * slope <= _Y
        canvas[rock] = lit((112, 112, 150), time, weather)
        canvas[rock & (peak <= _X)] = lit((82, 82, 122), time, weather)
        depth = 9 if weather == "snow" else 6
        cap = rock & (top + depth + np.array([0, 2, 1, 3])[_X % 4] > _Y)
        canvas[cap] = lit((246, 248, 254), time, weather)
        canvas[cap & (peak < _X)] = lit((204, 212, 236), time, weather)
    _ground(canvas, 43, ((112, 182, 96), (90, 166, 80), (72, 148, 68)), time, weather)


def _desert(canvas: Canvas, time: str, weather: str, sun: str | None, variant: int) -> None:
    white = 0.6 if weather == "snow" else 0.0
    _hills(canvas, 41, 9, 60, 30, lit(mix((226, 176, 104), (240, 244, 252), white), time, weather))
    _ground(canvas, 43, ((242, 204, 132), (236, 192, 116), (228, 180, 102)), time, weather)
    _paste(canvas, *_coloured(_pattern(CACTUS), (54, 150, 62), time, weather), 36, 5)


def _city(canvas: Canvas, time: str, weather: str, sun: str | None, variant: int) -> None:
    dark = time in ("night", "sunset") or weather in ("storm", "rain")
    for x, top, width, tone in (
        (0, 22, 9, 0),
        (9, 30, 8, 1),
        (17, 16, 10, 0),
        (27, 27, 9, 1),
        (36, 20, 8, 0),
        (44, 30, 9, 1),
        (53, 18, 11, 0),
    ):
        wall = ((136, 142, 178), (114, 120, 158))[tone]
        canvas[top:46, x : x + width] = lit(wall, time, weather)
        canvas[top : top + 1, x : x + width] = lit(
            (240, 244, 252) if weather == "snow" else (90, 94, 130), time, weather
        )
        for y in range(top + 3, 43, 5):
            for wx in range(x + 2, x + width - 2, 4):
                is_on = dark and (wx * 7 + y * 3) % 5 < 3
                canvas[y : y + 3, wx : wx + 2] = (
                    (255, 222, 96) if is_on else lit((178, 200, 232), time, weather)
                )
    pavement = (232, 236, 244) if weather == "snow" else (172, 172, 182)
    canvas[44:] = lit(pavement, time, weather)
    canvas[49:] = lit((198, 204, 216) if weather == "snow" else (104, 106, 120), time, weather)
    for x in range(2, SIZE, 12):
        canvas[56:58, x : x + 6] = lit((240, 214, 120), time, weather)


def _forest(canvas: Canvas, time: str, weather: str, sun: str | None, variant: int) -> None:
    canvas[36:] = lit((44, 104, 70), time, weather)
    letters = _pattern(PINE)
    if weather == "snow":
        letters = np.where((letters == "G") & (np.arange(letters.shape[0])[:, None] % 3 == 0), "W", letters)
    far, near = (
        _coloured(letters, (38, 112, 66), time, weather),
        _coloured(letters, (30, 92, 52), time, weather),
    )
    for x in range(-3, SIZE, 9):
        _paste(canvas, mix(far[0], sky_bands(time, weather)[4].tolist(), 0.35), far[1], 23, x)
    for x in range(-8, SIZE, 11):
        _paste(canvas, *near, 29, x)
    _ground(canvas, 45, ((70, 140, 66), (56, 122, 56), (46, 106, 48)), time, weather)


_PLACES: Final = {
    "sea": _sea,
    "meadow": _meadow,
    "mountains": _mountains,
    "desert": _desert,
    "city": _city,
    "forest": _forest,
}


@cache
def _background(place: str, time: str, weather: str, sun: str | None, variant: int) -> Picture:
    canvas = _sky(place, time, weather, sun, variant)
    _clouds(canvas, time, weather, variant)
    _PLACES[place](canvas, time, weather, sun, variant)
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


@cache
def _veil(time: str, weather: str, variant: int) -> tuple[Mask, Picture]:
    """What falls in front of everything: where, [SIZE, SIZE], and its colour, [SIZE, SIZE, 3]."""
    mask = np.zeros((SIZE, SIZE), np.bool_)
    colour = np.zeros((SIZE, SIZE, 3), np.uint8)
    rng = np.random.default_rng(200 + variant)
    if weather in ("rain", "storm"):
        for y, x in zip(rng.integers(8, SIZE, 60), rng.integers(0, SIZE, 60), strict=True):
            for step in range(3):
                mask[min(y + step, SIZE - 1), (x - step // 2) % SIZE] = True
        colour[mask] = (150, 176, 224) if time == "night" else (196, 216, 246)
    if weather == "snow":
        for y, x in zip(rng.integers(8, SIZE, 44), rng.integers(0, SIZE, 44), strict=True):
            mask[y : y + 2, x : x + 1 + (y % 2)] = True
        colour[mask] = (252, 253, 255)
    if weather == "storm":
        x = (16, 28, 40)[variant]
        for y in range(11, 37):
            x += (-1, -1, 1, -1, 0, 2, -1, -1)[y % 8]
            mask[y, x : x + 3] = True
            colour[y, x : x + 3] = (255, 244, 150)
    return mask, colour


def _origin(subject: Subject, shape: tuple[int, ...]) -> tuple[int, int]:
    """(top, left) of the sprite of `subject`."""
    left = _CENTRES[subject.position] - shape[1] // 2
    if subject.kind in FLYERS:
        return (5 if subject.kind == "balloon" else 14), left
    return (56 if subject.kind == "sailboat" else 61) - shape[0], left


def _draw(scene: Scene, variant: int) -> tuple[Picture, Mask]:
    if not 0 <= variant < NUM_VARIANTS:
        raise ValueError(f"variant is {variant}; accepted: 0 to {NUM_VARIANTS - 1}")
    canvas = _background(scene.place, scene.time, scene.weather, scene.sun, variant).astype(np.float32)
    drawn = np.zeros((SIZE, SIZE), np.bool_)
    for subject in scene.subjects:
        pixels, mask = _sprite(
            subject.kind, subject.stage, subject.facing, subject.colour, scene.time, scene.weather
        )
        drawn |= _paste(canvas, pixels, mask, *_origin(subject, mask.shape))
    picture = np.clip(np.rint(canvas), 0, 255).astype(np.uint8)
    veil, colour = _veil(scene.time, scene.weather, variant)
    picture[veil] = colour[veil]
    return picture, drawn


def render(scene: Scene, variant: int = 0) -> Picture:
    """The picture of a scene, [64, 64, 3] uint8 RGB.

    Args:
        scene: What to draw.
        variant: Which of the fixed rain, star and cloud patterns, 0 to `NUM_VARIANTS` - 1.

    Raises:
        ValueError: `variant` is out of range.
    """
    return _draw(scene, variant)[0]


def subject_mask(scene: Scene) -> Mask:
    """Where the subjects of a scene are, [64, 64] bool; used to weigh training losses."""
    return _draw(scene, 0)[1]
