# SPDX-License-Identifier: Apache-2.0
"""Numbers whatever their format: a sign, a mantissa, an exponent and a state for each."""

from __future__ import annotations

import ctypes
import math
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _abi


class State(IntEnum):
    """What a number is."""

    ZERO = 0  #: 0; proved, if the number is exact
    SUBNORMAL = 1  #: below the normal range of its format
    NORMAL = 2
    INFINITE = 3
    NAN = 4
    UNKNOWN = 5  #: an exact number that is not decided: its magnitude is at most 2**exponent


class Numbers:
    """Gradients or outputs. A number is mantissa 2**exponent with 1 <= |mantissa| < 2: exact in formats of at most 53 bits, cut
    to 53 bits in others; for exact the true value, correctly rounded to 53 bits.

    sign (int8): -1, 0 or 1; 0 for zeros, NaN and undecided numbers. mantissa (float64): also 0, infinities and NaN, with exponent
    0. exponent (int64). state (uint8): a State. All have the same shape. estimator: the full name of what computed them.
    undecided: how many are State.UNKNOWN; only exact numbers can be, where max_bits is not enough."""

    def __init__(self, shape: tuple[int, ...], estimator: str = "") -> None:
        self.sign: NDArray[np.int8] = np.zeros(shape, np.int8)
        self.mantissa: NDArray[np.float64] = np.zeros(shape)
        self.exponent: NDArray[np.int64] = np.zeros(shape, np.int64)
        self.state: NDArray[np.uint8] = np.zeros(shape, np.uint8)
        self.estimator = estimator

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the arrays."""
        return self.sign.shape

    @property
    def undecided(self) -> int:
        """How many numbers are not decided."""
        return int(np.count_nonzero(self.state == State.UNKNOWN))

    def float64(self) -> NDArray[np.float64]:
        """The numbers as binary64: those beyond its range become 0, subnormal or infinite, NaN where one is not decided. Of more
        than 53 bits the first 53 are kept. Below 2**-1022 a number is rounded twice."""
        exponent = np.clip(self.exponent, -4096, 4096).astype(np.intc)
        with np.errstate(all="ignore"):
            values = np.ldexp(self.mantissa, exponent)
        return np.where(self.state == State.UNKNOWN, np.nan, values)

    def log10(self) -> NDArray[np.float64]:
        """log10 of the magnitudes, whatever their size: -inf for zeros, NaN where a number is not decided. The error is at most a
        few ulps of the result."""
        with np.errstate(all="ignore"):
            values = np.log10(np.abs(self.mantissa)) + self.exponent * np.log10(2.0)
        return np.where(self.state == State.UNKNOWN, np.nan, values)

    def __len__(self) -> int:
        return len(self.sign)

    def __repr__(self) -> str:
        undecided = f", {self.undecided} undecided" if self.undecided else ""
        return f"<gradaudit.Numbers of shape {self.shape}, {self.estimator}{undecided}>"

    def _part(self, first: int, shape: tuple[int, ...]) -> "Numbers":
        """Those of a row from the first on that fill an array of that shape; they share memory."""
        part, end = Numbers((0,), self.estimator), first + math.prod(shape)
        part.sign = self.sign[first:end].reshape(shape)
        part.mantissa = self.mantissa[first:end].reshape(shape)
        part.exponent = self.exponent[first:end].reshape(shape)
        part.state = self.state[first:end].reshape(shape)
        return part

    def _struct(self) -> _abi.Numbers:
        """Where the library writes; the arrays must live as long."""
        def at(array: "np.ndarray[Any, Any]", kind: Any) -> Any:
            return array.ctypes.data_as(ctypes.POINTER(kind))

        return _abi.Numbers(sign=at(self.sign, ctypes.c_int8), mantissa=at(self.mantissa, ctypes.c_double),
                            exponent=at(self.exponent, ctypes.c_int64), state=at(self.state, ctypes.c_uint8))
