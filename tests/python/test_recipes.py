# SPDX-License-Identifier: Apache-2.0
"""Passes of precision recipes, bit for bit against an emulation in NumPy: float32 in increasing order of the terms, and an own
rounding for every store, which is checked against NumPy's float16 and against rationals."""

import ctypes
import hashlib
import json
import re
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

import gradaudit as ga
from conftest import command, table, tree

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


def scale_of(largest, name):
    """The exponent of the largest power of two with which that magnitude does not overflow, by exact comparisons."""
    largest, most = Fraction(float(largest)), Fraction(FORMATS[name][2])
    exponent = 0
    if largest == 0:
        return exponent
    while largest * Fraction(2) ** (exponent + 1) <= most:
        exponent += 1
    while largest * Fraction(2) ** exponent > most:
        exponent -= 1
    return clamped(exponent)


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

    def __init__(self, activation=None, gradient=None, weight=None, operand=None, how="even", scale=1, fp8=None, each=False,
                 frozen=None):
        self.formats = {"activation": activation, "gradient": gradient, "weight": weight, "operand": operand}
        self.how, self.scale, self.fp8, self.each = how, scale, fp8, each
        self.frozen, self.largest = frozen, {}  # exponents, largest magnitudes so far, by the tensor's name

    def __call__(self, x, what):
        name = self.formats[what]
        return x if name is None else rounded(x, name, self.how)

    def by_tensor(self, x, name, tensor):
        """With the scale of its largest magnitude, or the tensor's frozen one."""
        largest = np.abs(x).max()
        self.largest[tensor] = max(largest, self.largest.get(tensor, 0))
        return scaled(x, name, scale_of(largest, name) if self.frozen is None else self.frozen[tensor])

    def multiply(self, a, b, tensors, bias=None, back=False):
        if self.fp8 == "hybrid":
            a = self.by_tensor(a, "e5m2" if back else "e4m3", tensors[0])
            b = self.by_tensor(b, "e4m3", tensors[1])
        elif self.fp8:
            a, b = by_blocks(a, "e4m3", self.fp8), by_blocks(b, "e4m3", self.fp8)
        return product(self(a, "operand"), self(b, "operand"), bias)

    def through(self, g, a, z, function):
        """The gradient of z, from that of the function's stored value a."""
        one = f32(1)
        if function == "relu":
            d = (z > 0).astype(f32)
        elif function == "leaky":
            d = np.where(z > 0, one, SLOPE)
        elif self.each and function == "sigmoid":
            rest = self(one - a, "activation")
            return self(self(g * rest, "gradient") * a, "gradient")
        elif self.each and function == "tanh":
            square = self(a * a, "activation")
            return self(g * self(one - square, "activation"), "gradient")
        else:
            d = {"sigmoid": lambda: a * (one - a), "tanh": lambda: one - a * a, "linear": lambda: one}[function]()
        return self(g * d, "gradient")

    def gradient(self, layers, functions, x, y):
        """Of the cross-entropy, naive formulas."""
        one = f32(1)
        layers = [(self(w, "weight"), self(b, "weight")) for w, b in layers]
        a, passed = self(x, "activation"), []
        for i, ((w, b), function) in enumerate(zip(layers, functions), 1):
            tensors = f"fc{i - 1}: activation" if i > 1 else "input", f"fc{i}.weight"
            z = self(self.multiply(a, w, tensors, b), "activation")
            if function == "relu":
                a = np.where(z > 0, z, f32(0))
            elif function == "leaky":
                a = self(np.where(z > 0, z, SLOPE * z), "activation")
            elif function == "sigmoid":
                a = self(one / (one + each(libm.expf, -z)), "activation")
            elif function == "tanh":
                a = self(each(libm.tanhf, z), "activation")
            else:
                a = z
            passed.append((a, z, function))
        p = each(libm.expf, a - a.max(axis=1, keepdims=True))
        total = np.zeros(len(p), f32)
        for c in range(p.shape[1]):
            total = total + p[:, c]
        p = p / total[:, None]
        p[np.arange(len(y)), y] -= one
        g = self(p * f32(self.scale), "gradient")
        for i in range(len(layers), 0, -1):
            g = self.through(g, *passed[i - 1])
            tensors = f"gradient of fc{i}: {'product' if i < len(layers) else 'residual'}", f"fc{i}.weight"
            g = self(self.multiply(g, np.ascontiguousarray(layers[i - 1][0].T), tensors, back=True), "gradient")
        return g * f32(1 / self.scale)


