# SPDX-License-Identifier: Apache-2.0
"""Audits in narrow formats: cells of computed and true values, by exact rationals and the formats' definitions."""

from fractions import Fraction

import numpy as np
import pytest

import gradaudit as ga
from gradaudit import State

# p, emin, the largest number, what is more than that after rounding becomes (None: it is not finite), whether what is tiny is
# flushed to 0, the rounding
FORMATS = {
    "float16": (11, -14, 65504, None, False, "even"),
    "bfloat16": (8, -126, Fraction(255, 128) * 2**127, None, False, "even"),
    "tf32": (11, -126, Fraction(2047, 1024) * 2**127, None, False, "even"),
    "e4m3": (4, -6, 448, None, False, "even"),
    "e4m3,saturate": (4, -6, 448, 448, False, "even"),
    "e5m2": (3, -14, 57344, None, False, "even"),
    "e2m1": (2, 0, 6, 6, False, "even"),
    "float16,ftz": (11, -14, 65504, None, True, "even"),
    "p=5,emin=-8,max=240": (5, -8, 240, None, False, "even"),
    "float16,rounding=toward-zero": (11, -14, 65504, None, False, "zero"),
    "float16,rounding=up": (11, -14, 65504, None, False, "up"),
    "float16,rounding=down": (11, -14, 65504, None, False, "down"),
    "float16,rounding=odd": (11, -14, 65504, None, False, "odd"),
    "float16,rounding=nearest-away": (11, -14, 65504, None, False, "away"),
    "float16,ftz,rounding=toward-zero": (11, -14, 65504, None, True, "zero"),
    "float16,ftz,rounding=nearest-away": (11, -14, 65504, None, True, "away"),
    "float16,daz": (11, -14, 65504, None, False, "even"),
    "float16,ftz,daz": (11, -14, 65504, None, True, "even"),
    "e5m2,rounding=toward-zero": (3, -14, 57344, None, False, "zero"),
    "e5m2,rounding=up,saturate": (3, -14, 57344, 57344, False, "up"),
    "e5m2,rounding=down": (3, -14, 57344, None, False, "down"),
    "e2m1,rounding=odd": (2, 0, 6, 6, False, "odd"),
    "p=3,emin=-5,max=10,rounding=down": (3, -5, 10, None, False, "down"),
    "p=6,emin=-9,emax=4,daz,rounding=up": (6, -9, Fraction(63, 32) * 2**4, None, False, "up"),
    "float,ftz": (24, -126, Fraction(2**24 - 1) * 2**104, None, True, "even"),
    "float,rounding=toward-zero": (24, -126, Fraction(2**24 - 1) * 2**104, None, False, "zero"),
    "double,daz": (53, -1022, Fraction(2**53 - 1) * 2**971, None, False, "even"),
}
TOLERANCE = Fraction(1, 100)


def power(x):
    """floor(log2 x) of a rational x > 0."""
    e = x.numerator.bit_length() - x.denominator.bit_length()
    return e - (Fraction(2) ** e > x)


def ulp(x, p, emin):
    """Of the format at x > 0."""
    return Fraction(2) ** (max(power(x), emin) - p + 1)


def rounded(x, sign, unit, rounding):
    """x >= 0, the size of a number of that sign, as a multiple of unit."""
    n, rest = divmod(x / unit, 1)
    half = Fraction(1, 2)
    up = {
        "even": rest > half or (rest == half and n % 2 == 1),
        "away": rest >= half,
        "zero": False,
        "up": sign > 0 and rest > 0,
        "down": sign < 0 and rest > 0,
        "odd": rest > 0 and n % 2 == 0,
    }
    return (n + up[rounding]) * unit


def becomes(x, form):
    """The size of what the format makes of x: a rational, or None for what is not finite; and whether it was beyond the range."""
    p, emin, largest, over, flushes, rounding = form
    size, sign = abs(x), 1 if x > 0 else -1
    if x == 0:
        return Fraction(0), False
    if flushes:
        r = rounded(size, sign, Fraction(2) ** (power(size) - p + 1), rounding)
        r = r if r >= Fraction(2) ** emin else Fraction(0)
    else:
        r = rounded(size, sign, ulp(size, p, emin), rounding)
    if r <= largest:
        return r, False
    stops = rounding in ("zero", "odd") or (rounding == "up" and sign < 0) or (rounding == "down" and sign > 0)
    return Fraction(largest) if stops else over, True


def cell(state, value, sign, truth, form):
    """That of a computed number, whose sign counts even if it is infinite, with a true value that is known to 2^-52 of itself."""
    p, emin, largest = form[:3]
    size = abs(truth)
    if state == State.NAN:
        return "nonfinite"
    best, beyond = becomes(truth, form)
    if state == State.INFINITE:
        return "above-range" if truth != 0 and best is None and sign == (truth > 0) else "nonfinite"
    if truth == 0:
        return "zero" if value == 0 else "spurious"
    if value == 0:
        return "below-range" if best == 0 else "lost"
    if (value > 0) != (truth > 0):
        return "wrong-sign"
    if beyond and best is not None and abs(value) == largest:
        return "above-range"
    error = abs(value - truth)
    return "right" if error <= TOLERANCE * size or error <= ulp(size, p, emin) else "inaccurate"


def rationals(g):
    """The finite numbers of a gradient; None for others."""
    return [Fraction(float(m)) * Fraction(2) ** int(e) if s in (State.ZERO, State.SUBNORMAL, State.NORMAL) else None
            for m, e, s in zip(g.mantissa.ravel(), g.exponent.ravel(), g.state.ravel())]


@pytest.mark.parametrize("name", FORMATS)
def test_cells(small, name):
    truth = rationals(small.model.gradient(small.x, small.y, format="exact"))
    g = small.model.gradient(small.x, small.y, format=name)
    want = {}
    for t, v, m, s in zip(truth, rationals(g), g.mantissa.ravel(), g.state.ravel()):
        c = cell(s, v, not np.signbit(m), t, FORMATS[name])
        want[c] = want.get(c, 0) + 1
    a = ga.audit(small.model, small.x, small.y, ["float", name], seeds=1, remedies=False)
    counts = a.cells.loc[a.estimators[1]] if hasattr(a.cells, "loc") else a.cells[1]  # whether pandas is there or not
    names = a.cells.columns if hasattr(a.cells, "loc") else a.cells.dtype.names[1:]
    assert {c: int(counts[c]) for c in names if counts[c] > 0} == want


@pytest.mark.parametrize("dtype,words,bits", [
    (np.float32, "p=26,emin=-60,emax=2,rounding=toward-zero", 26), (np.float32, "p=60,emin=-60,emax=2,saturate", 60),
    (np.float32, "p=24,emin=-60,emax=2,saturate", 24), (np.float64, "p=54,emin=-60,emax=2,saturate", 54),
    (np.float64, "p=56,emin=-60,emax=2,rounding=odd", 56)])
def test_weights_beyond_the_range(dtype, words, bits):
    """They are the largest number L, with all its bits, more than the model's: L / 2 - 4 is what L lacks to 8, halved."""
    weights = np.array([[221, -4], [1, 1]], dtype)
    model = ga.from_arrays([(weights, np.zeros(2, dtype))], activation="linear")
    z = model.forward(np.array([[0.5, 1]], dtype), words).float64()
    assert z[0, 0] == -(2.0 ** (2 - bits))
