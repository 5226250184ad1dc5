# SPDX-License-Identifier: Apache-2.0
"""ONNX graphs that are no chains: gradaudit's logits and gradients against the same networks in NumPy, which reads the files by onnx,
runs each operator in binary64 by its definition, and goes back through them by hand. Called by tests/graphs.sh; with a third argument, it only writes the networks."""
import math
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER, CASES, SEED = sys.argv[1], sys.argv[2], int(os.environ.get('GRADAUDIT_TEST_SEED', 1))
random = np.random.default_rng(SEED)
node = helper.make_node


def weight(*shape):
    return random.normal(size=shape) / np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else 1)


def save(name, nodes, arrays, shape, dtype, classes):
    kind = TensorProto.FLOAT if dtype == np.float32 else TensorProto.DOUBLE
    graph = helper.make_graph(nodes, 'graph', [helper.make_tensor_value_info('x', kind, ['N', *shape])],
                              [helper.make_tensor_value_info('y', kind, ['N', classes])],
                              [numpy_helper.from_array(a if a.dtype in (np.float16, np.int64) else a.astype(dtype), k) for k, a in arrays.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)])
    model.ir_version = 8
    if not any(n.op_type in ('Gelu', 'Mish', 'Swish', 'HardSwish', 'LayerNormalization') for n in nodes):  # of operator sets that this onnx may not know
        onnx.checker.check_model(model)
    path = f'{FOLDER}/{name}.onnx'
    onnx.save(model, path)
    return path


CLASSES, MANY, SIDE, HALF = 5, 1000, 12, TensorProto.FLOAT16


