# SPDX-License-Identifier: Apache-2.0
"""Certified gradients, to the input and to the weights, of networks that have every operator, through every loss, against mpmath. The
networks are those of graphs.py and exports.py, read from their files by onnx; each operator is here a composition of the few functions of
a tape, as the specification of ONNX defines it, and each loss a formula: nothing is shared with the program or with those tests' own
derivatives.

every_operator.py FOLDER CASES ELEMENTS TURN   so many elements at least to the input, and as many to weights, of all networks, each with
    four of the losses; 0: of one network in five, other ones each turn, one image with one loss. Called by tests/every_operator.sh.
"""
import glob
import itertools
import math
import multiprocessing
import os
import subprocess
import sys
import zlib

import numpy as np
import onnx
from mpmath import erf, exp, fdot, fsum, log, mp, mpf, pi, sqrt, tanh
from onnx import TensorProto, helper, numpy_helper

import exports
from mpmath_oracle import agrees

mp.prec = 320  # but in LogSoftmax of large numbers, whose gradients have terms far below their sums
DIGITS = 25
TYPES = {TensorProto.FLOAT: np.float32, TensorProto.DOUBLE: np.float64, TensorProto.FLOAT16: np.float16, TensorProto.INT64: np.int64}

# ---- the tape: arrays of mpf, and how a gradient goes back through each of the functions that all else is made of ----


class Value:
    """An array, and for each value that it was made of, if a gradient is wanted of it, the way back. Constants have no parents; those
    of integers, such as shapes, are arrays of int64. It is fixed if it is made of constants alone."""

    def __init__(self, a, *parents, flows=False, fixed=None):
        self.a, self.parents, self.g = a if isinstance(a, np.ndarray) else np.asarray(a, dtype=object), [(p, back) for p, back in parents if p.flows], None
        self.flows = flows or bool(self.parents)
        self.fixed = all(p.fixed for p, _ in parents) and (bool(parents) or not flows) if fixed is None else fixed

    shape = property(lambda self: self.a.shape)

    def __add__(x, y):
        y = value(y)
        return Value(x.a + y.a, (x, lambda g: fold(g, x.shape)), (y, lambda g: fold(g, y.shape)))

    def __mul__(x, y):
        y = value(y)
        return Value(x.a * y.a, (x, lambda g: fold(g * y.a, x.shape)), (y, lambda g: fold(g * x.a, y.shape)))

    def __truediv__(x, y):
        y = value(y)
        q = x.a // y.a if x.a.dtype == np.int64 else x.a / y.a
        return Value(q, (x, lambda g: fold(g / y.a, x.shape)), (y, lambda g: fold(-g * q / y.a, y.shape)))

    def __neg__(x):
        return Value(-x.a, (x, lambda g: -g))

    def __sub__(x, y):
        return x + -value(y)


def objects(a):
    """An array of mpf from one of floats, all exactly; one of integers stays."""
    a = np.asarray(a)
    if a.dtype == object or a.dtype.kind in 'iub':
        return a if a.dtype == object else a.astype(np.int64)
    return filled(a.shape, [mpf(float(v)) for v in a.ravel()])


def filled(shape, numbers):
    out = np.empty(len(numbers), dtype=object)
    out[:] = numbers
    return out.reshape(shape)


def value(x):
    return x if isinstance(x, Value) else Value(filled((), [mpf(x)]))


def fold(g, shape):
    """Sums over what was broadcast."""
    g = np.asarray(g, dtype=object)
    g = np.asarray(g.sum(axis=tuple(range(g.ndim - len(shape)))), dtype=object)
    return g.sum(axis=tuple(d for d, size in enumerate(shape) if size == 1), keepdims=True)


def each(f, slope):
    """A function of each element; its slope takes the element and its result."""
    def of(x):
        r = filled(x.shape, [f(v) for v in x.a.ravel()])
        return Value(r, (x, lambda g: g * filled(x.shape, [slope(v, w) for v, w in zip(x.a.ravel(), r.ravel())])))
    return of


Exp, Log, Sqrt = each(exp, lambda v, r: r), each(log, lambda v, r: 1 / v), each(sqrt, lambda v, r: 1 / (2 * r))
Erf, Tanh = each(erf, lambda v, r: 2 / sqrt(pi) * exp(-v * v)), each(tanh, lambda v, r: 1 - r * r)


def power(x, p):
    e = np.broadcast_to(objects(p), np.broadcast_shapes(x.shape, np.shape(p)))
    x = take(x, np.broadcast_to(np.arange(x.a.size).reshape(x.shape), e.shape))
    e = [mpf(int(v)) if isinstance(v, np.int64) else v for v in e.ravel()]
    e = [int(v) if v == int(v) else v for v in e]
    def back(g):
        return g * filled(x.shape, [k * v ** (k - 1) if k else mpf(0) for v, k in zip(x.a.ravel(), e)])
    return Value(filled(x.shape, [v ** k for v, k in zip(x.a.ravel(), e)]), (x, back))


def where(condition, x, y):
    x, y = value(x), value(y)
    return Value(np.where(condition, x.a, y.a), (x, lambda g: fold(np.where(condition, g, mpf(0)), x.shape)),
                 (y, lambda g: fold(np.where(condition, mpf(0), g), y.shape)))


