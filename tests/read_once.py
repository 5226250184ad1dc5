# SPDX-License-Identifier: Apache-2.0
"""tests/read_once.sh: read_once.py PROGRAM DIRECTORY HOSTILE; the directory has what make_inputs makes, HOSTILE make.py."""
import gzip, hashlib, json, os, re, shutil, struct, subprocess, sys, threading
import numpy as np

program, directory, hostile = sys.argv[1:]
sys.dont_write_bytecode = True
sys.path.insert(0, hostile)
from make import onnx, onnx_node, onnx_tensor, onnx_value
os.chdir(directory)
count = 0


def digest(data):
    return hashlib.sha256(data).hexdigest()


def contents(path):
    with open(path, 'rb') as f:
        return f.read()


def run(*command, status=0, **more):
    p = subprocess.run(command, capture_output=True, text=True, timeout=300, **more)
    assert p.returncode == status, (command, p.returncode, p.stderr)
    return p


def options_of(model, data, labels, *more):
    return [program, 'audit', model, '--data', data, *(['--labels', labels] if labels else []), '--images', '0-1', '--quiet',
            '--no-remedies', '--seeds', '2', *more]


def audit(model, data, labels, *more, under=(), status=0, **how):
    global count
    count += 1
    out = f'audit-{count}'
    p = run(*under, *options_of(model, data, labels, '-o', out, *more), status=status, **how)
    return json.load(open(out + '/report.json')) if status == 0 else p.stderr


def same(report, model, images, labels):
    head = report['head']
    got = head['model']['sha256'], head['data']['images_sha256'], head['data']['labels_sha256']
    assert got == (model, images, labels), (got, (model, images, labels))


def but_digests(report):
    report = json.loads(json.dumps(report))
    for key, name in ('model', 'sha256'), ('data', 'images_sha256'), ('data', 'labels_sha256'):
        del report['head'][key][name]
    for name in 'inputs_sha256', 'classes_sha256':
        report['head']['data'].pop(name, None)
    return report


# ---- each format ----
model, images, labels = 'model.safetensors', 'images', 'labels'
of = {name: digest(contents(name)) for name in (model, images, labels)}
plain = audit(model, images, labels)
same(plain, of[model], of[images], of[labels])

raw = contents(model)
length = struct.unpack('<Q', raw[:8])[0]
tensors = {name: np.frombuffer(raw[8 + length:][slice(*info['data_offsets'])], '<f4').reshape(info['shape'])
           for name, info in json.loads(raw[8:8 + length]).items() if name != '__metadata__'}
os.mkdir('folder')
for name, array in tensors.items():
    np.save(f'folder/{name}.npy', array)
for other in '.hidden.npy', 'README':
    open('folder/' + other, 'w').write('not an array of the model')
np.savez('model.npz', **tensors)
(w1, b1), (w2, b2) = ([tensors[name] for name in sorted(tensors) if name[:3] == layer][::-1] for layer in ('fc1', 'fc2'))
with open('model.onnx', 'wb') as f:
    f.write(onnx([onnx_node('MatMul', ['x', 'w1'], ['p']), onnx_node('Add', ['p', 'b1'], ['q']), onnx_node('Sigmoid', ['q'], ['r']),
                  onnx_node('MatMul', ['r', 'w2'], ['s']), onnx_node('Add', ['s', 'b2'], ['y'])],
                 [onnx_tensor(name, t.shape, t.tobytes()) for name, t in (('w1', w1.T), ('b1', b1), ('w2', w2.T), ('b2', b2))],
                 onnx_value('x', 1, 16)))


def listing(folder):
    """As man gradaudit-report says, and as coreutils have it."""
    names = sorted(n for n in os.listdir(folder) if n.endswith('.npy') and not n.startswith('.'))
    want = digest(''.join(f'{digest(contents(os.path.join(folder, n)))}  {n}\n' for n in names).encode())
    shell = run('sh', '-c', 'LC_ALL=C; export LC_ALL; sha256sum -- *.npy | sha256sum', cwd=folder).stdout.split()[0]
    assert shell == want, (shell, want)
    return want


sigmoid = ['--activation', 'sigmoid']
for name, want in ('folder', listing('folder')), ('model.npz', digest(contents('model.npz'))):
    report = audit(name, images, labels, *sigmoid)
    same(report, want, of[images], of[labels])
    assert but_digests(report) == but_digests(plain)
    rounded = audit(name, images, labels, *sigmoid, '--round-model')
    assert rounded['head']['model']['sha256'] == want and rounded['head']['model']['rounded']

report = audit('model.onnx', images, labels)
same(report, digest(contents('model.onnx')), of[images], of[labels])
assert but_digests(report) == but_digests(plain)

