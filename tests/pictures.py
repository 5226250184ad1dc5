# SPDX-License-Identifier: Apache-2.0
"""pictures.py GRADAUDIT DIRECTORY -- audits images of several shapes and holds the pictures of the page, decoded here, against the
images that were written and against the signs in report.json."""
import base64
import json
import os
import random
import re
import struct
import subprocess
import sys
import zlib

program = sys.argv[1]
os.chdir(sys.argv[2])
random.seed(int(os.environ.get('GRADAUDIT_TEST_SEED', 1)))


def write_npy(name, kind, shape, numbers):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }" % (kind, ', '.join(map(str, shape)))
    head += ' ' * (-(len(head) + 11) % 64) + '\n'
    with open(name, 'wb') as f:
        f.write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(head)) + head.encode())
        f.write(struct.pack('<%d%s' % (len(numbers), {'|u1': 'B', '<f4': 'f'}[kind]), *numbers))


def audit(name, shape, bits, labels):
    """Writes a network for such images and their audit; returns the page and the report."""
    n = 1
    for d in shape:
        n *= d
    os.makedirs('model', exist_ok=True)
    for layer, (n_in, n_out) in enumerate(((n, 6), (6, 3)), 1):
        write_npy('model/W%d.npy' % layer, '<f4', (n_out, n_in), [random.gauss(0, 400 / n_in ** .5) for _ in range(n_in * n_out)])
        write_npy('model/b%d.npy' % layer, '<f4', (n_out,), [random.gauss(0, 1) for _ in range(n_out)])
    write_npy('x.npy', '|u1', (len(labels),) + shape, bits)
    write_npy('y.npy', '|u1', (len(labels),), labels)
    subprocess.run([program, 'audit', 'model', '--activation', 'sigmoid', '--data', 'x.npy', '--labels', 'y.npy', '-o', name,
                    '-e', 'float,naive', '--seeds', '2', '--eps', '0.25', '--no-remedies', '--quiet'], check=True)
    return open(name + '/report.html', encoding='utf-8').read(), json.load(open(name + '/report.json'))


