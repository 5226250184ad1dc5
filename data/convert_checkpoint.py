#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""convert_checkpoint.py [--key KEY] FILE OUT.safetensors: the weights of a checkpoint as a safetensors file, bit for bit.

FILE is what torch.save or torch.jit.save wrote, a pickle of NumPy arrays or of scikit-learn's MLPClassifier (also joblib's), a .npz
file with Python objects in it, or a Keras file (.h5, .keras), for which h5py is needed. Nothing else is: no PyTorch, no NumPy.
No code of FILE is run: a pickle names functions to call, and here each name but those of tensors and containers is an object that
only remembers what it is given. A file of weights does not say what is computed between the layers: look at what gradaudit inspect
says of OUT before you believe it."""
import argparse, ast, collections, io, json, math, os, pickle, re, struct, sys, tempfile, zipfile

SIZES = {'F64': 8, 'F32': 4, 'F16': 2, 'BF16': 2, 'I64': 8, 'I32': 4, 'I16': 2, 'I8': 1, 'U64': 8, 'U32': 4, 'U16': 2, 'U8': 1, 'BOOL': 1}
STORAGES = {'Float': 'F32', 'Double': 'F64', 'Half': 'F16', 'BFloat16': 'BF16', 'Long': 'I64', 'Int': 'I32', 'Short': 'I16', 'Char': 'I8',
            'Byte': 'U8', 'Bool': 'BOOL'}
NUMPY = {'f8': 'F64', 'f4': 'F32', 'f2': 'F16', 'i8': 'I64', 'i4': 'I32', 'i2': 'I16', 'i1': 'I8', 'u8': 'U64', 'u4': 'U32', 'u2': 'U16',
         'u1': 'U8', 'b1': 'BOOL', 'V2': 'BF16'}
LEGACY = 0x1950a86a20f9469cfc6c
MOST_TENSORS = 100000
# The names that gradaudit takes for those of a weight or a bias.
KNOWN = re.compile(r'(.*[./_])?(weights?|bias|biases|kernel|[Wwb])(:0)?$|([Wwb]|weight|bias|coefs|intercepts|Theta)_?\.?\d+$')


class Refused(Exception):
    pass


class Inert:
    """What a pickle calls, builds and fills, and what of it is remembered: its state."""
    module = 'numpy'

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self.state = {}
        return self

    def __init__(self, *args, **kwargs):
        pass

    def __setstate__(self, state):
        self.state = state if isinstance(state, dict) else {'state': state}

    def __setitem__(self, key, value):
        self.state[key] = value

    def append(self, value):
        self.state[str(len(self.state))] = value

    def extend(self, values):
        for value in values:
            self.append(value)

    def children(self):
        modules = self.state.get('_modules')
        return modules if modules else {k: v for k, v in self.state.items() if isinstance(v, Inert)}


class Storage:
    """Numbers of PyTorch; their bytes come from elsewhere in the file."""
    def __init__(self, key, dtype):
        self.key, self.dtype, self.data = key, dtype, None
        self.objects = False  # Python's floats, all of which binary32 has


class Tensor:
    def __init__(self, storage, offset, shape, stride, swapped=False):
        self.storage, self.offset, self.shape, self.stride, self.swapped = storage, offset, tuple(shape), tuple(stride), swapped
        self.dtype, self.pending = storage.dtype, None

    def tobytes(self):
        """In row-major order, little-endian."""
        width, data = SIZES[self.dtype], self.storage.data
        if self.pending:
            raise Refused("its numbers are not those that are stored (PyTorch's %s bit): save t.resolve_neg().resolve_conj() instead" %
                          self.pending)
        for n in (self.offset, *self.shape, *self.stride):
            if not isinstance(n, int) or n < 0:
                raise Refused('a tensor has a negative size')
        places = range(self.offset, self.offset + 1)
        count, contiguous = math.prod(self.shape), row_major(self.shape) == self.stride
        last = self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.stride))
        if count < 1:
            raise Refused('a tensor of shape %s has no numbers' % list(self.shape))
        if data is None or (last + 1) * width > len(data) or count * width > len(data):
            raise Refused('a tensor has more numbers than the file has')
        if contiguous and not self.swapped:
            return data[self.offset * width:(self.offset + count) * width]
        for n, s in zip(self.shape, self.stride):
            places = [p + i * s for p in places for i in range(n)]
        step = -1 if self.swapped else 1
        return b''.join(data[p * width:(p + 1) * width][::step] for p in places)


def row_major(shape):
    return tuple(math.prod(shape[d + 1:]) for d in range(len(shape)))


def rebuild(storage, offset, size, stride, requires_grad=False, hooks=None, metadata=None):
    tensor = Tensor(storage, offset, size, stride)
    tensor.pending = ' and '.join(str(bit) for bit, is_set in (metadata or {}).items() if is_set)
    return tensor


def rebuild_with_type(function, kind, args, state):
    """A tensor with attributes, which do not change its numbers; or one of a class that may compute anything."""
    name = getattr(kind, '__name__', '?')
    if function is rebuild and (getattr(kind, 'module', None), name) in (('torch', 'Tensor'), ('torch.nn.parameter', 'Parameter')):
        return rebuild(*args)
    return type(name, (Inert,), {'module': 'torch._tensor'})()


def scalar(dtype, data):
    """NumPy's; one that is no number is not looked at."""
    return numpy_array((), dtype, False, data) if dtype.name in NUMPY else None


