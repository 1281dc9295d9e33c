"""``run.json``: everything that made a video, so that it can be made again."""

import hashlib
import json
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from direct2v.documents import read_document
from direct2v.errors import StoryboardError
from direct2v.settings import RenderSettings
from direct2v.storyboard import Storyboard

__all__ = ["ModelRecord", "RunRecord", "VideoRecord", "load_source", "weights_sha256"]

_PACKAGES = ("torch", "diffusers", "transformers", "av", "pillow", "numpy")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelRecord(_Record):
    """Which model drew the frames, and how it was run.

    Attributes:
        name: as the user gave it: a known name, a folder or a hub id.
        sha256: of its weight files; None where they could not be found on disk.
        scheduler: the class that stepped; like the next two, None where it was not told.
        dtype: of the weights, as in "float32".
        device: the kind that computed, as in "cpu".
    """

    name: str
    sha256: str | None = None
    scheduler: str | None = None
    dtype: str | None = None
    device: str | None = None


class VideoRecord(_Record):
    """How the frames became a video; sizes in pixels, before upscaling."""

    fps: float
    hold: float
    upscale: int
    height: int
    width: int


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES}


class RunRecord(_Record):
    """One run. Read and written as ``run.json``.

    Attributes:
        version: of this format.
        direct2v: version of the program.
        created: UTC, ISO 8601.
        storyboard: what was drawn; None where embeddings were given instead of words.
        settings: fully resolved, the seed included.
        model: which model drew it.
        latents_given: whether the caller gave the start, so that the seed does not tell it.
        versions: of Python and the packages that decide the pixels.
        video: how the frames became a video.
        timings: seconds by phase.
    """

    version: Literal[1] = 1
    direct2v: str = Field(default_factory=lambda: metadata.version("direct2v"))
    created: str = Field(default_factory=_now)
    storyboard: Storyboard | None
    settings: RenderSettings
    model: ModelRecord
    latents_given: bool = False
    versions: dict[str, str] = Field(default_factory=_versions)
    video: VideoRecord
    timings: dict[str, float] = {}

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Reads a ``run.json``.

        Raises:
            StoryboardError: naming the file, the line, the field and what is wrong there.
        """
        return read_document(path).validate(cls)

    def to_json(self) -> str:
        """The text of ``run.json``."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def load_source(path: str | Path) -> Storyboard | RunRecord:
    """What a file to render holds: a storyboard, or the record of an earlier run.

    Raises:
        StoryboardError: if it is neither; for what is nearly one, naming the line and the field.
    """
    document = read_document(path)
    if not isinstance(document.data, dict):
        raise StoryboardError(f"{document.name}: holds neither a storyboard nor a recorded run")
    recorded = "settings" in document.data or "storyboard" in document.data
    return document.validate(RunRecord) if recorded else document.validate(Storyboard)


def weights_sha256(folder: Path) -> str | None:
    """One SHA-256 over the names and contents of all safetensors files under ``folder``; None if none are."""
    total = hashlib.sha256()
    files = sorted(folder.rglob("*.safetensors")) if folder.is_dir() else []
    for file in files:
        total.update(file.relative_to(folder).as_posix().encode() + b"\0")
        with file.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest() if files else None
