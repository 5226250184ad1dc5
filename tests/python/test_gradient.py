# SPDX-License-Identifier: Apache-2.0
"""Gradients and outputs against those of the command, and against NumPy."""

import importlib
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import command, network, table

import gradaudit as ga
from gradaudit import State


def written(tmp_path, *words):
    """The array that the command writes."""
    command(*words, "-o", tmp_path / "out.npy")
    return np.load(tmp_path / "out.npy")


OPTIONS = {"float": "format", "double": "format", "float16": "format", "rewrite": "formulas", "loop": "gemm", "margin": "loss",
           "squared-error": "loss"}


@pytest.mark.parametrize("words", ["float", "double", "float16", "float,rewrite", "double,loop,margin", "float,gain=1/3",
                                   "double,squared-error,logit-scale=0.1"])
def test_gradient_is_the_commands(small, tmp_path, words):
    g = small.model.gradient(small.x, small.y, words)
    flags = []
    for word in words.split(","):
        name, _, value = word.partition("=")
        flags += [f"--{OPTIONS.get(name, name)}", value or name]
    theirs = written(tmp_path, "gradient", *small.words, *flags)
    assert g.shape == small.x.shape and g.undecided == 0
    assert g.float64().reshape(40, 12).tobytes() == theirs.astype(np.float64).tobytes()
    assert np.array_equal(g.sign.reshape(40, 12), np.sign(theirs))
    normal = g.state == State.NORMAL
    assert np.all((np.abs(g.mantissa[normal]) >= 1) & (np.abs(g.mantissa[normal]) < 2)) and normal.sum() > 400


@pytest.mark.parametrize("format", ["bfloat16", "e4m3", "e4m3,saturate", "e5m2fnuz", "tf32,ftz,daz", "p=4,max=448,emin=-6",
                                    "float16,rounding=toward-zero", "P=9,EMAX=30,emin=-30"])
def test_narrow_formats_are_the_commands(small, tmp_path, format):
    g = small.model.gradient(small.x, small.y, format=format)
    theirs = written(tmp_path, "gradient", *small.words, "--format", format)
    assert theirs.dtype == np.float32 and g.float64().reshape(40, 12).tobytes() == theirs.astype(np.float64).tobytes()
    assert small.model.gradient(small.x, small.y, f"naive,{format}").float64().tobytes() == g.float64().tobytes()
    logits = written(tmp_path, "forward", small.files.model, "--data", small.files.x, "--format", format)
    assert small.model.forward(small.x, format=format).float64().tobytes() == logits.astype(np.float64).tobytes()


def test_wide_formats_are_the_commands(small):
    """113 bits, of which the mantissa has the first 53."""
    g = small.model.gradient(small.x[:2], small.y[:2], format="binary128,rounding=down")
    assert g.estimator == "binary128,rounding=down naive"
    for row, mantissa, exponent in zip(table(command("gradient", *small.words, "--images", "0-1", "--format",
                                                     "binary128,rounding=down")), g.mantissa.flat, g.exponent.flat):
        ours, theirs = Fraction(float(mantissa)) * Fraction(2) ** int(exponent), Fraction(row[2])
        assert 0 < abs(theirs - ours) < Fraction(1, 2**52) * abs(theirs) and abs(theirs) > abs(ours)


@pytest.mark.parametrize("format, fault", [("e4m3,satrate", "did you mean 'saturate'"), ("p=1,emax=3", "p is an integer from 2 to"),
                                           ("p=4", "which format"), ("mpfr:24,ftz", "only a format with a range"),
                                           ("half", "did you mean 'float16'"), ("float64", "did you mean 'double'"),
                                           ("float,double", "after another word of its kind")])
def test_no_such_format(small, format, fault):
    with pytest.raises(ga.UsageError, match=fault):
        small.model.gradient(small.x, small.y, format=format)


def decoded(code, exponent_bits, stored, bias):
    """The value of a finite code: a sign, an exponent, a significand."""
    exponent, fraction = code >> stored & 2**exponent_bits - 1, code & 2**stored - 1
    size = (fraction + 2**stored if exponent else fraction) * 2.0 ** (max(exponent, 1) - bias - stored)
    return -size if code >> exponent_bits + stored else size


NARROW = {"bfloat16": (8, 7, 127), "float8_e4m3fn": (4, 3, 7), "float8_e5m2": (5, 2, 15), "float8_e4m3fnuz": (4, 3, 8)}


