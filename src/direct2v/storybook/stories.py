"""A sentence -> a sequence of scenes, by rules over the world's own events.

This planner knows the storybook world and nothing else: it finds places, hours, weathers, things and colours
in the sentence, decides which events it tells (weather builds or clears, the day passes, something crosses,
enters, leaves, meets, grows, changes colour), and lays each event over the frames. What it cannot draw it
names in a note.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

from direct2v.storybook import lexicon
from direct2v.storybook.scene import (
    COLOURS_OF,
    KINDS,
    MOVERS,
    POSITIONS,
    STAGES_OF,
    SUN_WEATHERS,
    Scene,
    Subject,
    kinds_at,
)

STORM: Final = ("clear", "cloudy", "overcast", "rain", "storm")
RAIN: Final = ("clear", "cloudy", "overcast", "rain")
SNOW: Final = ("cloudy", "overcast", "snow")
_HOME: Final = dict.fromkeys(KINDS, "meadow") | {"sailboat": "sea", "car": "city", "balloon": "mountains"}
T = TypeVar("T")
Track = tuple[Subject | None, ...]
"""How one subject develops: its states in order, None where it is absent."""
Hour = tuple[str, str]
"""(time, sun)"""
SUNSET: Final[tuple[Hour, ...]] = (("day", "high"), ("day", "low"), ("sunset", "low"), ("night", "high"))
AFTERNOON: Final[tuple[Hour, ...]] = (
    ("day", "high"),
    ("day", "low"),
    ("sunset", "low"),
    ("night", "low"),
    ("night", "high"),
)
SUNRISE: Final[tuple[Hour, ...]] = (("night", "high"), ("dawn", "low"), ("dawn", "high"), ("day", "high"))
NIGHTFALL: Final[tuple[Hour, ...]] = (("sunset", "high"), ("sunset", "low"), ("night", "high"))
WHOLE_DAY: Final[tuple[Hour, ...]] = (
    ("dawn", "low"),
    ("dawn", "high"),
    ("day", "high"),
    ("day", "low"),
    ("sunset", "low"),
    ("night", "low"),
    ("night", "high"),
)
_SPOKEN: Final[tuple[tuple[tuple[Hour, ...], str], ...]] = (
    (
        WHOLE_DAY,
        r"from (dawn|morning|sunrise) (to|till|until) (dusk|night|sunset|evening)|(whole|passing) day|"
        r"day passes|time-?lapse",
    ),
    (
        SUNSET,
        r"sun (is )?(slowly )?(sets|setting|goes down)|day to night|"
        r"day (turns|turning|fades|fading) (in)?to night",
    ),
    (
        SUNRISE,
        r"sun (is )?(slowly )?(rises|rising|comes up)|(dawn|day) breaks|"
        r"(night|darkness) (turns|turning) (in)?to (day|morning)|night to day",
    ),
    (NIGHTFALL, r"(night|darkness) (is )?(falls|falling|comes)|nightfall"),
)
"""Phrases that tell a passing of hours."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The scenes of a story, one a frame, and plain notes about what the world could not give."""

    scenes: tuple[Scene, ...]
    notes: tuple[str, ...] = ()


def plan(prompt: str, num_frames: int) -> Plan:
    """Lays the story of `prompt` over `num_frames` scenes.

    With one frame the scene is the story's end. The same prompt always gives the same plan.

    Raises:
        ValueError: `num_frames` is below 1.
    """
    if num_frames < 1:
        raise ValueError(f"num_frames is {num_frames}; accepted: 1 or more")
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", prompt.lower())
    notes: list[str] = []
    place, kinds = _cast(words, notes)
    weathers = _weathers(words)
    hours = _hours(words, weathers)
    tracks = [_track(kind, index, kinds, words) for index, kind in enumerate(kinds)]
    if len(weathers) == 1 and len(hours) == 1 and all(len(track) == 1 for track in tracks):
        tracks, hours, weathers = _make_something_happen(tracks, hours, weathers, words, notes)
    if not any(_means_something(word) for word in words):
        notes.append(f"No word of the sentence names anything in the storybook world, so it shows a {place}.")
    if counted := [word for word in words if word in lexicon.COUNTS]:
        notes.append(
            f"The storybook world draws one of each kind, whatever was counted: {', '.join(counted)}."
        )
    if unknown := _unknown(words):
        notes.append(f"The storybook world has no picture for: {', '.join(unknown)}.")
    scenes = []
    for index in range(num_frames):
        at = index / (num_frames - 1) if num_frames > 1 else 1.0
        time, sun = _state(hours, at)
        weather = _state(weathers, at)
        subjects = [_state(track, at) for track in tracks]
        scenes.append(
            Scene(
                place,
                time,
                weather,
                sun if weather in SUN_WEATHERS else None,
                tuple(s for s in subjects if s is not None),
            )
        )
    if not any(word in lexicon.TIME for word in words) and len(hours) == 1:
        told, scenes = scenes, _time_passes(scenes)
        if scenes != told:
            notes.append("Where nothing else changes, the sun goes down.")
    different = 1 + sum(before != after for before, after in pairwise(scenes))
    if different < num_frames:
        notes.append(f"The story has {different} different pictures for {num_frames} frames, so some repeat.")
    return Plan(tuple(scenes), tuple(notes))


