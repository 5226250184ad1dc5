# SPDX-License-Identifier: Apache-2.0
"""Audits of precision recipes: cells by exact rationals. F is the format of the last store that can lose an element, s what is
multiplied by there: the stored gradient's and the loss scale where dividing by it is exact in float, else float and 1."""

import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from conftest import SEED, network
from test_narrow_audit import FORMATS, cell, rationals

import gradaudit as ga

FLOAT = (24, -126, Fraction(2**24 - 1, 2**23) * 2**127, None, False, "even")
RECIPES = {  # F, s
    "amp-float16": (FORMATS["float16"], 1),
    "amp-float16,loss-scale=1024": (FORMATS["float16"], 2**10),
    "amp-float16,loss-scale=16384": (FORMATS["float16"], 2**14),
    "amp-float16,loss-scale=1/1024": (FORMATS["float16"], Fraction(1, 2**10)),
    "amp-float16,elementwise=each": (FORMATS["float16"], 1),
    "amp-float16,rounding=nearest-away": (FORMATS["float16"], 1),
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


@pytest.mark.parametrize("words", ["amp-float16", "store:weight=float16,saturate", "store:weight=e5m2", "store:weight=e4m3"])
def test_weights_that_are_stored_beyond_the_range(words):
    """In a remedy with more bits, too, whose largest number is no double."""
    weights = np.array([[70000, 1], [1, -1]], np.float32)
    model = ga.from_arrays([(weights, np.zeros(2, np.float32))], activation="linear")
    a = ga.audit(model, np.array([[0.5, 1], [1, 0.25]], np.float32), [0, 1], ["float", words], seeds=1)
    assert sum(a.report["estimators"][1]["cells"].values()) == 4


@pytest.mark.filterwarnings("ignore::gradaudit.DataWarning")
def test_explain_saves_what_the_audit_saves():
    """Of every element that is wrong, by each remedy; some of them are within what the recipe's own roundings may do."""
    model = ga.load(Path(__file__).parents[1] / "cases/files/cnn.onnx")
    random = np.random.default_rng(SEED - 1)
    x, y = random.integers(0, 256, (8, 1, 4, 4), np.uint8), random.integers(0, 3, 8)
    recipes = ["mxfp8", "fp8-hybrid", "fp8-hybrid,batch=2", "amp-bfloat16", "amp-float16,elementwise=each", "store:gradient=e5m2"]
    a = ga.audit(model, x, y, ["float", *recipes], seeds=1)
    said = 0
    for k, recipe in enumerate(recipes, 1):
        told = [a.explain(case, element, recipe) for case in range(8) for element in range(16)]
        for cell, want in json.loads(a.json)["estimators"][k]["remedies"].items():
            head = "\n" + cell.replace("-", " ").capitalize()
            of = [text.split("\nWhat makes it ")[1] for text in told if re.search(head + r"[.:]", text)]
            assert len(of) == want["elements"], (recipe, cell)
            for remedy in set(want) - {"elements"}:
                saved = sum(re.search(rf"\n  {remedy} +(yes|no|undecided)\n", text + "\n")[1] == "yes" for text in of)
                assert saved == want[remedy], (recipe, cell, remedy)
                said += len(of)
    assert said > 1000


@pytest.mark.filterwarnings("ignore::gradaudit.DataWarning")
@pytest.mark.parametrize("recipe", ["amp-float16", "amp-float16,elementwise=each", "store:activation=bfloat16"])
def test_explain_names_what_a_derivative_is_made_of(networks, recipe):
    """A sigmoid's stored activation, a number from 0 to 1, is no argument; and one unit has one heading."""
    model, x, y, _ = networks[0]
    lines = ga.explain(model, x, y, 0, 0, recipe).splitlines()
    forward = lines[lines.index("The path that carries the largest true terms:") + 2:]
    forward = forward[:next(i for i, line in enumerate(forward) if line.startswith("  class"))]
    headings = [line for line in forward if not line.startswith("    ")]
    stored = [float(line.split()[3]) for line in forward if line.startswith("    stored activation ")]
    assert len(set(headings)) == len(headings) == len(stored) == 2 and all(0 <= s <= 1 for s in stored), forward
    assert not any("argument" in line for line in forward)


@pytest.mark.filterwarnings("ignore::gradaudit.DataWarning")
def test_the_page_says_what_does_not_compare(networks):
    model, x, y, _ = networks[0]
    for words, differ, panels in ((["float", "amp-float16", "float,gain=0.5"], True, "float naive and float naive gain=0.5 have"),
                                  (["float", "amp-tf32"], False, "float naive has"), (["amp-float16"], False, None),
                                  (["amp-float16", "float16"], False, "amp-float16 naive has")):
        page = re.sub("<[^>]*>", "", ga.audit(model, x, y, words, seeds=1).html)
        assert page.count("errors in ulp do not compare") == 2 * differ, words  # beside the table and the figure
        assert re.findall("Of the estimators only (.*?) a panel", page) == [panels] * (panels is not None)
        assert page.count("Compare first how many are lost") == ("amp-float16" in words), words
        said = "Elements of the amp-float16 naive gradient with the right sign, by the format" in page
        assert said == ("amp-float16" in words), words


@pytest.mark.filterwarnings("ignore::gradaudit.DataWarning")
def test_each_lower_precision_has_a_paragraph(networks):
    model, x, y, _ = networks[0]
    a = ga.audit(model, x, y, ["float", "amp-float16", "amp-bfloat16", "float16"], seeds=1)
    lower = re.split(r"\n(?! )", a.text.split("\nAnd in lower precision?")[1])[0]
    begins = r"(?:^|\n ) The (\S+) naive gradient has"
    assert re.findall(begins, lower) == ["amp-float16", "amp-bfloat16", "float16"], lower
    page = re.sub("<span class=\"n\">(.*?)</span>", r"\1", a.html)
    answers = re.search("<dt>And in lower precision.</dt>(.*?)<dt>", page, re.S)[1]
    said = re.findall(r"<dd><b>The (\S+) naive gradient has .*?</b> <span>(.*?)</span></dd>", answers)
    assert [name for name, _ in said] == ["amp-float16", "amp-bfloat16", "float16"]
    assert len({more for _, more in said}) == 3, said
