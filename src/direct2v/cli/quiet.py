"""Keeps the libraries' own progress bars and notices off the terminal; errors still come as exceptions."""

import os
import warnings

__all__ = ["quiet_libraries"]


def quiet_libraries() -> None:
    """Silences Python warnings, diffusers and transformers for the rest of the process, and imports both."""
    warnings.simplefilter("ignore")
    # read when they are imported, which itself gives notices, such as of a missing torchvision
    os.environ |= {"DIFFUSERS_VERBOSITY": "error", "TRANSFORMERS_VERBOSITY": "error"}
    import diffusers.utils.logging
    import transformers.utils.logging

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
