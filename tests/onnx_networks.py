# SPDX-License-Identifier: Apache-2.0
"""Networks written as ONNX files, read by gradaudit, against the arrays that they were made of: tests/onnx.sh."""
import fractions, io, json, os, struct, subprocess, sys
import numpy as np
import onnx
from onnx import TensorProto as T, helper, numpy_helper

try:
    import torch
except ImportError:
    torch = None

program, tmp = sys.argv[1:]
random = np.random.default_rng(int(os.environ.get('GRADAUDIT_TEST_SEED', '1')))
ROWS, COLS, IMAGES, CLASSES = 4, 6, 5, 7
INPUTS = ROWS * COLS
path, out = tmp + '/model.onnx', tmp + '/model.safetensors'
pixel = random.integers(0, 256, (IMAGES, ROWS, COLS), dtype=np.uint8)
label = random.integers(0, CLASSES, IMAGES, dtype=np.uint8)
with open(tmp + '/images', 'wb') as f:
    f.write(struct.pack('>4I', 0x803, IMAGES, ROWS, COLS) + pixel.tobytes())
with open(tmp + '/labels', 'wb') as f:
    f.write(struct.pack('>2I', 0x801, IMAGES) + label.tobytes())


def run(*arguments):
    p = subprocess.run([program, *arguments], capture_output=True, text=True)
    return p.returncode, p.stdout, p.stderr


def read_safetensors(name):
    with open(name, 'rb') as f:
        size, = struct.unpack('<Q', f.read(8))
        header = json.loads(f.read(size))
        data = f.read()
    types = {'F32': '<f4', 'F64': '<f8'}
    return header.pop('__metadata__', {}), {
        k: np.frombuffer(data[v['data_offsets'][0]:v['data_offsets'][1]], types[v['dtype']]).reshape(v['shape'])
        for k, v in header.items()}


def bfloat16(a):
    """The upper halves of binary32 numbers, as integers."""
    return (a.astype('<f4').view('<u4') >> 16).astype('<u2')


def tensor(name, a, kind=None, raw=True):
    if kind == T.BFLOAT16:
        bits = bfloat16(a)
        t = T(name=name, data_type=kind, dims=a.shape)
        if raw:
            t.raw_data = bits.tobytes()
        else:
            t.int32_data.extend(int(b) for b in bits.flat)
        return t
    a = np.asarray(a)
    if raw:
        return numpy_helper.from_array(a.copy('C'), name)
    kinds = {'float32': T.FLOAT, 'float64': T.DOUBLE, 'float16': T.FLOAT16, 'int64': T.INT64}
    return helper.make_tensor(name, kinds[a.dtype.name], a.shape, a.flatten())


def widened(a, kind):
    if kind == T.BFLOAT16:
        return (bfloat16(a).astype('<u4') << 16).view('<f4')
    return a.astype('<f4') if a.dtype == np.float16 else a


