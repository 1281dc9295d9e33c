"""The pipeline class, without the notices on import that torchvision is missing, which here it must be."""

import transformers.utils.logging as _logging

_before = _logging.get_verbosity()
_logging.set_verbosity_error()
from diffusers import StableDiffusionPipeline  # noqa: E402

_logging.set_verbosity(_before)

__all__ = ["StableDiffusionPipeline"]