@pytest.mark.parametrize("name", NARROW)
def test_arrays_of_ml_dtypes(name):
    """Arrays of ml_dtypes, or where it is not installed of what looks like them, are exact as images and as weights."""
    exponent_bits, stored, bias = NARROW[name]
    bits = 1 + exponent_bits + stored
    random = np.random.default_rng(7)
    finite = [c for c in range(2**bits) if c & 2 ** (bits - 1) - 1 < (2**exponent_bits - 1) * 2**stored and c != 2 ** (bits - 1)]
    codes = random.choice(finite, (64, 3)).astype(np.uint16 if bits == 16 else np.uint8)
    values = np.array([decoded(int(c), exponent_bits, stored, bias) for c in codes.flat]).reshape(codes.shape)
    try:
        narrow = codes.view(getattr(importlib.import_module("ml_dtypes"), name))
    except ImportError:
        narrow = SimpleNamespace(dtype=SimpleNamespace(name=name, kind="V"), astype=values.astype)
    layers = [(np.float32([[0.5, -1, 2], [1, 0.25, 0.125]]), None)]
    model = ga.from_arrays(layers)
    y = random.integers(0, 2, 64)
    g = model.gradient(narrow, y)
    assert g.shape == (64, 3) and g.float64().tobytes() == model.gradient(values, y).float64().tobytes()
    theirs, ours = (ga.from_arrays([(weights, None)]).forward(np.eye(3)).float64() for weights in (values, narrow))
    assert theirs.tobytes() == ours.tobytes() and np.array_equal(ours, values.T)


def test_float16_images_are_exact():
    codes = np.random.default_rng(8).integers(0, 31 << 10, (50, 4)).astype(np.uint16)  # subnormal to the largest
    half = codes.view(np.float16)
    values = np.array([decoded(int(c), 5, 10, 15) for c in codes.flat]).reshape(codes.shape)
    model = ga.from_arrays([(np.eye(4, dtype=np.float32), None)])
    for images in half, half.astype(">f2"), np.asfortranarray(half):
        assert np.array_equal(model.forward(images).float64(), values)


def test_tensors_are_exact(small):
    """Of any type that PyTorch has, as images and as weights; NumPy has no bfloat16."""
    torch = pytest.importorskip("torch")
    x = torch.tensor(small.x) / 255
    for kind in torch.bfloat16, torch.float16, torch.float64:
        narrow = x.to(kind).requires_grad_()
        assert small.model.gradient(narrow, torch.tensor(small.y)).float64().tobytes() == \
            small.model.gradient(narrow.detach().double().numpy(), small.y).float64().tobytes()
        weights = (torch.eye(12)[:3] / 3).to(kind)
        assert np.array_equal(ga.from_arrays([(weights, None)]).forward(np.eye(12)).float64(), weights.double().numpy().T)


def test_options_make_the_words(small):
    by_words = small.model.gradient(small.x, small.y, "double,rewrite,margin,gain=0.5,logit-scale=1/3,loop")
    by_names = small.model.gradient(small.x, small.y, format="double", formulas="rewrite", loss="margin", gain=0.5,
                                    logit_scale=Fraction(1, 3), product="loop")
    assert by_words.estimator == by_names.estimator and by_words.float64().tobytes() == by_names.float64().tobytes()


def test_format_is_the_models_own(small):
    wide = ga.from_arrays(network(np.float64), activation="sigmoid")
    for model, name in (small.model, "float"), (wide, "double"):
        assert model.gradient(small.x, small.y, loss="margin").estimator == f"{name} naive margin"
        assert model.forward(small.x).estimator == f"{name} naive"


@pytest.mark.parametrize("format", ["exact", "mpfr:300"])
def test_digits_are_the_commands(small, format):
    """What is printed with 40 digits, and sign, mantissa and exponent: within half an ulp of 53 bits, or one if they are cut."""
    g = small.model.gradient(small.x[:5], small.y[:5], format=format)
    rows = table(command("gradient", *small.words, "--images", "0-4", "--format", format, "--digits", "40"))
    assert len(rows) == 60
    limit = Fraction(1, 2**53) if format == "exact" else Fraction(1, 2**52)
    for (image, element, text), mantissa, exponent, sign in zip(rows, g.mantissa.flat, g.exponent.flat, g.sign.flat):
        truth = Fraction(text)
        ours = Fraction(float(mantissa)) * Fraction(2) ** int(exponent)
        assert abs(ours - truth) <= limit * abs(truth) * (1 + Fraction(1, 10**6)), (image, element)
        assert sign == (truth > 0) - (truth < 0)