class Dtype(Inert):
    def __new__(cls, name='', *args):
        self = Inert.__new__(cls)
        self.name, self.order = name, '<'
        return self

    def __setstate__(self, state):
        self.order = state[1]


class Array(Inert):
    """NumPy's ndarray: made empty, then given its shape, type, order and bytes, or a list of objects."""
    value = None

    def __setstate__(self, state):
        self.value = numpy_array(*state[1:5])


def numpy_array(shape, dtype, fortran, data):
    if isinstance(data, list):
        return data[0] if shape == () and data else numbers(shape, data)
    if NUMPY.get(dtype.name) is None or isinstance(data, str):
        raise Refused('an array of dtype %s has no numbers that are known: save a.astype(\'<f8\') where that is exact' % dtype.name)
    storage = Storage(None, NUMPY[dtype.name])
    storage.data = data
    return Tensor(storage, 0, shape, row_major(shape[::-1])[::-1] if fortran else row_major(shape), dtype.order == '>')


def numbers(shape, values):
    """The tensor that a list of objects is if all are floats, or NumPy's numbers of one type (as a.astype(object) makes them), in
    row-major order whatever the array's was; else the list."""
    if not values or not all(isinstance(n, int) and n >= 0 for n in shape) or math.prod(shape) != len(values):
        return values
    if all(type(v) is float for v in values):
        storage = Storage(None, 'F64')
        storage.data = struct.pack('<%dd' % len(values), *values)
        storage.objects = all(v != v or v == narrowed for v, narrowed in zip(values, narrow(values)))
    elif all(isinstance(v, Tensor) and v.shape == () and v.dtype == values[0].dtype for v in values):
        storage = Storage(None, values[0].dtype)
        storage.data = b''.join(v.tobytes() for v in values)
    else:
        return values
    return Tensor(storage, 0, shape, row_major(shape))


def narrow(values):
    """To binary32 and back; what is beyond its range becomes something else."""
    least = [v if abs(v) < 3.5e38 else 0 for v in values]
    try:
        return struct.unpack('<%df' % len(values), struct.pack('<%df' % len(values), *least))
    except OverflowError:
        return [math.nan] * len(values)


# What NumPy's pickles call, before protocol 5 and in it.
NUMPY_NAMES = {'ndarray': Array, 'dtype': Dtype, 'scalar': scalar, '_reconstruct': lambda *args: Array(),
               '_frombuffer': lambda data, dtype, shape, order: numpy_array(shape, dtype, order == 'F', bytes(data))}


