"""Light: (hour, weather) -> the colour of every material, in five pages.

The pages are the material itself, in shadow, under a lamp, behind a streak of rain, and behind mist; adding
`SHADE`, `LIT`, `WET` or `MIST` to an index turns the page.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from direct2v.storybook.world.kinds import DARK_TIMES
from direct2v.storybook.world.materials import INDEX, MATERIALS, NUM_SKY_BANDS, RGB

PAGE: Final = 256
SHADE, LIT, WET, MIST = PAGE, 2 * PAGE, 3 * PAGE, 4 * PAGE
Colours = NDArray[np.float32]

SKIES: Final[dict[str, tuple[RGB, ...]]] = {
    "dawn": (
        (138, 160, 220),
        (182, 174, 222),
        (226, 184, 210),
        (252, 198, 190),
        (255, 216, 180),
        (255, 236, 200),
    ),
    "day": (
        (46, 132, 232),
        (72, 156, 242),
        (104, 182, 248),
        (142, 206, 252),
        (182, 226, 254),
        (216, 240, 255),
    ),
    "sunset": (
        (70, 62, 140),
        (126, 68, 142),
        (196, 78, 122),
        (242, 106, 84),
        (255, 152, 70),
        (255, 208, 104),
    ),
    "dusk": ((34, 32, 92), (56, 42, 116), (86, 52, 136), (124, 64, 146), (170, 84, 146), (214, 118, 140)),
    "night": ((12, 16, 50), (16, 24, 66), (22, 34, 82), (28, 46, 98), (38, 60, 114), (52, 76, 130)),
}
"""From the zenith to the horizon."""

HOUR: Final[dict[str, tuple[tuple[float, float, float], RGB]]] = {
    "dawn": ((1.0, 0.86, 0.88), (22, 6, 20)),
    "day": ((1.0, 1.0, 1.0), (0, 0, 0)),
    "sunset": ((0.98, 0.76, 0.66), (22, 2, 16)),
    "dusk": ((0.70, 0.60, 0.80), (14, 8, 34)),
    "night": ((0.42, 0.52, 0.76), (8, 14, 34)),
}
"""Hour -> (what it multiplies colours by, what it adds to them)."""

SUNS: Final[dict[str, tuple[RGB, RGB]]] = {
    "dawn": ((255, 250, 206), (255, 232, 190)),
    "day": ((255, 236, 96), (255, 250, 196)),
    "sunset": ((255, 232, 120), (255, 172, 84)),
}
"""Hour -> (the sun, its glow)."""

WEATHER: Final[dict[str, tuple[RGB, float, float, float]]] = {
    # the grey of the clouds; how much of it lies on the sky; how grey and how dark things become
    "clear": ((255, 255, 255), 0.0, 0.0, 1.0),
    "cloudy": ((255, 255, 255), 0.06, 0.0, 1.0),
    "overcast": ((168, 174, 190), 0.62, 0.30, 0.86),
    "fog": ((216, 222, 228), 0.74, 0.25, 0.98),
    "rain": ((120, 138, 166), 0.66, 0.30, 0.74),
    "storm": ((62, 62, 96), 0.78, 0.36, 0.56),
    "snow": ((206, 216, 234), 0.66, 0.22, 0.94),
    "rainbow": ((206, 226, 244), 0.25, 0.0, 1.0),
}
_BOW: Final[tuple[RGB, ...]] = (
    (248, 84, 84),
    (255, 164, 72),
    (255, 236, 96),
    (110, 216, 120),
    (92, 160, 248),
    (168, 112, 232),
)
_HAZE: Final = {"fog": 0.95, "rain": 0.6, "storm": 0.55, "snow": 0.5}
_SOFTEN: Final = 0.58
"""How much of the hour's light things in front are spared, so that their colours stay apart at night."""


def mix(colours: Colours | RGB, other: Colours | RGB, amount: float | NDArray[np.float32]) -> Colours:
    """`colours` ([..., 3], 0..255) moved towards `other` by `amount` (0: unchanged, 1: `other`)."""
    start = np.asarray(colours, np.float32)
    mixed: Colours = start + (np.asarray(other, np.float32) - start) * np.asarray(amount, np.float32)
    return mixed


def shines(time: str, weather: str) -> bool:
    """Whether lamps and windows are lit."""
    return time in DARK_TIMES or weather == "storm"


def sky(time: str, weather: str) -> Colours:
    """The colours of the sky's bands, [NUM_SKY_BANDS, 3], from the zenith to the horizon."""
    keys = np.asarray(SKIES[time], np.float32)
    at = np.linspace(0, len(keys) - 1, NUM_SKY_BANDS)
    channels = [np.interp(at, range(len(keys)), keys[:, channel]) for channel in range(3)]
    bands = np.stack(channels, axis=1).astype(np.float32)
    grey, amount, _, _ = WEATHER[weather]
    # The hour still colours the clouds: at night they are dark, at sunset they glow.
    share = {"day": 0.12, "dawn": 0.5, "sunset": 0.55, "dusk": 0.62, "night": 0.78}[time]
    if weather == "fog":
        share *= 0.75
    return mix(bands, mix(grey, keys[3], share), amount)


