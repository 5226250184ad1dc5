# SPDX-License-Identifier: Apache-2.0
"""Networks as torch.onnx.export writes them, in float64: logits and gradients of gradaudit, exact and in double, within 1e-9 of
PyTorch's largest. Called by tests/exports.sh; tests/python/modules.py has its modules too."""
import os
import subprocess
import sys
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CLASSES, IMAGES = 4, 3
SEED = int(os.environ.get('GRADAUDIT_TEST_SEED', 1))
torch.manual_seed(SEED)
warnings.simplefilter('ignore')


class Of(nn.Module):
    """A function of itself and x, with modules m1, m2, ... and what else it is given."""

    def __init__(self, function, *modules, **tensors):
        super().__init__()
        self.function = function
        for k, m in enumerate(modules):
            setattr(self, f'm{k + 1}', m)
        for name, t in tensors.items():
            setattr(self, name, nn.Parameter(t) if t.requires_grad else t)

    def forward(self, x):
        return self.function(self, x)


def normed(module):
    """With statistics that are no 0 and 1."""
    for m in module.modules():
        for t in (m.weight, m.bias, m.running_mean, m.running_var) if hasattr(m, 'running_var') else ():
            t.data.uniform_(0.2, 1.5)
    return module


def conv_net(*middle, channels=4, size=5):
    """1 x 7 x 7, to 4 x 5 x 5, to what the middle makes of it."""
    return nn.Sequential(nn.Conv2d(1, 4, 3), *middle, nn.Flatten(), nn.Linear(channels * size * size, CLASSES))


def constant(*shape):
    return torch.randn(*shape).double()


def attend(q, k, v):
    return torch.softmax(q @ k.transpose(-2, -1) / float(q.shape[-1]) ** 0.5, -1) @ v


