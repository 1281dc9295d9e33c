"""Writing the state of a render to its checkpoint after each step, and going on from there later."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from direct2v.checkpoints import KEY, VERSION, Checkpoint
from direct2v.diffusion.denoise import Step
from direct2v.diffusion.embeddings import Embeddings
from direct2v.diffusion.inputs import Told
from direct2v.diffusion.snapshot import Snapshot
from direct2v.errors import InputError, ModelError, SettingsError
from direct2v.settings import RenderSettings
from direct2v.text import printable

__all__ = ["Identity", "Keeper", "fingerprint"]

_DECIDED = ("seed", "rolls")  # by the run itself where the caller leaves it open
_REMEDY = "give the same again, or remove the file to begin anew"
_MUST_AGREE = {
    "sha256": "other weights",
    "lora": "other LoRAs",
    "embedding": "other textual inversions",
    "scheduler": "another scheduler",
    "dtype": "another dtype",
}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What must be the same for a render to go on to the same frames.

    Attributes:
        settings: complete.
        model: JSON values of the model's record, with the hash of its weights.
        inputs: see ``fingerprint``.
        versions: of the packages that decide the pixels.
    """

    settings: dict[str, Any]
    model: dict[str, Any]
    inputs: str
    versions: dict[str, str]

    def check(self, head: Mapping[str, Any], name: str) -> tuple[str, ...]:
        """Refuses a checkpoint that does not fit.

        Args:
            head: of the checkpoint.
            name: of the checkpoint, for errors.

        Returns:
            What may make the frames differ in spite of it.

        Raises:
            SettingsError: if it was made with other settings.
            InputError: if it was made from other words, embeddings or latents.
            ModelError: if another model drew it.
        """
        try:
            earlier = Identity(**head["identity"])
            was, now = earlier.settings, self.settings
            others = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
            model = next((key for key in _MUST_AGREE if earlier.model[key] != self.model[key]), None)
            before = {"device": earlier.model["device"], **earlier.versions}
        except (KeyError, TypeError) as error:
            raise InputError(f"{name} is damaged; remove it to begin anew") from error
        # first: camera moves decide settings too
        if earlier.inputs != self.inputs:
            raise InputError(f"{name} was drawn from other words, embeddings or latents; {_REMEDY}")
        if others:
            shown = ", ".join(f"{key} {was.get(key)!r}, not {now.get(key)!r}" for key in others[:3])
            raise SettingsError(f"{name} was drawn with {printable(shown, 200)}; {_REMEDY}")
        if model is not None:
            raise ModelError(f"{name} was drawn with {_MUST_AGREE[model]}; {_REMEDY}")
        here = {"device": self.model["device"], **self.versions}
        return tuple(
            f"begun with {key} {printable(str(before.get(key)), 40)}, went on with {here[key]}; "
            "frames may differ"
            for key in here
            if before.get(key) != here[key]
        )


def fingerprint(told: Told, latents: Tensor | None) -> str:
    """A hash of all that a caller gave to be drawn: words, camera moves, embeddings, a start."""
    total = hashlib.sha256()
    for words in (told.positive, told.negative):
        if isinstance(words, Embeddings):
            total.update(_content(words.tokens) + _content(words.pooled))
        else:
            total.update(json.dumps(words if isinstance(words, str) else list(words)).encode())
    frames = () if told.storyboard is None else told.storyboard.frames
    total.update(json.dumps([frame.camera and frame.camera.model_dump() for frame in frames]).encode())
    total.update(_content(latents))
    return total.hexdigest()


def _content(tensor: Tensor | None) -> bytes:
    if tensor is None:
        return b"-"
    flat = tensor.detach().cpu().contiguous().view(torch.uint8)
    return f"{tensor.dtype} {list(tensor.shape)}".encode() + flat.numpy().tobytes()


class Keeper:
    """Keeps the state of a render in its checkpoint and finds it there again; without one it does nothing.

    Args:
        checkpoint: of the render, held; None keeps nothing.
        identity: what a checkpoint made with these settings must agree with.

    Raises:
        InputError: if the checkpoint is damaged, or none.
    """

    def __init__(self, checkpoint: Checkpoint | None, identity: Callable[[RenderSettings], Identity]) -> None:
        self._checkpoint = checkpoint
        self._head = None if checkpoint is None else checkpoint.head()
        self._identity_of = identity
        self._identity: Identity | None = None

    def adopt(self, settings: RenderSettings) -> RenderSettings:
        """The settings, and where they leave open what a run decides itself, what it decided before."""
        if self._head is None:
            return settings
        decided = self._head.get("identity", {}).get("settings", {})
        opened = [name for name in _DECIDED if getattr(settings, name) in (None, ()) and name in decided]
        return RenderSettings.of(**settings.model_dump() | {name: decided[name] for name in opened})

    def begin(self, settings: RenderSettings) -> tuple[Snapshot | None, tuple[str, ...]]:
        """What follows is drawn with these settings; the state in the checkpoint is given the first time.

        Returns:
            The state to go on from, None where there is none; what may make the frames differ.

        Raises:
            InputError, ModelError, SettingsError: if the checkpoint does not fit, see ``Identity.check``.
        """
        if self._checkpoint is None:
            return None, ()
        self._identity = self._identity_of(settings)
        head, self._head = self._head, None
        if head is None:
            return None, ()
        notes = self._identity.check(head, self._checkpoint.name)
        try:
            return Snapshot.unpacked(load_file(self._checkpoint.path), head["state"]), notes
        except Exception as error:
            raise InputError(f"{self._checkpoint.name} is damaged; remove it to begin anew") from error

    def keep(self, step: Step) -> tuple[str, ...]:
        """Keeps the state after a step.

        Returns:
            At the first step a note, if the scheduler holds what no file can: then nothing is kept.

        Raises:
            OutputError: if it cannot be written.
        """
        if self._checkpoint is None or self._identity is None:
            return ()
        try:
            tensors, values = step.snapshot().packed()
        except SettingsError as error:
            self._checkpoint.remove()
            return (str(error),) if step.completed == 1 else ()
        head = {
            "version": VERSION,
            "done": [step.completed, step.total],
            "identity": asdict(self._identity),
            "job": dict(self._checkpoint.job),
            "state": values,
        }
        self._checkpoint.write(save(tensors, metadata={KEY: json.dumps(head)}))
        return ()