def take(x, places, otherwise=0):
    """The elements at these places, counted through the whole array; at -1 there is a number instead."""
    flat = x.a.ravel()
    numbers = np.append(flat, np.int64(otherwise) if flat.dtype == np.int64 else otherwise if isinstance(otherwise, mpf) else mpf(otherwise))
    def back(g):
        out = [mpf(0)] * (len(flat) + 1)
        for k, v in zip(places.ravel().tolist(), g.ravel()):
            out[k] += v
        return filled(x.shape, out[:-1])
    return Value(numbers[places], (x, back))


def total(x, axes=None, keep=True):
    axes = tuple(range(x.a.ndim)) if axes is None else tuple(d % x.a.ndim for d in axes)
    kept = [1 if d in axes else size for d, size in enumerate(x.shape)]
    s = np.asarray(x.a.sum(axis=axes), dtype=object).reshape(kept)
    s = Value(s, (x, lambda g: np.broadcast_to(g, x.shape)))
    return s if keep else reshape(s, [size for d, size in enumerate(x.shape) if d not in axes])


def product(a, b):
    """Of matrices, or of stacks of them."""
    if a.ndim > 2 or b.ndim > 2:
        stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = np.broadcast_to(a, (*stack, *a.shape[-2:])), np.broadcast_to(b, (*stack, *b.shape[-2:]))
        return filled((*stack, a.shape[-2], b.shape[-1]), [v for k in np.ndindex(*stack) for v in product(a[k], b[k]).ravel()])
    assert a.shape[1] == b.shape[0]
    rows, columns = a.tolist(), b.T.tolist()
    return filled((len(rows), len(columns)), [fdot(r, c) for r in rows for c in columns])


def matmul(x, y):
    def turned(a):
        return np.swapaxes(a, -1, -2)
    return Value(product(x.a, y.a), (x, lambda g: fold(product(g, turned(y.a)), x.shape)), (y, lambda g: fold(product(turned(x.a), g), y.shape)))


def go_back(y):
    """Sets the gradients of the number y; returns all values, in the order in which they were made."""
    order, seen = [], set()
    def visit(v):
        if id(v) not in seen:
            seen.add(id(v))
            for p, _ in v.parents:
                visit(p)
            order.append(v)
    visit(y)
    for v in order:
        v.g = None
    y.g = np.full(y.shape, mpf(1), dtype=object)
    for v in reversed(order):
        for p, back in v.parents:
            g = back(v.g)
            p.g = np.asarray(g if p.g is None else p.g + g, dtype=object)
    return order


def gradient_of(x):
    return x.g.ravel() if x.g is not None else filled((x.a.size,), [mpf(0)] * x.a.size)


# ---- compositions ----


def places(x):
    return np.arange(x.a.size).reshape(x.shape)


def reshape(x, shape):
    return take(x, places(x).reshape(shape))


def joined(values, axis):
    """Concatenated: the places of all in one row of them."""
    starts = np.cumsum([0, *(v.a.size for v in values)])
    row = Value(np.concatenate([v.a.ravel() for v in values]), *((v, lambda g, v=v, k=k: g[k:k + v.a.size].reshape(v.shape)) for v, k in zip(values, starts)))
    return take(row, np.concatenate([places(v) + k for v, k in zip(values, starts)], axis))


def sigmoid(x):
    return value(1) / (value(1) + Exp(-x))


def softplus(x):
    return Log(value(1) + Exp(x))


def clip(x, low, high):
    x = x if low is None else where(x.a < low, low, x)
    return x if high is None else where(x.a > high, high, x)


def absolute(x):
    return where(x.a > 0, x, where(x.a < 0, -x, value(0)))


def larger(x, y, sign=1):
    """Of two that are the same each has half."""
    d = (x.a - y.a) * sign
    d = d.reshape(np.broadcast_shapes(x.shape, y.shape))
    return where(d > 0, x, where(d < 0, y, (x + y) * mpf(0.5)))


def softmax(x, axes):
    e = Exp(x)
    return e / total(e, axes)


def mean(x, axes, keep=True):
    axes = range(x.a.ndim) if axes is None else axes
    return total(x, axes, keep) / math.prod(x.shape[d] for d in axes)


def normalised(x, mean_of, var, epsilon):
    return (x - mean_of) / Sqrt(var + epsilon)


# ---- operators, by the specification -------------------------------------------------------------------------------

OPERATORS = {}


def operator(*names):
    def keep(f):
        OPERATORS.update(dict.fromkeys(names, f))
        return f
    return keep


class Node:
    """Attributes by their names; numbers of float are exact. The constants that it makes have gradients if weights' are asked for."""

    def __init__(self, proto, opset, weights):
        self.constant = lambda a: Value(a, flows=weights and a.dtype == object, fixed=True)
        self.kind, self.opset, self.input, self.output = proto.op_type, opset, proto.input, proto.output
        self.given = {a.name: helper.get_attribute_value(a) for a in proto.attribute}

    def get(self, name, otherwise=None):
        v = self.given.get(name, otherwise)
        return mpf(float(np.float32(v))) if isinstance(v, float) else v.decode() if isinstance(v, bytes) else v

    def integers(self, name, a, k, otherwise=None):
        """Those of an attribute or, in later sets of operators, of input k."""
        if len(a) > k and a[k] is not None:
            return a[k].a.ravel().tolist()
        return self.get(name, otherwise)


