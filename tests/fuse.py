# SPDX-License-Identifier: Apache-2.0
"""Compositions as torch.onnx.export writes them, and as users do: with --fuse each is read as the one function that it is, whose
gradient is that of PyTorch's own in float64; without it nothing is. What is used elsewhere, and other constants, stay composed.
Called by tests/fuse.sh."""
import json
import subprocess
import sys
import warnings

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional as F

from exports import CLASSES, Of

FOLDER, IMAGES, IMAGE, ROW, TOKENS = sys.argv[1], 3, (1, 6, 6), (6,), (5, 4)
MODEL, DATA = f'{FOLDER}/network.onnx', ('--data', f'{FOLDER}/data.npz')
warnings.simplefilter('ignore')
count = 0


def run(*words, status=0):
    done = subprocess.run(['./gradaudit', *words], capture_output=True, text=True)
    assert done.returncode == status, (words, done)
    return done


def export(module, shape, opset, own=torch.float64):
    torch.onnx.export(module.to(own).eval(), torch.rand(1, *shape, dtype=own), MODEL, input_names=['x'], opset_version=opset,
                      dynamic_axes={'x': {0: 'N'}})


def fused(*options):
    document = json.loads(run('inspect', MODEL, '--json', *options).stdout)
    text = run('inspect', MODEL, *options).stdout
    assert ('\nfused\t' in text) == ('fused' in document) and f'fused\t{document.get("fused", "")}\n' in text + 'fused\t\n'
    return document.get('fused'), len(document.get('nodes', document.get('layers')))


def numbers(shape, x, labels, *options):
    np.savez(f'{FOLDER}/data.npz', x_test=x, y_test=labels)
    lines = run('gradient', '-q', MODEL, *DATA, *options).stdout.splitlines()[1:]
    return np.array([float(line.split('\t')[2]) for line in lines]).reshape(IMAGES, *shape)


def true_gradient(module, x, labels, loss):
    x = torch.tensor(x).double().requires_grad_()
    loss(module.double()(x), torch.tensor(labels)).backward()
    return x.grad.numpy()


def check(what, function, shape, fusions, *options, opsets=(11, 14, 17), twin=None, rounded=1e-9, loss=None, size=5, nodes=None,
          composed=True):
    """The network that has the function, or ends in it, is read as fusions with --fuse, and has the gradients of that with the twin."""
    global count
    torch.manual_seed(2)
    loss = loss or (lambda z, y: F.cross_entropy(z, y, reduction='sum'))
    x, labels = torch.randn(IMAGES, *shape).numpy(), torch.randint(CLASSES, (IMAGES,)).numpy()
    first = nn.Linear(6, size) if shape == ROW else nn.Linear(4, 4) if shape == TOKENS else nn.Conv2d(1, 2, 3)
    last = [nn.Flatten(), nn.Linear({ROW: size, TOKENS: 20, IMAGE: 32}[shape], CLASSES)] if size != CLASSES else []
    net = nn.Sequential(first, function, *last)
    for opset in opsets:
        export(net, shape, opset)
        assert not composed or fused()[0] is None
        assert fused('--fuse')[0] == fusions, (what, opset, fused('--fuse'))
        assert nodes is None or fused('--fuse')[1] == nodes, (what, opset, fused('--fuse'))
        want = true_gradient(nn.Sequential(first, twin or function, *last), x, labels, loss)
        scale = np.abs(want).max()
        for form, most in (('--fuse', 1e-9), ('--round-model', 1e-4), ('', rounded))[:3 if composed else 1]:
            for f in 'exact', 'double':
                if form == '--round-model' and f == 'double':
                    continue
                got = numbers(shape, x, labels, '--format', f, *([form] if form else []), *options)
                assert scale > 0 and np.abs(got - want).max() <= most * scale, (what, opset, form, f, np.abs(got - want).max() / scale)
                count += 1


# ---- functions ----

