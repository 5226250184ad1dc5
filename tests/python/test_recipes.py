# SPDX-License-Identifier: Apache-2.0
"""Passes of precision recipes, bit for bit against an emulation in NumPy: float32 in increasing order of the terms, and an own
rounding for every store, which is checked against NumPy's float16 and against rationals."""

import ctypes
from fractions import Fraction

import numpy as np
import pytest

import gradaudit as ga
from conftest import command, table

libm = ctypes.CDLL("libm.so.6")
for name in ("expf", "tanhf"):
    getattr(libm, name).restype = ctypes.c_float
    getattr(libm, name).argtypes = [ctypes.c_float]
f32 = np.float32

# p, emin, the largest number, what is more
FORMATS = {
    "float16": (11, -14, 65504.0, np.inf),
    "bfloat16": (8, -126, float((2 - 2.0**-7) * 2.0**127), np.inf),
    "tf32": (11, -126, float((2 - 2.0**-10) * 2.0**127), np.inf),
    "e5m2": (3, -14, 57344.0, np.inf),
    "e4m3": (4, -6, 448.0, np.nan),
}


def rounded(x, name, how="even"):
    """x in the format. Units in the last place, at least those below the normal range, are powers of two, so that all but rint,
    floor and the comparison are exact."""
    p, emin, largest, beyond = FORMATS[name]
    x = np.asarray(x, np.float64)
    size = np.abs(x)
    with np.errstate(all="ignore"):
        unit = np.ldexp(1.0, np.maximum(np.frexp(size)[1] - 1, emin) - p + 1)
        units = size / unit
        units = {"even": np.rint, "zero": np.floor, "away": lambda u: np.floor(u + 0.5)}[how](units)
        r = units * unit
        r = np.where(r > largest, largest if how == "zero" else beyond, r)
        r = np.where(np.isinf(size), np.where(np.isnan(beyond), np.nan, np.inf), r)
    return np.copysign(r, x).astype(f32)


def test_rounding_is_that_of_float16():
    codes = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64)
    codes = codes[np.isfinite(codes)]
    between = (codes[:-1] + codes[1:]) / 2
    x = np.concatenate([codes, between, np.nextafter(between, np.inf), np.nextafter(between, -np.inf), [65519.99, 65520, 1e6]])
    with np.errstate(over="ignore"):
        assert np.array_equal(rounded(x, "float16"), x.astype(np.float16).astype(f32))


