"""Whatever a language model answers: a storyboard, or words that say what is wrong; never anything else."""

import contextlib
import json
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from direct2v.director.answers import AnswerError, is_refusal, parse_answer
from direct2v.director.brief import Brief
from direct2v.director.contract import check
from direct2v.director.instructions import feedback
from direct2v.storyboard import Storyboard

BRIEF = Brief(prompt="a red fox crosses a river", num_frames=3)
FRAMES = [
    {"prompt": "a red fox at the near bank of a river, morning light", "camera": None},
    {
        "prompt": "a red fox swimming in the middle of a river, morning light",
        "camera": {"pan": 0.1, "tilt": 0, "zoom": 1, "roll": 0},
    },
    {"prompt": "a red fox shaking water off at the far bank of a river, morning light", "camera": None},
]
ANSWER = {"subjects": ["red fox"], "frames": FRAMES}
GOOD = json.dumps(ANSWER)


def parsed(text: str, brief: Brief = BRIEF) -> Storyboard:
    return parse_answer(text, brief, director="test")


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Sure! Here is your storyboard:\n\n{GOOD}\n\nLet me know if you want changes. {{smile}}",
        f"<think>maybe {{'frames': []}} or {json.dumps({'frames': ['draft']})}</think>{GOOD}",
        json.dumps({"frames": ["a draft"]}) + " No, better: " + GOOD,
        json.dumps({"title": "Fox", "extra": 1, **ANSWER}),
        json.dumps({**ANSWER, "frames": [{"number": 1, "title": "x", **frame} for frame in FRAMES]}),
        "\ufeff" + json.dumps(ANSWER, indent=4),
    ],
)
def test_the_storyboard_is_found_also_between_other_words(text: str) -> None:
    board = parsed(text)
    assert [frame.prompt for frame in board.frames] == [frame["prompt"] for frame in FRAMES]
    assert board.frames[1].camera is not None
    assert board.frames[1].camera.pan == 0.1
    assert board.frames[0].camera is None
    assert board.subjects == ("red fox",)
    assert board.prompt == BRIEF.prompt
    assert board.director == "test"


def test_plain_lists_of_texts_are_taken() -> None:
    assert parsed('["one", "two"]').texts() == ["one", "two"]
    assert parsed('{"frames": ["one", "two"], "shared": "a fox"}').texts() == ["a fox, one", "a fox, two"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no JSON object in the answer; give it alone"),
        ("A fox walks to the river. Then it swims.", "there is no JSON object in the answer"),
        ('{"scenes": ["one"]}', 'has no list "frames"'),
        ('{"frames": "one, two"}', 'has no list "frames"'),
        (GOOD[:-20], "it ends too early"),
        (GOOD[:150], "it ends too early"),
        (GOOD.replace('"camera": null', "camera: null"), "the JSON is not valid: "),
        ('{"frames": []}', "frames: needs at least 1, got 0"),
        ('{"frames": [{"prompt": ""}]}', "frames[0].prompt: must not be empty"),
        ('{"frames": [{"text": "one"}]}', "frames[0]"),
        ('{"frames": [3, null]}', "frames[0]: expected a mapping with prompt"),
        ('{"frames": [{"prompt": "\\ud800"}]}', "no valid Unicode"),
        ('{"frames": [{"prompt": "a \\u001b[31mred fox"}]}', "control characters"),
        ('{"frames": [{"prompt": "a \x1b[31mred fox"}]}', "control characters"),
        ('{"frames": ["one"], "shared": 0}', "shared: expected text"),
        (GOOD.replace("0.1", "10"), "frames[1].camera.pan: got 10"),
        (GOOD.replace("0.1", "NaN"), "frames[1].camera.pan: must be a finite number"),
        (GOOD.replace("0.1", "9" * 5000), "a number too long"),
        ("[" * 100_000, "nested too deeply"),
        ('{"frames":' * 3000, "the JSON is not valid"),
        ('{"frames": ["' + "x" * 2**20 + '"]}', "characters; give the JSON object alone"),
        (json.dumps({"frames": ["a"] * 1025}), "the answer has 1025 frames; exactly 3 were asked for"),
    ],
)
def test_what_is_wrong_is_told_in_words_for_the_model(text: str, message: str) -> None:
    with pytest.raises(AnswerError) as error:
        parsed(text)
    assert message in str(error.value)
    assert str(error.value) in feedback([error.value], BRIEF)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that request.",
        "I’m sorry, but I can’t assist with this.",
        "I cannot create content of this kind.",
        "Unfortunately, I am not able to write this storyboard.",
        "As an AI language model, I do not depict such things.",
        "Sorry, that is not something I can draw.",
        "I can't draw that.",
        "This goes against our content policy.",
        "I must decline.",
        "We won't be able to produce this.",
        "Es tut mir leid, dabei kann ich nicht helfen.",
        "Lo siento, no puedo ayudar con eso.",
        "Je suis désolé, je ne peux pas.",
        "抱歉，我无法完成。",
    ],
)
def test_refusals_are_recognised(text: str) -> None:
    assert is_refusal(text)
    assert is_refusal(f"\n\n  {text}\n" + "More words. " * 500)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I apologize for the mistake. Here is the corrected JSON: {",
        "Sorry about that! I will give the JSON alone now.",
        'I cannot give more than this: {"frames": ["one"',
        "Here is the storyboard you asked for.",
        "A woman who cannot swim stands at the river.",
        "A fox that can't reach the grapes, sunset.",
        "Frame 1: a policeman helps an old lady across the street.",
        "A dog helps a cat; it will not let go.",
        "Here are three frames. " * 100 + "I'm sorry, but I can't help with more.",
    ],
)
def test_stories_are_no_refusals(text: str) -> None:
    assert not is_refusal(text)


