"""The one palette of the storybook world: base colours, skies by hour, and the light of hour and weather."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

RGB = tuple[int, int, int]

MAIN: Final[dict[str, RGB]] = {
    "red": (226, 48, 52),
    "orange": (240, 138, 38),
    "yellow": (250, 212, 56),
    "green": (62, 168, 72),
    "blue": (58, 100, 224),
    "purple": (158, 78, 204),
    "white": (246, 246, 250),
    "black": (58, 56, 70),
    "grey": (152, 154, 168),
    "brown": (136, 86, 54),
}
"""Colour word -> the colour of `M` pixels; `D` and `L` are its shade and its light."""

FIXED: Final[dict[str, RGB]] = {
    "O": (36, 28, 40),
    "W": (248, 248, 252),
    "K": (20, 18, 26),
    "B": (122, 74, 46),
    "G": (54, 150, 62),
    "Y": (255, 224, 92),
    "R": (150, 50, 54),
    "S": (248, 200, 160),
    "N": (48, 58, 110),
    "P": (240, 130, 140),
    "C": (168, 216, 244),
    "T": (184, 188, 200),
}

SKY: Final[dict[str, tuple[RGB, ...]]] = {
    "dawn": (
        (148, 150, 212),
        (184, 164, 214),
        (220, 178, 208),
        (246, 194, 196),
        (254, 214, 186),
        (255, 234, 196),
    ),
    "day": (
        (64, 148, 236),
        (86, 166, 244),
        (112, 184, 248),
        (142, 204, 250),
        (172, 220, 252),
        (200, 234, 254),
    ),
    "sunset": ((86, 58, 130), (140, 66, 132), (196, 78, 110), (232, 104, 84), (248, 146, 72), (254, 192, 92)),
    "night": ((18, 22, 62), (22, 28, 74), (28, 36, 86), (34, 44, 98), (40, 54, 110), (48, 64, 122)),
}
"""Six bands from the zenith to the horizon."""

HOUR_LIGHT: Final[dict[str, tuple[RGB, float]]] = {
    "dawn": ((255, 190, 190), 0.16),
    "day": ((255, 255, 255), 0.0),
    "sunset": ((214, 90, 90), 0.24),
    "night": ((24, 34, 96), 0.42),
}
"""Hour -> (colour of the light, how much of it lies on land, water and subjects)."""

WEATHER_LIGHT: Final[dict[str, tuple[RGB, float, float]]] = {
    "clear": ((255, 255, 255), 0.0, 0.0),
    "cloudy": ((255, 255, 255), 0.0, 0.0),
    "overcast": ((142, 148, 164), 0.62, 0.16),
    "rain": ((104, 122, 152), 0.66, 0.26),
    "storm": ((52, 54, 86), 0.72, 0.38),
    "snow": ((206, 214, 230), 0.62, 0.14),
}
"""Weather -> (colour, how much of it lies on the sky, how much on everything else)."""


def mix(colour: NDArray[np.float32] | RGB, other: RGB, amount: float) -> NDArray[np.float32]:
    """`colour` ([..., 3], 0..255) moved towards `other` by `amount` (0: unchanged, 1: `other`)."""
    base = np.asarray(colour, np.float32)
    return base + (np.asarray(other, np.float32) - base) * np.float32(amount)


def lit(colour: NDArray[np.float32] | RGB, time: str, weather: str) -> NDArray[np.float32]:
    """The colour of a thing in the light of this hour and weather."""
    tone, _, amount = WEATHER_LIGHT[weather]
    at_hour = mix(colour, *HOUR_LIGHT[time])
    if time == "night":
        amount *= 0.5  # the night is dark already: keep silhouettes readable
    return mix(at_hour, tone, amount)


def sky_bands(time: str, weather: str) -> NDArray[np.float32]:
    """The six sky colours, [6, 3], from the zenith to the horizon."""
    tone, amount, _ = WEATHER_LIGHT[weather]
    bands = np.asarray(SKY[time], np.float32)
    if amount:
        # The hour still colours the cloud deck: at night it is dark, at sunset it glows.
        tone_at_hour = mix(np.asarray(tone, np.float32), SKY[time][2], 0.62 if time == "night" else 0.3)
        bands = bands + (tone_at_hour - bands) * np.float32(amount)
    return bands
