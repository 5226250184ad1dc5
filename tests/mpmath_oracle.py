# SPDX-License-Identifier: Apache-2.0
"""mpmath_oracle.py -- gradients in mpmath, from the files up: nothing is shared with the program but its promises.

write FILE DTYPE ACTIVATIONS SCALE SEED SIZE...   a random model, weights uniform times SCALE/sqrt(inputs)
check MODEL IMAGES LABELS GAIN LOGIT_SCALE DIGITS LOSS  compares `gradaudit gradient` on standard input. DIGITS > 0: every value is the
    true one correctly rounded to so many decimal digits. DIGITS 0: within 1e-50 of it, and of its sign.
"""
import gzip
import json
import random
import struct
import sys
from fractions import Fraction

from mpmath import cosh, erf, exp, fdot, fsum, log1p, mp, mpf, pi, sqrt, tanh

mp.prec = 1500


def rounded(x, bits):
    """The rational x > 0 rounded to nearest, ties to even, in the normal range."""
    e = 0
    while x * 2 ** e < 2 ** (bits - 1):
        e += 1
    while x * Fraction(2) ** e >= 2 ** bits:
        e -= 1
    return mpf(round(x * Fraction(2) ** e)) * mpf(2) ** -e


def write_model(path, dtype, activations, scale, seed, sizes):
    draw = random.Random(seed)
    code, width = ('f', 4) if dtype == 'F32' else ('d', 8)
    header, data = {'__metadata__': {'activation': activations}}, b''
    for layer in range(1, len(sizes)):
        n_in, n_out = sizes[layer - 1:layer + 1]
        for name, shape, size in (('weight', [n_out, n_in], scale / n_in ** .5), ('bias', [n_out], scale / 4)):
            n = n_out * (n_in if name == 'weight' else 1)
            header[f'fc{layer}.{name}'] = {'dtype': dtype, 'shape': shape, 'data_offsets': [len(data), len(data) + n * width]}
            data += struct.pack(f'<{n}{code}', *(draw.uniform(-size, size) for _ in range(n)))
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + data)


def read_model(path):
    """Layers (rows of weights, biases), activations of the hidden ones, significand bits of the type."""
    with open(path, 'rb') as f:
        n = struct.unpack('<Q', f.read(8))[0]
        header, data = json.loads(f.read(n)), f.read()
    def tensor(name):
        t = header[name]
        code = '<f' if t['dtype'] == 'F32' else '<d'
        first, end = t['data_offsets']
        return [mpf(v[0]) for v in struct.iter_unpack(code, data[first:end])], t['shape']
    layers = []
    while f'fc{len(layers) + 1}.weight' in header:
        values, (n_out, n_in) = tensor(f'fc{len(layers) + 1}.weight')
        layers.append(([values[i * n_in:(i + 1) * n_in] for i in range(n_out)], tensor(f'fc{len(layers) + 1}.bias')[0]))
    names = header['__metadata__']['activation'].split(',')
    return layers, names * (len(layers) - 1) if len(names) == 1 else names, 24 if header['fc1.weight']['dtype'] == 'F32' else 53


def read_idx(path):
    with gzip.open(path) as f:
        data = f.read()
    dimensions = struct.unpack(f'>{data[3]}I', data[4:4 + 4 * data[3]])
    size = 1
    for d in dimensions[1:]:
        size *= d
    body = data[4 + 4 * data[3]:]
    return [body[i * size:(i + 1) * size] for i in range(dimensions[0])]


def sigma(z):
    return 1 / (1 + exp(-z))


def by_factor(g, slope):
    """x g(x), and its derivative."""
    return lambda z: z * g(z), lambda z: g(z) + z * slope(z)


def cubic(z):
    return sqrt(2 / pi) * (z + mpf(44715) / 10 ** 6 * z ** 3)


def cubic_slope(z):
    return sqrt(2 / pi) * (1 + 3 * mpf(44715) / 10 ** 6 * z ** 2)


