# SPDX-License-Identifier: Apache-2.0
"""forward.py PROGRAM DIRECTORY MANPAGE: `gradaudit forward` against the same network in Python floats, NumPy, mpmath and PyTorch."""
import csv
import json
import math
import os
import re
import struct
import subprocess
import sys

import numpy as np
from mpmath import exp, fdot, fsum, log, mpf

import mpmath_oracle

program, tmp, man = sys.argv[1:]
model, images, labels, array = (os.path.join(tmp, name) for name in ('model', 'images.npy', 'labels.npy', 'out.npy'))
seed = int(os.environ.get('GRADAUDIT_TEST_SEED', '1'))
random = np.random.default_rng(seed)
failures = 0


def check(ok, what):
    global failures
    if not ok:
        failures += 1
        print('FAILED:', what, f'(seed {seed})')


def run(*words, status=0):
    p = subprocess.run([program, *words], capture_output=True, text=True)
    check(p.returncode == status, f'status {p.returncode}, not {status}: {words}: {p.stderr}')
    return p.stdout, p.stderr


def forward(*words, status=0, with_labels=True):
    """The header and the lines below it."""
    out, message = run('forward', model, '--data', images, *(['--labels', labels] if with_labels else []), *words, status=status)
    rows = list(csv.reader(out.splitlines(), delimiter='\t'))
    return (rows[0], rows[1:], message) if rows else ([], [], message)


def write(layers, activations, output='logits', dtype='F64'):
    header, data = {'__metadata__': {'activation': ','.join(activations)}}, b''
    if output != 'logits':
        header['__metadata__']['output'] = output
    for i, arrays in enumerate(layers, 1):
        for name, a in zip(('weight', 'bias'), arrays):
            a = np.asarray(a, '<f8' if dtype == 'F64' else '<f4')
            header[f'fc{i}.{name}'] = {'dtype': dtype, 'shape': a.shape, 'data_offsets': [len(data), len(data) + a.nbytes]}
            data += a.tobytes()
    text = json.dumps(header).encode()
    with open(model, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + data)


def network(sizes, scale):
    return [(random.uniform(-scale, scale, (n_out, n_in)) / n_in ** .5, random.uniform(-scale, scale, n_out))
            for n_in, n_out in zip(sizes, sizes[1:])]


# ---- Python floats: every operation rounded, terms in increasing index ----
def ieee_exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


LOOP = {'sigmoid': lambda z: 1 / (1 + ieee_exp(-z)), 'tanh': math.tanh, 'relu': lambda z: z if z > 0 else 0.,
        'linear': lambda z: z}


def loop(layers, activations, x):
    a = [float(v) for v in x]
    for i, (w, b) in enumerate(layers):
        z = []
        for row, bias in zip(w.tolist(), b.tolist()):
            s = 0.
            for u, v in zip(row, a):
                s += u * v
            z.append(s + bias)
        a = [LOOP[activations[i]](v) for v in z] if i < len(activations) else z
    return a


def loop_end(o, output):
    if output == 'logits':
        return o
    m, total = max(o), 0.
    e = [math.exp(v - m) for v in o]
    for v in e:
        total += v
    return [v / total for v in e] if output == 'softmax' else [(v - m) - math.log(total) for v in o]


# ---- NumPy, with a bound of what its sums and ours are off by: first-order, the activations' slopes are at most 1 ----
NUMPY = {'sigmoid': lambda z: 1 / (1 + np.exp(-z)), 'tanh': np.tanh, 'relu': lambda z: np.maximum(z, 0), 'linear': lambda z: z}


def numpy_logits(layers, activations, x):
    a, off, u = x, np.zeros_like(x), 2. ** -53
    for i, (w, b) in enumerate(layers):
        n = w.shape[1] + 4
        off = off @ abs(w).T + 2 * n * u * (abs(a) @ abs(w).T + abs(b))
        a = a @ w.T + b
        if i < len(activations):
            a = NUMPY[activations[i]](a)
            off = off + 8 * u * (1 + abs(a))
    return a, off