def test_exact_beyond_float64():
    """A saturated network: its true gradient is far below 2^-1074, and float64 has 0."""
    w = np.array([[2000.0, -3000.0]]).T @ np.ones((1, 2))
    model = ga.from_arrays([(w, [1000.0, -900.0]), (np.eye(2), [0.0, 0.0])], activation="sigmoid")
    x, y = np.ones((1, 2)), [0]
    g = model.gradient(x, y, format="exact")
    assert np.all(g.state == State.NORMAL) and np.all(g.exponent < -1100) and np.all(g.float64() == 0)
    # (sigma(o_0 - o_1) - 1) (2000 s'(5000) + 3000 s'(-6900)), and s'(z) = e^-|z| nearly
    log10 = np.log10(2000) - 5000 / np.log(10) + np.log10(1 / (1 + np.e))
    assert np.allclose(g.log10(), log10, rtol=1e-9)
    assert np.all(model.gradient(x, y, format="double").state == State.ZERO)


def test_proved_zeros():
    """A dead ReLU: every element is proved to be 0."""
    dead = ga.from_arrays([(-np.ones((2, 3)), [-1.0, -1.0]), (np.eye(2), [0.0, 0.0])], activation="relu")
    g = dead.gradient(np.ones((2, 3)), [0, 1], format="exact")
    assert np.all(g.state == State.ZERO) and np.all(g.sign == 0) and np.all(g.log10() == -np.inf)


def test_undecided():
    """Two hidden units whose arguments differ by 2^-300; their shares of the gradient cancel but for that: 128 bits do not tell.
    The true value is (p - 1) (s'(1 + h) - s'(1)), nearly (p - 1) s''(1) h, with p = 1/2."""
    model = ga.from_arrays([([[1.0], [1.0]], [2.0**-300, 0.0]), ([[1.0, -1.0], [0.0, 0.0]], None)], activation="sigmoid")
    few = model.gradient([[1.0]], [0], format="exact", max_bits=128)
    assert few.undecided == 1 and few.state[0, 0] == State.UNKNOWN and few.sign[0, 0] == 0 and np.isnan(few.float64()[0, 0])
    assert np.isnan(few.log10()[0, 0]) and few.exponent[0, 0] < -90 and "1 undecided" in repr(few)
    enough = model.gradient([[1.0]], [0], format="exact")
    s = 1 / (1 + np.exp(-1.0))
    assert enough.undecided == 0 and enough.sign[0, 0] == 1
    assert np.isclose(enough.float64()[0, 0], -0.5 * s * (1 - s) * (1 - 2 * s) * 2.0**-300, rtol=1e-12)


def test_forward_is_the_commands_and_numpys(small, tmp_path):
    a = small.x.reshape(40, 12).astype(np.float64) / 255
    a = a.astype(np.float32).astype(np.float64)
    for i, (w, b) in enumerate(small.layers):
        a = a @ w.T.astype(np.float64) + b.astype(np.float64)
        if i < 2:
            a = 1 / (1 + np.exp(-a))
    double = small.model.forward(small.x, "double").float64()
    assert np.allclose(double, a, rtol=1e-12, atol=1e-12)
    for format in "float", "double":
        theirs = written(tmp_path, "forward", small.files.model, "--data", small.files.x, "--format", format)
        assert small.model.forward(small.x, format=format).float64().tobytes() == theirs.astype(np.float64).tobytes()
    own = small.model.forward(small.x)
    assert own.shape == (40, 3) and own.float64().tobytes() == small.model.forward(small.x, "float").float64().tobytes()


def test_scaling(small, tmp_path):
    words = ["--scale", "1/128", "--mean", "0.5", "--std", "0.3"]
    theirs = written(tmp_path, "gradient", *small.words, "--format", "float", *words)
    g = small.model.gradient(small.x, small.y, "float", scale=Fraction(1, 128), mean=0.5, std="0.3")
    assert g.float64().reshape(40, 12).tobytes() == theirs.astype(np.float64).tobytes()


def test_images_do_not_depend_on_each_other(small):
    whole = small.model.gradient(small.x, small.y, "float").float64()
    part = small.model.gradient(small.x, small.y, "float", images="7-9")
    alone = small.model.gradient(small.x[8:9], small.y[8:9], "float")
    assert part.shape == (3, 3, 4) and np.array_equal(part.float64(), whole[7:10]) and np.array_equal(alone.float64(), whole[8:9])
    one = small.model.gradient(small.x, small.y, "float", images=range(7, 10), threads=1)
    assert np.array_equal(one.float64(), whole[7:10])


