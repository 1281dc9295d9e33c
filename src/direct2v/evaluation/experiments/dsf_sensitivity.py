"""How strict the dual-softmax filter should be, and which of its readings to take."""

from direct2v.evaluation.experiments.drawing import COMPARED, RENDERED, drawn
from direct2v.evaluation.experiments.plan import Experiment, Setting, Size

__all__ = ["DSF_SENSITIVITY"]

_PHIS = (0.0, 0.05, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
_AT = 0.5
"""Where the readings of the filter are compared: half of all queries are sent back."""
_READINGS = {
    "literal": ("filter_form", "literal"),
    "max": ("confidence", "max"),
    "global": ("quantile_scope", "call"),
}

DSF_SENSITIVITY = Experiment(
    name="dsf-sensitivity",
    title="The dual-softmax filter",
    question="Which share phi of the queries should read their own frame, and do the readings of the filter "
    "(mutual or literal, mean or max, quantile per frame or over all) differ?",
    settings=(
        *(Setting(name=f"phi {phi:g}", factor="phi", values={"phi": phi}) for phi in _PHIS),
        *(
            Setting(name=f"phi {_AT:g}, {name}", factor=field, values={"phi": _AT, field: value})
            for name, (field, value) in _READINGS.items()
        ),
        RENDERED,
    ),
    control=f"phi {_AT:g}",
    compared=COMPARED,
    full=Size(development=4, heldout=10, seeds=2),
    quick=Size(development=1, heldout=3, seeds=1),
    measure=drawn,
)
