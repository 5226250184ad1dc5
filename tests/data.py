# SPDX-License-Identifier: Apache-2.0
# data.py -- what data.sh checks: data.py GRADAUDIT DATA_PRINT DIRECTORY
import gzip, io, itertools, os, struct, subprocess, sys, warnings, zipfile
from fractions import Fraction
import numpy as np

program, data_print, tmp = sys.argv[1:]
random = np.random.default_rng(int(os.environ.get('GRADAUDIT_TEST_SEED', '1')))
os.chdir(tmp)
warnings.simplefilter('ignore')


def run(*command):
    p = subprocess.run(command, capture_output=True, text=True)
    return p.returncode, p.stdout, p.stderr


def idx(path):
    raw = open(path, 'rb').read()
    shape = struct.unpack('>%dI' % raw[3], raw[4:4 + 4 * raw[3]])
    return np.frombuffer(raw[4 + 4 * raw[3]:], np.uint8).reshape(shape)


# ---- the same images in every format give the same gradients ----
images, labels = idx('images'), idx('labels')
n, rows, cols = images.shape
classes = int(labels.max()) + 1
one_hot = np.eye(classes, dtype=np.uint8)[labels]
np.save('i.npy', images)
np.save('flat.npy', images.reshape(n, -1))
np.save('channel.npy', images.reshape(n, 1, rows, cols))
np.save('last.npy', images.reshape(n, rows, cols, 1))
np.save('f8.npy', images.astype('<f8'))
np.save('f4.npy', images.astype('<f4'))
np.save('f2.npy', images.astype('<f2'))
np.save('i8.npy', images.astype('<i8'))
np.save('i4.npy', images.astype('<i4'))
np.save('u2.npy', images.astype('<u2'))
np.save('l.npy', labels)
np.save('l-i8.npy', labels.astype('<i8'))
np.save('l-i4.npy', labels.astype('<i4'))
np.save('l-f4.npy', labels.astype('<f4').reshape(-1, 1))
np.save('l-hot.npy', one_hot)
np.save('l-hot-b1.npy', one_hot.astype(bool))
np.save('l-hot-f8.npy', one_hot.astype('<f8'))
np.savez('keras.npz', x_train=images[:7], y_train=labels[:7], x_test=images, y_test=labels)
np.savez_compressed('hot.npz', images=images, labels=one_hot.astype('<f4'))
np.savez('words.npz', names=np.array(['a', 'b'], dtype=object), X=images, Y=labels)
np.savez('own.npz', first=images, second=labels)
np.savez('labels.npz', y=labels, x=labels)
for name in 'i.npy', 'l.npy', 'keras.npz':
    gzip.open(name + '.gz', 'wb').write(open(name, 'rb').read())
columns = ['p%d' % k for k in range(rows * cols)]


def csv(name, header, order, end='\n', last=True, quote=False, mark=b'', number=str):
    text = [','.join(header)] if header else []
    for image, label in zip(images.reshape(n, -1), labels):
        fields = [number(int(v)) for v in image]
        fields = order(fields, str(label))
        text.append(','.join('"%s"' % f for f in fields) if quote else ','.join(fields))
    open(name, 'wb').write(mark + (end.join(text) + (end if last else '')).encode())


csv('first.csv', None, lambda f, l: [l] + f)
csv('last.csv', columns + ['class'], lambda f, l: f + [l], end='\r\n')
csv('middle.csv', columns[:5] + ['LABEL'] + columns[5:], lambda f, l: f[:5] + [l] + f[5:], quote=True)
csv('numbers.csv', ['label'] + [str(k) for k in range(rows * cols)], lambda f, l: [l] + f, last=False, mark=b'\xef\xbb\xbf')
csv('spaces.csv', None, lambda f, l: [l] + f, number=lambda v: ' %d.0e0\t' % v)
csv('quoted.csv', columns + ['"the ""label"", here"'], lambda f, l: f + [l])
csv('images.csv', None, lambda f, l: f)
csv('l.csv', None, lambda f, l: [l])
csv('l-name.csv', ['whatever'], lambda f, l: [l])
csv('l-hot.csv', None, lambda f, l: ['1' if k == int(l) else '0' for k in range(classes)])
gzip.open('first.csv.gz', 'wb').write(open('first.csv', 'rb').read())

