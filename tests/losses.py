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


def save(nodes, arrays, inputs, outputs, dtype, opset=13):
    kind = TensorProto.FLOAT if dtype == np.float32 else TensorProto.DOUBLE
    graph = helper.make_graph(nodes, 'graph', [helper.make_tensor_value_info('x', kind, ['N', inputs])],
                              [helper.make_tensor_value_info('y', kind, ['N', outputs])],
                              [numpy_helper.from_array(a.astype(dtype), k) for k, a in arrays.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, f'{FOLDER}/net.onnx')


def gradient(*options, fails=None, status=2, labels=True):
    """What the command prints for the network and the data that were saved; or the one line that it fails with."""
    done = subprocess.run(['./gradaudit', 'gradient', '-q', f'{FOLDER}/net.onnx', '--data', f'{FOLDER}/x.npy',
                           *(['--labels', f'{FOLDER}/y.npy'] if labels else []), '--digits', '40', *options],
                          capture_output=True, text=True)
    if fails is not None:
        assert done.returncode == status and fails in done.stderr and done.stderr.count('\n') == 1, (fails, done)
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


def probability(z, y):
    p = [mpmath.exp(v) for v in z]
    p = [v / sum(p) for v in p]
    return [p[y] * ((k == y) - p[k]) for k in range(len(z))]


def probability_of_sigmoid(z, y):
    own = 0 if len(z) == 1 else y
    sign = -1 if len(z) == 1 and y == 0 else 1
    return [sign * sigma(v) * sigma(-v) if k == own else mpf(0) for k, v in enumerate(z)]


def cross_entropy(z, y):
    p = [mpmath.exp(v) for v in z]
    return [v / sum(p) - (k == y) for k, v in enumerate(p)]


def dlr(z, y):
    order = sorted(range(len(z)), key=lambda k: -z[k])
    top, third, m = order[0], order[2], order[1] if order[0] == y else order[0]
    d, n, r = z[top] - z[third], z[y] - z[m], [mpf(0)] * len(z)
    for k, v in (y, -1 / d), (m, 1 / d), (top, n / d**2), (third, -n / d**2):
        r[k] += v
    return r


def torch_dlr(o, y):
    order = o.sort(dim=1, descending=True).values
    own = o[torch.arange(len(y)), y]
    other = torch.where(own == order[:, 0], order[:, 1], order[:, 0])
    return (-(own - other) / (order[:, 0] - order[:, 2])).sum()


def softmax(z):
    p = [mpmath.exp(v) for v in z]
    return [v / sum(p) for v in p]


def soft(smoothing, of=lambda z, y: targets(z, y)):
    """The residual of PyTorch's CrossEntropyLoss with targets `of` and label smoothing."""
    def residual(z, y):
        e = mpf(float(smoothing))
        q = [(1 - e) * t + e / len(z) for t in of(z, y)]
        return [p * sum(q) - v for p, v in zip(softmax(z), q)]
    return residual


def at_temperature(scale, residual):
    """Of logits times a scale."""
    return lambda z, y: [r * scale for r in residual([v * scale for v in z], y)]


def hinge(kappa):
    def residual(z, y):
        other = max((k for k in range(len(z)) if k != y), key=lambda k: z[k])
        on = z[other] - z[y] <= mpf(float(kappa))
        return [mpf(on * ((k == other) - (k == y))) for k in range(len(z))]
    return residual


def torch_hinge(kappa):
    def loss(o, y):
        own = F.one_hot(y, o.shape[1]).bool()
        return -torch.clamp(o[own] - o.masked_fill(own, -torch.inf).max(dim=1).values, min=-float(kappa)).sum()
    return loss


def logit(z, y):
    return [mpf(len(z) == 1 or k == y) for k in range(len(z))]


def torch_of_label(o, y):
    return o.sum() if o.shape[1] == 1 else o[torch.arange(len(y)), y].sum()


def torch_probability_of_sigmoid(s, y):
    return torch.where(y == 1, s[:, 0], 1 - s[:, 0]).sum() if s.shape[1] == 1 else torch_of_label(s, y)


# ---- a layer, ReLU or leaky ReLU, a layer, and perhaps an end ----

TORCH_ENDS = {'': lambda z: z, 'Sigmoid': lambda z: torch.sigmoid(z), 'Softmax': lambda z: torch.softmax(z, 1),
              'LogSoftmax': lambda z: torch.log_softmax(z, 1)}


def check(outputs, end, loss, words, residual, of_torch, dtype, leaky, scale=1, rows=None):
    """With rows, targets or upstream gradients in a file, there are no labels: residual and of_torch take the number of the image
    instead. The exact gradient against mpmath; naive and rewritten ones in double against PyTorch's, or the exact one."""
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
    if rows is not None:
        np.save(f'{FOLDER}/rows.npy', rows)
        y = np.arange(IMAGES)
    exact = gradient('--format', 'exact', *loss, labels=rows is None)
    truth = np.empty((IMAGES, INPUTS))
    for i in range(IMAGES):
        h = [sum((mpf(float(w)) * mpf(float(v)) for w, v in zip(row, x[i])), mpf(float(b))) for row, b in zip(w1, b1)]
        a = [v if v > 0 else mpf(slope) * v for v in h]
        z = [sum((mpf(float(w)) * v for w, v in zip(row, a)), mpf(float(b))) for row, b in zip(w2, b2)]
        r = residual(z, int(y[i]))
        d = [sum(r[k] * mpf(float(w2[k, j])) for k in range(outputs)) * (1 if h[j] > 0 else mpf(slope)) for j in range(HIDDEN)]
        for e in range(INPUTS):
            want = sum(d[j] * mpf(float(w1[j, e])) for j in range(HIDDEN))
            assert abs(mpf(exact[i][e]) - want) <= abs(want) * mpf(10)**-15 + mpf(10)**-80, (words, end, i, e, exact[i][e], want)
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
        ours = np.array(gradient('--format', 'double', '--formulas', formulas, *loss, labels=rows is None), np.float64)
        assert np.max(np.abs(ours - theirs)) <= 1e-9 * np.max(np.abs(theirs)), (words, end, formulas)
        count += ours.size


for dtype in np.float32, np.float64:
    for leaky in False, True:
        for outputs in 1, 3:
            check(outputs, '', ['--loss', 'bce'], 'bce', bce, lambda o, y: torch_bce(o, y), dtype, leaky)
            check(outputs, 'Sigmoid', ['--loss', 'bce'], 'bce', bce, lambda o, y: torch_bce_of_sigmoid(o, y), dtype, leaky, 0.25)
            check(outputs, 'Sigmoid', [], 'cross-entropy of a sigmoid', bce, lambda o, y: torch_bce_of_sigmoid(o, y), dtype, leaky, 0.25)
        for end, of in ('', lambda o: torch.softmax(o, 1)), ('Softmax', lambda p: p), ('LogSoftmax', lambda l: l.exp()):
            check(3, end, ['--loss', 'probability'], 'probability', probability, lambda o, y, of=of: torch_of_label(of(o), y), dtype, leaky, 0.5)
        check(3, '', ['--loss', 'logit'], 'logit', logit, lambda o, y: torch_of_label(o, y), dtype, leaky)
        check(3, 'LogSoftmax', ['--loss', 'nll'], 'nll', cross_entropy, lambda l, y: F.nll_loss(l, y, reduction='sum'), dtype, leaky)
        check(3, 'Softmax', ['--loss', 'nll'], 'nll', cross_entropy, lambda p, y: F.nll_loss(p.log(), y, reduction='sum'), dtype, leaky)
        for outputs in 3, 6:
            check(outputs, '', ['--loss', 'dlr'], 'dlr', dlr, torch_dlr, dtype, leaky)
        check(1, '', ['--loss', 'logit'], 'logit', logit, lambda o, y: torch_of_label(o, y), dtype, leaky)
        for outputs in 1, 3:
            check(outputs, 'Sigmoid', ['--loss', 'probability'], 'probability', probability_of_sigmoid,
                  lambda s, y: torch_probability_of_sigmoid(s, y), dtype, leaky, 0.5)
# ---- numbers of losses, targets, and gradients of the logits ----

FILE = f'{FOLDER}/rows.npy'
for dtype, outputs, smoothing, leaky in (np.float32, 3, 0.1, True), (np.float64, 6, 0.75, False):
    e = dtype(smoothing)
    check(outputs, '', ['--label-smoothing', str(smoothing)], 'label smoothing', soft(e),
          lambda o, y, e=e: F.cross_entropy(o, y, label_smoothing=float(e), reduction='sum'), dtype, leaky)
    cold = dtype(1) / dtype(3)
    check(outputs, '', ['--temperature', '3', '--label-smoothing', str(smoothing)], 'temperature', at_temperature(mpf(float(cold)), soft(e)),
          lambda o, y, e=e, t=cold: F.cross_entropy(o * float(t), y, label_smoothing=float(e), reduction='sum'), dtype, leaky)
    for kappa in 0, 0.7:
        check(outputs, '', ['--loss', 'cw', '--kappa', str(kappa)], 'cw', hinge(dtype(kappa)), torch_hinge(dtype(kappa)), dtype, leaky)
    rows = random.uniform(0, 1, (IMAGES, outputs)) * random.integers(0, 2, (IMAGES, outputs))  # some are 0
    tensor = None if torch is None else torch.tensor(rows)
    check(outputs, '', ['--targets', FILE], 'targets', soft(0, lambda z, i, t=rows: [mpf(v) for v in t[i]]),
          lambda o, y, t=tensor: F.cross_entropy(o, t, reduction='sum'), dtype, leaky, rows=rows)
    check(outputs, '', ['--targets', FILE, '--label-smoothing', str(smoothing)], 'smoothed targets',
          soft(e, lambda z, i, t=rows: [mpf(v) for v in t[i]]),
          lambda o, y, t=tensor, e=e: F.cross_entropy(o, t, label_smoothing=float(e), reduction='sum'), dtype, leaky, rows=rows)
    check(outputs, '', ['--loss', 'bce', '--targets', FILE], 'several labels', lambda z, i, t=rows: [sigma(v) - mpf(b) for v, b in zip(z, t[i])],
          lambda o, y, t=tensor: F.binary_cross_entropy_with_logits(o, t, reduction='sum'), dtype, leaky, rows=rows)
    check(outputs, 'Sigmoid', ['--targets', FILE], 'several labels of a sigmoid', lambda z, i, t=rows: [sigma(v) - mpf(b) for v, b in zip(z, t[i])],
          lambda o, y, t=tensor: F.binary_cross_entropy(o, t, reduction='sum'), dtype, leaky, 0.25, rows=rows)
    wide = random.normal(size=(IMAGES, outputs)) * 100
    check(outputs, '', ['--loss', 'squared-error', '--targets', FILE], 'values', lambda z, i, t=wide: [2 * (v - mpf(b)) for v, b in zip(z, t[i])],
          lambda o, y, t=wide: ((o - torch.tensor(t))**2).sum(), dtype, leaky, rows=wide)
    check(outputs, '', ['--upstream', FILE], 'upstream', lambda z, i, t=wide: [mpf(b) for b in t[i]],
          lambda o, y, t=wide: (o * torch.tensor(t)).sum(), dtype, leaky, rows=wide)
    check(outputs, '', ['--upstream', FILE], 'one row', lambda z, i, t=wide: [mpf(b) for b in t[0]],
          lambda o, y, t=wide: (o * torch.tensor(t[:1])).sum(), dtype, leaky, rows=wide[:1])
gradient('--targets', FILE, '--upstream', FILE, fails='say one of them')
gradient('--format', 'double', '--loss', 'ce', fails="did you mean 'cross-entropy'?")
gradient('--format', 'double', '--upstream', FILE, '--loss', 'margin', fails='an upstream gradient takes the place of the loss: leave out margin')
gradient('--format', 'double', '--upstream', FILE, '--label-smoothing', '0.5', fails='label smoothing')
gradient('--temperature', '2', '--logit-scale', '2', fails='--temperature T is --logit-scale 1/T')
gradient('--format', 'double', '--label-smoothing', '1', fails='label smoothing is from 0 to less than 1')
gradient('--format', 'double', '--label-smoothing', '0.1', '--loss', 'bce', fails='label smoothing goes with the cross-entropy, not with the loss bce: leave one of them out')
gradient('--format', 'double', '--kappa', '1', fails='kappa goes with the loss cw, not with cross-entropy: choose cw, or leave kappa out')
gradient('--loss', 'upstream', fails="no loss is called 'upstream'")
np.save(FILE, np.ones((IMAGES, 6)))
gradient('--format', 'double', '--loss', 'margin', '--targets', FILE, fails='the loss margin takes no targets: cross-entropy, bce and squared-error do')
np.save(FILE, np.full((IMAGES, 6), 1.5))
gradient('--format', 'double', '--targets', FILE, fails='target 0 of image 0 is 1.5: those of the loss cross-entropy are from 0 to 1, those of squared-error any', status=3)
np.save(FILE, np.ones((IMAGES, 5)))
gradient('--format', 'double', '--targets', FILE, fails='rows.npy: rows of 5 targets do not fit a network of 6 outputs: a row has one for each', status=3)
np.save(FILE, np.ones((IMAGES - 1, 6)))
gradient('--format', 'double', '--upstream', FILE, fails=f'rows.npy: {IMAGES - 1} rows of upstream gradients for {IMAGES} images', status=3)
np.savetxt(f'{FOLDER}/rows.csv', [[0.5, -1, 2, 0, 0.25, 8]], delimiter=',')
np.savez(f'{FOLDER}/rows.npz', upstream=np.array([0.5, -1, 2, 0, 0.25, 8]))
assert gradient('--format', 'double', '--upstream', f'{FOLDER}/rows.csv', labels=False) == gradient(
    '--format', 'double', '--upstream', f'{FOLDER}/rows.npz')
check(3, 'Sigmoid', [], 'cross-entropy of a sigmoid', bce, lambda o, y: torch_bce_of_sigmoid(o, y), np.float32, False, 0.25)
gradient('--label-smoothing', '0.1', fails='the loss cross-entropy is of the network\'s outputs, and this network ends in sigmoid')
gradient('--loss', 'squared-error', fails='the loss squared-error is of the network\'s outputs, and this network ends in sigmoid')
save([node('MatMul', ['x', 'w'], ['y'])], dict(w=np.ones((5, 3))), 5, 3, np.float32)
gradient('--loss', 'nll', fails='this network ends in logits: say --loss cross-entropy')

# ---- the input itself is the one logit, or that of label 0 beside a logit 0: the gradient is the residual ----

FORMATS = {'float': (np.float32, 24, -126), 'double': (np.float64, 53, -1022), 'float16': (np.float16, 11, -14)}


def textbook_sigma(v):
    return v.dtype.type(1) / (v.dtype.type(1) + np.exp(-v))


def textbook_bce(v, label):
    return textbook_sigma(v) - v.dtype.type(label)


def textbook_composed(v, label):
    s = textbook_sigma(v)
    slope = s * (v.dtype.type(1) - s)
    return (s - v.dtype.type(label)) / slope * slope


def textbook_slope(v, label):
    s = textbook_sigma(v)
    return (s * (v.dtype.type(1) - s)) * v.dtype.type(1 if label else -1)


def textbook_probability(v, label):
    a, b = np.exp(v - np.maximum(v, 0)), np.exp(-np.maximum(v, 0))
    p = a / (a + b)
    return p * (v.dtype.type(1) - p)


def textbook_nll(v, label):
    top = np.maximum(v, 0)
    l = (v - top) - np.log(np.exp(v - top) + np.exp(-top))
    return np.exp(l) - v.dtype.type(1)


def textbook_nll_of_softmax(v, label):
    a, b = np.exp(v - np.maximum(v, 0)), np.exp(-np.maximum(v, 0))
    p = a / (a + b)
    g = -v.dtype.type(1) / p
    return p * (g - g * p)


# loss, outputs, end, label: the true residual of z, the textbook's
CASES = [*(('bce', 1, end, label, (lambda z: -sigma(-z)) if label else sigma, textbook_composed if end else textbook_bce)
           for end in ('', 'Sigmoid') for label in (0, 1)),
         *(('probability', 1, 'Sigmoid', label, lambda z, sign=sign: sign * sigma(z) * sigma(-z), textbook_slope)
           for label, sign in ((0, -1), (1, 1))),
         ('probability', 2, '', 0, lambda z: sigma(z) * sigma(-z), textbook_probability),
         ('nll', 2, 'LogSoftmax', 0, lambda z: -sigma(-z), textbook_nll),
         ('nll', 2, 'Softmax', 0, lambda z: -sigma(-z), textbook_nll_of_softmax)]


def ulp(t, bits, emin):
    return mpmath.ldexp(1, max(int(mpmath.floor(mpmath.log(abs(t), 2))), emin) - bits + 1)


logits = np.unique(np.concatenate([np.linspace(-120, 120, 481), np.linspace(-20, 20, 161), np.linspace(-1, 1, 17)])).astype(np.float16)
for loss, outputs, end, label, true, textbook in CASES:
    save([node('MatMul', ['x', 'w'], ['z' if end else 'y']), *([node(end, ['z'], ['y'])] if end else [])],
         dict(w=np.eye(outputs)[:1]), 1, outputs, np.float32)
    np.save(f'{FOLDER}/x.npy', logits.astype(np.float32)[:, None])
    np.save(f'{FOLDER}/y.npy', np.full(len(logits), label))
    for name, (kind, bits, emin) in FORMATS.items():
        where = loss, outputs, end, label, name
        naive, rewritten = ([row[0] for row in gradient('--loss', loss, '--format', name, '--formulas', f, '--gemm', 'loop')]
                            for f in ('naive', 'rewrite'))
        zeros = 0
        for z, got in zip(logits, rewritten):
            want = true(mpf(float(z)))
            assert abs(mpf(got) - want) <= 5 * ulp(want, bits, emin), (where, z, got, want)
            assert mpf(got) != 0 or abs(want) <= mpmath.ldexp(1, emin - bits), (where, z, want)  # no earlier than it rounds to 0
            zeros += mpf(got) == 0
            count += 1
        assert zeros > 0 or name == 'double', where
        with np.errstate(all='ignore'):
            want = textbook(logits.astype(kind), label)
        got = np.array([float(n) for n in naive])
        assert name == 'float16' or ((np.isnan(got) == np.isnan(want)).all() and ((got == 0) == (want == 0)).all()), where
        nan = textbook is textbook_composed or (textbook is textbook_nll_of_softmax and name != 'double')
        assert np.isnan(got).any() == nan, where  # s is rounded to 1, or p_y to 0
        assert label == 0 or np.isnan(got).any() or (got == 0).any(), where   # absorbed
        close = np.isfinite(want) & np.isfinite(got)
        assert close.sum() > 30 and np.max(np.abs(got - want)[close]) <= 4 * 2.0**-bits, where
# ---- many classes: rewritten residuals are within 4 ulp, and 0 no earlier than the true ones, however small each class is ----


def of_softmax(z, y):
    """p, and the sum of the others than y."""
    e = [mpmath.exp(v - max(z)) for v in z]
    rest = mpmath.fsum(e[:y] + e[y + 1:])
    return [v / (rest + e[y]) for v in e], rest / (rest + e[y])


def many_cross_entropy(z, y):
    p, rest = of_softmax(z, y)
    return [-rest if k == y else p[k] for k in range(len(z))]


def many_probability(z, y):
    p, rest = of_softmax(z, y)
    return [p[y] * (rest if k == y else -p[k]) for k in range(len(z))]


for loss, end, true in ('cross-entropy', '', many_cross_entropy), ('nll', 'LogSoftmax', many_cross_entropy), ('probability', '', many_probability):
    for name, bits, emin in ('float', 24, -126), ('double', 53, -1022), ('float16', 11, -14), ('bfloat16', 8, -126):
        for outputs in 3, 10, 100:
            rows = 60 // outputs + 6
            end_of_range = (bits - emin) * 0.6931
            far = random.choice([0.05, 0.5, 0.95, 0.99, 1, 1.02], size=(rows, 1)) * end_of_range
            unit = 2.0**(np.floor(np.log2(end_of_range)) + 2 - bits)  # so that differences are exact
            z = random.uniform(-0.02, 0.02, (rows, outputs)) * far
            z[:, 0] += far[:, 0]
            z = np.rint(z / unit) * unit
            label = np.arange(rows) % 2
            dtype = np.float64 if name == 'double' else np.float32
            save([node('MatMul', ['x', 'w'], ['z' if end else 'y']), *([node(end, ['z'], ['y'])] if end else [])],
                 dict(w=np.eye(outputs)), outputs, outputs, dtype)
            np.save(f'{FOLDER}/x.npy', z.astype(dtype))
            np.save(f'{FOLDER}/y.npy', label)
            got = gradient('--loss', loss, '--format', name, '--formulas', 'rewrite', '--gemm', 'loop')
            for i in range(rows):
                for k, t in enumerate(true([mpf(float(v)) for v in z[i]], int(label[i]))):
                    where = loss, name, outputs, i, k, got[i][k], t
                    assert abs(mpf(got[i][k]) - t) <= 4 * ulp(t, bits, emin), where
                    assert mpf(got[i][k]) != 0 or abs(t) <= mpmath.ldexp(1 + mpf(2)**(4 - bits), emin - bits), where
                    count += 1
# ---- the derivative of hard-swish, z/3 + 1/2, has a root at -1.5: rewritten, it is right next to it ----

near = np.float32(-1.5) + np.ldexp(np.float32(1), -np.arange(1, 23, dtype=np.int32)) * np.float32(1)
near = np.concatenate([near, np.float32(-3) - near, random.uniform(-3, 3, 40).astype(np.float32)])
save([node('MatMul', ['x', 'w'], ['z']), node('HardSwish', ['z'], ['h']), node('MatMul', ['h', 'w'], ['y'])], dict(w=np.eye(1)), 1, 1, np.float32, 14)
np.save(f'{FOLDER}/x.npy', near[:, None])
np.save(f'{FOLDER}/y.npy', np.zeros(len(near), np.int64))
for z, (got,) in zip(near, gradient('--loss', 'logit', '--format', 'float', '--formulas', 'rewrite', '--gemm', 'loop')):
    t = (2 * mpf(float(z)) + 3) / 6
    assert abs(mpf(got) - t) <= 2 * ulp(t, 24, -126), (z, got, t)
    count += 1
# ---- classes at the end of a file are left out ----

np.save(f'{FOLDER}/x.npy', np.float32(random.normal(size=(IMAGES, 5))))
np.save(f'{FOLDER}/y.npy', random.integers(0, 3, IMAGES))
for shape in [], [node('LeakyRelu', ['z'], ['a'], alpha=0.5), node('MatMul', ['a', 'v'], ['u'])]:
    arrays, last = dict(w=random.normal(size=(5, 3)), **(dict(v=np.eye(3)) if shape else {})), 'u' if shape else 'z'
    save([node('MatMul', ['x', 'w'], ['z']), *shape, node('Identity', [last], ['y'])], arrays, 5, 3, np.float32)
    plain = gradient('--format', 'double')
    for axis in 1, -1, 0:
        graph = helper.make_graph([node('MatMul', ['x', 'w'], ['z']), *shape, node('ArgMax', [last], ['y'], axis=axis, keepdims=0)], 'graph',
                                  [helper.make_tensor_value_info('x', TensorProto.FLOAT, ['N', 5])],
                                  [helper.make_tensor_value_info('y', TensorProto.INT64, ['N'])],
                                  [numpy_helper.from_array(a.astype(np.float32), k) for k, a in arrays.items()])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=8), f'{FOLDER}/net.onnx')
        if axis == 0:
            gradient(fails="operator 'ArgMax' is not read", status=3)
            continue
        assert gradient('--format', 'double') == plain
        shown = subprocess.run(['./gradaudit', 'inspect', f'{FOLDER}/net.onnx'], capture_output=True, text=True)
        assert 'metadata.left_out\tArgMax' in shown.stdout, shown
print(f'{count} numbers')