def simple(**table):
    for name, f in table.items():
        OPERATORS[name] = lambda n, x, *more, f=f: f(x)


simple(Relu=lambda x: where(x.a > 0, x, value(0)), Sigmoid=sigmoid, Tanh=Tanh, Erf=Erf, Exp=Exp, Log=Log, Sqrt=Sqrt, Neg=lambda x: -x, Abs=absolute,
       Softplus=softplus, Softsign=lambda x: x / (value(1) + absolute(x)), Reciprocal=lambda x: value(1) / x, Mish=lambda x: x * Tanh(softplus(x)),
       HardSwish=lambda x: x * clip(x / 6 + mpf(0.5), 0, 1), Identity=lambda x: x, Dropout=lambda x: x)
OPERATORS.update(
    Add=lambda n, x, y: x + y, Sub=lambda n, x, y: x - y, Mul=lambda n, x, y: x * y, Div=lambda n, x, y: x / y, Pow=lambda n, x, y: power(x, y.a),
    LeakyRelu=lambda n, x: where(x.a > 0, x, x * n.get('alpha', 0.01)), PRelu=lambda n, x, s: where(x.a > 0, x, x * s),
    Elu=lambda n, x: where(x.a > 0, x, (Exp(x) - 1) * n.get('alpha', 1.0)), Swish=lambda n, x: x * sigmoid(x * n.get('alpha', 1.0)),
    Celu=lambda n, x: where(x.a > 0, x, (Exp(x / n.get('alpha', 1.0)) - 1) * n.get('alpha', 1.0)),
    Selu=lambda n, x: where(x.a > 0, x, (Exp(x) - 1) * n.get('alpha', 1.67326319217681884765625)) * n.get('gamma', 1.05070102214813232421875),
    Softmax=lambda n, x: softmax(x, softmax_axes(n, x)), LogSoftmax=lambda n, x: Log(softmax(x, softmax_axes(n, x))),
    Flatten=lambda n, x: reshape(x, (math.prod(x.shape[:n.get('axis', 1)]), -1)), Concat=lambda n, *a: joined(a, n.get('axis')),
    Shape=lambda n, x: Value(np.array(x.shape)), Transpose=lambda n, x: take(x, places(x).transpose(n.get('perm'))),
    Expand=lambda n, x, s: take(x, np.broadcast_to(places(x), np.broadcast_shapes(x.shape, tuple(s.a.tolist())))),
    Gather=lambda n, x, k: take(x, np.take(places(x), k.a, n.get('axis', 0))),
    Equal=lambda n, x, y: Value((x.a == y.a).astype(np.int64)), Where=lambda n, c, x, y: where(c.a != 0, x, y),
    ConstantOfShape=lambda n, s: Value(np.full(s.a, objects(numpy_helper.to_array(n.get('value')))[0])))


def softmax_axes(n, x):
    """Before set 13 those from the axis on are one."""
    return (n.get('axis', -1),) if n.opset >= 13 else range(n.get('axis', 1) % x.a.ndim, x.a.ndim)


@operator('HardSigmoid')
def hard_sigmoid(n, x):
    """The float beside a sixth is what files write for it."""
    alpha = n.get('alpha', 0.2)
    return clip(x * (mpf(1) / 6 if alpha == float(np.float32(1 / 6)) else alpha) + n.get('beta', 0.5), 0, 1)


@operator('Gelu')
def gelu(n, x):
    if n.get('approximate', 'none') == 'none':
        return x * (value(1) + Erf(x / sqrt(mpf(2)))) * mpf(0.5)
    return x * (value(1) + Tanh((x + power(x, 3) * (mpf(44715) / 10**6)) * sqrt(2 / pi))) * mpf(0.5)


@operator('Clip')
def clipped(n, x, low=None, high=None):
    return clip(x, *(n.get(name) if v is None else v.a.ravel()[0] for name, v in (('min', low), ('max', high))))


@operator('Max', 'Min')
def largest(n, x, *more):
    for y in more:
        x = larger(x, y, 1 if n.kind == 'Max' else -1)
    return x


@operator('Sum')
def summed(n, x, *more):
    return sum(more, x)


@operator('Constant')
def constant(n):
    v = next(iter(n.given.values()))
    return n.constant(objects(numpy_helper.to_array(v) if isinstance(v, onnx.TensorProto) else np.float32(v) if np.asarray(v).dtype.kind == 'f' else v))


@operator('Cast')
def cast(n, x):
    """Rounds constants; the gradient of what is stored is that of what flows."""
    to = TYPES[n.get('to')]
    if not x.fixed:
        return x
    return Value(objects(np.array([float(v) for v in x.a.ravel()]).astype(to).reshape(x.shape)), (x, lambda g: g))


@operator('Reshape')
def reshaped(n, x, shape):
    return reshape(x, [s if s or n.get('allowzero', 0) else x.shape[d] for d, s in enumerate(shape.a.tolist())])


