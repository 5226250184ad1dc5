# SPDX-License-Identifier: Apache-2.0
"""Networks of other tools, read by gradaudit, against NumPy and onnx: tests/files.sh."""
import collections, glob, io, json, os, pickle, re, struct, subprocess, sys, warnings, zipfile
import numpy as np
import onnx
from onnx import numpy_helper

warnings.simplefilter('ignore')
program, files, tmp = sys.argv[1:]
files = os.path.abspath(files)
converter = os.path.join(os.environ['GRADAUDIT_DATADIR'], 'convert_checkpoint.py')
os.chdir(tmp)
os.environ['PATH'] = '/usr/bin:' + os.environ['PATH']
READ = 'only networks of fully connected layers with sigmoid, tanh or relu between them are read'
ONNX_READ = 'gradaudit inspect --operators lists what is read of ONNX files'


def run(*command, **options):
    p = subprocess.run(command, capture_output=True, text=True, **options)
    return p.returncode, p.stdout, p.stderr


# ---- independent readers ----
def wide(a):
    return np.ascontiguousarray(a.astype(a.dtype.newbyteorder('=')) if a.dtype.kind == 'f' and a.dtype.itemsize >= 4 else a.astype('<f4'))


def bfloat16(a):
    return (np.ascontiguousarray(a).view('<u2').astype('<u4') << 16).view('<f4')


def safetensors(path):
    with open(path, 'rb') as f:
        size, = struct.unpack('<Q', f.read(8))
        header = json.loads(f.read(size))
        data = f.read()
    meta, arrays = header.pop('__metadata__', {}), {}
    for name, t in header.items():
        raw = data[slice(*t['data_offsets'])]
        kinds = {'F32': '<f4', 'F64': '<f8', 'F16': '<f2', 'I64': '<i8'}
        a = bfloat16(np.frombuffer(raw, '<u2')) if t['dtype'] == 'BF16' else np.frombuffer(raw, kinds[t['dtype']])
        arrays[name] = a.reshape(t['shape'])
    return meta, arrays


def npz(path):
    return {name: bfloat16(a) if a.dtype == 'V2' else a for name, a in np.load(path, allow_pickle=True).items()}


def graph(path):
    return {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}


reader = {'.npz': npz, '.onnx': graph, '.safetensors': lambda path: safetensors(path)[1]}