def _time_passes(scenes: list[Scene]) -> list[Scene]:
    """Lets the sun go down step by step where neighbours would be the same picture."""
    still = [index for index in range(1, len(scenes)) if scenes[index] == scenes[index - 1]]
    num_steps = len(AFTERNOON) - 1
    if len(still) > num_steps:  # spread over the story, not spent at its start
        still = [still[(2 * step + 1) * len(still) // (2 * num_steps)] for step in range(num_steps)]
    passed: list[Scene] = []
    hour = 0
    for index, scene in enumerate(scenes):
        now = _at_hour(scene, hour)
        while index in still and now == passed[-1] and hour < num_steps:  # not every step shows under clouds
            hour += 1
            now = _at_hour(scene, hour)
        passed.append(now)
    return passed


def _at_hour(scene: Scene, hour: int) -> Scene:
    time, sun = AFTERNOON[hour]
    return scene.at(time=time, sun=sun)


def _state(states: Sequence[T], at: float) -> T:
    """The state at position `at` in 0..1 of a story; the first and last states always get the ends."""
    return states[min(int(at * len(states)), len(states) - 1)]


def _cast(words: list[str], notes: list[str]) -> tuple[str, list[str]]:
    """The place, and at most two kinds that can be there, in the order of the sentence."""
    called: dict[str, str] = {}  # kind -> what the sentence calls it
    for word in words:
        kind = _kind_named(word)
        if kind is not None:
            called.setdefault(kind, word)
    named = [lexicon.PLACE[word] for word in words if word in lexicon.PLACE]
    homes = [_HOME[kind] for kind in called]
    fitting = [home for home in homes if set(called) <= set(kinds_at(home))]
    place = (named or fitting or homes or ["meadow"])[0]
    misplaced = [word for kind, word in called.items() if kind not in kinds_at(place)]
    if misplaced:
        notes.append(f"Cannot be drawn in this place ({place}) and left out: {', '.join(misplaced)}.")
    kinds = [kind for kind in called if kind in kinds_at(place)]
    if kinds[2:]:
        extra = ", ".join(called[kind] for kind in kinds[2:])
        notes.append(f"A storybook scene holds two subjects, so these were left out: {extra}.")
    for kind in kinds[:2]:
        if called[kind] in lexicon.NEAREST:
            notes.append(
                f"The storybook world has no {called[kind]}; the nearest it has, a {kind}, is drawn instead."
            )
    return place, kinds[:2]


def _kind_named(word: str) -> str | None:
    """The kind that a word names, or the nearest that the world has to it."""
    return lexicon.NEAREST.get(word) or lexicon.KIND.get(word)


def _weathers(words: list[str]) -> tuple[str, ...]:
    named = list(dict.fromkeys(lexicon.WEATHER[word] for word in words if word in lexicon.WEATHER))
    falling = [name for name in named if name in ("storm", "rain", "snow")]
    if not falling:
        if len(named) > 1:
            return tuple(named)
        if named == ["cloudy"] and lexicon.BUILDING & set(words):
            return ("clear", "cloudy", "overcast")
        return (named[0],) if named else ("clear",)
    arc = {"storm": STORM, "rain": RAIN, "snow": SNOW}[falling[0]]
    spoken = set(words)
    nouns = {
        "storm",
        "storms",
        "thunderstorm",
        "thunderstorms",
        "tempest",
        "snowfall",
        "rainfall",
        "blizzard",
        "snowstorm",
    }
    if spoken & lexicon.CLEARING and not spoken & {"developing", "gathering", "approaching", "brewing"}:
        return arc[::-1]
    if "in" in spoken and not spoken & (lexicon.BUILDING - {"in"}) and not spoken & nouns:
        return (falling[0],)  # "a dog in the rain": the weather is the setting, not the story
    return arc if spoken & (lexicon.BUILDING | nouns) else (falling[0],)


def _hours(words: list[str], weathers: tuple[str, ...]) -> tuple[Hour, ...]:
    text = " ".join(words)
    for passing, phrases in _SPOKEN:
        if re.search(rf"\b({phrases})\b", text):
            return passing
    named = [word for word in words if word in lexicon.TIME]
    times = [lexicon.TIME[word] for word in named]
    if len(set(times)) > 1:
        return tuple((time, "low" if time in ("dawn", "sunset") else "high") for time in dict.fromkeys(times))
    if not times:
        return (("day", "high"),)
    as_setting = re.search(rf"\b(at|in the|in|by|during|one|every) {re.escape(named[0])}\b", text)
    event = {"sunset": SUNSET, "sunrise": SUNRISE, "daybreak": SUNRISE}.get(named[0])
    if event and not as_setting and len(weathers) == 1:
        return event
    return ((times[0], "low" if times[0] in ("dawn", "sunset") else "high"),)


def _colours(kind: str, words: list[str]) -> list[str]:
    """The colours said right before the kind's word, then any other that the kind can have."""
    accepted = COLOURS_OF[kind]
    where = next(index for index, word in enumerate(words) if _kind_named(word) == kind)
    before = [lexicon.COLOUR[word] for word in words[max(where - 3, 0) : where] if word in lexicon.COLOUR]
    after = [lexicon.COLOUR[word] for word in words[where + 1 :] if word in lexicon.COLOUR]
    changing = after if lexicon.TURNING & set(words) else after[:1] if kind in ("person", "sailboat") else []
    return [colour for colour in dict.fromkeys([*before[-1:], *changing]) if colour in accepted]


def _track(kind: str, index: int, kinds: list[str], words: list[str]) -> Track:
    spoken, alone = set(words), len(kinds) == 1
    colours = _colours(kind, words)
    if kind == "tree" and "autumn" in spoken:
        colours = ["green", "yellow", "orange", "red"]
    if lexicon.TURNING & spoken and len(colours) == 1 and colours[0] != COLOURS_OF[kind][0]:
        colours = [COLOURS_OF[kind][0], *colours]
    to_left = re.search(r"\b(to the left|right to left|leftwards?)\b", " ".join(words)) is not None
    facing = ("left" if to_left else "right") if kind in MOVERS else None
    home = "centre" if alone else ("left", "right")[index]
    stage = STAGES_OF[kind][-1] if kind in STAGES_OF else None
    subject = Subject(kind, (colours or list(COLOURS_OF[kind]))[0], home, facing, stage)
    path = POSITIONS[::-1] if to_left else POSITIONS
    goes = kind in MOVERS or kind == "balloon"
    if len(colours) > 1:
        return tuple(subject.at(colour=colour) for colour in colours)
    if stage is not None and (lexicon.GROWING & spoken):
        return tuple(subject.at(stage=name) for name in STAGES_OF[kind])
    if goes and not alone and lexicon.MEETING & spoken:
        way = (("far left", "left"), ("far right", "right"))[index]
        turned = ("right", "left")[index] if kind in MOVERS else None
        return tuple(subject.at(position=position, facing=turned) for position in way)
    if goes and (alone or index == 0):
        if lexicon.MOVING & spoken:
            stops = path if alone else path[:3]
            return tuple(subject.at(position=position) for position in stops)
        if lexicon.ENTERING & spoken and not lexicon.WEATHER.keys() & spoken:
            return (None, *(subject.at(position=position) for position in path[:3]))
        if lexicon.LEAVING & spoken:
            return (*(subject.at(position=position) for position in path[2:]), None)
    return (subject,)


def _make_something_happen(
    tracks: list[Track],
    hours: tuple[Hour, ...],
    weathers: tuple[str, ...],
    words: list[str],
    notes: list[str],
) -> tuple[list[Track], tuple[Hour, ...], tuple[str, ...]]:
    """A sentence without an event still becomes a story, but never against what it says.

    A mover that does not rest crosses the picture; else the hours pass, or clouds, whichever is left open.
    """
    first = tracks[0][0] if tracks else None
    said, spoken = "The sentence tells no change, so", set(words)
    if first is not None and first.kind in MOVERS and len(tracks) == 1 and not lexicon.RESTING & spoken:
        notes.append(f"{said} the {first.kind} crosses the picture.")
        tracks = [tuple(first.at(position=position) for position in POSITIONS)]
    elif not lexicon.TIME.keys() & spoken:
        notes.append(f"{said} the light changes with the hours.")
        hours = SUNSET
    elif not lexicon.WEATHER.keys() & spoken:
        notes.append(f"{said} clouds come and go.")
        weathers = ("clear", "cloudy", "overcast", "cloudy", "clear")
    else:
        notes.append(f"{said} the frames stay alike.")
    return tracks, hours, weathers


def _means_something(word: str) -> bool:
    """Whether the word names a place, an hour, a weather, a thing or a colour."""
    tables = (lexicon.PLACE, lexicon.TIME, lexicon.WEATHER, lexicon.KIND, lexicon.COLOUR, lexicon.NEAREST)
    return any(word in table for table in tables)


def _unknown(words: list[str]) -> list[str]:
    """Words that mean nothing in the world, in the order of the sentence; 12 are enough for a note."""
    known = lexicon.FILLER | lexicon.BUILDING | lexicon.CLEARING | lexicon.MOVING | lexicon.ENTERING
    known |= (
        lexicon.LEAVING
        | lexicon.GROWING
        | lexicon.MEETING
        | lexicon.TURNING
        | lexicon.RESTING
        | lexicon.COUNTS
    )
    return [word for word in dict.fromkeys(words) if word not in known and not _means_something(word)][:12]