# ---- mpmath ----
def exact(layers, activations, x, output):
    a = [mpf(float(v)) for v in x]
    for i, (w, b) in enumerate(layers):
        a = [fdot([mpf(v) for v in row], a) + mpf(bias) for row, bias in zip(w.tolist(), b.tolist())]
        if i < len(activations):
            a = [mpmath_oracle.ACTIVATIONS[activations[i]][0](v) for v in a]
    if output == 'logits':
        return a
    total = fsum(exp(v) for v in a)
    return [exp(v) / total for v in a] if output == 'softmax' else [v - log(total) for v in a]


N, SIZES = 5, [12, 9, 7, 6]
x = random.uniform(0, 1, (N, SIZES[0]))
np.save(images, x)
classes = random.integers(0, SIZES[-1], N)
np.save(labels, classes)
names = {'logits': 'logit', 'softmax': 'probability', 'log-softmax': 'log-probability'}
cases = 0
for activations, scale in (('sigmoid', 'tanh'), 4), (('relu', 'relu'), 4), (('tanh', 'sigmoid'), 300), (('relu', 'sigmoid'), 30), (('linear', 'tanh'), 4):
    layers = network(SIZES, scale)
    for output, name in names.items():
        write(layers, activations, output)
        head, rows, message = forward('--format', 'double', '--gemm', 'loop')
        check(head == ['#image', 'label', 'predicted'] + [f'{name}.{c}' for c in range(SIZES[-1])] and len(rows) == N, (head, len(rows)))
        for i, row in enumerate(rows):
            logits = loop(layers, activations, x[i])
            check([float(v) for v in row[3:]] == loop_end(logits, output), f'{activations} {output}, loop, image {i}: {row[3:]}')
            check(row[:3] == [str(i), str(classes[i]), str(int(np.argmax(logits)))], f'image, label, class: {row[:3]}')
        _, rows, _ = forward('--format', 'exact', '--digits', '25')
        for i, row in enumerate(rows):
            true = exact(layers, activations, x[i], output)
            wrong = [c for c, t in enumerate(true) if not mpmath_oracle.agrees(row[3 + c], t, 25)]
            check(not wrong, f'{activations} {output}, exact, image {i}, outputs {wrong}: {row[3:]}')
            check(row[2] == str(max(range(len(true)), key=lambda c: true[c])), f'exact class {row[2]}')
        _, rows, _ = forward('--format', 'mpfr:256', '--formulas', 'rewrite')
        for i, row in enumerate(rows):
            true = exact(layers, activations, x[i], output)
            check(all(mpmath_oracle.agrees(v, t, 0) for v, t in zip(row[3:], true)), f'{activations} {output}, mpfr:256, image {i}')
        # An array holds what the table says, in the format's own type.
        for form, dtype in ('double', '<f8'), ('exact', '<f8'):
            _, rows, _ = forward('--format', form, *(['--digits', '60'] if form == 'exact' else [])) # read back, it is rounded once
            out, _ = run('forward', model, '--data', images, '--format', form, '-o', array)
            got = np.load(array)
            check(out == '' and got.dtype == dtype and got.tolist() == [[float(v) for v in row[3:]] for row in rows], f'-o, {form}')
        cases += 1
    write(layers, activations)
    _, rows, _ = forward('--format', 'double')
    want, off = numpy_logits(layers, activations, x)
    got = np.array([[float(v) for v in row[3:]] for row in rows])
    check(np.all(abs(got - want) <= off), f'{activations}: off from NumPy by {abs(got - want).max()}')

# A binary64 model is computed in double where no format is asked for, a binary32 one in float.
head, rows, _ = forward(with_labels=False)
check(head[:2] == ['#image', 'predicted'] and [[float(v) for v in row[2:]] for row in rows] == got.tolist(), 'the format of a binary64 model')
layers = [(w.astype('<f4'), b.astype('<f4')) for w, b in network(SIZES, 2)]
write(layers, ('relu', 'relu'), dtype='F32')
_, rows, _ = forward('--gemm', 'loop')
for i, row in enumerate(rows):
    a = x[i].astype('<f4')
    for k, (w, b) in enumerate(layers):
        s = np.zeros(len(b), '<f4')
        for c in range(len(a)):
            s = s + w[:, c] * a[c]
        a = np.maximum(s + b, np.float32(0)) if k < 2 else s + b
    check(np.array_equal(np.array(row[3:]).astype('<f4'), a), f'float, loop, image {i}')