# ---- what is read ----
def check(path, arrays, weights, in_out, *options, biases=True, meta=None):
    """The layers are those arrays, weights and biases in turns, and whatever else is in the file is not there."""
    got_path = os.path.join(tmp, 'got')
    status, _, message = run(program, 'convert', path, got_path, *options)
    assert status == 0, message
    got_meta, got = safetensors(got_path)
    dtype = max(wide(arrays[name]).dtype for name in weights)
    for k in range(len(weights) // (1 + biases)):
        w = wide(arrays[weights[k * (1 + biases)]])
        w = w.T if in_out else w
        b = wide(arrays[weights[2 * k + 1]]).flatten() if biases else np.zeros(len(w))
        for name, want in (f'fc{k + 1}.weight', w), (f'fc{k + 1}.bias', b):
            have = got.pop(name)
            assert have.dtype == dtype and have.shape == want.shape, (path, name, have.dtype, have.shape, want.shape)
            assert have.tobytes() == np.ascontiguousarray(want.astype(dtype)).tobytes(), (path, name)
    assert not got, (path, list(got))
    for key, value in (meta or {}).items():
        assert got_meta.get(key) == value, (path, got_meta)


def names(*layers):
    return [name for layer in layers for name in (layer + 'weight', layer + 'bias')]


two, three = names('0.', '2.'), ['0.', '2.', '4.']
numpys = ['W1', 'b1', 'W2', 'b2']
relu = '--activation', 'relu'
relu_tanh = '--activation', 'relu,tanh'
read = {
    'C.npz': (numpys, True, *relu), 'T.npz': (numpys, False, *relu), 'b2d.npz': (numpys, True, *relu), 'be.npz': (numpys, True, *relu),
    'col.npz': (numpys, False, *relu), 'mix.npz': (numpys, True, *relu), 'c.npz': (two, False, *relu), 'd.npz': (two, False, *relu),
    'extra.npz': (two, False, *relu), 'v2.npz': (two, False, *relu), 'w0.npz': (['W0', 'b0', 'W1', 'b1'], False, *relu),
    'flax.npz': ([f'params/Dense_{k}/{p}' for k in (0, 1) for p in ('kernel', 'bias')], True, *relu),
    'sk.npz': (['arr_0', 'arr_2', 'arr_1', 'arr_3'], True, *relu),
    'both.safetensors': (names(*('_orig_mod.module.net.' + k for k in three)), False, *relu_tanh),
    'compile.safetensors': (names(*('_orig_mod.' + k for k in three)), False, *relu_tanh),
    'dp.safetensors': (names(*('module.' + k for k in three)), False, *relu_tanh),
    'lightning.safetensors': (names(*('model.' + k for k in three)), False, *relu_tanh),
    'seq.safetensors': (names(*three), False, *relu_tanh),
    'captum617.safetensors': (names('fc1.', 'fc2.', 'output.'), False, *relu_tanh),
    'deep12.safetensors': (names(*(f'{2 * k}.' for k in range(12))), False, *relu),
    'hidden_out.safetensors': (names('hidden.', 'out.'), False, *relu),
    'nobias.safetensors': (['0.weight', '2.weight'], False, *relu),
    'captum617.onnx': (names('fc1.', 'fc2.', 'output.'), False), 'captum_train.onnx': (names('fc1.', 'fc2.', 'output.'), False),
    'cast16.onnx': (two, False), 't.onnx': (two, False), 'whole.onnx': (two, False),
    'rank1.onnx': (['onnx::MatMul_18', '0.bias', 'onnx::MatMul_19', '2.bias', 'onnx::MatMul_20', '4.bias'], True),
    'elu.onnx': (two, False), 'softplus.onnx': (two, False),
    'skl_ok.onnx': (['coefficient', 'intercepts', 'coefficient1', 'intercepts1'], True),
    **{name: (names('fc1.', 'fc2.'), False) for name in ('v.onnx', 'v2.onnx', 'v_dyn.onnx', 'v2_dyn.onnx')},
}
meta = {
    'extra.npz': {'left_out': 'epoch, loss'}, 'cast16.onnx': {'activation': 'tanh'}, 'rank1.onnx': {'activation': 'relu,relu'},
    'skl_ok.onnx': {'activation': 'tanh', 'output': 'softmax'}, 'v_dyn.onnx': {'activation': 'relu', 'output': 'log-softmax'},
    'captum617.onnx': {'activation': 'relu', 'output': 'sigmoid'}, 'captum_train.onnx': {'activation': 'relu', 'output': 'sigmoid'},
    'elu.onnx': {'activation': 'elu'}, 'softplus.onnx': {'activation': 'softplus'}, 'v2_dyn.onnx': {'activation': 'tanh'}, 'seq.safetensors': {'activation': 'relu,tanh'},
}
for name, (weights, in_out, *options) in read.items():
    path = os.path.join(files, name)
    wanted = meta.get(name, {})
    if wanted.get('activation') == 'relu,relu':
        wanted = {}
    check(path, reader[os.path.splitext(name)[1]](path), weights, in_out, *options, biases=name != 'nobias.safetensors', meta=wanted)

# ---- what is refused, in one line ----
refused = {
    'bn.safetensors': ('BatchNorm', READ),
    'cnn.safetensors': ("0.weight has 4 dimensions, as a convolution's weight has", READ),
    'prelu.safetensors': ('1.weight', 'PReLU', READ),
    'sn.safetensors': ("'0.weight_orig'", 'torch.nn.utils.remove_spectral_norm(LAYER)'),
    'wn.safetensors': ("'0.weight_g'", 'torch.nn.utils.remove_weight_norm(LAYER)'),
    'ext.onnx': ('its numbers are in another file', 'python3-onnx'), 'ext.onnx.data': ('nor a model of another format',),
    'int.npz': ('W1: integers are no weights', "a.astype('<f4')"), 'ld.npz': ('wider than double', "a.astype('<f8')"),
    'lists.npz': ("'coefs' is Python objects", 'convert_checkpoint.py'), 'obj.npz': ("'weights' is Python objects", 'convert_checkpoint.py'),
    'theta.npz': ('Theta2 has 7 columns for the 6 outputs of Theta1', 'W = a[:, 1:] and b = a[:, 0]'),
    'xC.npz': ('a data set', '--data'), 'xF.npz': ('a data set', '--data'), 'm.keras': ('a .keras file of Keras', 'convert_checkpoint.py'),
    'sd.pt': ('a state_dict of PyTorch', 'convert_checkpoint.py'), 'full.pth': ('a whole module of PyTorch', 'convert_checkpoint.py'),
    'ckpt.ckpt': ('a dictionary of PyTorch (a checkpoint)', 'convert_checkpoint.py'),
}
graphs = {'bn.onnx', 'gelu.onnx', 'cnn.onnx', 'leaky.onnx', 'half.onnx'}  # tests/graphs.py compares what they compute
assert set(read) | set(refused) | graphs == set(os.listdir(files)), set(os.listdir(files)) ^ (set(read) | set(refused) | graphs)


def check_refused(path, words, *options):
    status, out, message = run(program, 'inspect', path, *options)
    assert status == 3 and not out and message.count('\n') == 1, (path, status, message)
    for word in words:
        assert word in message, (path, word, message)
    return message


for name, words in refused.items():
    for options in (), relu:
        check_refused(os.path.join(files, name), words, *options)

# ---- the advice works ----
def follow(path, arrays, weights, in_out, *options, **more):
    """The command of the message is run as it stands, and makes a file that is read."""
    message = check_refused(path, ['convert_checkpoint.py'])
    command = re.search(r'(python3 .*)\n$', message).group(1)
    if os.path.exists('model.safetensors'):
        os.remove('model.safetensors')
    status, out, said = run('sh', '-c', command)
    assert status == 0, (command, said)
    check('model.safetensors', arrays, weights, in_out, *options, **more)


sd = {name: a for name, a in safetensors(os.path.join(files, 'seq.safetensors'))[1].items()}
root = lambda name: os.path.join(files, name)


def storages(path, count=4):
    """The numbers of a checkpoint, from its archive alone: 0.weight, 0.bias, 2.weight, 2.bias of 4-6-3."""
    with zipfile.ZipFile(path) as z:
        folder = z.namelist()[0].split('/')[0]
        raw = [np.frombuffer(z.read(f'{folder}/data/{k}'), '<f4') for k in range(count)]
    return dict(zip(two, (a.reshape(s) for a, s in zip(raw, ((6, 4), 6, (3, 6), 3)))))


follow(root('sd.pt'), storages(root('sd.pt')), two, False, *relu)
follow(root('ckpt.ckpt'), storages(root('ckpt.ckpt')), two, False, *relu)
follow(root('full.pth'), storages(root('full.pth')), two, False, meta={'activation': 'tanh'})
objects = npz(root('obj.npz'))['weights']
follow(root('obj.npz'), dict(zip(numpys, objects)), numpys, True, *relu)
lists = npz(root('lists.npz'))
follow(root('lists.npz'), dict(zip(numpys, [lists['coefs'][0], lists['intercepts'][0], lists['coefs'][1], lists['intercepts'][1]])), numpys,
       True, *relu)
# Arrays of a.astype(object): Python's floats, or NumPy's numbers, in any order; in a time that grows with their number, not its square.
w = np.random.default_rng(3).normal(size=(300, 500)).astype('<f4')
b = [w[:, k].copy() for k in range(2)]


def singly(a, dtype):
    objects = np.empty(a.shape, object)
    for i in np.ndindex(a.shape):
        objects[i] = dtype(a[i])
    return objects


plain = dict(zip(numpys, (w, b[0], w[:2, :300].copy(), b[0][:2])))
for make, dtype in (lambda a: a.astype(object), '<f8'), (lambda a: np.asfortranarray(a).astype(object), '<f8'), (lambda a: singly(a, np.float32), '<f4'):
    np.savez('objects.npz', **{name: make(a) for name, a in plain.items()})
    assert "save numbers as a.astype('<f4'), or '<f8'" in check_refused('objects.npz', ["'W1' is Python objects"])
    follow('objects.npz', {name: a.astype(dtype) for name, a in plain.items()}, numpys, False, *relu)
    status, _, message = run('/usr/bin/python3', converter, 'objects.npz', 'model.safetensors', timeout=60)
    assert status == 0 and ('say --round-model' in message) == (dtype == '<f8'), message
np.savez('objects.npz', **{name: np.nextafter(a.astype('<f8'), 9).astype(object) for name, a in plain.items()})
assert '--round-model' not in run('/usr/bin/python3', converter, 'objects.npz', 'model.safetensors')[2]
os.makedirs("a folder's", exist_ok=True)  # a name that a shell must not take apart
with open(root('sd.pt'), 'rb') as f, open("a folder's/$(touch ran).pt", 'wb') as to:
    to.write(f.read())
with zipfile.ZipFile(root('sd.pt')) as z:
    assert z.testzip() is None
follow("a folder's/$(touch ran).pt", storages(root('sd.pt')), two, False, *relu)
assert not os.path.exists('ran')
os.makedirs('long' * 40 + ' name', exist_ok=True)  # a data directory whose name does not fit a message
os.symlink(converter, 'long' * 40 + ' name/convert_checkpoint.py')
usual, path = os.environ['GRADAUDIT_DATADIR'], os.environ['PATH']
os.environ['GRADAUDIT_DATADIR'] = os.path.abspath('long' * 40 + ' name')
os.environ['PATH'] = path + ':' + os.path.dirname(program)
follow("a folder's/$(touch ran).pt", storages(root('sd.pt')), two, False, *relu)
os.environ['GRADAUDIT_DATADIR'], os.environ['PATH'] = usual, path
os.makedirs('deep' * 40, exist_ok=True)
os.symlink(root('sd.pt'), 'deep' * 40 + '/sd.pt')
assert 'convert_checkpoint.py FILE model.safetensors' in check_refused('deep' * 40 + '/sd.pt', ['a state_dict'])
message = check_refused(root('ext.onnx'), ['onnx.save'])
status, _, said = run('sh', '-c', re.search(r'(/usr/bin/python3 .*)\n$', message).group(1))
assert status == 0, said
check('whole.onnx', graph(root('ext.onnx')), two, False)
theta = npz(root('theta.npz'))
np.savez('split.npz', W1=theta['Theta1'][:, 1:], b1=theta['Theta1'][:, 0], W2=theta['Theta2'][:, 1:], b2=theta['Theta2'][:, 0])
check('split.npz', npz('split.npz'), numpys, False, *relu)
for name, dtype in ('int.npz', '<f4'), ('ld.npz', '<f8'):
    a = npz(root(name))
    a['W1'] = a['W1'].astype(dtype)
    np.savez('as.npz', **a)
    check('as.npz', a, numpys, True, *relu)

for name, value, fault in [('scale', np.float32(2.5), 'may change what'), ('temperature', np.array(2.), 'may change what'),
                           ('logit_scale', np.array(2), 'save the file without it if'), ('classes', np.arange(3), 'save the file without it'),
                           ('mean', np.array([.1]), 'say --mean and --std'), 
                           ('names', np.array(['a', 'b']), 'leave it out of a model'),
                           ('b2', np.array(2.5), 'a single number'), ('gain', np.array(2, np.longdouble), 'wider than double'),
                           ('seed', np.array(2.5), None), ('scaled_by', np.array(3), None), ('note', np.array('text'), None)]:
    np.savez('scalar.npz', **{'W1': np.ones((3, 4)), 'W2': np.ones((2, 3)), name: value})
    if fault:
        check_refused('scalar.npz', [name, fault], *relu)
    else:
        check('scalar.npz', npz('scalar.npz'), ['W1', 'W2'], False, *relu, biases=False, meta={'left_out': name})

# ---- texts that say what a safetensors file's metadata do, in an archive and in a folder ----
folder = dict(W1=np.random.default_rng(1).normal(size=(3, 4)), W2=np.random.default_rng(2).normal(size=(2, 3)))
for text in np.array('ReLU'), np.array(b'relu'), np.array('relu', '>U9'), np.array(' relu'):
    np.savez('text.npz', **folder, activation=text, note=np.array('swish'), layout='out-in')
    os.makedirs('text', exist_ok=True)
    for name, a in {**folder, 'activation': text}.items():
        np.save(f'text/{name}.npy', a)
    for path in 'text.npz', 'text':
        for options in (), relu:
            check(path, folder, ['W1', 'W2'], False, *options, biases=False, meta={'activation': 'relu'})
        check_refused(path, ['it says itself that hidden layer 1 is relu: --activation cannot make it tanh'], '--activation', 'tanh')
check('text.npz', folder, ['W1', 'W2'], False, biases=False, meta={'left_out': 'note', 'activation': 'relu'})
check_refused('text.npz', ['it says itself that its weights are out-in'], '--layout', 'in-out')
for bad in np.array('swish'), np.array('relu,tanh'):
    np.savez('text.npz', **folder, activation=bad)
    check_refused('text.npz', ['swish' if str(bad) == 'swish' else '2 activations for 1 hidden layers'])
np.savez('text.npz', **folder, activation=np.array('rel\u00fc'))
check('text.npz', folder, ['W1', 'W2'], False, *relu, biases=False, meta={'left_out': 'activation'})

# ---- other programs' names of activations ----
np.savez('text.npz', **folder)
for word, ours in ('Logistic', 'sigmoid'), ('identity', 'linear'), ('None', 'linear'), ('ReLU', 'relu'):
    check('text.npz', folder, ['W1', 'W2'], False, '--activation', word, biases=False)
    out = run(program, 'inspect', 'text.npz', '--activation', word)[1]
    assert f'\t{ours}' in out, (word, out)
status, _, message = run(program, 'inspect', 'text.npz', '--activation', 'logit')
assert status == 2 and 'linear, sigmoid, tanh, relu, softplus, silu, gelu, gelu-tanh, mish, elu, softsign, hardsigmoid, hardswish, relu6 or prelu' in message, message

# ---- arrays that have only places, with biases of one or two dimensions, in turns or weights first, in either layout ----
places = [f'arr_{k}' for k in range(6)]
row, column, flat = (lambda b: b.reshape(1, -1)), (lambda b: b.reshape(-1, 1)), np.ravel
count = 0
for sizes in (5, 4, 3), (5, 4, 1), (1, 4, 3), (6, 5, 4, 3), (4, 4, 4, 1), (1, 2, 1, 3), (5, 3):
    ws = [np.random.default_rng(n + 7 * m).normal(size=(n, m)) for m, n in zip(sizes, sizes[1:])]
    bs = [np.random.default_rng(n).normal(size=n) for n in sizes[1:]]
    for shape in row, column, flat:
        for transposed in False, True:
            for turns in True, False:
                w2, b2 = [w.T if transposed else w for w in ws], [shape(b) for b in bs]
                arrays = [a for pair in zip(w2, b2) for a in pair] if turns else w2 + b2
                np.savez('places.npz', *arrays)
                own = dict(zip(places, arrays))
                order = list(own) if turns else [places[k // 2 + (k % 2) * len(ws)] for k in range(2 * len(ws))]
                status, _, message = run(program, 'inspect', 'places.npz', *relu)
                if status == 0:
                    check('places.npz', own, order, transposed, *relu)
                    count += 1
                else:  # what shapes leave open
                    assert 'by name' in message or '--layout' in message, message
                    assert shape is not flat and sizes not in ((5, 4, 3), (6, 5, 4, 3)), (sizes, message)
assert count > 60, count
for arrays, words in (([bs[0], ws[0]], "'arr_0' has no weight before it"), ([np.ones((4, 5)), np.ones((3, 1))], 'arr_1 has 1 inputs, but arr_0 4')):
    np.savez('places.npz', *arrays)
    check_refused('places.npz', [words, "numpy.savez('model.npz', W1=..., b1=..., W2=..., b2=...)"], *relu)

np.savez('nan.npz', W1=np.full((3, 4), np.nan), b1=np.ones(3))
check_refused('nan.npz', ['fc1.weight: element 0 is NaN; --allow-nonfinite takes it as it is'])
assert run(program, 'inspect', 'nan.npz', '--allow-nonfinite')[0] == 0


# ---- convert_checkpoint.py ----
def convert(path, *options):
    return run('/usr/bin/python3', '-B', converter, *options, path, 'model.safetensors')


class Bomb:
    def __reduce__(self):
        return os.system, ('touch ran',)


for value in Bomb(), {'state_dict': {'0.weight': Bomb()}}, [np.ones((2, 2)), Bomb()]:
    for protocol in range(6):
        with open('bomb.pkl', 'wb') as f:
            pickle.dump(value, f, protocol)
        check_refused('bomb.pkl', ['is a Python pickle', 'convert_checkpoint.py'])
        convert('bomb.pkl')
        assert not os.path.exists('ran')
whole = open(root('sd.pt'), 'rb').read()
for cut in range(0, len(whole), 41):
    with open('cut.pt', 'wb') as f:
        f.write(whole[:cut])
    status, out, message = convert('cut.pt')
    assert status == 1 and not out and message.count('\n') == 1 and 'Traceback' not in message, (cut, message)
pickled = zipfile.ZipFile(root('sd.pt')).read('sd/data.pkl')
for old, new in (b'K\x06K\x04', b'K\x07K\x04'), (b'K\x04K\x01', b'K\x05K\x01'), (b'K\x00K\x06K\x04', b'K\x09K\x06K\x04'):  # beyond the storage
    assert old in pickled
    with zipfile.ZipFile(root('sd.pt')) as z, zipfile.ZipFile('beyond.pt', 'w') as to:
        for name in z.namelist():
            to.writestr(name, pickled.replace(old, new, 1) if name == 'sd/data.pkl' else z.read(name))
    status, _, message = convert('beyond.pt')
    assert status == 1 and 'more numbers than the file has' in message, message

random = np.random.default_rng(1)
w1, b1, w2, b2 = (random.normal(size=s) for s in ((4, 6), 6, (6, 3), 3))
mlp = dict(zip(numpys, (w1, b1, w2, b2)))
for value in (mlp, list(mlp.values()), [(np.asfortranarray(w1), b1), (w2.astype('>f8'), b2)], [w1, w2, b1, b2],
              {'layer': {'w': w1, 'b': b1}, 'layer_1': {'w': w2, 'b': b2}}, {'params': {'Dense_0': {'kernel': w1, 'bias': b1}, 'Dense_1': {'kernel': w2, 'bias': b2}}}):
    for protocol in range(6):
        with open('p.pkl', 'wb') as f:
            pickle.dump(value, f, protocol)
        follow('p.pkl', mlp, numpys, True, *relu)
for value in {'epoch': 3}, {'a': {'0.weight': w1, '0.bias': b1}, 'b': {'0.weight': w1, '0.bias': b1}}:
    with open('p.pkl', 'wb') as f:
        pickle.dump(value, f)
    status, out, message = convert('p.pkl')
    assert status == 1 and not out and message.count('\n') == 1 and ('no tensors' in message or '--key a or --key b' in message), message
assert convert('p.pkl', '--key', 'b')[0] == 0



# ---- checkpoints that no installed PyTorch need write: a pickle by hand ----
class Call:
    """What a pickle calls, with what, and what it fills the result with."""
    def __init__(self, module, name, *args, state=None):
        self.module, self.name, self.args, self.state = module, name, args, state


class Global(Call):
    pass


class Stored(tuple):
    pass


def opcodes(value):
    if isinstance(value, Global):
        return f'c{value.module}\n{value.name}\n'.encode()
    if isinstance(value, Call):
        filled = b'' if value.state is None else opcodes(value.state) + b'b'
        return opcodes(Global(value.module, value.name)) + opcodes(value.args) + b'R' + filled
    if isinstance(value, Stored):
        return opcodes(tuple(value)) + b'Q'
    if isinstance(value, (tuple, list)):
        return b'(' + b''.join(map(opcodes, value)) + (b't' if isinstance(value, tuple) else b'l')
    if isinstance(value, dict):
        return b'(' + b''.join(opcodes(k) + opcodes(v) for k, v in value.items()) + b'd'
    return pickle.dumps(value, 2)[2:-1]


def save(value, path='hand.pt'):
    """An archive as torch.save writes it; storage k holds 12 numbers, k, k + 1, ..."""
    with zipfile.ZipFile(path, 'w') as z:
        z.writestr('hand/data.pkl', b'\x80\2' + opcodes(value) + b'.')
        for k in range(4):
            z.writestr(f'hand/data/{k}', np.arange(k, k + 12, dtype='<f4').tobytes())


def tensor(k, *shape, metadata=()):
    storage = Stored(('storage', Global('torch', 'FloatStorage'), str(k), 'cpu', 12))
    stride = tuple(int(np.prod(shape[d + 1:])) for d in range(len(shape)))
    return Call('torch._utils', '_rebuild_tensor_v2', storage, 0, shape, stride, False, {}, *metadata)


def with_type(k, *shape, kind):
    t = tensor(k, *shape)
    return Call('torch._tensor', '_rebuild_from_type_v2', Global(t.module, t.name), kind, t.args, {'note': 'x'})


def module(kind, file, state=None, **parameters):
    return Call(file, kind, state={'_parameters': parameters, '_buffers': {}, '_modules': {}, **(state or {})})


def check_fault(path, *words, options=()):
    if os.path.exists('model.safetensors'):
        os.remove('model.safetensors')
    status, out, message = convert(path, *options)
    assert status == 1 and not out and message.count('\n') == 1 and message.isascii() and message[:-1].isprintable(), (path, message)
    for word in words:
        assert word in message, (word, message)
    assert not os.path.exists('model.safetensors')


plain = {'0.weight': tensor(0, 3, 4), '0.bias': tensor(1, 3), '2.weight': tensor(2, 3, 3), '2.bias': tensor(3, 3)}
filled = {name: np.arange(k, k + 12, dtype='<f4')[:np.prod(shape)].reshape(shape)
          for k, (name, shape) in enumerate(zip(two, ((3, 4), 3, (3, 3), 3)))}
sub_class, own = Global('__main__', 'Sub'), Global('torch', 'Tensor')
sparse = Call('torch._utils', '_rebuild_sparse_tensor', 'layout', (tensor(0, 1, 3), tensor(1, 3), (3, 3)))
masked = Call('numpy.ma.core', '_mareconstruct', Global('numpy.ma.core', 'MaskedArray'), (0,), 'b', state=(1, (3, 3), 'f8', False, b'', b'', None))
for value in (plain, {**plain, '2.weight': with_type(2, 3, 3, kind=own)},
              {**plain, '2.bias': Call('torch._utils', '_rebuild_parameter_with_state', tensor(3, 3), True, {}, {'a': 1})},
              {**plain, '0.bias': tensor(1, 3, metadata=({'neg': False},))},
              {'epoch': 3, 'loss': tensor(0), 'args': Call('argparse', 'Namespace', state={'weights': 'x'}), 'state_dict': plain}):
    save(value)
    assert convert('hand.pt')[0] == 0, convert('hand.pt')
    check('model.safetensors', filled, two, False, *relu)
for place, value, words in [('2.weight', with_type(2, 3, 3, kind=sub_class), 'a Sub of'), ('2.bias', with_type(3, 3, kind=sub_class), 'a Sub of'),
                            ('2.weight', sparse, '_rebuild_sparse_tensor'), ('2.bias', sparse, '_rebuild_sparse_tensor'),
                            ('2.weight', masked, '_mareconstruct'), ('scale', sparse, '_rebuild_sparse_tensor'),
                            ('2.weight', [[1., 2., 3.]] * 3, 'a list of numbers'), ('2.bias', [1., 2., 3.], 'a list of numbers'),
                            ('2.bias', 2.5, 'a number'), ('2.weight', tensor(2, 3, 3, metadata=({'neg': True},)), 'neg bit'),
                            ('2.weight', tensor(2, 3, 3, metadata=({'conj': True},)), 'conj bit')]:
    for wrap in (lambda value: value), (lambda value: {'state_dict': value, 'epoch': 1}):
        save(wrap({**plain, place: value}))
        check_fault('hand.pt', place, words)
    if place == '2.weight':
        save(list({**plain, place: value}.values()))
        check_fault('hand.pt', '_2' if 'bit' in words else '2', words)
save({'a': plain, 'b': {**plain, '2.weight': sparse}})
check_fault('hand.pt', 'b.2.weight')
assert convert('hand.pt', '--key', 'a')[0] == 0
save(module('Net', '__main__', weight=sparse))
check_fault('hand.pt', 'weight is a _rebuild_sparse_tensor')

extra = np.array({'a': 1}, dtype=object)
for dtype, words in (np.complex64, '<c8'), (np.longdouble, '<f16'), ([('x', '<f8')], 'W2'):
    np.savez('object.npz', W1=np.ones((3, 4)), W2=np.zeros((3, 3), dtype), W3=np.ones((2, 3)), note=np.array('text'), extra=extra)
    check_fault('object.npz', 'W2', words)

# names that would move a terminal's cursor
evil = '\x1b[31m\x07\u202e\n'
save({'0.weight': tensor(0, 3, 4), evil + '.weight': tensor(1, 3, 3)})
status, out, message = convert('hand.pt')
assert status == 0 and out.count('\n') == 1 and out[:-1].isprintable() and '\\x1b[31m\\x07\\u202e\\n.weight' in out, out
save({evil: plain, 'b': plain})
check_fault('hand.pt', '--key \\x1b[31m')
save({**plain, evil + '.weight': sparse})
check_fault('hand.pt', '\\x1b[31m')

# two tensors of one name; a name that safetensors gives a meaning; OUT is whole or not there
save({'fc1': {'weight': tensor(0, 3, 4)}, 'fc1.weight': tensor(0, 3, 4)})
check_fault('hand.pt', 'two tensors are called fc1.weight')
save({1: tensor(0, 3, 4), '1': tensor(1, 3)})
check_fault('hand.pt', 'two tensors are called 1')
save({'__metadata__': tensor(0, 3, 4)})
check_fault('hand.pt', '__metadata__')
save({'0.weight': tensor(0, 0, 4)})
check_fault('hand.pt', 'of shape [0, 4] has no numbers')
save(plain)
kept = open('hand.pt', 'rb').read()
for out, words in ('hand.pt', 'hand.pt: is read too'), ('missing/x', 'missing/x: cannot write: No such file'), ('/dev/full', '/dev/full: cannot write: No space left'):
    p = subprocess.run(['/usr/bin/python3', '-B', converter, 'hand.pt', out], capture_output=True, text=True)
    assert p.returncode == 1 and p.stderr.startswith(words) and p.stderr.count('\n') == 1, p.stderr
p = subprocess.run(['sh', '-c', 'ulimit -f 0; exec "$@"', 'sh', '/usr/bin/python3', '-B', converter, 'hand.pt', 'limited'], capture_output=True, text=True)
assert p.returncode != 0 and not os.path.exists('limited') and not glob.glob('.convert-*'), (p.returncode, p.stderr)
assert open('hand.pt', 'rb').read() == kept

# what is in a file once is looked at once
shared = b'\x80\2' + b']q\0' + b''.join(b'(h%ch%clq%c' % (k, k, k + 1) for k in range(60)) + b'.'
deep = b'\x80\2' + opcodes(tensor(0, 3, 4)) + b'q\0' + b''.join(b'(h%ch%clq%c' % (k, k, k + 1) for k in range(60)) + b'.'
for pickled, words in (shared, 'no tensors'), (deep, 'more than 100000 tensors'), (b'\x80\2]q\0h\0a.', 'holds itself'):
    with zipfile.ZipFile('hand.pt', 'w') as z:
        z.writestr('hand/data.pkl', pickled)
        z.writestr('hand/data/0', bytes(48))
    check_fault('hand.pt', words)

# layers are those of PyTorch by the module that defines them
nn_file = 'torch.nn.modules.'


def layers(*inner, file=nn_file + 'container'):
    return Call(file, 'Sequential', state={'_parameters': {}, '_buffers': {}, '_modules': {str(k): m for k, m in enumerate(inner)}})


def linear(k, *shape, file=nn_file + 'linear'):
    return module('Linear', file, weight=tensor(k, *shape), bias=tensor(k + 1, shape[0]))


tanh = module('Tanh', nn_file + 'activation')
ends = [module('Softmax', nn_file + 'activation', {'dim': d}) for d in (1, -1, None, 0)]
flat = [module('Flatten', nn_file + 'flatten', {'start_dim': a, 'end_dim': b}) for a, b in ((1, -1), (2, -1), (1, 2))]
for end in ends[:3]:
    save(layers(linear(0, 3, 4), tanh, linear(2, 3, 3), end))
    assert convert('hand.pt')[0] == 0
    check('model.safetensors', filled, two, False, meta={'activation': 'tanh', 'output': 'softmax'})
first, second, third = linear(0, 3, 4), linear(2, 3, 3), linear(2, 3, 3)
for inner, activations in (([first, second], 'linear'), ([first, second, tanh, third], 'linear,tanh'),
                           ([first, tanh, second, module('Identity', nn_file + 'linear'), third], 'tanh,linear')):
    save(layers(*inner))
    status, _, message = convert('hand.pt')
    assert status == 0, message
    meta, got = safetensors('model.safetensors')
    assert meta.get('activation') == activations and len(got) == 2 * len(activations.split(',')) + 2, meta
for inner in [tanh, first], [first, tanh], [first, tanh, tanh, second]:
    save(layers(*inner))
    check_fault('hand.pt', 'are read between two Linear')
save(layers(flat[0], linear(0, 3, 4), tanh, linear(2, 3, 3)))
assert convert('hand.pt')[0] == 0
for value, words in [(layers(linear(0, 3, 4), tanh, linear(2, 3, 3), ends[3]), 'Softmax over dimension 0'),
                     (layers(flat[1], linear(0, 3, 4)), 'Flatten from dimension 2 to -1'), (layers(flat[2], linear(0, 3, 4)), 'dimension 1 to 2'),
                     (layers(linear(0, 3, 4, file='__main__'), tanh, linear(2, 3, 3)), 'layer 0 is a Linear of __main__'),
                     (layers(linear(0, 3, 4), module('Tanh', 'mine'), linear(2, 3, 3)), 'layer 1 is a Tanh of mine')]:
    save(value)
    check_fault('hand.pt', words)
save(layers(linear(0, 3, 4), tanh, linear(2, 3, 3), file='__main__'))  # its forward() may do anything
assert convert('hand.pt')[0] == 0
check_refused('model.safetensors', ['say --activation'])

try:
    import torch, torch.nn.utils.prune
except ImportError:
    torch = None
if torch is not None:
    nn = torch.nn
    torch.manual_seed(1)
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 6), nn.Sigmoid(), nn.Dropout(), nn.Linear(6, 3), nn.LogSoftmax(1)).eval()
    state = net.state_dict()
    params = names('1.', '4.')
    arrays = {k: v.numpy() for k, v in state.items()}
    said = {'activation': 'sigmoid', 'output': 'log-softmax'}

    class Other(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.output = nn.Linear(4, 6), nn.Linear(6, 3)

        def forward(self, x):
            return self.output(torch.relu(self.fc1(x)))

    optimizer = torch.optim.Adam(net.parameters())
    net(torch.zeros(2, 4)).sum().backward()
    optimizer.step()
    strided = collections.OrderedDict(state)
    strided['1.weight'] = state['1.weight'].t().contiguous().t()
    strided['1.bias'] = torch.cat([torch.zeros(5), state['1.bias'], torch.zeros(2)])[5:11]
    cases = [(state, {}, 'a state_dict of PyTorch'), (net, said, 'a whole module'), (strided, {}, 'a state_dict'),
             ({'model': state, 'optimizer': optimizer.state_dict(), 'epoch': 3, 'loss': torch.tensor(0.5)}, {}, 'a dictionary of PyTorch')]
    for value, extra, kind in cases:
        for new in True, False:
            torch.save(value, 'torch.pt', _use_new_zipfile_serialization=new)
            check_refused('torch.pt', [kind if new else 'a checkpoint of PyTorch before 1.6'])
            follow('torch.pt', arrays, params, False, *(() if extra else relu), meta=extra)
    for dtype in torch.float16, torch.bfloat16, torch.float64:
        torch.save({k: v.to(dtype) for k, v in state.items()}, 'torch.pt')
        follow('torch.pt', {k: v.to(dtype).to(torch.float64 if dtype == torch.float64 else torch.float32).numpy() for k, v in state.items()},
               params, False, *relu)
    other = Other()
    for module, want, extra, options in (net, arrays, said, ()), (other, {k: v.detach().numpy() for k, v in other.state_dict().items()}, {}, relu):
        torch.jit.save(torch.jit.script(module), 'script.pt')
        check_refused('script.pt', ['a TorchScript program of PyTorch'])
        follow('script.pt', want, list(want), False, *options, meta=extra)
    # PReLU between layers: slopes are tensors of that name, and what it computes is PyTorch's
    chain = nn.Sequential(collections.OrderedDict(fc1=nn.Linear(4, 6), prelu1=nn.PReLU(6), fc2=nn.Linear(6, 5), act=nn.Tanh(), fc3=nn.Linear(5, 5),
                                                  prelu3=nn.PReLU(), fc4=nn.Linear(5, 3))).double()
    chain.prelu1.weight.data.uniform_(-0.5, 0.5)
    slopes = {k: v.detach().numpy() for k, v in chain.state_dict().items()}
    np.savez('prelu.npz', activation='prelu,tanh,prelu', **slopes)
    torch.onnx.export(chain, torch.zeros(1, 4).double(), 'prelu.onnx', opset_version=13, input_names=['x'], dynamic_axes={'x': {0: 'N'}})
    x, y = torch.randn(5, 4).double().requires_grad_(), torch.arange(5) % 3
    torch.nn.functional.cross_entropy(chain(x), y, reduction='sum').backward()
    np.savez('data.npz', x_test=x.detach().numpy(), y_test=y.numpy())
    for source in 'prelu.npz', 'prelu.onnx':
        assert run(program, 'convert', source, 'prelu.safetensors') == (0, '', '')
        said, written = safetensors('prelu.safetensors')
        assert said['activation'] == 'prelu,tanh,prelu' and list(written) == list(slopes), (said, list(written))
        assert all((written[k].reshape(-1) == v.reshape(-1)).all() for k, v in slopes.items())
        for path in source, 'prelu.safetensors':
            status, out, message = run(program, 'gradient', '-q', path, '--data', 'data.npz', '--format', 'exact')
            assert status == 0, message
            got = np.array([float(line.split('\t')[2]) for line in out.splitlines()[1:]]).reshape(5, 4)
            assert np.abs(got - x.grad.numpy()).max() <= 1e-12 * np.abs(got).max(), path
    np.savez('slopes.npz', **{**slopes, 'prelu1.weight': np.ones(5)})
    for path, activation, words in (('prelu.npz', 'relu', 'it says itself that hidden layer 1 is prelu'),
                                    ('slopes.npz', 'prelu,tanh,prelu', 'prelu1.weight: 5 slopes are neither one nor one for each of the 6 outputs'),
                                    ('slopes.npz', 'prelu', '3 of its hidden layers are prelu, and it has the slopes of 2'),
                                    ('slopes.npz', 'tanh', '0 of its hidden layers are prelu, and it has the slopes of 2')):
        check_refused(path, [words], '--activation', activation)
    for layers, words in ([nn.LeakyReLU()], 'layer 1 is a LeakyReLU'), ([nn.BatchNorm1d(6), nn.ReLU()], 'layer 1 is a BatchNorm1d'):
        torch.save(nn.Sequential(nn.Linear(4, 6), *layers, nn.Linear(6, 3)), 'torch.pt')
        status, out, message = convert('torch.pt')
        assert status == 1 and not out and words in message and message.count('\n') == 1, message
    for norm, remove in (nn.utils.weight_norm, nn.utils.remove_weight_norm), (nn.utils.spectral_norm, nn.utils.remove_spectral_norm):
        layer = norm(nn.Linear(4, 6))
        torch.save(nn.Sequential(layer, nn.Tanh(), nn.Linear(6, 3)).state_dict(), 'torch.pt')
        follow_status, _, _ = convert('torch.pt')
        words = re.search(r'torch\.nn\.utils\.(\w+)\(LAYER\)', check_refused('model.safetensors', ['is what PyTorch computes a weight or a bias from'])).group(1)
        assert words == remove.__name__
        remove(layer)
        torch.save(nn.Sequential(layer, nn.Tanh(), nn.Linear(6, 3)), 'torch.pt')
        follow('torch.pt', {'0.weight': layer.weight.detach().numpy(), '0.bias': layer.bias.detach().numpy()} |
               {f'2.{k}': v.detach().numpy() for k, v in torch.load('torch.pt')[2].named_parameters()}, two, False)
    layer = nn.utils.prune.l1_unstructured(nn.Linear(4, 6), 'weight', 3)
    torch.save(nn.Sequential(layer, nn.Tanh(), nn.Linear(6, 3)).state_dict(), 'torch.pt')
    convert('torch.pt')
    check_refused('model.safetensors', ["torch.nn.utils.prune.remove(LAYER, 'weight')"])
    nn.utils.prune.remove(layer, 'weight')
    torch.save(nn.Sequential(layer, nn.Tanh(), nn.Linear(6, 3)).state_dict(), 'torch.pt')
    follow('torch.pt', {k: v.numpy() for k, v in torch.load('torch.pt').items()}, two, False, *relu)
    plain = nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(4, 6)), nn.Tanh(), nn.Linear(6, 3))
    torch.save(plain.state_dict(), 'torch.pt')
    convert('torch.pt')
    check_refused('model.safetensors', ["remove_parametrizations(LAYER, 'weight')"])
    nn.utils.parametrize.remove_parametrizations(plain[0], 'weight')
    torch.save(plain.state_dict(), 'torch.pt')
    follow('torch.pt', {k: v.numpy() for k, v in plain.state_dict().items()}, two, False, *relu)

