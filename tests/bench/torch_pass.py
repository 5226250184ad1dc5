# SPDX-License-Identifier: Apache-2.0
"""torch_pass.py MODEL IMAGES LABELS -- forward, cross-entropy and gradient to the input in PyTorch, one thread, blocks of 256.

Reads lines "TYPE READY N" and answers each with the seconds of a pass over the first N images. READY 0: images begin as bytes,
as ours do; 1: as tensors of the type."""
import gzip
import json
import os
import struct
import sys
import time

# torch.set_num_threads does not reach the threads of an OpenBLAS of its own, which are as many as there are cores.
os.environ['OPENBLAS_NUM_THREADS'] = os.environ['OMP_NUM_THREADS'] = os.environ['MKL_NUM_THREADS'] = '1'

try:
    import numpy
    import torch
except ImportError:
    sys.exit(1)

torch.set_num_threads(1)
BLOCK = 256


def read_idx(path):
    with (gzip.open if path.endswith('.gz') else open)(path, 'rb') as f:
        data = f.read()
    dimensions = struct.unpack('>%dI' % data[3], data[4:4 + 4 * data[3]])
    return torch.from_numpy(numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3]).reshape(dimensions).copy())


def read_model(path):
    with open(path, 'rb') as f:
        data = f.read()
    size = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + size])
    tensors = {}
    for name, t in header.items():
        if name != '__metadata__':
            begin, end = t['data_offsets']
            kind = {'F32': numpy.float32, 'F64': numpy.float64}[t['dtype']]
            tensors[name] = torch.from_numpy(numpy.frombuffer(data[8 + size + begin:8 + size + end], kind).reshape(t['shape']).copy())
    return tensors, header['__metadata__']['activation'].split(',')[0]


tensors, activation = read_model(sys.argv[1])
images, labels = read_idx(sys.argv[2]), read_idx(sys.argv[3]).long()
images = images.reshape(len(images), -1)
networks, ready = {}, {}


def network(kind):
    if kind not in networks:
        layers, n = [], 1
        while 'fc%d.weight' % n in tensors:
            w = tensors['fc%d.weight' % n]
            linear = torch.nn.Linear(w.shape[1], w.shape[0])
            linear.weight.data, linear.bias.data = w, tensors['fc%d.bias' % n]
            layers += [linear, {'sigmoid': torch.nn.Sigmoid, 'tanh': torch.nn.Tanh, 'relu': torch.nn.ReLU}[activation]()]
            n += 1
        networks[kind] = torch.nn.Sequential(*layers[:-1]).to(kind)
        networks[kind].requires_grad_(False)  # the input's gradient alone is asked for
        ready[kind] = images.to(kind) / 255
    return networks[kind]


def run(kind, tensors_ready, n):
    net = network(kind)
    start, cpu = time.perf_counter(), time.process_time()
    for first in range(0, n, BLOCK):
        last = min(first + BLOCK, n)
        x = ready[kind][first:last].detach() if tensors_ready else images[first:last].to(kind) / 255
        x.requires_grad_(True)
        loss = torch.nn.functional.cross_entropy(net(x), labels[first:last], reduction='sum')
        torch.autograd.grad(loss, x)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    if cpu > 1.2 * seconds:
        sys.exit('PyTorch ran on %.2g threads' % (cpu / seconds))
    return seconds


torch.mm(torch.ones(2, 2), torch.ones(2, 2))
with open('/proc/self/maps') as f:
    blas = sorted({line.split()[-1] for line in f if 'blas' in line or 'mkl' in line})
print('PyTorch', torch.__version__, 'with', ', '.join(blas) if blas else 'a BLAS of its own', flush=True)
for line in sys.stdin:
    name, tensors_ready, n = line.split()
    print(run(getattr(torch, name), tensors_ready == '1', int(n)), flush=True)
