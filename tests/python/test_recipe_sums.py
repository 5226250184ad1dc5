# SPDX-License-Identifier: Apache-2.0
"""Gradients of weights, and networks with convolutions, in precision recipes, bit for bit against the emulation of test_recipes:
each product's two operands rounded along its own sum."""

import json

import numpy as np
import onnx
import pytest
from conftest import SEED, command
from onnx import TensorProto, helper, numpy_helper
from test_recipes import RECIPES, Recipe, by_blocks, each, f32, libm, product, scale_of, scaled

import gradaudit as ga

BLOCK = 256  # images that the program computes together; what it makes of several is added


def by_tensor(x, name):
    return scaled(x, name, scale_of(np.abs(x).max(), name))


class Emulation(Recipe):
    """A recipe of test_recipes, over steps (weight, bias, function, stride, pads) of a network; pads None: a layer."""

    def __init__(self, of, asked=None, mean_of=1):
        """asked: the images that take part in sums over them; None: all. mean_of: how many the loss is the mean of; 1: a sum."""
        self.__dict__.update(of.__dict__)
        self.asked, self.mean_of = asked, mean_of

    def taken(self, x, back):
        """An operand before it is laid out, a row for each image (weights: all together)."""
        x = x if self.asked is None else np.where(self.asked.reshape(-1, *[1] * (x.ndim - 1)), x, f32(0))
        return by_tensor(x, "e5m2" if back else "e4m3") if self.fp8 == "hybrid" else self(x, "operand")

    def network_taken(self, w):
        return by_tensor(w, "e4m3") if self.fp8 == "hybrid" else self(w, "operand")

    def laid(self, rows):
        """Rows along which a product sums."""
        return by_blocks(rows, "e4m3", self.fp8) if self.fp8 not in (None, "hybrid") else rows

    def sums(self, a, b, bias=None):
        return product(self.laid(a), self.laid(b), bias)

    def forward(self, steps, x):
        a, kept = self(x, "activation"), []
        for w, b, function, stride, pads in steps:
            taken = a if pads is not None else a.reshape(len(a), -1)
            if pads is None:
                z = self.sums(self.taken(taken, False), self.network_taken(w), b)
            else:
                rows = columns(self.taken(taken, False), w.shape[2:], stride, pads)
                z = self.sums(rows.reshape(-1, rows.shape[2]), self.network_taken(w).reshape(len(w), -1), b)
                z = z.reshape(len(a), -1, len(w)).transpose(0, 2, 1).reshape(len(a), len(w), *places(a.shape[2:], w, stride, pads))
            z = self(z, "activation")
            a = {"tanh": lambda z=z: each(libm.tanhf, z), "relu": lambda z=z: np.where(z > 0, z, f32(0)), "linear": lambda z=z: z,
                 "sigmoid": lambda z=z: f32(1) / (f32(1) + each(libm.expf, -z))}[function]()
            a = self(a, "activation") if function in ("tanh", "sigmoid") else a
            kept.append((taken, a, z, function))
        return a, kept

    def residual(self, logits, y):
        p = each(libm.expf, logits - logits.max(axis=1, keepdims=True))
        total = np.zeros(len(p), f32)
        for c in range(p.shape[1]):
            total = total + p[:, c]
        p = p / total[:, None]
        p[np.arange(len(y)), y] -= f32(1)
        return self(p / f32(self.mean_of) * f32(self.scale), "gradient")

    def gradients(self, steps, x, y):
        """Of the input; of each weight and bias, summed over the images that are asked for."""
        steps = [(self(w, "weight"), self(b, "weight"), *more) for w, b, *more in steps]
        logits, kept = self.forward(steps, x)
        g, made = self.residual(logits, y), []
        if self.asked is not None:
            g[~self.asked] = 0
        for (w, _, _, stride, pads), (taken, a, z, function) in zip(steps[::-1], kept[::-1]):
            g = self.through(g.reshape(z.shape), a, z, function)
            rounded = self.taken(g, True)
            of_input = self.taken(taken, False)
            if pads is None:
                down, along = rounded.T, of_input.T
                made.append((self.sums(down, along), added(g)))
                g = self.sums(rounded, np.ascontiguousarray(self.network_taken(w).T))
            else:
                rows = columns(of_input, w.shape[2:], stride, pads)
                down = rounded.reshape(len(g), len(w), -1).transpose(0, 2, 1).reshape(-1, len(w)).T
                made.append((self.sums(down, rows.reshape(-1, rows.shape[2]).T), added(down_places(g))))
                rows = columns_back(rounded, taken.shape[2:], w.shape[2:], stride, pads)
                turned = self.network_taken(w).transpose(1, 0, 2, 3).reshape(w.shape[1], -1)
                back = self.sums(rows.reshape(-1, rows.shape[2]), turned)
                g = back.reshape(len(g), -1, w.shape[1]).transpose(0, 2, 1).reshape(taken.shape)
            g = self(g, "gradient")
        unscaled = f32(1 / self.scale)
        return g * unscaled, [self(np.ascontiguousarray(m), "gradient") * unscaled for pair in made[::-1] for m in pair]

    def of_weights(self, steps, x, y, images, reduction):
        """Sums over the images of each block that are asked for, added."""
        mean_of = len(images) if reduction == "mean" else 1
        total = None
        for first in range(images.start // BLOCK * BLOCK, images.stop, BLOCK):
            rows = np.arange(first, min(first + BLOCK, images.stop))
            made = Emulation(self, rows >= images.start, mean_of).gradients(steps, x[rows], y[rows])[1]
            total = made if total is None else [a + b for a, b in zip(total, made)]
        return total


def added(rows):
    """Of all rows, one after the other."""
    total = np.zeros(rows.shape[1], f32)
    for row in rows:
        total = total + row
    return total


def down_places(g):
    return g.reshape(*g.shape[:2], -1).transpose(0, 2, 1).reshape(-1, g.shape[1])


def places(size, w, stride, pads):
    return [(size[d] + pads[d] + pads[d + 2] - w.shape[2 + d]) // stride[d] + 1 for d in range(2)]


def columns(x, kernel, stride, pads):
    """[image, place, (channel, i, j)]"""
    x = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    rows = [x[:, :, t : t + kernel[0], s : s + kernel[1]].reshape(len(x), -1)
            for t in range(0, x.shape[2] - kernel[0] + 1, stride[0]) for s in range(0, x.shape[3] - kernel[1] + 1, stride[1])]
    return np.stack(rows, axis=1)


def columns_back(g, size, kernel, stride, pads):
    """[image, place of the input, (channel, i, j)]: the gradient of the window whose entry (i, j) the place is, or 0."""
    rows = np.zeros((len(g), *size, g.shape[1], *kernel), f32)
    for y, x, i, j in np.ndindex(*g.shape[2:], *kernel):
        at = y * stride[0] + i - pads[0], x * stride[1] + j - pads[1]
        if 0 <= at[0] < size[0] and 0 <= at[1] < size[1]:
            rows[:, at[0], at[1], :, i, j] = g[:, :, y, x]
    return rows.reshape(len(g), size[0] * size[1], -1)


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """By name: a model's file, its steps, inputs, labels, and words for the program."""
    folder, random, made = tmp_path_factory.mktemp("sums"), np.random.default_rng(SEED + 20), {}

    def numbers(*shape):
        return f32(random.standard_normal(shape) * 2 / np.sqrt(np.prod(shape[1:])) * 2.0 ** random.integers(-3, 3, shape))

    convolutions = [((3, 2, 3, 3), [2, 1], [1, 0, 1, 2], (7, 6)), ((5, 3, 2, 2), [1, 1], [0, 0, 0, 0], (4, 6))]
    for function in ("tanh", "relu", "sigmoid"):
        steps = [(numbers(*shape), f32(random.standard_normal(shape[0])), function, stride, pads)
                 for shape, stride, pads, _ in convolutions]
        steps.append((numbers(4, 5 * 3 * 5), f32(random.standard_normal(4)), "linear", None, None))
        made["conv " + function] = [steps, f32(random.random((70, 2, 7, 6)) * (random.random((70, 2, 7, 6)) > 0.3))]
        steps = [(numbers(41, 70), f32(random.standard_normal(41)), function, None, None),
                 (numbers(5, 41), f32(random.standard_normal(5)), "linear", None, None)]
        made["layers " + function] = [steps, f32(random.random((300, 70)) ** 3)]
    for name, network in made.items():
        steps, x = network
        nodes, arrays, at = [], {}, "x"
        for k, (w, b, function, stride, pads) in enumerate(steps):
            arrays.update({f"w{k}": w, f"b{k}": b})
            if pads is not None:
                nodes.append(helper.make_node("Conv", [at, f"w{k}", f"b{k}"], [f"z{k}"], kernel_shape=w.shape[2:], strides=stride,
                                              pads=pads))
            else:
                nodes += [helper.make_node("Flatten", [at], [f"f{k}"])] if at == "x" or steps[k - 1][4] is not None else []
                nodes.append(helper.make_node("Gemm", [nodes[-1].output[0] if nodes else at, f"w{k}", f"b{k}"], [f"z{k}"],
                                              transB=1))
            at = f"a{k}" if function != "linear" else f"z{k}"
            if function != "linear":
                nodes.append(helper.make_node(function.capitalize(), [f"z{k}"], [at]))
        graph = helper.make_graph(nodes, "graph", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *x.shape[1:]])],
                                  [helper.make_tensor_value_info(at, TensorProto.FLOAT, ["N", len(steps[-1][1])])],
                                  [numpy_helper.from_array(a, k) for k, a in arrays.items()])
        stem = folder / name.replace(" ", "-")
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        onnx.save(model, str(stem) + ".onnx")
        y = random.integers(0, len(steps[-1][1]), len(x))
        np.save(str(stem) + "-x.npy", x)
        np.save(str(stem) + "-y.npy", y)
        network += [y, [f"{stem}.onnx", "--data", f"{stem}-x.npy", "--labels", f"{stem}-y.npy", "--gemm", "loop"]]
    return made