try:
    import h5py
except ImportError:
    h5py = None
if h5py is not None:
    with h5py.File('k.h5', 'w') as f:
        for layer, w, b in ('dense', w1, b1), ('dense_1', w2, b2):
            f[f'model_weights/{layer}/{layer}/kernel:0'], f[f'model_weights/{layer}/{layer}/bias:0'] = w, b
        f['optimizer_weights/iter:0'] = np.int64(3)
    follow('k.h5', mlp, numpys, True, *relu)
    with h5py.File('model.weights.h5', 'w') as f:
        for layer, w, b in ('dense', w1, b1), ('dense_1', w2, b2):
            f[f'layers/{layer}/vars/0'], f[f'layers/{layer}/vars/1'] = w, b
        f['optimizer/vars/0'] = np.int64(3)
    follow('model.weights.h5', mlp, numpys, True, *relu)
    with zipfile.ZipFile('k.keras', 'w') as z:
        z.writestr('metadata.json', '{}')
        z.writestr('config.json', '{}')
        z.write('model.weights.h5')
    follow('k.keras', mlp, numpys, True, *relu)
else:
    assert 'python3-h5py' in convert(root('m.keras'))[2]

try:
    import joblib, sklearn.neural_network
except ImportError:
    joblib = None
if joblib is not None:
    x, y = random.normal(size=(60, 4)), random.integers(0, 3, 60)
    for activation, ours in ('logistic', 'sigmoid'), ('tanh', 'tanh'), ('relu', 'relu'):
        m = sklearn.neural_network.MLPClassifier((6,), activation=activation, max_iter=2).fit(x, y)
        want = dict(zip(numpys, (m.coefs_[0], m.intercepts_[0], m.coefs_[1], m.intercepts_[1])))
        joblib.dump(m, 'sk.joblib')
        for protocol in range(2, 6):
            with open('sk.pkl', 'wb') as f:
                pickle.dump(m, f, protocol)
            for name in 'sk.pkl', 'sk.joblib':
                check_refused(name, ['a model of scikit-learn'])
                follow(name, want, numpys, True, meta={'activation': ours, 'output': 'softmax'})

