# SPDX-License-Identifier: Apache-2.0
"""Modules for the tests of PyTorch: those that are taken, with the shape of an input, and those that are refused, with why."""

import torch
from torch import nn
from torch.nn import functional as F


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
    "unused branch": lambda: (Function(lambda s, x: (s.fc(torch.tanh(x)), s.fc(F.leaky_relu(x @ s.w, 0.25)))[1]), (4,)),
    "unused end": lambda: (Function(lambda s, x: (lambda h: (s.fc(h), F.leaky_relu(h, 0.25)))(x @ s.w)[0]), (4,)),
    "shape": lambda: (Function(lambda s, x: s.fc(x) if x.dim() == 2 and len(x) > 0 and x.shape[1] == 4 else x), (4,)),
}

REFUSED = {
    "batch norm": (lambda: nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 3)),
                   r"^1 \(BatchNorm1d\): .*fuse_linear_bn_eval"),
    "celu": (lambda: nn.Sequential(nn.Linear(4, 4), nn.CELU(0.5), nn.Linear(4, 3)), r"^1 \(CELU\): .*alpha 0.5"),
    "softplus": (lambda: nn.Sequential(nn.Linear(4, 4), nn.Softplus(beta=2), nn.Linear(4, 3)), r"^1 \(Softplus\): .*beta 2"),
    "lstm": (lambda: Function(lambda s, x: s.m[0](x)[0], nn.LSTM(4, 3)), r"^m\.0 \(LSTM\): recurrent"),
    "control flow": (lambda: Function(lambda s, x: s.fc(x) if x[0, 0] > 0 else -s.fc(x)), "getitem is not known"),
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
    "rows": (lambda: Function(lambda s, x: s.fc(x.view(1, -1))), "only one row for each image"),
    "in place": (lambda: Function(_read_after), r"in place has changed since"),
    "factor": (lambda: Function(lambda s, x: s.fc(x) / 2), "before the first layer only"),
    "random": (lambda: Function(lambda s, x: s.fc(x + torch.rand(4))), "differ by .* not the same from run to run"),
    "normalised planes": (lambda: nn.Sequential(nn.Unflatten(1, (1, 2, 2)), Function(lambda s, x: (x - 0.5) / 0.25),
                                                nn.Conv2d(1, 3, 2), nn.Flatten()), "normalises its input.*do it to x"),
    "groups": (lambda: nn.Sequential(nn.Unflatten(1, (4, 1, 1)), nn.Conv2d(4, 4, 1, groups=2), nn.Flatten(), nn.Linear(4, 3)),
               r"^1 \(Conv2d\): .*groups=2"),
    "mean pooling": (lambda: nn.Sequential(nn.Unflatten(1, (1, 2, 2)), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(1, 3)),
                     r"^1 \(AvgPool2d\): mean pooling"),
    "other size": (lambda: nn.Linear(5, 3), r"the module \(Linear\): it fails on inputs of shape \(2, 4\)"),
    "tanh at the end": (lambda: nn.Sequential(nn.Linear(4, 3), nn.Tanh()), "ends in tanh"),
}
