"""The embedded director as a model: stock classes load it, and it writes what held-out prompts mean."""

import json
import random

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from direct2v.director import resolve_director
from direct2v.director.instructions import MESSAGE_VERSION
from direct2v.storybook import director_path
from direct2v.storybook.world.parsing import parse
from direct2v.storybook.world.stories import sample_story


def test_stock_classes_load_it_and_its_template_is_the_one_that_the_package_speaks():
    model = AutoModelForCausalLM.from_pretrained(director_path())
    tokenizer = AutoTokenizer.from_pretrained(director_path())
    assert model.dtype == torch.float32
    assert len(tokenizer) == model.config.vocab_size
    pinned = json.loads((director_path() / "direct2v.json").read_text(encoding="utf-8"))
    assert pinned == {"template_version": MESSAGE_VERSION}
    shown = tokenizer.apply_chat_template([{"role": "user", "content": "a dog"}], tokenize=False)
    assert f"ask {MESSAGE_VERSION}" in shown


def test_it_tells_the_storm():
    scenes = [
        parse(text)
        for text in resolve_director("storybook", cache=False)
        .direct("A thunderstorm developing over a sea", 8)
        .texts()
    ]
    assert {scene.place for scene in scenes} == {"sea"}
    assert scenes[0].weather == "clear"
    assert scenes[-1].weather in ("rain", "storm")


def test_it_writes_as_many_frames_as_asked_and_mostly_the_scenes_that_are_meant():
    rng, director = random.Random("tests: director"), resolve_director("storybook", cache=False)
    rights = []
    for num_frames in (1, 2, 5, 8, 8, 12):
        story = sample_story(rng, num_frames, "heldout")
        texts = director.direct(story.prompt, num_frames).texts()
        assert len(texts) == num_frames
        rights += [made == meant for made, meant in zip(texts, story.captions, strict=True)]
    assert np.mean(rights) > 0.8