# ---- other files, named as what they are ----
for name, content, words in [
        ('a.nnet', b'// Neural Network File Format\n2,5,5,50,\n', ['.nnet']),
        ('a.json', b'{"class_name": "Sequential", "config": {"layers": []}}', ['is JSON', 'weights are in another file']),
        ('b.json', b'[\n  {"weights": [[1, 2]]}]', ['is JSON']),
        ('graph.pb', b'\n\x12\n\x01x\x12\x0bPlaceholder\x22\0', ['a graph of TensorFlow (.pb)', 'get_weights()']),
        ('saved_model.pb', b'\x08\x01\x12\x10\n\x05\x22\x05serve', ['a graph of TensorFlow (.pb)']),
        ('a.tflite', b'\x1c\0\0\0TFL3\x14\0', ['TensorFlow Lite']),
        ('a.txt', b'Hello, world. This is no model.', ['nor a model of another format'])]:
    with open(name, 'wb') as f:
        f.write(content)
    check_refused(name, words)
import bz2, gzip, lzma, tarfile
with open(root('c.npz'), 'rb') as f:
    packed = f.read()
with zipfile.ZipFile('st.zip', 'w') as z:
    z.write(root('seq.safetensors'), 'seq.safetensors')
with tarfile.open('a.tar', 'w') as t:
    t.add(root('c.npz'), 'c.npz')
