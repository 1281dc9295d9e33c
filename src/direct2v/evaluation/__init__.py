"""Whether a story was told, in numbers: metrics of finished frames, and presets side by side."""

from direct2v.evaluation.encoders import Encoders, load_encoders
from direct2v.evaluation.measuring import measure
from direct2v.evaluation.metrics import METRICS, Metric

__all__ = ["METRICS", "Encoders", "Metric", "load_encoders", "measure"]
