"""Every error that direct2v raises on purpose. This module imports nothing.

    Direct2VError
    +-- InputError (also ValueError)        what the caller gave cannot be used
    |   +-- StoryboardError                 a storyboard or run file; the message names file, line and field
    |   +-- SettingsError                   a render setting or a preset
    +-- ModelError                          a model that is missing, unknown, damaged or of the wrong kind
    +-- DirectorError                       a director that gave no usable storyboard
    +-- OutputError                         a file that cannot or must not be written
    +-- MissingExtraError                   an optional part that is not installed; the message names it
    +-- NumericsError                       NaN or infinity where finite numbers were due

A message is one clear line: what was given, what is accepted, what to do.
"""

__all__ = [
    "Direct2VError",
    "DirectorError",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "NumericsError",
    "OutputError",
    "SettingsError",
    "StoryboardError",
]


class Direct2VError(Exception):
    """Base of all errors that direct2v raises on purpose."""


class InputError(Direct2VError, ValueError):
    """What the caller gave cannot be used."""


class StoryboardError(InputError):
    """A storyboard or run file that cannot be used."""


class SettingsError(InputError):
    """A render setting or preset outside what is accepted."""


class ModelError(Direct2VError):
    """A model that is missing, unknown, damaged or of the wrong kind."""


class DirectorError(Direct2VError):
    """A director that gave no usable storyboard."""


class OutputError(Direct2VError):
    """A file that cannot or must not be written."""


class MissingExtraError(Direct2VError):
    """An optional part that is not installed."""


class NumericsError(Direct2VError):
    """NaN or infinity where finite numbers were due."""