pixels = np.frombuffer(contents(images)[16:], 'u1').reshape(300, 4, 4)
classes = np.frombuffer(contents(labels)[8:], 'u1')
with open('images.gz', 'wb') as f:
    f.write(gzip.compress(contents(images)[:1000]) + gzip.compress(contents(images)[1000:]))
np.save('images.npy', pixels)
np.save('labels.npy', classes)
np.savez_compressed('both.npz', x=pixels, y=classes)
with open('both.csv', 'w') as f:
    f.write(''.join(','.join(map(str, [*row, label])) + '\n' for row, label in zip(pixels.reshape(300, 16), classes)))
with gzip.open('both.csv.gz', 'wb') as f:
    f.write(contents('both.csv'))
last = ['--label-column', '17']
for data, its_labels, more in (('images.gz', labels, []), ('images.npy', 'labels.npy', []), ('both.npz', None, []), ('both.npz', 'both.npz', []),
                               ('both.csv', None, last), ('both.csv.gz', None, last), ('images', 'both.csv', last)):
    report = audit(model, data, its_labels, *more)
    same(report, of[model], digest(contents(data)), digest(contents(its_labels)) if its_labels else None)
    if 'csv' not in data:
        assert but_digests(report) == but_digests(plain), data

# ---- a folder of which an array changes is another model ----
folder = options_of('folder', images, labels, *sigmoid, '-o', 'resumed')
run(*folder)
run(*folder, '--resume')
changed = tensors[sorted(tensors)[0]].copy()
changed.flat[0] += 1
before = contents(f'folder/{sorted(tensors)[0]}.npy')
np.save(f'folder/{sorted(tensors)[0]}.npy', changed)
assert 'model (sha256)' in run(*folder, '--resume', status=2).stderr
with open(f'folder/{sorted(tensors)[0]}.npy', 'wb') as f:
    f.write(before)
run(*folder, '--resume')
shutil.copytree('folder', 'renamed')
os.rename('renamed/fc1.weight.npy', 'renamed/fc0.weight.npy')
os.rename('renamed/fc1.bias.npy', 'renamed/fc0.bias.npy')
same(audit('renamed', images, labels, *sigmoid), listing('renamed'), of[images], of[labels])
assert listing('renamed') != listing('folder')
for name in 'fc1\n.bias.npy', 'fc1\r.bias.npy', 'fc1\\.bias.npy':
    shutil.copytree('folder', 'broken')
    os.rename('broken/fc1.bias.npy', 'broken/' + name)
    assert 'a line break or a backslash' in audit('broken', images, labels, *sigmoid, status=3)
    shutil.rmtree('broken')

# ---- pipes, which can be read once ----
np.save('foreign.npy', np.linspace(-1, 1, 300 * 16).astype('<f4').reshape(300, 16))
foreign = digest(contents('foreign.npy'))


def feed(name, data):
    """A pipe, in which data come once; opening it again waits for ever."""
    os.path.exists(name) and os.unlink(name)
    os.mkfifo(name)

    def write():
        with open(name, 'wb') as f:
            f.write(data)
    threading.Thread(target=write, daemon=True).start()
    return name


from_files = audit(model, images, labels, '--foreign', 'own=foreign.npy', '--fail-on', 'own:lost>=100%')
assert from_files['head']['estimators'][-1]['foreign_sha256'] == foreign
from_pipes = audit(feed('pipe-model', contents(model)), feed('pipe-images', contents(images)), feed('pipe-labels', contents(labels)),
                   '--foreign', 'own=' + feed('pipe-foreign', contents('foreign.npy')), '--fail-on', 'own:lost>=100%')
assert from_pipes == from_files
report = audit(model, feed('pipe-images', contents('images.gz')), labels)
same(report, of[model], digest(contents('images.gz')), of[labels])
run('bash', '-c', 'cat "$1" | "${@:4}" --data <(zcat "$2") --labels <(cat "$3")', 'bash', model, 'images.gz', labels,
    program, 'audit', '/dev/stdin', '--images', '0-1', '--quiet', '--no-remedies', '--seeds', '2', '-o', 'substituted')
assert json.load(open('substituted/report.json')) == plain

# A gate on a foreign gradient is checked before its array is read, and names those that there are.
p = audit(model, images, labels, '--foreign', 'own=foreign.npy', '--fail-on', 'none:lost>0', status=2)
assert "has no such estimator, but 'float naive', " in p and ", 'own', 'exact'" in p, p
p = audit(model, images, labels, '--foreign', 'own=foreign.npy', '--estimator', 'float,naive', '--fail-on', 'stable:lost>0', status=2)
assert "has no estimator that is 'stable'" in p and 'did you mean' not in p, p

