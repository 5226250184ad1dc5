# SPDX-License-Identifier: Apache-2.0
"""Losses: gradients of small networks in ONNX files against mpmath, against PyTorch in float64 where it is installed, and, of one
logit that is the input itself, against the textbook's formulas in NumPy and the true value rounded to the format. Called by
tests/losses.sh."""
import os
import subprocess
import sys

import mpmath
import numpy as np
import onnx
from mpmath import mpf
from onnx import TensorProto, helper, numpy_helper

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    torch = None

FOLDER, SEED = sys.argv[1], int(os.environ.get('GRADAUDIT_TEST_SEED', 1))
random = np.random.default_rng(SEED)
node = helper.make_node
mpmath.mp.prec = 300
IMAGES, INPUTS, HIDDEN = 12, 5, 7
count = 0


def save(nodes, arrays, inputs, outputs, dtype):
    kind = TensorProto.FLOAT if dtype == np.float32 else TensorProto.DOUBLE
    graph = helper.make_graph(nodes, 'graph', [helper.make_tensor_value_info('x', kind, ['N', inputs])],
                              [helper.make_tensor_value_info('y', kind, ['N', outputs])],
                              [numpy_helper.from_array(a.astype(dtype), k) for k, a in arrays.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, f'{FOLDER}/net.onnx')


def gradient(*options, fails=None):
    """What the command prints for the network and the data that were saved; or the one line that it fails with."""
    done = subprocess.run(['./gradaudit', 'gradient', '-q', f'{FOLDER}/net.onnx', '--data', f'{FOLDER}/x.npy', '--labels',
                           f'{FOLDER}/y.npy', '--digits', '40', *options], capture_output=True, text=True)
    if fails is not None:
        assert done.returncode == 2 and fails in done.stderr and done.stderr.count('\n') == 1, (fails, done)
        return None
    assert done.returncode == 0, done
    rows = [line.split('\t') for line in done.stdout.splitlines()[1:]]
    images = 1 + max(int(row[0]) for row in rows)
    return [[row[2] for row in rows if int(row[0]) == i] for i in range(images)]


def sigma(z):
    return 1 / (1 + mpmath.exp(-z))


# ---- the derivatives of losses by their outputs, of logits z and label y, in mpmath; and the losses in PyTorch ----


def targets(z, y):
    return [mpf(int(y))] if len(z) == 1 else [mpf(k == y) for k in range(len(z))]


def bce(z, y):
    return [sigma(v) - t for v, t in zip(z, targets(z, y))]


def torch_targets(o, y):
    return y[:, None].to(o.dtype) if o.shape[1] == 1 else F.one_hot(y, o.shape[1]).to(o.dtype)


def torch_bce(o, y):
    return F.binary_cross_entropy_with_logits(o, torch_targets(o, y), reduction='sum')


def torch_bce_of_sigmoid(s, y):
    return F.binary_cross_entropy(s, torch_targets(s, y), reduction='sum')


# ---- a layer, ReLU or leaky ReLU, a layer, and perhaps an end ----

TORCH_ENDS = {'': lambda z: z, 'Sigmoid': lambda z: torch.sigmoid(z)}


def check(outputs, end, loss, words, residual, of_torch, dtype, leaky, scale=1):
    """The exact gradient against mpmath; naive and rewritten ones in double against PyTorch's, or the exact one."""
    global count
    w1, b1 = random.normal(size=(HIDDEN, INPUTS)).astype(dtype), random.normal(size=HIDDEN).astype(dtype)
    w2, b2 = (scale * random.normal(size=(outputs, HIDDEN))).astype(dtype), random.normal(size=outputs).astype(dtype)
    x = random.normal(size=(IMAGES, INPUTS)).astype(dtype)
    y = random.integers(0, max(outputs, 2), IMAGES)
    slope = 0.125 if leaky else 0
    save([node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('LeakyRelu', ['h'], ['a'], alpha=slope) if leaky else node('Relu', ['h'], ['a']),
          node('Gemm', ['a', 'w2', 'b2'], ['z' if end else 'y'], transB=1), *([node(end, ['z'], ['y'])] if end else [])],
         dict(w1=w1, b1=b1, w2=w2, b2=b2), INPUTS, outputs, dtype)
    np.save(f'{FOLDER}/x.npy', x)
    np.save(f'{FOLDER}/y.npy', y)
    exact = gradient('--format', 'exact', *loss)
    truth = np.empty((IMAGES, INPUTS))
    for i in range(IMAGES):
        h = [sum((mpf(float(w)) * mpf(float(v)) for w, v in zip(row, x[i])), mpf(float(b))) for row, b in zip(w1, b1)]
        a = [v if v > 0 else mpf(slope) * v for v in h]
        z = [sum((mpf(float(w)) * v for w, v in zip(row, a)), mpf(float(b))) for row, b in zip(w2, b2)]
        r = residual(z, int(y[i]))
        d = [sum(r[k] * mpf(float(w2[k, j])) for k in range(outputs)) * (1 if h[j] > 0 else mpf(slope)) for j in range(HIDDEN)]
        for e in range(INPUTS):
            want = sum(d[j] * mpf(float(w1[j, e])) for j in range(HIDDEN))
            assert abs(mpf(exact[i][e]) - want) <= abs(want) * mpf(10)**-15, (words, end, i, e, exact[i][e], want)
            truth[i, e] = float(want)
            count += 1
    theirs = truth
    if torch is not None:
        leaf = torch.tensor(x.astype(np.float64), requires_grad=True)
        t = [torch.tensor(v.astype(np.float64)) for v in (w1, b1, w2, b2)]
        z = F.leaky_relu(leaf @ t[0].T + t[1], slope) @ t[2].T + t[3]
        of_torch(TORCH_ENDS[end](z), torch.tensor(y)).backward()
        theirs = leaf.grad.numpy()
        assert np.max(np.abs(theirs - truth)) <= 1e-9 * np.max(np.abs(truth)), (words, end)
    for formulas in 'naive', 'rewrite':
        ours = np.array(gradient('--format', 'double', '--formulas', formulas, *loss), np.float64)
        assert np.max(np.abs(ours - theirs)) <= 1e-9 * np.max(np.abs(theirs)), (words, end, formulas)
        count += ours.size


for dtype in np.float32, np.float64:
    for leaky in False, True:
        for outputs in 1, 3:
            check(outputs, '', ['--loss', 'bce'], 'bce', bce, lambda o, y: torch_bce(o, y), dtype, leaky)
            check(outputs, 'Sigmoid', ['--loss', 'bce'], 'bce', bce, lambda o, y: torch_bce_of_sigmoid(o, y), dtype, leaky, 0.25)
            check(outputs, 'Sigmoid', [], 'cross-entropy of a sigmoid', bce, lambda o, y: torch_bce_of_sigmoid(o, y), dtype, leaky, 0.25)
gradient('--loss', 'squared-error', fails='the loss squared-error is of the network\'s outputs, and this network ends in sigmoid')

# ---- one logit, the input itself: the gradient is the residual ----

FORMATS = {'float': (np.float32, 24, -126), 'double': (np.float64, 53, -1022), 'float16': (np.float16, 11, -14)}


def identity(ends, z, label):
    save([node('MatMul', ['x', 'w'], ['z' if ends else 'y']), *([node('Sigmoid', ['z'], ['y'])] if ends else [])],
         dict(w=np.ones((1, 1))), 1, 1, np.float32)
    np.save(f'{FOLDER}/x.npy', z.astype(np.float32)[:, None])
    np.save(f'{FOLDER}/y.npy', np.full(len(z), label))


def ulp(t, bits, emin):
    return mpmath.ldexp(1, max(int(mpmath.floor(mpmath.log(abs(t), 2))), emin) - bits + 1)


logits = np.unique(np.concatenate([np.linspace(-120, 120, 481), np.linspace(-20, 20, 161), np.linspace(-1, 1, 17)])).astype(np.float16)
for name, (kind, bits, emin) in FORMATS.items():
    for ends in False, True:
        for label in 0, 1:
            identity(ends, logits, label)
            naive, rewritten = ([row[0] for row in gradient('--loss', 'bce', '--format', name, '--formulas', f, '--gemm', 'loop')]
                                for f in ('naive', 'rewrite'))
            zeros = 0
            for z, got in zip(logits, rewritten):
                want = sigma(mpf(float(z))) if label == 0 else -sigma(-mpf(float(z)))
                step = ulp(want, bits, emin)
                assert abs(mpf(got) - want) <= 4 * step, (name, label, z, got, want)
                assert mpf(got) != 0 or abs(want) <= mpmath.ldexp(1, emin - bits), (name, label, z, want)
                zeros += mpf(got) == 0
                count += 1
            assert zeros > 0 or name == 'double'
            with np.errstate(all='ignore'):
                v = logits.astype(kind)
                s = kind(1) / (kind(1) + np.exp(-v))
                want = s - kind(label)
                if ends:
                    slope = s * (kind(1) - s)
                    want = want / slope * slope
            got = np.array([float(n) for n in naive])
            assert (np.isnan(got) == np.isnan(want)).all() and ((got == 0) == (want == 0)).all() or name == 'float16', (name, ends, label)
            assert np.isnan(got).any() == ends, (name, ends, label)  # s is rounded to 1
            assert ends or label == 0 or (got == 0).any(), (name, label)  # absorbed
            close = np.isfinite(want) & np.isfinite(got)
            assert close.sum() > 30 and np.max(np.abs(got - want)[close]) <= 4 * 2.0**-bits, (name, ends, label)
print(f'{count} numbers')