with tarfile.open('a.tgz', 'w:gz') as t:
    t.add(root('c.npz'), 'c.npz')
zipped, tar, tgz = (open(name, 'rb').read() for name in ('st.zip', 'a.tar', 'a.tgz'))
idx = b'\0\0\x08\x01\0\0\0\1\7'
for name, content, model, data in [
        ('pointer', b'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n', 'Git LFS', 'git lfs pull fetches it'),
        ('a.xz', lzma.compress(packed), 'unxz it', 'unxz it'), ('a.bz2', bz2.compress(packed), 'bunzip2 it', 'bunzip2 it'),
        ('a.zst', b'\x28\xb5\x2f\xfd' + b'\0' * 40, 'unzstd it', 'unzstd it'), ('a.tar', tar, 'tar xf', 'tar xf'),
        ('a.tgz', tgz, 'tar xzf', 'is a tar archive'), ('a.7z', b'7z\xbc\xaf\x27\x1c' + b'\0' * 9, 'a 7z archive', 'unpack it'),
        ('a.mat', b'MATLAB 5.0 MAT-file, Platform: GLNXA64'.ljust(140, b'\0'), "numpy.savez('model.npz'", "numpy.savez('data.npz'"),
        ('b.mat', b'MATLAB 7.3 MAT-file, Platform: GLNXA64'.ljust(140, b'\0'), "'-v7'", "'-v7'"),
        ('a.png', b'\x89PNG\r\n\x1a\n' + b'\0' * 50, 'is a picture (PNG)', 'numpy.save'),
        ('a.jpg', b'\xff\xd8\xff\xe0\0\x10JFIF', 'is a picture (JPEG)', 'data are arrays of pictures'),
        ('a.html', b'\n<!DOCTYPE HTML><html>404</html>', 'is a web page', 'download the file'),
        ('a.pdf', b'%PDF-1.4\n%', 'is a PDF', 'data are IDX'), ('a.gguf', b'GGUF\3\0\0\0' + b'\0' * 9, READ, 'data are IDX'),
        ('a.msgpack', b'\x81\xa6params\x81\xa7Dense_0\x82', 'msgpack_restore', 'is a msgpack file'),
        ('a.parquet', b'PAR1' + b'\0' * 20, 'Parquet', 'read_parquet'),
        ('a.index', b'\0\0\0\0' + b'\0' * 60 + b'\x57\xfb\x80\x8b\x24\x75\x47\xdb', 'checkpoint of TensorFlow', None),
        ('st.zip', zipped, "other files ('seq.safetensors', ...)", 'unzip it, and name the file in it'),
        ('idx', idx, '--labels', None), ('idx.gz', gzip.compress(idx), '(gzip), which are for --data and --labels', None),
        ('seq.safetensors', open(root('seq.safetensors'), 'rb').read(), None, 'is a safetensors file, as a model is'),
        ('sd.pt', open(root('sd.pt'), 'rb').read(), None, "numpy.savez('data.npz', x_test=x.numpy()")]:
    with open(name, 'wb') as f:
        f.write(content)
    if model is not None:
        check_refused(name, [model])
    if data is not None:
        for gz in ('', '.gz')[:2 - (name == 'a.tgz')]:
            if gz:
                with gzip.open(name + gz, 'wb') as f:
                    f.write(content)
            status, out, message = run(program, 'inspect', root('c.npz'), *relu, '--data', name + gz)
            assert status == 3 and message.count('\n') == 1 and data in message, (name + gz, message)
os.makedirs('saved', exist_ok=True)
for name, fault in ('model.safetensors', 'name that file'), ('saved_model.pb', 'a SavedModel of TensorFlow'):
    open(f'saved/{name}', 'w').close()
    check_refused('saved', [fault])
print(len(read), 'files read,', len(refused), 'refused')
