# SPDX-License-Identifier: Apache-2.0
"""doubts.py PROGRAM DATADIR DIRECTORY: inputs that a network was not made for are said, and those it was made for are not."""
import gzip
import html
import json
import os
import re
import struct
import subprocess
import sys

import numpy as np

program, datadir, tmp = sys.argv[1:]
os.chdir(tmp)
failures = 0


def check(ok, what):
    global failures
    if not ok:
        failures += 1
        print('FAILED:', what)


def run(*words, status=0):
    p = subprocess.run([program, *words], capture_output=True, text=True)
    check(p.returncode == status, f'status {p.returncode}, not {status}: {words}: {p.stderr}')
    return p.stdout, p.stderr


def warned(model, data, *words, command='forward', labels=True):
    """The warnings, each without the name of the file."""
    more = [] if command == 'explain' else ['--images', '0'] if command in ('forward', 'gradient') else ['--images', '0-99']
    _, message = run(command, model, '--data', data, *(['--labels', 'labels.npy'] if labels else []), *more, *words)
    lines = [line for line in message.splitlines() if 'warning:' in line]
    check(all(line.startswith(f'gradaudit: warning: {data}: ') for line in lines), lines)
    return [line.split(': ', 3)[3] for line in lines]


def idx(name):
    with gzip.open(f'{datadir}/mnist/{name}') as f:
        b = f.read()
    return np.frombuffer(b[4 + 4 * b[3]:], '|u1').reshape(struct.unpack(f'>{b[3]}I', b[4:4 + 4 * b[3]]))


def tensors(path):
    with open(path, 'rb') as f:
        n = struct.unpack('<Q', f.read(8))[0]
        header, data = json.loads(f.read(n)), f.read()
    meta = header.pop('__metadata__')
    return {k: np.frombuffer(data[slice(*t['data_offsets'])], '<f4').reshape(t['shape']) for k, t in header.items()}, meta


def write(path, arrays, meta):
    header, data = {'__metadata__': meta}, b''
    for k, a in arrays.items():
        a = np.asarray(a, '<f4')
        header[k] = {'dtype': 'F32', 'shape': a.shape, 'data_offsets': [len(data), len(data) + a.nbytes]}
        data += a.tobytes()
    text = json.dumps(header).encode()
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + data)


bytes_, labels = idx('t10k-images-idx3-ubyte.gz')[:1000], idx('t10k-labels-idx1-ubyte.gz')[:1000]
flat = bytes_.reshape(1000, -1)
order = np.argsort(labels, kind='stable')  # a file sorted by its labels: its first images are all of one
np.save('bytes.npy', bytes_)
np.save('sorted.npy', bytes_[order])
np.save('raw.npy', flat.astype('<f4'))
np.save('raw-less-whole.npy', flat * .999)
np.savetxt('raw.csv', flat, '%d', ',')
np.save('unit.npy', (flat / 255).astype('<f4'))
np.save('unit-f64.npy', flat / 255)
np.savetxt('unit.csv', flat / 255, '%.4f', ',')
np.save('normalised.npy', (flat / 255 - .1307) / .3081)
np.save('labels.npy', labels)
models = {name: f'{datadir}/models/{name}.safetensors' for name in
          ('vanilla-sigmoid', 'vanilla-relu', 'penalty-sigmoid', 'saturated-sigmoid', 'saturated-relu')}
for name in list(models):  # the same for normalised inputs, and for inputs that it divides by 255 itself
    arrays, meta = tensors(models[name])
    w = arrays['fc1.weight'].astype('<f8')
    own = {**arrays, 'fc1.weight': w * .3081, 'fc1.bias': arrays['fc1.bias'] + .1307 * w.sum(1)}
    write(f'{name}-normalised', own, meta)
    write(f'{name}-divides', {**arrays, 'normalise.1.divide': np.full(784, 255)}, meta)
    write(f'{name}-raw', {**arrays, 'fc1.weight': w / 255}, meta)

