# SPDX-License-Identifier: Apache-2.0
"""same_networks.py FOLDER: the networks for tests/same_bytes.sh, NAME.safetensors, with images NAME.x and labels NAME.y (IDX).

The planted ones are those of tests/test_planted_truth.c, on every image of black, white and grey pixels, and with every label. The
others are random: large weights, so that units saturate, and labels that the network mostly agrees with, so that attacks have something to
fool."""
import itertools
import json
import math
import os
import random
import struct
import sys

folder = sys.argv[1]
f64, f32 = ('F64', 'd'), ('F32', 'f')


def write_idx(name, shape, values):
    with open(os.path.join(folder, name), 'wb') as f:
        f.write(bytes((0, 0, 8, len(shape))) + struct.pack('>%dI' % len(shape), *shape) + bytes(values))


def write(name, kind, sizes, activations, values, images, labels, output=None, steps=()):
    """values: of each layer in turn, weights row by row and then biases."""
    dtype, code = kind
    header, data, values = {'__metadata__': {'activation': ','.join(activations), 'layout': 'out-in'}}, b'', iter(values)
    if output:
        header['__metadata__']['output'] = output

    def tensor(key, shape, dtype, code, numbers):
        nonlocal data
        packed = struct.pack('<%d%s' % (math.prod(shape), code), *numbers)
        header[key] = {'dtype': dtype, 'shape': shape, 'data_offsets': [len(data), len(data) + len(packed)]}
        data += packed

    for n, (kind, numbers) in enumerate(steps):
        tensor('normalise.%d.%s' % (n + 1, kind), [sizes[0]], 'F64', 'd', numbers)
    for n, (n_in, n_out) in enumerate(zip(sizes, sizes[1:])):
        tensor('fc%d.weight' % (n + 1), [n_out, n_in], dtype, code, itertools.islice(values, n_in * n_out))
        tensor('fc%d.bias' % (n + 1), [n_out], dtype, code, itertools.islice(values, n_out))
    assert next(values, None) is None, name
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(os.path.join(folder, name + '.safetensors'), 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + data)
    write_idx(name + '.x', (len(images), 1, sizes[0]), itertools.chain.from_iterable(images))
    write_idx(name + '.y', (len(labels),), labels)


def planted(name, kind, sizes, activations, values, **more):
    pixels = list(itertools.product((255, 0, 100), repeat=sizes[0]))
    each = list(itertools.product(pixels, range(sizes[-1])))
    write(name, kind, sizes, activations, values, [x for x, _ in each], [y for _, y in each], **more)


def twins(scale, w):
    s = scale
    return [s, 2 * s, -s, s, 2 * s, -s, s / 2, s / 2, 3, -3, w, -5, 0.25, 0.25]


def chains(first, second):
    return [first, 0, 0, 1, 0, 0, second, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]


planted('twins-relu', f32, (3, 2, 2), ['relu'], twins(1, 5))
planted('twins-sigmoid', f32, (3, 2, 2), ['sigmoid'], twins(1, 5))
planted('twins-far', f32, (3, 2, 2), ['sigmoid'], twins(32000, 5))
planted('dyadic', f64, (2, 1, 2), ['relu'], [0.375, 0.0625, 0.0625, 6, 0.5, -2.75, 0])
planted('kinks', f32, (3, 2, 2), ['relu'], [1, -1, 0, 0, 0, 1, 0, 0, 7, 0, -7, 2, 0, 0])
planted('no-weights', f64, (3, 2, 2), ['tanh'], [0.1, 0, 0, 0.3, 0, 0.7, 0.1, 0.2, 0, 0, 0, 0, 0.3, 0.1])
planted('far-sigmoid', f32, (1, 1, 2), ['sigmoid'], [100000, 0, 0, 1, 0, 0])
planted('far-tanh', f32, (1, 1, 2), ['tanh'], [40, 0, 0, 1, 0, 0])
planted('below-mpfr', f32, (1, 1, 2), ['sigmoid'], [1e19, 0, 1, 0, 0, 0])
planted('near-kink', f64, (3, 2, 1, 2), ['relu', 'relu'], [1, 2**-300, 0, 0, 0, 1, 0, 0, 1, -1, 0, 0, 1, 0, 0])
planted('rows', f64, (4, 2, 1, 2), ['relu', 'relu'], [1, 2**-140, 0, 2**-300, 0, 0, 1, 0, 0, 0, 1, -1, 0, 0, 1, 0, 0.5])
planted('hardest', f64, (3, 2, 2), ['sigmoid'], [1, 2, -1, 1, 3, -2, 0.5, 0.5, 0, 0, 2, -2 - 2**-50, 0, 0])
planted('chain-relu', f64, (2, 2, 2, 2), ['sigmoid', 'relu'], chains(-11500000, 2**-1000))
planted('chain-tanh', f64, (2, 2, 2, 2), ['tanh', 'tanh'], chains(1, 1000000))
planted('chain-linear', f64, (2, 2, 2, 2), ['linear', 'sigmoid'], chains(2**-600, 2**-600))
planted('equal-logits', f32, (2, 3), [], [0.25, 0.25, 3, 4, 5, 2, 0, 0, 0])
planted('rivals', f64, (4, 3, 3), ['sigmoid'],
        [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 0, 0, 1, 1, 0, 1, 2, 0, 0, 0, -0.5 + 2**-50])