def test_kinds_of_arrays(small):
    want = small.model.gradient(small.x, small.y, "float").float64().tobytes()
    for x in np.asfortranarray(small.x), np.repeat(small.x, 2, axis=0)[::2], small.x[::-1][::-1]:
        for y in small.y.astype(np.int32), small.y.astype(">i8"), np.eye(3)[small.y], small.y.tolist():
            assert small.model.gradient(x, y, "float").float64().tobytes() == want
    fixed = small.x.copy()
    fixed.flags.writeable = False
    assert small.model.gradient(fixed, small.y, "float").float64().tobytes() == want
    floats = (small.x / 255).astype(np.float32)
    swapped = small.model.gradient(floats.astype(">f8"), small.y, "float").float64()
    assert np.array_equal(small.model.gradient(floats, small.y, "float").float64(), swapped)


def test_files_and_datasets(small):
    want = small.model.gradient(small.x, small.y, "float").float64().tobytes()
    ds = ga.Dataset(small.x, small.y)
    assert (len(ds), ds.images, ds.inputs, ds.has_labels) == (40, 40, 12, True)
    assert small.model.gradient(ds, estimator="float").float64().tobytes() == want
    assert small.model.gradient(str(small.files.x), small.files.y, "float").float64().tobytes() == want


def test_dataset_outlives_its_arrays_and_names(small):
    x, y = small.x.copy(), small.y.copy()
    ds = ga.Dataset(x, y)
    x[:], y[:] = 0, 0
    del x, y
    want = small.model.gradient(small.x, small.y, "float").float64()
    assert np.array_equal(small.model.gradient(ds, estimator="float").float64(), want)


def test_progress_and_its_faults(small):
    seen = []
    x, y = np.repeat(small.x, 50, axis=0), np.repeat(small.y, 50)
    small.model.gradient(x, y, format="exact", progress=lambda done, total: seen.append((done, total)))
    assert seen and seen[-1][0] == seen[-1][1] and seen == sorted(seen)

    def fail(done, total):
        raise RuntimeError("planted")
    with pytest.raises(RuntimeError, match="planted"):
        small.model.gradient(x, y, format="exact", progress=fail)


def test_targets_and_upstream_are_the_commands(small, tmp_path):
    """Of the same network, by rows in files."""
    rows = np.random.default_rng(3).uniform(0, 1, (40, small.model.classes))
    np.save(tmp_path / "rows.npy", rows)
    for given, options in (("targets", {}), ("targets", {"label_smoothing": 0.25}), ("targets", {"loss": "bce"}), ("upstream", {})):
        flags = [text for name, value in options.items() for text in (f"--{name.replace('_', '-')}", str(value))]
        theirs = written(tmp_path, "gradient", small.files.model, "--data", small.files.x, "--format", "double", "--threads", "1",
                         f"--{given}", tmp_path / "rows.npy", *flags)
        g = small.model.gradient(small.x, format="double", **{given: rows}, **options)
        assert g.float64().reshape(40, 12).tobytes() == theirs.tobytes(), (given, options)
    assert np.array_equal(small.model.gradient(small.x, upstream=rows[0]).float64(),
                          small.model.gradient(small.x, upstream=np.tile(rows[0], (40, 1))).float64())
    with pytest.raises(ga.UsageError, match="the loss margin takes no targets"):
        small.model.gradient(small.x, targets=rows, loss="margin")
    with pytest.raises(ga.UsageError, match="one of them"):
        small.model.gradient(small.x, targets=rows, upstream=rows)
    with pytest.raises(ga.FileError, match="rows of 1 targets"):
        small.model.gradient(small.x, targets=rows[:, :1])
    for name in "targets", "upstream":
        ds = ga.Dataset(small.x, small.y, **{name: rows})
        with pytest.raises(ga.UsageError, match="an audit takes labels"):
            ga.audit(small.model, ds)


def test_losses_have_numbers(small):
    assert small.model.gradient(small.x, small.y, label_smoothing=0.5).estimator == "float naive label-smoothing=0.5"
    assert small.model.gradient(small.x, small.y, loss="cw", kappa=2).estimator == "float naive cw kappa=2"
    cold = small.model.gradient(small.x, small.y, temperature=4)
    assert cold.float64().tobytes() == small.model.gradient(small.x, small.y, logit_scale=0.25).float64().tobytes()
