#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Small real files for the fuzz targets to begin with, by those who write such files: make_seeds.py DIRECTORY (needs NumPy; ONNX's where it is)"""
import gzip
import io
import json
import os
import struct
import sys

import numpy as np

root = sys.argv[1]
rng = np.random.default_rng(6)


def put(target, name, data):
    os.makedirs(os.path.join(root, target), exist_ok=True)
    with open(os.path.join(root, target, name), 'wb') as f:
        f.write(data)


def weights(*sizes, dtype='<f4'):
    return [a for i, o in zip(sizes, sizes[1:]) for a in (rng.normal(size=(o, i)).astype(dtype), rng.normal(size=o).astype(dtype))]


def safetensors(arrays, meta=None, dtypes=None):
    names = {'<f4': 'F32', '<f8': 'F64', '<f2': 'F16', '<u2': 'BF16'}
    header, data = {}, b''
    if meta:
        header['__metadata__'] = meta
    for name, a in arrays.items():
        b = a.tobytes()
        header[name] = {'dtype': names[a.dtype.str], 'shape': list(a.shape), 'data_offsets': [len(data), len(data) + len(b)]}
        data += b
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    return struct.pack('<Q', len(text)) + text + data


def saved(save, *args, **named):
    out = io.BytesIO()
    save(out, *args, **named)
    return out.getvalue()


def idx(a):
    a = np.asarray(a, 'u1')
    return bytes([0, 0, 8, a.ndim]) + b''.join(struct.pack('>I', n) for n in a.shape) + a.tobytes()


pytorch = ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias']
sequential = ['0.weight', '0.bias', '2.weight', '2.bias']
keras = ['dense/kernel:0', 'dense/bias:0', 'dense_1/kernel:0', 'dense_1/bias:0']
models = {}
for dtype in ('<f4', '<f8', '<f2'):
    w = weights(3, 4, 2, dtype=dtype)
    models['own' + dtype[1:]] = safetensors(dict(zip(pytorch, w)), {'activation': 'sigmoid', 'recipe': 'seed'})
    models['sequential' + dtype[1:]] = safetensors(dict(zip(sequential, w)))
models['bf16'] = safetensors({'a.weight': (rng.normal(size=(2, 3)).astype('<f4').view('<u4') >> 16).astype('<u2')}, {'activation': 'relu'})
models['empty'] = safetensors({})
for name, data in models.items():
    put('safetensors', name, data)
    put('model', name + '.safetensors', data + b'\0')

archives = {
    'keras': saved(np.savez, **dict(zip(keras, [a.T for a in weights(3, 4, 2)]))),
    'keras-c': saved(np.savez_compressed, **dict(zip(keras, [np.ascontiguousarray(a.T) for a in weights(3, 4, 2)]))),
    'positional': saved(np.savez, *weights(3, 4, 2, dtype='<f8')),
    'numbers': saved(np.savez_compressed, **dict(zip(['W1', 'b1', 'W2', 'b2'], weights(5, 4, 2)))),
    'data': saved(np.savez_compressed, x_test=np.arange(24, dtype='u1').reshape(2, 3, 4), y_test=np.array([1, 0])),
}
for name, data in archives.items():
    put('npz', name, data)
    put('model', name + '.npz', data + b'\4')

arrays = {
    'f4': np.ones((2, 3), '<f4'), 'f8': np.ones(3, '<f8'), 'f2': np.ones((2, 2), '<f2'), 'u1': np.arange(8, dtype='u1').reshape(2, 2, 2),
    'i8': np.array([1, -1, 2**62], '<i8'), 'big': np.ones(2, '>f4'), 'fortran': np.asfortranarray(np.ones((2, 3))),
    'object': np.array([None, {}]), 'records': np.zeros(2, [('a', '<f4'), ('b', '<i8')]), 'scalar': np.array(1.0),
    'bool': np.array([True]), 'text': np.array(['ab']), 'complex': np.ones(1, 'c8'), 'dims4': np.ones((1, 1, 2, 2), 'u1'),
    'dims5': np.ones((1, 1, 1, 1, 2), 'u1'), 'none': np.ones((0, 3)),
}
for name, a in arrays.items():
    put('npy', name, saved(np.save, a))
put('npy', 'version2', np.lib.format.MAGIC_PREFIX + b'\2\0' + struct.pack('<I', 54) +
    b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}"[:54].ljust(53) + b'\n' + b'\0' * 4)

images, labels = idx(rng.integers(0, 256, (3, 4, 5))), idx([1, 0, 9])
sets = {'images': images, 'labels': labels, 'labels-two': idx([1, 0]), 'images.gz': gzip.compress(images, mtime=0),
        'labels.gz': gzip.compress(labels, mtime=0), 'members.gz': gzip.compress(images[:9], mtime=0) + gzip.compress(images[9:], mtime=0)}
for name, data in sets.items():
    put('idx', name, data)
    put('data', name, data)
put('data', 'x.npy', saved(np.save, rng.normal(size=(2, 3)).astype('<f4')))
put('data', 'x.npy.gz', gzip.compress(saved(np.save, np.ones((2, 2, 2), 'u1')), mtime=0))
put('data', 'labels.npy', saved(np.save, np.array([1, 0])))
put('data', 'one-hot.npy', saved(np.save, np.eye(2)))
put('data', 'x.npz', archives['data'])
put('data', 'empty', b'')
put('idx', 'empty', b'')
put('data', 'plain.csv', b'0,1,2\n3,4,5\n')
put('data', 'header.csv', b'label,p1,p2\r\n7,0.5,-1e3\r\n1,.25,0x1p-3\r\n')
put('data', 'quoted.csv', b'"label","p 1"\n"3","1.5"\n')
put('data', 'labels.csv', b'1\n0\n')