model = 'model.safetensors'
want = {}
for format in 'float', 'exact':
    status, want[format], message = run(program, 'gradient', model, '--data', 'images', '--labels', 'labels', '--images', '0-9', '--format', format)
    assert status == 0, message
unscaled = ['--scale', '1/255']
same = [(d, l, []) for d in ('images', 'i.npy', 'flat.npy', 'channel.npy', 'last.npy', 'i.npy.gz')
        for l in ('labels', 'l.npy', 'l-i8.npy', 'l-i4.npy', 'l-f4.npy', 'l-hot.npy', 'l-hot-b1.npy', 'l-hot-f8.npy', 'l.npy.gz', 'labels.npz', 'keras.npz', 'l.csv', 'l-name.csv', 'l-hot.csv')]
same += [(d, 'labels', unscaled) for d in ('f8.npy', 'f4.npy', 'f2.npy', 'i8.npy', 'i4.npy', 'u2.npy', 'images.csv')]
same += [(d, None, []) for d in ('keras.npz', 'keras.npz.gz', 'hot.npz', 'words.npz')]
same += [('own.npz', None, ['--data-key', 'first', '--labels-key', 'second']), ('own.npz', 'labels', ['--data-key', 'first']),
         ('images', 'own.npz', ['--labels-key', 'second']), ('images', 'labels.npz', ['--labels-key', 'x'])]
same += [(d, None, unscaled) for d in ('last.csv', 'middle.csv', 'numbers.csv')]
same += [(d, None, ['--label-column', '1'] + unscaled) for d in ('first.csv', 'first.csv.gz', 'spaces.csv')]
same += [('quoted.csv', None, ['--label-column', 'the "label", here'] + unscaled), ('last.csv', None, ['--label-column', 'class'] + unscaled),
         ('last.csv', None, ['--label-column', '17'] + unscaled), ('images', 'first.csv', ['--label-column', '1'])]
for data, of, options in same:
    for format in ('float', 'exact') if len(options) else ('float',):
        status, out, message = run(program, 'gradient', model, '--data', data, *(['--labels', of] if of else []), '--images', '0-9', '--format', format,
                                   *options)
        assert status == 0 and out == want[format], (data, of, options, message)


# ---- inputs are the exact value rounded once ----
def rounded(q, dtype):
    """The number of the type nearest to the rational q, ties to even: by comparing q with NumPy's neighbours, exactly."""
    if q == 0:
        return dtype(0)
    try:
        near = dtype(float(q))  # float() of a Fraction rounds correctly to binary64; for binary32 that is a guess
    except OverflowError:
        near = dtype(np.inf) if q > 0 else dtype(-np.inf)
    if not np.isfinite(near):
        return near
    candidates = [c for c in (np.nextafter(near, dtype(-np.inf)), near, np.nextafter(near, dtype(np.inf))) if np.isfinite(c)]
    even = lambda c: int(c.view(np.uint32 if dtype is np.float32 else np.uint64)) & 1
    return min(candidates, key=lambda c: (abs(Fraction(float(c)) - q), even(c)))


def rational(text):
    a, _, b = text.partition('/')
    return Fraction(a) / Fraction(b or '1')


count = 0