def test_rounding_is_that_of_rationals():
    rng = np.random.default_rng(1)
    for name, (p, emin, largest, _) in FORMATS.items():
        for x in rng.standard_normal(200) * 2.0 ** rng.integers(emin - p - 2, 5, 200):
            exact, e = Fraction(float(x)), emin
            while abs(exact) >= Fraction(2) ** (e + 1):
                e += 1
            unit = Fraction(2) ** (e - p + 1)
            units = abs(exact) / unit
            for how, n in (("even", round(units)), ("zero", units // 1), ("away", (units * 2 + 1) // 2)):
                assert abs(Fraction(float(rounded(x, name, how)))) == n * unit


def product(a, b, bias=None):
    """a b^T in float32, term by term."""
    total = np.zeros((a.shape[0], b.shape[0]), f32)
    for k in range(a.shape[1]):
        total = total + a[:, k : k + 1] * b[None, :, k]
    return total if bias is None else total + bias


def each(function, x):
    return np.array([function(float(v)) for v in x.ravel()], f32).reshape(x.shape)


def saturated(x, name):
    """Rounded, and clamped to the largest number; a NaN stays."""
    r = np.clip(rounded(np.clip(x, -1e30, 1e30), name), -FORMATS[name][2], FORMATS[name][2])
    return np.where(np.isnan(x), f32(np.nan), np.where(np.isnan(r), np.copysign(f32(FORMATS[name][2]), x), r))


def scaled(x, name, exponent):
    """x times a power of two, rounded and divided by it; nothing is rounded but that."""
    with np.errstate(all="ignore"):
        return f32(np.ldexp(saturated(np.ldexp(x.astype(np.float64), exponent), name).astype(np.float64), -exponent))


def clamped(exponent):
    return int(min(126, max(-126, exponent)))


def by_tensor(x, name):
    """The largest power of two with which the largest magnitude does not overflow, by exact comparisons."""
    largest, most = Fraction(float(np.abs(x).max())), Fraction(FORMATS[name][2])
    if largest == 0:
        return x
    exponent = 0
    while largest * Fraction(2) ** (exponent + 1) <= most:
        exponent += 1
    while largest * Fraction(2) ** exponent > most:
        exponent -= 1
    return scaled(x, name, clamped(exponent))


def by_blocks(x, name, rule):
    """Blocks of 32 of a row."""
    p, _, most, _ = FORMATS[name]
    emax = int(np.floor(np.log2(most)))
    r = x.copy()
    for row in range(x.shape[0]):
        for first in range(0, x.shape[1], 32):
            block = x[row, first : first + 32]
            largest = float(np.abs(block).max())
            if largest == 0:
                continue
            if rule == "nearest":
                unit = 2.0 ** (np.frexp(largest)[1] - p)
                largest = float(np.rint(largest / unit) * unit)
            m, e = np.frexp(largest)
            shared = e - 1 + (rule == "ceil" and m > 0.5)
            r[row, first : first + 32] = scaled(block, name, clamped(emax - shared))
    return r


class Recipe:
    """Which format each class is stored in, or a product's operand rounded to; None: as computed."""

    def __init__(self, activation=None, gradient=None, weight=None, operand=None, how="even", scale=1, fp8=None):
        self.formats = {"activation": activation, "gradient": gradient, "weight": weight, "operand": operand}
        self.how, self.scale, self.fp8 = how, scale, fp8

    def __call__(self, x, what):
        name = self.formats[what]
        return x if name is None else rounded(x, name, self.how)

    def multiply(self, a, b, bias=None, back=False):
        if self.fp8 == "hybrid":
            a = by_tensor(a, "e5m2" if back else "e4m3")
            b = by_tensor(b, "e4m3")
        elif self.fp8:
            a, b = by_blocks(a, "e4m3", self.fp8), by_blocks(b, "e4m3", self.fp8)
        return product(self(a, "operand"), self(b, "operand"), bias)

    def gradient(self, layers, functions, x, y):
        """Of the cross-entropy, naive formulas."""
        one = f32(1)
        layers = [(self(w, "weight"), self(b, "weight")) for w, b in layers]
        a, derivatives = self(x, "activation"), []
        for (w, b), function in zip(layers, functions):
            z = self(self.multiply(a, w, b), "activation")
            if function == "relu":
                a, d = np.where(z > 0, z, f32(0)), (z > 0).astype(f32)
            elif function == "sigmoid":
                a = self(one / (one + each(libm.expf, -z)), "activation")
                d = a * (one - a)
            elif function == "tanh":
                a = self(each(libm.tanhf, z), "activation")
                d = one - a * a
            else:
                a, d = z, np.ones_like(z)
            derivatives.append(d)
        p = each(libm.expf, a - a.max(axis=1, keepdims=True))
        total = np.zeros(len(p), f32)
        for c in range(p.shape[1]):
            total = total + p[:, c]
        p = p / total[:, None]
        p[np.arange(len(y)), y] -= one
        g = self(p * f32(self.scale), "gradient")
        for (w, _), d in zip(layers[::-1], derivatives[::-1]):
            g = self(g * d, "gradient")
            g = self(self.multiply(g, np.ascontiguousarray(w.T), back=True), "gradient")
        return g * f32(1 / self.scale)


RECIPES = {
    "amp-float16": Recipe("float16", "float16", "float16"),
    "amp-float16,loss-scale=1024": Recipe("float16", "float16", "float16", scale=1024),
    "amp-bfloat16": Recipe("bfloat16", "bfloat16", "bfloat16"),
    "amp-tf32": Recipe(operand="tf32", how="zero"),
    "amp-tf32,rounding=nearest-even": Recipe(operand="tf32"),
    "amp-tf32,rounding=nearest-away": Recipe(operand="tf32", how="away"),
    "store:activation=float16,gradient=e5m2": Recipe("float16", "e5m2"),
    "store:weight=e4m3": Recipe(weight="e4m3"),
    "store:gradient=float16,loss-scale=65536,rounding=toward-zero": Recipe(gradient="float16", how="zero", scale=65536),
    "fp8-hybrid": Recipe(fp8="hybrid"),
    "fp8-hybrid,activation=bfloat16,gradient=bfloat16,loss-scale=16": Recipe("bfloat16", "bfloat16", scale=16, fp8="hybrid"),
    "mxfp8": Recipe(fp8="floor"),
    "mxfp8,scale=ceil": Recipe(fp8="ceil"),
    "mxfp8,scale=nearest,activation=float16": Recipe("float16", fp8="nearest"),
    "amp-float16,gradient=float,loss-scale=1/8": Recipe("float16", None, "float16", scale=0.125),
}


def network(functions, sizes, spread, seed):
    rng = np.random.default_rng(seed)
    return [(f32(rng.standard_normal((m, n)) * spread / np.sqrt(n)), f32(rng.standard_normal(m) * 0.3))
            for n, m in zip(sizes[:-1], sizes[1:])]


@pytest.mark.parametrize("words", RECIPES)
@pytest.mark.parametrize("function,spread", [("sigmoid", 3), ("tanh", 2), ("relu", 2), ("sigmoid", 60)])
def test_a_pass_bit_for_bit(words, function, spread):
    functions = [function, function, "linear"]
    layers = network(functions, (70, 41, 33, 5), spread, 7)
    rng = np.random.default_rng(8)
    x, y = rng.random((6, 70), f32), rng.integers(0, 5, 6)
    model = ga.from_arrays(layers, activation=function)
    with np.errstate(all="ignore"):
        expected = RECIPES[words].gradient(layers, functions, x, y)
    g = model.gradient(x, y, words + ",loop").float64()
    assert np.array_equal(g, expected.astype(np.float64), equal_nan=True), np.argwhere(g != expected)[:5]
    assert np.array_equal(np.signbit(g), np.signbit(expected)) or np.isnan(g).any()


@pytest.mark.parametrize("batch", [1, 4, 256])
def test_a_batch_is_the_same_whatever_is_asked(batch):
    """Gradients of some images are those of all, whose batches have their scales in common; a batch is that of the emulation."""
    layers = network(["sigmoid", "linear"], (30, 12, 4), 8, 3)
    rng = np.random.default_rng(5)
    n = 300
    x, y = rng.random((n, 30), f32) ** 4, rng.integers(0, 4, n)
    model = ga.from_arrays(layers, activation="sigmoid")
    words = f"fp8-hybrid,batch={batch},loop"
    whole = model.gradient(x, y, words).float64()
    for images in (range(0, 1), range(3, 4), range(250, 262), range(299, 300), range(8, 24)):
        assert np.array_equal(model.gradient(x, y, words, images=images).float64(), whole[images.start : images.stop])
    for first in range(0, n, batch):
        rows = slice(first, min(first + batch, n))
        expected = Recipe(fp8="hybrid").gradient(layers, ["sigmoid", "linear"], x[rows], y[rows])
        assert np.array_equal(whole[rows], expected.astype(np.float64))
    one, two = model.gradient(x, y, words, threads=1), model.gradient(x, y, words, threads=2)
    assert np.array_equal(one.float64(), two.float64())


def test_names():
    model = ga.from_arrays(network(["linear"], (3, 2), 1, 1), activation="relu")
    x, y = np.ones((1, 3), f32), [0]
    for words, name in (("AMP-Float16", "amp-float16"), ("loss-scale=8,amp-float16", "amp-float16,loss-scale=8"),
                        ("amp-bfloat16,gradient=float16", "amp-bfloat16,gradient=float16"),
                        ("store:sum=double,weight=float16", "store:weight=float16,sum=double"),
                        ("store:activation=float", "store:"), ("store:saturate,gradient=e4m3", "store:gradient=e4m3,saturate"),
                        ("store:saturate", "store:saturate"), ("amp-float16,loss-scale=0x1p60", "amp-float16,loss-scale=0x1p60")):
        assert model.gradient(x, y, words).estimator == name + " naive"


@pytest.mark.parametrize("words,sentence", [
    ("amp-float16,loss-scale=1000", "a loss scale is a power of two"),
    ("amp-float16,loss-scale=0", "a loss scale is a power of two"),
    ("amp-float16,ftz", "a precision recipe does not take 'ftz'"),
    ("amp-float16,float", "'float' comes after another word of its kind"),
    ("store:activation=half", "what 'activation=half' stores in is float"),
    ("store:activation=double", "what 'activation=double' stores in is float"),
    ("store:bias=float16", "a precision recipe does not take 'bias=float16'"),
    ("amp-float16,amp-bfloat16", "'amp-bfloat16' comes after another word of its kind"),
    ("amp-float16,rounding=stochastic", "a recipe stores with rounding=nearest-even"),
    ("amp-float16,sum=float16", "a recipe computes in float or double"),
    ("loss-scale=8", "'loss-scale=8' is of a precision recipe"),
    ("amp-float61", "did you mean 'amp-float16'"),
    ("store:", None),
    ("mxfp8,batch=4", "'mxfp8' has no batch="),
    ("fp8-hybrid,scale=ceil", "'fp8-hybrid' has no scale=ceil"),
    ("fp8-hybrid,batch=3", "a batch has 1, 2, 4"),
    ("mxfp8,scale=round", "no rule of scales is called 'round': floor, ceil or nearest"),
])
def test_refusals(words, sentence):
    model = ga.from_arrays(network(["linear"], (3, 2), 1, 1), activation="relu")
    if sentence is None:
        assert model.gradient(np.ones((1, 3), f32), [0], words).estimator == "store: naive"
        return
    with pytest.raises(ga.UsageError, match=sentence):
        model.gradient(np.ones((1, 3), f32), [0], words)


def in_format(x, bits, emin, emax):
    """x in a spelled-out format, to nearest."""
    largest = (2 - 2.0 ** (1 - bits)) * 2.0**emax
    FORMATS["spelled"] = (bits, emin, largest, np.inf)
    return rounded(x, "spelled")


def kept_signs(small, formats, truth):
    """How many signs of the gradient are right with each tensor stored as its line says, in NumPy."""
    keep = {name: (lambda x, f=tuple(map(int, f)): in_format(x, *f)) for name, _, *f in formats}
    one = f32(1)
    a = keep["input"](f32(small.x.reshape(len(small.x), -1)) / f32(255))
    layers = [(keep[f"fc{i}.weight"](w), keep[f"fc{i}.bias"](b)) for i, (w, b) in enumerate(small.layers, 1)]
    derivatives = []
    for i, (w, b) in enumerate(layers, 1):
        a = keep[f"fc{i}: sum"](product(a, w, b))
        if i < len(layers):
            a = keep[f"fc{i}: activation"](one / (one + each(libm.expf, -a)))
            derivatives.append(a * (one - a))
    p = each(libm.expf, a - a.max(axis=1, keepdims=True))
    total = np.zeros(len(p), f32)
    for c in range(p.shape[1]):
        total = total + p[:, c]
    g = p / total[:, None]
    g[np.arange(len(g)), small.y] -= one
    g = keep[f"gradient of fc{len(layers)}: residual"](g)
    for i in range(len(layers), 0, -1):
        if i < len(layers):
            g = keep[f"gradient of fc{i}: product"](g * derivatives[i - 1])
        g = product(g, np.ascontiguousarray(layers[i - 1][0].T))
        g = keep[f"gradient of fc{i - 1}: back-sum" if i > 1 else "gradient of the input"](g)
    return int((np.sign(g.astype(np.float64)) == truth).sum())


@pytest.mark.parametrize("keep", ["99%", "0.9", "60%"])
def test_precision_keeps_what_it_says(small, keep):
    """What the tensors' formats keep together is what an emulation with these formats keeps, and it is enough."""
    truth = np.sign(small.model.gradient(small.x, small.y, "exact").float64().reshape(len(small.x), -1))
    text = command("precision", *small.words, "--gemm", "loop", "--keep", keep)
    facts = dict(line.split("\t") for line in text.splitlines() if line.count("\t") == 1)
    formats = [row for row in table(text) if len(row) == 5]
    assert len(formats) == 6 + 1 + 5 + 6 and int(facts["signs_proved"]) == truth.size
    share = 100 * kept_signs(small, formats, truth) / truth.size
    assert share == pytest.approx(float(facts["kept_together_percent"]), abs=1e-6)
    assert share >= float(facts["keep_percent"])


def test_precision_refuses_what_float_cannot(small):
    assert "itself keeps" in command("precision", *small.words, "--keep", "1", "--gain", "40", status=2)
    assert "a share of the signs" in command("precision", *small.words, "--keep", "101%", status=2)
    said = command("precision", *small.words, "--format", "float16", status=2)
    assert "no format of precision is called 'float16': float or double" in said


def test_automatic_loss_scale(small):
    """The largest power of two with which no gradient of any image is infinite or NaN."""
    audit = ga.audit(small.model, small.x, small.y, ["store:gradient=float16,loss-scale=auto"], images="0-3", seeds=1)
    name = audit.estimators[0]
    scale = int(name.split("loss-scale=")[1].split()[0])

    def finite(s):
        g = small.model.gradient(small.x, small.y, f"store:gradient=float16,loss-scale={s}").float64()
        return np.isfinite(g).all()

    assert 1 < scale < 2**24 and finite(scale) and not finite(2 * scale)