SLOPE = f32(0.1)
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
    "amp-float16,elementwise=once": Recipe("float16", "float16", "float16"),
    "amp-float16,elementwise=each": Recipe("float16", "float16", "float16", each=True),
    "amp-bfloat16,elementwise=each,loss-scale=8": Recipe("bfloat16", "bfloat16", "bfloat16", scale=8, each=True),
    "store:activation=float16,gradient=e5m2,elementwise=each": Recipe("float16", "e5m2", each=True),
    "store:gradient=float16,rounding=toward-zero,elementwise=each": Recipe(gradient="float16", how="zero", each=True),
    "store:activation=e4m3,elementwise=each": Recipe("e4m3", each=True),
    "mxfp8,gradient=bfloat16,elementwise=each": Recipe(gradient="bfloat16", fp8="floor", each=True),
}


def network(functions, sizes, spread, seed):
    rng = np.random.default_rng(seed)
    return [(f32(rng.standard_normal((m, n)) * spread / np.sqrt(n)), f32(rng.standard_normal(m) * 0.3))
            for n, m in zip(sizes[:-1], sizes[1:])]


def model_of(layers, function):
    if function != "leaky":
        return ga.from_arrays(layers, activation=function)
    made = [m for w, _ in layers for m in (nn.Linear(w.shape[1], w.shape[0]), nn.LeakyReLU(float(SLOPE)))][:-1]
    for linear, (w, b) in zip(made[::2], layers):
        linear.weight.data, linear.bias.data = torch.tensor(w), torch.tensor(b)
    return ga.from_torch(nn.Sequential(*made), torch.zeros(1, layers[0][0].shape[1]))


@pytest.mark.parametrize("words", RECIPES)
@pytest.mark.parametrize("function,spread", [("sigmoid", 3), ("tanh", 2), ("relu", 2), ("leaky", 2), ("sigmoid", 60), ("tanh", 9)])
def test_a_pass_bit_for_bit(words, function, spread):
    functions = [function, function, "linear"]
    layers = network(functions, (70, 41, 33, 5), spread, 7)
    rng = np.random.default_rng(8)
    x, y = rng.random((6, 70), f32), rng.integers(0, 5, 6)
    model = model_of(layers, function)
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


def frozen_file(path, exponents):
    path.write_text(json.dumps({"tensors": [{"tensor": name, "scale": 2.0**e} for name, e in exponents.items()]}))
    return path


def exponents_of(recipe):
    return {name: scale_of(largest, "e5m2" if name.startswith("gradient") else "e4m3") for name, largest in recipe.largest.items()}