R2 = 2**0.5
GELUS = {
    'GELU': nn.GELU(),
    'first halved': Of(lambda s, x: 0.5 * x * (1 + torch.erf(x / R2))),
    'factor halved': Of(lambda s, x: x * (0.5 * (torch.erf(x * 0.5**0.5) + 1))),
    'divided': Of(lambda s, x: x * (1 + torch.erf(x / R2)) / 2),
    'sum halved': Of(lambda s, x: (1 + torch.erf(x * 0.7071067811865476)) * 0.5 * x),
}
for what, module in GELUS.items():
    check(what, module, ROW, '1 GELU', twin=nn.GELU(), opsets=(11, 17) if what == 'GELU' else (14,), nodes=2)
C = (2 / np.pi)**0.5
for what, module in {
        'GELU by tanh': nn.GELU(approximate='tanh'),
        'by a power': Of(lambda s, x: 0.5 * x * (1 + torch.tanh(C * (x + 0.044715 * torch.pow(x, 3))))),
        'by a factor': Of(lambda s, x: x * 0.5 * (1 + torch.tanh(x * C * (1 + 0.044715 * x * x)))),
}.items():
    check(what, module, ROW, '1 tanh GELU', twin=nn.GELU(approximate='tanh'), opsets=(14,))
check('SiLU', nn.SiLU(), IMAGE, '1 SiLU')
check('SiLU by a quotient', Of(lambda s, x: x / (1 + torch.exp(-x))), ROW, '1 SiLU', twin=nn.SiLU(), opsets=(14,))
check('Mish', nn.Mish(), ROW, '1 Mish')
check('Mish of all', Of(lambda s, x: x * torch.tanh(torch.log(1 + torch.exp(x)))), ROW, '1 Mish', twin=nn.Mish(), opsets=(14,))
check('hard swish', nn.Hardswish(), IMAGE, '1 hard swish', opsets=(11,), rounded=1e-7)
check('hard swish by a clip', Of(lambda s, x: x * F.relu6(x + 3) / 6), ROW, '1 hard swish', twin=nn.Hardswish(), opsets=(14,))
check('softsign', nn.Softsign(), ROW, '1 softsign')
check('softplus', Of(lambda s, x: torch.log(1 + torch.exp(x))), ROW, '1 softplus', twin=nn.Softplus(), opsets=(14,))
check('sigmoid', Of(lambda s, x: 1 / (1 + torch.exp(-x))), ROW, '1 sigmoid', twin=nn.Sigmoid(), opsets=(14,))
check('sigmoid by two', Of(lambda s, x: torch.exp(x) / (torch.exp(x) + 1)), ROW, '1 sigmoid', twin=nn.Sigmoid(), opsets=(14,))
check('tanh', Of(lambda s, x: (torch.exp(x) - torch.exp(-x)) / (torch.exp(x) + torch.exp(-x))), ROW, '1 tanh', twin=nn.Tanh(), opsets=(14,))
check('ReLU6', Of(lambda s, x: torch.minimum(torch.maximum(4 * x, torch.tensor(0.0).double()), torch.tensor(6.0).double())), ROW, '1 ReLU6',
      twin=Of(lambda s, x: F.relu6(4 * x)), opsets=(14,))
check('ReLU6 by a clip', Of(lambda s, x: F.relu6(4 * x)), ROW, '1 ReLU6', opsets=(14,))
EPS = 2**-17  # in a file it is one of float
check('layer norm', nn.LayerNorm(5, eps=EPS), ROW, '1 layer norm', opsets=(11, 14))
check('layer norm of tokens', nn.LayerNorm(4, eps=EPS), TOKENS, '1 layer norm', opsets=(14,))
check('layer norm of images', nn.LayerNorm([2, 4, 4], eps=EPS), IMAGE, '1 layer norm', opsets=(14,))
check('layer norm by squares', Of(lambda s, x: (lambda d: d / torch.sqrt((d * d).mean(-1, keepdim=True) + 0.1))(x - x.mean(-1, keepdim=True))),
      TOKENS, '1 layer norm', twin=nn.LayerNorm(4, eps=0.1, elementwise_affine=False), opsets=(14,))
check('both', nn.Sequential(nn.GELU(), nn.LayerNorm(5, eps=EPS), nn.GELU(), nn.SiLU()), ROW, '1 SiLU, 2 GELU, 1 layer norm', opsets=(14,))

