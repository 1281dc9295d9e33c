"""The libraries of the extra "evaluation", imported where they are needed."""

from importlib import import_module
from typing import Any

from direct2v.errors import MissingExtraError

__all__ = ["evaluation_library"]


def evaluation_library(name: str) -> Any:
    """A module of the extra.

    Raises:
        MissingExtraError: naming the extra, if the module is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError(
            f"evaluation needs {name.partition('.')[0]}, of the extra evaluation: "
            "pip install 'direct2v[evaluation]'"
        ) from error