def networks(dtype):
    n = SIDE * SIDE
    yield 'many', [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('Relu', ['h'], ['a']),
                   node('Gemm', ['a', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(9, n), b1=weight(9), w2=weight(MANY, 9), b2=weight(MANY)), (n,)
    yield 'leaky', [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('LeakyRelu', ['h'], ['a'], alpha=0.125),
                    node('Gemm', ['a', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(9, n), b1=weight(9), w2=weight(CLASSES, 9), b2=weight(CLASSES)), (n,)
    for name, *operator in ('softplus', 'Softplus'), ('swish', 'Swish'), ('mish', 'Mish'), ('elu', 'Elu'), ('selu', 'Selu'), ('softsign', 'Softsign'), ('erf', 'Erf'), ('gelu', 'Gelu'), ('tanh gelu', 'Gelu', 'tanh'):
        f = dict(approximate=operator[1]) if len(operator) > 1 else {}
        yield name, [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node(operator[0], ['h'], ['a'], **f),
                     node('Gemm', ['a', 'w2'], ['k'], transB=1), node('Add', ['k', 'a'], ['r']), node(operator[0], ['r'], ['s'], **f),
                     node('Gemm', ['s', 'w3', 'b3'], ['y'], transB=1)], \
            dict(w1=weight(9, n) * 2, b1=weight(9), w2=weight(9, 9), w3=weight(CLASSES, 9), b3=weight(CLASSES)), (n,)
    yield 'elu of alpha', [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('Elu', ['h'], ['a'], alpha=0.3),
                           node('Gemm', ['a', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(9, n), b1=weight(9), w2=weight(CLASSES, 9), b2=weight(CLASSES)), (n,)
    yield 'residual', [node('MatMul', ['x', 'w1'], ['m']), node('Add', ['m', 'b1'], ['h']), node('Relu', ['h'], ['a']),
                       node('Gemm', ['a', 'w2', 'b2'], ['z'], transB=1), node('Sigmoid', ['z'], ['s']),
                       node('Add', ['s', 'a'], ['r']), node('Tanh', ['r'], ['t']), node('Add', ['t', 'h'], ['q']),
                       node('Gemm', ['q', 'w3', 'b3'], ['y'], transB=1)], \
        dict(w1=weight(9, n).T, b1=weight(9), w2=weight(9, 9), b2=weight(9), w3=weight(CLASSES, 9), b3=weight(CLASSES)), (n,)
    yield 'convolution', [node('Conv', ['x', 'w1', 'b1'], ['c'], kernel_shape=[5, 3], strides=[2, 3], pads=[1, 2, 0, 1]),
                          node('Sigmoid', ['c'], ['a']), node('Flatten', ['a'], ['f']),
                          node('Gemm', ['f', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(4, 2, 5, 3), b1=weight(4), w2=weight(CLASSES, 4 * 5 * 5), b2=weight(CLASSES)), (2, SIDE, SIDE)
    yield 'lenet', [node('Conv', ['x', 'w1', 'b1'], ['c1'], kernel_shape=[5, 5], pads=[2, 2, 2, 2]), node('Tanh', ['c1'], ['a1']),
                    node('MaxPool', ['a1'], ['p1'], kernel_shape=[2, 2], strides=[2, 2]),
                    node('Conv', ['p1', 'w2'], ['c2']), node('LeakyRelu', ['c2'], ['a2']),
                    node('MaxPool', ['a2'], ['p2'], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 0, 0]),
                    node('Conv', ['p2', 'w3', 'b3'], ['c3'], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
                    node('Add', ['c3', 'p2'], ['r']), node('Relu', ['r'], ['a3']), node('Flatten', ['a3'], ['f']),
                    node('Gemm', ['f', 'w4', 'b4'], ['y'], transB=1)], \
        dict(w1=weight(3, 1, 5, 5), b1=weight(3), w2=weight(4, 3, 3, 3), w3=weight(4, 4, 3, 3), b3=weight(4),
             w4=weight(CLASSES, 4 * 2 * 2), b4=weight(CLASSES)), (1, SIDE, SIDE)
    yield 'aliases', [node('MatMul', ['x', 'w1'], ['m']), node('MatMul', ['x', 'w2'], ['n']), node('Dropout', ['m'], ['d']),
                      node('Add', ['m', 'b1'], ['h']), node('Add', ['n', 'b2'], ['k']), node('Identity', ['k'], ['i']),
                      node('Flatten', ['d'], ['e']), node('Relu', ['e'], ['a']), node('Add', ['a', 'h'], ['r']),
                      node('Add', ['r', 'i'], ['s']), node('Tanh', ['s'], ['t']), node('MatMul', ['t', 'w3'], ['o']),
                      node('Identity', ['o'], ['p']), node('Add', ['b3', 'p'], ['y'])], \
        dict(w1=weight(9, n).T, b1=weight(9), w2=weight(9, n).T, b2=weight(9), w3=weight(CLASSES, 9).T, b3=weight(CLASSES)), (n,)
    yield 'dropped', [node('MatMul', ['x', 'w1'], ['m']), node('Dropout', ['m'], ['d']), node('Add', ['m', 'b1'], ['h']),
                      node('Add', ['d', 'h'], ['s']), node('Gemm', ['s', 'w2'], ['y'], transB=1)], \
        dict(w1=weight(9, n).T, b1=weight(9), w2=weight(CLASSES, 9)), (n,)
    yield 'product', [node('MatMul', ['x', 'w1'], ['m']), node('Add', ['m', 'b1'], ['h']), node('Sigmoid', ['h'], ['a']),
                      node('Add', ['a', 'm'], ['r']), node('Add', ['r', 'h'], ['s']), node('Gemm', ['s', 'w2'], ['y'], transB=1)], \
        dict(w1=weight(9, n).T, b1=weight(9), w2=weight(CLASSES, 9)), (n,)
    own = TensorProto.FLOAT if dtype == np.float32 else TensorProto.DOUBLE
    yield 'constants', [node('Identity', ['w1'], ['w2']), node('Identity', ['b'], ['i']), node('Identity', ['i'], ['b2']),
                        node('Cast', ['w3'], ['w4'], to=own), node('Dropout', ['w4'], ['w5']), node('Conv', ['x', 'w1', 'b'], ['c1'], pads=[1] * 4),
                        node('Relu', ['c1'], ['a']), node('Conv', ['a', 'w2', 'i'], ['c2'], pads=[1] * 4), node('Add', ['c2', 'c1'], ['r']),
                        node('Tanh', ['r'], ['t']), node('Conv', ['t', 'w2', 'b2'], ['c3']), node('Flatten', ['c3'], ['f']),
                        node('MatMul', ['f', 'w5'], ['m']), node('Identity', ['b3'], ['b4']), node('Add', ['b4', 'm'], ['y'])], \
        dict(w1=weight(1, 1, 3, 3), b=weight(1), w3=weight(CLASSES, 100).T, b3=weight(CLASSES)), (1, SIDE, SIDE)
    yield 'shaped', [node('Reshape', ['w1', 's1'], ['w2']), node('Flatten', ['w2'], ['w3']), node('Reshape', ['b1', 's2'], ['b2']),
                     node('Flatten', ['b2'], ['b3'], axis=0), node('Gemm', ['x', 'w3', 'b2'], ['h'], transB=1),
                     node('LeakyRelu', ['h'], ['a']), node('MatMul', ['a', 'w4'], ['m']), node('Add', ['m', 'b1'], ['k']), node('Add', ['m', 'b3'], ['l']),
                     node('Tanh', ['k'], ['t']), node('Add', ['t', 'l'], ['q']), node('Gemm', ['q', 'w5'], ['y'], transB=1)], \
        dict(w1=weight(9 * n), s1=np.array([9, 2, -1]), b1=weight(9), s2=np.array([0]), w4=weight(9, 9), w5=weight(CLASSES, 9)), (n,)
    yield 'tied', [node('Gemm', ['x', 'w1', 'one'], ['h'], transB=1), node('LeakyRelu', ['h'], ['a'], alpha=0.125),
                   node('Gemm', ['a', 'w2', 'b'], ['k'], transB=1), node('Tanh', ['k'], ['s']), node('Gemm', ['s', 'w2', 'b'], ['l']),
                   node('Sigmoid', ['l'], ['t']), node('MatMul', ['t', 'w2'], ['m']), node('Add', ['m', 'none'], ['n']), node('Relu', ['n'], ['u']),
                   node('MatMul', ['u', 'w2'], ['o']), node('Add', ['o', 't'], ['q']), node('Gemm', ['q', 'w3', 'row'], ['y'], transB=1)], \
        dict(w1=weight(9, n), w2=weight(9, 9), b=weight(9), w3=weight(CLASSES, 9), one=np.array([0.25]), none=np.array(-0.5),
             row=weight(1, CLASSES)), (n,)
    yield 'stored', [node('Cast', ['x'], ['i'], to=HALF), node('Cast', ['i'], ['j'], to=own), node('Conv', ['j', 'w1', 'b1'], ['c']),
                     node('Cast', ['c'], ['d'], to=HALF), node('Cast', ['d'], ['e'], to=HALF), node('Relu', ['c'], ['q']),
                     node('Cast', ['e'], ['k'], to=own), node('Tanh', ['k'], ['t']), node('Add', ['t', 'q'], ['r']),
                     node('Flatten', ['r'], ['f']), node('Gemm', ['f', 'w2', 'b2'], ['g'], transB=1),
                     node('Cast', ['g'], ['h'], to=HALF), node('Cast', ['h'], ['y'], to=own)], \
        dict(w1=weight(3, 1, 5, 5), b1=weight(3), w2=weight(CLASSES, 3 * 64), b2=weight(CLASSES)), (1, SIDE, SIDE)
    half = {k: np.float16(weight(*s)) for k, s in dict(v1=(3, 1, 5, 5), c1=(3,), v2=(3, 3, 3, 3), v3=(12, 48), v4=(12, 12), c3=(12,), c4=(1, 12)).items()}
    yield 'half', [node('Cast', ['x'], ['i'], to=HALF), node('Conv', ['i', 'v1', 'c1'], ['c']), node('LeakyRelu', ['c'], ['a']),
                   node('Conv', ['a', 'v2'], ['d'], pads=[1, 1, 1, 1]), node('Add', ['d', 'a'], ['r']), node('Relu', ['r'], ['q']),
                   node('MaxPool', ['q'], ['p'], kernel_shape=[2, 2], strides=[2, 2]), node('Flatten', ['p'], ['f']),
                   node('MatMul', ['f', 'v3t'], ['l']), node('Add', ['l', 'c3'], ['n']),
                   node('Mul', ['n', 'c4'], ['m']), node('Cast', ['m'], ['o'], to=own), node('Relu', ['o'], ['t']),
                   node('Cast', ['t'], ['u'], to=HALF), node('Gemm', ['u', 'v4'], ['g'], transB=1), node('Cast', ['g'], ['k'], to=own),
                   node('Gemm', ['k', 'w5', 'b5'], ['y'], transB=1)], \
        dict(half, v3t=half.pop('v3').T.copy(), w5=weight(CLASSES, 12), b5=weight(CLASSES)), (1, SIDE, SIDE)
    yield 'flattened', [node('Conv', ['x', 'w1', 'b1'], ['c']), node('Flatten', ['c'], ['f']), node('Relu', ['f'], ['a']),
                        node('Add', ['a', 'f'], ['r']), node('Gemm', ['r', 'w2'], ['y'], transB=1)], \
        dict(w1=weight(3, 1, 5, 5), b1=weight(3), w2=weight(CLASSES, 3 * 64)), (1, SIDE, SIDE)
    yield 'groups', [node('Conv', ['x', 'w1', 'b1'], ['c1'], group=2, dilations=[1, 3], pads=[2, 0, 1, 4], strides=[2, 1]),
                     node('Sigmoid', ['c1'], ['a1']), node('Conv', ['a1', 'w2'], ['c2'], group=6, dilations=[2, 1], strides=[1, 2]),
                     node('MaxPool', ['c2'], ['p'], kernel_shape=[2, 2], dilations=[1, 2]), node('Tanh', ['p'], ['t']),
                     node('Flatten', ['t'], ['f']), node('Gemm', ['f', 'w3', 'b3'], ['y'], transB=1)], \
        dict(w1=weight(6, 2, 3, 2), b1=weight(6), w2=weight(6, 1, 2, 3), w3=weight(CLASSES, 6 * 4 * 4), b3=weight(CLASSES)), (4, SIDE, SIDE)
    yield 'lengths', [node('Conv', ['x', 'w1', 'b1'], ['c1'], strides=[2], pads=[3, 1]), node('Relu', ['c1'], ['a1']),
                      node('Conv', ['a1', 'w2'], ['c2'], group=2, dilations=[3]), node('MaxPool', ['c2'], ['p'], kernel_shape=[3]),
                      node('Mul', ['p', 'factor'], ['m']), node('Flatten', ['m'], ['f']), node('Gemm', ['f', 'w3', 'b3'], ['y'], transB=1)], \
        dict(w1=weight(4, 3, 5), b1=np.abs(weight(4)), w2=weight(2, 2, 2), factor=weight(2, 1), w3=weight(CLASSES, 2 * 7), b3=weight(CLASSES)), (3, 24)
    yield 'means', [node('Conv', ['x', 'w1', 'b1'], ['c']), node('AveragePool', ['c'], ['p'], kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1]),
                    node('BatchNormalization', ['p', 'gamma', 'beta', 'mean', 'var'], ['n'], epsilon=0.125), node('Relu', ['n'], ['a']),
                    node('AveragePool', ['a'], ['q'], kernel_shape=[2, 2], pads=[0, 1, 1, 0], count_include_pad=1),
                    node('ReduceMean', ['q'], ['r'], axes=[-1, 2], keepdims=0), node('GlobalAveragePool', ['c'], ['g']), node('Flatten', ['g'], ['f']),
                    node('Sub', ['r', 'f'], ['d']), node('BatchNormalization', ['d', 'beta', 'gamma', 'gamma', 'var'], ['e']), node('Tanh', ['e'], ['t']),
                    node('Gemm', ['t', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(3, 1, 5, 5), b1=weight(3), gamma=weight(3), beta=weight(3), mean=weight(3), var=np.abs(weight(3)), w2=weight(CLASSES, 3),
             b2=weight(CLASSES)), (1, SIDE, SIDE)
    yield 'sums of all', [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('Tanh', ['h'], ['t']), node('Sum', ['h', 't', 'h'], ['s']),
                          node('ReduceSumSquare', ['s'], ['q'], axes=[1]), node('ReduceLogSumExp', ['h'], ['l'], axes=[1]),
                          node('Concat', ['q', 's', 'l'], ['c'], axis=1), node('Gemm', ['c', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(9, n) / 4, b1=weight(9) / 4, w2=weight(CLASSES, 11) / 2, b2=weight(CLASSES)), (n,)
    yield 'largest', [node('Conv', ['x', 'w1', 'b1'], ['c']), node('GlobalMaxPool', ['c'], ['g']), node('Tanh', ['c'], ['a']), node('GlobalMaxPool', ['a'], ['p']),
                      node('Add', ['g', 'p'], ['r']), node('Flatten', ['r'], ['f']), node('Gemm', ['f', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(7, 1, 5, 5), b1=weight(7), w2=weight(CLASSES, 7), b2=weight(CLASSES)), (1, SIDE, SIDE)
    yield 'views', [node('Pad', ['x', 'pads'], ['p']), node('Conv', ['p', 'w1', 'b1'], ['c'], strides=[2, 2]), node('Slice', ['c', 'from', 'to', 'axes', 'by'], ['s']),
                    node('Pad', ['c', 'crop', 'zero'], ['q']), node('Slice', ['q', 'nine', 'end', 'last', 'back'], ['r']), node('Concat', ['s', 'r', 's'], ['d'], axis=1),
                    node('Tanh', ['d'], ['t']), node('Flatten', ['t'], ['f']), node('Slice', ['f', 'one', 'all', 'one'], ['g']), node('Concat', ['g', 'f'], ['h'], axis=-1),
                    node('Gemm', ['h', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(3, 1, 5, 5), b1=weight(3), w2=weight(CLASSES, 161), b2=weight(CLASSES), zero=np.array(0.0),
             **{k: np.array(v, 'i8') for k, v in dict(pads=[0, 0, 1, 2, 0, 0, 3, 0], crop=[0, 0, -2, 0, 0, 0, -1, -2], by=[2, -2], axes=[-2, 3], to=[-1, -9],
                                                      nine=[9], end=[-6], last=[3], back=[-1], one=[1], all=[2**62], **{'from': [0, 4]}).items()}), (1, SIDE, SIDE)
    yield 'clips', [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('Clip', ['h', 'low', 'high'], ['a']), node('Clip', ['h', 'low'], ['b']),
                    node('Add', ['a', 'b'], ['s']), node('Clip', ['s', '', 'high'], ['c']), node('Add', ['c', 's'], ['d']), node('Clip', ['d'], ['e']),
                    node('Gemm', ['e', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(9, n), b1=weight(9), w2=weight(CLASSES, 9), b2=weight(CLASSES), low=np.array(-0.2), high=np.array(0.3)), (n,)
    yield 'hard', [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('HardSwish', ['h'], ['a']), node('HardSigmoid', ['h'], ['b'], alpha=1 / 6),
                   node('HardSigmoid', ['h'], ['c']), node('HardSigmoid', ['a'], ['d'], alpha=-0.25, beta=0.375), node('Abs', ['h'], ['e']),
                   node('Max', ['a', 'b', 'top', 'd'], ['f']), node('Min', ['row', 'e', 'f'], ['g']), node('Max', ['c'], ['i']), node('Sub', ['g', 'i'], ['j']),
                   node('PRelu', ['j', 'slopes'], ['k']), node('Abs', ['k'], ['l']), node('HardSwish', ['l'], ['m']), node('PRelu', ['m', 'slope'], ['n']),
                   node('Gemm', ['n', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(9, n) * 4, b1=weight(9), w2=weight(CLASSES, 9), b2=weight(CLASSES), top=np.array(-0.125), row=weight(1, 9) + 1, slopes=weight(9),
             slope=np.array([-0.5])), (n,)
    yield 'channels', [node('Conv', ['x', 'w1', 'b1'], ['c']), node('PRelu', ['c', 'slopes'], ['a']), node('Max', ['a', 'levels'], ['m']), node('Min', ['m', 'm'], ['n']),
                       node('Conv', ['x', 'w3'], ['d']), node('Max', ['n', 'd'], ['e']), node('MaxPool', ['e'], ['p'], kernel_shape=[2, 2]), node('Flatten', ['p'], ['f']),
                       node('Gemm', ['f', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(3, 1, 5, 5), b1=weight(3), w3=weight(3, 1, 5, 5), slopes=weight(3, 1, 1), levels=weight(3, 1, 1) / 2, w2=weight(CLASSES, 147),
             b2=weight(CLASSES)), (1, SIDE, SIDE)
    yield 'products', [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('Sigmoid', ['h'], ['s']), node('Mul', ['h', 's'], ['m']),
                       node('Mul', ['m', 'm'], ['q']), node('Sub', ['q', 'h'], ['d']), node('Neg', ['d'], ['e']), node('Sub', ['e', 'e'], ['z']),
                       node('Add', ['e', 'z'], ['f']), node('Gemm', ['f', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(9, n), b1=weight(9), w2=weight(CLASSES, 9), b2=weight(CLASSES)), (n,)
    yield 'by-constants', [node('Sub', ['x', 'mean'], ['a']), node('Div', ['a', 'std'], ['b']), node('Conv', ['b', 'w1', 'b1'], ['c']),
                           node('Mul', ['gamma', 'c'], ['d']), node('Add', ['d', 'beta'], ['e']), node('Sub', ['delta', 'e'], ['f']),
                           node('MaxPool', ['f'], ['p'], kernel_shape=[2, 2], strides=[2, 2]), node('Div', ['p', 'two'], ['g']),
                           node('Flatten', ['g'], ['h']), node('Mul', ['h', 'row'], ['i']), node('Mul', ['half', 'i'], ['j']),
                           node('Add', ['j', 'one'], ['k']), node('Tanh', ['k'], ['t']), node('Gemm', ['t', 'w2', 'b2'], ['l'], transB=1),
                           node('Add', ['l', 'more'], ['y'])], \
        dict(mean=np.array([0.4914, 0.4822]).reshape(1, 2, 1, 1), std=np.array([0.247, -0.2435]).reshape(2, 1, 1), w1=weight(3, 2, 5, 5),
             b1=weight(3), gamma=weight(1, 3, 1, 8), beta=weight(3, 8, 1), delta=weight(3, 8, 1), two=np.array([-1.414]), row=weight(1, 48), half=np.array(0.7),
             one=np.array([[0.1]]), w2=weight(CLASSES, 48), b2=weight(CLASSES), more=weight(CLASSES)), (2, SIDE, SIDE)
    yield 'functions', [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('Exp', ['h'], ['e']), node('Add', ['e', 'one'], ['s']), node('Log', ['s'], ['l']),
                        node('Div', ['h', 's'], ['q']), node('Pow', ['q', 'two'], ['p']), node('Pow', ['h', 'powers'], ['c']), node('Add', ['p', 'one'], ['r']),
                        node('Sqrt', ['r'], ['v']), node('Reciprocal', ['v'], ['i']), node('Div', ['numbers', 's'], ['o']), node('Celu', ['h'], ['u'], alpha=0.4),
                        node('Celu', ['h'], ['k']), node('Pow', ['r', 'halves'], ['t']), node('Div', ['one', 'r'], ['j']), *(
                            node('Add', [f'm{k}' if k else 'l', name], [f'm{k + 1}']) for k, name in enumerate('cviouktj')),
                        node('Gemm', ['m8', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(9, n) / 2, b1=weight(9), w2=weight(CLASSES, 9), b2=weight(CLASSES), one=np.array(1.0), two=np.array(2), numbers=weight(9),
             powers=np.array([1, 2, 3, 2, 4, 5, 1, 0, 3.0]), halves=np.array([-0.5])), (n,)
    yield 'tokens', [node('MatMul', ['x', 'w1'], ['q']), node('MatMul', ['x', 'w2'], ['m']), node('Add', ['b2', 'm'], ['k']),
                     node('MatMul', ['q', 'k'], ['z']), node('Softmax', ['z'], ['s'], axis=1), node('Softmax', ['z'], ['p'], axis=-1),
                     node('LayerNormalization', ['s', 'gamma', 'beta'], ['n']), node('Mul', ['n', 'p'], ['u']), node('MatMul', ['u', 'm'], ['v']),
                     node('LayerNormalization', ['v', 'scale'], ['o'], axis=1, epsilon=0.125), node('Add', ['o', 'k'], ['r']), node('Flatten', ['r'], ['f']),
                     node('Gemm', ['f', 'w3', 'b3'], ['l'], transB=1), node('Softmax', ['l'], ['t']), node('Mul', ['t', 'l'], ['y'])], \
        dict(w1=4 * weight(3, 4), w2=4 * weight(3, 4), b2=weight(4), gamma=weight(4), beta=weight(4), scale=weight(4, 4), w3=weight(CLASSES, 16), b3=weight(CLASSES)), (4, 3)

    yield 'places', [node('MatMul', ['x', 'w1'], ['m']), node('Add', ['m', 'p'], ['h']), node('Tanh', ['h'], ['a']), node('Flatten', ['a'], ['f']),
                     node('MatMul', ['f', 'w2'], ['k']), node('Reshape', ['k', 'to'], ['t']), node('Add', ['t', 'b2'], ['s']), node('Sigmoid', ['s'], ['g']),
                     node('MatMul', ['g', 'w3'], ['n']), node('Add', ['n', 'b3'], ['o']), node('Flatten', ['o'], ['y'])], \
        dict(w1=weight(3, 5), p=weight(1, 4, 5), w2=weight(20, 3 * CLASSES), to=np.array([-1, CLASSES, 3]), b2=weight(1, 1, 3), w3=weight(3, 1), b3=weight(1, 1, 1)), (4, 3)

    yield 'logarithms', [node('MatMul', ['x', 'w1'], ['q']), node('LogSoftmax', ['q'], ['r'], axis=-1), node('LogSoftmax', ['q'], ['c'], axis=1),
                         node('Mul', ['r', 'c'], ['p']), node('Flatten', ['p'], ['f']), node('Gemm', ['f', 'w2', 'b2'], ['h'], transB=1),
                         node('LogSoftmax', ['h'], ['l']), node('Gemm', ['l', 'w3', 'b3'], ['y'], transB=1)], \
        dict(w1=4 * weight(3, 5), w2=weight(6, 20), b2=weight(6), w3=weight(CLASSES, 6), b3=weight(CLASSES)), (4, 3)


if len(sys.argv) > 3:  # the networks alone, for tests/every_operator.py
    for dtype in (np.float32, np.float64):
        for name, nodes, arrays, shape in networks(dtype):
            save(f'{name}-{dtype.__name__}', nodes, arrays, shape, dtype, MANY if name == 'many' else CLASSES)
    sys.exit()


# ---- the operators by their definition, and back ------------------------------------------------------------------


def attribute(n, name, otherwise=None):
    for a in n.attribute:
        if a.name == name:
            return helper.get_attribute_value(a)
    return otherwise


def flatten(n, a):
    """An image, without the images' dimension, or a constant."""
    axis = attribute(n, 'axis', 1)
    return a.ravel() if not n.input[0].startswith(('w', 'b')) else a.reshape(int(np.prod(a.shape[:axis])), -1)


def windows(n, shape, kernel):
    """For each place of the output its window's indices in the input: those that are not beyond the border."""
    strides, pads, apart = attribute(n, 'strides', [1, 1]), attribute(n, 'pads', [0, 0, 0, 0]), attribute(n, 'dilations', [1, 1])
    size = [(shape[d] + pads[d] + pads[d + 2] - (kernel[d] - 1) * apart[d] - 1) // strides[d] + 1 for d in (0, 1)]
    for y in range(size[0]):
        for x in range(size[1]):
            entries = [(i, j, y * strides[0] + i * apart[0] - pads[0], x * strides[1] + j * apart[1] - pads[1])
                       for i in range(kernel[0]) for j in range(kernel[1])]
            yield size, y, x, [e for e in entries if 0 <= e[2] < shape[0] and 0 <= e[3] < shape[1]]


def as_images(function):
    """A length is a width of a height of 1."""
    def of(n, first, *rest):
        if first.ndim == 3:
            return function(n, first, *rest)
        n = onnx.NodeProto.FromString(n.SerializeToString())
        for a in n.attribute:
            if a.name in ('kernel_shape', 'strides', 'dilations'):
                a.ints[:] = [1, *a.ints]
            elif a.name == 'pads':
                a.ints[:] = [0, a.ints[0], 0, a.ints[1]]
        return function(n, *(r[..., None, :] if np.ndim(r) > 1 else r for r in (first, *rest)))[:, 0]
    return of


def grouped(n, a, w):
    """Channels of the input and of the output, for each group, with its weights."""
    groups = attribute(n, 'group', 1)
    for g in range(groups):
        outs = slice(g * len(w) // groups, (g + 1) * len(w) // groups)
        yield slice(g * len(a) // groups, (g + 1) * len(a) // groups), outs, w[outs]


@as_images
def convolve(n, a, w, b):
    out = None
    for size, y, x, entries in windows(n, a.shape[1:], w.shape[2:]):
        out = np.zeros((w.shape[0], *size)) if out is None else out
        for ins, outs, own in grouped(n, a, w):
            out[outs, y, x] = sum(own[:, :, i, j] @ a[ins, r, c] for i, j, r, c in entries)
        out[:, y, x] += b
    return out


@as_images
def convolve_back(n, g, a, w):
    back = np.zeros_like(a)
    for _, y, x, entries in windows(n, a.shape[1:], w.shape[2:]):
        for i, j, r, c in entries:
            for ins, outs, own in grouped(n, a, w):
                back[ins, r, c] += own[:, :, i, j].T @ g[outs, y, x]
    return back


def whole(n, a):
    """The windows of a pool, or one of a whole image."""
    if n.op_type in ('AveragePool', 'MaxPool'):
        return windows(n, a.shape[1:], attribute(n, 'kernel_shape'))
    return [((1, 1), 0, 0, [(0, 0, r, c) for r in range(a.shape[1]) for c in range(a.shape[2])])]


def counted(n, entries):
    return np.prod(attribute(n, 'kernel_shape')) if attribute(n, 'count_include_pad', 0) else len(entries)


def mean(n, a):
    out = None
    for size, y, x, entries in whole(n, a):
        out = np.zeros((a.shape[0], *size)) if out is None else out
        out[:, y, x] = sum(a[:, r, c] for _, _, r, c in entries) / counted(n, entries)
    return out[:, 0, 0] if attribute(n, 'keepdims', 1) == 0 else out


def mean_back(n, g, a):
    back = np.zeros_like(a)
    g = g[:, None, None] if g.ndim == 1 else g
    for _, y, x, entries in whole(n, a):
        for _, _, r, c in entries:
            back[:, r, c] += g[:, y, x] / counted(n, entries)
    return back


def view(n, a):
    """The numbers of an image at other places, and the way back: by an array of indices, from 1; 0 is none."""
    places = np.arange(1, a[0].size + 1).reshape(a[0].shape)
    if n.op_type == 'Pad':
        pads = a[1].astype(int).reshape(2, -1)[:, 1:].T
        places = np.pad(places, np.maximum(pads, 0))[tuple(slice(-min(p, 0), min(q, 0) or None) for p, q in pads)]
    else:
        cut = [slice(None)] * (a[0].ndim + 1)
        for k, axis in enumerate(a[3].astype(int)):
            cut[axis] = slice(int(a[1][k]), int(min(a[2][k], 1 << 40)), int(a[4][k]) if len(a) > 4 else 1)
        places = places[tuple(cut[1:])]
    numbers = np.append(0, a[0].ravel())

    def back(g):
        out = np.zeros(a[0].size + 1)
        np.add.at(out, places.ravel(), g.ravel())
        return out[1:].reshape(a[0].shape)
    return numbers[places], back


def bounds(n, a):
    return [a[k] if k < len(a) and a[k] is not None else limit for k, limit in ((1, -np.inf), (2, np.inf))]


def per_channel(p, x):
    return p.reshape(-1, *[1] * (x.ndim - 1))


def deviation(n, var, x):
    return per_channel(np.sqrt(var + np.float32(attribute(n, 'epsilon', 1e-5)).astype(float)), x)


def softmax(n, z):
    axis = attribute(n, 'axis', -1)
    e = np.exp(z - z.max())
    return e / e.sum(axis=axis - (axis > 0), keepdims=True)


def log_softmax(n, z):
    return np.log(softmax(n, z))


def log_softmax_back(n, g, l):
    axis = attribute(n, 'axis', -1)
    return g - np.exp(l) * g.sum(axis=axis - (axis > 0), keepdims=True)


def softmax_back(n, g, s):
    axis = attribute(n, 'axis', -1)
    return s * (g - (g * s).sum(axis=axis - (axis > 0), keepdims=True))


def normalise(n, x, g=None):
    """The normalised value; of a gradient g its own gradient, by the whole Jacobian."""
    axis = attribute(n, 'axis', -1)
    rows = x.reshape(int(np.prod(x.shape[:axis - (axis > 0)])), -1)
    size, eps = rows.shape[1], float(np.float32(attribute(n, 'epsilon', 1e-5)))
    centred = rows - rows.mean(1)[:, None]
    sigma = np.sqrt((centred ** 2).mean(1) + eps)
    if g is None:
        return (centred / sigma[:, None]).reshape(x.shape)
    out = [(np.eye(size) - 1 / size) @ (row / s - c * (row @ c) / (size * s ** 3)) for row, c, s in zip(g.reshape(rows.shape), centred, sigma)]
    return np.reshape(out, x.shape)


@as_images
def pool(n, a):
    out = None
    for size, y, x, entries in whole(n, a):
        out = np.zeros((a.shape[0], *size)) if out is None else out
        out[:, y, x] = np.max([a[:, r, c] for _, _, r, c in entries], axis=0)
    return out


@as_images
def pool_back(n, g, a):
    back = np.zeros_like(a)
    for _, y, x, entries in whole(n, a):
        first = np.argmax([a[:, r, c] for _, _, r, c in entries], axis=0)  # the first of several
        for channel, k in enumerate(first):
            back[channel, entries[k][2], entries[k][3]] += g[channel, y, x]
    return back


def operands(n, value, constant):
    """Images are without their dimension, and so are constants that meet them element by element."""
    a = [value[k] if k else None for k in n.input]
    if n.op_type in ('Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'PRelu'):
        dims = max(x.ndim for k, x in zip(n.input, a) if k not in constant)
        a = [x[0] if k in constant and x.ndim > dims else x for k, x in zip(n.input, a)]
    return a


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


erf = np.vectorize(math.erf)
CUBIC = math.sqrt(2 / math.pi)


def by_factor(z, factor, slope):
    return z * factor, factor + z * slope


def smooth(n, z):
    """The value and the derivative of a smooth function."""
    if n.op_type == 'Softplus':
        return np.log1p(np.exp(z)), sigmoid(z)
    if n.op_type == 'Swish':
        return by_factor(z, sigmoid(z), sigmoid(z) * sigmoid(-z))
    if n.op_type in ('Elu', 'Selu'):
        selu = n.op_type == 'Selu'
        alpha, gamma = np.float32((attribute(n, 'alpha', 1.6732631921768188 if selu else 1), attribute(n, 'gamma', 1.0507010221481323 if selu else 1))).astype(float)
        return gamma * np.where(z > 0, z, alpha * np.expm1(z)), gamma * np.where(z > 0, 1, alpha * np.exp(z))
    if n.op_type == 'Celu':
        alpha = float(np.float32(attribute(n, 'alpha', 1)))
        return np.where(z > 0, z, alpha * np.expm1(z / alpha)), np.where(z > 0, 1, np.exp(z / alpha))
    if n.op_type == 'Exp':
        return np.exp(z), np.exp(z)
    if n.op_type == 'Log':
        return np.log(z), 1 / z
    if n.op_type == 'Sqrt':
        return np.sqrt(z), 0.5 / np.sqrt(z)
    if n.op_type == 'Reciprocal':
        return 1 / z, -1 / (z * z)
    if n.op_type == 'Softsign':
        return z / (1 + np.abs(z)), 1 / (1 + np.abs(z)) ** 2
    if n.op_type == 'Mish':
        t = np.tanh(np.log1p(np.exp(z)))
        return by_factor(z, t, (1 - t * t) * sigmoid(z))
    if n.op_type in ('HardSigmoid', 'HardSwish'):
        sixth = n.op_type == 'HardSwish' or attribute(n, 'alpha', 0.2) == np.float32(1 / 6)
        alpha, beta = 1 / 6 if sixth else float(np.float32(attribute(n, 'alpha', 0.2))), float(np.float32(attribute(n, 'beta', 0.5)))
        s = alpha * z + beta
        if n.op_type == 'HardSigmoid':
            return np.clip(s, 0, 1), alpha * ((s > 0) & (s < 1))
        return z * np.clip(s, 0, 1), np.where(z < -3, 0, np.where(z > 3, 1, z / 3 + 0.5))
    if n.op_type == 'Abs':
        return np.abs(z), np.sign(z)
    if n.op_type == 'Erf':
        return erf(z), 2 / math.sqrt(math.pi) * np.exp(-z * z)
    if attribute(n, 'approximate', b'none') == b'none':
        return by_factor(z, (1 + erf(z / math.sqrt(2))) / 2, np.exp(-z * z / 2) / math.sqrt(2 * math.pi))
    t = np.tanh(CUBIC * (z + 0.044715 * z ** 3))
    return by_factor(z, (1 + t) / 2, (1 - t * t) * CUBIC * (1 + 3 * 0.044715 * z * z) / 2)


SMOOTH = ('Softplus', 'Swish', 'Mish', 'Elu', 'Selu', 'Softsign', 'Erf', 'Gelu', 'Celu', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'HardSigmoid', 'HardSwish',
          'Abs')


def choose(n, a):
    """The largest or smallest of several, from the first two on, and each one's share of its gradient, of which ties halve."""
    flow = [k for k, name in enumerate(n.input) if name not in CONSTANTS]
    order = [flow[0], *(k for k in range(len(a)) if k != flow[0])]
    sign, so_far, share = 1 if n.op_type == 'Max' else -1, a[flow[0]], {flow[0]: 1.0}
    for k in order[1:]:
        d = sign * (so_far - a[k])
        mine = np.where(d > 0, 1, np.where(d == 0, 0.5, 0))
        share = {j: s * mine for j, s in share.items()} | {k: 1 - mine}
        so_far = np.where(d >= 0, so_far, a[k] + 0 * so_far)
    return so_far, [share[k] for k in range(len(a))]


CONSTANTS = set()  # the names of those of the graph at work


def gradient(path, x, label, stores):
    """Logits, and the gradient of the cross-entropy; what is to be stored is stored, or stays what it is."""
    def stored(a):
        return a.astype(np.float16).astype(float) if stores else a

    def narrows(n):
        return attribute(n, 'to') == HALF or n.input[0] in half

    half = set()  # the values that are of this type
    graph = onnx.load(path).graph
    value = {i.name: numpy_helper.to_array(i).astype(float) for i in graph.initializer}
    value[graph.input[0].name], constant = x, set(value)
    CONSTANTS.clear()
    CONSTANTS.update(constant)
    for n in graph.node:
        if n.op_type == 'Constant':
            value[n.output[0]] = numpy_helper.to_array(attribute(n, 'value')).astype(float)
            constant.add(n.output[0])
            continue
        a = operands(n, value, constant)
        value[n.output[0]] = {
            'Gemm': lambda: (a[1] if attribute(n, 'transB') else a[1].T) @ a[0] + (a[2].ravel() if len(a) > 2 else 0), 'MatMul': lambda: a[0] @ a[1], 'Add': lambda: a[0] + a[1],
            'Clip': lambda: np.clip(a[0], *bounds(n, a)), 'Pad': lambda: view(n, a)[0], 'Slice': lambda: view(n, a)[0], 'Concat': lambda: np.concatenate(a),
            'AveragePool': lambda: mean(n, a[0]), 'GlobalAveragePool': lambda: mean(n, a[0]), 'ReduceMean': lambda: mean(n, a[0]),
            'BatchNormalization': lambda: (a[0] - per_channel(a[3], a[0])) / deviation(n, a[4], a[0]) * per_channel(a[1], a[0]) + per_channel(a[2], a[0]),
            'Softmax': lambda: softmax(n, a[0]), 'LogSoftmax': lambda: log_softmax(n, a[0]), 'LayerNormalization': lambda: normalise(n, a[0]) * a[1] + (a[2] if len(a) > 2 else 0),
            'Sum': lambda: sum(a), 'ReduceSumSquare': lambda: (a[0] ** 2).sum(keepdims=True),
            'ReduceLogSumExp': lambda: np.log(np.exp(a[0]).sum(keepdims=True)),
            'Mul': lambda: a[0] * a[1], 'Sub': lambda: a[0] - a[1], 'Div': lambda: a[0] / a[1], 'Pow': lambda: a[0] ** a[1], 'Neg': lambda: -a[0],
            'Max': lambda: choose(n, a)[0], 'Min': lambda: choose(n, a)[0], 'PRelu': lambda: np.where(a[0] > 0, a[0], a[1] * a[0]),
            'Relu': lambda: np.maximum(a[0], 0), 'Sigmoid': lambda: sigmoid(a[0]), 'Tanh': lambda: np.tanh(a[0]),
            'LeakyRelu': lambda: np.where(a[0] > 0, a[0], np.float32(attribute(n, 'alpha', 0.01)).astype(float) * a[0]),
            **dict.fromkeys(SMOOTH, lambda: smooth(n, a[0])[0]),
            'Flatten': lambda: flatten(n, a[0]), 'MaxPool': lambda: pool(n, a[0]), 'GlobalMaxPool': lambda: pool(n, a[0]), 'Identity': lambda: a[0], 'Dropout': lambda: a[0],
            'Reshape': lambda: a[0].reshape([int(size) or a[0].shape[d] for d, size in enumerate(a[1])]),
            'Conv': lambda: convolve(n, a[0], a[1], a[2] if len(a) > 2 else 0), 'Cast': lambda: stored(a[0]) if narrows(n) else a[0],
        }[n.op_type]()
        if constant.issuperset(n.input):
            constant.add(n.output[0])
        if n.input[0] in half and n.op_type != 'Cast' or attribute(n, 'to') == HALF:
            half.add(n.output[0])
            value[n.output[0]] = stored(value[n.output[0]])
    logits = value[graph.output[0].name]
    p = np.exp(logits - logits.max())
    p /= p.sum()
    back = {graph.output[0].name: p - (np.arange(len(p)) == label)}
    for n in reversed(graph.node):
        if n.output[0] in constant:
            continue
        g, a, z = back[n.output[0]], operands(n, value, constant), value[n.output[0]]
        g = stored(g) if n.output[0] in half else g
        to = {
            'Gemm': lambda: (a[1].T if attribute(n, 'transB') else a[1]) @ g, 'MatMul': lambda: (g @ a[1].T, None if n.input[1] in constant else a[0].T @ g), 'Add': lambda: (g, g), 'Mul': lambda: (g * a[1], g * a[0]),
            'Clip': lambda: g * (np.clip(a[0], *bounds(n, a)) == a[0]), 'Pad': lambda: view(n, a)[1](g), 'Slice': lambda: view(n, a)[1](g),
            'Concat': lambda: tuple(np.split(g, np.cumsum([len(x) for x in a])[:-1])),
            'AveragePool': lambda: mean_back(n, g, a[0]), 'GlobalAveragePool': lambda: mean_back(n, g, a[0]), 'ReduceMean': lambda: mean_back(n, g, a[0]),
            'BatchNormalization': lambda: g / deviation(n, a[4], g) * per_channel(a[1], g),
            'Softmax': lambda: softmax_back(n, g, z), 'LogSoftmax': lambda: log_softmax_back(n, g, z), 'LayerNormalization': lambda: normalise(n, a[0], g * a[1]),
            'Sum': lambda: (g,) * len(a), 'ReduceSumSquare': lambda: 2 * g * a[0], 'ReduceLogSumExp': lambda: g * np.exp(a[0] - z),
            'Sub': lambda: (g, -g), 'Div': lambda: (g / a[1], -g * a[0] / a[1] ** 2), 'Pow': lambda: (g * a[1] * a[0] ** (a[1] - 1), None), 'Neg': lambda: -g, 'Relu': lambda: g * (a[0] > 0),
            'Sigmoid': lambda: g * z * (1 - z), 'Tanh': lambda: g * (1 - z * z), **dict.fromkeys(('Flatten', 'Reshape'), lambda: g.reshape(a[0].shape)),
            'LeakyRelu': lambda: g * np.where(a[0] > 0, 1, np.float32(attribute(n, 'alpha', 0.01)).astype(float)),
            **dict.fromkeys(SMOOTH, lambda: g * smooth(n, a[0])[1]),
            **dict.fromkeys(('Max', 'Min'), lambda: tuple(g * s for s in choose(n, a)[1])), 'PRelu': lambda: (g * np.where(a[0] > 0, 1, a[1]), None),
            'MaxPool': lambda: pool_back(n, g, a[0]), 'GlobalMaxPool': lambda: pool_back(n, g, a[0]), 'Conv': lambda: convolve_back(n, g, a[0], a[1]),
            'Cast': lambda: stored(g) if narrows(n) else g, 'Identity': lambda: g, 'Dropout': lambda: g,
        }[n.op_type]()
        for name, part in zip(n.input, to if isinstance(to, tuple) else (to,)):
            if name not in constant:
                back[name] = back.get(name, 0) + part
    return logits, back[graph.input[0].name].ravel()


# ---- against the program ------------------------------------------------------------------------------------------


def run(*words):
    done = subprocess.run(['./gradaudit', *words], capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stderr)
    rows = [line.split('\t') for line in done.stdout.splitlines() if not line.startswith('#')]
    return np.array([[float(t) if t != 'none' else np.nan for t in r] for r in rows])


def close(got, want, tolerance, what):
    scale = np.abs(want).max()
    assert scale > 0 and np.abs(got - want).max() <= tolerance * scale, (what, np.abs(got - want).max() / scale)


def check(name, path, shape, dtype, classes=CLASSES, stores=False):
    """Images with wide regions of one number, where windows have ties."""
    images = (random.integers(0, 3, size=(3, *shape)) * random.integers(0, 2, size=(3, *shape)) / 2).astype(np.float32)
    images[:, ..., :4 if shape[-1] > 4 else 1] = 0.5
    labels = random.integers(0, classes, size=3)
    labels[0] = classes - 1
    np.savez(f'{FOLDER}/data.npz', x_test=images, y_test=labels)
    data = ['--data', f'{FOLDER}/data.npz']
    logits = run('forward', path, *data, '--format', 'exact')
    near = 2e-3 if stores else 1e-4  # a float beside a tie is stored on its other side
    for f, tolerance in (('exact', 1e-12), ('double', 1e-12), ('mpfr:100', 1e-12), ('float', near)):
        if f == 'float' and dtype == np.float64:
            continue
        g = run('gradient', '-q', path, *data, '--format', f)
        for i in range(3):
            want, slope = gradient(path, images[i].astype(float), labels[i], f != 'exact')
            if f == 'exact':
                close(logits[i, -classes:], want, 1e-12, (name, 'logits', i))
            elif stores:
                truth = gradient(path, images[i].astype(float), labels[i], False)[1]
                assert np.abs(slope - truth).max() > 1e-6 * np.abs(truth).max(), (name, 'nothing is lost where it is stored')
            close(g[g[:, 0] == i, 2], slope, tolerance, (name, f, i))
    print(f'{name} {dtype.__name__}: 3 images')


# ---- numbers that are stored in binary16 ----


def to_bits(x, bits):
    mantissa, exponent = np.frexp(x)
    return np.where(np.isfinite(x), np.ldexp(np.rint(np.ldexp(mantissa, bits)), exponent - bits), x)


def store_all(dtype):
    """All numbers of binary16, ties, and what is beside them, as NumPy has it."""
    own = TensorProto.FLOAT if dtype == np.float32 else TensorProto.DOUBLE
    x = np.arange(0x7c00, dtype=np.uint16).view(np.float16).astype(dtype)
    x = np.concatenate([x, x + np.diff(np.append(x, dtype(65536))) / 2, np.array([65519.99, 65520, 65536, 1e30, 2**-60], dtype)])
    x = np.concatenate([x, np.nextafter(x, dtype(0)), np.nextafter(x, dtype(np.inf))])
    x = np.concatenate([x, -x, np.zeros(-2 * len(x) % 1000, dtype)]).reshape(-1, 1000)
    np.save(f'{FOLDER}/all.npy', x.reshape(-1, 1, 25, 40))
    path = save(f'all-{dtype.__name__}', [node('Cast', ['x'], ['h'], to=HALF), node('Cast', ['h'], ['w'], to=own),
                                          node('MaxPool', ['w'], ['p'], kernel_shape=[1, 1]), node('Flatten', ['p'], ['y'])],
                {}, (1, 25, 40), dtype, 1000)
    with np.errstate(over='ignore'):
        want = x.astype(np.float16).astype(float)
    for f, bits in (('float', 24), ('double', 53), ('float16', 11), ('mpfr:24', 24), ('mpfr:11', 11), ('mpfr:100', 53), ('mpfr:5', 5),
                    ('exact', 53)):
        kept = x.astype(float) if f == 'exact' else to_bits(want, bits)
        kept = np.where((f != 'exact') & (np.abs(kept) >= 65520), np.copysign(np.inf, kept), kept)
        if f == 'float' and dtype == np.float64:
            continue
        got = run('forward', path, '--data', f'{FOLDER}/all.npy', '--format', f)[:, -1000:]
        got = to_bits(got, bits)  # its digits read back to these bits
        same = (got == kept) & ((np.signbit(got) == np.signbit(kept)) | (x == 0))  # data have no -0
        assert same.all(), (f, dtype, x[~same][:5], got[~same][:5], kept[~same][:5])
    print(f'{x.size} numbers stored from {dtype.__name__}')


def stored_gradient(w, x, label):
    """x -> W1 x, stored -> relu -> W2 -> relu -> W3: the gradient of the margin, exact in binary32 but for what is stored."""
    half = [np.float32(np.float16(w[0] @ x))]
    a = np.maximum(half[0], 0)
    b = np.maximum(w[1] @ a, 0)
    z = w[2] @ b
    other = np.argmax(np.where(np.arange(len(z)) == label, -np.inf, z))
    g = w[1].T @ ((w[2][other] - w[2][label]) * (b > 0)) * (half[0] > 0)
    return np.float32(np.float16(g)) @ w[0], g, half[0] - w[0] @ x


def few_bits(bits, *shape):
    return np.float32(random.integers(-2**bits + 1, 2**bits, size=shape) / 2**bits)


def store_and_go_back(torch):
    """Bit for bit, in every format; with PyTorch's own gradient, and a file that it writes."""
    w = few_bits(8, 30, 144), few_bits(7, 20, 30), few_bits(4, CLASSES, 20)
    images = np.float32(random.integers(0, 3, size=(8, 144)) / 2)
    labels = random.integers(0, CLASSES, size=8)
    np.savez(f'{FOLDER}/data.npz', x_test=images, y_test=labels)
    want = [stored_gradient(w, x, label) for x, label in zip(images, labels)]
    assert any((g != np.float16(g)).any() and lost.any() and slope.any() for slope, g, lost in want)
    paths = [save('half', [node('Gemm', ['x', 'w1'], ['h'], transB=1), node('Cast', ['h'], ['i'], to=HALF),
                           node('Cast', ['i'], ['j'], to=TensorProto.FLOAT), node('Relu', ['j'], ['a']),
                           node('Gemm', ['a', 'w2'], ['k'], transB=1), node('Relu', ['k'], ['b']), node('Gemm', ['b', 'w3'], ['y'], transB=1)],
                  dict(zip(('w1', 'w2', 'w3'), w)), (144,), np.float32, CLASSES)]
    if torch is not None:
        class Half(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = torch.nn.ModuleList(torch.nn.Linear(k.shape[1], k.shape[0], bias=False) for k in w)
                for layer, k in zip(self.layer, w):
                    layer.weight.data = torch.tensor(k)

            def forward(self, x):
                return self.layer[2](torch.relu(self.layer[1](torch.relu(self.layer[0](x).half().float()))))

        module, paths = Half(), paths + [f'{FOLDER}/torch.onnx']
        for (slope, _, _), x, label in zip(want, images, labels):
            x = torch.tensor(x, requires_grad=True)
            z = module(x)
            (torch.cat([z[:label], z[label + 1:]]).max() - z[label]).backward()
            assert (x.grad.numpy() == slope).all(), 'PyTorch and NumPy'
        torch.onnx.export(module, torch.zeros(1, 144), paths[1], input_names=['x'], dynamic_axes={'x': {0: 'N'}})
    for path in paths:
        for f in 'float', 'double', 'mpfr:24', 'mpfr:100':
            g = run('gradient', '-q', path, '--data', f'{FOLDER}/data.npz', '--format', f, '--loss', 'margin')
            assert (np.float32(g[:, 2].reshape(8, 144)) == [slope for slope, _, _ in want]).all(), (path, f)
    print(f"{len(paths)} files: gradients through a store are NumPy's{' and those of PyTorch' if torch is not None else ''}")


# ---- what is refused, in one line ----


def nameless(n):
    n.attribute[0].ClearField('name')
    return n


def refused(words, nodes, arrays, shape):
    kind = TensorProto.FLOAT
    graph = helper.make_graph(nodes, 'graph', [helper.make_tensor_value_info('x', kind, ['N', *shape])],
                              [helper.make_tensor_value_info('y', kind, ['N', 4])],
                              [numpy_helper.from_array(a if a.dtype in (np.float16, np.int64) else np.float32(a), k) for k, a in arrays.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)])
    model.ir_version = 8
    onnx.save(model, f'{FOLDER}/refused.onnx')
    done = subprocess.run(['./gradaudit', 'inspect', f'{FOLDER}/refused.onnx'], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and words in done.stderr and done.stderr.count('\n') == 1 and not done.stdout, (words, done)


flat, leaky = node('Flatten', ['p'], ['y']), node('LeakyRelu', ['x'], ['a'])
weights = {'w': np.ones((4, 4))}
for words, nodes, arrays, shape in (
        ('its input has 4611686016279904256 numbers', [node('MaxPool', ['x'], ['p'], kernel_shape=[2, 2]), flat], {}, (1, 2**31, 2**31 - 1)),
        ("node 'p': it makes more than 2^28", [node('MaxPool', ['x'], ['p'], kernel_shape=[32, 32]), flat], {}, (1, 16384, 16384)),
        ("node 'p': its windows do not fit", [node('MaxPool', ['x'], ['p'], kernel_shape=[1, 1], strides=[0, 1]), flat], {}, (1, 4, 4)),
        ("node 'p': its windows do not fit", [node('MaxPool', ['x'], ['p'], kernel_shape=[5, 1]), flat], {}, (1, 4, 4)),
        ("node 'p': its pads are beyond 2^28", [node('Pad', ['x', 'q'], ['p']), flat], dict(q=np.array([0, 0, -1, 0, 0, 0, -2**63, 0])), (1, 4, 4)),
        ("node 's': Shape has 9 inputs", [leaky, node('Shape', ['a'] * 9, ['s']), node('Reshape', ['a', 's'], ['y'])], {}, (4,)),
        ("node 's': attribute 'start' of Shape is not known", [leaky, node('Shape', ['a'], ['s'], start=1), node('Reshape', ['a', 's'], ['y'])], {}, (4,)),
        ("node 'c': attribute '' of Constant is not known", [leaky, nameless(node('Constant', [], ['c'], value_float=1.0)), node('Add', ['a', 'c'], ['y'])], {}, (4,)),
        ("node 'p': a window lies beyond", [node('MaxPool', ['x'], ['p'], kernel_shape=[2, 2], pads=[2, 0, 0, 0]), flat], {}, (1, 4, 4)),
        ("node 'p': auto_pad is not NOTSET, VALID, SAME_UPPER or", [node('MaxPool', ['x'], ['p'], kernel_shape=[2, 2], auto_pad='SAME'), flat], {}, (1, 4, 4)),
        ("node 'p': it has pads and auto_pad", [node('MaxPool', ['x'], ['p'], kernel_shape=[2, 2], auto_pad='SAME_LOWER', pads=[0, 0, 0, 0]), flat], {}, (1, 4, 4)),
        ("node 'p': its channels do not fit its groups",
         [node('Conv', ['x', 'w'], ['p'], group=2), flat], {'w': np.zeros((2, 1, 2, 2))}, (3, 4, 4)),
        ("node 'p': its channels do not fit its groups",
         [node('Conv', ['x', 'w'], ['p'], group=2), flat], {'w': np.zeros((3, 1, 2, 2))}, (2, 4, 4)),
        ("node 'p': the weights do not fit the channels", [node('Conv', ['x', 'w'], ['p'], group=2), flat], {'w': np.zeros((2, 2, 2, 2))}, (2, 4, 4)),
        ("node 'p': its weights have 4 dimensions, not 3", [node('Conv', ['x', 'w'], ['p']), flat], {'w': np.zeros((2, 2, 1, 2))}, (2, 4)),
        *(("node 'p': attribute 'alpha' is not a number", [node('LeakyRelu', ['x'], ['p'], alpha=numpy_helper.from_array(a)), flat], {}, (1, 4))
          for a in (np.array([0.5, 1]), np.array(1), np.array(np.nan))),
        ("tensor 'alpha': its type INT32 is not", [node('LeakyRelu', ['x'], ['p'], alpha=numpy_helper.from_array(np.int32(1))), flat], {}, (1, 4)),
        ("node 'p': attribute 'dilations' has 0", [node('MaxPool', ['x'], ['p'], kernel_shape=[2, 2], dilations=[1, 0]), flat], {}, (1, 4, 4)),
        ("node 'p': its windows do not fit", [node('MaxPool', ['x'], ['p'], kernel_shape=[2, 2], dilations=[4, 1]), flat], {}, (1, 4, 4)),
        ("node 'p': a window lies beyond the border as a whole",
         [node('MaxPool', ['x'], ['p'], kernel_shape=[1, 2], dilations=[1, 4], pads=[0, 1, 0, 1]), flat], {}, (1, 2, 3)),
        ("node 'p': the weights do not fit the channels", [node('Conv', ['x', 'w'], ['p']), flat], {'w': np.zeros((2, 3, 2, 2))}, (2, 4, 4)),
        ("node 'p': Cast to a type that is not FLOAT", [node('Cast', ['x'], ['p']), flat, leaky], {}, (4,)),
        ("node 'p': Cast to a type that is not FLOAT", [node('Cast', ['x'], ['p'], to=7), flat, leaky], {}, (4,)),
        ("node 'p': attribute 'to' has -1", [node('Cast', ['x'], ['p'], to=-1), flat, leaky], {}, (4,)),
        ("node 'p': attribute 'to' has not 1 integers", [node('Cast', ['x'], ['p'], to=10.0), flat, leaky], {}, (4,)),
        ("node 'p': attribute 'to' has not 1 integers", [node('Cast', ['x'], ['p'], to='FLOAT16'), flat, leaky], {}, (4,)),
        ("node 'p': attribute 'from' of Cast is not known", [node('Cast', ['x'], ['p'], to=10, **{'from': 1}), flat, leaky], {}, (4,)),
        ("node 'p': Cast is read to FLOAT16", [node('Cast', ['x'], ['p'], to=11), flat, leaky], {}, (4,)),
        ("node 'p': Cast is read to FLOAT16", [node('Cast', ['x'], ['p'], to=16), flat, leaky], {}, (4,)),
        ("node 'y': Cast is read to FLOAT16 and back to",
         [node('Cast', ['x'], ['p'], to=10), node('Cast', ['p'], ['y'], to=11), leaky], {}, (4,)),
        ("node 'p': Cast of a constant to a type that is not FLOAT, DOUBLE, INT64 or BOOL", [node('Cast', ['w'], ['p'], to=10), flat, leaky], {'w': np.ones(4)}, (4,)),
        ("node 'p': its input 1 does not come from the network's input, nor does another: compute such constants before", [node('Elu', ['w'], ['p']), flat, leaky], {'w': np.ones(4)}, (4,)),
        ("node 'p': its constants 'w' and 'v' do not fit together", [node('MatMul', ['w', 'v'], ['p']), node('Add', ['x', 'p'], ['y'])], dict(w=np.ones((2, 3)), v=np.ones((2, 3))), (4,)),
        ("node 'p': its constants 'w' and 'v' do not fit together", [node('Gemm', ['w', 'v', 'c'], ['p'], transB=1), node('Add', ['x', 'p'], ['y'])],
         dict(w=np.ones((2, 3)), v=np.ones((2, 3)), c=np.ones(3)), (4,)),
        ("node 'p': alpha is not 1", [node('Gemm', ['w', 'w'], ['p'], alpha=2.0), node('Add', ['x', 'p'], ['y'])], dict(w=np.ones((2, 2))), (4,)),
        ("node 'y': element 1 of 'p' is not finite", [node('Log', ['w'], ['p']), node('Add', ['x', 'p'], ['y'])], dict(w=np.array([1, -1.0, 1, 1])), (4,)),
        ("node 'p': its starts, ends, axes or steps do not fit the 1 dimensions of 'w'", [node('Slice', ['w', 'i', 'i'], ['p']), node('Add', ['x', 'p'], ['y'])], dict(w=np.ones(4), i=np.array([1])), (4,)),
        ("node 'p': index 4 is beyond the 4 places of dimension 0", [node('Gather', ['w', 'i'], ['p']), node('Add', ['x', 'p'], ['y'])], dict(w=np.ones(4), i=np.array([4])), (4,)),
        ("node 'p': its 2 constants do not fit together", [node('Concat', ['w', 'i'], ['p'], axis=0), node('Add', ['x', 'p'], ['y'])], dict(w=np.ones(4), i=np.array([4])), (4,)),
        ("node 'p': its constants are of other types than FLOAT or DOUBLE, or do not fit", [node('Mul', ['w', 'v'], ['p']), node('Add', ['x', 'p'], ['y'])], dict(w=np.ones(4), v=np.ones(3)), (4,)),
        ("node 'p': its constant has none or more than 2^28 numbers", [node('Expand', ['w', 'i'], ['p']), node('Add', ['x', 'p'], ['y'])], dict(w=np.ones((2, 1)), i=np.array([1, 2**31])), (4,)),
        ("node 'p': operator 'Greater' is not read", [node('Greater', ['x', 'w'], ['p']), node('Where', ['p', 'x', 'w'], ['y'])], dict(w=np.ones(4)), (4,)),
        ("node 'p': its input 'e' has no numbers", [node('Add', ['x', 'e'], ['p']), leaky, flat], dict(e=np.ones(0)), (4,)),
        ("node 'p': operator 'LSTM' (a recurrent layer) is not read", [node('LSTM', ['x', 'w', 'w'], ['p', 'q']), flat], dict(w=np.ones(4)), (4,)),
        ("node 'p': its input is not [images, channels, ...], its scale", [node('InstanceNormalization', ['x', 'w', 'w'], ['p']), flat], dict(w=np.ones(3)), (4, 2, 2)),
        ("node 'p': its input is not [images, channels, ...], its scale", [node('InstanceNormalization', ['x', 'w', 'w'], ['p']), flat], dict(w=np.ones(4)), (4,)),
        ("node 'y': the numbers of 'p' are of another type", [node('Cast', ['x'], ['p'], to=10), node('Add', ['x', 'p'], ['y'])], {}, (4,)),
        ("node 'y': the numbers of its input 'w' are not of the type",
         [leaky, node('Cast', ['a'], ['p'], to=10), node('MatMul', ['p', 'w'], ['y'])], {'w': np.ones((4, 4))}, (4,)),
        ("attribute 'alpha' is not a number", [node('LeakyRelu', ['x'], ['y'], alpha=float('nan'))], {}, (4,)),
        ("'a' is used by no node", [leaky, node('LeakyRelu', ['x'], ['y'])], {}, (4,)),
        *(("node 'r': its two inputs have other shapes", [*made, node('Add', ['a', 'b'], ['r'], name='r'), node('Flatten', ['r'], ['y'])],
           {k: np.ones(d) for k, d in dims.items()}, shape)
          for made, dims, shape in (([leaky, node('MatMul', ['a', 'w'], ['b'])], dict(w=(4, 3)), (4,)),
                                    ([node('Conv', ['x', 'v'], ['a']), node('Conv', ['x', 'w'], ['b'])], dict(v=(2, 1, 1, 1), w=(3, 1, 1, 1)), (1, 1, 2)),
                                    ([node('Conv', ['x', 'v'], ['a']), node('Conv', ['x', 'w'], ['b'])], dict(v=(1, 1, 1, 2), w=(1, 1, 2, 1)), (1, 3, 3)),
                                    ([leaky, node('Flatten', ['x'], ['b'])], {}, (1, 2, 2)))),
        ("node 'p': its input has 2 dimensions, not [images, channels", [node('Flatten', ['x'], ['f']), node('Add', ['f', 'f'], ['r']),
         node('MaxPool', ['r'], ['p'], kernel_shape=[2, 2]), flat], {}, (1, 2, 2)),
        ("node 'y': its min, 2, is above its max, 1", [node('Clip', ['x', 'b', 'c'], ['y'])], dict(b=np.array(2.0), c=np.array(1.0)), (4,)),
        ("node 'y': its max is not one constant number", [node('Clip', ['x', 'b', 'c'], ['y'])], dict(b=np.array(2.0), c=np.ones(2)), (4,)),
        ("node 'y': its min is not one constant number", [leaky, node('Clip', ['x', 'a'], ['y'])], {}, (4,)),
        *((f"node 'p': {words}", [node('AveragePool', ['x'], ['p'], **a), flat], {}, (1, 4, 4)) for words, a in (
            ('ceil_mode with pads that count: use Pad', dict(kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1, count_include_pad=1, pads=[1, 1, 0, 0])),
            ('its windows do not fit', dict(kernel_shape=[5, 5])), ('its windows do not fit', {}),
            ('a window of AveragePool lies beyond the border', dict(kernel_shape=[1, 2], pads=[0, 2, 0, 0])))),
        *((f"node 'p': {words}", [node(op, ['x'], ['p'], **a), flat], {}, (1, 4, 4)) for op in ('ReduceMean',) for words, a in (
            ('it is over all axes, and so over the images: ReduceMean over others is read', {}), ('axis 2 is given twice', dict(axes=[2, 2])),
            ('axis 0 is that of the images, or none of its input', dict(axes=[0, 2])), ('axis 4 is that of the images, or none', dict(axes=[4])),
            ('it leaves one number of an image without a dimension: ReduceMean with keepdims = 1 is read', dict(axes=[1, 2, 3], keepdims=0)))),
        ("node 'p': it makes more than 2^28 numbers of an image", [node('Expand', ['x', 's'], ['p']), flat], dict(s=np.array([1, 2**40, 2**40, 4])), (1, 1, 4)),
        *((f"node 'p': {words}", [node('Pad', ['x', 's'], ['p'], mode=mode), flat], dict(s=np.array(s)), (1, 4, 4)) for words, mode, s in (
            ('it pads with other numbers: Pad of mode constant, with a finite number, reflect or edge is read', 'wrap', [0, 0, 1, 1, 0, 0, 1, 1]),
            ('its pads are below 0, or reflect more than there is', 'reflect', [0, 0, 1, 1, 0, 0, 4, 1]),
            ('its pads are below 0, or reflect', 'edge', [0, 0, 1, -1, 0, 0, 3, 1]))),
        *((f"node 'p': {words}", [node('ConvTranspose', ['x', 'v'], ['p'], **a), flat], dict(v=np.ones(v)), (2, 4, 4)) for words, v, a in (
            ('its weights do not fit the 2 channels of its input', (3, 1, 2, 2), {}), ('its weights do not fit', (2, 1, 2, 2), dict(group=3)),
            ('kernel_shape is not that of its weights, 2 x 3', (2, 1, 2, 3), dict(kernel_shape=[2, 2])), ('output_shape is given', (2, 1, 2, 2), dict(output_shape=[5, 5])),
            ('its pads or output_padding leave nothing, or are beyond a stride', (2, 1, 2, 2), dict(pads=[3, 0, 3, 0])),
            ('its pads or output_padding leave nothing', (2, 1, 2, 2), dict(output_padding=[2, 0], strides=[2, 2])))),
        *((f"node 'p': {words}", [node('Resize', ['x', '', 'v'], ['p'], **a), flat], dict(v=np.array(v)), (2, 4, 4)) for words, v, a in (
            ('it computes new numbers, or takes others than the nearest: mode nearest of Resize is read', [1.0, 1, 2, 2], dict(mode='linear')),
            ('dimension 2 does not become a whole number of times as long', [1.0, 1, 1.5, 2], {}), ('dimension 0 does not become', [2.0, 1, 2, 2], {}))),
        *((f"node 'p': {words}", [node(op, ['x', *arrays], ['p'], **a), flat], {k: np.array(v) for k, v in arrays.items()}, (3, 4, 4)) for op, words, arrays, a in (
            *(('Transpose', "perm is not an order of its input's 4 dimensions", {}, dict(perm=perm)) for perm in ([0, 1, 2], [0, 2, 1, 2], [0, 2, 1, 4], [0, 1, 2, 3, 4])),
            ('Reshape', 'its shape of 3 dimensions is not [images, ...] with 48 numbers for each image', dict(s=[-1, 5, 4]), {}),
            ('Reshape', 'its shape of 3 dimensions is not [images, ...] with 48', dict(s=[0, -1, 5]), {}), ('Reshape', 'its shape of 3 dimensions is not', dict(s=[0, -1, -1]), {}),
            ('Reshape', 'its shape of 3 dimensions is not [images, ...]', dict(s=[0, 2**62, 2**62]), {}), ('Reshape', 'its shape is not two constants, [images, 48]', dict(s=[-1]), {}),
            *(('Reshape', 'its shape of 3 dimensions is not [images, ...]', dict(s=t), {}) for t in ([2, -1, 24], [3, 17, 1])), ('Squeeze', "axis 0 is that of the images, or cannot be one", dict(s=[0]), {}),
            ('Squeeze', "axis -2 is that of the images, or cannot be one of Squeeze", dict(s=[-2]), {}), ('Squeeze', 'its axes are not given', {}, {}),
            ('Unsqueeze', "axis 5 is that of the images", dict(s=[5]), {}), ('Unsqueeze', "axis 1 is that of the images, or", dict(s=[1, 1]), {}),
            ('Gather', 'axis 0 is that of the images, or none of its input: Gather along others is read', dict(s=1), {}),
            ('Gather', 'index 3 is beyond the 3 places of dimension 1', dict(s=3), dict(axis=1)), ('Gather', 'index -4 is beyond', dict(s=-4), dict(axis=1)),
            ('Gather', 'its indices are not equally far apart: Gather of such is read', dict(s=[0, 1, 3]), dict(axis=2)), ('Gather', 'its indices are not', dict(s=[0, 0]), dict(axis=2)),
            ('Gather', 'its indices are not constant integers', dict(s=[[0, 1]]), dict(axis=2)), ('Split', "its 1 parts are not the 3 places of its input", dict(s=[2]), dict(axis=1)),
            ('Split', 'axis 0 is that of the images', dict(s=[1]), {}), ('Expand', 'its shape is not [images, ...] that its input of 4 dimensions fits', dict(s=[1, 3, 4, 5]), {}),
            ('Expand', 'its shape is not [images, ...]', dict(s=[2, 3, 4, 4]), {}), ('Expand', 'its shape is not [images, ...]', dict(s=[1, 1, 3, 4, 4]), {}))),
        *((f"node 'y': another dimension of its input than the first counts the images: transpose it before Flatten", [node(op, ['x', *arrays], ['p'], **a), flat],
           {k: np.array(v) for k, v in arrays.items()}, (3, 4, 4)) for op, arrays, a in (
               ('Transpose', {}, {}), ('Transpose', {}, dict(perm=[1, 0, 2, 3])), ('Unsqueeze', dict(s=[0]), {}), ('Reshape', dict(s=[-1, 4, 4]), {}))),
        *((f"node 's': {words}", [node('Transpose', ['x'], ['p'], perm=[1, 0, 2]), node(op, ['p', *arrays], ['s'], **a), node('Add', ['s', 'p'], ['y'])],
           {k: np.array(v) for k, v in arrays.items()}, (3, 4)) for op, words, arrays, a in (
            ('Gather', 'an axis is that of the images, or none of its input: Gather along others is read', dict(i=1), dict(axis=1)), ('ReduceMean', 'an axis is that', {}, dict(axes=[0, 1])),
            ('Softmax', 'an axis is that of the images', {}, dict(axis=1)), ('Softmax', 'its axis comes before the images: Softmax along those behind is read', {}, dict(axis=0)),
            ('LayerNormalization', 'its axis comes before the images', dict(g=np.ones((3, 1, 4))), dict(axis=0)), ('Add', "'b' does not fit the shape of what flows", dict(b=np.ones((3, 3, 4))), {}),
            ('Add', "'b' does not fit", dict(b=np.ones((1, 3, 1, 4))), {}))),
        ("node 's': its inputs 'p' and 'x' have their images in different dimensions", [node('Transpose', ['x'], ['p'], perm=[1, 0, 2]), node('Add', ['p', 'x'], ['s'])], {}, (3, 4)),
        ("node 's': it multiplies along the images: MatMul along others is read",
         [node('Transpose', ['x'], ['p']), node('MatMul', ['p', 'w'], ['s'])], {'w': np.ones((4, 4))}, (4,)),
        ("its output 'y' does not count the images by its first dimension alone", [leaky, node('Transpose', ['a'], ['y'])], {}, (4,)),
        *((f"node 'p': {words}", [node('BatchNormalization', ['x', 'b', 'b', 'b', 'v'], ['p'], **a), flat], dict(b=np.ones(2), v=np.array(v)), (2, 4, 4))
          for words, v, a in (("'v' has not one number for each of 2 channels", [1.0], {}), ('BatchNormalization in training mode: export', [1.0, 1.0], dict(training_mode=1)),
                              ("element 1 of its variances 'v' and epsilon are not positive together", [1.0, -1.0], {}),
                              ("element 1 of its variances 'v' and epsilon are not positive", [1.0, 0.0], dict(epsilon=0.0)))),
        *((f"node 'y': '{name}' does not fit the shape of what flows", [leaky, node(op, ['a', name], ['y'])], {name: np.ones(shape)}, (4,))
          for op, name, shape in (('Add', 'b', (3,)), ('Mul', 'b', (1, 1, 4)), ('Sub', 'c', (4, 1)), ('Div', 'c', (2, 4)))),
        *((f"node 'y': element 2 of 'c' is {what}", [leaky, node(op, ['a', 'c'], ['y'])], {'c': np.array([1.0, 2, bad, 4])}, (4,))
          for op, bad, what in (('Div', 0, '0'),)),
        *((f"node 'y': {words}", [leaky, node('Where', ['i', *given], ['y'])], dict(i=np.array(condition), c=np.array(c)), (4,)) for words, given, condition, c in (
            ('its condition is not a constant of the file', ['a', 'c'], [1.0, 0, 1, 1], [1.0]), ('its inputs do not fit the shape', ['a', 'c'], [1, 0, 1], [1.0]),
            ("its inputs do not fit the shape", ['c', 'a'], [1, 0, 1, 0], [1.0, 2]))),
        *((f"node '{name}': {words}", [leaky, node('Add', ['a', 'c'], ['m']), *more], dict(c=np.array([0, -np.inf, 0, 1]), w=np.ones((4, 4))), (4,)) for name, words, more in (
            ('y', "its input 'm' is -infinity in places, as masks are that Softmax takes: Mul of it is not read", [node('Mul', ['m', 'a'], ['y'])]),
            ('y', "its input 'm' is -infinity in places", [node('MatMul', ['m', 'w'], ['y'])]),
            ('y', 'its input is -infinity in places: Softmax at the end of a network takes finite logits', [node('Softmax', ['m'], ['y'])]))),
        ("its output 'y' is -infinity in places", [leaky, node('Add', ['a', 'c'], ['y'])], dict(c=np.array([0, -np.inf, 0, 1])), (4,)),
        ("node 's': row 1 of its input is -infinity throughout, which has no softmax", [leaky, node('Add', ['a', 'c'], ['m']), node('Softmax', ['m'], ['s'], axis=2),
         node('Flatten', ['s'], ['f']), node('MatMul', ['f', 'w'], ['y'])], dict(c=np.array([[0, -np.inf], [-np.inf, -np.inf]]), w=np.ones((4, 4))), (2, 2)),
        ("tensor 'c': element 1 is infinite", [leaky, node('Mul', ['a', 'c'], ['y'])], dict(c=np.array([0, -np.inf, 0, 1])), (4,)),
        *((f"{what}", [leaky, node(op, [*given, 'a', 'c'], ['m']), node('Softmax', ['m'], ['s']), node('MatMul', ['s', 'w'], ['y'])],
           dict(i=np.array([1, 0, 1, 0]), c=np.array([0, bad, 0, 1]), w=np.ones((4, 4))), (4,)) for op, given in (('Add', []), ('Where', ['i']))
          for bad, what in ((np.inf, "'c': element 1 is infinite"), (np.nan, "'c': element 1 is NaN"))),
        ("node 'y': its exponent comes from the network's input; Pow with a constant exponent is read", [leaky, node('Pow', ['x', 'a'], ['y'])], {}, (4,)),
        ("node 'y': its exponent comes from", [leaky, node('Pow', ['a', ''], ['y'])], {}, (4,)),
        ("node 'y': its input 1 does not come from", [leaky, node('Pow', ['b', 'a'], ['y'])], {'b': np.ones(4)}, (4,)),
        ("node 'y': 'b' has 4 integers, not one", [leaky, node('Pow', ['a', 'b'], ['y'])], {'b': np.ones(4, dtype=np.int64)}, (4,)),
        ("tensor 'b': element 1 is infinite", [leaky, node('Pow', ['a', 'b'], ['y'])], {'b': np.array([1, np.inf, 2, 2])}, (4,)),
        ("node 'y': 'b' does not fit the shape", [leaky, node('Pow', ['a', 'b'], ['y'])], {'b': np.ones(3)}, (4,)),
        ("node 'y': 'b' does not fit the shape", [leaky, node('Div', ['b', 'a'], ['y'])], {'b': np.ones(3)}, (4,)),
        ("tensor 'b': element 0 is NaN", [leaky, node('Div', ['b', 'a'], ['y'])], {'b': np.array([np.nan, 1, 1, 1])}, (4,)),
        ("node 'y': attribute 'alpha' is 0", [node('Celu', ['x'], ['y'], alpha=0.0)], {}, (4,)),
        ("node 'y': attribute 'alpha' is not a number", [node('Celu', ['x'], ['y'], alpha=float('inf'))], {}, (4,)),
        *((f"node 'y': its two inputs have other shapes; {op} of one shape, or of as many dimensions that are 1 where they differ, is read, or with a constant",
           [leaky, node('Gemm', ['a', 'w'], ['m']), node(op, ['a', 'm'], ['y'])], {'w': np.ones((4, 3))}, (4,))
          for op in ('Add', 'Sub', 'Mul', 'Div')),
        ("node 'a': its input 'a' is made later, or of itself", [node('Identity', ['a'], ['a']), node('Add', ['a', 'x'], ['y'])], {}, (4,)),
        ("node 'a': its input 'a' is made later, or of itself", [node('Cast', ['a'], ['a'], to=1), node('Add', ['a', 'x'], ['y'])], {}, (4,)),
        ("node 'd': its input 2 is not a constant", [leaky, node('MatMul', ['a', 'w'], ['m']), node('Softmax', ['m'], ['p']),
                                                     node('Dropout', ['m', 'p'], ['d']), node('Identity', ['d'], ['y'])], weights, (4,)),
        ("node 's': Softmax is not along one dimension, its axis, behind that of the images",
         [leaky, node('Softmax', ['x'], ['s'], axis=0), node('Add', ['s', 'a'], ['y'])], {}, (4,)),
        ("node 's': Softmax is not along one dimension", [leaky, node('Softmax', ['a'], ['s'], axis=3), node('Add', ['s', 'a'], ['r']), node('Flatten', ['r'], ['y'])], {}, (2, 2)),
        *((f"node 'm': its two inputs do not fit: MatMul of [images, m, k] and [images, k, n] is read, or with", [leaky, node('Flatten', ['x'], ['f']), node('MatMul', ['a', other], ['m']),
           node('Add', ['m', 'a'], ['r']), node('Flatten', ['r'], ['y'])], {}, shape) for other, shape in (('x', (2, 3)), ('f', (2, 2)))),
        ("node 'm': its two inputs do not fit", [leaky, node('MatMul', ['a', 'x'], ['y'], name='m')], {}, (4,)),
        ("node 'm': the weights do not fit the inputs", [leaky, node('MatMul', ['a', 'w'], ['m']), node('Flatten', ['m'], ['y'])], dict(w=np.ones((2, 2))), (3, 4)),
        ("node 'm': the weights do not fit the inputs", [leaky, node('MatMul', ['a', 'w'], ['y'], name='m')], dict(w=np.ones((2, 2))), (4,)),
        *((f"node 'n': LayerNormalization is not of dimensions behind that of the images", [leaky, node('LayerNormalization', ['a', 's'], ['n'], axis=axis),
           node('Flatten', ['n'], ['y'])], dict(s=np.ones(3)), (2, 3)) for axis in (0, -3, 3)),
        ("node 'n': its epsilon is not positive", [leaky, node('LayerNormalization', ['a', 's'], ['n'], epsilon=0.0), node('Add', ['n', 'a'], ['y'])], dict(s=np.ones(4)), (4,)),
        ("node 'n': 's' does not fit the shape of what flows", [leaky, node('LayerNormalization', ['a', 's'], ['n']), node('Add', ['n', 'a'], ['y'])], dict(s=np.ones(3)), (4,)),
        ("node 's': LogSoftmax is not of what the last node makes: a softmax is read at the end",
         [leaky, node('MatMul', ['a', 'w'], ['m']), node('MatMul', ['a', 'w'], ['n']), node('LogSoftmax', ['m'], ['y'], name='s')], weights, (4,)),
        ("node 's': Softmax is not of [images, outputs] along", [leaky, node('MatMul', ['a', 'w'], ['m']), node('Softmax', ['m'], ['y'], name='s', axis=0)],
         weights, (4,)),
        ("'s' is used by no node", [leaky, node('MatMul', ['a', 'w'], ['m']), node('Softmax', ['m'], ['s']), node('Identity', ['m'], ['y'])],
         weights, (4,)),
        *((f"node 'm': 'b' is not a bias of 4 numbers", [leaky, node('Gemm', ['a', 'w', 'b'], ['m']), node('Add', ['m', 'x'], ['y'])],
           dict(weights, b=np.ones(shape)), (4,)) for shape in ((4, 1), (2, 2), (1, 1, 4), (2,), (3,), (2, 1))),
        *((f"node 'v': {words}", [node('Reshape', ['w', 's'], ['v']), leaky, node('MatMul', ['a', 'v'], ['y'])], dict(weights, s=np.array(s)), (4,))
          for s, words in (([4, 3], "the shape does not fit the 16 numbers of 'w'"), ([-1, -1], "its shape is not constants that 'w' fits"),
                           ([3, -1], 'the shape does not fit'), ([4, 4, 0], 'its shape is not'), ([-2, 8], 'its shape is not'),
                           ([2**62, 2**62, 2**62], 'its shape is not'), ([17, -1], 'the shape does not fit'), ([[4, 4]], 'its shape is not'))),
        *((f"node 'y': 'b' does not fit the shape of what flows", [leaky, node('MatMul', ['a', 'w'], ['m']), node('Add', ['b', 'm'], ['y'])],
           dict(weights, b=np.ones(shape)), (4,)) for shape in ((4, 1), (2, 2), (1, 1, 4), (1, 1, 1), (2,), (8,), (2, 1))),
        *((f"node 'p': 'b' is not a bias of 4 numbers", [node('Conv', ['x', 'w', 'b'], ['p']), flat],
           dict(w=np.ones((4, 1, 2, 2)), b=np.ones(shape)), (1, 2, 2)) for shape in ((4, 1), (2, 2), (1, 4), (1,), ())),
        *((f"its graph ends in {what} after node '{after}', not in logits or their softmax: no loss of such a network is known here",
           [node('Add', ['x', 'x'], ['m']), node(kind, ['x' if after == 'x' else 'm'], ['a']), *last][after == 'x':], {}, (4,))
          for kind, what in (('Relu', 'relu'), ('Sigmoid', 'sigmoid'), ('Tanh', 'tanh'), ('LeakyRelu', 'leaky ReLU'))
          for after in (('m', 'x') if kind == 'LeakyRelu' else ('m',))
          for last in ([node('Identity', ['a'], ['y'])], [node('Dropout', ['a'], ['y'])],
                       [node('Cast', ['a'], ['c'], to=HALF), node('Cast', ['c'], ['y'], to=TensorProto.FLOAT)])
          if kind != 'Sigmoid' or last[0].op_type == 'Cast'),
        ("its output 'y' is not what its last node makes", [leaky, node('MatMul', ['a', 'w'], ['y']), node('Relu', ['y'], ['z'])], weights, (4,)),
        ("node 's': its input 'm' is -infinity in places, as masks are that Softmax takes: LogSoftmax of it is not read",
         [leaky, node('Add', ['a', 'mask'], ['m']), node('LogSoftmax', ['m'], ['s']), node('MatMul', ['s', 'w'], ['y'])],
         dict(weights, mask=np.array([0, 0, -np.inf, 0])), (4,)),
        *((f"node 'y': Cast comes after {end}: a softmax is read at the end of a network only",
           [leaky, node('MatMul', ['a', 'w'], ['m']), node(end, ['m'], ['s']), node('Cast', ['s'], ['y'], to=HALF)], weights, (4,))
          for end in ('Softmax', 'LogSoftmax'))):
    refused(words, nodes, arrays, shape)



# ---- parameters have the names of their nodes ----


def names_of(*nodes, **arrays):
    path = save('names', nodes, arrays, (4,), np.float32, 4)
    np.savez(f'{FOLDER}/data.npz', x_test=np.ones((1, 4), 'f4'), y_test=[1])
    done = subprocess.run(['./gradaudit', 'gradient', '-q', path, '--data', f'{FOLDER}/data.npz', '--wrt', 'weights', '--format', 'double'],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    table = {}
    for line in done.stdout.split('\n')[1:-1]:
        tensor, element, value = line.split('\t')
        table.setdefault(tensor, []).append(float(value))
        assert int(element) == len(table[tensor]) - 1, line
    return table


twin = [weight(4, 4) for _ in range(3)]
long, wide = 'l' * 250, 'ü' * 150
for given, kept in ((['/layer1/layer1.0/conv1/Conv', '/layer1/layer1.0/conv2/Conv'],) * 2, (['same', 'same'], ['same', 'same#2']),
                    (['a\tb\x1b[2J\n\\', 'ü\u202e'], ['a\\tb\\x1B[2J\\n\\\\', 'ü\\xE2\\x80\\xAE']), ([long, long + 'r'], ['l' * 200, 'l' * 200 + '#2']),
                    ([wide, '-' + wide], ['ü' * 100, '-' + 'ü' * 99])):
    made = names_of(node('Gemm', ['x', 'w1'], ['h'], transB=1, name=given[0]), node('LeakyRelu', ['h'], ['a'], name=given[0]),
                    node('Gemm', ['a', 'w2'], ['y'], transB=1, name=given[1]), w1=twin[0], w2=twin[1])
    keep = [f'{k.split("#")[0]}.weight' + ('#2' if '#' in k else '') for k in kept]
    assert list(made) == keep, (list(made), keep)

# ---- what is made of one initializer is one parameter ----

tied = node('Gemm', ['x', 'w1'], ['h'], name='one', transB=1), node('LeakyRelu', ['h'], ['a'], alpha=0.5)
shared = names_of(*tied, node('Gemm', ['a', 'w1'], ['y'], transB=1), w1=twin[0])
apart = names_of(*tied, node('Gemm', ['a', 'w2'], ['y'], transB=1, name='two'), w1=twin[0], w2=twin[0])
assert list(shared) == ['one.weight'] and list(apart) == ['one.weight', 'two.weight']
close(np.array(shared['one.weight']), np.add(*apart.values()), 1e-14, 'weights that are tied')
reshaped = names_of(node('Reshape', ['w1', 's'], ['v1']), node('Reshape', ['w1', 't'], ['v2']),
                    node('Gemm', ['x', 'v1'], ['h'], transB=1, name='one'), node('LeakyRelu', ['h'], ['a'], alpha=0.5),
                    node('Gemm', ['a', 'v2'], ['y'], transB=1), w1=twin[0], s=np.array([4, -1]), t=np.array([-1, 4]))
assert reshaped == shared
LAYERS, WIDTH = 200, 1024
path = save('expands', [node('MatMul', [f'a{k}' if k else 'x', 'w'], [f'h{k}']) if i == 0 else node('LeakyRelu', [f'h{k}'], [f'a{k + 1}'])
                        for k in range(LAYERS) for i in (0, 1)] + [node('MatMul', [f'a{LAYERS}', 'w'], ['y'])],
            dict(w=np.ones((WIDTH, WIDTH))), (WIDTH,), np.float32, WIDTH)
done = subprocess.run(['./gradaudit', 'inspect', path, '--max-mem', '24M'], capture_output=True, text=True)
assert done.returncode == 0 and done.stdout.count('affine') == LAYERS + 1, done.stderr
done = subprocess.run(['./gradaudit', 'inspect', path, '--max-mem', '9M'], capture_output=True, text=True)
assert done.returncode == 4 and 'limit of 9437184 bytes of memory (--max-mem)' in done.stderr and done.stderr.count('\n') == 1, done

# ---- inspect: what each operation takes, and the parameters' statistics ----


def inspected(path):
    done = subprocess.run(['./gradaudit', 'inspect', path], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done
    return [[line.split('\t') for line in table.splitlines()] for table in done.stdout.split('\n\n\n')]


for dtype in np.float32, np.float64:
    name, nodes, arrays, shape = next(n for n in networks(dtype) if n[0] == 'residual')
    for k in nodes:
        k.name = k.output[0].upper()
    table, _, statistics = inspected(save('inspected', nodes, arrays, shape, dtype, CLASSES))
    assert table == [line.split('|') for line in (
        '#name|operation|shape|takes', 'M|affine|9|input, M.weight, H.bias', 'A|relu|9|M', 'Z|affine|9|A, Z.weight, Z.bias', 'S|sigmoid|9|Z',
        'R|add|9|S, A', 'T|tanh|9|R', 'Q|add|9|T, M', 'Y|affine|5|Q, Y.weight, Y.bias')], table
    names = dict(zip(('M.weight', 'H.bias', 'Z.weight', 'Z.bias', 'Y.weight', 'Y.bias'), arrays))
    assert [line[0] for line in statistics[1:]] == list(names), statistics
    for line in statistics[1:]:
        values = np.float64(np.sort(arrays[names[line[0]]].astype(dtype), None))
        n, centred = len(values), values - values.mean()
        want = [n, values[0], values[-1], values.mean(), values.std(), (centred**4).mean() / values.var()**2]
        want += [values[int(np.ceil(float(q[1:]) * n)) - 1] for q in statistics[0][7:14]] + [0, 0, 0]
        np.testing.assert_allclose(np.float64(line[1:]), want, rtol=1e-7, atol=1e-9)
table = inspected(f'{CASES}/cnn.onnx')[0]
assert table[0] == ['#name', 'operation', 'shape', 'takes'] and all(len(line) == 4 for line in table), table

for name, shape in (('cnn', (1, 4, 4)), ('leaky', (4,)), ('half', (1, 4, 4)), ('bn', (4,)), ('gelu', (4,))):  # as torch.onnx.export writes them
    check(name, f'{CASES}/{name}.onnx', shape, np.float32, 3, name == 'half')
try:
    import torch
except ImportError:
    torch = None
store_and_go_back(torch)
for dtype in (np.float32, np.float64):
    store_all(dtype)
    for name, nodes, arrays, shape in networks(dtype):
        classes = MANY if name == 'many' else CLASSES
        check(name, save(f'{name}-{dtype.__name__}', nodes, arrays, shape, dtype, classes), shape, dtype, classes, name in ('stored', 'half'))

# ---- numbers that the graph computes of constants are rounded once: of functions in binary64 they are not where that is beside a tie ----


def computed(*nodes, **arrays):
    """What the last node makes of constants alone, in binary32."""
    path = save('computed', [*nodes, node('Add', ['x', 'p'], ['y'])], arrays, (4,), np.float32, 4)
    np.savez(f'{FOLDER}/data.npz', x_test=np.zeros((1, 4), 'f4'), y_test=[0])
    return run('forward', path, '--data', f'{FOLDER}/data.npz', '--format', 'double')[0, -4:]


by = np.float32(random.normal(size=4))
for name, f in dict(Exp=np.exp, Log=lambda z: np.log(z), Sin=np.sin, Cos=np.cos, Tanh=np.tanh, Sigmoid=sigmoid, Erf=erf, Softplus=lambda z: np.log1p(np.exp(z)),
                    Softsign=lambda z: z / (1 + np.abs(z)), Relu=lambda z: np.maximum(z, 0), Mish=lambda z: z * np.tanh(np.log1p(np.exp(z)))).items():
    z = abs(by) if name == 'Log' else by
    assert (computed(node(name, ['w'], ['p']), w=z) == np.float32(f(z.astype(float)))).all(), name
assert (computed(node('Exp', ['w'], ['p']), w=np.array([-104.0, -103, -90, 80])) == np.float32(np.exp([-104.0, -103, -90, 80]))).all(), 'subnormal'
for name, f in ('Max', np.maximum), ('Min', np.minimum):
    assert (computed(node(name, ['w', 'v'], ['p']), w=by, v=-by[::-1]) == f(by, -by[::-1])).all()


def rounded_product(a, b, c=np.zeros(4)):
    rows = [[sum(Fraction(float(x)) * Fraction(float(y)) for x, y in zip(row, col)) + Fraction(float(add)) for col, add in zip(b.T, c)] for row in a]
    nearest = [[np.float32(float(v)) for v in row] for row in rows]  # of so few bits that binary64 has them, or is beside no tie
    return np.float64(nearest)


left, right = np.float32(random.normal(size=(1, 7)) * 2.0**random.integers(-12, 12, 7)), np.float32(random.normal(size=(7, 4)))
for nodes, arrays, want in (
        ([node('MatMul', ['a', 'b'], ['p'])], dict(a=left, b=right), rounded_product(left, right)),
        ([node('MatMul', ['a', 'b'], ['p'])], dict(a=left[0], b=right), rounded_product(left, right)),
        ([node('MatMul', ['a', 'b'], ['p'])], dict(a=right.T, b=left[0]), rounded_product(right.T, left.T, [0]).T),
        ([node('MatMul', ['a', 'b'], ['q']), node('Reshape', ['q', 's'], ['p'])], dict(a=right.T.reshape(2, 2, 7), b=left.reshape(1, 7, 1)),
         rounded_product(right.T, left.T, [0]).T),
        ([node('Gemm', ['a', 'b', 'c'], ['p'], transA=1, transB=1)], dict(a=left.T, b=right.T, c=by), rounded_product(left, right, by)),
        ([node('Gemm', ['a', 'b'], ['p'])], dict(a=left, b=right), rounded_product(left, right))):
    got = computed(*nodes, **arrays, **({'s': np.array([4])} if len(nodes) > 1 else {}))
    assert (got == want).all(), (nodes, got, want)
cancels = np.float32([[2.0**40, 1, -2.0**40, 2.0**-24, 2.0**-60]])  # 1 + 2^-24, a tie, and a little more
assert (computed(node('MatMul', ['a', 'b'], ['p']), a=cancels, b=np.ones((5, 4))) == 1 + 2.0**-23).all()

# ---- a sum that no matrix product makes does not go wrong inside BLAS ----

fixed = np.random.default_rng(3)
path = save('softmax sums', [node('MatMul', ['x', 'w'], ['q']), node('Transpose', ['x'], ['t'], perm=[0, 2, 1]), node('MatMul', ['q', 't'], ['z']),
                             node('Softmax', ['z'], ['s'], axis=-1, name='weights'), node('MatMul', ['s', 'v'], ['a']), node('ReduceMean', ['a'], ['y'], axes=[1], keepdims=0)],
            dict(w=150 * fixed.normal(size=(4, 4)), v=fixed.normal(size=(4, 4))), (4, 4), np.float32, 4)
np.savez(f'{FOLDER}/data.npz', x_test=fixed.random((3, 4, 4), dtype=np.float32), y_test=[0, 1, 2])
done = subprocess.run(['./gradaudit', 'audit', '-q', path, '--data', f'{FOLDER}/data.npz', '-e', 'float,naive,blas', '--no-remedies', '-o', f'{FOLDER}/sums'],
                      capture_output=True, text=True)
origins = open(f'{FOLDER}/sums/report.json').read()
assert done.returncode == 0 and '"sum-rounding"' in origins and 'inside BLAS' not in origins, (done, origins[:2000])

# ---- images have the network's shape; a loss of outputs is not one of logits ----


def fails(status, words, *command):
    done = subprocess.run(['./gradaudit', *command], capture_output=True, text=True)
    assert done.returncode == status and words in done.stderr and done.stderr.count('\n') == 1, (words, done)


path = save('shape', [node('Conv', ['x', 'w1'], ['c']), node('Flatten', ['c'], ['f']), node('Gemm', ['f', 'w2'], ['y'], transB=1)],
            dict(w1=weight(2, 3, 2, 3), w2=weight(CLASSES, 2 * 3 * 4)), (3, 4, 6), np.float32, CLASSES)
images = random.integers(0, 256, size=(2, 3, 4, 6)).astype('u1')
for wrong in (images.transpose(0, 2, 3, 1), images.transpose(0, 1, 3, 2), images.reshape(2, 8, 9), images.reshape(2, 9, 4, 2), None):
    data = images if wrong is None else wrong
    np.savez(f'{FOLDER}/data.npz', x_test=data, y_test=[0, 1])
    if wrong is not None:
        fails(3, f'images of {" x ".join(map(str, data.shape[1:]))} do not fit a model of 3 channels, each 4 x 6', 'forward', path, '--data', f'{FOLDER}/data.npz')
taken = run('forward', path, '--data', f'{FOLDER}/data.npz')
np.savez(f'{FOLDER}/data.npz', x_test=images.reshape(2, -1), y_test=[0, 1])
assert (run('forward', path, '--data', f'{FOLDER}/data.npz') == taken).all()
for end, name in (('Softmax', 'softmax'), ('LogSoftmax', 'log-softmax')):
    for chain in (True, False):
        path = save('end', [node('Gemm', ['x', 'w1'], ['h'], transB=1), node('Relu' if chain else 'LeakyRelu', ['h'], ['a']),
                            node('Gemm', ['a', 'w2'], ['z'], transB=1), node(end, ['z'], ['y'])],
                    dict(w1=weight(5, 4), w2=weight(CLASSES, 5)), (4,), np.float32, CLASSES)
        np.savez(f'{FOLDER}/data.npz', x_test=np.ones((1, 4), 'f4'), y_test=[0])
        fails(2, f"the loss squared-error is of the network's outputs, and this network ends in {name}", 'gradient', '-q', path,
              '--data', f'{FOLDER}/data.npz', '--loss', 'squared-error')

# ---- explain names what a gradient is the gradient of: by the skip, which has the larger term, not what it goes past ----

path = save('explained', [node('Conv', ['x', 'w1'], ['c'], name='conv'), node('Relu', ['c'], ['a'], name='relu'),
                          node('Conv', ['a', 'w2'], ['d'], name='half'), node('Add', ['d', 'a'], ['r'], name='both'),
                          node('MaxPool', ['r'], ['p'], name='pool', kernel_shape=[2, 2]), node('Flatten', ['p'], ['f'], name='flat'),
                          node('Gemm', ['f', 'w3'], ['y'], name='fc', transB=1)],
            dict(w1=np.ones((1, 1, 1, 1)), w2=np.full((1, 1, 1, 1), 0.5), w3=np.array([[1.], [-1.]])), (1, 2, 2), np.float32, 2)
np.savez(f'{FOLDER}/data.npz', x_test=np.array([[[[1, 2], [3, 0.5]]]], 'f4'), y_test=[0])
done = subprocess.run(['./gradaudit', 'explain', path, '--data', f'{FOLDER}/data.npz', '--image', '0', '--element', '2'], capture_output=True,
                      text=True)
at = 'channel 0, row 1, column 0'
headings = [line.strip() for line in done.stdout.splitlines() if ', row ' in line and line.startswith('  ') and not line.startswith('   ')]
assert headings == [f'relu, {at}', 'pool, channel 0, row 0, column 0, row 1, column 0 of its window', 'gradient of pool, channel 0, row 0, column 0',
                    f'gradient of both, {at}', f'gradient of relu, {at}', f'gradient of conv, {at}', f'element 2 ({at})'], done
assert done.stdout.startswith(f'Image 0, label 0, element 2 ({at}), float naive.\n'), done

# ---- of tokens it names rows and features; a layer norm has one number for each row ----

path = save('tokens explained', [node('LayerNormalization', ['x', 'scale'], ['n'], name='norm', epsilon=2.0**-23),
                                 node('ReduceMean', ['n'], ['p'], axes=[1], keepdims=0, name='mean'), node('Gemm', ['p', 'w'], ['y'], name='head', transB=1)],
            dict(scale=np.ones(3), w=np.array([[1.0, 0, 0], [0, 1, 0]])), (2, 3), np.float32, 2)
np.savez(f'{FOLDER}/data.npz', x_test=np.float32([[[1, 1.5, 1], [2.0**-11, 2.0**-12, 0]]]), y_test=[0])  # whose squares are subnormal in float16
done = subprocess.run(['./gradaudit', 'explain', path, '--data', f'{FOLDER}/data.npz', '--image', '0', '--element', '3', '--format', 'float16'], capture_output=True,
                      text=True)
for told in ('Image 0, label 0, element 3 (row 1, feature 0), float16', '  norm, row 1\n    factor of a row ', '  gradient of norm, row 1, feature 0\n',
             ': the factor of a row of norm, row 1\n', ': the normalised value of norm, row 1, feature 0\n'):
    assert told in done.stdout and 'unit' not in done.stdout, done

# ---- one output, whose loss is not the cross-entropy ----

path = save('one', [node('Gemm', ['x', 'w1'], ['h'], transB=1), node('LeakyRelu', ['h'], ['a']), node('Gemm', ['a', 'w2'], ['y'], transB=1)],
            dict(w1=weight(3, 4), w2=weight(1, 3)), (4,), np.float32, 1)
np.savez(f'{FOLDER}/data.npz', x_test=np.ones((1, 4), 'f4'), y_test=[0])
for command in (['explain', '--image', '0', '--element', '0'], ['histogram'], ['gradient', '-q']):
    fails(2, 'a softmax of one class has no gradient', command[0], path, '--data', f'{FOLDER}/data.npz', *command[1:])
    done = subprocess.run(['./gradaudit', command[0], path, '--data', f'{FOLDER}/data.npz', '--loss', 'squared-error', *command[1:]],
                          capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout, done
