# SPDX-License-Identifier: Apache-2.0
"""ONNX graphs that are no chains: gradaudit's logits and gradients against the same networks in NumPy, which reads the files by onnx,
runs each operator in binary64 by its definition, and goes back through them by hand. Called by tests/graphs.sh."""
import os
import subprocess
import sys

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
                              [numpy_helper.from_array(a.astype(dtype), k) for k, a in arrays.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    path = f'{FOLDER}/{name}.onnx'
    onnx.save(model, path)
    return path


CLASSES, MANY, SIDE = 5, 1000, 12


def networks(dtype):
    n = SIDE * SIDE
    yield 'many', [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('Relu', ['h'], ['a']),
                   node('Gemm', ['a', 'w2', 'b2'], ['y'], transB=1)], \
        dict(w1=weight(9, n), b1=weight(9), w2=weight(MANY, 9), b2=weight(MANY)), (n,)
    yield 'leaky', [node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('LeakyRelu', ['h'], ['a'], alpha=0.125),
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


# ---- the operators by their definition, and back ------------------------------------------------------------------


def attribute(n, name, otherwise=None):
    for a in n.attribute:
        if a.name == name:
            return helper.get_attribute_value(a)
    return otherwise


def windows(n, shape, kernel):
    """For each place of the output its window's indices in the input: those that are not beyond the border."""
    strides, pads = attribute(n, 'strides', [1, 1]), attribute(n, 'pads', [0, 0, 0, 0])
    size = [(shape[d] + pads[d] + pads[d + 2] - kernel[d]) // strides[d] + 1 for d in (0, 1)]
    for y in range(size[0]):
        for x in range(size[1]):
            entries = [(i, j, y * strides[0] + i - pads[0], x * strides[1] + j - pads[1])
                       for i in range(kernel[0]) for j in range(kernel[1])]
            yield size, y, x, [e for e in entries if 0 <= e[2] < shape[0] and 0 <= e[3] < shape[1]]


def convolve(n, a, w, b):
    out = None
    for size, y, x, entries in windows(n, a.shape[1:], w.shape[2:]):
        out = np.zeros((w.shape[0], *size)) if out is None else out
        out[:, y, x] = b + sum(w[:, :, i, j] @ a[:, r, c] for i, j, r, c in entries)
    return out


def convolve_back(n, g, a, w):
    back = np.zeros_like(a)
    for _, y, x, entries in windows(n, a.shape[1:], w.shape[2:]):
        for i, j, r, c in entries:
            back[:, r, c] += w[:, :, i, j].T @ g[:, y, x]
    return back


def pool(n, a):
    out, kernel = None, attribute(n, 'kernel_shape')
    for size, y, x, entries in windows(n, a.shape[1:], kernel):
        out = np.zeros((a.shape[0], *size)) if out is None else out
        out[:, y, x] = np.max([a[:, r, c] for _, _, r, c in entries], axis=0)
    return out


def pool_back(n, g, a):
    back = np.zeros_like(a)
    for _, y, x, entries in windows(n, a.shape[1:], attribute(n, 'kernel_shape')):
        first = np.argmax([a[:, r, c] for _, _, r, c in entries], axis=0)  # the first of several
        for channel, k in enumerate(first):
            back[channel, entries[k][2], entries[k][3]] += g[channel, y, x]
    return back


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def gradient(path, x, label):
    """Logits, and the gradient of the cross-entropy."""
    graph = onnx.load(path).graph
    value = {i.name: numpy_helper.to_array(i).astype(float) for i in graph.initializer}
    value[graph.input[0].name] = x
    for n in graph.node:
        a = [value[k] for k in n.input]
        value[n.output[0]] = {
            'Gemm': lambda: a[1] @ a[0] + a[2], 'MatMul': lambda: a[0] @ a[1], 'Add': lambda: a[0] + a[1],
            'Relu': lambda: np.maximum(a[0], 0), 'Sigmoid': lambda: sigmoid(a[0]), 'Tanh': lambda: np.tanh(a[0]),
            'LeakyRelu': lambda: np.where(a[0] > 0, a[0], np.float32(attribute(n, 'alpha', 0.01)).astype(float) * a[0]),
            'Flatten': lambda: a[0].ravel(), 'MaxPool': lambda: pool(n, a[0]),
            'Conv': lambda: convolve(n, a[0], a[1], a[2] if len(a) > 2 else 0),
        }[n.op_type]()
    logits = value[graph.output[0].name]
    p = np.exp(logits - logits.max())
    p /= p.sum()
    back = {graph.output[0].name: p - (np.arange(len(p)) == label)}
    for n in reversed(graph.node):
        g, a, z = back[n.output[0]], [value[k] for k in n.input], value[n.output[0]]
        to = {
            'Gemm': lambda: a[1].T @ g, 'MatMul': lambda: a[1] @ g, 'Add': lambda: g, 'Relu': lambda: g * (a[0] > 0),
            'Sigmoid': lambda: g * z * (1 - z), 'Tanh': lambda: g * (1 - z * z), 'Flatten': lambda: g.reshape(a[0].shape),
            'LeakyRelu': lambda: g * np.where(a[0] > 0, 1, np.float32(attribute(n, 'alpha', 0.01)).astype(float)),
            'MaxPool': lambda: pool_back(n, g, a[0]), 'Conv': lambda: convolve_back(n, g, a[0], a[1]),
        }[n.op_type]()
        for name in (n.input if n.op_type == 'Add' else n.input[:1]):
            back[name] = back.get(name, 0) + to
    return logits, back[graph.input[0].name].ravel()


# ---- against the program ------------------------------------------------------------------------------------------


def run(*words):
    done = subprocess.run(['./gradaudit', *words], capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stderr)
    rows = [line.split('\t') for line in done.stdout.splitlines() if not line.startswith('#')]
    return np.array([[float(t) for t in r] for r in rows])


def close(got, want, tolerance, what):
    scale = np.abs(want).max()
    assert scale > 0 and np.abs(got - want).max() <= tolerance * scale, (what, np.abs(got - want).max() / scale)


def check(name, path, shape, dtype, classes=CLASSES):
    """Images with wide regions of one number, where windows have ties."""
    images = (random.integers(0, 3, size=(3, *shape)) * random.integers(0, 2, size=(3, *shape)) / 2).astype(np.float32)
    images[:, ..., :4] = 0.5
    labels = random.integers(0, classes, size=3)
    labels[0] = classes - 1
    np.savez(f'{FOLDER}/data.npz', x_test=images, y_test=labels)
    data = ['--data', f'{FOLDER}/data.npz']
    logits = run('forward', path, *data, '--format', 'exact')
    for f, tolerance in (('exact', 1e-12), ('double', 1e-12), ('mpfr:100', 1e-12), ('float', 1e-4)):
        if f == 'float' and dtype == np.float64:
            continue
        g = run('gradient', '-q', path, *data, '--format', f)
        for i in range(3):
            want, slope = gradient(path, images[i].astype(float), labels[i])
            close(logits[i, -classes:], want, 1e-12, (name, 'logits', i))
            close(g[g[:, 0] == i, 2], slope, tolerance, (name, f, i))
    print(f'{name} {dtype.__name__}: 3 images')


# ---- what is refused, in one line ----


def refused(words, nodes, arrays, shape):
    kind = TensorProto.FLOAT
    graph = helper.make_graph(nodes, 'graph', [helper.make_tensor_value_info('x', kind, ['N', *shape])],
                              [helper.make_tensor_value_info('y', kind, ['N', 4])],
                              [numpy_helper.from_array(np.float32(a), k) for k, a in arrays.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)])
    model.ir_version = 8
    onnx.save(model, f'{FOLDER}/refused.onnx')
    done = subprocess.run(['./gradaudit', 'inspect', f'{FOLDER}/refused.onnx'], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and words in done.stderr and done.stderr.count('\n') == 1 and not done.stdout, (words, done)


flat, leaky = node('Flatten', ['p'], ['y']), node('LeakyRelu', ['x'], ['a'])
for words, nodes, arrays, shape in (
        ('its input has 4611686016279904256 numbers', [node('MaxPool', ['x'], ['p'], kernel_shape=[2, 2]), flat], {}, (1, 2**31, 2**31 - 1)),
        ("node 'p': it makes more than 2^28", [node('MaxPool', ['x'], ['p'], kernel_shape=[32, 32]), flat], {}, (1, 16384, 16384)),
        ("node 'p': its windows do not fit", [node('MaxPool', ['x'], ['p'], kernel_shape=[1, 1], strides=[0, 1]), flat], {}, (1, 4, 4)),
        ("node 'p': its windows do not fit", [node('MaxPool', ['x'], ['p'], kernel_shape=[5, 1]), flat], {}, (1, 4, 4)),
        ("node 'p': a window lies beyond", [node('MaxPool', ['x'], ['p'], kernel_shape=[2, 2], pads=[2, 0, 0, 0]), flat], {}, (1, 4, 4)),
        ("node 'p': auto_pad or dilations", [node('MaxPool', ['x'], ['p'], kernel_shape=[2, 2], auto_pad='SAME_UPPER'), flat], {}, (1, 4, 4)),
        ("node 'p': its weights have 4 dimensions, or it has groups",
         [node('Conv', ['x', 'w'], ['p'], group=2), flat], {'w': np.zeros((2, 1, 2, 2))}, (2, 4, 4)),
        ("node 'p': the weights do not fit the channels", [node('Conv', ['x', 'w'], ['p']), flat], {'w': np.zeros((2, 3, 2, 2))}, (2, 4, 4)),
        ("attribute 'alpha' is not a number", [node('LeakyRelu', ['x'], ['y'], alpha=float('nan'))], {}, (4,)),
        ("'a' is used by no node", [leaky, node('LeakyRelu', ['x'], ['y'])], {}, (4,)),
        ('the two do not have the same shape', [leaky, node('MatMul', ['a', 'w'], ['m']), node('Add', ['m', 'x'], ['y'])],
         {'w': np.zeros((4, 3))}, (4,)),
        ("adds a constant, 'b', to what is no matrix product",
         [leaky, node('MatMul', ['a', 'w'], ['m']), node('Relu', ['m'], ['r']), node('Add', ['m', 'b'], ['y'])],
         {'w': np.ones((4, 4)), 'b': np.ones(4)}, (4,)),
        ('or is a product without its bias', [leaky, node('MatMul', ['a', 'w'], ['m']), node('Add', ['m', 'b'], ['q']), node('Add', ['m', 'q'], ['y'])],
         {'w': np.ones((4, 4)), 'b': np.ones(4)}, (4,))):
    refused(words, nodes, arrays, shape)

for name, shape in (('cnn', (1, 4, 4)), ('leaky', (4,))):  # as torch.onnx.export writes them
    check(name, f'{CASES}/{name}.onnx', shape, np.float32, 3)
for dtype in (np.float32, np.float64):
    for name, nodes, arrays, shape in networks(dtype):
        classes = MANY if name == 'many' else CLASSES
        check(name, save(f'{name}-{dtype.__name__}', nodes, arrays, shape, dtype, classes), shape, dtype, classes)