class Unpickler(pickle._Unpickler):
    """In Python, so that what joblib does can be done: it puts the bytes of an array behind the object that announces it."""
    dispatch = dict(pickle._Unpickler.dispatch)

    def __init__(self, file, storages=None):
        super().__init__(file)
        self.file, self.storages = file, {} if storages is None else storages

    def find_class(self, module, name):
        if module == 'torch._utils' and name in ('_rebuild_tensor_v2', '_rebuild_tensor'):
            return rebuild
        if module == 'torch._utils' and name in ('_rebuild_parameter', '_rebuild_parameter_with_state'):
            return lambda data, *rest: data
        if (module, name) == ('torch._tensor', '_rebuild_from_type_v2'):
            return rebuild_with_type
        if (module, name) == ('torch', 'Size'):
            return tuple
        if module == 'torch' and name.endswith('Storage'):
            return STORAGES.get(name[:-7], name)
        if (module, name) == ('collections', 'OrderedDict'):
            return collections.OrderedDict
        if (module, name) == ('_codecs', 'encode'):  # of bytes, before protocol 3
            return lambda text, encoding: text.encode('latin-1')
        if module in ('builtins', '__builtin__') and name in ('set', 'frozenset'):
            return frozenset
        if module.startswith('numpy') and not module.startswith('numpy.ma') and name in NUMPY_NAMES:
            return NUMPY_NAMES[name]
        return type(name, (Inert,), {'module': module})

    def persistent_load(self, pid):
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != 'storage':
            return pid[1] if isinstance(pid, tuple) and len(pid) > 1 else Inert()
        if pid[1] not in SIZES:
            raise Refused('numbers of the type %s are not known' % pid[1])
        return self.storages.setdefault(pid[2], Storage(pid[2], pid[1]))

    def load_build(self):
        super().load_build()
        top = self.stack[-1]
        if isinstance(top, Array):
            self.replace(top, top.value)
        elif type(top).__name__ == 'NumpyArrayWrapper':
            self.replace(top, self.joblib_array(top.state))

    def replace(self, old, new):
        """As what was built is remembered before it is built, for later uses."""
        self.stack[-1] = new
        for key in reversed(self.memo):  # it is one of the last
            if self.memo[key] is old:
                self.memo[key] = new
                break
    dispatch[pickle.BUILD[0]] = load_build

    def joblib_array(self, state):
        shape, dtype = state['shape'], state['dtype']
        if dtype.name == 'O8' or dtype.name == 'O':
            return Unpickler(self.file).load()
        if state.get('numpy_array_alignment_bytes'):
            self.read(self.read(1)[0])
        width = SIZES[NUMPY[dtype.name]] if dtype.name in NUMPY else int(re.sub(r'\D', '', dtype.name) or 1)
        data = self.read(math.prod(shape) * width)
        if dtype.name[:1] in ('c', 'f') and dtype.name not in NUMPY:
            return numpy_array(shape, dtype, False, data)  # which refuses it
        return numpy_array(shape, dtype, state['order'] == 'F', data) if dtype.name in NUMPY else data


def read_torch(archive):
    name = next(n for n in archive.namelist() if n.endswith('/data.pkl'))
    root, storages = name[:-len('data.pkl')], {}
    if root + 'byteorder' in archive.namelist() and archive.read(root + 'byteorder') != b'little':
        raise Refused('it was written on a big-endian machine')
    value = Unpickler(io.BytesIO(archive.read(name)), storages).load()
    for key, storage in storages.items():
        storage.data = archive.read('%sdata/%s' % (root, key))
    return value


def read_legacy(file):
    storages = {}
    version, system, value, keys = (Unpickler(file, storages).load() for _ in range(4))
    if not system.get('little_endian'):
        raise Refused('it was written on a big-endian machine')
    for key in keys:
        n, = struct.unpack('<q', file.read(8))
        storages[key].data = file.read(n * SIZES[storages[key].dtype])
    return value


def read_npz(archive):
    values = {}
    for name in archive.namelist():
        data = archive.read(name)
        start = 10 if data[6:7] == b'\1' else 12
        length, = struct.unpack('<H' if start == 10 else '<I', data[8:start])
        header = ast.literal_eval(data[start:start + length].decode('latin-1'))
        file, descr, shape = io.BytesIO(data[start + length:]), header['descr'], header['shape']
        name = name[:-4] if name.endswith('.npy') else name
        if descr == '|O':
            values[name] = Unpickler(file).load()
        elif isinstance(descr, str) and descr[1:] in NUMPY:
            dtype = Dtype(descr[1:])
            dtype.order = descr[0]
            values[name] = numpy_array(shape, dtype, header['fortran_order'], file.read())
        elif not isinstance(descr, str) or descr[1] not in 'USMm':  # texts and times are no numbers
            raise Refused("%s is an array of dtype %s, which is not read: save a.astype('<f8') where that is exact" % (name, descr))
    return values


