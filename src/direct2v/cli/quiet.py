"""Keeps the libraries' own progress bars and notices off the terminal; errors still come as exceptions."""

import warnings

import diffusers.utils.logging as diffusers_logging
import transformers.utils.logging as transformers_logging

__all__ = ["quiet_libraries"]


def quiet_libraries() -> None:
    """Silences diffusers, transformers and Python warnings for the rest of the process."""
    warnings.simplefilter("ignore")
    for logging in (diffusers_logging, transformers_logging):
        logging.set_verbosity_error()
        logging.disable_progress_bar()
