# SPDX-License-Identifier: Apache-2.0
"""Modules for the tests of PyTorch: those that are taken, with the shape of an input, and those that are refused, with why."""

import copy
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

sys.path.append(str(Path(__file__).parents[1]))
import exports  # noqa: E402
from networks import NETWORKS  # noqa: E402


class Function(nn.Module):
    """forward is a function of the module and its input."""

    def __init__(self, forward, *modules):
        super().__init__()
        self.function = forward
        self.m = nn.ModuleList(modules)
        self.fc = nn.Linear(4, 3)
        self.w = nn.Parameter(torch.randn(4, 4))
        self.register_buffer("mean", torch.rand(4))

    def forward(self, x):
        return self.function(self, x)


class Residual(nn.Module):
    """A convolutional network with a sum of two branches."""

    def __init__(self, inplace):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, padding="same")
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.act = nn.ReLU(inplace=inplace)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(4 * 3 * 3, 5)

    def forward(self, x):
        x = self.act(self.conv1(x))
        x = self.pool(F.relu(x + self.conv2(x)))
        return self.head(x.view(x.size(0), -1))


class Pair(nn.Module):
    """Three convolutions of one input, and what makes one value of what they make."""

    def __init__(self, join, channels=4):
        super().__init__()
        self.join = join
        self.a, self.b, self.c = (nn.Conv2d(1, 4, 3) for _ in range(3))
        self.fc = nn.LazyLinear(3)

    def forward(self, x):
        return self.fc(self.join(self.a(x), self.b(x), self.c(x)).flatten(1))


def normed(module):
    """With statistics that are no 0 and 1."""
    for m in module.modules():
        for t in (m.weight, m.bias, m.running_mean, m.running_var) if hasattr(m, "running_var") else ():
            if t is not None:
                t.data.uniform_(0.2, 1.5)
    return module


def planes(*middle, sides=(7, 7), channels=2):
    """A convolution, and modules between it and a layer; with the shape of an input."""
    conv = (nn.Conv1d if len(sides) == 1 else nn.Conv2d)(channels, 4, 2)
    return made(nn.Sequential(conv, *middle, nn.Flatten(), nn.LazyLinear(3)), (channels, *sides))


def made(module, shape):
    """The module when its lazy layers have seen an input, and the shape."""
    module.eval()(torch.zeros(1, *shape))
    return module, shape


def joined(join):
    return made(Pair(join), (1, 5, 5))