@pytest.mark.parametrize("function,spread", [("sigmoid", 3), ("tanh", 2), ("relu", 2), ("sigmoid", 60)])
@pytest.mark.parametrize("product", ["loop", "blas"])
def test_frozen_scales_bit_for_bit(tmp_path, function, spread, product):
    """With scales up to 2^4 too large and 2^12 too small: numbers saturate, become subnormal and 0. The file has its own order.
    Sums in BLAS have another order of terms: there gradients are the same for one image and for all."""
    functions = [function, function, "linear"]
    layers = network(functions, (70, 41, 33, 5), spread, 7)
    rng = np.random.default_rng(8)
    x, y = rng.random((6, 70), f32), rng.integers(0, 5, 6)
    batch = Recipe(fp8="hybrid")
    with np.errstate(all="ignore"):
        batch.gradient(layers, functions, x, y)
        frozen = {name: e + int(rng.integers(-12, 5)) for name, e in exponents_of(batch).items()}
        frozen["fc2: activation"] = exponents_of(batch)["fc2: activation"] + 3
        frozen["gradient of fc2: product"] = exponents_of(batch)["gradient of fc2: product"] + 3
        expected = Recipe(fp8="hybrid", frozen=frozen).gradient(layers, functions, x, y)
        other = batch.gradient(layers, functions, x, y)
    assert not np.array_equal(expected, other)
    model = ga.from_arrays(layers, activation=function)
    path = frozen_file(tmp_path / "scales.json", dict(sorted(frozen.items(), key=lambda item: item[1])))
    words = f"fp8-hybrid,scale={path},{product}"
    g = model.gradient(x, y, words).float64()
    if product == "loop":
        assert np.array_equal(g, expected.astype(np.float64), equal_nan=True), np.argwhere(g != expected)[:5]
    for i in range(6):
        assert np.array_equal(model.gradient(x, y, words, images=i).float64(), g[i : i + 1])
        assert np.array_equal(model.gradient(x[: i + 1], y[: i + 1], words, images=i).float64(), g[i : i + 1])


@pytest.mark.parametrize("images,batch", [("0-39", 256), ("0-39", 8), ("8-15", 8), ("16-31", 4), ("39-39", 1)])
def test_scales_are_those_of_the_images(tmp_path, small, images, batch):
    """What the program finds is what NumPy finds; frozen, the scales of one batch are the batch's own."""
    first, last = (int(i) for i in images.split("-"))
    x = f32(small.x.reshape(len(small.x), -1)) / f32(255)
    functions = ["sigmoid"] * (len(small.layers) - 1) + ["linear"]
    recipe = Recipe(fp8="hybrid")
    for start in range(first, last + 1, batch):
        rows = slice(start, min(start + batch, last + 1))
        recipe.gradient(small.layers, functions, x[rows], small.y[rows])
    words = [*small.words, "--images", images, "--format", "fp8-hybrid", "--gemm", "loop", "--batch", batch]
    path = tmp_path / "of the images, found.json"
    path.write_text(command("scales", *words, "--json"))
    document = json.loads(path.read_text())
    assert document["kind"] == "scales" and document["estimator"]["name"].startswith("fp8-hybrid")
    found = {row["tensor"]: (row["largest"], row["scale"]) for row in document["tensors"]}
    exponents = exponents_of(recipe)
    assert found == {name: (float(largest), 2.0 ** exponents[name]) for name, largest in recipe.largest.items()}
    kinds = {row["tensor"]: row["kind"] for row in document["tensors"]}
    assert kinds["input"] == "activation" and kinds["fc1.weight"] == "parameter" and kinds["gradient of fc2: product"] == "gradient"
    printed = {row[0]: (float(row[2]), float(row[3])) for row in table(command("scales", *words))}
    assert printed == {name: tuple(float(f"{number:.9g}") for number in pair) for name, pair in found.items()}
    g = small.model.gradient(small.x, small.y, f'fp8-hybrid,scale="{path}",loop', images=images).float64()
    if last - first < batch:
        assert np.array_equal(g, small.model.gradient(small.x, small.y, f"fp8-hybrid,batch={batch},loop", images=images).float64())
    rows = slice(first, last + 1)
    expected = Recipe(fp8="hybrid", frozen=exponents).gradient(small.layers, functions, x[rows], small.y[rows])
    assert np.array_equal(g.reshape(len(g), -1), expected.astype(np.float64))


