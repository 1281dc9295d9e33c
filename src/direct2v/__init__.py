"""DirecT2V: one sentence in, a story video out.

A director turns a sentence into one prompt per frame; a text-to-image diffusion model draws all frames
together, each reading the attention values of a rotating reference frame (arXiv 2305.14330).

Names are loaded on first use, so that ``import direct2v`` stays fast and never imports torch.
"""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from direct2v.attention import attach
    from direct2v.director import direct
    from direct2v.engine import DirecT2V, Rendering, generate
    from direct2v.errors import Direct2VError
    from direct2v.evaluation import Comparison, Evaluation, compare, evaluate
    from direct2v.paces import PACES
    from direct2v.presets import PRESETS
    from direct2v.settings import RenderSettings
    from direct2v.storyboard import CameraMove, FramePrompt, Storyboard

__all__ = [
    "PACES",
    "PRESETS",
    "CameraMove",
    "Comparison",
    "DirecT2V",
    "Direct2VError",
    "Evaluation",
    "FramePrompt",
    "RenderSettings",
    "Rendering",
    "Storyboard",
    "__version__",
    "attach",
    "compare",
    "direct",
    "evaluate",
    "generate",
]

_HOME_OF = {
    "CameraMove": "storyboard",
    "Comparison": "evaluation",
    "DirecT2V": "engine",
    "Direct2VError": "errors",
    "Evaluation": "evaluation",
    "FramePrompt": "storyboard",
    "PACES": "paces",
    "PRESETS": "presets",
    "RenderSettings": "settings",
    "Rendering": "engine",
    "Storyboard": "storyboard",
    "attach": "attention",
    "compare": "evaluation",
    "direct": "director",
    "evaluate": "evaluation",
    "generate": "engine",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return metadata.version("direct2v")
    if name in _HOME_OF:
        value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
        globals()[name] = value  # next time without this function
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
