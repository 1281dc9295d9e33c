"""The libraries of the extra "evaluation", imported where they are needed."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from direct2v.errors import MissingExtraError

__all__ = ["check_extra", "evaluation_library"]

_MEASURING = ("cv2",)


def evaluation_library(name: str) -> Any:
    """A module of the extra.

    Raises:
        MissingExtraError: naming the extra, if the module is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise _missing(name) from error


def check_extra() -> None:
    """Asks for what metrics need before anything slow, without importing it.

    Raises:
        MissingExtraError: naming the extra, if something is not installed.
    """
    for name in _MEASURING:
        if find_spec(name) is None:
            raise _missing(name)


def _missing(name: str) -> MissingExtraError:
    library = name.partition(".")[0]
    return MissingExtraError(
        f"evaluation needs {library}, which comes with the extra evaluation: "
        "pip install 'direct2v[evaluation]'"
    )
