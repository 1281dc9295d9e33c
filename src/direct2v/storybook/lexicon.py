"""The words that the storybook planner understands, and what they mean in the world."""

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> Mapping[str, str]:
    """Lines of `meaning: word word ...`, continued by indentation -> {word: meaning}."""
    out: dict[str, str] = {}
    meaning = ""
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            meaning, _, line = line.partition(":")
        out |= dict.fromkeys(line.split(), meaning)
    return out


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLACE: Final = _table("""
sea: sea seas ocean oceans water waters waves harbour harbor coast shore bay beach lake
meadow: meadow meadows field fields grass grassland hill hills countryside garden park farm prairie
mountains: mountain mountains peak peaks valley alps summit
desert: desert deserts dune dunes sand sahara cactus
city: city cities town street streets downtown urban skyline buildings skyscrapers road village
forest: forest forests wood woods woodland jungle pines
""")

TIME: Final = _table("""
dawn: dawn sunrise daybreak morning
day: day noon midday afternoon daylight daytime
sunset: sunset dusk evening twilight
night: night midnight moonlight moon stars starry nightfall
""")

WEATHER: Final = _table("""
clear: clear cloudless sunny bright
cloudy: cloudy clouds cloud
overcast: overcast grey-sky gloomy
rain: rain rains raining rainy rainfall shower showers drizzle downpour
storm: storm storms stormy thunderstorm thunderstorms thunder lightning tempest
snow: snow snows snowing snowy snowfall blizzard snowflakes snowstorm
""")

KIND: Final = _table("""
dog: dog dogs corgi puppy hound
cat: cat cats kitten tabby
bird: bird birds songbird
person: person people girl woman man boy child traveller traveler kid hiker walker
flower: flower flowers rose tulip daisy blossom
tree: tree trees sapling oak
sailboat: sailboat sailboats boat boats sailing-boat yacht
car: car cars automobile taxi
balloon: balloon balloons
house: house houses cottage cabin home hut
""")

NEAREST: Final = _table("""
dog: wolf fox horse lion tiger bear deer cow sheep rabbit
bird: dragon eagle seagull gull owl crow butterfly plane airplane aeroplane
person: knight king queen princess wizard astronaut robot soldier dancer baby
sailboat: ship ships ferry pirate raft
car: truck bus van train bicycle motorcycle
house: castle palace tower church barn temple lighthouse
balloon: rocket kite airship zeppelin
flower: plant plants bush sunflower cherry
""")
"""Things that the world does not have -> the nearest that it has; always said in a note."""

COLOUR: Final = _table("""
red: red crimson
orange: orange ginger
yellow: yellow golden gold
green: green
blue: blue
purple: purple violet
white: white
black: black
grey: grey gray
brown: brown
""")

BUILDING: Final = _words("""
approach approaches approaching arrive arrives become becomes begin beginning begins break breaking breaks
brew brewing brews build building builds come comes coming develop developing develops falling falls form
forming forms gather gathering gathers grow growing grows in roll rolling rolls sets start starting starts
then turn turning turns
""")

CLEARING: Final = _words("""
after calm calming calms clear clearing clears end ending ends fade fades fading melting melts over-with
pass passes passing stop stopping stops
""")

MOVING: Final = _words("""
chase chases chasing follow follows following
cross crosses crossing cruise cruises cruising drift drifting drifts drive drives driving flies float
floating floats fly flying journey move moves moving pass passes passing race races racing run running runs
sail sailing sails stroll strolling strolls travel traveling travelling travels walk walking walks wander
wandering wanders
""")

ENTERING: Final = _words("""
appear appearing appears arrive arrives arriving come comes coming enter entering enters
""")

LEAVING: Final = _words("""
depart departing departs disappear disappearing disappears go goes leave leaves leaving vanish vanishes
""")

GROWING: Final = _words("""
bloom blooming blooms blossom blossoming blossoms grow growing grows open opening opens sprout sprouting
sprouts
""")

MEETING: Final = _words("""
meet meeting meets
""")

TURNING: Final = _words("""
become becomes becoming change changes changing turn turning turns
""")

FILLER: Final = _words("""
a above across after air all along an and are around art as at autumn away be beautiful before behind beside
big by calm center centre coat dark day's down dressed during each edge every facing fall far finally first
for from front full gently goes going green-lit heading he her high him his horizon hot in into is it its
lapse large later left light little low middle near next of old on once one open or other out over passes
passing picture pine pixel quickly right rise rises rising roof sail scene seed seeds set sets she setting
side sky slowly small some story sun tall that the their them then there they this through time time-lapse
timelapse to toward towards two under until up upon video view was wearing while who whole with young
""")

RESTING: Final = _words("""
sleep sleeps sleeping sit sits sitting stand stands standing rest rests resting wait waits waiting stay stays
lie lies lying
""")

COUNTS: Final = _words("""
two three four five six seven eight nine ten many several both dozens hundreds flock herd
""")
