"""Whether a story was told, in numbers: metrics of finished frames, and presets side by side.

Names are loaded on first use, so that what a command refuses it refuses before torch is imported.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from direct2v.evaluation.catalogue import ALL_METRICS
    from direct2v.evaluation.comparison import Comparison, compare
    from direct2v.evaluation.encoders import Encoders, load_encoders
    from direct2v.evaluation.evaluator import Evaluation, evaluate
    from direct2v.evaluation.measuring import measure
    from direct2v.evaluation.metrics import METRICS, Metric

__all__ = [
    "ALL_METRICS",
    "METRICS",
    "Comparison",
    "Encoders",
    "Evaluation",
    "Metric",
    "compare",
    "evaluate",
    "load_encoders",
    "measure",
]

_HOME_OF = {
    "ALL_METRICS": "catalogue",
    "Comparison": "comparison",
    "Encoders": "encoders",
    "Evaluation": "evaluator",
    "METRICS": "metrics",
    "Metric": "metrics",
    "compare": "comparison",
    "evaluate": "evaluator",
    "load_encoders": "encoders",
    "measure": "measuring",
}


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
        globals()[name] = value  # next time without this function
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