def test_a_batch_for_all(small):
    """batch= and --batch are the word batch= of each recipe that has batches and no such word."""
    def gradient(*words, **options):
        return small.model.gradient(small.x, small.y, *words, **options).estimator

    assert gradient("fp8-hybrid", batch=8) == gradient("fp8-hybrid,batch=8") == gradient(format="fp8-hybrid", batch=8)
    assert gradient("fp8-hybrid, BATCH=4", batch=8) == "fp8-hybrid,batch=4 naive"
    assert gradient("fp8-hybrid,batch=256", batch=8) == "fp8-hybrid naive"
    audit = ga.audit(small.model, small.x, small.y, ["float", "fp8-hybrid", "fp8-hybrid,batch=256", "mxfp8"], batch=8, images="0-1",
                     seeds=1)
    assert audit.estimators == ["float naive", "fp8-hybrid,batch=8 naive", "fp8-hybrid naive", "mxfp8 naive"]
    for refused in (lambda: gradient("amp-float16", batch=8), lambda: gradient("fp8-hybrid", batch=3),
                    lambda: ga.audit(small.model, small.x, small.y, ["float", "mxfp8"], batch=8),
                    lambda: ga.audit(small.model, small.x, small.y, ["float", "fp8-hybrid"], batch=24)):
        with pytest.raises(ga.UsageError, match="batch"):
            refused()
    said = ga.explain(small.model, small.x, small.y, 3, 2, "fp8-hybrid", batch=8)
    assert said == ga.explain(small.model, small.x, small.y, 3, 2, "fp8-hybrid,batch=8") and "batch=8" in said
    plain = [*small.words, "--format", "fp8-hybrid", "--images", "0-9"]
    for name, *more in (("gradient",), ("forward",), ("histogram",), ("sweep", "--points", "2")):
        own = [word if word != "fp8-hybrid" else "fp8-hybrid,batch=2" for word in plain]
        assert command(name, *plain, *more, "--batch", "2", "-q") == command(name, *own, *more, "-q")
        assert "--batch is of a recipe" in command(name, *small.words, "--batch", "2", *more, status=2)
        assert "--batch" in command(name, *plain, *more, "--batch", "3", status=2)
    words = [*small.words, "--images", "0-9", "-q", "-e"]
    assert command("attack", *words, "fp8-hybrid", "--batch", "2") == command("attack", *words, "fp8-hybrid,batch=2")
    assert "--batch needs a recipe" in command("attack", *words, "float", "--batch", "2", status=2)


SCALES = {"tensors": [{"tensor": name, "scale": 1} for name in
                      ("input", "fc1.weight", "fc1: activation", "fc2.weight", "fc2: activation", "fc3.weight",
                       "gradient of fc3: residual", "gradient of fc2: product", "gradient of fc1: product")]}


def changed(place, **members):
    """SCALES with other members of one tensor."""
    return json.dumps({"tensors": [dict(t, **members) if i == place else t for i, t in enumerate(SCALES["tensors"])]})


