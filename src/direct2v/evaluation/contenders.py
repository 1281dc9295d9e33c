"""Which presets are compared: checked before anything slow, and before torch is imported."""

from collections.abc import Mapping, Sequence
from typing import Any

from direct2v.errors import InputError
from direct2v.presets import Preset, resolve_settings
from direct2v.text import printable

__all__ = ["check_presets", "preset_name"]


def check_presets(
    presets: Sequence[str | Preset], model_defaults: Mapping[str, Any] | None = None, **overrides: Any
) -> None:
    """Refuses presets and settings that cannot be compared.

    Args:
        presets: names in ``PRESETS``, or presets of one's own.
        model_defaults: what the model asks for where a preset leaves it open.
        **overrides: any field of ``RenderSettings``, for every preset.

    Raises:
        InputError: naming what cannot be used.
    """
    names = [preset_name(preset) for preset in presets]
    if not names:
        raise InputError("no preset is given; give some, as in direct2v,frozen")
    for preset, name in zip(presets, names, strict=True):
        if names.count(name) > 1:
            raise InputError(f"preset {printable(name, 40)} is given twice; give each once")
        resolve_settings(preset, model_defaults, **overrides)


def preset_name(preset: str | Preset) -> str:
    """What a preset is called."""
    return preset if isinstance(preset, str) else preset.name