def of_weights(files, images, recipe, *more):
    """The arrays that the program prints."""
    text = command("gradient", *files, "--images", f"{images.start}-{images.stop - 1}", "--format", recipe, "--wrt", "weights",
                   "--json", *more)
    tensors = [[np.array([np.nan if e is None else e for e in t[part]]) for part in ("mantissa", "exponent")]
               for t in json.loads(text)["tensors"]]
    return [np.ldexp(m, np.nan_to_num(e).astype(int)) for m, e in tensors]


def same(got, want):
    want = np.where(np.isfinite(want), want, np.nan).astype(np.float64).ravel()
    return np.array_equal(got.ravel(), want, equal_nan=True)


@pytest.mark.parametrize("words", RECIPES)
@pytest.mark.parametrize("function", ["tanh", "relu", "sigmoid"])
def test_convolutions_bit_for_bit(networks, words, function):
    steps, x, y, files = networks["conv " + function]
    images = range(0, len(x) if RECIPES[words].fp8 == "hybrid" else 6)  # of a batch all have their scales in common
    with np.errstate(all="ignore"):
        want, _ = Emulation(RECIPES[words]).gradients(steps, x[images], y[images])
    got = ga.load(files[0]).gradient(x, y, words + ",loop", images=images).float64()
    assert same(got, want)


@pytest.mark.parametrize("words", RECIPES)
@pytest.mark.parametrize("name,images,reduction", [("layers tanh", range(0, 6), "sum"), ("layers sigmoid", range(10, 100), "mean"),
                                                   ("layers relu", range(250, 300), "sum"), ("conv tanh", range(0, 6), "mean"),
                                                   ("conv relu", range(3, 40), "mean")])
def test_weights_bit_for_bit(networks, words, name, images, reduction):
    """Blocks along the sum over images are of 32 images, or 32 places of images, counted from the first of all; one that others
    than those asked for begin or end is shorter."""
    steps, x, y, files = networks[name]
    with np.errstate(all="ignore"):
        want = Emulation(RECIPES[words]).of_weights(steps, x, y, images, reduction)
    got = of_weights(files, images, words, "--reduction", reduction)
    assert len(got) == len(want)
    for k, (a, b) in enumerate(zip(got, want)):
        assert same(a, b), k