# ---- the end of a network ----


def nll(o, y):
    return F.nll_loss(o, y, reduction='sum')


for what, end in {'log of softmax': Of(lambda s, x: torch.log(torch.softmax(x, 1))), 'less logsumexp': Of(lambda s, x: x - torch.logsumexp(x, 1, keepdim=True)),
                  'less log of sum': Of(lambda s, x: x - torch.log(torch.exp(x).sum(1, keepdim=True)))}.items():
    check(what, end, ROW, '1 log-softmax', '--loss', 'nll', twin=nn.LogSoftmax(1), loss=nll, size=CLASSES, opsets=(11, 14), nodes=1)
    check(what, end, ROW, '1 log-softmax', twin=nn.LogSoftmax(1), size=CLASSES, opsets=(14,))
check('after GELU', nn.Sequential(nn.GELU(), nn.Linear(CLASSES, CLASSES), Of(lambda s, x: torch.log(torch.softmax(x, 1)))), ROW, '1 GELU, 1 log-softmax', '--loss', 'nll',
      loss=nll, size=CLASSES, opsets=(14,))
check('sigmoid at the end', Of(lambda s, x: 1 / (1 + torch.exp(-x))), ROW, '1 sigmoid', '--loss', 'bce', twin=nn.Sigmoid(), size=CLASSES, opsets=(14,), composed=False,
      loss=lambda p, y: F.binary_cross_entropy(p, F.one_hot(y, CLASSES).double(), reduction='sum'))
done = run('inspect', MODEL, status=3)
assert 'its graph ends in a sigmoid that is composed of several nodes' in done.stderr and '--fuse reads it as one\n' in done.stderr, done
for what, end in {'exponentials by their sum': Of(lambda s, x: torch.exp(x) / torch.exp(x).sum(1, keepdim=True)),
                  'times its reciprocal': Of(lambda s, x: (lambda e: e * (1 / e.sum(1, keepdim=True)))(torch.exp(x)))}.items():
    for options in (), ('--loss', 'nll'):
        check(what, end, ROW, '1 softmax', *options, twin=nn.Softmax(1), loss=lambda p, y: nll(torch.log(p), y), size=CLASSES, opsets=(11, 14),
              composed=False, nodes=1)
    done = run('inspect', MODEL, status=3)
    assert 'its graph ends in a softmax that is composed of several nodes' in done.stderr and done.stderr.count('\n') == 1, done
    check(what, end, ROW, '1 softmax of rows', opsets=(14,))


# ---- what is none, or not one alone ----

def stays(what, function, shape=ROW, fusions=None, own=torch.float64):
    export(nn.Sequential(nn.Linear(6, 5), function, nn.Linear(5, CLASSES)), shape, 14, own)
    assert fused('--fuse')[0] == fusions, (what, fused('--fuse'))


def gelu(half=0.5, one=1.0, root=R2):
    return Of(lambda s, x: half * x * (one + torch.erf(x / root)))


for own, least in (torch.float32, 2e-7), (torch.float64, 4e-16):
    stays('rounded', gelu(), own=own, fusions='1 GELU')
    for k, constants in enumerate(((0.5, 1, R2), (0.5, 1, R2), (0.5, 1, R2))):
        other = list(constants)
        other[k] *= 1 + least
        stays(f'another constant {k}', gelu(*other), own=own)
