# SPDX-License-Identifier: Apache-2.0
"""Audits in narrow formats: cells of computed and true values, by exact rationals and the formats' definitions."""

from fractions import Fraction

import numpy as np
import pytest

import gradaudit as ga
from gradaudit import State

# p, emin, the largest number, whether what is more becomes it (else it is not finite), whether what is tiny is flushed to 0
FORMATS = {
    "float16": (11, -14, 65504, False, False),
    "bfloat16": (8, -126, Fraction(255, 128) * 2**127, False, False),
    "tf32": (11, -126, Fraction(2047, 1024) * 2**127, False, False),
    "e4m3": (4, -6, 448, False, False),
    "e4m3,saturate": (4, -6, 448, True, False),
    "e5m2": (3, -14, 57344, False, False),
    "e2m1": (2, 0, 6, True, False),
    "float16,ftz": (11, -14, 65504, False, True),
    "p=5,emin=-8,max=240": (5, -8, 240, False, False),
}
TOLERANCE = Fraction(1, 100)


def power(x):
    """floor(log2 x) of a rational x > 0."""
    e = x.numerator.bit_length() - x.denominator.bit_length()
    return e - (Fraction(2) ** e > x)


def ulp(x, p, emin):
    """Of the format at x > 0."""
    return Fraction(2) ** (max(power(x), emin) - p + 1)


def nearest(x, unit):
    """x >= 0 as a multiple of unit, ties to the even one."""
    n, rest = divmod(x / unit, 1)
    return (n + (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and n % 2 == 1))) * unit


def becomes(x, form):
    """What the format makes of x >= 0: a rational, or None beyond its largest number."""
    p, emin, largest, saturates, flushes = form
    if x == 0:
        return Fraction(0)
    if flushes:
        rounded = nearest(x, Fraction(2) ** (power(x) - p + 1))
        rounded = rounded if rounded >= Fraction(2) ** emin else Fraction(0)
    else:
        rounded = nearest(x, ulp(x, p, emin))
    return rounded if rounded <= largest else Fraction(largest) if saturates else None


def cell(state, value, sign, truth, form):
    """That of a computed number, whose sign counts even if it is infinite, with a true value that is known to 2^-52 of itself."""
    p, emin, largest, saturates, _ = form
    size = abs(truth)
    if state == State.NAN:
        return "nonfinite"
    if state == State.INFINITE:
        return "above-range" if truth != 0 and becomes(size, form) is None and sign == (truth > 0) else "nonfinite"
    if truth == 0:
        return "zero" if value == 0 else "spurious"
    if value == 0:
        return "below-range" if becomes(size, form) == 0 else "lost"
    if (value > 0) != (truth > 0):
        return "wrong-sign"
    if saturates and abs(value) == largest and size > largest and nearest(size, ulp(size, p, emin)) > largest:
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