def decode(uri):
    """Rows of (red, green, blue)."""
    png = base64.b64decode(uri, validate=True)
    assert png[:8] == b'\x89PNG\r\n\x1a\n'
    at, chunks = 8, []
    while at < len(png):
        length, kind = struct.unpack('>I4s', png[at:at + 8])
        data = png[at + 8:at + 8 + length]
        assert struct.unpack('>I', png[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + data)
        chunks.append((kind, data))
        at += 12 + length
    assert [kind for kind, _ in chunks] == [b'IHDR', b'IDAT', b'IEND'] and at == len(png)
    cols, rows, *rest = struct.unpack('>IIBBBBB', chunks[0][1])
    assert rest == [8, 2, 0, 0, 0]
    lines = zlib.decompress(chunks[1][1])
    assert len(lines) == rows * (1 + 3 * cols)
    picture = []
    for y in range(rows):
        line = lines[y * (1 + 3 * cols):(y + 1) * (1 + 3 * cols)]
        assert line[0] == 0
        picture.append([tuple(line[1 + 3 * x:4 + 3 * x]) for x in range(cols)])
    return picture


def figures(page):
    """By image: its figures, each (title, pictures)."""
    out = []
    for section in re.findall(r'<section class="picture">.*?</section>', page, re.S):
        one = []
        for figure in re.findall(r'<figure>.*?</figure>', section, re.S):
            title = re.search(r'<figcaption>(.*?)<br>', figure).group(1)
            one.append((title, [decode(u) for u in re.findall(r'src="data:image/png;base64,([^"]*)"', figure)], figure))
        out.append(one)
    return out


def sign_of(colour):
    red, green, blue = colour
    return '0' if min(colour) > 250 else '+' if red > blue else '-'


def check(name, shape, index, rows, cols, channels, says):
    """index(channel, row, column): of the element, by the order in which the numbers were written."""
    n, images = rows * cols * channels, 6
    bits = [random.randrange(256) for _ in range(images * n)]
    page, report = audit(name, shape, bits, [random.randrange(3) for _ in range(images)])
    assert re.sub('[\u00a0\\s]+', ' ', says) in re.sub('[\u00a0\\s]+', ' ', page), (name, says)
    shown = figures(page)
    assert len(shown) == len(report['pictures']) > 0, name
    for one, picture in zip(shown, report['pictures']):
        own = bits[picture['image'] * n:(picture['image'] + 1) * n]
        step = {'+': 63.75, '-': -63.75, '0': 0}
        titles = [title for title, _, _ in one]
        assert titles == ['input', 'naive', 'exact', 'FGSM, naive', 'FGSM, exact'], titles
        for title, pictures, _ in one:
            gradient = title in ('naive', 'exact')
            signs = picture['naive' if 'naive' in title else 'exact']['signs']
            assert len(pictures) == (channels if gradient else 1), (name, title, len(pictures))
            assert all(len(p) == rows and len(p[0]) == cols for p in pictures)
            for y in range(rows):
                for x in range(cols):
                    at = [index(c, y, x) for c in range(channels)]
                    if gradient:
                        assert [sign_of(p[y][x]) for p in pictures] == [signs[i] for i in at], (name, title, y, x)
                        continue
                    level = [own[i] + (0 if title == 'input' else step[signs[i]]) for i in at]
                    level = [min(max(v, 0), 255) for v in level]
                    if channels == 4:
                        level = [v * level[3] / 255 + 255 - level[3] for v in level[:3]]
                    want = level if channels > 1 else 3 * level
                    got = pictures[0][y][x]
                    assert all(abs(g - w) <= 1 for g, w in zip(got, want)), (name, title, y, x, got, want)


check('grey', (5, 7), lambda c, y, x: 7 * y + x, 5, 7, 1, 'positive. White is 0')
check('first', (3, 5, 7), lambda c, y, x: 35 * c + 7 * y + x, 5, 7, 3, 'In the file an image is 3 × 5 × 7, so that the first')
check('last', (5, 7, 3), lambda c, y, x: 21 * y + 3 * x + c, 5, 7, 3, 'In the file an image is 5 × 7 × 3, so that the last')
check('first4', (4, 5, 6), lambda c, y, x: 30 * c + 6 * y + x, 5, 6, 4, 'red, green, blue and opacity, over white')
check('last4', (5, 6, 4), lambda c, y, x: 24 * y + 4 * x + c, 5, 6, 4, 'red, green, blue and opacity, over white')
check('square', (81,), lambda c, y, x: 9 * y + x, 9, 9, 1, 'a row of 81 numbers; it is drawn as a square of 9 by 9')
check('strip', (128,), lambda c, y, x: 16 * y + x, 8, 16, 1, 'an input is 128 numbers, and that does not say')
check('both', (4, 8, 4), lambda c, y, x: 16 * y + x, 8, 16, 1, 'an input is 4 × 8 × 4 numbers, and that does not say')

# Few numbers are bars: as many as there are, up where the gradient is positive.
page, report = audit('bars', (13,), [random.randrange(256) for _ in range(6 * 13)], [random.randrange(3) for _ in range(6)])
assert 'An input is 13 numbers: each is a bar' in page and 'data:image/png' not in page
for one, picture in zip(figures(page), report['pictures']):
    for title, _, figure in one:
        bars = re.findall(r'<rect x="([^"]*)" y="([^"]*)" width="[^"]*" height="([^"]*)"', figure)
        assert [int(float(x)) for x, _, _ in bars] == list(range(13))
        if title in ('naive', 'exact'):
            for (_, y, height), sign in zip(bars, picture[title]['signs']):
                up, down = float(y) < 49.99, float(y) + float(height) > 50.01
                assert (up, down) == (sign == '+', sign == '-'), (title, y, height, sign)
        if title == 'input':
            for (_, y, height), level in zip(bars, picture['pixels']):
                assert abs(float(height) - level / 2.55) < .1 and abs(float(y) + float(height) - 100) < .1, (y, height, level)