@pytest.mark.parametrize("text,sentence", [
    (json.dumps(SCALES), None),
    (json.dumps(dict(SCALES, kind="anything")), None),
    (json.dumps({"tensors": SCALES["tensors"][1:]}), "it has no scale for 'input'"),
    (json.dumps({"tensors": SCALES["tensors"] + [{"tensor": "fc4.weight", "scale": 1}]}), "no product .* takes 'fc4.weight'"),
    (json.dumps({"tensors": SCALES["tensors"] * 2}), "is there twice"),
    (changed(2, scale=3), "the scale of 'fc1: activation' is 3, and scales are powers of two, .*: 2 is the next one below"),
    (changed(2, scale=-2), "the scale of 'fc1: activation' is -2, and scales are powers of two from 2\\^-126 to 2\\^126"),
    (changed(2, scale=0), "is 0, and"), (changed(2, scale=2.0**127), "powers of two from"),
    (changed(2, scale=2**65), None), (changed(2, scale=2.0**126), None),
    (changed(2, scale=2.0**-126), None), (changed(2, scale=2.0**-127), "powers of two from"),
    (changed(2, scale="1"), "tensor 3 of its list has no"), (changed(2, scale=None), "tensor 3 of its list has no"),
    (changed(2, tensor=7), "tensor 3 of its list has no"),
    (changed(2, scale=7).replace("7", "NaN"), "line 1 is no JSON"),
    (changed(2, scale=7).replace("7", "1e999"), "line 1 is no JSON"),
    ("[]", "it is no file of scales"), ("{}", "it is no file of scales"), ('{"tensors": 3}', "it is no file of scales"),
    ("", "is no JSON"), (json.dumps(SCALES)[:-1], "line 1 is no JSON"), ('{"tensors": [], "tensors": []}', "line 1 is no JSON"),
])
def test_files_of_scales(tmp_path, small, text, sentence):
    """What is no file of scales of this network is a bad file, named in one line, in Python and by each command."""
    path = tmp_path / "s.json"
    path.write_text(text)
    words = f"fp8-hybrid,scale={path}"
    if sentence is None:
        assert small.model.gradient(small.x, small.y, words).estimator.startswith("fp8-hybrid,scale=")
        return
    with pytest.raises(ga.FileError, match=f"s.json: .*{sentence}"):
        small.model.gradient(small.x, small.y, words)
    with pytest.raises(ga.FileError, match=f"s.json: .*{sentence}"):
        ga.audit(small.model, small.x, small.y, ["float", words])
    for line in (["gradient", "--format", words], ["forward", "--format", words],
                 ["explain", "--case", 0, "--element", 0, "--format", words], ["attack", "-e", words],
                 ["audit", "-o", tmp_path / "a", "-e", "float", "-e", words]):
        said = command(*line[:1], *small.words, *line[1:], status=3)
        assert re.search(f"^gradaudit: .*s.json: .*{sentence}", said) and said.count("\n") == 1


def test_names_of_files_of_scales(tmp_path, small):
    """Commas and spaces stand between quotes; a file may be called as a word is."""
    expected = None
    for name in ("a.json", "b c,d=e.json", "batch", "file"):
        (tmp_path / name).write_text(json.dumps(SCALES))
        for words in ([f'fp8-hybrid,scale="{tmp_path / name}"', f'scale="{tmp_path / name}",fp8-hybrid, loop']
                      + ([] if "," in name else [f"SCALE={tmp_path / name},fp8-hybrid"])):
            g = small.model.gradient(small.x, small.y, words)
            expected = g if expected is None else expected
            assert g.estimator == expected.estimator and np.array_equal(g.float64(), expected.float64())
            assert command("gradient", *small.words, "--format", words.replace(", loop", ""), "--gemm", "loop")
    digest = hashlib.sha256(json.dumps(SCALES).encode()).hexdigest()
    assert expected.estimator == f"fp8-hybrid,scale={digest[:8]} naive"
    assert "No such file" in command("gradient", *small.words, "--format", "fp8-hybrid,scale=batc", status=5)
    assert "names no file" in command("gradient", *small.words, "--format", "fp8-hybrid,scale=file", status=2)
    assert "of no batch" in command("gradient", *small.words, "--format", "fp8-hybrid,scale=x,batch=4", status=2)
    assert "'mxfp8' has no scale=batch" in command("gradient", *small.words, "--format", "mxfp8,scale=batch", status=2)
    assert small.model.gradient(small.x, small.y, "fp8-hybrid,scale=batch").estimator == "fp8-hybrid naive"
    for refused in "float16", "amp-float16", f"fp8-hybrid,scale={tmp_path / 'a.json'}":
        assert "no format of scales is called" in command("scales", *small.words, "--format", refused, status=2)
    assert command("scales", *small.words) == command("scales", *small.words, "--format", "fp8-hybrid")


