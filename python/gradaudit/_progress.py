# SPDX-License-Identifier: Apache-2.0
"""Progress of long calls: a bar of tqdm where it is there and somebody looks, a callable of the user's, or nothing."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any, Optional, Union

from . import _arguments

Progress = Union[None, bool, Callable[[float, float], object]]
"""None: a bar in terminals and notebooks, if tqdm is installed; True: a bar; False: nothing; or a function of what is done and of
all, which is called in the caller's thread."""


def _somebody_looks() -> bool:
    if "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
        if shell is not None and "IPKernelApp" in getattr(shell, "config", {}):
            return True
    return sys.stderr is not None and sys.stderr.isatty()


class Bar:
    """What is done, for the eye. Without tqdm it shows nothing."""

    def __init__(self, progress: Progress, what: str) -> None:
        self._call: Optional[Callable[[float, float], object]] = None
        self._bar: Any = None
        self._what = what
        if callable(progress):
            self._call = progress
        elif progress is not None and not isinstance(progress, bool):
            raise TypeError(f"progress is None, True, False or a function, not {_arguments.shown(progress)}")
        elif progress is True or (progress is None and _somebody_looks()):
            self._call = self._show if self._tqdm() is not None else None

    @property
    def wanted(self) -> bool:
        """Whether anybody wants to know."""
        return self._call is not None

    @staticmethod
    def _tqdm() -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of notebooks without widgets
                from tqdm.auto import tqdm
        except ImportError:
            return None
        return tqdm

    def _show(self, done: float, total: float) -> None:
        if self._bar is None:
            self._bar = self._tqdm()(total=total, desc=self._what, unit="", delay=1, bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} "
                                     "[{elapsed}<{remaining}]")
        self._bar.total = total  # which grows where exact gradients of parameters take more bits
        self._bar.update(done - self._bar.n)

    def update(self, done: float, total: float) -> None:
        """done of all pieces are done."""
        if self._call is not None:
            self._call(done, total)

    def close(self) -> None:
        """Ends the bar."""
        if self._bar is not None:
            self._bar.close()
