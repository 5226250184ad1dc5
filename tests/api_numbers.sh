#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The numbers that the public interface fills arrays with are those that the program prints: exactly, or within what their mantissas
# drop. They are the same from files and from arrays.
python=/usr/bin/python3
$python -c 'import numpy' 2>/dev/null || { echo "skip: NumPy is not installed (Debian package python3-numpy)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
tests/make_inputs "$tmp" || exit 99
data=${GRADAUDIT_DATADIR:-${srcdir:-.}/data}
$python - "$tmp" "$data" <<'END'
import gzip
import subprocess
import sys
from fractions import Fraction

import numpy as np

tmp, data = sys.argv[1:]
NOTHING = 2 ** 63 - 1
ZERO, SUBNORMAL, NORMAL, INFINITE, NAN, UNKNOWN = range(6)


def lines(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


def program(what, options, model, images, labels, first, last):
    command = ['./gradaudit', what, model, '--data', images, '--images', f'{first}-{last}', '-q', *options]
    found = subprocess.run(command + ['--labels', labels], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert found.returncode in (0, 6), found.stderr
    rows = [line.split('\t') for line in found.stdout.splitlines() if not line.startswith('#')]
    return [text for row in rows for text in (row[3:] if what == 'forward' else row[2:])]


def library(what, words, model, images, labels, first, last):
    *rows, end = lines('tests/api_numbers', what, words, model, images, labels, str(first), str(last))
    numbers = [row.split() for row in rows]
    states = [int(n[3]) for n in numbers]
    assert int(end.split()[1]) == states.count(UNKNOWN)
    return [(int(n[0]), float.fromhex(n[1]), int(n[2]), int(n[3])) for n in numbers]


def near(number, text, kind):
    """Whether the number is what is printed: exact, truncated or rounded; its sign and state as well."""
    sign, mantissa, exponent, state = number
    if text.startswith('undecided'):
        bound = int(text.split('^')[1]) if '^' in text else NOTHING
        return state == UNKNOWN and sign == 0 and np.isnan(mantissa) and exponent == bound
    if text in ('nan', 'inf', '-inf', '0', '-0'):
        value = float(text)
        return (state == (NAN if text == 'nan' else ZERO if value == 0 else INFINITE) and exponent == 0 and
                str(mantissa) == str(value) and sign == (0 if text == 'nan' else np.sign(value)))
    wanted = Fraction(text)
    if kind in ('float', 'double', 'float16'):
        dtype = {'float': np.float32, 'double': np.float64, 'float16': np.float16}[kind]
        wanted = Fraction(float(dtype(text)))
        low = bool(abs(wanted) < Fraction(float(np.finfo(dtype).tiny)))
    else:
        low = False
    value, half = Fraction(mantissa) * Fraction(2) ** exponent, Fraction(2) ** (exponent - 53)
    off = abs(wanted) - abs(value)
    slack = abs(wanted) / 10 ** (16 if kind == 'printed' else 35)
    within = {'truncated': -slack <= off < 2 * half + slack, 'rounded': abs(off) <= half + slack,
              'printed': abs(off) <= half + slack}.get(kind, off == 0)
    return (state == (SUBNORMAL if low else NORMAL) and 1 <= abs(mantissa) < 2 and sign == (1 if wanted > 0 else -1) and
            (mantissa > 0) == (wanted > 0) and within)


def same(what, words, kind, options, source, first, last):
    numbers, texts = library(what, words, *source, first, last), program(what, options, *source, first, last)
    assert len(numbers) == len(texts) > 0, (what, words)
    for i, (number, text) in enumerate(zip(numbers, texts)):
        assert near(number, text, kind), (what, words, i, number, text)
    return numbers


small = (f'{tmp}/model.safetensors', f'{tmp}/images', f'{tmp}/labels')
mnist = (f'{data}/models/saturated-sigmoid.safetensors', f'{data}/mnist/t10k-images-idx3-ubyte.gz',
         f'{data}/mnist/t10k-labels-idx1-ubyte.gz')
relu = (f'{data}/models/saturated-relu.safetensors',) + mnist[1:]
# Two units alike, of which the outputs take the difference: the gradient is 0, which is not proved.
unit = np.random.default_rng(1).normal(size=(1, 16)).astype(np.float32)
np.savez(f'{tmp}/tied.npz', W1=np.repeat(unit, 2, 0), b1=np.zeros(2, np.float32), W2=np.array([[k, -k] for k in range(10)], np.float32),
         b2=np.zeros(10, np.float32), activation=np.array('sigmoid'))
tied = (f'{tmp}/tied.npz', f'{tmp}/images', f'{tmp}/labels')
seen = set()
for source, first, last in ((small, 250, 270), (mnist, 7, 7), (relu, 0, 0), (tied, 255, 257)):
    for words, kind, options in (
            ('float', 'float', ['--format', 'float']),
            ('double,rewrite,margin', 'double', ['--format', 'double', '--formulas', 'rewrite', '--loss', 'margin']),
            ('float16,loop', 'float16', ['--format', 'float16', '--gemm', 'loop']),
            ('float,logit-scale=1/3', 'float', ['--format', 'float', '--logit-scale', '1/3']),
            ('mpfr:150,rewrite', 'truncated', ['--format', 'mpfr:150', '--formulas', 'rewrite', '--digits', '45']),
            ('exact', 'rounded', ['--format', 'exact', '--digits', '36']),
            ('exact,max-bits=128,reference-bits=60', 'printed', ['--format', 'exact', '--max-bits', '128', '--reference-bits', '60'])):
        numbers = same('gradient', words, kind, options, source, first, last)
        seen |= {(kind, n[3]) for n in numbers}
        if 'margin' not in words:
            same('forward', words, kind, options, source, first, last)
assert {('float', ZERO), ('float16', SUBNORMAL), ('float16', ZERO), ('rounded', NORMAL), ('truncated', NORMAL)} <= seen, seen
assert ('printed', UNKNOWN) in seen, seen

# What -o writes, element by element.
for kind in ('float', 'double'):
    lines('./gradaudit', 'gradient', mnist[0], '--data', mnist[1], '--labels', mnist[2], '--images', '3-6', '-q', '--format', kind,
          '-o', f'{tmp}/g.npy')
    values = np.array([np.ldexp(m, e) for _, m, e, _ in library('gradient', kind, *mnist, 3, 6)])
    assert np.array_equal(values, np.load(f'{tmp}/g.npy').reshape(-1))

# Arrays are the files' data.
pixels = np.frombuffer(gzip.open(mnist[1]).read()[16:], np.uint8).reshape(-1, 28, 28)[:20]
labels = np.frombuffer(gzip.open(mnist[2]).read()[8:], np.uint8)[:20].astype('<i4')
wanted = library('gradient', 'float', *mnist, 5, 6)


def array(a, name):
    a.tofile(f'{tmp}/{name}')
    return f"{a.dtype.str}:{'x'.join(map(str, a.shape))}:{tmp}/{name}"


assert library('gradient', 'float', mnist[0], array(pixels, 'x'), array(labels, 'y'), 5, 6) == wanted
values = (pixels / 255).astype('<f8').reshape(20, 784)
assert library('gradient', 'float', mnist[0], array(values, 'x'), array(labels, 'y'), 5, 6) == wanted
assert library('forward', 'exact', mnist[0], array(pixels, 'x'), '-', 5, 6) == library('forward', 'exact', mnist[0], mnist[1], '-', 5, 6)
END