def read_keras(data):
    try:
        import h5py
    except ImportError:
        raise Refused('Keras files need h5py (Debian package python3-h5py)')
    tensors = {}

    def visit(name, node):
        if isinstance(node, h5py.Dataset) and not re.match('(model_weights/)?(optimizer|_?seed|top_level)', name):
            if 'batch_normalization' in name:
                raise Refused('%s is of a batch normalisation (BatchNorm), which gradaudit does not read' % name)
            value, dtype = node[()], Dtype(node.dtype.str[1:])
            dtype.order = node.dtype.str[0]
            name = re.sub('/vars/([01])$', lambda m: ('/kernel', '/bias')[int(m[1])], name)
            tensors[name] = numpy_array(node.shape, dtype, False, value.tobytes())
    with h5py.File(io.BytesIO(data), 'r') as f:
        f.visititems(visit)
    return tensors


def read(path):
    with open(path, 'rb') as f:
        data = f.read()
    file = io.BytesIO(data)
    if data[:8] == b'\x89HDF\r\n\x1a\n':
        return read_keras(data)
    if data[:2] == b'PK':
        archive = zipfile.ZipFile(file)
        names = archive.namelist()
        if 'model.weights.h5' in names:
            return read_keras(archive.read('model.weights.h5'))
        return read_torch(archive) if any(n.endswith('/data.pkl') for n in names) else read_npz(archive)
    value = Unpickler(file).load()
    return read_legacy(file) if value == LEGACY else value


def is_module(value):
    """Of PyTorch, or of TorchScript."""
    return isinstance(value, Inert) and ('_parameters' in value.state or value.module.startswith('__torch__'))


def inside(value):
    """What a value holds, by name."""
    if isinstance(value, Inert):
        items = dict(value.state)
        for part in '_parameters', '_buffers', '_modules':
            inner = items.pop(part, None)
            if isinstance(inner, dict):
                items.update(inner)
        return items
    return value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, (list, tuple)) else {}


def is_number(value):
    return isinstance(value, (int, float, complex)) and not isinstance(value, bool)


def unread(value, key, beside, known, in_list):
    """Whether a value without tensors in it seems to be one, as others beside it are, some with known names; what it is, or None."""
    weight = KNOWN.match(key)
    if isinstance(value, Inert) and not is_module(value):
        if weight or known or (beside and (in_list or value.module.startswith(('torch.', 'numpy.ma')))):
            return 'a %s of %s' % (type(value).__name__, value.module)
    if is_number(value) and weight and beside:
        return 'a number'
    if isinstance(value, (list, tuple)) and value:
        matrix = isinstance(value[0], (list, tuple)) and value[0] and is_number(value[0][0])
        if (matrix or is_number(value[0])) and ((weight and matrix) or (beside and (weight or in_list))):
            return 'a list of numbers'
    return None


def survey(value, path, found):
    """found[id]: how many tensors are in a value, each container looked at once. Refuses what stands in the place of a tensor."""
    if isinstance(value, Tensor):
        return 1
    items = inside(value)
    if not items:
        return 0
    if id(value) in found:
        if found[id(value)] is None:
            raise Refused('%s holds itself: say with --key where the weights are' % ('.'.join(path) or 'it'))
        return found[id(value)]
    found[id(value)], total = None, 0
    beside = any(isinstance(v, Tensor) for v in items.values())
    known = any(isinstance(v, Tensor) and KNOWN.match(str(k)) for k, v in items.items())
    for key, inner in items.items():
        count, name = survey(inner, path + (str(key),), found), str(key)
        kind = None if count else unread(inner, name, beside, known, isinstance(value, (list, tuple)))
        if kind:
            raise Refused('%s is %s, which is not read: save it as a plain tensor or array, or say with --key where the weights are' %
                          ('.'.join(path + (name,)), kind))
        total += count
    found[id(value)] = total
    return total