stays('constants of float', gelu(root=float(np.float32(R2))))
stays('constants of float', gelu(root=float(np.float32(R2))), own=torch.float32, fusions='1 GELU')
stays('few digits', gelu(root=1.4142), own=torch.float32)
stays('half missing', gelu(half=1.0))
stays('two arguments', Of(lambda s, x: 0.5 * x * (1 + torch.erf((x + 1) / R2))))
stays('another sign', Of(lambda s, x: 0.5 * x * (1 - torch.erf(x / R2))))
stays('erf used', Of(lambda s, x: (lambda e: 0.5 * x * (1 + e) + e)(torch.erf(x / R2))))
stays('the halves used', Of(lambda s, x: (lambda h: h * (1 + torch.erf(x / R2)) + h)(0.5 * x)))
stays('twice', Of(lambda s, x: (lambda g: g + torch.tanh(g))(0.5 * x * (1 + torch.erf(x / R2)))), fusions='1 GELU')
stays('sigmoid used', Of(lambda s, x: (lambda a: x * a + a)(torch.sigmoid(x))))
stays('of another', Of(lambda s, x: x * torch.sigmoid(1.702 * x)))
stays('a mean of images', Of(lambda s, x: x - x.mean(-1, keepdim=True)))
stays('variance of samples', Of(lambda s, x: (lambda d: d / torch.sqrt((d * d).sum(-1, keepdim=True) / 4 + 0.1))(x - x.mean(-1, keepdim=True))))
stays('no constant', Of(lambda s, x: (lambda d: d / torch.sqrt((d * d).mean(-1, keepdim=True)))(x - x.mean(-1, keepdim=True))))
done = run('inspect', MODEL, '--fuse')
assert done.stderr == f'gradaudit: note: {MODEL}: --fuse found no composition of a function that it knows: the network is read as without it\n'
assert done.stdout == run('inspect', MODEL).stdout
assert run('gradient', '-q', MODEL, *DATA, '--format', 'double', '--fuse').stderr == ''

# ---- numbers of 16 bits, each stored: constants are those of their type ----


def narrow():
    model = onnx.load(MODEL)
    for t in [*model.graph.initializer, *(n.attribute[0].t for n in model.graph.node if n.op_type == 'Constant')]:
        t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(t).astype(np.float16), t.name))
    for v in *model.graph.input, *model.graph.output:
        v.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    onnx.save(model, MODEL)


for what, function, fusions in ('GELU', nn.GELU(), '1 GELU'), ('layer norm', nn.LayerNorm(5), '1 layer norm'), ('1.414', gelu(root=1.414), '1 GELU'), ('1.41', gelu(root=1.41), None):
    export(nn.Sequential(nn.Linear(6, 5), function, nn.Linear(5, CLASSES)), ROW, 14, torch.float32)
    narrow()
    assert fused('--fuse')[0] == fusions, (what, fused('--fuse'))

# ---- an audit: what is lost by the composition alone, and is not by the function ----

line = nn.Linear(1, 1)
line.weight.data[:], line.bias.data[:] = 1, 0
last = nn.Linear(1, 2)
last.weight.data[:], last.bias.data[:] = torch.tensor([[1.0], [-1.0]]), 0
x = np.float32([[-4], [-3.75], [-1], [1], [2], [12]])
np.savez(f'{FOLDER}/data.npz', x_test=x, y_test=[0] * len(x))
end = nn.Sequential(nn.Linear(2, 2), Of(lambda s, x: torch.log(torch.softmax(x, 1))))
end[0].weight.data[:], end[0].bias.data[:] = torch.tensor([[-2.0, 0.0], [0.0, 1.0]]), 0
for module, name, damage, loss in ((nn.GELU(), '1 GELU', 'inaccurate', ''), (Of(lambda s, x: torch.log(1 + torch.exp(x))), '1 softplus', 'nonfinite', ''),
                                   (end, '1 log-softmax', 'nonfinite', ',nll')):
    export(nn.Sequential(*((line, module, last) if module is not end else (line, last, end))), (1,), 14, torch.float32)
    cells = []
    for k, options in enumerate(((), ('--fuse',))):
        folder = f'{FOLDER}/{damage}{loss}{k}'
        run('audit', '-q', MODEL, *DATA, '-o', folder, '-e', 'float,naive', '-e', f'float16,rewrite{loss}', '--seeds', '1', *options)
        with open(f'{folder}/report.json') as f:
            report = json.load(f)
        cells.append(next(e['cells'][damage] for e in report['estimators'] if e['name'].startswith('float16 rewrite')))
        assert report['head']['model'].get('fused') == (name if options else None)
        with open(f'{folder}/report.html') as f:
            assert (f', fused: {name}' in f.read()) == bool(options)
    assert cells[0] > cells[1] == 0, (damage, cells)
print(f'{count} gradients')