dims = {b'fc1.weight': (4, 3), b'fc1.bias': (0, 4), b'fc2.weight': (2, 4), b'fc2.bias': (0, 2)}
for name, how, lines in (
        ('pytorch', b'\0', [n + b'\n' + bytes(d) + b'\2' for n, d in dims.items()] + [b'=sigmoid\n\0\0\0']),
        ('f64', b'\5', [n + b'\n' + bytes(d) + b'\3' for n, d in dims.items()]),
        ('unordered', b'\4', [b'in.weight\n\4\3\2', b'out.weight\n\2\4\2', b'out.bias\n\0\2\2']),
        ('square', b'\4', [b'W1\n\3\3\2', b'b1\n\0\3\2', b'W2\n\3\3\2']),
        ('square-in-out', b'\6', [b'W1\n\3\3\2', b'b1\n\0\3\2', b'W2\n\3\3\2']),
        ('arrays', b'\4', [b'arr_0\n\3\4\1', b'arr_1\n\0\4\0', b'arr_2\n\4\2\1', b'arr_3\n\0\2\0']),
        ('keras', b'\4', [b'dense/kernel:0\n\3\4\2', b'dense/bias:0\n\0\4\2', b'dense_1/kernel:0\n\4\2\2', b'dense_1/bias:0\n\0\2\2'])):
    put('tensors', name, how + b''.join(lines))

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    sys.exit(0)


def onnx_model(nodes, constants):
    graph = helper.make_graph(nodes, 'g', [helper.make_tensor_value_info('x', TensorProto.FLOAT, ['n', 3])],
                              [helper.make_tensor_value_info('y', TensorProto.FLOAT, ['n', 2])],
                              [numpy_helper.from_array(a, n) for n, a in constants.items()])
    m = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)])
    m.ir_version = 7
    return m.SerializeToString()


w = dict(zip(['w1', 'b1', 'w2', 'b2'], weights(3, 4, 2)))
node = helper.make_node
graphs = {
    'gemm': onnx_model([node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('Relu', ['h'], ['a']),
                        node('Gemm', ['a', 'w2', 'b2'], ['y'], transB=1)], w),
    'matmul': onnx_model([node('Flatten', ['x'], ['f']), node('MatMul', ['f', 't'], ['m']), node('Add', ['m', 'b1'], ['h']),
                          node('Sigmoid', ['h'], ['a']), node('Gemm', ['a', 'w2', 'b2'], ['l'], transB=1),
                          node('Softmax', ['l'], ['y'], axis=1)], {**w, 't': np.ascontiguousarray(w['w1'].T)}),
    'stored': onnx_model([node('Gemm', ['x', 'w1', 'b1'], ['h'], transB=1), node('Cast', ['h'], ['i'], to=TensorProto.FLOAT16),
                          node('Cast', ['i'], ['a'], to=TensorProto.FLOAT), node('Gemm', ['a', 'w2', 'b2'], ['y'], transB=1)], w),
    'normalised': onnx_model([node('Constant', [], ['c'], value=numpy_helper.from_array(np.float32(0.5))), node('Sub', ['x', 'c'], ['s']),
                              node('Div', ['s', 'c'], ['d']), node('Gemm', ['d', 'w1', 'b1'], ['h'], transB=1), node('Tanh', ['h'], ['a']),
                              node('Gemm', ['a', 'w2', 'b2'], ['y'], transB=1)], w),
}
for name, data in graphs.items():
    put('onnx', name, data)
    put('model', name + '.onnx', data + b'\0')

# A small model of each operator that networks have, of the ONNX project's conformance data, made a network as tests/conformance.py does.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
sys.dont_write_bytecode = True
import conformance  # noqa: E402

OPERATORS = '''Abs Add ArgMax AveragePool BatchNormalization Cast Celu Clip Concat Conv ConvTranspose Div Dropout Elu Erf Exp Expand Flatten Gemm
GlobalAveragePool HardSigmoid HardSwish LayerNormalization LeakyRelu Log LogSoftmax MatMul Max MaxPool Min Mul Neg PRelu Pad Pow Reciprocal ReduceMean
ReduceSum Relu Reshape Selu Slice Softmax Softplus Softsign Split Sqrt Squeeze Sub Sum Transpose Unsqueeze'''.split()
smallest = {}
for folder in conformance.folders():
    try:
        case = conformance.Case(folder)
    except conformance.LeftOut:
        continue
    for form in case.rows, case.image, case.packed:
        try:
            m, _, want = form('oftmax' in folder)
        except conformance.LeftOut:
            continue
        data = m.SerializeToString()
        for o in case.operators if want is not None else ():
            if o in OPERATORS and len(data) < len(smallest.get((o, form.__name__), b'.' * 4096)):
                smallest[o, form.__name__] = data
for (o, form), data in smallest.items():
    if form != 'image' or (o, 'rows') not in smallest:
        put('onnx', f'{o}-{form}', data)

# And what PyTorch exports, of tests/exports.py.
try:
    import torch
except ImportError:
    sys.exit(0)
sys.argv = ['exports.py', root, 'none of them']
import exports  # noqa: E402

for name, (module, shape) in exports.MODULES.items():
    out = io.BytesIO()
    torch.onnx.export(module.float().eval(), torch.rand(1, *shape), out, input_names=['x'], opset_version=13, dynamic_axes={'x': {0: 'N'}})
    if len(out.getvalue()) < 4096:
        put('onnx', name.replace(' ', '-'), out.getvalue())
