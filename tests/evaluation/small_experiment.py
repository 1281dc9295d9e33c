"""An experiment of seconds, made of the real parts, and a process that runs it: what is killed in tests.

Its "drawings" are the world's own pictures, some with a subject left out, read by the real reader.
"""

import sys
import time

import numpy as np

from direct2v.evaluation.experiments import run_experiment
from direct2v.evaluation.experiments.plan import Experiment, Outcome, Setting, Size
from direct2v.evaluation.judging import judge
from direct2v.evaluation.story import Seen
from direct2v.storybook.world.render import render

SIZE = Size(development=1, heldout=4, seeds=2)


def spoilt(bench, setting, story, seed):
    scenes = [scene.at(weather=setting.values["weather"] or scene.weather) for scene in story.scenes]
    frames = np.stack([render(scene, seed) for scene in scenes])
    time.sleep(setting.values["seconds"])
    found = judge(Seen.of(frames, bench.reader), story.scenes)
    return Outcome({name: value for name, value in found.items() if value is not None}, frames)


def settings(seconds):
    return tuple(
        Setting(name=name, factor="weather", values={"weather": weather, "seconds": seconds})
        for name, weather in (("as told", None), ("overcast", "overcast"), ("in fog", "fog"))
    )


def small(seconds=0.0):
    return Experiment(
        name="small",
        title="Weather",
        question="Does the weather matter?",
        settings=settings(seconds),
        control="as told",
        compared=("story_accuracy",),
        full=SIZE,
        quick=SIZE,
        measure=spoilt,
    )


if __name__ == "__main__":
    out, processes, seconds = sys.argv[1:]
    sys.exit(not run_experiment(small(float(seconds)), out, size=SIZE, processes=int(processes)))