def _in_light(rgb: Colours, time: str, weather: str, spared: NDArray[np.float32]) -> Colours:
    """Colours in the light of hour and weather; `spared` 0..1 says how much of it they escape."""
    gain, lift = HOUR[time]
    at_hour = mix(rgb * np.asarray(gain, np.float32) + np.asarray(lift, np.float32), rgb, spared)
    _, _, grey, dark = WEATHER[weather]
    if time in DARK_TIMES:
        dark = 1 - (1 - dark) * 0.45  # the night is dark already: keep silhouettes readable
    luminance = at_hour @ np.asarray((0.3, 0.59, 0.11), np.float32)
    dimmed = at_hour * (1 - (1 - dark) * (1 - 0.6 * spared))
    return mix(dimmed, luminance[:, None] * dark, grey * (1 - spared))


@cache
def table(time: str, weather: str) -> NDArray[np.uint8]:
    """The colour of every material, [5 * PAGE, 3]."""
    materials = list(MATERIALS.values())
    rgb = np.asarray([m.rgb for m in materials], np.float32)
    depth = np.asarray([[m.depth] for m in materials], np.float32)
    snow = np.asarray([[m.snow] for m in materials], np.float32)
    parts = np.asarray([m.part for m in materials])
    bands = sky(time, weather)
    spared = np.where(parts == "subject", np.float32(_SOFTEN), np.float32(0))[:, None]
    if weather == "snow":
        rgb = mix(rgb, (242, 247, 255), snow)
    plain = _in_light(rgb, time, weather, spared)
    air = mix(bands[-2], bands[-4], 0.5)
    plain = mix(plain, air, depth * _HAZE.get(weather, 0.5))
    if weather == "fog":
        dense = np.where(parts == "subject", np.float32(0.12), np.float32(0.25))[:, None]
        plain = mix(plain, bands[-3], np.minimum(dense + depth * 1.4, 0.76))
    plain[parts == "light"] = rgb[parts == "light"]
    if shines(time, weather):
        for name in ("w", "y", "pane"):
            plain[INDEX[name]] = (255, 222, 110)
    _colour_sky(plain, bands, time, weather)
    _colour_rims(plain, time, weather)
    pages = np.zeros((5, PAGE, 3), np.float32)
    pages[:, : len(plain)] = plain
    _, shade, lit, wet, mist = pages
    shade *= np.asarray((0.66, 0.66, 0.78), np.float32)
    own = parts == "subject"  # a thing throws no shadow on things: its page holds its reflection in water
    shade[: len(plain)][own] = mix(plain[own], plain[INDEX["sea3"]], 0.5)
    lit[:] = mix(lit, (255, 232, 140), 0.5)
    wet[:] = mix(wet, mix(bands[NUM_SKY_BANDS // 2], (214, 230, 250), 0.5), 0.62)
    mist[:] = mix(mist, bands[-2], 0.6)
    colours = np.clip(np.rint(pages), 0, 255).astype(np.uint8).reshape(-1, 3)
    colours.flags.writeable = False
    return colours


def _colour_sky(plain: Colours, bands: Colours, time: str, weather: str) -> None:
    plain[INDEX["sky0"] : INDEX["sky0"] + NUM_SKY_BANDS] = bands
    middle, low = bands[NUM_SKY_BANDS // 2], bands[-3]
    sun, glow = SUNS.get(time, ((252, 248, 224), (150, 160, 210)))
    plain[INDEX["sun"]] = sun
    plain[INDEX["sun glow"]] = mix(middle if time == "day" else low, glow, 0.7)
    plain[INDEX["sun halo"]] = mix(middle if time == "day" else low, glow, 0.26)
    plain[INDEX["moon glow"]] = mix(bands[3], (150, 164, 220), 0.3)
    plain[INDEX["glitter"]] = mix(plain[INDEX["sea2"]], glow if time in SUNS else (214, 222, 240), 0.75)
    lit = {"dawn": (255, 240, 236), "day": (255, 255, 255), "sunset": (255, 206, 170)}
    top = lit.get(time, (132, 112, 170) if time == "dusk" else (92, 108, 160))
    under = {"sunset": (226, 112, 120), "dawn": (226, 190, 212)}.get(time, mix(top, middle, 0.45))
    plain[INDEX["cloud light"]] = top
    plain[INDEX["cloud"]] = mix(top, under, 0.35)
    plain[INDEX["cloud shade"]] = under
    grey = mix(WEATHER[weather][0], bands[2], 0.2 if time in ("day", "dawn") else 0.5)
    for name, darker in (("deck1", 0.74), ("deck2", 0.86), ("deck3", 0.97)):
        plain[INDEX[name]] = grey * darker
    plain[INDEX["flake"]] = mix((255, 255, 255), middle, 0.18 if time in DARK_TIMES else 0.0)
    for index, rgb in enumerate(_BOW):
        plain[INDEX[f"bow{index}"]] = mix(bands[NUM_SKY_BANDS // 2 + index], rgb, 0.62)


def _colour_rims(plain: Colours, time: str, weather: str) -> None:
    """Low sun, moon and evening sky draw a line of light on the side of things that looks towards them."""
    if time == "night":
        plain[INDEX["rim left"]] = mix(plain[INDEX["O"]], (170, 190, 236), 0.6)
    if time == "dusk" or weather == "storm":
        for name in ("rim left", "rim right"):
            plain[INDEX[name]] = mix(
                plain[INDEX["O"]], (206, 160, 226) if time == "dusk" else (176, 184, 224), 0.42
            )
    if weather in ("clear", "cloudy", "rainbow"):
        if time == "dawn":
            plain[INDEX["rim left"]] = mix(plain[INDEX["O"]], (255, 226, 200), 0.5)
        if time == "sunset":
            plain[INDEX["rim right"]] = mix(plain[INDEX["O"]], (255, 190, 110), 0.65)