PIECES = [
    *'"{}[],:\\\n\x00\x1b',
    "\ud800",
    "é",
    "null",
    "NaN",
    '"frames": [',
    '"prompt":',
    "```",
    "<think>",
    "</think>",
    "1e999",
]
SHAPES = ["{}", "Sure!\n{}", "```json\n{}\n```", "<think>{}", "{}{}", "[{}", "{}]", "I'm sorry: {}"]
VALUES = [
    None,
    True,
    -1,
    0.5,
    "",
    "a",
    [],
    {},
    [[]],
    {"frames": None},
    {"prompt": 3},
    ["a", "b"],
    {"camera": {"pan": 9}},
]


def broken(seed: int) -> str:
    """A good answer that was cut, stirred, or wrapped; other JSON; or something else altogether."""
    rng = random.Random(seed)
    kind = rng.randrange(4)
    if kind == 0:
        keys = ["frames", "prompt", "camera", "subjects", "shared", "x"]
        return json.dumps(
            {rng.choice(keys): rng.choice([*VALUES, rng.choices(VALUES, k=4)]) for _ in range(4)}
        )
    if kind == 1:
        return "".join(rng.choices([*PIECES, " a red fox", "Frame 1:"], k=rng.randrange(60)))
    text = rng.choice([GOOD, json.dumps(FRAMES), json.dumps({"frames": ["a", "b", "c"]})])
    for _ in range(rng.randrange(4)):
        start = rng.randrange(len(text) + 1)
        text = text[:start] + rng.choice(PIECES) + text[start + rng.randrange(60) :]
    return rng.choice(SHAPES).replace("{}", text)


@settings(max_examples=10_000, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_ten_thousand_broken_answers_end_as_a_storyboard_or_in_words(seed: int) -> None:
    text = broken(seed)
    try:
        board = parsed(text)
    except AnswerError as error:
        findings: list[object] = [error]
    else:
        findings = list(check(board, num_frames=BRIEF.num_frames))
        assert board.num_frames == BRIEF.num_frames or findings
    assert isinstance(is_refusal(text), bool)
    assert "exactly 3 frames" in feedback(findings, BRIEF)


@pytest.mark.parametrize(
    "text",
    [
        "<think>" * 140_000,
        "<think>" * 60_000 + "</think>" * 60_000 + GOOD,
        "{" * 2**20,
        "[1," * 300_000,
        '{"frames": [' * 80_000,
        "I am " * 200_000,
        '{"frames": ["' + "it " * 300_000 + '"]}',
    ],
    ids=["thoughts", "thoughts ended", "braces", "lists", "frames", "words", "a long prompt"],
)
def test_no_answer_takes_long(text: str) -> None:
    started = time.process_time()
    with contextlib.suppress(AnswerError):
        check(parsed(text))
    is_refusal(text)
    assert time.process_time() - started < 30  # quadratic ways take minutes
