# SPDX-License-Identifier: Apache-2.0
"""What the user gave, as the library takes it: strings, numbers, paths and arrays."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Union

import numpy as np

from . import _abi
from ._errors import NoMemoryError, UsageError

Path = Union[str, "os.PathLike[str]"]
Number = Union[str, int, float, Fraction, Decimal, "np.integer[Any]", "np.floating[Any]"]


def shown(value: object) -> str:
    """What a message shows of a value: one short line."""
    try:
        return " ".join(repr(value).split())[:60]
    except Exception:
        return f"a {type(value).__name__}"


def string(value: object, name: str) -> bytes | None:
    """A text, or None."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{name} is a string, not {shown(value)}")
    return _without_nul(value.encode("utf-8", "surrogateescape"), name)


def word(value: object, name: str) -> bytes:
    """A text."""
    encoded = string(value, name)
    if encoded is None:
        raise TypeError(f"{name} is a string, not None")
    return encoded


def strings(value: object, name: str) -> list[str]:
    """A text, or several; None: none."""
    if value is None:
        return []
    items: list[Any] = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    if not all(isinstance(item, str) for item in items):
        raise TypeError(f"{name} is a string or a list of strings, not {shown(value)}")
    return items


def flag(value: object, name: str) -> bool:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} is True or False, not {shown(value)}")
    return bool(value)


def path(value: object, name: str) -> bytes:
    """The name of a file or a directory."""
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{name} is a path, not {shown(value)}")
    encoded = _without_nul(os.fsencode(value), name)
    if not encoded:
        raise UsageError(f"{name} is an empty path")
    return encoded


def _without_nul(encoded: bytes, name: str) -> bytes:
    if b"\0" in encoded:
        raise UsageError(f"{name} has a NUL character in it")
    return encoded


def number(value: object, name: str) -> str:
    """A number as a decimal or a ratio. The digits that the user wrote count, as on the command line: 0.1 is a tenth. A NumPy
    number narrower than float64 is the number that it holds."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, Fraction, Decimal, np.integer, np.floating)):
        raise TypeError(f"{name} is a number or a string such as '8/255', not {shown(value)}")
    if isinstance(value, (Fraction, Decimal)):
        return str(value)
    return repr(float(value)) if isinstance(value, (float, np.floating)) else str(int(value))


def numbers(value: object, name: str) -> bytes | None:
    """One number, or one for each channel."""
    if value is None:
        return None
    if isinstance(value, np.ndarray):
        value = list(value.flat)
    many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return string(",".join(number(item, name) for item in many), name)


def count(value: object, name: str, most: int = 2**31 - 1) -> int:
    """A whole number from 0 on; None is 0, the default."""
    if value is None:
        return 0
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is a whole number, not {shown(value)}")
    if not 0 <= int(value) <= most:
        raise UsageError(f"{name} is a whole number from 0 to {most}, not {value}")
    return int(value)


def size(value: object, name: str, most: int = 2**31 - 1) -> int:
    """A whole number from 1 on; None is 0, the default."""
    if isinstance(value, (int, np.integer)) and value == 0:
        raise UsageError(f"{name} is a whole number from 1 to {most}, not {value}")
    return count(value, name, most)


def positive(value: object, name: str) -> float:
    """A number above 0; None is 0, the default."""
    if value is None:
        return 0.0
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} is a number, not {shown(value)}")
    if not 0 < float(value) < float("inf"):
        raise UsageError(f"{name} is a number above 0, not {value}")
    return float(value)


def images(value: object) -> tuple[int, int] | None:
    """"A-B", range(A, B + 1) or (A, B): the first and the last image, counted from 0; None: all."""
    if value is None:
        return None
    if isinstance(value, range) and value.step == 1 and len(value) > 0:
        first, last = value[0], value[-1]
    elif isinstance(value, tuple) and len(value) == 2:
        first, last = (count(item, "images", 2**63 - 1) for item in value)
    elif isinstance(value, str) and re.fullmatch("[0-9]{1,19}-[0-9]{1,19}", value):
        first, last = (int(part) for part in value.split("-"))
    elif isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        first = last = count(value, "images", 2**63 - 1)
    else:
        raise UsageError(f"images are 'A-B', range(A, B + 1) or one number, counted from 0, not {shown(value)}")
    if not 0 <= first <= last < 2**63:
        raise UsageError(f"images are counted from 0, the first before the last, not {first} to {last}")
    return first, last


NARROW = ("bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float6_e2m3fn", "float6_e3m2fn",
          "float4_e2m1fn")
"""Types of ml_dtypes, as JAX and TensorFlow have them, and of PyTorch, all of whose numbers are in float32."""


def _name_of_type(value: Any) -> str:
    """That of an array's or a tensor's numbers: "float32"; "" of what has none."""
    kind = getattr(value, "dtype", None)
    return getattr(kind, "name", None) or str(kind or "").rpartition(".")[2]  # torch.bfloat16 has no name


def _widened(value: Any) -> Any:
    """An array or a tensor of one of these types in float32, which is exact; any other value as it is."""
    if _name_of_type(value) not in NARROW:
        return value
    return value.float() if callable(getattr(value, "float", None)) else value.astype(np.float32)


class Array:
    """An array as the library reads it: in C order, little-endian. `struct` is valid as long as this lives. least: numbers narrower
    than it are widened to it; `was` is the name of their type then, else None."""

    def __init__(self, value: object, name: str, least: Any = None) -> None:
        self.values, self.was = contiguous(value, name), None
        kind = _name_of_type(value)
        if least is not None and (kind in NARROW or kind == "float16"):
            self.values, self.was = self.values.astype(least), kind
        self._dim = (ctypes.c_size_t * max(self.values.ndim, 1))(*self.values.shape)
        self.struct = _abi.Array(self.values.dtype.str.encode(), self.values.ndim, self._dim, self.values.ctypes.data)


def contiguous(value: object, name: str) -> "np.ndarray[Any, Any]":
    """value as an array of numbers without gaps; it is copied only where it has some, or another byte order."""
    if value is None:
        raise TypeError(f"{name}: an array is needed, not None")
    try:
        return _contiguous(value, name)
    except MemoryError as fault:
        raise NoMemoryError(f"{name}: {fault or 'out of memory'}") from None


def _contiguous(value: object, name: str) -> "np.ndarray[Any, Any]":
    detached = getattr(value, "detach", None)  # a tensor of PyTorch, which may be on a GPU
    try:
        array = np.asarray(_widened(detached().cpu().resolve_neg() if callable(detached) else value))
    except MemoryError:
        raise
    except Exception as fault:
        raise UsageError(f"{name}: NumPy makes no array of it: {fault}".splitlines()[0]) from None
    if isinstance(value, np.ma.MaskedArray) and bool(np.any(value.mask)):
        raise UsageError(f"{name}: an array with masked elements: fill them, or leave them out")
    if array.dtype.kind == "O":
        raise UsageError(f"{name}: NumPy makes an array of objects of it, not of numbers: give numpy.asarray(a, float), of pandas "
                         "a.to_numpy(float), of a sparse matrix a.toarray(), of a gradaudit.Numbers a.float64()")
    if array.dtype.kind not in "biuf":
        raise UsageError(f"{name}: an array of {array.dtype} holds no numbers that this reads: give integers or floating-point "
                         "numbers of at most 64 bits")
    if array.size == 0:
        raise UsageError(f"{name}: the array is empty, its shape is {array.shape}")
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