def test_an_element_whose_tensor_saturates(tmp_path, small):
    """The story of an element names the store, its format and the scale; an audit counts it there."""
    exponents = {t["tensor"]: int(np.log2(t["scale"])) for t in json.loads(command("scales", *small.words, "--json"))["tensors"]}
    exponents["gradient of fc3: residual"] += 9
    words = f"fp8-hybrid,scale={frozen_file(tmp_path / 'large.json', exponents)}"
    case = int(np.argmax(small.model.forward(small.x).float64().argmax(axis=1) != small.y))  # the residual is near 1
    said = [ga.explain(small.model, small.x, small.y, case, element, words) for element in range(12)]
    scale = exponents["gradient of fc3: residual"]
    assert any(f"the stored residual in the gradient of fc3, unit 0, stored as e5m2,saturate, times 2^{scale}" in text
               or f"unit 1, stored as e5m2,saturate, times 2^{scale}" in text for text in said), said[0]
    audit = ga.audit(small.model, small.x, small.y, ["float", "fp8-hybrid", words], seeds=1)
    inaccurate, large = (e["origins"]["inaccurate"].get("store", [0, 0, 0]) for e in audit.report["estimators"][1:])
    assert large[2] > inaccurate[2]


def test_scales_that_do_not_fit(tmp_path, small):
    """Every number saturates, and in the wider significand of a remedy, too, whose largest number no double is."""
    exponents = {t["tensor"]: int(np.log2(t["scale"])) + 20
                 for t in json.loads(command("scales", *small.words, "--json"))["tensors"]}
    path = frozen_file(tmp_path / "much, too large.json", exponents)
    words = f'fp8-hybrid,scale="{path}"'
    audit = ga.audit(small.model, small.x, small.y, ["float", words], images="0-3", seeds=1)
    name = audit.estimators[1]
    assert name.startswith(f"fp8-hybrid,scale={hashlib.sha256(path.read_bytes()).hexdigest()[:8]}")
    story = audit.explain(3, 5, name)  # by its name, which has the file's digest and not its path
    assert story == audit.explain(3, 5, words) and "wider significand" in story
    assert "scale=3" in audit.explain(0, 0, "mxfp8,scale=ceil,loss-scale=4").replace("scale=ceil", "scale=3")


def parts_and_whole(tmp_path, small, *words):
    """The files of an audit, made whole and merged of parts, but those that say how they were made."""
    made = [tmp_path / name for name in ("whole", "a", "b", "c", "merged")]
    line = ["audit", *small.words, "-q", "--seeds", 2, *words]
    command(*line, "-o", made[0])
    for directory, images in zip(made[1:4], ("0-6", "7-29", "30-39")):
        command(*line, "--images", images, "--threads", 1 + (images == "7-29"), "-o", directory)
    command("merge", *made[1:4], "-o", made[4])
    whole, merged = (tree(directory) for directory in (made[0], made[4]))
    for files in (whole, merged):
        files.pop("provenance.json", None)
    return made, whole, merged


@pytest.mark.parametrize("words", ["fp8-hybrid", "fp8-hybrid,batch=16", "fp8-hybrid,scale=FILE",
                                   "fp8-hybrid,scale=FILE,gradient=float16"])