def walk(value):
    """The tensors in a value, with their names; what several places share has several names."""
    found = {}
    if survey(value, (), found) > MOST_TENSORS:
        raise Refused('more than %d tensors' % MOST_TENSORS)

    def visit(value, path):
        if isinstance(value, Tensor):
            yield '.'.join(path), value
        elif found.get(id(value)):
            for key, inner in inside(value).items():
                yield from visit(inner, path + (str(key),))
    return visit(value, ())


def named(value):
    """The tensors by name. Two of one name are not told apart, so neither is taken."""
    tensors = {}
    for name, t in walk(value):
        if name in tensors:
            raise Refused('two tensors are called %s' % name)
        if name == '__metadata__' or any('\ud800' <= c <= '\udfff' for c in name):
            raise Refused('a tensor is called %r, which no safetensors file can hold' % name)
        tensors[name] = t
    return tensors


# Where PyTorch defines the layers that are known: a class of the same name elsewhere may compute anything.
LAYERS = {'Linear': 'linear', 'Identity': 'linear', 'Dropout': 'dropout', 'Flatten': 'flatten', 'Sequential': 'container',
          **dict.fromkeys(('Sigmoid', 'Tanh', 'ReLU', 'Softmax', 'LogSoftmax'), 'activation')}


def nn_module(value):
    """The file of torch.nn.modules that the class of a value is of, also in TorchScript; None for another."""
    name = re.sub(r'\.___torch_mangle_\d+', '', value.module)
    match = re.fullmatch(r'(?:__torch__\.)?torch\.nn\.modules\.(\w+)', name)
    return match[1] if match else None


def sequential(module):
    """What is between the layers of a module Sequential of PyTorch, as metadata."""
    found, output = [], None
    activations = {'Sigmoid': 'sigmoid', 'Tanh': 'tanh', 'ReLU': 'relu'}
    for name, layer in module.children().items():
        kind, state = type(layer).__name__, layer.state
        if nn_module(layer) != LAYERS.get(kind):
            raise Refused('layer %s is a %s of %s there, which gradaudit does not read' % (name, kind, layer.module))
        if kind == 'Flatten' and (state.get('start_dim', 1), state.get('end_dim', -1)) != (1, -1):
            raise Refused('layer %s is a Flatten from dimension %s to %s there: only Flatten() is read' %
                          (name, state['start_dim'], state['end_dim']))
        if kind in ('Softmax', 'LogSoftmax') and state.get('dim', 1) not in (1, -1, None):
            raise Refused('layer %s is a %s over dimension %s there: only dimension 1, the classes, is read' % (name, kind, state['dim']))
        if kind in ('Dropout', 'Identity', 'Flatten'):
            continue
        if output or (kind not in activations and kind not in ('Linear', 'Softmax', 'LogSoftmax')):
            raise Refused('layer %s is a %s there, which gradaudit does not read' % (name, kind))
        output = {'Softmax': 'softmax', 'LogSoftmax': 'log-softmax'}.get(kind)
        found.append(kind)
    found = found[:-1] if output else found
    between = []
    for before, kind in zip([None, *found], [*found, None]):
        if (kind != 'Linear' and before != 'Linear'):
            raise Refused('its layers are %s: Sigmoid, Tanh and ReLU are read between two Linear' % ', '.join(found))
        if before == 'Linear' and kind is not None:
            between.append(activations.get(kind, 'linear'))
    meta = {'activation': ','.join(between)} if between else {}
    return {**meta, 'output': output} if output else meta


def scikit(model):
    kind, state = type(model).__name__, model.state
    if 'coefs_' not in state:
        raise Refused('a %s of scikit-learn is no MLPClassifier that was fitted' % kind)
    activation = {'logistic': 'sigmoid', 'tanh': 'tanh', 'relu': 'relu', 'identity': 'linear'}.get(state['activation'])
    output = {'softmax': 'softmax', 'identity': 'logits'}.get(state['out_activation_'])
    if activation is None or output is None:
        raise Refused('its activation %s with the output %s is not read by gradaudit' % (state['activation'], state['out_activation_']))
    meta = {'layout': 'in-out', 'activation': activation, 'output': output}
    return named({k: state[k] for k in ('coefs_', 'intercepts_')}), meta