planted('open-margin', f64, (1, 2, 5), ['sigmoid'], [0, 1, 1, -1, 0, 0, 1, 1, 1, 2, 1, -3, -1, 1000, 0, 0, -0.5, 2, -501])

source = random.Random(16)
function = {'sigmoid': lambda z: 1 / (1 + math.exp(-z)) if z > -700 else 0, 'tanh': math.tanh, 'relu': lambda z: max(z, 0),
            'linear': lambda z: z}


def uniform():
    return source.uniform(-1, 1)


def predicted(sizes, activations, values, x):
    values = iter(values)
    for n, (n_in, n_out) in enumerate(zip(sizes, sizes[1:])):
        w = [list(itertools.islice(values, n_in)) for _ in range(n_out)]
        z = [sum(map(float.__mul__, row, x)) + b for row, b in zip(w, itertools.islice(values, n_out))]
        x = [function[activations[n]](v) for v in z] if n < len(activations) else z
    return x.index(max(x))


def network(name, kind, sizes, activations, scale, n, **more):
    values = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        values += [uniform() * scale / math.sqrt(n_in) for _ in range(n_in * n_out)] + [uniform() * scale / 4 for _ in range(n_out)]
    images = [[source.randrange(256) if source.random() < 0.5 else 0 for _ in range(sizes[0])] for _ in range(n)]
    labels = [predicted(sizes, activations, values, [p / 255 for p in x]) if i % 5 else source.randrange(sizes[-1])
              for i, x in enumerate(images)]
    write(name, kind, sizes, activations, values, images, labels, **more)


network('sigmoid', f32, (20, 12, 8, 5), ['sigmoid', 'sigmoid'], 20, 300)
network('tanh', f64, (20, 12, 8, 5), ['tanh', 'tanh'], 8, 300)
network('relu', f32, (20, 12, 8, 5), ['relu', 'relu'], 12, 300)
network('mixed', f64, (20, 12, 8, 9, 5), ['relu', 'sigmoid', 'tanh'], 8, 300)
network('linear', f32, (20, 12, 8, 5), ['linear', 'linear'], 3, 300)
network('linear-tanh', f64, (20, 12, 8, 5), ['linear', 'tanh'], 6, 300)
network('softmax', f32, (20, 12, 5), ['sigmoid'], 20, 300, output='softmax')
network('log-softmax', f64, (20, 12, 5), ['relu'], 20, 300, output='log-softmax')
network('normalised', f32, (20, 12, 5), ['sigmoid'], 12, 300,
        steps=(('subtract', [0.1307 + n / 1000 for n in range(20)]), ('divide', [0.3081 + n / 100 for n in range(20)])))
network('normalised-64', f64, (20, 12, 5), ['tanh'], 6, 300, steps=(('multiply', [2] * 20), ('subtract', [1] * 20)))
network('wide', f64, (784, 40, 24, 10), ['sigmoid', 'relu'], 8, 40)