def test_parts_of_an_audit_are_the_whole(tmp_path, small, words):
    """A batch goes across parts, and a file's scales are the same in all of them."""
    path = tmp_path / "scales.json"
    path.write_text(command("scales", *small.words, "--images", "0-7", "--format", "fp8-hybrid", "--json"))
    made, whole, merged = parts_and_whole(tmp_path, small, "-e", "float", "-e", words.replace("FILE", str(path)), "--elements")
    assert whole == merged and "report.json" in whole and any(name.endswith(".npy") for name in whole)
    head = json.loads(whole["report.json"])["head"]["estimators"][1]
    twice = ga.audit(small.model, small.x, small.y, ["float", *2 * [words.replace("FILE", str(path))]], images="0-1", seeds=1)
    assert twice.estimators == ["float naive", head["name"]]
    if "FILE" in words:
        assert head["scales_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert head["scales"] == {t["tensor"]: t["scale"] for t in json.loads(path.read_text())["tensors"]}
        path.write_text(path.read_text().replace('"scale": 256.0', '"scale": 128.0'))
        command("audit", *small.words, "-q", "--seeds", 2, "-e", "float", "-e", words.replace("FILE", str(path)), "--elements",
                "--images", "7-29", "-o", tmp_path / "other")
        said = command("merge", made[1], tmp_path / "other", made[3], "-o", tmp_path / "mixed", status=2)
        assert "differs from" in said and "estimators" in said
    else:
        assert "scales" not in head


def test_names():
    model = ga.from_arrays(network(["linear"], (3, 2), 1, 1), activation="relu")
    x, y = np.ones((1, 3), f32), [0]
    for words, name in (("AMP-Float16", "amp-float16"), ("loss-scale=8,amp-float16", "amp-float16,loss-scale=8"),
                        ("amp-bfloat16,gradient=float16", "amp-bfloat16,gradient=float16"),
                        ("store:sum=double,weight=float16", "store:weight=float16,sum=double"),
                        ("store:activation=float", "store:"), ("store:saturate,gradient=e4m3", "store:gradient=e4m3,saturate"),
                        ("store:saturate", "store:saturate"), ("elementwise=EACH,amp-float16", "amp-float16,elementwise=each"),
                        ("amp-tf32,elementwise=once", "amp-tf32"),
                        ("amp-float16,loss-scale=0x1p60", "amp-float16,loss-scale=0x1p60")):
        assert model.gradient(x, y, words).estimator == name + " naive"


@pytest.mark.parametrize("words,sentence", [
    ("amp-float16,loss-scale=1000", "a loss scale is a power of two"),
    ("amp-float16,loss-scale=0", "a loss scale is a power of two"),
    ("amp-float16,loss-scale=auto", "; loss-scale=auto is of audit alone$"),
    ("amp-float16,ftz", "a precision recipe does not take 'ftz'"),
    ("amp-float16,float", "'float' comes after another word of its kind"),
    ("store:activation=half", "'activation=half' is to store in a format with a name: float"),
    ("store:activation=double", "'activation=double' is to store in a format with a name: float"),
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
    ("amp-tf32,elementwise=each", "'amp-tf32' has no elementwise=each here: it stores nothing that is made element by element"),
    ("store:weight=float16,elementwise=each", "it stores nothing that is made element by element"),
    ("amp-float16,elementwise=twice", "no rounding of elements is called 'twice': once or each"),
    ("mxfp8,scale=round", "'mxfp8' has no scale=FILE, which every other word is: floor, ceil and nearest are of mxfp8"),
    ("amp-float16,scale=ceil", "'amp-float16' has no scale=ceil"),
    ("float,scale=x", "'scale=file' is of a precision recipe"),
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


def holder(bits, emin, emax):
    """The first format with a name that leaves the numbers at the ends of a spelled-out one as they are."""
    full = 2 - 2.0 ** (1 - bits)  # all its bits
    ends = np.array([full * 2.0**emax, full * 2.0**emin, 2.0 ** (emin - bits + 1)])
    small = {"e2m1": (2, 0, 6.0, 6.0), "e2m3": (4, 0, 7.5, 7.5), "e3m2": (3, -2, 28.0, 28.0)}
    for name in *small, "e4m3", "e5m2", "float16", "bfloat16", "tf32":
        FORMATS["spelled"] = small.get(name) or FORMATS[name]
        if (np.float64(rounded(ends, "spelled")) == ends).all():
            return name
    return "float"


def kept_signs(small, formats, truth):
    """How many signs of the gradient are right with each tensor stored as its line says, in NumPy."""
    keep = {name: (lambda x, f=tuple(map(int, f)): in_format(x, *f)) for name, _, *f, _ in formats}
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
    formats = [row for row in table(text) if len(row) == 6]
    assert len(formats) == 6 + 1 + 5 + 6 and int(facts["signs_proved"]) == truth.size
    for *_, bits, emin, emax, named in formats:
        assert named == holder(int(bits), int(emin), int(emax))
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