class Network:
    """Layers as nodes, and what gradaudit is to make of them."""

    def __init__(self, kind=T.FLOAT, opset=13, shape=('N', INPUTS), raw=True):
        self.kind, self.opset, self.shape, self.raw = kind, opset, shape, raw
        self.dtype = {T.FLOAT: 'f4', T.DOUBLE: 'f8', T.FLOAT16: 'f2', T.BFLOAT16: 'f4'}[kind]
        self.nodes, self.initializers, self.flow, self.count = [], [], 'x', 0
        self.tensors, self.activations, self.steps = {}, [], []
        self.meta = {}

    def constant(self, a, kind=None):
        self.count += 1
        name = f'c{self.count}'
        self.initializers.append(tensor(name, a, self.kind if kind is None and self.kind == T.BFLOAT16 else kind, self.raw))
        return name

    def node(self, op, *inputs, name=None, **attributes):
        self.count += 1
        out = f'v{self.count}'
        self.nodes.append(helper.make_node(op, list(inputs), [out], name or f'{op.lower()}_{self.count}', **attributes))
        return out

    def flows(self, op, *rest, swapped=False, **attributes):
        inputs = (*rest, self.flow) if swapped else (self.flow, *rest)
        self.flow = self.node(op, *inputs, **attributes)

    def layer(self, n_in, n_out, how='gemm', bias=True):
        w, b = (random.normal(0, 0.4, s).astype(self.dtype) for s in ((n_out, n_in), n_out))
        if how == 'gemm':
            self.flows('Gemm', self.constant(w), *([self.constant(b)] if bias else []), transB=1)
        elif how == 'gemm_in_out':
            self.flows('Gemm', self.constant(w.T), *([self.constant(b.reshape(1, -1))] if bias else []))
        else:
            self.flows('MatMul', self.constant(w.T))
            if bias:
                self.flows('Add', self.constant(b), swapped=how == 'swapped')
        k = len(self.tensors) // 2 + 1
        self.tensors[f'fc{k}.weight'] = widened(w, self.kind)
        self.tensors[f'fc{k}.bias'] = widened(b if bias else np.zeros_like(b), self.kind)

    def activate(self, op):
        if op != 'Linear':
            self.flows(op)
        self.activations.append(op)

    def step(self, op, constant, swapped=False):
        """constant: an array that broadcasts to the input's shape."""
        c = np.asarray(constant, self.dtype)
        self.flows(op, self.constant(c), swapped=swapped)
        full = np.broadcast_to(widened(c, self.kind), (1, *self.shape[1:])).astype('<f8').flatten()
        self.steps.append((op, full))

    def write(self):
        graph = helper.make_graph(self.nodes, 'g', [helper.make_tensor_value_info('x', self.kind, self.shape)],
                                  [helper.make_tensor_value_info(self.flow, self.kind, ('N', CLASSES))], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', self.opset)])
        with open(path, 'wb') as f:
            f.write(model.SerializeToString())

    def check(self, gradient=True):
        self.write()
        status, _, message = run('convert', path, out)
        assert status == 0, message
        meta, tensors = read_safetensors(out)
        assert meta.get('activation', '').split(',') in ([a.lower() for a in self.activations], [a.lower() for a in self.activations[:1]]
                                                         if len(set(self.activations)) == 1 else None), meta
        assert {k: v for k, v in meta.items() if k != 'activation'} == self.meta, (meta, self.meta)
        words = {'Sub': 'subtract', 'Mul': 'multiply', 'Div': 'divide'}
        want = {f'normalise.{k + 1}.{words[op]}': c for k, (op, c) in enumerate(self.steps)} | self.tensors
        assert set(tensors) == set(want), (set(tensors), set(want))
        for name, a in want.items():
            assert tensors[name].shape == a.shape and tensors[name].dtype == a.dtype, name
            assert tensors[name].tobytes() == np.ascontiguousarray(a).tobytes(), name
        again = tmp + '/again.safetensors'
        status, _, message = run('convert', out, again)
        assert status == 0, message
        assert open(again, 'rb').read() == open(out, 'rb').read()
        if gradient:
            for name in path, out:
                self.check_gradient(name)

    def inputs(self, i):
        """x', exact and rounded once."""
        x = []
        for k, p in enumerate(pixel[i].flat):
            v = fractions.Fraction(int(p), 255)
            for op, c in self.steps:
                c = fractions.Fraction(float(c[k]))
                v = v - c if op == 'Sub' else v * c if op == 'Mul' else v / c
            x.append(round_once(v, 53 if self.tensors['fc1.weight'].dtype == np.float64 else 24))
        return np.array(x)

    def check_gradient(self, name):
        status, text, message = run('gradient', name, '--data', tmp + '/images', '--labels', tmp + '/labels', '--format', 'double')
        assert status == 0, message
        got = np.array([float(line.split('\t')[2]) for line in text.splitlines()[1:]]).reshape(IMAGES, INPUTS)
        for i in range(IMAGES):
            want = self.gradient(self.inputs(i), int(label[i]))
            assert np.abs(got[i] - want).max() <= 1e-12 * np.abs(want).max(), (name, i, np.abs(got[i] - want).max())

    def gradient(self, x, y):
        """Of the cross-entropy of the logits; PyTorch's where it is installed."""
        w = [self.tensors[f'fc{k + 1}.weight'].astype('<f8') for k in range(len(self.tensors) // 2)]
        b = [self.tensors[f'fc{k + 1}.bias'].astype('<f8') for k in range(len(self.tensors) // 2)]
        if torch is not None:
            t = torch.tensor(x, requires_grad=True)
            a = t
            for k in range(len(w)):
                a = torch.tensor(w[k]) @ a + torch.tensor(b[k])
                if k + 1 < len(w):
                    a = getattr(torch, self.activations[k].lower(), lambda z: z)(a)
            torch.nn.functional.cross_entropy(a[None], torch.tensor([y])).backward()
            return t.grad.numpy()
        a, derivative = x, []
        for k in range(len(w)):
            z = w[k] @ a + b[k]
            if k + 1 < len(w):
                act = self.activations[k]
                a = 1 / (1 + np.exp(-z)) if act == 'Sigmoid' else np.tanh(z) if act == 'Tanh' else np.maximum(z, 0) if act == 'Relu' else z
                derivative.append(a * (1 - a) if act == 'Sigmoid' else 1 - a * a if act == 'Tanh' else (z > 0) * 1.0 if act == 'Relu' else np.ones_like(z))
        d = np.exp(z - z.max())
        d /= d.sum()
        d[y] -= 1
        for k in reversed(range(len(w))):
            d = w[k].T @ d
            if k > 0:
                d *= derivative[k - 1]
        return d


def round_once(v, bits):
    """Nearest even, of a Fraction in the normal range."""
    if v == 0:
        return 0.0
    e = 0
    while abs(v) / fractions.Fraction(2) ** e >= 2 ** bits:
        e += 1
    while abs(v) / fractions.Fraction(2) ** e < 2 ** (bits - 1):
        e -= 1
    return float(round(v / fractions.Fraction(2) ** e) * fractions.Fraction(2) ** e)  # Fraction's round is to even


count = 0
for kind in T.FLOAT, T.DOUBLE, T.FLOAT16, T.BFLOAT16:
    for raw in True, False:
        for how in 'gemm', 'gemm_in_out', 'matmul', 'swapped':
            n = Network(kind, raw=raw, opset=[7, 9, 11, 13, 15][count % 5])
            for op, size in ('Sigmoid', 9), ('Tanh', 9), ('Linear', 9), ('Relu', 8):
                n.layer({'Sigmoid': INPUTS}.get(op, 9), size, how, bias=op != 'Tanh' or how == 'gemm')
                n.activate(op)
                n.flows('Identity')
            n.layer(8, CLASSES, how)
            n.check()
            count += 1

# Ends.
for op, word in ('Softmax', 'softmax'), ('LogSoftmax', 'log-softmax'):
    for opset, attributes in (9, {}), (9, {'axis': 1}), (13, {}), (13, {'axis': -1}), (13, {'axis': 1}):
        n = Network(opset=opset)
        n.layer(INPUTS, 6)
        n.activate('Relu')
        n.layer(6, CLASSES)
        n.flows(op, **attributes)
        n.meta = {'output': word}
        n.check()
        status, text, message = run('inspect', path)
        assert status == 0 and f'\noutput\t{word}\n' in text, text
        count += 1

# An audit says so.
n = Network(shape=('N', 1, ROWS, COLS))
n.step('Sub', [0.5])
n.step('Div', [-0.25])
n.flows('Flatten')
n.layer(INPUTS, CLASSES)
n.flows('Softmax')
n.meta = {'output': 'softmax'}
n.activations = ['']
n.check()
status, text, message = run('audit', path, '--data', tmp + '/images', '--labels', tmp + '/labels', '-o', tmp + '/audit', '--seeds', '2')
assert status == 0, message
report = json.load(open(tmp + '/audit/report.json'))
assert report['head']['model']['output'] == 'softmax' and report['head']['model']['normalise'] == ['subtract', 'divide']
[warning] = report['warnings']
assert 'second softmax' in warning and warning in open(tmp + '/audit/report.html').read()
assert 'Warning. The network ends in softmax.' in ' '.join(message.split()), message
try:
    import jsonschema
    jsonschema.validate(report, json.load(open(os.environ['GRADAUDIT_DATADIR'] + '/schema/audit-2.json')))
except ImportError:
    pass
status, text, _ = run('inspect', path)
assert '\noutput\tsoftmax\n' in text and '\nnormalise.2.divide\t-0.25\n' in text and warning in text, text

# Shapes, and what comes before the first layer.
square = random.uniform(0.2, 2, (ROWS, COLS))
channels = (2, ROWS // 2, COLS)
for shape, steps in [
        (('N', 1, ROWS, COLS), [('Sub', [0.1307]), ('Div', [0.3081])]),
        (('N', 1, ROWS, COLS), [('Div', 255.0), ('Sub', np.full((1, 1, 1), 0.5)), ('Mul', np.full((1, 1, 1, 1), -2.0))]),
        (('N', ROWS, COLS), [('Sub', square), ('Div', square + 1)]),
        (('N', ROWS, COLS), [('Mul', square[:1]), ('Div', square[:, :1])]),
        (('N', *channels), [('Sub', random.uniform(0.2, 1, (2, 1, 1))), ('Div', random.uniform(0.2, 1, (1, 2, 1, 1)))]),
        ((3, INPUTS), [('Sub', square.flatten()), ('Div', square.reshape(1, -1))])]:
    for kind in T.FLOAT, T.DOUBLE, T.FLOAT16:
        n = Network(kind, shape=shape)
        for k, (op, c) in enumerate(steps):
            n.step(op, c, swapped=op == 'Mul')
        if len(shape) > 2:
            n.flows('Flatten')
        n.layer(INPUTS, 6)
        n.activate('Tanh')
        n.layer(6, CLASSES)
        n.check()
        count += 1
for first, second, fixed in (0, -1, 'N'), (-1, INPUTS, 'N'), (0, INPUTS, 'N'), (3, INPUTS, 3), (3, -1, 3):
    for constant in 'initializer', 'value', 'value_ints':
        n = Network(shape=(fixed, ROWS, COLS))
        shape = np.array([first, second], '<i8')
        n.flows('Reshape', n.constant(shape) if constant == 'initializer' else n.node('Constant', value=tensor('s', shape))
                if constant == 'value' else n.node('Constant', value_ints=[first, second]))
        n.layer(INPUTS, CLASSES)
        n.activations = ['']
        n.check()
        count += 1

# A shape that is computed: [number of images, -1], in the ways of PyTorch and TensorFlow.
for dim, cast, axes, rest in ('N', False, 'input', [-1]), (3, True, 'attribute', [INPUTS]), ('N', True, 'input', [INPUTS]):
    n = Network(shape=(dim, 1, ROWS, COLS), opset=13 if axes == 'input' else 11)
    shape = n.node('Shape', n.flow)
    images = n.node('Gather', shape, n.node('Constant', value=tensor('i', np.array(0, '<i8'))), axis=0)
    if cast:
        images = n.node('Cast', images, to=T.INT64)
    images = n.node('Unsqueeze', images, n.constant(np.array([0], '<i8'))) if axes == 'input' else n.node('Unsqueeze', images, axes=[0])
    n.flows('Reshape', n.node('Concat', images, n.constant(np.array(rest, '<i8')), axis=0))
    n.layer(INPUTS, CLASSES)
    n.activations = ['']
    n.check()
    count += 1

# One image, without a dimension for more.
for reshaped in None, [-1], [INPUTS], [1, -1], [-1, INPUTS]:
    n = Network(shape=(1, ROWS, COLS) if reshaped == [-1] else (INPUTS,))
    if reshaped:
        n.flows('Reshape', n.constant(np.array(reshaped, '<i8')))
    n.layer(INPUTS, 6, 'gemm' if reshaped and len(reshaped) == 2 else 'matmul')
    n.activate('Relu')
    n.layer(6, CLASSES, 'swapped')
    n.flows('Softmax', axis=-1)
    n.meta = {'output': 'softmax'}
    n.check()
    count += 1

# Dropout does nothing outside of training; a Cast at the ends changes the type of what is between.
for opset in 9, 11, 13:
    n = Network(T.DOUBLE, opset=opset)
    n.layer(INPUTS, 6)
    n.activate('Relu')
    if opset < 12:
        n.flows('Dropout', ratio=0.25)
    else:
        n.flows('Dropout', n.constant(np.array(0.25, 'f4')), n.constant(np.array(False)))
        n.flows('Dropout')
    n.layer(6, CLASSES)
    n.check()
    count += 1
for inner, kind, ends in (T.FLOAT16, T.FLOAT, True), (T.DOUBLE, T.FLOAT, False), (T.FLOAT, T.DOUBLE, True):
    n = Network(inner)
    n.flows('Cast', to=inner)
    n.layer(INPUTS, 6)
    n.activate('Tanh')
    n.layer(6, CLASSES)
    if ends:
        n.flows('Cast', to=kind)
    n.flows('Softmax')
    n.meta = {'output': 'softmax'}
    whole, n.kind = n.kind, kind
    n.write = lambda n=n, kind=kind, whole=whole, write=n.write: (setattr(n, 'kind', kind), write(), setattr(n, 'kind', whole))
    n.kind = whole
    n.check()
    count += 1


# What PyTorch writes.
def exported(module, shape, **options):
    buffer = io.BytesIO()
    torch.onnx.export(module, torch.zeros(shape), buffer, **options)
    with open(path, 'wb') as f:
        f.write(buffer.getvalue())
    status, _, message = run('convert', path, out)
    assert status == 0, message
    return read_safetensors(out)


if torch is not None:
    torch.manual_seed(1)

    class Normalised(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = torch.nn.Linear(INPUTS, 5), torch.nn.Linear(5, CLASSES)

        def forward(self, x):
            return torch.log_softmax(self.second(torch.sigmoid(self.first(((x - 0.5) / 0.25).view(-1, INPUTS)))), 1)

    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(INPUTS, 6), torch.nn.ReLU(), torch.nn.Dropout(),
                                 torch.nn.Linear(6, 6, bias=False), torch.nn.Tanh(), torch.nn.Linear(6, CLASSES), torch.nn.Softmax(1))
    class Viewed(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = torch.nn.Linear(INPUTS, CLASSES)

        def forward(self, x):
            return self.fc(x.view(x.size(0), -1))

    for opset in 9, 11, 13, 15:
        for dynamic in {}, {'dynamic_axes': {'x': {0: 'N'}}}:
            viewed = Viewed()
            meta, tensors = exported(viewed, (1, 1, ROWS, COLS), opset_version=opset, input_names=['x'], **dynamic)
            assert meta == {'activation': ''} and (tensors['fc1.weight'] == viewed.fc.weight.detach().numpy()).all(), meta
            count += 1
        meta, tensors = exported(module.eval(), (1, 1, ROWS, COLS), opset_version=opset, dynamic_axes={'x': {0: 'N'}}, input_names=['x'])
        assert meta == {'activation': 'relu,tanh', 'output': 'softmax'}, meta
        for name, k in ('fc1', 1), ('fc2', 4), ('fc3', 6):
            assert (tensors[name + '.weight'] == module[k].weight.detach().numpy()).all()
            assert (tensors[name + '.bias'] == (module[k].bias.detach().numpy() if module[k].bias is not None else 0)).all()
        meta, tensors = exported(Normalised().eval(), (1, 1, ROWS, COLS), opset_version=opset)
        assert meta == {'activation': 'sigmoid', 'output': 'log-softmax'}, meta
        assert (tensors['normalise.1.subtract'] == 0.5).all() and (tensors['normalise.2.divide'] == 0.25).all()
        count += 2


# What is refused.
def refused(words, change, network=None):
    n = network or Network()
    if network is None:
        n.layer(INPUTS, 6)
        n.activate('Relu')
    change(n)
    n.layer(n.shape[1] if network is not None else 6, CLASSES)
    n.write()
    status, _, message = run('convert', path, out)
    assert status == 3 and message.count('\n') == 1 and words in message, (status, message)


refused("node 'conv1': operator 'GRU' (a recurrent layer) is not read",
        lambda n: n.flows('GRU', n.constant(np.ones((1, 1), 'f4')), name='conv1'))
refused("node 'second': Tanh does not follow", lambda n: n.flows('Tanh', name='second'))
refused("axis = 0 is not 1", lambda n: n.flows('Flatten', axis=0))


def cast_between(n):
    n.flows('Cast', to=T.DOUBLE)
    n.dtype = 'f8'


def computed(*shape):
    def change(n):
        n.flows('Reshape', n.node('Concat', *(n.constant(np.array([k], '<i8')) if k is not None else n.node(
            'Unsqueeze', n.node('Gather', n.node('Shape', n.flow), n.constant(np.array(0, '<i8')))) for k in shape), axis=0))
    return change


refused("node 'conv1': operator 'ThresholdedRelu' (an activation) is not read", lambda n: n.flows('ThresholdedRelu', name='conv1'))
refused("attribute 'approximate' of Gelu is not none or tanh", lambda n: n.flows('Gelu', approximate='sigmoid'))
refused('alpha is not 1', lambda n: n.flows('Swish', alpha=2.0))
refused("comes after a Cast to another type", cast_between)
refused("Cast to a narrower type is known before the first layer only", lambda n: n.flows('Cast', to=T.BFLOAT16))
refused("are not of the type of what flows", lambda n: n.flows('Cast', to=T.FLOAT16))
refused("Cast to a type that is not FLOAT", lambda n: n.flows('Cast', to=T.INT64))
refused("Dropout in training mode", lambda n: n.flows('Dropout', n.constant(np.array(0.5, 'f4')), n.constant(np.array(True))))
refused("is not one chain", lambda n: n.flows('Reshape', n.node('Shape', 'x')))
open_shape = ('N', ROWS, COLS)
refused("the shape [2, -1] is not", computed(2, -1), Network(shape=open_shape))
refused("its inputs are not [images, inputs]", computed(None, ROWS, -1), Network(shape=open_shape))
refused("is not [images,", computed(-1, None), Network(shape=open_shape))
refused("axis 0 is that of the images, or none of its input", lambda n: n.flows('Reshape', n.node('Gather', n.flow, n.constant(np.array(0, '<i8')))))
refused("number 3 of a shape of 3", lambda n: n.flows('Reshape', n.node('Gather', n.node('Shape', n.flow), n.constant(np.array(3, '<i8')))),
        Network(shape=open_shape))
print(count, 'networks read')