def choose(value, key):
    """The tensors of a network: all, or those under one key where only one has weights."""
    if isinstance(value, Inert) and value.module.startswith('sklearn'):
        return scikit(value)
    if key is not None:
        for part in key.split('.'):
            value = (value.state if isinstance(value, Inert) else value)[part]
    meta = sequential(value) if isinstance(value, Inert) and type(value).__name__ == 'Sequential' and nn_module(value) == 'container' else {}
    tensors = named(value)
    if key is None and isinstance(value, dict) and not any(isinstance(v, Tensor) and KNOWN.match(str(k)) for k, v in value.items()):
        groups = {k: named(v) for k, v in value.items() if not isinstance(v, Tensor)}
        groups = {k: g for k, g in groups.items() if any(KNOWN.match(name) for name in g)}
        if len(groups) > 1 and any('.' in name for g in groups.values() for name in g):
            raise Refused('weights are under more than one key: say --key %s' % ' or --key '.join(map(str, groups)))
        if len(groups) == 1:
            tensors, = groups.values()
        elif groups:
            tensors = {'%s.%s' % (k, name): t for k, g in groups.items() for name, t in g.items()}
    if tensors and not any(KNOWN.match(name) for name in tensors):
        tensors = {'arr_%d' % i: t for i, t in enumerate(tensors.values())}
    return tensors, meta


def write(path, tensors, meta):
    header, data = {'__metadata__': meta} if meta else {}, []
    at = 0
    for name, t in tensors.items():
        try:
            data.append(t.tobytes())
        except Refused as e:
            raise Refused('%s: %s' % (name, e))
        header[name] = {'dtype': t.dtype, 'shape': list(t.shape), 'data_offsets': [at, at + len(data[-1])]}
        at += len(data[-1])
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    try:
        if not os.path.isfile(path) and os.path.exists(path):  # a pipe or a device
            with open(path, 'wb') as f:
                f.write(struct.pack('<Q', len(text)) + text + b''.join(data))
            return
        # whole or not at all
        handle, new = tempfile.mkstemp(prefix='.convert-', suffix='.tmp', dir=os.path.dirname(path) or '.')
        try:
            with os.fdopen(handle, 'wb') as f:
                f.write(struct.pack('<Q', len(text)) + text + b''.join(data))
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(new, 0o666 & ~mask)
            os.replace(new, path)
        except BaseException:
            os.unlink(new)
            raise
    except OSError as e:
        raise Refused('cannot write: %s' % e.strerror, path)


def printable(text):
    """Names from files may hold anything; a terminal gets characters that only print."""
    return ''.join(c if c.isprintable() else c.encode('unicode_escape').decode() for c in text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--key', help='where in a dictionary the weights are, such as state_dict')
    parser.add_argument('file')
    parser.add_argument('out')
    options = parser.parse_args()
    sys.stdout.reconfigure(errors='backslashreplace')
    try:
        if os.path.exists(options.out) and os.path.exists(options.file) and os.path.samefile(options.file, options.out):
            raise Refused('is read too, and would be lost: give the output another name')
        value = read(options.file)
        tensors, meta = choose(value, options.key)
        if not tensors:
            raise Refused('no tensors in it')
        if any(t.storage.key is not None for t in tensors.values()):
            meta = {'format': 'pt', **meta}
        write(options.out, tensors, meta)
    except Refused as e:
        sys.exit(printable('%s: %s' % (e.args[1] if len(e.args) > 1 else options.file, e.args[0])))
    except OSError as e:
        sys.exit(printable('%s: %s' % (options.file, e.strerror or 'is no file that is known')))
    except Exception as e:
        sys.exit(printable('%s: is damaged or no file that is known (%s)' % (options.file, type(e).__name__)))
    if len(tensors) > 2 and 'activation' not in meta:
        print('What is computed between the layers is not in these weights: say --activation, for a plain chain of them.', file=sys.stderr)
    if all(t.storage.objects for t in tensors.values()):
        print("Objects do not say whether they were float32 or float64, and are written as float64, which holds them exactly. All of them fit "
              'float32: say --round-model if the network computes in it.', file=sys.stderr)
    print(printable('%s: %s' % (options.out, ', '.join('%s %s' % (name, list(t.shape)) for name, t in tensors.items()))))


main()