healthy = 0
for name, model in models.items():
    for with_labels in True, False:
        for m, data, *words in [(model, 'bytes.npy'), (model, 'unit.npy'), (model, 'unit-f64.npy'), (model, 'unit.csv'),
                                (model, 'raw.csv', '--scale', '1/255'), (f'{name}-normalised', 'normalised.npy'),
                                (f'{name}-normalised', 'bytes.npy', '--mean', '0.1307', '--std', '0.3081'),
                                (f'{name}-normalised', 'unit.npy', '--mean', '0.1307', '--std', '0.3081'),
                                (f'{name}-divides', 'raw.npy'), (f'{name}-divides', 'bytes.npy', '--scale', '1'),
                                (f'{name}-raw', 'bytes.npy', '--scale', '1')] + \
                               ([(f'{name}-raw', 'raw.npy')] if with_labels else []):
            got = warned(m, data, *words, labels=with_labels)
            check(got == [], f'{m} on {data} {words}: {got}')
            healthy += 1
np.save('labels.npy', labels[order])
check(warned(models['vanilla-relu'], 'sorted.npy') == [], 'images in the order of their labels')
np.save('labels.npy', labels)

# ---- not divided, divided twice ----
sick = 0
for name, model in models.items():
    for with_labels in True, False:
        for m, data, says, *words in [
                (model, 'raw.npy', '--scale 1/255'), (model, 'raw.csv', '--scale 1/255'),
                (f'{name}-normalised', 'raw.npy', '--scale 1/255', '--mean', '0.1307', '--std', '0.3081'),
                (model, 'unit.npy', '--scale 1', '--scale', '1/255'), (model, 'unit.csv', '--scale 1', '--scale', '1/255'),
                (f'{name}-divides', 'bytes.npy', '--scale 1'), (f'{name}-divides', 'unit.npy', '--scale 255')]:
            got = warned(m, data, *words, labels=with_labels)
            check(len(got) == 1 and says in got[0] and f'{says}0' not in got[0] and f'{says}/' not in got[0],
                  f'{m} on {data} {words}, labels {with_labels}: {got}')
            sick += 1
got = warned(models['vanilla-sigmoid'], 'raw-less-whole.npy')
check(len(got) == 1 and '--scale 1/255' in got[0], got)
# The accuracies that are said are those of the program itself.
def accuracy(*words):
    out, _ = run('inspect', models['vanilla-sigmoid'], '--labels', 'labels.npy', *words)
    rows = dict(line.split('\t', 1) for line in out.splitlines() if line.count('\t') == 1)
    check(float(rows['accuracy_percent']) == 100 * int(rows['correct']) / int(rows['images']), rows)
    return float(rows['accuracy_percent'])
first = slice(0, 500)
np.save('first.npy', flat[first].astype('<f4'))
np.save('labels.npy', labels[first])
[got] = warned(models['vanilla-sigmoid'], 'first.npy')
want = [accuracy('--data', 'first.npy', *words) for words in (['--scale', '1/255'], [])]
check(f'right on {want[1]:.1f} % of 500 images' in got and f'with --scale 1/255 on {want[0]:.1f} %' in got, (got, want))

# ---- few images, of which a ReLU network is right on all, at any scale: a loss of 0 is no evidence ----
for n in 16, 64, 256:
    np.savez('n.npz', x_test=flat[:n].astype('<f4'), y_test=labels[:n])
    for name in 'vanilla-relu', 'saturated-relu', 'saturated-sigmoid':
        got = warned(models[name], 'n.npz', labels=False)
        check(len(got) == 1 and 'not divided by 255' in got[0] and '--scale 1/255' in got[0] and 'Which was' in got[0], (n, name, got))
    got = warned('vanilla-relu-raw', 'n.npz', labels=False)
    check(got == [] or n == 16, f'a network made for 0 to 255, {n} images: {got}')

# ---- other scales: what is advised does it, and reaches what the network reaches on its own images ----
for name in models:
    arrays, meta = tensors(models[name])
    w = arrays['fc1.weight'].astype('<f8')
    write(f'{name}-signed', {**arrays, 'fc1.weight': w / 2, 'fc1.bias': arrays['fc1.bias'] + w.sum(1) / 2}, meta)