ACTIVATIONS = {
    'softsign': (lambda z: z / (1 + abs(z)), lambda z: 1 / (1 + abs(z)) ** 2),
    'elu': (lambda z: z if z > 0 else exp(z) - 1, lambda z: min(exp(z), mpf(1))),
    'softplus': (lambda z: log1p(exp(z)), sigma),
    'silu': by_factor(sigma, lambda z: sigma(z) * sigma(-z)),
    'gelu': by_factor(lambda z: (1 + erf(z / sqrt(2))) / 2, lambda z: exp(-z * z / 2) / sqrt(2 * pi)),
    'gelu-tanh': by_factor(lambda z: (1 + tanh(cubic(z))) / 2, lambda z: cubic_slope(z) / (2 * cosh(cubic(z)) ** 2)),
    'mish': by_factor(lambda z: tanh(log1p(exp(z))), lambda z: sigma(z) / cosh(log1p(exp(z))) ** 2),
    'sigmoid': (sigma, lambda z: sigma(z) * sigma(-z)),
    'tanh': (tanh, lambda z: 1 / cosh(z) ** 2),
    'linear': (lambda z: z, lambda z: mpf(1)),
    'relu': (lambda z: max(z, mpf(0)), lambda z: mpf(z > 0)),
    'relu6': (lambda z: min(max(z, mpf(0)), mpf(6)), lambda z: mpf(0 < z < 6)),
    'hardsigmoid': (lambda z: min(max(z + 3, mpf(0)), mpf(6)) / 6, lambda z: mpf(-3 < z < 3) / 6),
    'hardswish': (lambda z: z * min(max(z + 3, mpf(0)), mpf(6)) / 6, lambda z: mpf(z > 3) if abs(z) > 3 else z / 3 + mpf(1) / 2),
}


def cross_entropy(logits, label):
    e = [exp(v) for v in logits]
    total = fsum(e)
    delta = [v / total for v in e]
    delta[label] = -fsum(v for c, v in enumerate(e) if c != label) / total
    return delta


def margin(logits, label):
    others = [c for c in range(len(logits)) if c != label]
    chosen = min(others, key=lambda c: (-logits[c], c))
    return [mpf((c == chosen) - (c == label)) for c in range(len(logits))]


LOSSES = {'cross-entropy': cross_entropy, 'margin': margin}


def gradient(layers, activations, x, label, gain, logit_scale, loss):
    a, slopes = x, []
    for (w, b), name in zip(layers, activations):
        g = gain if name in ('sigmoid', 'tanh') else mpf(1)
        z = [g * (fdot(row, a) + bias) for row, bias in zip(w, b)]
        f, slope = ACTIVATIONS[name]
        slopes.append([g * slope(v) for v in z])
        a = [f(v) for v in z]
    logits = [logit_scale * (fdot(row, a) + bias) for row, bias in zip(*layers[-1])]
    delta = [logit_scale * v for v in LOSSES[loss](logits, label)]
    for (w, _), slope in zip(reversed(layers), [*reversed(slopes), None]):
        delta = [fdot(column, delta) for column in zip(*w)]
        if slope is not None:
            delta = [u * v for u, v in zip(delta, slope)]
    return delta


def agrees(text, true, digits):
    got = mpf(text)
    if true == 0 or got == 0:
        return true == got
    if digits == 0:
        return abs(got / true - 1) < mpf('1e-50')
    mantissa, _, exponent = text.partition('e')
    if len(mantissa.lstrip('-').replace('.', '')) > digits:
        return False
    return abs(got - true) <= mpf(10) ** (int(exponent) - digits + 1) / 2 * (1 + mpf('1e-60'))  # a tie, but for roundings here


def check(model, images, labels, gain, logit_scale, digits, loss):
    layers, activations, bits = read_model(model)
    pixels, classes = read_idx(images), read_idx(labels)
    factors = [rounded(Fraction(float(f)), bits) for f in (gain, logit_scale)]
    true, n, wrong, zeros, least = {}, 0, 0, 0, mpf(1)
    for line in sys.stdin:
        if line.startswith('#'):
            continue
        image, element, text = line.rstrip('\n').split('\t')
        i = int(image)
        if i not in true:
            x = [rounded(Fraction(k, 255), bits) if k else mpf(0) for k in pixels[i]]
            true[i] = gradient(layers, activations, x, classes[i][0], *factors, loss)
        t = true[i][int(element)]
        n += 1
        zeros += t == 0
        least = min(least, abs(t)) if t else least
        if not agrees(text, t, int(digits)):
            wrong += 1
            if wrong < 5:
                print(f'image {image} element {element}: {text}, but mpmath has {mp.nstr(t, 30)}')
    print(f'{n} elements, {wrong} disagree, {zeros} zeros, least {mp.nstr(least, 3)}')
    return wrong == 0 and n == sum(len(t) for t in true.values()) > 0


if __name__ == '__main__':
    if sys.argv[1] == 'write':
        write_model(*sys.argv[2:5], float(sys.argv[5]), int(sys.argv[6]), [int(s) for s in sys.argv[7:]])
    elif not check(*sys.argv[2:]):
        sys.exit(1)
