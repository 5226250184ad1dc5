# SPDX-License-Identifier: Apache-2.0
"""Audits of precision recipes: cells by exact rationals. F is the format of the last store that can lose an element, s what is
multiplied by there: the stored gradient's and the loss scale where dividing by it is exact in float, else float and 1."""

from fractions import Fraction

import numpy as np
import pytest
from conftest import SEED, network
from test_narrow_audit import FORMATS, cell, rationals

import gradaudit as ga

FLOAT = (24, -126, Fraction(2**24 - 1, 2**23) * 2**127, False, False)
RECIPES = {  # F, s
    "amp-float16": (FORMATS["float16"], 1),
    "amp-float16,loss-scale=1024": (FORMATS["float16"], 2**10),
    "amp-float16,loss-scale=16384": (FORMATS["float16"], 2**14),
    "amp-float16,loss-scale=1/1024": (FORMATS["float16"], Fraction(1, 2**10)),
    "amp-bfloat16": (FORMATS["bfloat16"], 1),
    "amp-bfloat16,loss-scale=65536": (FORMATS["bfloat16"], 2**16),  # the least number is 2^-133, and float's 2^-149
    "amp-bfloat16,loss-scale=131072": (FLOAT, 1),
    "amp-bfloat16,loss-scale=0x1p76": (FLOAT, 1),
    "amp-tf32": (FLOAT, 1),
    "fp8-hybrid": (FLOAT, 1),
    "fp8-hybrid,gradient=bfloat16,loss-scale=8": (FORMATS["bfloat16"], 8),
    "mxfp8": (FLOAT, 1),
    "store:gradient=e4m3,saturate": (FORMATS["e4m3,saturate"], 1),
    "store:gradient=e4m3,saturate,loss-scale=4096": (FORMATS["e4m3,saturate"], 2**12),
    "store:gradient=e5m2,loss-scale=16": (FORMATS["e5m2"], 2**4),
    "store:activation=float16": (FLOAT, 1),
    "store:gradient=float16,sum=double,loss-scale=0x1p-90": (FORMATS["float16"], Fraction(1, 2**90)),
}


def tiny():
    """A layer whose gradients are half its weights, which lie at the lower end of float."""
    random = np.random.default_rng(SEED + 4)
    weight = np.ldexp(random.uniform(1, 2, 150), random.integers(-150, -110, 150)).astype(np.float32)
    return ga.from_arrays([(np.stack([weight, np.zeros_like(weight)]), np.zeros(2, np.float32))], activation="relu")


@pytest.fixture(scope="module")
def networks():
    """Networks of small and of large gradients, inputs, labels and the truth."""
    made = []
    random = np.random.default_rng(SEED + 3)
    for function, size, images in (("sigmoid", 16.0, 20), ("tanh", 10.0, 16), ("", 0, 2)):
        layers = network(sizes=(12, 9, 7, 4), size=size, seed=SEED + 2)
        model = ga.from_arrays(layers, activation=function) if function else tiny()
        n_in, n_out = (12, 4) if function else (150, 2)
        x, y = random.random((images, n_in), np.float32) * (function != ""), random.integers(0, n_out, images)
        made.append((model, x, y, rationals(model.gradient(x, y, format="exact"))))
    return made


def cells(g, truth, form, s):
    """How many elements are in each cell."""
    count = {}
    for t, v, m, state in zip(truth, rationals(g), g.mantissa.ravel(), g.state.ravel()):
        c = cell(state, None if v is None else s * v, not np.signbit(m), s * t, form)
        count[c] = count.get(c, 0) + 1
    return count


@pytest.mark.filterwarnings("ignore::gradaudit.DataWarning")
def test_cells(networks):
    met = set()
    for model, x, y, truth in networks:
        a = ga.audit(model, x, y, ["float", *RECIPES], seeds=1, remedies=False)
        names = a.cells.columns if hasattr(a.cells, "loc") else a.cells.dtype.names[1:]
        for k, name in enumerate(RECIPES, 1):
            counts = a.cells.loc[a.estimators[k]] if hasattr(a.cells, "loc") else a.cells[k]  # whether pandas is there or not
            want = cells(model.gradient(x, y, format=name), truth, *RECIPES[name])
            assert {c: int(counts[c]) for c in names if counts[c] > 0} == want, name
            met |= set(want)
    assert met >= {"lost", "below-range", "above-range", "wrong-sign", "inaccurate", "right", "nonfinite"}


def test_the_format_and_the_scale_count(networks):
    """Were F or s another one, so would the cells be: what test_cells compares depends on them."""
    for name, (form, s) in RECIPES.items():
        for other in ((FLOAT if form != FLOAT else FORMATS["float16"], s), (form, s * 2**100)):
            pairs = ((model.gradient(x, y, format=name), truth) for model, x, y, truth in networks)
            assert any(cells(g, truth, form, s) != cells(g, truth, *other) for g, truth in pairs), (name, other)
