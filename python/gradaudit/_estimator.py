# SPDX-License-Identifier: Apache-2.0
"""A way to compute a gradient: the words of the program, or an argument for each."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Optional

from . import _abi, _arguments
from ._errors import UsageError
from ._library import check, lib, text

if TYPE_CHECKING:
    from ._model import Model

_WORDS = ("format", "formulas", "product", "loss")
_NUMBERS = {"gain": "gain", "logit_scale": "logit-scale", "temperature": "temperature", "label_smoothing": "label-smoothing",
            "kappa": "kappa", "max_bits": "max-bits", "reference_bits": "reference-bits", "batch": "batch"}


def words(model: "Model", estimator: Optional[str], **options: Any) -> str:
    """One string of words: the estimator's own, or those of the options that are given, in the model's own format if none is. batch
    may be given beside an estimator's own words, and counts where they have none."""
    given = {name: value for name, value in options.items() if value is not None}
    if estimator is not None:
        if isinstance(estimator, str) and "batch" in given:
            batch = _arguments.number(given.pop("batch"), "batch")
            estimator += "" if re.search(r"(^|[, ])batch=", estimator, re.IGNORECASE) else f",batch={batch}"
        if given:
            raise UsageError(f"estimator has all the words: add {', '.join(given)} to them")
        if not isinstance(estimator, str):
            raise TypeError(f"estimator is a string such as 'float,naive', not {_arguments.shown(estimator)}")
        return estimator
    parts = [] if "format" in given else ["float" if model.bits == 32 else "double"]
    for name, value in given.items():
        if name in _WORDS:
            if not isinstance(value, str):
                raise TypeError(f"{name} is a string, not {_arguments.shown(value)}")
            parts.append(value)
        elif name in _NUMBERS:
            parts.append(f"{_NUMBERS[name]}={_arguments.number(value, name)}")
        else:
            raise TypeError(f"there is no argument {_arguments.shown(name)}: {', '.join((*_WORDS, *_NUMBERS))} make an estimator")
    return ",".join(parts)


@contextmanager
def estimator(model: "Model", of_words: str) -> Iterator[tuple[ctypes.c_void_p, str]]:
    """The estimator and its full name; it is freed at the end."""
    pointer, status = ctypes.c_void_p(), _abi.Status()
    check(lib.ga_estimator_new(pointer, _arguments.string(of_words, "estimator"), model._pointer, status), status)
    try:
        name = ctypes.create_string_buffer(400)
        lib.ga_estimator_name(name, len(name), pointer)
        yield pointer, text(name.value) or ""
    finally:
        lib.ga_estimator_free(pointer)
