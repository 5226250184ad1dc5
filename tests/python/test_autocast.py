# SPDX-License-Identifier: Apache-2.0
"""amp-bfloat16 against PyTorch's bfloat16 autocast on the CPU, whose kernels are its own.

Bit for bit where no order of summation counts: sums of one or two terms, and sums of integers that float32 holds. Small products
backward (fewer than 16^3 terms, or any where the CPU lacks AVX-512) PyTorch 1.13 accumulates in bfloat16, rounding each term, where
the recipe accumulates in float; what is compared there are forward passes, and sums of few terms."""

import numpy as np
import pytest
import torch
from conftest import SEED
from torch import nn
from torch.nn import functional as F

import gradaudit as ga

bf16 = torch.bfloat16
FUNCTIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}


def by_operators(function, derivative):
    """A module whose backward pass is made of PyTorch's operators on what is stored, each of which rounds, as in CUDA's kernels."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            a = function(z)
            ctx.save_for_backward(a)
            return a

        @staticmethod
        def backward(ctx, g):
            assert g.dtype == bf16 == ctx.saved_tensors[0].dtype
            return derivative(g, ctx.saved_tensors[0])

    class Module(nn.Module):
        def forward(self, z):
            return Function.apply(z)

    return Module


OPERATORS = {"sigmoid": by_operators(torch.sigmoid, lambda a, b: a * (1 - b) * b),
             "tanh": by_operators(torch.tanh, lambda a, b: a * (1 - b * b))}


def module_of(layers, function, functions=FUNCTIONS):
    made = []
    for w, b in layers:
        made += [nn.Linear(w.shape[1], w.shape[0]), functions[function]()]
        made[-2].weight.data, made[-2].bias.data = torch.tensor(w), torch.tensor(b)
    return nn.Sequential(*made[:-1])


def autocast(layers, function, x, y, functions=FUNCTIONS):
    """Logits and the input's gradient of the sum of the cross-entropies."""
    leaf = torch.tensor(x, requires_grad=True)
    with torch.autocast("cpu", dtype=bf16):
        logits = module_of(layers, function, functions)(leaf)
        loss = F.cross_entropy(logits, torch.tensor(y), reduction="sum")
    loss.backward()
    return logits.detach().float().numpy(), leaf.grad.numpy()


def recipe(layers, function, x, y, words="amp-bfloat16,loop"):
    model = ga.from_arrays(layers, activation=function)
    forward, gradient = model.forward(x, words), model.gradient(x, y, words)
    return forward.float64().astype(np.float32), gradient.float64().astype(np.float32)


def accumulates_in_float():
    """Whether products of the tests' size are, backward: 300 ones are 256 otherwise."""
    return bool((torch.ones(20, 300, dtype=bf16) @ torch.ones(300, 20, dtype=bf16) == 300).all())


def test_what_is_stored():
    """The recipe's classes: every tensor of the network in bfloat16, its gradient too; the loss in float32; leaves as they are."""
    layers = [(np.ones((n, m), np.float32), np.ones(n, np.float32)) for m, n in zip((6, 5, 5, 4), (5, 5, 4, 3))]
    module = nn.Sequential(*[m for k, f in enumerate(FUNCTIONS) for m in (module_of(layers[k : k + 1], f)[0], FUNCTIONS[f]())],
                           module_of(layers[3:], "relu")[0])
    taken, made, back = [], [], []

    def hook(_, i, o):
        taken.append(i[0].dtype)
        made.append(o.dtype)
        o.register_hook(lambda g: back.append(g.dtype))

    for part in module:
        part.register_forward_hook(hook)
    leaf = torch.rand(2, 6, requires_grad=True)
    with torch.autocast("cpu", dtype=bf16):
        logits = module(leaf)
        loss = F.cross_entropy(logits, torch.tensor([0, 1]))
        assert F.log_softmax(logits, 1).dtype == bf16  # by itself; in the loss, of logits that are converted before:
    assert loss.dtype == torch.float32 and loss.grad_fn.next_functions[0][0].name() == "LogSoftmaxBackward0"
    assert loss.grad_fn.next_functions[0][0].next_functions[0][0].name() == "ToCopyBackward0"
    loss.backward()
    assert taken[1:] + made + back == [bf16] * (6 + 7 + 7)
    assert leaf.grad.dtype == module[0].weight.grad.dtype == torch.float32


@pytest.mark.parametrize("function", ["sigmoid", "tanh"])
def test_functions_of_every_number(function):
    """Each finite bfloat16 z as a bias, f(z) as a logit."""
    z = torch.arange(2**16, dtype=torch.int32).to(torch.int16).view(bf16)
    z = z[torch.isfinite(z.float())]
    assert len(z) == 65280
    want = FUNCTIONS[function]()(z).float().numpy()
    for first in range(0, len(z), 510):
        b = z[first : first + 510].float().numpy()
        n = len(b)
        model = ga.from_arrays([(np.zeros((n, 1), np.float32), b), (np.eye(n, dtype=np.float32), np.zeros(n, np.float32))],
                               activation=function)
        assert np.array_equal(model.forward(np.ones((1, 1), np.float32), "amp-bfloat16,loop").float64()[0], want[first : first + n])