def check(path, raw, default, scale=None, mean=None, std=None, labels_in='-'):
    global count
    options = ['%s=%s' % o for o in (('scale', scale), ('mean', mean), ('std', std)) if o[1] is not None]
    s = rational(scale or default)
    m = [rational(t) for t in (mean or '0').split(',')]
    d = [rational(t) for t in (std or '1').split(',')]
    for name, dtype in ('f32', np.float32), ('f64', np.float64):
        status, out, message = run(data_print, name, path, labels_in, *options)
        assert status == 0, (path, options, message)
        lines = out.splitlines()
        for row, line in zip(raw, lines[2:]):
            got = [float.fromhex(t) for t in line.split()[1:]]
            assert len(got) == len(row)
            for j, (v, x) in enumerate(zip(row, got)):
                q = (Fraction(v) * s - m[j * len(m) // len(row)]) / d[j * len(d) // len(row)]
                w = rounded(q, dtype)
                assert x == float(w), (path, options, name, v, x.hex(), float(w).hex())
                count += 1
    return lines


every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
np.savez('every.npz', x=every, y=np.zeros(1, np.uint8))
settings = [(None, None, None), ('1/255', None, None), ('1', None, None), (None, '0.1307', '0.3081'), (None, '0.4914,0.4822', '0.2470,0.2435'),
            ('1/128', '1', None), ('-3e-2', '1e-3,2e-3,3e-3,4e-3', '7/9'), ('1e-44', None, None), ('1e-45', '1e-46', None), ('1e-310', None, '3'),
            ('1/3', '127/765', '1e-40'), ('2e-323', None, None)]
for setting in settings:
    lines = check('every.npz', every.reshape(1, -1).tolist(), '1/255', *setting)
    assert lines[0] == '1 16 16 bytes'
pairs = [(random.bytes(8 * 120), '<f8'), (random.bytes(4 * 120), '<f4'), (random.bytes(2 * 120), '<f2')]
for raw, dtype in pairs:
    a = np.frombuffer(raw, dtype)
    a = a[np.isfinite(a)][:96]
    a = np.concatenate([a, np.array([0, 1, 5e-324 if dtype == '<f8' else 1e-45 if dtype == '<f4' else 6e-8, 0.5] + [0.25] * (112 - 4 - len(a)), dtype)])
    a = np.where(np.abs(a.astype('<f8')) > 1e300, 1, a).astype(dtype).reshape(2, -1)
    np.savez('random.npz', x=a, y=np.array([2, 0]))
    for setting in settings:
        check('random.npz', a.astype('<f8').tolist(), '1', *setting)
# however numbers lie
for dtype in '>f8', '<f8', '>f4', '>i2', '|u1':
    a = random.integers(0, 100, (3, 12)).astype(dtype)
    for kept in a, np.asfortranarray(a), np.asfortranarray(a.reshape(3, 4, 3)):
        np.savez('order.npz', x=kept, y=[0, 1, 2])
        check('order.npz', a.tolist(), '1/255' if dtype == '|u1' else '1', None, None, None)
# near the mean: what is left after the subtraction has few bits
a = (0.1307 + random.integers(-40, 40, (2, 60)) * 2.0**-56)
np.savez('near.npz', x=a, y=[0, 1])
for setting in (None, '0.1307', '0.3081'), (None, '0.1307', '1e-30'), ('3', '0.3921', None):
    check('near.npz', a.tolist(), '1', *setting)
# CSV: the decimal number rounded once to binary64
text = ['%.*e' % (int(random.integers(0, 30)), x) for x in np.frombuffer(random.bytes(8 * 400), '<f8') if np.isfinite(x)][:300]
text += ['0.1', '1e-320', '4.9406564584124654e-324', '2.4703282292062327e-324', '2.4703282292062328e-324', '9007199254740993', '-0.0', '+.5e1', '5.',
         '0.500000000000000166533453693773481063544750213623046875', '1.7976931348623157e308', '1e-400']
open('text.csv', 'w').write(''.join('%s,%s,0\n' % (x, y) for x, y in itertools.zip_longest(text[::2], text[1::2], fillvalue='0')))
status, out, message = run(data_print, 'f64', 'text.csv', '-', 'label-column=3')
assert status == 0, message
got = [float.fromhex(t) for line in out.splitlines()[2:] for t in line.split()[1:]]
assert got == [float(t) for t in text], [(t, g) for t, g in zip(text, got) if float(t) != g]
locales = run('locale', '-a')[1].split()
for locale in [l for l in locales if l.startswith('de_')][:1]:
    os.environ['LC_ALL'] = locale
    assert run(data_print, 'f64', 'text.csv', '-', 'label-column=3')[1] == out
    os.environ['LC_ALL'] = 'C'

# ---- where attacks stop ----
def bounds(path, *options):
    status, out, message = run(data_print, 'f64', path, '-', *options)
    assert status == 0, message
    b = [float.fromhex(t) for t in out.splitlines()[1].split()]
    return [(b[0], b[1]), (b[-2], b[-1])]


np.savez('unit.npz', x=[[0.25, 0.5]], y=[0])
np.savez('wide.npz', x=[[-3., 0.5], [0, 8]], y=[0, 1])
assert bounds('every.npz') == [(0, 1)] * 2
assert bounds('every.npz', 'scale=1/128', 'mean=1') == [(-1, 127 / 128)] * 2
assert bounds('every.npz', 'scale=1', 'std=1,1') == [(0, 255)] * 2
assert bounds('every.npz', 'mean=0.5,0.25', 'std=0.5,0.25') == [(-1, 1), (-1, 3)]
assert bounds('every.npz', 'clip=51,102') == [(0.2, 0.4)] * 2
assert bounds('unit.npz') == [(0, 1)] * 2 and bounds('unit.npz', 'scale=-2') == [(-2, 0)] * 2
assert bounds('wide.npz') == [(-3, 8)] * 2 and bounds('wide.npz', 'std=2', 'clip=-1,1') == [(-0.5, 0.5)] * 2

# ---- what is refused ----
refusals = 0


def refused(name, content, says, *options, labels_in=None, status=3):
    global refusals
    if isinstance(content, np.ndarray):
        np.save(name, content)
        os.replace(name + '.npy', name)
    elif isinstance(content, dict):
        np.savez(name + '.npz', **content)
        os.replace(name + '.npz', name)
    elif content is not None:
        open(name, 'wb').write(content)
    labels_in = labels_in or ('-' if isinstance(content, (dict, bytes)) else 'l.npy')
    got, out, message = run(data_print, 'f32', name, labels_in, *options)
    assert got == status and out == '' and message.count('\n') == 1 and says in message and '\x1b' not in message, (name, got, message)
    refusals += 1


two = np.zeros((2, 3))
for text, says in [
        (b'', 'is empty'), (b'a,label\n', 'has a header and no more'), (b'1,2\n', 'which of its 2 columns'), (b'a,b\n1,2\n', 'none is called label'),
        (b'label,class,a\n1,2,3\n', 'more than one is called'), (b'label,a\n1\n', 'line 2 has 1 fields, not the 2'),
        (b'label,a\n1,2,3\n', 'line 2 has more than the 2 fields'), (b'label,a\n1,\n', 'line 2, column 2 is empty'), (b'label,a\n,1\n', 'line 2, column 1 is empty'),
        (b'label,a\n1,2\n\n', 'line 3 is empty'), (b'label,a\n1,2\n\n3,4\n', 'line 3 is empty'), (b'\nlabel,a\n', 'line 1 is empty'),
        (b'label,a\r\n1,2\r\n\r\n', 'line 3 is empty'), (b'label,a\n1, \n', 'line 2, column 2 is empty'), (b'label,a\n1,2\0\n', 'line 2 has a zero byte'),
        (b'label;a\n1;2\n', "line 2, column 1: '1;2' is not a number; commas"), (b'label,a\n1,0;5\n', "'0;5' is not a number; commas"), (b'label,a\n0,"1,5"\n', "'1,5' is not a number"),
        (b'1.5;2.5\n', "line 1, column 1: '1.5;2.5' is not a number"), (b'label,a\n1,nan\n', "line 2, column 2: 'nan' is not finite"), (b'label,a\n1,-Inf\n', 'is not finite'),
        (b'label,a\n1,1e999\n', 'beyond binary64'), (b'label,a\n1,0x10\n', 'is not a number'), (b'label,a\n1,1e\n', 'is not a number'),
        (b'label,a\n1,.\n', 'is not a number'), (b'label,a\n1,1_000\n', 'is not a number'), (b'label,a\n1,2\r3,4\n', 'line 2, column 2'),
        (b'label,a\n1,"2\n', 'no quote at the end'), (b'label,a\n1,"2"3\n', 'something follows the quote'), (b'label,a\n1,2"3"\n', 'a quote within'),
        (b'label,a\n1,"2""3"\n', 'is not a number'), (b'label,a\n1048576,2\n', 'label 1048576 of image 0'), (b'label,a\n0,1\n-1,2\n', 'label -1 of image 1'),
        (b'label,a\n1.5,2\n', 'label 1.5 of image 0'), (b'label,label\n1,1\n', 'more than one'), (b'label\n1\n', 'no column but that of the labels'),
        (b'label,a\n1,' + b'1' * 1201 + b'\n', 'more than 1200 bytes'), (b'label,a\n1,\xff\xfe\n', 'is not a number'),
        (b'label,a\n1,\x1b[31m\n', '\\x1B[31m'), (b'label,' + b','.join([b'1'] * (1 << 20)) + b'\n', 'line 1 has more than 1048576 fields'),
        (b'1' * ((1 << 24) + 2), 'line 1 has more than 16777216 bytes'), (gzip.compress(b'1,' * (1 << 24)), 'does not end after'),
        (b'label,a\n' + b' ' * ((1 << 24) + 1) + b'\n', 'line 2 has more than 16777216 bytes'), (b'\x80\x04pickle', 'pickle'),
        (b'\x89HDF\r\n\x1a\n', 'HDF5')]:
    refused('bad', text, says)
refused('bad', b'a,b\n1,2\n', "no column is 'c' (--label-column), among 2: a, b", 'label-column=c')
refused('bad', b'1,2\n', "no column is '0'", 'label-column=0')
refused('bad', b'label,a,b\n1,2,3\n', "among 3: label, a, b; did you mean 'label'?", 'label-column=lable')
for header in ',label,a', 'Unnamed: 0,label,a':
    refused('bad', f'{header}\n0,1,2\n1,0,5\n2,1,0\n'.encode(), "as pandas writes them: save it with df.to_csv('data.csv', index=False)")
refused('bad', b'1,2\n', "no column is '3'", 'label-column=3')
refused('bad', b'1,2\n', "no column is '99999999999999999999999'", 'label-column=99999999999999999999999')
refused('bad', b'1,2\n', "no column is ''", 'label-column=')
refused('bad', b'a,a\n1,2\n', "2 columns are called 'a'", 'label-column=a')
for array, says in [(np.zeros(3), '1 dimension'), (np.full((2, 2), np.nan), 'number 0 of row 0 is not finite'), (np.array([[0, 1], [0, np.inf]]), 'number 1 of row 1'),
                    (np.array([[2**53 + 1]]), 'an integer that binary64 does not hold'), (two, '300 labels for 2 images'),
                    (np.array([[None]]), 'Python objects'), (np.zeros((0, 3)), 'dimension 1 is 0'),
                    (np.zeros((1, 1, 1, 1, 1)), 'more than 4 dimensions')]:
    refused('bad', array, says)
refused('bad', two, 'has no labels: --labels', labels_in='-', status=2)
refused('images', None, 'has no labels: --labels', labels_in='-', status=2)
for arrays, says in [({'a': two, 'b': two}, 'which array holds the images (--data-key)? there are: a, b'), ({'x': two, 'data': two}, 'which array holds the images'),
                     ({'x': np.full((2, 3), np.nan)}, 'which array holds the labels (--labels-key)? there are: x'), ({'x': two, 'y': [0, 1], 'Y': [0, 1]}, 'which array holds the labels'),
                     ({'x': two, 'y': [0]}, '1 labels for 2 images'), ({'x': two, 'y': [[0, 1], [1, 1]]}, 'has 2 ones'), ({'x': two, 'y': [[0, 1], [0, 0]]}, 'has 0 ones'),
                     ({'x': two, 'y': [[0, 1], [0.5, 0]]}, 'neither 0 nor 1'), ({'x': two, 'y': np.zeros((2, 257))}, 'a row of 257, has 0 ones'), ({'x': two, 'y': [0, np.nan]}, 'y: number 0 of row 1'),
                     ({'x': two, 'y': [0, -1]}, 'label -1 of image 1'), ({'x': two, 'y': [0, 1048576]}, 'label 1048576 of image 1'), ({'x': two, 'y': [0, 0.5]}, 'label 0.5'),
                     ({'x': np.array([['a']], object), 'y': [0]}, 'Python objects'),
                     ({'\x1b[31m': two}, '[31m')]:
    refused('bad', arrays, says)
refused('bad', {'x': two, 'y': [0, 1]}, "no array is called 'z' (--data-key); there are: x, y", 'data-key=z')
refused('images', None, '--data-key is for', 'data-key=x', labels_in='labels', status=2)
refused('images', None, '--labels-key is for', 'labels-key=x', labels_in='labels', status=2)
refused('images', None, '--label-column is for', 'label-column=x', labels_in='labels', status=2)
refused('images', None, 'scale must be', 'scale=0', labels_in='labels', status=2)
refused('images', None, 'do not divide', 'mean=1,2,3', labels_in='labels', status=2)
refused('images', None, 'clip must be', 'clip=1', labels_in='labels', status=2)
whole = open('keras.npz', 'rb').read()
for cut in range(0, len(whole), 97):
    refused('bad', whole[:cut] or b'P', '')
bomb = struct.pack('>4I', 0x803, 2, 4, 4)
refused('bad', gzip.compress(bomb + bytes(1 << 26)), 'does not end after', labels_in='labels')
refused('bad', gzip.compress(bomb + bytes(33)), '1 trailing bytes', labels_in='labels')
both = io.BytesIO()
with zipfile.ZipFile(both, 'w') as z:
    for name in 'x.npy', 'x', 'y.npy':
        z.writestr(name, open('i.npy', 'rb').read())
refused('bad', both.getvalue(), 'which array holds the images')

# ---- audits ----
import json


def audit(directory, *options, status=0, says=''):
    got, out, message = run(program, 'audit', model, '-o', directory, '--quiet', '--no-remedies', '--seeds', '2', *options)
    assert got == status and says in message, (options, got, message)
    return json.load(open(directory + '/report.json')) if got == 0 else None


def same_but_data(a, b):
    return {k: v for k, v in a['head'].items() if k != 'data'} == {k: v for k, v in b['head'].items() if k != 'data'} and \
           {k: v for k, v in a.items() if k != 'head'} == {k: v for k, v in b.items() if k != 'head'}


ten = ['--images', '0-9']
plain = audit('a-idx', '--data', 'images', '--labels', 'labels', *ten)
assert set(plain['head']['data']) == {'images_sha256', 'labels_sha256', 'images', 'rows', 'columns'}
keras = audit('a-keras', '--data', 'keras.npz', *ten)
assert same_but_data(plain, keras) and set(keras['head']['data']) - set(plain['head']['data']) == {'inputs_sha256', 'classes_sha256'}
assert keras['head']['data']['labels_sha256'] is None
scaled = audit('a-csv', '--data', 'last.csv', *ten, *unscaled)
assert same_but_data(plain, scaled) and scaled['head']['data']['scaling'] == [{'factor': '1/255', 'offset': '0'}]
assert 'range' not in scaled['head']['data']
other = ['--mean', '0.5', '--std', '0.25']
moved = audit('a-moved', '--data', 'keras.npz', *ten, *other)
assert moved['head']['data']['scaling'] == [{'factor': '4/255', 'offset': '-2'}] and moved['head']['data']['range'] == [[-2, 2]]
assert not same_but_data(plain, moved)
assert [p['pixels'] for p in moved['pictures']] == [images[p['image']].reshape(-1).tolist() for p in moved['pictures']]
# the same inputs, bounds and step by other words: floats that are them
np.savez('same.npz', x=(images.astype('<f8').reshape(n, -1)), y=labels)
again = audit('a-again', '--data', 'same.npz', *ten, '--scale', '4/255', '--mean', '2', '--clip', '0,255')
assert same_but_data(moved, again)
audit('a-moved', '--data', 'keras.npz', *ten, '--mean', '0.5', '--resume', status=2, says='differs in its')
audit('a-moved', '--data', 'keras.npz', *ten, *other, '--clip', '0,254', '--resume', status=2, says='data (range)')
audit('a-moved', '--data', 'keras.npz', *ten, *other, '--resume')
audit('a-one', '--data', 'keras.npz', '--images', '0-3', *other)
audit('a-two', '--data', 'keras.npz', '--images', '4-9', *other)
audit('a-three', '--data', 'keras.npz', '--images', '4-9')
assert run(program, 'merge', 'a-two', 'a-one', '-o', 'a-merged')[0] == 0
assert open('a-merged/report.json').read() == open('a-moved/report.json').read()
status, out, message = run(program, 'merge', 'a-one', 'a-three', '-o', 'a-not')
assert status == 2 and 'differ' in message, message
audit('a-two-keys', '--data', 'own.npz', '--data-key', 'first', '--labels-key', 'second', *ten)
np.savez('own.npz', first=images, second=labels, third=(labels + 1) % classes)
audit('a-keys', '--data', 'own.npz', '--data-key', 'first', '--labels-key', 'second', *ten)
audit('a-keys', '--data', 'own.npz', '--data-key', 'first', '--labels-key', 'third', *ten, '--resume', status=2, says='data (classes_sha256)')
status, out, message = run(program, 'audit', model, '--data', 'same.npz', '--dry-run', '--seeds', '2', *ten)
assert status == 0 and out.startswith('10 images'), message

# ---- the program's edge ----
for command in (['gradient', model, '--data', 'images'], ['gradient', model, '--data', 'i.npy']):
    status, out, message = run(program, *command)
    assert status == 2 and out == '' and 'has no labels: --labels' in message and message.count('\n') == 1, message
x = np.load('i.npy')
np.savez('images-only.npz', x_test=x)
np.savetxt('images-only.csv', x.reshape(len(x), -1), '%.17g', ',')
first = None
for name in 'i.npy', 'images-only.npz', 'images-only.csv':
    for command in 'forward', 'inspect':
        status, out, message = run(program, command, model, '--data', name, *(['--scale', '1/255'] if name.endswith('csv') else []))
        assert status == 0, (command, name, message)
        if command == 'forward':
            first = first or out
            assert out == first and out.startswith('#image\tpredicted\t'), (name, out[:80])
for words, says in ([['images-only.npz', '--labels-key', 'y'], "no array is called 'y'"],
                    [['images-only.csv', '--label-column', 'y'], "no column is 'y'"]):
    status, out, message = run(program, 'forward', model, '--data', *words)
    assert status == 3 and says in message, message
status, out, message = run(program, 'gradient', model, '--data', 'keras.npz', '--scale', '1e39')
assert status == 3 and 'beyond the range of binary32' in message, message
status, out, message = run(program, 'gradient', model, '--data', 'keras.npz', '--max-file', '1000')
assert status == 4 and 'limit of 1000 bytes (--max-file)' in message, message
status, out, message = run(program, 'gradient', model, '--data', 'f8.npy', '--labels', 'labels', '--max-mem', '5000')
assert status == 4 and '--max-mem' in message, message
print(len(same), 'ways to read the same images,', count, 'inputs against fractions,', refusals, 'refusals')