run('forward', model, '--data', images, '-o', array, '--gemm', 'loop', '--images', '1-3')
check(np.load(array).dtype == '<f4' and np.array_equal(np.load(array), np.array([row[3:] for row in rows[1:4]]).astype('<f4')), '-o, float')

# ---- attacks count as correct what is predicted here ----
out, _ = run('attack', model, '--data', images, '--labels', labels, '-e', 'float')
correct = dict(zip(*(line.split('\t') for line in out.splitlines())))['correct']
_, rows, _ = forward()
check(int(correct) == sum(row[1] == row[2] for row in rows), f'attack: {correct} correct')

# ---- no class: two logits that are the same number, that no precision tells apart, that are NaN ----
w = random.uniform(-1, 1, (1, SIZES[0]))
layers = [(np.vstack([w, w]), np.array([.5, .5])), (np.array([[3., 0], [0, 3], [-3, 0]]), np.zeros(3))]
np.save(labels, classes % 3)
write(layers, ('sigmoid',))
_, rows, _ = forward('--format', 'double')
check(all(row[2] == 'none' for row in rows), 'a tie in double')
_, rows, message = forward('--format', 'exact', '--max-bits', '256', status=6)
check(all(row[2] == 'undecided' for row in rows), 'a tie that is not proved')
check('because their largest logits are equal' in message, message)
_, rows, message = forward('--format', 'exact', '--max-bits', '256', '--quiet', status=6)
check(message == f'gradaudit: {N} predicted classes remain undecided (raise --max-bits)\n', message)
write([(abs(v), b) for v, b in layers[:1]] + layers[1:], ('relu',))
_, rows, _ = forward('--format', 'exact')
check(all(row[2] == 'none' and row[3] == row[4] for row in rows), 'a tie that is proved')
layers[1][1][2] = math.nan
write(layers, ('sigmoid',))
forward('--format', 'double', status=3)
_, rows, _ = forward('--format', 'double', '--allow-nonfinite')
check(all(row[2] == 'none' and row[5] == 'nan' for row in rows), 'NaN')
_, rows, message = forward('--format', 'exact', '--allow-nonfinite', '--max-bits', '256', status=6)
check('predicted classes remain undecided; ' in message and all(row[2] == 'undecided' for row in rows), message)

# ---- one output: no classes, whatever the labels are ----
layers = network([SIZES[0], 4, 1], 1)
np.save(labels, classes + 7)
for output in names:
    write(layers, ('tanh',), output)
    head, rows, _ = forward('--format', 'double', '--gemm', 'loop')
    check(head == ['#image', names[output] + '.0'], head)
    for i, row in enumerate(rows):
        check([float(row[1])] == loop_end(loop(layers, ('tanh',), x[i]), output), f'one output, {output}')

# ---- the comparison that the manual shows ----
try:
    import torch
except ImportError:
    sys.exit(bool(failures) or print(cases, 'networks; PyTorch is not installed (Debian package python3-torch)'))
torch.manual_seed(seed)
net = torch.nn.Sequential(torch.nn.Linear(12, 8), torch.nn.ReLU(), torch.nn.Linear(8, 4))
np.savez(os.path.join(tmp, 'model.npz'), **{k: v.numpy() for k, v in net.state_dict().items()})
with open(man) as f:
    example = re.search(r'\\" forward\.py runs this\n\.EX\n(.*?)\.EE', f.read(), re.S).group(1).replace('\\e\n', '\\\n').replace('\\-', '-')
np.save(images, x.astype('<f4'))
code, shell = example.split('\n\n')
exec(code, {'model': net, 'numpy': np, 'torch': torch, 'images': os.chdir(tmp) or np.load('images.npy')})
os.mkdir('bin')
os.symlink(sys.executable, 'bin/python3')
os.symlink(program, 'bin/gradaudit')
p = subprocess.run(['sh', '-c', shell], capture_output=True, text=True, cwd=tmp,
                   env={**os.environ, 'PATH': f'{tmp}/bin:{os.environ["PATH"]}'})
words = p.stdout.split()
check(p.returncode == 0 and len(words) == 2 and float(words[0]) < 1e-5 and float(words[1]) == 1, (p.stdout, p.stderr))
print(cases, 'networks, and the example of the manual:', p.stdout.strip())
sys.exit(bool(failures))