class Block(nn.Module):
    """A block of a transformer on tokens of so many numbers: attention of so many heads, and a perceptron, each added to what it takes."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.ModuleList(nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        for norm in self.first, self.second:
            norm.weight.data.uniform_(0.5, 1.5)
            norm.bias.data.uniform_(-0.5, 0.5)

    def forward(self, x):
        y = self.first(x)
        parts = [linear(y) for linear in self.qkv]
        if self.heads > 1:
            parts = [p.reshape(-1, x.shape[1], self.heads, x.shape[2] // self.heads).transpose(1, 2) for p in parts]
        a = attend(*parts)
        if self.heads > 1:
            a = a.transpose(1, 2).reshape(-1, x.shape[1], x.shape[2])
        x = x + self.out(a)
        return x + self.mlp(self.second(x))


IMAGE, ROW, TOKENS = (1, 7, 7), (6,), (5, 4)
MODULES = {
    'swish composed': (Of(lambda s, x: s.m2(s.m1(x) * torch.sigmoid(s.m1(x))), nn.Linear(6, 5), nn.Linear(5, CLASSES)), ROW),
    'SiLU': (nn.Sequential(nn.Linear(6, 5), nn.SiLU(), nn.Linear(5, CLASSES)), ROW),
    'normalised image': (Of(lambda s, x: s.m1((x - 0.1307) / 0.3081), conv_net(nn.LeakyReLU())), IMAGE),
    'normalised channels': (Of(lambda s, x: s.m1((x - s.mean) / s.std), nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(12, CLASSES)),
                               mean=torch.rand(1, 2, 1, 1), std=torch.rand(1, 2, 1, 1) + 0.2), (2, 4, 4)),
    'factors': (Of(lambda s, x: (lambda z: s.m2(torch.tanh(0.5 * z - 1) / 3 + s.c - z * s.c + (2 - z)) / -1.5 - s.d)(s.m1(x)),
                   nn.Linear(6, 5), nn.Linear(5, CLASSES), c=torch.rand(5), d=torch.rand(CLASSES)), ROW),
    'mean pools': (nn.Sequential(nn.Conv2d(1, 4, 3), nn.Tanh(), nn.AvgPool2d(3, stride=2, padding=1), nn.AvgPool2d(2, padding=1, stride=1, count_include_pad=False),
                                 nn.Sigmoid(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, CLASSES)), IMAGE),
    'last windows': (nn.Sequential(nn.Conv2d(1, 4, 2), nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True), nn.Sigmoid(),
                                   nn.AvgPool2d(3, stride=2, ceil_mode=True), nn.AvgPool2d(2, stride=3, padding=1, ceil_mode=True, count_include_pad=False),
                                   nn.Flatten(), nn.Linear(4, CLASSES)), (1, 10, 9)),
    'largest of an image': (nn.Sequential(nn.Conv2d(1, 4, 3), nn.Tanh(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, CLASSES)), IMAGE),
    'mean of an image': (Of(lambda s, x: s.m2(torch.relu(s.m1(x)).mean([2, 3])), nn.Conv2d(1, 4, 3), nn.Linear(4, CLASSES)), IMAGE),
    'mean pool 1-D': (nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.AvgPool1d(3, stride=2), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, CLASSES)), (2, 11)),
    'batch norm': (normed(conv_net(nn.ReLU(), nn.BatchNorm2d(4), nn.Tanh())), IMAGE),
    'batch norm of rows': (normed(nn.Sequential(nn.Linear(6, 5), nn.Sigmoid(), nn.BatchNorm1d(5), nn.Tanh(), nn.BatchNorm1d(5), nn.Linear(5, CLASSES))), ROW),
    'batch norm folded': (normed(nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(100, CLASSES))), IMAGE),
    'batch norm of lengths': (normed(nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.BatchNorm1d(4), nn.Flatten(), nn.Linear(36, CLASSES))), (2, 11)),
    'ResNet': (normed(Of(lambda s, x: s.m4((lambda a: torch.relu(a + s.m3(torch.relu(s.m2(a)))))(s.m1(x)).mean((2, 3))),
                         nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU()),
                         nn.Sequential(nn.Conv2d(6, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)),
                         nn.Sequential(nn.Conv2d(6, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)), nn.Linear(6, CLASSES))), (3, 7, 7)),
    'slices': (Of(lambda s, x: s.m2(torch.flatten(torch.cat([s.m1(x)[:, 1:, ::2], s.m1(x)[:, :2, 1:4], x[:, :, 3:-1, 1:6]], 1), 1)),
                  nn.Conv2d(1, 4, 3), nn.Linear(90, CLASSES)), IMAGE),
    'orders': (Of(lambda s, x: s.m3(torch.flatten(torch.tanh(s.m2(s.m1(x).permute(0, 2, 3, 1).reshape(x.size(0), 12, 3).transpose(1, 2)))[:, 1:], 1)),
                  nn.Conv2d(2, 3, 2), nn.Conv1d(3, 4, 3, stride=2), nn.Linear(15, CLASSES)), (2, 4, 5)),
    'heads apart': (Of(lambda s, x: (lambda a: s.m1((torch.sigmoid(a) * a.unsqueeze(3).squeeze(3)).permute(0, 2, 1, 3).reshape(x.shape[0], 6, 4).mean(1)))(
        x.view(x.shape[0], 6, 2, 2).transpose(1, 2)), nn.Linear(4, CLASSES)), (6, 4)),
    'class token': (Of(lambda s, x: (lambda y: s.m1(y[:, 0] + y[:, -1] * y[:, 2]))(torch.tanh(torch.cat([s.token.expand(x.shape[0], -1, -1), x], 1) + s.places)),
                       nn.Linear(4, CLASSES), token=torch.rand(1, 1, 4).double(), places=torch.rand(1, 7, 4).double()), (6, 4)),
    'squeeze and excitation': (Of(lambda s, x: s.m4(torch.flatten((lambda z: z * torch.sigmoid(s.m3(torch.relu(s.m2(z.mean((2, 3), keepdim=True))))))(s.m1(x)), 1)),
                                  nn.Conv2d(2, 4, 3), nn.Conv2d(4, 2, 1), nn.Conv2d(2, 4, 1), nn.Linear(16, CLASSES)), (2, 4, 4)),
    'sums': (Of(lambda s, x: (lambda z: s.m2(torch.cat([(z - z.mean(1, keepdim=True)).sum((1, 3)), (z.sum(2, keepdim=True) * z).mean((1, 2))], 1)))(torch.tanh(s.m1(x))),
                nn.Conv2d(2, 3, 2), nn.Linear(7, CLASSES)), (2, 4, 5)),
    'parts': (Of(lambda s, x: (lambda p, q: s.m2(torch.flatten(torch.stack([p[0] * torch.sigmoid(p[1]), p[1] - q[0][:, [1, 0]] * q[2]], 2), 1)))(
        s.m1(x).chunk(2, 1), s.m1(torch.tanh(x)).split([2, 1, 1], 1)),
                 nn.Conv2d(2, 4, 2), nn.Linear(24, CLASSES)), (2, 3, 4)),
    'upsampled': (nn.Sequential(nn.Conv2d(1, 2, 2), nn.Upsample(scale_factor=2), nn.Conv2d(2, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, CLASSES)), (1, 4, 3)),
    'borders': (Of(lambda s, x: s.m2(torch.flatten(F.pad(torch.tanh(F.pad(s.m1(x), (2, 1, 0, 2), 'reflect')), (1, 0, 0, 2), 'replicate'), 1)), nn.Conv2d(1, 2, 2),
                   nn.Linear(98, CLASSES)), (1, 4, 4)),
    'transposed convolutions': (nn.Sequential(nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2), nn.Tanh(),
                                              nn.ConvTranspose2d(4, 3, (2, 3), padding=(1, 0), dilation=(1, 2)), nn.Flatten(), nn.Linear(180, CLASSES)), (2, 3, 4)),
    'transposed convolution 1-D': (nn.Sequential(nn.ConvTranspose1d(3, 4, 4, stride=3, padding=2), nn.ReLU(), nn.ConvTranspose1d(4, 2, 2, bias=False), nn.Flatten(),
                                                 nn.Linear(26, CLASSES)), (3, 5)),
    'dense block': (Of(lambda s, x: s.m3(torch.cat([x, s.m1(x), s.m2(torch.cat([x, torch.relu(s.m1(x))], 1))], 1).mean((2, 3))), nn.Conv2d(2, 3, 3, padding=1),
                       nn.Conv2d(5, 2, 1), nn.Linear(7, CLASSES)), (2, 4, 4)),
    'clipped': (nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU6(), nn.Conv2d(4, 4, 1), nn.Hardtanh(-0.5, 0.75), nn.Flatten(), nn.Linear(100, CLASSES)), IMAGE),
    'clamped': (Of(lambda s, x: s.m2(s.m1(x).clamp(min=-0.1) - s.m1(x).clamp(max=0.2)), nn.Linear(6, 5), nn.Linear(5, CLASSES)), ROW),
    'hard': (nn.Sequential(nn.Conv2d(1, 4, 3), nn.Hardswish(), nn.Conv2d(4, 4, 1), nn.Hardsigmoid(), nn.PReLU(4), nn.Flatten(), nn.Linear(100, 6), nn.PReLU(),
                           Of(lambda s, x: torch.abs(x)), nn.Linear(6, CLASSES)), IMAGE),
    'chosen': (Of(lambda s, x: s.m3(torch.maximum(torch.minimum(s.m1(x), s.m2(x)), s.c) + torch.min(s.m1(x), s.d)), nn.Linear(6, 5), nn.Linear(6, 5), nn.Linear(5, CLASSES),
                  c=torch.rand(5).double() - 0.5, d=torch.tensor(0.25).double()), ROW),
    'ties': (Of(lambda s, x: s.m1(torch.abs(x) + torch.maximum(x, 2 * x) - torch.minimum(x, torch.zeros(6).double()) + 3 * F.prelu(x, s.a)), nn.Linear(6, CLASSES),
                a=torch.tensor([0.3]).requires_grad_()), ROW),
    'hard ends': (Of(lambda s, x: s.m1(F.hardsigmoid(4 * x - 3)), nn.Linear(6, CLASSES)), ROW),
    'groups': (nn.Sequential(nn.Conv2d(4, 8, 3, groups=2), nn.SiLU(), nn.Conv2d(8, 8, (2, 3), groups=8, padding=(1, 2), dilation=(1, 2), stride=(2, 1)),
                             nn.MaxPool2d(2, dilation=2, stride=1), nn.Flatten(), nn.Linear(24, CLASSES)), (4, 6, 7)),
    'mobile block': (Of(lambda s, x: s.m5(torch.flatten(x + s.m4(s.m3(torch.relu(s.m2(x)))), 1)), nn.Identity(), nn.Conv2d(3, 6, 1),
                        nn.Conv2d(6, 6, 3, padding=1, groups=6), nn.Conv2d(6, 3, 1), nn.Linear(75, CLASSES)), (3, 5, 5)),
    'conv 1-D': (nn.Sequential(nn.Conv1d(2, 4, 3, stride=2, padding=2), nn.Tanh(), nn.Conv1d(4, 6, 2, dilation=3, groups=2), nn.MaxPool1d(2), nn.Flatten(),
                               nn.Linear(12, CLASSES)), (2, 11)),
    'batch as a dimension': (Of(lambda s, x: s.m2(s.m1(x).view(x.size(0), -1) * 2), nn.Conv2d(1, 2, 3), nn.Linear(50, CLASSES)), IMAGE),
    'functions': (Of(lambda s, x: (lambda z: s.m2(torch.log(1 + torch.exp(z)) + torch.sqrt(z ** 2 + 0.5) + (1 + z * z) ** -0.5 + z ** 3 + torch.reciprocal(2 + torch.tanh(z)) +
                                                  torch.pow(1 + z * z, 0.3) - 0.7 / (2 + torch.tanh(z))))(s.m1(x)), nn.Linear(6, 5), nn.Linear(5, CLASSES)), ROW),
    'composed': (Of(lambda s, x: (lambda z: s.m2(z / (1 + torch.exp(-z)) + z / torch.sqrt(1 + z * z) + 1 / (1 + torch.exp(-z)) + (torch.exp(z) - torch.exp(-z)) / (torch.exp(z) + torch.exp(-z))))(
        s.m1(x)), nn.Linear(6, 5), nn.Linear(5, CLASSES)), ROW),
    'CELU': (nn.Sequential(nn.Linear(6, 5), nn.CELU(0.375), nn.Linear(5, 5), nn.CELU(), nn.Linear(5, 5), nn.ELU(0.375), nn.Linear(5, CLASSES)), ROW),
    'RMS norm of channels': (Of(lambda s, x: s.m2(torch.flatten((lambda z: z / torch.sqrt(z ** 2 + 1e-3) * s.gamma)(s.m1(x)), 1)), nn.Conv2d(1, 2, 3), nn.Linear(50, CLASSES),
                                gamma=torch.rand(2, 1, 1)), IMAGE),
    'squares': (Of(lambda s, x: (lambda z: s.m2(z * z * z - (-z)) * s.m2(z))(s.m1(x)), nn.Linear(6, 5), nn.Linear(5, CLASSES)), ROW),
    'residual scale': (Of(lambda s, x: s.m3(torch.flatten(s.m1(x) * s.gamma + 0.25 * s.m2(s.m1(x)), 1)), nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3, padding=1),
                          nn.Linear(50, CLASSES), gamma=torch.rand(2, 1, 1)), IMAGE),
    'linear on tokens': (nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3, bias=False), nn.Sigmoid(), nn.Flatten(), nn.Linear(15, CLASSES)), TOKENS),
    'softmax inside': (Of(lambda s, x: s.m2(torch.softmax(s.m1(x), 1) * s.m1(x) + torch.softmax(s.m1(x), -1)), nn.Linear(6, 5), nn.Linear(5, CLASSES)), ROW),
    'softmax of channels': (Of(lambda s, x: s.m2(torch.flatten(torch.softmax(s.m1(x), 1) * torch.softmax(3 * s.m1(x), 2) + s.m1(x).softmax(3), 1)), nn.Conv2d(1, 3, 3),
                               nn.Linear(75, CLASSES)), IMAGE),
    'layer norm': (nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.Tanh(), nn.LayerNorm(5), nn.Linear(5, CLASSES)), ROW),
    'layer norm of images': (nn.Sequential(nn.Conv2d(1, 3, 3), nn.LayerNorm([5, 5]), nn.Tanh(), nn.LayerNorm([3, 5, 5], eps=0.1), nn.Flatten(), nn.Linear(75, CLASSES)), IMAGE),
    'attention': (Of(lambda s, x: s.m2(s.m1(x).mean(1)), Block(4, 1), nn.Linear(4, CLASSES)), TOKENS),
    'heads': (Of(lambda s, x: s.m3(s.m2(s.m1(x))[:, 0]), Block(4, 2), nn.LayerNorm(4), nn.Linear(4, CLASSES)), TOKENS),
    'constants first': (Of(lambda s, x: s.m1(torch.flatten(torch.relu(s.a @ torch.tanh(s.b @ x)) + (s.c @ x.unsqueeze(1))[:, 0, :2] + (s.d @ x.transpose(1, 2))[:, :2, :4], 1)), nn.Linear(8, CLASSES),
                            a=constant(2, 6), b=constant(6, 5), c=constant(3, 5), d=constant(4, 4)), TOKENS),
    'matrices of constants': (Of(lambda s, x: (lambda y: s.m1(torch.flatten(torch.tanh(y @ s.a) @ s.b + s.c @ y[:, :, 1:, :2] + (y @ s.d).unsqueeze(3) + y @ s.e, 1)))(
        x.reshape(x.shape[0], 2, 5, 2).transpose(2, 3)), nn.Linear(8, CLASSES), a=constant(2, 5, 3), b=constant(1, 2, 3, 2), c=constant(2, 2, 1), d=constant(5),
                                 e=constant(1, 1, 5, 2)), TOKENS),
    'columns': (Of(lambda s, x: (s.b @ torch.tanh(s.a @ x.t() + s.c)).t(), a=constant(5, 6), b=constant(CLASSES, 5), c=constant(5, 1)), ROW),
    'causal attention': (Of(lambda s, x: s.m2(s.m1(x.transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1), attn_mask=s.mask)[0].sum(0)), nn.MultiheadAttention(4, 2),
                            nn.Linear(4, CLASSES), mask=torch.triu(torch.full((5, 5), -torch.inf), 1).double()), TOKENS),
    'masked scores': (Of(lambda s, x: (lambda p: s.m2((torch.softmax((p[0] @ p[1].transpose(1, 2)).masked_fill(s.mask == 0, -torch.inf), -1) @ p[2]).mean(1)))(
        s.m1(x).chunk(3, 2)), nn.Linear(4, 12), nn.Linear(4, CLASSES), mask=torch.tril(torch.ones(5, 5))), TOKENS),
    'chosen by constants': (Of(lambda s, x: (lambda y: s.m2(torch.where(s.a, torch.where(s.b, y, s.c), torch.where(s.b, s.d, torch.tanh(y)))))(s.m1(x)), nn.Linear(6, 5),
                               nn.Linear(5, CLASSES), a=torch.tensor([1, 0, 1, 0, 1]) > 0, b=torch.tensor([1, 1, 0, 0, 1]) > 0, c=constant(5),
                               d=torch.tensor(-0.5).double()), ROW),
    'constants computed': (Of(lambda s, x: s.m1(torch.flatten(torch.relu((x - s.a * s.b[1:, ::2] / s.c.sqrt()) @ s.d.t() + torch.cat([s.a, -s.b[0, 3:5]])[s.i] * torch.where(
        s.c > 0.5, s.c, 1 / s.c).expand(5, 4)[:, :1]), 1)) * 2, nn.Linear(15, CLASSES), a=constant(1), b=constant(2, 8), c=torch.rand(4).double() + 0.1, d=constant(3, 4),
                               i=torch.tensor([2, 0, 1])), TOKENS),
    'linear on many tokens': (nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3), nn.Flatten(), nn.Linear(15, CLASSES)), TOKENS),
    'padded': (nn.Sequential(nn.ConstantPad2d((1, 0, 2, 1), 0.5), nn.Conv2d(1, 3, 3), nn.InstanceNorm2d(3, affine=True), nn.GroupNorm(1, 3), nn.Tanh(), nn.Flatten(),
                             nn.Linear(144, CLASSES)), IMAGE),
    'many parts': (Of(lambda s, x: s.m1(F.normalize(torch.cat([torch.cat([torch.tanh(x)], 1)] + [x[:, k:k + 2] * k for k in range(5)] * 3, 1), dim=1)), nn.Linear(36, CLASSES)), ROW),
    'encoder of tokens first': (Of(lambda s, x: s.m2(s.m1(x.permute(1, 0, 2))[0]), nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6), 2), nn.Linear(4, CLASSES)),
                                TOKENS),
    'encoder of images first': (Of(lambda s, x: s.m2(s.m1(x).mean(1)), nn.TransformerEncoderLayer(4, 2, 6, batch_first=True, activation='gelu', norm_first=True),
                                   nn.Linear(4, CLASSES)), TOKENS),
    'attention to other tokens': (Of(lambda s, x: s.m2(s.m1(x[:, :2].transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1))[0].sum(0)), nn.MultiheadAttention(4, 2),
                                     nn.Linear(4, CLASSES)), TOKENS),
    'queries with keys': (Of(lambda s, x: (lambda p: s.m2(attend(*p).transpose(1, 2).reshape(x.shape[0], 5, 4)[:, 0]))(
        s.m1(x).reshape(x.shape[0], 5, 3, 2, 2).permute(2, 0, 3, 1, 4)), nn.Linear(4, 12), nn.Linear(4, CLASSES)), TOKENS),
    'images elsewhere': (Of(lambda s, x: (lambda y: s.m2(s.m1(torch.cat([y[:, 1:] * s.c, torch.softmax(y, -1)[:, :2]], 1).reshape(-1, 3)).reshape(x.shape[0], -1)))(
        (torch.tanh(x.transpose(0, 1)).reshape(2, 2, -1, 3) - s.c).permute(0, 1, 2, 3)[1].permute(1, 0, 2)), nn.Linear(3, 5), nn.Linear(15, CLASSES), c=torch.rand(3)), (4, 3)),
    'by the root of a size': (Of(lambda s, x: s.m1(torch.tanh(s.m2(x) / x.shape[-1] ** 0.5) * torch.full((4,), x.shape[-1]) ** -1.5),
                                 nn.Linear(4, CLASSES), nn.Linear(4, 4)), (4,)),
    'log-softmax inside': (Of(lambda s, x: s.m3(torch.log_softmax(s.m2(torch.flatten(F.log_softmax(s.m1(x), 1) * F.log_softmax(s.m1(x), 3), 1)), 1)), nn.Conv2d(1, 3, 3),
                              nn.Linear(75, 5), nn.Linear(5, CLASSES)), IMAGE),
    'functions of constants': (Of(lambda s, x: s.m1(torch.tanh(x @ (s.a @ s.b)) * torch.exp(s.c) + torch.sigmoid(s.d) * x @ F.softplus(s.e) + torch.maximum(
        torch.sin(s.c), torch.cos(s.d)) + torch.log(torch.relu(s.d) + 1) - torch.erf(s.c) * (s.e @ s.f)), nn.Linear(6, CLASSES), a=constant(6, 2), b=constant(2, 6),
                                  c=constant(6), d=constant(6), e=constant(6, 6), f=constant(6)), ROW),
    'log-softmax of images elsewhere': (Of(lambda s, x: s.m1((torch.log_softmax(x.transpose(0, 1), -1) * s.c)[1]), nn.Linear(4, CLASSES), c=torch.rand(4)), TOKENS),
}
OPSETS = {'layer norm': (17,), 'layer norm of images': (17,), 'attention': (17, 17), 'heads': (17, 17), 'encoder of tokens first': (11, 13, 17),
          'encoder of images first': (13, 17), 'upsampled': (9, 11, 13), 'attention to other tokens': (11, 15), 'causal attention': (11, 13), 'masked scores': (11, 13), 'chosen by constants': (13, 13), 'queries with keys': (13, 13), 'images elsewhere': (13, 15)}


def run(*words):
    done = subprocess.run(['./gradaudit', *words], capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stderr)
    return np.array([[float(t) if t != 'none' else np.nan for t in line.split('\t')] for line in done.stdout.splitlines()
                     if not line.startswith('#')])


def close(got, want, what):
    """The sixth that PyTorch multiplies by in double is one of float."""
    scale = np.abs(want).max()
    assert scale > 0 and np.abs(got - want).max() <= (1e-7 if what[0].startswith('hard') else 1e-9) * scale, (what, np.abs(got - want).max() / scale)


def export(path, name, module, shape, opset, dynamic, fold=True):
    """Writes the network; returns it in float64."""
    own = torch.float32 if name == 'CELU' else torch.float64  # of which there is no other
    module = module.to(own).eval()
    for m in module.modules():
        if isinstance(m, (nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)):
            m.eps = 2**-17  # in a file it is one of float
    torch.onnx.export(module, torch.rand(1, *shape, dtype=own), path, input_names=['x'], opset_version=opset, do_constant_folding=fold,
                      **({'dynamic_axes': {'x': {0: 'N'}}} if dynamic else {}))
    return module.double()


def check(folder, name, module, shape, opset, dynamic, fold):
    path = f'{folder}/network.onnx'
    module = export(path, name, module, shape, opset, dynamic, fold)
    x = torch.rand(IMAGES, *shape) * (torch.rand(IMAGES, *shape) < 0.7)
    labels = torch.randint(CLASSES, (IMAGES,))
    np.savez(f'{folder}/data.npz', x_test=x.numpy(), y_test=labels.numpy())
    x = x.double().requires_grad_()
    logits = module(x)
    F.cross_entropy(logits, labels, reduction='sum').backward()
    what = name, opset, dynamic, fold
    close(run('forward', path, '--data', f'{folder}/data.npz', '--format', 'exact')[:, -CLASSES:], logits.detach().numpy(), what)
    for f in 'exact', 'double':
        got = run('gradient', '-q', path, '--data', f'{folder}/data.npz', '--format', f)[:, 2]
        close(got.reshape(x.shape), x.grad.numpy(), (*what, f))


WAYS = (11, False), (13, True), (15, False)
SHAPES = ('padded', 'orders', 'heads apart', 'class token', 'squeeze and excitation', 'sums', 'parts', 'upsampled', 'borders',
          'transposed convolutions', 'transposed convolution 1-D')


def exports(part=''):
    """Names of modules that have this part, with the ways in which each is exported."""
    for name, (module, shape) in MODULES.items():
        ways = [(n, k % 2 == 1) for k, n in enumerate(OPSETS[name])] if name in OPSETS else WAYS[1:2] if name in SHAPES else WAYS
        for opset, dynamic in ways:
            if (name, opset) != ('CELU', 11) and part in name:  # of operator set 12
                yield name, module, shape, opset, dynamic, True
        if name in COMPUTED and part in name:
            yield name, module, shape, 15, False, False


COMPUTED = 'functions of constants', 'constants computed', 'linear on many tokens', 'encoder of tokens first', 'queries with keys'  # also by the graph itself

if __name__ == '__main__':
    count = 0
    for case in exports(*sys.argv[2:]):
        check(sys.argv[1], *case)
        count += 1
    print(f'{count} exports of {len(MODULES)} modules have the logits and gradients that PyTorch has')