# ---- files that change once they are read: the audit waits for its labels, in a pipe, meanwhile ----
other = bytearray(raw)
other[-1] ^= 0x80  # the sign of a bias
for replace in False, True:
    for name in model, images:
        shutil.copy(name, 'changing-' + name)
    os.path.exists('pipe-labels') and os.unlink('pipe-labels')
    os.mkfifo('pipe-labels')
    process = subprocess.Popen(options_of('changing-' + model, 'changing-' + images, 'pipe-labels', '-o', f'changing-{replace}'),
                               stderr=subprocess.PIPE, text=True)
    with open('pipe-labels', 'wb') as pipe:  # which waits until the audit opens it
        for name, data in (model, bytes(other)), (images, contents(images)[:-1] + b'\1'):
            if replace:
                os.unlink('changing-' + name)
            with open('changing-' + name, 'wb' if replace else 'r+b') as f:
                f.write(data)
        pipe.write(contents(labels))
    error = process.communicate(timeout=300)[1]
    assert process.returncode == 0, error
    assert digest(contents('changing-' + model)) != of[model]
    assert json.load(open(f'changing-{replace}/report.json')) == plain, replace

# ---- strace: each is opened once, and read no more than once ----
inputs = [model, images, labels, 'foreign.npy']
with open('large.npy', 'wb') as f:  # which is mapped
    np.save(f, np.zeros((1 << 15, 32, 32), 'u1'))
wide = np.random.default_rng(1).standard_normal((2100, 2100)).astype('<f4')  # as is this
os.mkdir('wide')
np.save('wide/W1.npy', wide)
np.save('wide/W2.npy', wide[:2])
np.savez('wide.npz', W1=wide, W2=wide[:2])
with open('wide.onnx', 'wb') as f:
    f.write(onnx([onnx_node('MatMul', ['x', 'w1'], ['r']), onnx_node('Sigmoid', ['r'], ['s']), onnx_node('MatMul', ['s', 'w2'], ['y'])],
                 [onnx_tensor('w1', (2100, 2100), wide.T.tobytes()), onnx_tensor('w2', (2100, 2), wide[:2].T.tobytes())],
                 onnx_value('x', 1, 2100)))
open_call = re.compile(r'^[0-9]* *open(?:at)?\((?:AT_FDCWD, )?"([^"]*)"')


def opened(*command, status=0):
    traced = {**os.environ, 'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'}  # it looks by tracing, too
    run('strace', '-f', '-s', '4096', '-e', 'trace=open,openat,openat2', '-o', 'trace', *command, status=status, env=traced)
    return [m.group(1) for m in map(open_call.match, open('trace')) if m]


def once(command, files, status=0):
    got = opened(*command, status=status)
    assert all(got.count(name) == 1 for name in files), {name: got.count(name) for name in files}


gates = ['--foreign', 'own=foreign.npy', '--fail-on', 'own:lost>=100%']
once(options_of(model, images, labels, '-o', 'once', *gates), inputs)
once(options_of(model, images, labels, '-o', 'once', *gates, '--resume'), inputs)
once(options_of(model, images, labels, '--dry-run', *gates), inputs)
once(options_of(model, 'images.gz', labels, '-o', 'once-gz'), [model, 'images.gz', labels])
once(options_of('folder', images, labels, *sigmoid, '-o', 'once-folder'), ['folder/' + n for n in os.listdir('folder') if n[0] == 'f'])
layout = ['--layout', 'out-in', *sigmoid]
once([program, 'convert', 'wide', 'from-folder', *layout], ['wide/W1.npy', 'wide/W2.npy'])
once([program, 'convert', 'wide.npz', 'from-npz', *layout], ['wide.npz'])
once([program, 'convert', 'wide.onnx', 'from-onnx'], ['wide.onnx'])
once([program, 'convert', 'from-npz', 'from-safetensors'], ['from-npz'])
assert wide.tobytes() in contents('from-folder') and wide[:2].tobytes() in contents('from-folder')
assert contents('from-npz') == contents('from-folder') == contents('from-safetensors')
assert wide.tobytes() in contents('from-onnx') and wide[:2].tobytes() in contents('from-onnx')
once([program, 'gradient', model, '--data', 'both.csv', *last, '--images', '0'], [model, 'both.csv'])
once([program, 'gradient', model, '--data', 'large.npy', '--labels', labels, '--images', '0'], [model, 'large.npy', labels], status=3)
got = opened(program, 'reproduce', '--first', '2', '--quiet', '-o', 'reproduced')
for name, want in json.load(open('reproduced/report.json'))['inputs'].items():
    path, = [p for p in got if p.endswith('/' + name)]
    assert digest(contents(path)) == want, name
print(count, 'audits, each of what it hashed')
