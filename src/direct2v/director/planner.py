"""The director of the embedded model: a planner over the storybook world's events, no language model."""

from direct2v.director.brief import check_task
from direct2v.director.protocol import DEFAULT_NUM_FRAMES
from direct2v.storyboard import Storyboard
from direct2v.storybook.captions import KIND_WORDS, canonical
from direct2v.storybook.stories import plan

__all__ = ["StorybookPlanner"]


class StorybookPlanner:
    """Finds the storybook's places, things and events in a sentence and lays them over the frames.

    It knows the embedded world's vocabulary and nothing else: for other checkpoints bring a storyboard file.
    """

    name = "storybook-planner"

    def direct(self, prompt: str, num_frames: int | None = None, *, seed: int = 0) -> Storyboard:
        """The storyboard of `prompt` in the words of the embedded model; nothing in it is random.

        Raises:
            DirectorError: The prompt is empty, or the number of frames is not 1 to 1024.
        """
        del seed
        num_frames = DEFAULT_NUM_FRAMES if num_frames is None else num_frames
        check_task(prompt, num_frames)
        story = plan(prompt, num_frames)
        texts = [canonical(scene) for scene in story.scenes]
        always = set.intersection(*({subject.kind for subject in scene.subjects} for scene in story.scenes))
        subjects = [KIND_WORDS[kind][0] for kind in KIND_WORDS if kind in always]
        notes = list(story.notes)
        return Storyboard.from_prompts(prompt, texts, director=self.name, subjects=subjects, notes=notes)