@operator('Squeeze', 'Unsqueeze')
def squeezed(n, x, *more):
    axes = n.integers('axes', [None, *more], 1)
    if n.kind == 'Unsqueeze':
        return take(x, np.expand_dims(places(x), tuple(axes)))
    return take(x, np.squeeze(places(x), None if axes is None else tuple(axes)))


@operator('Slice')
def sliced(n, x, *more):
    a, cut = [None, *more], [slice(None)] * x.a.ndim
    starts, ends = n.integers('starts', a, 1), n.integers('ends', a, 2)
    axes, steps = n.integers('axes', a, 3, range(len(starts))), n.integers('steps', a, 4, [1] * len(starts))
    for axis, start, end, step in zip(axes, starts, ends, steps):
        cut[axis] = slice(start, None if step < 0 and end < -x.shape[axis] else end, step)
    return take(x, places(x)[tuple(cut)])


@operator('Split')
def split(n, x, *more):
    axis, sizes = n.get('axis', 0), n.integers('split', [None, *more], 1)
    if sizes is None:
        size = -(-x.shape[axis] // len(n.output))
        sizes = [size] * (len(n.output) - 1)
    return [take(x, p) for p in np.split(places(x), np.cumsum(sizes)[:len(n.output) - 1], axis)]


@operator('Pad')
def padded(n, x, *more):
    pads, mode, where_to = n.integers('pads', [None, *more], 1), n.get('mode', 'constant'), places(x)
    axes = more[2].a.tolist() if len(more) > 2 and more[2] is not None else range(x.a.ndim)
    otherwise = more[1].a.ravel()[0] if len(more) > 1 and more[1] is not None else n.get('value', 0)
    for k, axis in enumerate(axes):
        ends = pads[k], pads[k + len(axes)]
        where_to = np.moveaxis(where_to, axis, 0)
        width = [tuple(max(e, 0) for e in ends), *[(0, 0)] * (x.a.ndim - 1)]
        where_to = np.pad(where_to, width, mode, **({'constant_values': -1} if mode == 'constant' else {}))
        where_to = np.moveaxis(where_to[-min(ends[0], 0):len(where_to) + min(ends[1], 0)], 0, axis)
    return take(x, where_to, otherwise)


@operator('Resize', 'Upsample')
def resized(n, x, *more):
    """To the nearest, rounded down, at scales from the corner."""
    modes = n.get('mode', 'nearest'), n.get('coordinate_transformation_mode'), n.get('nearest_mode')
    assert modes == (('nearest', 'asymmetric', 'floor') if n.kind == 'Resize' else ('nearest', None, None))
    at, scales = places(x), more[-1] if n.kind == 'Upsample' else more[1]
    for axis, scale in enumerate(scales.a.tolist()):
        at = np.take(at, [int(k / scale) for k in range(int(x.shape[axis] * scale))], axis)
    return take(x, at)


REDUCTIONS = {'ReduceMean': mean, 'ReduceSum': total, 'ReduceSumSquare': lambda x, *of: total(x * x, *of),
              'ReduceL2': lambda x, *of: Sqrt(total(x * x, *of)), 'ReduceLogSumExp': lambda x, *of: Log(total(Exp(x), *of))}


@operator(*REDUCTIONS)
def reduced(n, x, *more):
    return REDUCTIONS[n.kind](x, n.integers('axes', [None, *more], 1), bool(n.get('keepdims', 1)))


@operator('InstanceNormalization')
def instance_norm(n, x, gamma, beta):
    axes = range(2, x.a.ndim)
    centred = x - mean(x, axes)
    gamma, beta = (reshape(v, [-1] + [1] * len(axes)) for v in (gamma, beta))
    return centred / Sqrt(mean(centred * centred, axes) + n.get('epsilon', 1e-5)) * gamma + beta


@operator('BatchNormalization')
def batch_norm(n, x, gamma, beta, of_mean, var):
    gamma, beta, of_mean, var = (reshape(v, [-1] + [1] * (x.a.ndim - 2)) for v in (gamma, beta, of_mean, var))
    return normalised(x, of_mean, var, n.get('epsilon', 1e-5)) * gamma + beta


@operator('LayerNormalization')
def layer_norm(n, x, gamma, beta=None):
    axes = range(n.get('axis', -1) % x.a.ndim, x.a.ndim)
    centred = x - mean(x, axes)
    y = normalised(x, mean(x, axes), mean(centred * centred, axes), n.get('epsilon', 1e-5)) * gamma
    return y if beta is None else y + beta


@operator('Gemm')
def gemm(n, a, b, c=None):
    a, b = (take(v, places(v).T) if n.get(t, 0) else v for v, t in ((a, 'transA'), (b, 'transB')))
    y = matmul(a, b) * n.get('alpha', 1.0)
    return y if c is None else y + c * n.get('beta', 1.0)


@operator('MatMul')
def matrices(n, a, b):
    """A vector is a row, or behind a matrix a column."""
    row, column = a.a.ndim == 1, b.a.ndim == 1
    y = matmul(reshape(a, (1, -1)) if row else a, reshape(b, (-1, 1)) if column else b)
    return take(y, np.squeeze(places(y), (-2,) * row + (-1,) * column))


def windows(n, sizes, kernel):
    """Indices [places of the output, entries of a window] into an image of these sizes, -1 beyond its border; the sizes of the output;
    and which of the entries are in the image with its pads."""
    dims = len(sizes)
    strides, apart, pads = n.get('strides', [1] * dims), n.get('dilations', [1] * dims), n.get('pads', [0] * 2 * dims)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, apart)]
    auto = n.get('auto_pad', 'NOTSET')
    if auto.startswith('SAME'):
        more = [max((-(-s // t) - 1) * t + span - s, 0) for s, t, span in zip(sizes, strides, spans)]
        first = [(m + (auto == 'SAME_LOWER')) // 2 for m in more]
        pads = [*first, *(m - f for m, f in zip(more, first))]
    room = [s + pads[d] + pads[d + dims] - spans[d] for d, s in enumerate(sizes)]
    out = [r // t + 1 for r, t in zip(room, strides)]
    if n.get('ceil_mode', 0):  # one window more, unless it begins behind the image
        out = [o + (room[d] % strides[d] > 0 and o * strides[d] < sizes[d] + pads[d]) for d, o in enumerate(out)]
    at, within = np.zeros((1, 1), int), np.ones((1, 1), bool)
    for d, size in enumerate(sizes):
        p = np.arange(out[d])[:, None] * strides[d] + np.arange(kernel[d]) * apart[d] - pads[d]
        inside = (p >= 0) & (p < size)
        at = np.where((at[:, None, :, None] < 0) | ~inside[None, :, None, :], -1, at[:, None, :, None] * size + p[None, :, None, :])
        at = at.reshape(at.shape[0] * at.shape[1], -1)
        within = (within[:, None, :, None] & (p < size + pads[d + dims])[None, :, None, :]).reshape(at.shape)
    return at, out, within


def channels(x, at):
    """Places [channel, place of the output, entry] of the one image."""
    size = math.prod(x.shape[2:])
    return np.where(at < 0, -1, at + size * np.arange(x.shape[1])[:, None, None])


@operator('Conv')
def convolution(n, x, w, b=None):
    at, out, _ = windows(n, x.shape[2:], w.shape[2:])
    groups, parts = n.get('group', 1), []
    for ours, own in zip(np.split(channels(x, at), groups), np.split(places(w), groups)):
        columns = take(x, ours.transpose(0, 2, 1).reshape(-1, len(at)))
        parts.append(matmul(take(w, own.reshape(len(own), -1)), columns))
    y = reshape(joined(parts, 0), (1, w.shape[0], *out))
    return y if b is None else y + reshape(b, [-1] + [1] * len(out))


@operator('ConvTranspose')
def transposed_convolution(n, x, w, b=None):
    """Each place of the output gathers what the places of the input give to it."""
    sizes, kernel = x.shape[2:], w.shape[2:]
    dims, groups = len(sizes), n.get('group', 1)
    strides, apart, pads, more = (n.get(name, [v] * k) for name, v, k in (('strides', 1, dims), ('dilations', 1, dims), ('pads', 0, 2 * dims), ('output_padding', 0, dims)))
    assert n.get('auto_pad', 'NOTSET') == 'NOTSET' and n.get('output_shape') is None
    out = [(s - 1) * strides[d] + (kernel[d] - 1) * apart[d] + 1 + more[d] - pads[d] - pads[d + dims] for d, s in enumerate(sizes)]
    at = np.full((math.prod(out), math.prod(kernel)), -1)  # of each place and entry of the kernel the place of the input
    for o, place in enumerate(np.ndindex(*out)):
        for k, entry in enumerate(np.ndindex(*kernel)):
            steps = [(p + pads[d] - e * apart[d], strides[d]) for d, (p, e) in enumerate(zip(place, entry))]
            if all(s % t == 0 and 0 <= s // t < sizes[d] for d, (s, t) in enumerate(steps)):
                at[o, k] = np.ravel_multi_index([s // t for s, t in steps], sizes)
    parts = []
    for ours, own in zip(np.split(places(x)[0].reshape(x.shape[1], -1), groups), np.split(places(w), groups)):
        made = matmul(take(w, own.reshape(len(own), -1).T), take(x, ours))  # [output channel and entry, place of the input]
        entry = np.arange(made.shape[0]).reshape(w.shape[1], 1, -1) * made.shape[1]
        parts.append(total(take(made, np.where(at < 0, -1, entry + at)), (2,), False))
    y = reshape(joined(parts, 0), (1, -1, *out))
    return y if b is None else y + reshape(b, [-1] + [1] * dims)


@operator('MaxPool', 'GlobalMaxPool')
def max_pool(n, x):
    """The first of the largest."""
    at, out, _ = windows(n, x.shape[2:], x.shape[2:] if n.kind == 'GlobalMaxPool' else n.get('kernel_shape'))
    at = channels(x, at)
    first = np.argmax(take(x, at, mpf('-inf')).a, axis=2)[..., None]
    return reshape(take(x, np.take_along_axis(at, first, 2)), (1, x.shape[1], *out))


@operator('AveragePool', 'GlobalAveragePool')
def average_pool(n, x):
    at, out, within = windows(n, x.shape[2:], x.shape[2:] if n.kind == 'GlobalAveragePool' else n.get('kernel_shape'))
    count = (within if n.get('count_include_pad', 0) else at >= 0).sum(1)
    return reshape(total(take(x, channels(x, at)), (2,), False) / Value(objects(count.astype(float))), (1, x.shape[1], *out))


# ---- networks ------------------------------------------------------------------------------------------------------


def each_use(v, of):
    """A constant that several nodes take has a gradient for each."""
    if not (v.fixed and v.flows):
        return v
    use = Value(v.a, (v, lambda g: g))
    use.root = getattr(v, 'root', v)
    of.setdefault(id(use.root), []).append(use)
    return use


class Network:
    def __init__(self, path, weights=False):
        model = onnx.load(path)
        self.path, graph, opset = path, model.graph, max(o.version for o in model.opset_import if o.domain in ('', 'ai.onnx'))
        self.nodes = [Node(n, opset, weights) for n in graph.node]
        arrays = {i.name: objects(numpy_helper.to_array(i)) for i in graph.initializer}
        self.constants = {name: Value(a, flows=weights and a.dtype == object, fixed=True) for name, a in arrays.items()}
        entry, = (i for i in graph.input if i.name not in self.constants)
        self.entry, self.exit, self.end = entry.name, graph.output[0].name, self.nodes[-1].kind
        self.shape = [d.dim_value for d in entry.type.tensor_type.shape.dim][1:]
        self.dtype = TYPES[entry.type.tensor_type.elem_type]
        self.operators = {n.kind for n in self.nodes}

    def run(self, x):
        values, self.uses = {self.entry: x, **self.constants}, {}
        for n in self.nodes:
            assert n.kind in OPERATORS, f'no row for the operator {n.kind}: add it to OPERATORS'
            made = OPERATORS[n.kind](n, *(each_use(values[k], self.uses) if k else None for k in n.input))
            values.update(zip(n.output, made if isinstance(made, list) else [made]))
        return values[self.exit]


# ---- losses, as formulas of the outputs z and a label's number or a row of targets ---------------------------------


def at(z, k):
    return take(z, np.array(k))


def one_hot(z, y):
    return [mpf(y)] if z.a.size == 1 else [mpf(k == y) for k in range(z.a.size)]


def dotted(z, row):
    return total(z * Value(filled((len(row),), row)))


def log_softmax(z):
    return z - Log(total(Exp(z)))


def cross_entropy(z, q):
    return -dotted(log_softmax(z), q)


def smoothed(q, e):
    return [(1 - e) * v + e / len(q) for v in q]


def best(z, but):
    """The place of the largest but for some."""
    return max((k for k in range(z.a.size) if k not in but), key=lambda k: z.a[k])


def margin(z, y):
    return at(z, best(z, (y,))) - at(z, y)


def dlr(z, y):
    first = best(z, ())
    second = best(z, (first,))
    third = best(z, (first, second))
    return -(at(z, y) - at(z, second if first == y else first)) / (at(z, first) - at(z, third))


def carlini_wagner(z, y, kappa):
    m = margin(z, y)
    return where(m.a <= kappa, m, kappa)


def bce(z, row):
    return total(softplus(z)) - dotted(z, row)


def bce_of_sigmoid(s, row):
    return -dotted(Log(s), row) - dotted(Log(value(1) - s), [1 - v for v in row])


def squared(z, row):
    d = z - Value(filled((len(row),), row))
    return total(d * d)


# name, options, what the rows in a file are, and the loss of the outputs z, the label or row t and the type of the network's numbers
LOGITS = [
    ('cross-entropy', [], None, lambda z, t, own: cross_entropy(z, one_hot(z, t))),
    ('margin', ['--loss', 'margin'], None, lambda z, t, own: margin(z, t)),
    ('dlr', ['--loss', 'dlr'], None, lambda z, t, own: dlr(z, t)),
    ('cw', ['--loss', 'cw', '--kappa', '0.3'], None, lambda z, t, own: carlini_wagner(z, t, mpf(float(own(0.3))))),
    ('squared error', ['--loss', 'squared-error'], None, lambda z, t, own: squared(z, one_hot(z, t))),
    ('bce', ['--loss', 'bce'], None, lambda z, t, own: bce(z, one_hot(z, t))),
    ('logit', ['--loss', 'logit'], None, lambda z, t, own: at(z, t)),
    ('probability', ['--loss', 'probability'], None, lambda z, t, own: at(softmax(z, None), t)),
    ('label smoothing', ['--label-smoothing', '0.1'], None, lambda z, t, own: cross_entropy(z, smoothed(one_hot(z, t), mpf(float(own(0.1)))))),
    ('temperature', ['--temperature', '3'], None, lambda z, t, own: cross_entropy(z * mpf(float(own(1) / own(3))), one_hot(z, t))),
    ('logit scale', ['--logit-scale', '0.7', '--loss', 'dlr'], None, lambda z, t, own: dlr(z * mpf(float(own(0.7))), t)),
    ('targets', ['--targets', 'FILE'], 'shares', lambda z, t, own: cross_entropy(z, t)),
    ('smoothed targets', ['--targets', 'FILE', '--label-smoothing', '0.25'], 'shares', lambda z, t, own: cross_entropy(z, smoothed(t, mpf(0.25)))),
    ('bce of targets', ['--loss', 'bce', '--targets', 'FILE'], 'shares', lambda z, t, own: bce(z, t)),
    ('squared error of targets', ['--loss', 'squared-error', '--targets', 'FILE'], 'numbers', lambda z, t, own: squared(z, t)),
    ('upstream', ['--upstream', 'FILE'], 'numbers', lambda z, t, own: dotted(z, t))]
ENDS = {
    'Sigmoid': [('bce', [], None, lambda s, t, own: bce_of_sigmoid(s, one_hot(s, t))),
                ('probability', ['--loss', 'probability'], None, lambda s, t, own: at(s, t)),
                ('bce of targets', ['--targets', 'FILE'], 'shares', lambda s, t, own: bce_of_sigmoid(s, t))],
    'Softmax': [('cross-entropy', [], None, lambda p, t, own: -Log(at(p, t))),
                ('nll', ['--loss', 'nll'], None, lambda p, t, own: -Log(at(p, t))),
                ('probability', ['--loss', 'probability'], None, lambda p, t, own: at(p, t))],
    'LogSoftmax': [('cross-entropy', [], None, lambda l, t, own: -at(l, t)),
                   ('nll', ['--loss', 'nll'], None, lambda l, t, own: -at(l, t)),
                   ('probability', ['--loss', 'probability'], None, lambda l, t, own: Exp(at(l, t)))]}

# ---- against the program -------------------------------------------------------------------------------------------

FOLDER, CASES, ELEMENTS, TURN = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
PART, EXPORTS = 5, list(exports.exports())


def compare(path, name, images, loss, weights=0):
    """So many images through one network and one loss: elements, what disagrees in words, and the network's operators. weights: the
    gradient to these instead, others each time."""
    net = Network(path, weights > 0)
    mp.prec = 20000 if 'logarithms' in name else 320
    label, options, rows, formula = (ENDS.get(net.end, LOGITS))[loss % len(ENDS.get(net.end, LOGITS))]
    random = np.random.default_rng([TURN, zlib.crc32(f'{name} {label}'.encode()), weights])
    x = (random.uniform(-1, 1, (images, *net.shape)) * 4.0 ** random.integers(-1, 2, (images, *[1] * len(net.shape)))).astype(net.dtype)
    outputs = net.run(Value(objects(x[:1]), flows=True)).a.size
    data = f'{path}.{loss}'
    targets = random.integers(0, outputs, images)
    np.savez(f'{data}.npz', x_test=x, y_test=targets)
    if rows:
        targets = random.uniform(0, 1, (images, outputs)) if rows == 'shares' else random.normal(size=(images, outputs)) * 8
        np.save(f'{data}.npy', targets)
        np.savez(f'{data}.npz', x_test=x)
    command = ['./gradaudit', 'gradient', '-q', path, '--data', f'{data}.npz', '--format', 'exact', '--digits', str(DIGITS), '--threads', '1',
               *(f'{data}.npy' if o == 'FILE' else o for o in options)]
    if weights:
        command += ['--wrt', 'weights', '--reduction', ('mean', 'sum')[loss % 2]]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in ((0, 6) if weights else (0,)):
        return 0, [f'{name}, {label}: {done.stderr.strip()}'], net.operators, label
    told = [line.split('\t') for line in done.stdout.splitlines() if not line.startswith('#')]
    wrong, truth, all_of = [], [], None
    for i in range(images):
        leaf = Value(objects(x[i:i + 1]), flows=True, fixed=False)
        z = net.run(leaf)
        t = [mpf(float(v)) for v in targets[i]] if rows else int(targets[i])
        made = go_back(formula(reshape(z, (-1,)), t, net.dtype))
        if not weights:
            truth += [(str(i), str(e), g) for e, g in enumerate(gradient_of(leaf))]
            continue
        own = [gradient_of(v).reshape(v.shape) for v in made if v.fixed]
        for uses in net.uses.values(): # nodes may have a parameter in common, and others its numbers by themselves
            several = (s for n in range(2, len(uses) + 1) for s in itertools.combinations(uses, n))
            own += [sum(gradient_of(v).reshape(v.shape) for v in s) for s in itertools.islice(several, 256)]
        all_of = own if all_of is None else [a + b for a, b in zip(all_of, own)]
    if weights:
        scale = images if loss % 2 == 0 else 1
        return *check_weights(told, [np.asarray(a / scale, dtype=object) for a in all_of], f'{name}, weights, {label}'), net.operators, label
    if len(told) != len(truth):
        wrong.append(f'{name}, {label}: {len(told)} elements instead of {len(truth)}')
    for (i, e, text), (image, element, true) in zip(told, truth):
        if (i, e) != (image, element) or text.startswith('undecided') or not (agrees(text, true, DIGITS) or tie(text, true)):
            wrong.append(f'{name}, {label}, image {i}, element {e}: {text}, but mpmath has {mp.nstr(true, 30)}')
    return len(truth), wrong, net.operators, label


def fits(text, true):
    """What is undecided is a sum that cancels: 0, as far as mpmath can tell."""
    return abs(true) < mpf(10)**-80 if text.startswith('undecided') else agrees(text, true, DIGITS) or tie(text, true)


def orders(a):
    """The ways in which a parameter's numbers may be laid out: as they are, turned, and for transposed convolutions turned in each of
    their groups, from the last to the first."""
    yield a.ravel()
    if a.ndim > 1:
        yield np.swapaxes(a, 0, 1).ravel()
    for groups in range(1, len(a) + 1 if a.ndim > 2 else 1):
        if len(a) % groups == 0:
            g = np.flip(a, tuple(range(2, a.ndim))).reshape(groups, -1, *a.shape[1:])
            yield np.swapaxes(g, 1, 2).ravel()


def parts(a):
    """The array, and the matrices of a stack of them."""
    yield a
    if a.ndim > 2:
        yield from a.reshape(-1, *a.shape[-2:])


def check_weights(told, gradients, name):
    """Each tensor is the gradient of one of the arrays that are made of constants alone, or sums up to that of one number, which was
    spread. Returns elements and what disagrees."""
    tensors, wrong = {}, []
    for tensor, element, text in told:
        tensors.setdefault(tensor, []).append(text)
        assert int(element) == len(tensors[tensor]) - 1
    for tensor, texts in tensors.items():
        like = [a for g in gradients for part in parts(g) if part.size == len(texts) for a in orders(part)]
        one = [g.item() for g in gradients if g.size == 1 < len(texts)]
        sums = (abs(fsum(texts) - true) <= mpf(10)**-20 * fsum(abs(mpf(t)) for t in texts) for true in one)
        if not any(all(fits(text, true) for text, true in zip(texts, a)) for a in like) and not any(sums):
            wrong.append(f'{name}: {tensor} ({len(texts)} numbers, {texts[0]}, ...) is the gradient of none of {len(like)} arrays of that size')
    return len(told), wrong


def tie(text, true):
    """Whether the true value lies between two numbers of so many digits, as far as its enclosure tells: one digit more is printed."""
    return text.partition('e')[0].endswith('5') and agrees(text, true, DIGITS + 1)


def work(job):
    """What each loss gives of a network, which is there or is made from PyTorch first."""
    name, path, case, losses, elements = job
    if case is not None:
        exports.export(path, *EXPORTS[case])
    images = math.ceil(elements / math.prod(Network(path).shape) / len(losses))
    try:
        made = [compare(path, name, images, loss) for loss in losses] + [compare(path, name, 2, losses[0], 1)]
        rounds = math.ceil(elements / max(made[-1][0], 1))
        return made + [compare(path, name, 2, losses[r % len(losses)], r + 1) for r in range(1, rounds)]
    except Exception as e:
        raise RuntimeError(f'the oracle fails on {name}') from e


def with_end(path, end):
    """The network, and an end behind its logits."""
    model = onnx.load(path)
    last = model.graph.output[0].name
    model.graph.node.append(helper.make_node(end, [last], ['end']))
    model.graph.output[0].name = 'end'
    made = path.replace('.onnx', f'-{end}.onnx')
    onnx.save(model, made)
    return made


def jobs():
    """Losses go round through the networks."""
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run([sys.executable, f'{here}/graphs.py', FOLDER, CASES, 'networks'], check=True)
    paths = sorted(glob.glob(f'{FOLDER}/*.onnx'))
    paths += [with_end(f'{FOLDER}/{name}.onnx', end) for name in ('leaky-float32', 'residual-float64') for end in ENDS]
    listed = [(os.path.basename(p)[:-5], p, None) for p in paths]
    listed += [(f'{c[0]}, operator set {c[3]}', f'{FOLDER}/export{k}.onnx', k) for k, c in enumerate(EXPORTS)]
    tried = listed if ELEMENTS else listed[TURN % PART::PART]
    for k, (name, path, case) in enumerate(tried):
        losses = range(4 * k, 4 * k + 4) if ELEMENTS else range(k, k + 1)
        yield name, path, case, [TURN + j for j in losses], max(ELEMENTS / len(tried), 1)


if __name__ == '__main__':
    count, wrong, operators, losses, networks = 0, [], set(), set(), 0
    with multiprocessing.Pool(2) as pool:
        for results in pool.imap_unordered(work, jobs()):
            networks += 1
            for n, words, kinds, loss in results:
                count += n
                wrong += words
                operators |= kinds
                losses.add(loss)
                for line in words[:3]:
                    print(line, flush=True)
    listed = subprocess.run(['./gradaudit', 'inspect', '--operators'], capture_output=True, text=True, check=True).stdout.split()
    print(f'turn {TURN}: {count} elements of {networks} networks, {len(operators & set(listed))} operators, {len(losses)} losses: {len(wrong)} disagreements')
    left_out = {*listed, *(row[0] for rows in (LOGITS, *ENDS.values()) for row in rows)} - operators - losses
    if ELEMENTS and left_out:
        wrong.append(f'no network has {", ".join(sorted(left_out))}')
        print(wrong[-1])
    sys.exit(1 if wrong else 0)
