# SPDX-License-Identifier: Apache-2.0
"""How PyTorch tells of each function that is called; see _trace.py"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import torch
from torch.overrides import TorchFunctionMode

from ._errors import UsageError


class SeeingMode(TorchFunctionMode):
    """One that sees every index: releases before 2 tell modes of x[0,], and not of x[0], so that the one is made of the other."""

    running = 0

    def __enter__(self) -> Any:
        if SeeingMode.running == 0:
            torch.Tensor.__getitem__ = _getitem
        SeeingMode.running += 1
        return super().__enter__()

    def __exit__(self, *fault: Any) -> None:
        super().__exit__(*fault)
        SeeingMode.running -= 1
        if SeeingMode.running == 0:
            del torch.Tensor.__getitem__


def _getitem(self: torch.Tensor, index: Any) -> Any:
    simple = index is None or index is Ellipsis or isinstance(index, (int, slice))
    return super(torch.Tensor, self).__getitem__((index,) if simple else index)


_getitem.__name__ = "__getitem__"


class Until(SeeingMode):
    """Keeps what the call of that number, of a function of that name, makes: the gradient with respect to it can be asked for."""

    def __init__(self, call: int, name: str) -> None:
        super().__init__()
        self.call, self.name, self.calls = call, name, 0
        self.made: Optional[torch.Tensor] = None

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **kwargs or {})
        self.calls += 1
        if self.calls == self.call:
            if function_name(func) != self.name:
                raise UsageError("the module does not the same on every run: the end of its normalisation cannot be found")
            self.made = made
        return made


def function_name(func: Callable[..., Any]) -> str:
    """The name of a function or method of PyTorch, or of the attribute that is read."""
    name = getattr(func, "__name__", str(func))
    return getattr(func.__self__, "__name__", name) if name == "__get__" else name  # type: ignore[attr-defined]
