#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# We read NumPy's arrays element by element; NumPy reads ours, also mapped, and they have its headers. A refused array is read once
# it has been saved as the message says.
python=/usr/bin/python3
$python -c 'import numpy' 2>/dev/null || { echo "skip: NumPy is not installed (Debian package python3-numpy)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
tests/make_inputs "$tmp" || exit 99
for format in float double; do
    ./gradaudit gradient "$tmp/model.safetensors" --data "$tmp/images" --labels "$tmp/labels" --images 250-280 --format $format \
        >"$tmp/$format.tsv" || exit 1
    ./gradaudit gradient "$tmp/model.safetensors" --data "$tmp/images" --labels "$tmp/labels" --images 250-280 --format $format \
        -o "$tmp/$format.npy" || exit 1
done
$python - "$tmp" <<'END' || exit 1
import sys
import numpy as np

# What gradient -o writes is what it prints: the numbers of its type that the text is read back as.
for name, dtype in (('float', np.float32), ('double', np.float64)):
    array = np.load(f'{sys.argv[1]}/{name}.npy')
    assert array.dtype == dtype and array.shape == (31, 16), (array.dtype, array.shape)
    with open(f'{sys.argv[1]}/{name}.tsv') as f:
        lines = [line.split('\t') for line in f if not line.startswith('#')]
    assert [(int(i), int(e)) for i, e, _ in lines] == [(250 + i, e) for i in range(31) for e in range(16)]
    printed = np.array([dtype(text) for _, _, text in lines]).reshape(31, 16)
    assert printed.tobytes() == array.tobytes() and np.count_nonzero(array) > 400, name
END
$python - tests/npy_copy "$tmp" <<'END'
import itertools, re, subprocess, sys, warnings
import numpy as np

program, tmp = sys.argv[1:]
source, saved, copy = tmp + '/a.npy', tmp + '/saved.npy', tmp + '/b.npy'
random = np.random.default_rng(int(__import__('os').environ.get('GRADAUDIT_TEST_SEED', '1')))
warnings.simplefilter('ignore')  # format 2.0 is rare


def run(*to):
    p = subprocess.run([program, source, *to], capture_output=True, text=True)
    return p.returncode, p.stdout, p.stderr


def header(path):
    with open(path, 'rb') as f:
        return f.read(128)


def check(a, version=None, written=True):
    with open(source, 'wb') as f:
        np.lib.format.write_array(f, a, version=version)
    status, out, message = run(saved, *([copy] if written else []))
    assert status == 0, message
    first, *values = out.splitlines()
    assert first == ' '.join([a.dtype.newbyteorder('<').str] + [str(d) for d in a.shape]), first
    assert len(values) == a.size
    for text, x in zip(values, a.flat):
        word, *inexact = text.split()
        got = float.fromhex(word)
        assert np.isnan(got) if np.isnan(x) else got == float(x), (text, x)
        assert bool(inexact) == (a.dtype.kind == 'i' and int(float(x)) != int(x)), (text, x)
    if a.dtype.byteorder != '>' and a.flags.c_contiguous:
        np.save(source, a)
        assert open(saved, 'rb').read() == open(source, 'rb').read(), (header(saved), header(source))
    if not written:
        return
    rows = a.reshape(len(a), -1)
    for mode in None, 'r':
        b = np.load(copy, mmap_mode=mode)
        assert b.dtype == a.dtype and b.shape == rows.shape and b.tobytes() == rows.tobytes()
    np.save(source, rows)
    assert header(copy) == header(source), (header(copy), header(source))


def values(dtype, shape):
    return np.frombuffer(random.bytes(int(np.prod(shape)) * np.dtype(dtype).itemsize), dtype).reshape(shape)


shapes = [(1,), (7,), (3, 5), (1, 1), (1000, 2), (2, 3, 4), (1, 28, 28), (2, 1, 3, 5)]
count = 0
for dtype, shape, version in itertools.product(['<f4', '<f8', '|u1', '<i8'], shapes, [None, (1, 0), (2, 0), (3, 0)]):
    check(values(dtype, shape), version)
    count += 1
for dtype, shape in itertools.product(['<f2', '|i1', '<i2', '<i4', '<u2', '<u4', '|b1'], shapes):  # read only
    check(values('|u1', shape) < 128 if dtype == '|b1' else values(dtype, shape), None, False)
    count += 1
check(np.array([2**53, 2**53 + 1, 2**63 - 1, -2**63, 0], '<i8'))
check(np.arange(6, dtype='<f4').reshape(2, 3).T.copy())

a = np.arange(6.).reshape(2, 3)
for b in [a.astype(t) for t in ('>f4', '>f8', '>i8', '>f2', '>u2', '>i4')] + [a, np.ones((2, 1, 3, 2)).cumsum().reshape(2, 1, 3, 2)]:
    for b in b, np.asfortranarray(b):
        check(b, None, False)
        count += 1
refused = [a.astype(t) for t in ('g', 'F', 'D', 'u8', '>u8', 'O', 'U3', 'S3')]
refused += [np.zeros((2, 3), [('NAME', '<f4'), ('other', 'O')]), np.float64(3), np.ones((2, 1, 1, 1, 3)),
            np.asfortranarray(np.ones((2, 1, 1, 2, 3)))]
for a in refused:
    np.save(source, a)
    status, out, message = run()
    assert status == 3 and out == '' and message.count('\n') == 1, (a.dtype, status, message)
    tries = 0
    while status == 3:  # as often as there are faults
        tries += 1
        assert tries <= 3, message
        advice = re.search(r'; (?:if it is written numbers, )?save (?:one field: )?(np\..*|a\..*)\n$', message)
        assert advice, message
        a = eval(advice.group(1), {'np': np, 'a': a})
        np.save(source, a)
        status, out, message = run()
    assert status == 0, message
np.save(source, np.zeros((0, 3)))
status, out, message = run()
assert status == 3 and 'dimension 1 is 0' in message, message
print(count + 2, 'arrays read and written,', len(refused), 'refused and converted')
END