def test_a_slope_is_no_weight():
    """Leaky ReLU's slope, 0.1 in float, stays that: in bfloat16 a fifth of the results were others."""
    z = torch.arange(2**16, dtype=torch.int32).to(torch.int16).view(bf16)
    z = z[(z.float() < -(2.0**-100)) & torch.isfinite(z.float())][::61]
    n = len(z)
    module = nn.Sequential(nn.Linear(1, n), nn.LeakyReLU(0.1), nn.Linear(n, n))
    for layer, w, b in ((module[0], torch.zeros(n, 1), z.float()), (module[2], torch.eye(n), torch.zeros(n))):
        layer.weight.data, layer.bias.data = w, b
    got = ga.from_torch(module, torch.zeros(1, 1)).forward(np.ones((1, 1), np.float32), "amp-bfloat16,loop").float64()[0]
    want = F.leaky_relu(z, 0.1).double().numpy()
    other = (z.float() * torch.tensor(0.1).to(bf16).float()).to(bf16).double().numpy()
    assert np.array_equal(got, want) and np.mean(other != want) > 0.1


def one_class_wins(layers, size, classes):
    """A last layer with which class 0 has the probability 1 in float: residuals are 1, -1 and 0."""
    w = np.random.default_rng(SEED).uniform(1, 2, (classes, size)).astype(np.float32)
    return [*layers, (w, np.where(np.arange(classes) == 0, 2048, 0).astype(np.float32))]


@pytest.mark.parametrize("function,functions,words", [*[(f, FUNCTIONS, "amp-bfloat16") for f in FUNCTIONS],
                                                      *[(f, OPERATORS, "amp-bfloat16,elementwise=each") for f in OPERATORS]])
def test_sums_of_one_term(function, functions, words):
    random = np.random.default_rng(SEED + 1)
    n = 60
    layers = [(np.eye(n)[random.permutation(n)].astype(np.float32) * random.normal(0, 2, (n, n)).astype(np.float32),
               random.normal(0, 1, n).astype(np.float32)) for _ in range(4)]
    layers = one_class_wins(layers, n, 5)
    x, y = random.normal(0, 1, (50, n)).astype(np.float32), random.integers(1, 5, 50)
    _, want = autocast(layers, function, x, y, functions)
    _, got = recipe(layers, function, x, y, words + ",loop")
    assert np.array_equal(got, want) and np.count_nonzero(want) > 100
    if functions is OPERATORS:
        assert np.mean(autocast(layers, function, x, y)[1] != want) > 0.05
    other = recipe(layers, function, x, y, "float,loop")[1]
    assert np.mean((other == want)[want != 0]) < 0.5


def test_sums_of_integers():
    random = np.random.default_rng(SEED + 2)
    layers = [(random.integers(-3, 4, (n, m)).astype(np.float32), random.integers(-9, 10, n).astype(np.float32))
              for m, n in zip((70, 30, 40), (30, 40, 50))]
    layers = one_class_wins(layers, 50, 6)
    layers[-1] = np.rint(layers[-1][0] * 8) * (np.arange(6)[:, None] != 0), layers[-1][1] * np.float32(2**16)
    x, y = random.integers(0, 16, (200, 70)).astype(np.float32), random.integers(1, 6, 200)
    logits, want = autocast(layers, "relu", x, y)
    mine, got = recipe(layers, "relu", x, y)
    assert np.array_equal(mine, logits)
    assert np.array_equal(got, recipe(layers, "relu", x, y, "amp-bfloat16")[1])
    assert np.abs(want).max() > 300 and np.any(recipe(layers, "relu", x, y, "float")[1] != got)
    if accumulates_in_float():
        assert np.array_equal(got, want)


@pytest.mark.parametrize("function,spread", [("sigmoid", 3), ("sigmoid", 20), ("tanh", 2), ("relu", 2)])
def test_sums_in_any_order(function, spread):
    """Orders of summation and kernels of the softmax differ: of results rounded to 8 bits few, and by little."""
    random = np.random.default_rng(SEED + 3)
    layers = [(random.normal(0, spread / np.sqrt(m), (n, m)).astype(np.float32), random.normal(0, 0.3, n).astype(np.float32))
              for m, n in zip((90, 60, 50), (60, 50, 10))]
    x, y = random.random((100, 90), np.float32), random.integers(0, 10, 100)
    logits, want = autocast(layers, function, x, y)
    for words in ("amp-bfloat16,loop", "amp-bfloat16"):
        mine, got = recipe(layers, function, x, y, words)
        assert np.mean(mine != logits) <= 0.01
        if accumulates_in_float():
            assert np.mean(got != want) <= 0.01
            assert np.linalg.norm(got - want) <= 2**-8 * np.linalg.norm(want)