class Square(torch.autograd.Function):
    """A function of the user's own, which nothing looks into."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return F.hardtanh(x)

    @staticmethod
    def backward(ctx, grad):
        return grad


def _add_in_place(module, x):
    h = x @ module.w
    h += x
    return module.fc(torch.tanh(h))


def _read_after(module, x):
    h = x @ module.w
    view = h.view(-1, 4)
    F.relu_(view)
    return module.fc(h)


_shared = nn.Linear(4, 4)
N, P = nn.utils, nn.utils.parametrizations

TAKEN = {
    "sequential": lambda: (nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 3)), (4,)),
    "flatten": lambda: (nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Dropout(), nn.Linear(8, 3)), (3, 4)),
    "log softmax": lambda: (nn.Sequential(nn.Linear(4, 8), nn.ReLU(inplace=True), nn.Linear(8, 3), nn.LogSoftmax(dim=1)), (4,)),
    "softmax": lambda: (nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3), nn.Softmax(-1)), (4,)),
    "log softmax inside": lambda: (nn.Sequential(nn.Linear(4, 8), nn.Unflatten(1, (2, 4)), nn.LogSoftmax(1), nn.LogSoftmax(-1),
                                                 nn.Flatten(), nn.Linear(8, 3)), (4,)),
    "sigmoid": lambda: (nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3), nn.Sigmoid()), (4,)),
    "one layer": lambda: (nn.Linear(4, 3), (4,)),
    "functions": lambda: (Function(lambda s, x: s.fc(torch.relu(x @ s.w).reshape(-1, 4))), (4,)),
    "leaky": lambda: (nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.25), nn.Linear(8, 3)), (4,)),
    "softplus": lambda: (nn.Sequential(nn.Linear(4, 8), nn.Softplus(), nn.Linear(8, 3)), (4,)),
    "silu": lambda: (nn.Sequential(nn.Linear(4, 8), nn.SiLU(inplace=True), nn.Linear(8, 3)), (4,)),
    "gelu": lambda: (nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 3)), (4,)),
    "tanh gelu": lambda: (nn.Sequential(nn.Linear(4, 8), nn.GELU(approximate="tanh"), nn.Linear(8, 3)), (4,)),
    "mish": lambda: (nn.Sequential(nn.Linear(4, 8), nn.Mish(), nn.Linear(8, 3)), (4,)),
    "elu": lambda: (nn.Sequential(nn.Linear(4, 8), nn.ELU(), nn.Linear(8, 8), nn.CELU(), nn.Linear(8, 3)), (4,)),
    "elu of alpha": lambda: (nn.Sequential(nn.Linear(4, 8), nn.ELU(0.5), nn.Linear(8, 3)), (4,)),
    "softsign": lambda: (nn.Sequential(nn.Linear(4, 8), nn.Softsign(), nn.Linear(8, 3)), (4,)),
    "hard": lambda: (nn.Sequential(nn.Linear(4, 8), nn.Hardswish(), nn.PReLU(8), nn.Linear(8, 8), nn.Hardsigmoid(), nn.PReLU(),
                                   Function(lambda s, x: torch.abs(x)), nn.Linear(8, 3)), (4,)),
    "erf": lambda: (nn.Sequential(nn.Linear(4, 8), Function(lambda s, x: torch.erf(x)), nn.Linear(8, 3)), (4,)),
    "normalised": lambda: (Function(lambda s, x: s.fc((x - s.mean) / 0.375 + 0.25)), (4,)),
    "normalised in place": lambda: (Function(lambda s, x: s.fc(x.sub_(0.5).div_(0.25))), (4,)),
    "normalised planes": lambda: (nn.Sequential(Function(lambda s, x: (x - s.mean) * 2), nn.Flatten(), nn.Linear(12, 3)), (3, 4)),
    "residual": lambda: (Function(_add_in_place), (4,)),
    "convolutions": lambda: (Residual(False), (2, 6, 6)),
    "convolutions in place": lambda: (Residual(True), (2, 6, 6)),
    "planes": lambda: (nn.Sequential(nn.Unflatten(1, (1, 6, 6)), nn.Conv2d(1, 2, 3, stride=2), nn.Sigmoid(), nn.Flatten(),
                                     nn.Linear(8, 3)), (36,)),
    "channel": lambda: (nn.Sequential(Function(lambda s, x: x.unsqueeze(1)), nn.Conv2d(1, 2, 3, stride=2), nn.Tanh(), nn.Flatten(),
                                      nn.Linear(8, 3)), (6, 6)),
    "weight norm": lambda: (nn.Sequential(N.weight_norm(nn.Linear(4, 4)), nn.Tanh(), nn.Linear(4, 3)), (4,)),
    "parametrized": lambda: (nn.Sequential(P.spectral_norm(nn.Linear(4, 4)), P.orthogonal(nn.Linear(4, 4)), nn.Linear(4, 3)), (4,)),
    "shared": lambda: (nn.Sequential(_shared, nn.Tanh(), _shared, nn.Tanh(), nn.Linear(4, 3)), (4,)),
    "masked": lambda: (Function(lambda s, x: F.linear(torch.tanh(F.linear(x, s.w * (s.w > 0), s.mean)), s.w)), (4,)),
    "added bias": lambda: (Function(lambda s, x: F.linear(x, s.w) + s.mean), (4,)),
    "data parallel": lambda: (nn.DataParallel(nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 3))), (4,)),
    "kernels": lambda: planes(nn.Conv2d(4, 6, (3, 2), groups=2, dilation=(1, 2), stride=(2, 1), padding=(2, 1)), nn.Tanh(),
                              nn.Conv2d(6, 6, (4, 3), padding="same", dilation=(1, 2), groups=6),
                              nn.Conv2d(6, 2, 2, padding="valid")),
    "lengths": lambda: planes(nn.ReLU(), nn.Conv1d(4, 4, 4, padding="same", groups=4),
                              nn.MaxPool1d(3, 2, padding=1, ceil_mode=True),
                              nn.Conv1d(4, 6, 2, dilation=2, padding=1), nn.AvgPool1d(2), nn.AdaptiveAvgPool1d(1), sides=(13,)),
    "pooling": lambda: planes(nn.AvgPool2d((3, 2), 2, padding=1), nn.Tanh(), nn.MaxPool2d(2, 1, padding=1), nn.AvgPool2d(2, 1, 1,
                              count_include_pad=False), nn.AdaptiveAvgPool2d((5, 3)), nn.AdaptiveAvgPool2d(1)),
    "pooling with ceil_mode": lambda: planes(nn.MaxPool2d(3, 2, ceil_mode=True, dilation=2), nn.AvgPool2d(2, 2, ceil_mode=True),
                                             sides=(13, 12)),
    "means with ceil_mode and pads": lambda: planes(nn.AvgPool2d(4, 3, 1, ceil_mode=True), nn.Tanh(), nn.AvgPool2d(
        3, 2, 1, ceil_mode=True, count_include_pad=False), sides=(10, 12)),
    "adaptive pooling": lambda: planes(nn.AdaptiveAvgPool2d((3, None)), nn.AdaptiveAvgPool2d((None, 2)),
                                       nn.AdaptiveMaxPool2d((1, 2))),
    "adaptive lengths": lambda: planes(nn.AdaptiveMaxPool1d(6), nn.Tanh(), nn.AdaptiveAvgPool1d(2), sides=(13,)),
    "batch norm": lambda: (lambda m, s: (normed(m), s))(*planes(nn.BatchNorm2d(4), nn.ReLU(), nn.BatchNorm2d(
        4, affine=False, eps=0.3))),
    "batch norm of rows": lambda: (normed(nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 8), nn.Tanh(), nn.BatchNorm1d(8),
                                                 nn.Linear(8, 3))),
                                   (4,)),
    "batch norm of lengths": lambda: (lambda m, s: (normed(m), s))(*planes(nn.BatchNorm1d(4), nn.ReLU(), sides=(5,))),
    "pads": lambda: planes(nn.ZeroPad2d((1, 0, 2, 1)), nn.Conv2d(4, 2, 3), nn.ConstantPad2d((0, 1, 1, 0), 0.75), nn.Tanh(),
                           nn.ConstantPad2d(-1, 3.0), nn.Conv2d(2, 2, 2)),
    "pads of lengths": lambda: planes(nn.ConstantPad1d(2, -0.5), nn.Tanh(), nn.Conv1d(4, 2, 3), sides=(5,)),
    "clipped": lambda: planes(nn.ReLU6(), nn.Conv2d(4, 4, 1), nn.Hardtanh(-0.5, 0.25, inplace=True), Function(lambda s, x: F.relu6(
        x.clamp_(min=-0.375)) + torch.clamp(x, max=0.125) - F.hardtanh(x, 0, 1) * x.clip(-1, 1))),
    "clipped rows": lambda: (nn.Sequential(nn.Linear(4, 8), nn.ReLU6(), nn.Linear(8, 8), nn.ReLU(), nn.ReLU6(),
                                           nn.Linear(8, 3)), (4,)),
    "softplus of beta": lambda: (nn.Sequential(nn.Linear(4, 8), nn.Softplus(beta=3), nn.Linear(8, 8), nn.Tanh(), nn.Tanh(),
                                               nn.Linear(8, 3)), (4,)),
    "activations in graphs": lambda: planes(nn.Softplus(), nn.SiLU(), nn.GELU(), nn.Mish(), nn.ELU(), nn.CELU(), nn.Softsign(),
                                            nn.Dropout2d(), nn.Identity()),
    "arithmetic": lambda: joined(lambda a, b, c: 2 * a + (b - 0.25) / 1.5 - (3 - c) * a - (-b).square() + torch.add(a, c, alpha=0.5)
                                 - torch.sub(b, torch.linspace(-1, 1, 4)[:, None, None], alpha=2) + a ** 2),
    "arithmetic in place": lambda: joined(lambda a, b, c: a.mul_(b).add_(c, alpha=2).sub_(0.5).div_(4).neg_()),
    "sums of branches": lambda: joined(lambda a, b, c: torch.relu(a + b) + c + a.expand_as(b) + torch.ones(4, 1, 3)),
    "constants of the batch": lambda: (Function(lambda s, x: s.fc(torch.tanh(x @ s.w) * s.mean.expand(len(x), -1) - s.mean)), (4,)),
    "parts": lambda: joined(lambda a, b, c: torch.cat([a[:, 1:], b[:, :2, ...], c[..., :][:, -1:]], 1)[:, :, ::2, 1:] * 0.5),
    "split": lambda: joined(lambda a, b, c: torch.mul(*a.chunk(2, 1)) + torch.cat(b.split([1, 2, 1], dim=1)[::2], dim=1) -
                            c.narrow(1, 1, 2)),
    "means": lambda: joined(lambda a, b, c: (a.mean((2, 3), keepdim=True) + F.adaptive_avg_pool2d(b, 1)).flatten(1) -
                            c.mean([-1, -2])),
    "columns": lambda: planes(nn.ReLU(), Function(lambda s, x: torch.cat([x[:, :, 0], x[..., -1], x.select(2, 1)], 1)), sides=(5,)),
    "normalised images": lambda: made(nn.Sequential(Function(lambda s, x: (x - 0.5) / torch.tensor([[[0.25]], [[0.75]]])),
                                                    nn.Conv2d(2, 3, 2), nn.ReLU(), nn.Flatten(), nn.LazyLinear(3)), (2, 4, 4)),
    "factor": lambda: (Function(lambda s, x: s.fc(x) / 2), (4,)),
    "unused branch": lambda: (Function(lambda s, x: (s.fc(torch.tanh(x)), s.fc(F.leaky_relu(x @ s.w, 0.25)))[1]), (4,)),
    "unused end": lambda: (Function(lambda s, x: (lambda h: (s.fc(h), F.leaky_relu(h, 0.25)))(x @ s.w)[0]), (4,)),
    "shape": lambda: (Function(lambda s, x: s.fc(x) if x.dim() == 2 and len(x) > 0 and x.shape[1] == 4 else x), (4,)),
}

def network(name):
    module, shape = NETWORKS[name]()
    made(module, shape)
    return normed(module), shape


TAKEN.update((name, lambda name=name: network(name)) for name in NETWORKS)

#: Those of ONNX exports.
TAKEN.update((f"export: {name}", lambda each=each: copy.deepcopy(each)) for name, each in exports.MODULES.items())


def at(*modules):
    """Modules on images of 4 channels of one number."""
    return nn.Sequential(nn.Unflatten(1, (4, 1, 1)), *modules, nn.Flatten(), nn.LazyLinear(3))


def hidden(function):
    """A function of two rows of numbers, between layers: called x, of shape (N, 4), and s for the module."""
    return nn.Sequential(nn.Linear(4, 4), Function(lambda s, x: function(x)), nn.LazyLinear(3))


def image(*modules):
    """Modules on images of one channel of 2 x 2."""
    return nn.Sequential(nn.Unflatten(1, (1, 2, 2)), *modules, nn.Flatten(), nn.LazyLinear(3))


#: Operators of ONNX that the core reads and from_torch never makes.
NOT_MADE = {
    "Cast": "what flows is of one type from the input to the end",
    "Dropout": "in eval mode it does nothing, and no node is made of it",
    "Identity": "no node is made of it",
    "ReduceLogSumExp": "logsumexp is refused",
    **dict.fromkeys(["Gather", "Split"], "a Slice is"),
    **dict.fromkeys(["Squeeze", "Unsqueeze"], "a Reshape is"),
    **dict.fromkeys(["InstanceNormalization", "ReduceL2", "ReduceLogSumExp", "ReduceSumSquare", "Sum", "Upsample", "Where"],
                    "its parts are"),
}

#: A module, what is said of it, and, where that names another way, the module that goes it: it computes the same.
REFUSED = {
    "statistics of the batch": (lambda: nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, track_running_stats=False)),
                                r"^1 \(BatchNorm1d\): .*of the batch.*track_running_stats=True"),
    "batch norm in training": (lambda: hidden(lambda x: F.batch_norm(x, torch.zeros(4), torch.ones(4), training=True)),
                               r"^1 \(Function\): .*training=self\.training"),
    "indices": (lambda: image(Function(lambda s, x: F.max_pool2d(x, 2, return_indices=True)[0])),
                r"^1 \(Function\): .*return_indices.*leave it out", lambda: image(nn.MaxPool2d(2))),
    "adaptive indices": (lambda: image(Function(lambda s, x: F.adaptive_max_pool2d(x, 1, return_indices=True)[0])),
                         "return_indices.*leave it out", lambda: image(nn.AdaptiveMaxPool2d(1))),
    "divisor": (lambda: image(nn.AvgPool2d(2, divisor_override=3)), r"^1 \(AvgPool2d\): .*multiply what the pooling makes by 4/3",
                lambda: image(nn.AvgPool2d(2), Function(lambda s, x: x * (4 / 3)))),
    "windows of several sizes": (lambda: image(nn.ZeroPad2d((1, 0, 1, 0)), nn.AdaptiveMaxPool2d(2)),
                                 r"^2 \(AdaptiveMaxPool2d\): .*3 x 3 numbers into 2 x 2.*MaxPool2d",
                                 lambda: image(nn.ZeroPad2d((1, 0, 1, 0)), nn.MaxPool2d(2, 1))),
    "planes": (lambda: nn.Conv2d(4, 3, 1), r"the module \(Conv2d\): "),
    "threshold": (lambda: nn.Sequential(nn.Linear(4, 4), nn.Softplus(1, 2), nn.Linear(4, 3)), r"^1 \(Softplus\): .*threshold 2"),
    "bounds": (lambda: hidden(lambda x: x.clamp(1, 0)), r"^1 \(Function\): clamp from 1.0 to 0.0"),
    "bounds that flow": (lambda: hidden(lambda x: torch.clamp(x, min=x)), "min is not one constant number"),
    "places that flow": (lambda: hidden(lambda x: x[:, x.max(1)[1]]), r"^1 \(Function\): .*depend on the numbers"),
    "two lists as an index": (lambda: hidden(lambda x: x[:, :, None][:, [0, 2], [0, 0]]), r"^1 \(Function\): getitem .*one list"),
    "some images": (lambda: hidden(lambda x: x[:1, :]), r"^1 \(Function\): it takes some images"),
    "one image": (lambda: hidden(lambda x: x[0, :]), "getitem is not supported in the dimension of the images"),
    "images without a comma": (lambda: hidden(lambda x: x[:1]), r"^1 \(Function\): .*(x\[:2\]|takes some images)"),
    "images in front": (lambda: hidden(lambda x: x[None, :]), r"shape \(1, N, 3\), not \(N, classes\)"),
    "nothing": (lambda: hidden(lambda x: x[:, 4:]), "takes nothing"),
    "images joined": (lambda: hidden(lambda x: torch.cat([x, x])), "works along the first dimension"),
    "mean of images": (lambda: hidden(lambda x: x - x.mean(0)), "works along the first dimension"),
    "images as numbers": (lambda: hidden(lambda x: x.t() @ x), r"^1 \(Function\): matmul .*adds up numbers of several images"),
    "softmax of images": (lambda: hidden(lambda x: x.softmax(0)), "works along the first dimension"),
    "gone through": (lambda: hidden(lambda x: torch.stack([t for t in x])), "works along the first dimension"),
    "images beside others": (lambda: hidden(lambda x: x[:, None] + x[None]), r"would join numbers of several images"),
    "convolutions of other images": (lambda: hidden(lambda x: F.conv1d(x.t().reshape(-1, 1, 2), torch.ones(1, 1, 2))),
                                     r"shape \(N, ...\), not \(4, 1, N\)"),
    "mask of attention": (lambda: nn.Sequential(nn.Unflatten(1, (2, 2)), Function(
        lambda s, x: s.m[0](x, x, x, key_padding_mask=torch.zeros(2, 2, dtype=torch.bool))[0],
        nn.MultiheadAttention(2, 1, batch_first=True)), nn.Flatten(), nn.Linear(4, 3)),
                          r"^1\.m\.0 \(MultiheadAttention\): .*key_padding_mask"),
    "other images": (lambda: hidden(lambda x: x * torch.tensor([[1.0], [2.0]])), "other numbers for each image"),
    "too many dimensions": (lambda: hidden(lambda x: x * torch.ones(1, 1, 4)), "more dimensions"),
    "type of a power": (lambda: hidden(lambda x: x.float_power(2)), "float_power is not supported"),
    "rounded quotient": (lambda: hidden(lambda x: torch.div(x, 2, rounding_mode="floor")), "no gradient"),
    "weights that flow": (lambda: Function(lambda s, x: s.fc(F.linear(x, x))), "weights of linear come from the input"),
    "lstm": (lambda: Function(lambda s, x: s.m[0](x)[0], nn.LSTM(4, 3)), r"^m\.0 \(LSTM\): recurrent"),
    "control flow": (lambda: Function(lambda s, x: s.fc(x) if x[0, 0] > 0 else -s.fc(x)), "getitem is not supported in the"),
    "truth": (lambda: Function(lambda s, x: s.fc(x) if s.fc(x).tolist() else x), r"depends on the numbers.*tolist"),
    "two inputs": (lambda: nn.Bilinear(4, 4, 3), "missing 1 required positional argument"),
    "two outputs": (lambda: Function(lambda s, x: (s.fc(x), x)), "returns a tuple"),
    "dropout": (lambda: Function(lambda s, x: s.fc(F.dropout(x))), "training=self.training"),
    "no weights": (lambda: nn.Sequential(nn.Flatten(), nn.Identity()), "no layer with weights"),
    "script": (lambda: torch.jit.script(nn.Linear(4, 3)), "TorchScript"),
    "script within": (lambda: nn.Sequential(torch.jit.script(nn.Linear(4, 3))), r"^0 \(RecursiveScriptModule\): .*TorchScript"),
    "own function": (lambda: nn.Sequential(nn.Linear(4, 4), Function(lambda s, x: Square.apply(x)), nn.Linear(4, 3)),
                     r"^1 \(Function\): "),
    "detach": (lambda: Function(lambda s, x: s.fc(x.detach())), "cuts the gradient off"),
    "type": (lambda: Function(lambda s, x: s.fc(x.double().float())), "converts what flows from torch.float32 to torch.float64"),
    "rows": (lambda: Function(lambda s, x: s.fc(x.view(1, -1)[:, :4])), "takes some images"),
    "rows of several images": (lambda: hidden(lambda x: x[:, :3].reshape(3, 2)), r"shape \(3, 2\) of \(N, 3\): numbers of several"),
    "in place": (lambda: Function(_read_after), r"in place has changed since"),
    "random": (lambda: Function(lambda s, x: s.fc(x + torch.rand(4))), "differ by .* not the same from run to run"),
    "other size": (lambda: nn.Linear(5, 3), r"the module \(Linear\): it fails on inputs of shape \(2, 4\)"),
    "tanh at the end": (lambda: nn.Sequential(nn.Linear(4, 3), nn.Tanh()), "ends in tanh"),
}
