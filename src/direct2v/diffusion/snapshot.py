"""Everything that a render needs to go on after a step, as tensors and JSON values: nothing is pickled."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from direct2v.errors import SettingsError

__all__ = ["Snapshot", "restore_scheduler", "scheduler_state"]

_CONFIG = "_internal_dict"  # what a scheduler was made with; it is made with the same again
_TENSOR, _ARRAY = "tensor", "array"


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapshot:
    """The state after one step.

    Attributes:
        phase: "layout" (one frame) or "frames" (all).
        step_index: position in the phase, from 0.
        latents: [1, C, h, w] or [F, C, h, w].
        scheduler: attributes of the scheduler, its history among them.
        generators: states of the random generators, by name.
        kept_latents: [1, C, h, w], those of the layout at T1, where it has passed that.
        kept_scheduler: attributes of the scheduler as it was there.
    """

    phase: Literal["layout", "frames"]
    step_index: int
    latents: Tensor
    scheduler: Mapping[str, Any]
    generators: Mapping[str, Tensor] = field(default_factory=dict)
    kept_latents: Tensor | None = None
    kept_scheduler: Mapping[str, Any] | None = None

    def packed(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors by name, and JSON values that name them."""
        tensors: dict[str, Tensor] = {}
        values = {name: _pack(value, name, tensors) for name, value in vars(self).items()}
        return tensors, values

    @classmethod
    def unpacked(cls, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> "Snapshot":
        """The reverse of ``packed``."""
        return cls(**{name: _unpack(value, tensors) for name, value in values.items()})


def scheduler_state(scheduler: Any) -> dict[str, Any]:
    """The attributes of a scheduler, without its configuration and functions.

    Raises:
        SettingsError: if it holds what no file can, such as a noise sampler of its own.
    """
    state = {
        name: value
        for name, value in vars(scheduler).items()
        if name != _CONFIG and not isinstance(value, FunctionType)
    }
    for name, value in state.items():
        if not _is_plain(value):
            raise SettingsError(
                f"a run with {type(scheduler).__name__} cannot be kept in a checkpoint, because its {name} "
                f"is a {type(value).__name__}; if it is stopped, it begins anew"
            )
    return state


def restore_scheduler(scheduler: Any, state: Mapping[str, Any]) -> None:
    """Gives a scheduler of the same kind and configuration the attributes of another."""
    for name, value in state.items():
        setattr(scheduler, name, copy.deepcopy(value))


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str | Tensor | np.ndarray | np.generic)


def _pack(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, Mapping):
        return {key: _pack(item, f"{name}.{key}", tensors) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_pack(item, f"{name}.{index}", tensors) for index, item in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Tensor):
        # a copy: no two tensors of a file may share memory
        tensors[name] = value.detach().to("cpu", copy=True).contiguous()
        return {_TENSOR: name, "device": value.device.type}
    if isinstance(value, np.ndarray):
        tensors[name] = torch.from_numpy(value.copy())
        return {_ARRAY: name}
    return value


def _unpack(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_unpack(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {_TENSOR, "device"}:
        return tensors[value[_TENSOR]].to(value["device"])
    if set(value) == {_ARRAY}:
        return tensors[value[_ARRAY]].numpy()
    return {key: _unpack(item, tensors) for key, item in value.items()}
