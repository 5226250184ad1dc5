# SPDX-License-Identifier: Apache-2.0
"""torch_pass.py MODEL IMAGES LABELS -- forward, cross-entropy and gradient to the input in PyTorch, one thread, blocks of 256.

MODEL is a chain of layers in safetensors, or lenet-tanh.onnx, lenet-relu.onnx or resnet-8.onnx, which is made (random weights) and
exported to that file first. IMAGES that end in .npy are made too, random bytes, and LABELS.

Reads lines "TYPE READY N" and answers each with the seconds of a pass over the first N images. READY 0: images begin as bytes,
as ours do; 1: as tensors of the type."""
import copy
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
    from torch import nn
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


def read_chain(path):
    tensors, activation = read_model(path)
    layers, n = [], 1
    while 'fc%d.weight' % n in tensors:
        w = tensors['fc%d.weight' % n]
        linear = torch.nn.Linear(w.shape[1], w.shape[0])
        linear.weight.data, linear.bias.data = w, tensors['fc%d.bias' % n]
        layers += [linear, {'sigmoid': torch.nn.Sigmoid, 'tanh': torch.nn.Tanh, 'relu': torch.nn.ReLU}[activation]()]
        n += 1
    return torch.nn.Sequential(*layers[:-1])


def lenet(activation, pool):
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), activation, pool, nn.Conv2d(6, 16, 5), activation, pool, nn.Flatten(),
                         nn.Linear(400, 120), activation, nn.Linear(120, 84), activation, nn.Linear(84, 10))


class Block(nn.Module):
    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU(),
                                   nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False), nn.BatchNorm2d(n_out))
        self.beside = nn.Identity() if n_in == n_out else nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False),
                                                                        nn.BatchNorm2d(n_out))

    def forward(self, x):
        return torch.relu(self.inner(x) + self.beside(x))


def resnet8():
    net = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), Block(16, 16, 1), Block(16, 32, 2),
                        Block(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    for norm in net.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
    return net


made = {'lenet-tanh': ((1, 28, 28), lambda: lenet(nn.Tanh(), nn.AvgPool2d(2))),
        'lenet-relu': ((1, 28, 28), lambda: lenet(nn.ReLU(), nn.MaxPool2d(2))), 'resnet-8': ((3, 32, 32), resnet8)}
model, shape = sys.argv[1], (-1,)
if model.endswith('.onnx'):
    torch.manual_seed(1)
    shape, make = made[os.path.basename(model)[:-5]]
    plain = make().eval()
    torch.onnx.export(plain, torch.zeros(1, *shape), model, opset_version=13, input_names=['x'], output_names=['y'],
                      dynamic_axes={'x': {0: 'n'}, 'y': {0: 'n'}})
else:
    plain = read_chain(model)
if sys.argv[2].endswith('.npy'):
    images, labels = torch.randint(0, 256, (256,) + shape, dtype=torch.uint8), torch.randint(0, 10, (256,))
    numpy.save(sys.argv[2], images.numpy())
    numpy.save(sys.argv[3], labels.numpy())
else:
    images, labels = read_idx(sys.argv[2]), read_idx(sys.argv[3]).long()
images = images.reshape(len(images), *shape)
networks, ready = {}, {}


def network(kind):
    if kind not in networks:
        networks[kind] = copy.deepcopy(plain).to(kind)
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
