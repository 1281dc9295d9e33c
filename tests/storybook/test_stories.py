"""The planner: what a sentence tells is what the frames show, and what it cannot show it says."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from direct2v.storybook.scene import POSITIONS
from direct2v.storybook.stories import plan


def weathers(prompt, num_frames=8):
    return [scene.weather for scene in plan(prompt, num_frames).scenes]


@pytest.mark.parametrize("num_frames", [2, 3, 5, 8, 16, 61])
@pytest.mark.parametrize(
    "prompt", ["A thunderstorm developing over a sea", "a storm gathers above the ocean"]
)
def test_a_storm_builds_over_the_sea(prompt, num_frames):
    story = plan(prompt, num_frames)
    assert {scene.place for scene in story.scenes} == {"sea"}
    assert all("some repeat" in note or "the sun goes down" in note for note in story.notes)
    seen = weathers(prompt, num_frames)
    order = ["clear", "cloudy", "overcast", "rain", "storm"]
    assert seen[0] == "clear"
    assert seen[-1] == "storm"
    assert seen == sorted(seen, key=order.index)
    assert num_frames < 5 or set(seen) == set(order)


def test_a_storm_clears():
    seen = weathers("The storm passes and the sky clears over a city")
    assert (seen[0], seen[-1]) == ("storm", "clear")


def test_weather_as_the_setting_stays():
    assert set(weathers("a cat walks in the rain")) == {"rain"}


def test_the_day_passes():
    scenes = plan("A sunset over the mountains", 8).scenes
    assert (scenes[0].time, scenes[0].sun) == ("day", "high")
    assert scenes[-1].time == "night"
    assert {scene.place for scene in scenes} == {"mountains"}
    assert {scene.time for scene in plan("a red sailboat at sunset", 8).scenes} == {"sunset"}


def test_a_mover_crosses_and_faces_where_it_goes():
    right = [scene.subjects[0] for scene in plan("a corgi walks across a meadow", 5).scenes]
    assert [dog.position for dog in right] == list(POSITIONS)
    assert {dog.facing for dog in right} == {"right"}
    left = [scene.subjects[0] for scene in plan("a blue car drives to the left through the city", 5).scenes]
    assert [car.position for car in left] == list(POSITIONS[::-1])
    assert {(car.facing, car.colour, car.kind) for car in left} == {("left", "blue", "car")}


def test_a_flower_grows_and_a_tree_turns():
    stages = [scene.subjects[0].stage for scene in plan("a purple flower blooms", 4).scenes]
    assert stages == ["seed", "sprout", "bud", "bloom"]
    colours = [scene.subjects[0].colour for scene in plan("a tree turns from green to red", 2).scenes]
    assert colours == ["green", "red"]


def test_two_meet_one_enters_one_leaves():
    first, last = (scene.subjects for scene in plan("a dog meets a cat", 2).scenes)
    assert [s.position for s in first] == ["far left", "far right"]
    assert [(s.position, s.facing) for s in last] == [("left", "right"), ("right", "left")]
    assert [len(s.subjects) for s in plan("a bird appears over the desert", 4).scenes] == [0, 1, 1, 1]
    assert [len(s.subjects) for s in plan("a bird leaves the meadow", 4).scenes] == [1, 1, 1, 0]


def test_colours_belong_to_their_things():
    girl = plan("A girl in a yellow coat walks through the forest as snow begins to fall", 8).scenes
    assert {s.colour for scene in girl for s in scene.subjects} == {"yellow"}
    assert girl[-1].weather == "snow"
    assert girl[0].weather != "snow"


def test_what_cannot_be_drawn_is_said():
    notes = " ".join(plan("a dragon attacks a castle with zeppelins", 8).notes)
    assert "no dragon" in notes
    assert "no castle" in notes
    assert "attacks" in notes
    assert "zeppelins" in notes
    assert "left out: sailboat" in plan("a sailboat crosses the desert", 8).notes[0]
    at_sea = " ".join(plan("A knight sails across the sea", 8).notes)
    assert "left out: knight" in at_sea
    assert "instead" not in at_sea
    foreign = " ".join(plan("暴风雨来了 in Zürich", 8).notes)
    assert "No word" in foreign
    assert "暴风雨来了, zürich" in foreign
    assert "two subjects" in plan("a dog, a cat, a bird and a house", 8).notes[0]


def test_a_sentence_without_change_still_becomes_a_story():
    story = plan("a house", 8)
    assert len(set(story.scenes)) > 1
    assert "no change" in story.notes[0]


def test_the_change_that_is_made_up_contradicts_nothing():
    sleeping = plan("A cat sleeps in the forest", 8).scenes
    assert {s.position for scene in sleeping for s in scene.subjects} == {"centre"}
    at_night = plan("A house in the forest at night", 8).scenes
    assert {scene.time for scene in at_night} == {"night"}
    assert len({scene.weather for scene in at_night}) > 1
    assert len(set(plan("A house at night in the rain", 8).scenes)) == 1


def test_a_chase_in_the_rain_at_night():
    story = plan("Two cats chase a red car through the rain at night", 4)
    assert {(scene.time, scene.weather) for scene in story.scenes} == {("night", "rain")}
    assert len({scene.subjects[0].position for scene in story.scenes}) > 1
    assert "one of each kind, whatever was counted: two" in " ".join(story.notes)


@pytest.mark.parametrize("num_frames", [3, 4, 8])
def test_a_sunset_has_its_sunset(num_frames):
    times = [scene.time for scene in plan("A bird flies over the sea while the sun sets", num_frames).scenes]
    assert "sunset" in times
    assert (times[0], times[-1]) == ("day", "night")


def test_one_frame_shows_the_end():
    assert weathers("A thunderstorm developing over a sea", 1) == ["storm"]


@given(st.text(max_size=200), st.integers(1, 40))
def test_any_text_becomes_a_story(prompt, num_frames):
    story = plan(prompt, num_frames)
    assert len(story.scenes) == num_frames
    assert story == plan(prompt, num_frames)


WORDS = """
a the storm rain snow sunset sunrise night morning sea city desert dog cat flower tree car boat
balloon house castle red green white walks grows turns meets leaves arrives from to left right
in at over autumn passes clears falls
""".split()


@given(st.lists(st.sampled_from(WORDS), max_size=14), st.integers(1, 12))
def test_any_mix_of_known_words_becomes_a_story(words, num_frames):
    assert len(plan(" ".join(words), num_frames).scenes) == num_frames


def test_no_frames_are_refused():
    with pytest.raises(ValueError, match="num_frames is 0"):
        plan("a dog", 0)


EVENTS = [
    "A thunderstorm developing over a sea",
    "A flower grows",
    "A corgi walks across a meadow",
    "A bird leaves the meadow",
    "A girl in a yellow coat walks through the forest as snow begins to fall",
]


@pytest.mark.parametrize("prompt", EVENTS)
def test_no_two_neighbours_show_the_same_picture(prompt):
    story = plan(prompt, 8)
    assert all(before != after for before, after in pairwise(story.scenes))
    assert story.notes == ("Where nothing else changes, the sun goes down.",)
    hours = ["day", "sunset", "night"]
    seen = [hours.index(scene.time) for scene in story.scenes]
    assert seen == sorted(seen)
    assert seen[0] == 0


def test_an_hour_that_is_said_stays():
    assert {scene.time for scene in plan("A flower grows by day", 8).scenes} == {"day"}
    assert plan("A flower grows by day", 4).notes == ()
    assert plan("A flower grows by day", 6).notes == (
        "The story has 4 different pictures for 6 frames, so some repeat.",
    )


def test_in_a_long_story_the_sun_does_not_go_down_at_once():
    scenes = plan("A flower grows", 64).scenes
    assert scenes[8].time == "day"
    assert scenes[-1].time == "night"
    assert len({(scene.time, scene.sun) for scene in scenes}) == 5