np.save('labels.npy', labels)
np.save('signed.npy', (flat / 127.5 - 1).astype('<f4'))
np.save('percent.npy', (flat / 2.55).astype('<f4'))
np.save('deep.npy', flat.astype('<u2') * 257)
np.save('centred.npy', flat - 127.5)
np.save('sixteen.npy', np.round(flat / 15.9375))
told = []
for name in models:
    for made, data, *words in [('', 'normalised.npy'), ('', 'signed.npy'), ('', 'percent.npy'), ('', 'deep.npy'), ('', 'centred.npy'),
                               ('', 'sixteen.npy'), ('-signed', 'unit.npy'), ('-signed', 'bytes.npy'), ('-raw', 'unit.npy'),
                               ('-raw', 'bytes.npy'), ('-normalised', 'signed.npy'), ('-normalised', 'bytes.npy'),
                               ('', 'bytes.npy', '--mean', '1,2'), ('', 'unit.npy', '--mean', '0.1307', '--std', '0.3081')]:
        got = warned(name_of := models[name] if made == '' else name + made, data, *words)
        check(len(got) <= 1, got)
        if not got:
            continue
        told.append((name, made, data))
        check('commonest' not in got[0] and 'scaled again' not in got[0], got)
        options = re.findall(r'--(scale|mean|std) ([-0-9./]+)', re.sub('(without|leave out).*', '', got[0]))
        advice = [part for k, v in options for part in (f'--{k}', v)]
        check(bool(advice) == ('leave out' not in got[0]), got)
        again = warned(name_of, data, *advice)
        check(again == [], f'{name}{made} on {data} {words}: {got} and then {again}')
check(len(told) > 40 and all((name, '', data) in told for name in models for data in ('signed.npy', 'percent.npy', 'deep.npy')), told)

# ---- logits that overflow, or tie ----
arrays, meta = tensors(models['vanilla-relu'])
write('huge', {k: a * 1e20 for k, a in arrays.items()}, meta)
write('zero', {k: a * 0 for k, a in arrays.items()}, meta)
for model, why in ('huge', 'infinite or NaN'), ('zero', 'largest logits are equal'):
    got = warned(model, 'unit.npy')
    check(len(got) == 1 and '512 of 512 images' in got[0] and why in got[0] and 'labels' not in got[0] and '--scale' not in got[0], got)
out, _ = run('forward', 'huge', '--data', 'unit.npy', '--labels', 'labels.npy', '--images', '0-9', '--quiet', '--format', 'double')
check('none' not in out and 'inf' not in out, out)

# ---- labels of other images, at every command ----
commands = ['forward', 'gradient', 'histogram', 'inspect', 'attack', 'sweep --points 2 --parameter logit-scale', 'explain --image 0 --element 400', 'audit --dry-run']
np.save('labels.npy', np.roll(labels, 1))
common, right = np.bincount(np.roll(labels, 1)[np.arange(512) * 1000 // 512]).max() / 5.12, None
for command in commands:
    command, *words = command.split()
    got = warned(models['vanilla-relu'], 'bytes.npy', *words, command=command)
    check(len(got) == 1 and f'is right on {common:.1f} %' in got[0] and 'labels are in the images' in got[0] and '--mean' in got[0],
          f'{command}: {got}')
    if command not in ('inspect', 'explain'):
        check(warned(models['vanilla-relu'], 'bytes.npy', *words, '--quiet', command=command) == [], f'{command} --quiet')
np.save('labels.npy', np.roll(labels, 1) * 0 + labels[0])
got = warned(models['vanilla-relu'], 'bytes.npy')
check(len(got) == 1 and 'is right on 100.0 %' in got[0], f'labels that are all the same: {got}')
np.save('few.npy', flat[:4])
np.save('labels.npy', np.roll(labels, 1)[:4] * 0 + labels[0])
check(warned(models['vanilla-relu'], 'few.npy', '--scale', '1/255') == [], 'four images say nothing')

# ---- an audit's report has them, whichever images it is of ----
np.save('labels.npy', labels)
for images in '0-1', '256-257':
    run('audit', models['vanilla-sigmoid'], '--data', 'raw.npy', '--labels', 'labels.npy', '--images', images, '-o', f'audit{images}',
        '-e', 'float', '--seeds', '1', '--no-remedies', '--quiet')
report, other = (json.load(open(f'audit{images}/report.json')) for images in ('0-1', '256-257'))
[text] = report['warnings']
check(report['head']['warnings'] == [text] == other['head']['warnings'] and '--scale 1/255' in text and text.endswith('.'), text)
page = html.unescape(re.sub('<[^>]*>', '', open('audit0-1/report.html', encoding='utf-8').read())).replace('\u00a0', ' ')
check(text in page, 'the page has no warning')
print(healthy, 'healthy inputs,', sick, 'others')
sys.exit(bool(failures))
