# SPDX-License-Identifier: Apache-2.0
"""Small networks as people write them, and functions of tensors between two layers: what from_torch takes; see modules.py."""

import torch
from torch import nn
from torch.nn import functional as F


class Of(nn.Module):
    """A function of itself and x, with modules m1, m2, ... and tensors, of which those with gradients are parameters."""

    def __init__(self, function, *modules, **tensors):
        super().__init__()
        self.function = function
        for k, m in enumerate(modules):
            setattr(self, f"m{k + 1}", m)
        for name, t in tensors.items():
            self.register_buffer(name, t)

    def forward(self, x):
        return self.function(self, x)


class Basic(nn.Module):
    """Two convolutions beside a shortcut, added in place."""

    def __init__(self, n_in, n_out, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out)
        self.conv2, self.bn2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False), nn.BatchNorm2d(n_out)
        same = stride == 1 and n_in == n_out
        self.short = nn.Sequential(*[] if same else [nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out)])

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        out += self.short(x)
        return F.relu(out)


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(True), nn.MaxPool2d(3, 2, 1))
        self.layers = nn.ModuleList([Basic(4, 4), Basic(4, 6, 2)])
        self.pool, self.fc = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(6, 3)

    def forward(self, x):
        x = self.stem(x)
        for layer in self.layers:
            x = layer(x)
        return self.fc(torch.flatten(self.pool(x), 1))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 3, 5, padding=2), nn.Conv2d(3, 4, 3)
        self.fc1, self.fc2, self.drop = nn.Linear(4 * 2 * 2, 8), nn.Linear(8, 3), nn.Dropout2d()

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.drop(self.conv2(x))), 2)
        x = F.relu(self.fc1(x.view(-1, x.size()[1:].numel())))
        return F.log_softmax(self.fc2(F.dropout(x, training=self.training)), dim=1)


class Attention(nn.Module):
    """As in timm: three indices, or three parts of a tensor that is gone through, and with einsum."""

    def __init__(self, width, einsum=False):
        super().__init__()
        self.einsum, self.qkv, self.proj = einsum, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        n, length, width = x.shape
        qkv = self.qkv(x).reshape(n, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        if self.einsum:
            q, k, v = qkv
            weights = torch.einsum("bhid,bhjd->bhij", q, k).mul((width // 2)**-0.5).softmax(-1)
            return self.proj(torch.einsum("bhij,bhjd->bhid", weights, v).transpose(1, 2).flatten(2))
        q, k, v = qkv[0], qkv[1], qkv[2]
        weights = ((q @ k.transpose(-2, -1)) * (width // 2)**-0.5).softmax(dim=-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(n, length, width))


class MultiHead(nn.Module):
    def __init__(self, width, batch_first):
        super().__init__()
        self.attention, self.batch_first = nn.MultiheadAttention(width, 2, batch_first=batch_first), batch_first

    def forward(self, x):
        x = x if self.batch_first else x.transpose(0, 1)
        y, _ = self.attention(x, x, x)
        return y if self.batch_first else y.transpose(0, 1)


class ViT(nn.Module):
    def __init__(self, attention, mean):
        super().__init__()
        self.mean, self.patch, self.attention = mean, nn.Conv2d(3, 4, 4, 4), attention
        self.token, self.places = nn.Parameter(torch.randn(1, 1, 4)), nn.Parameter(torch.randn(1, 5, 4))
        self.norm1, self.norm2, self.norm = nn.LayerNorm(4), nn.LayerNorm(4), nn.LayerNorm(4, eps=1e-6)
        self.mlp, self.head = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Dropout(), nn.Linear(6, 4)), nn.Linear(4, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1) + self.places
        x = x + self.attention(self.norm1(x))
        x = self.norm(x + self.mlp(self.norm2(x)))
        return self.head(x.mean(dim=1) if self.mean else x[:, 0])


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.norm1, self.norm2 = nn.Conv2d(3, 5, 4, 4), nn.LayerNorm(5), nn.LayerNorm(5)
        self.tokens = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4))
        self.channels, self.head = nn.Sequential(nn.Linear(5, 6), nn.GELU(), nn.Linear(6, 5)), nn.Linear(5, 3)

    def forward(self, x):
        x = self.patch(x)
        n, c, h, w = x.shape
        x = x.permute(0, 2, 3, 1).reshape(n, h * w, c)
        x = x + self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return self.head((x + self.channels(self.norm2(x))).mean(1))


class ConvNeXt(nn.Module):
    """With its own layer norm of channels."""

    def __init__(self):
        super().__init__()
        self.stem, self.depthwise = nn.Conv2d(3, 4, 2, 2), nn.Conv2d(4, 4, 7, padding=3, groups=4)
        self.weight, self.bias, self.gamma = (nn.Parameter(torch.rand(4)) for _ in range(3))
        self.norm, self.last = nn.LayerNorm(4, eps=1e-6), nn.LayerNorm(4)
        self.mlp, self.head = nn.Sequential(nn.Linear(4, 16), nn.GELU(), nn.Linear(16, 4)), nn.Linear(4, 3)

    def forward(self, x):
        x = self.stem(x)
        mean = x.mean(1, keepdim=True)
        x = (x - mean) / torch.sqrt((x - mean).pow(2).mean(1, keepdim=True) + 1e-6)
        x = self.weight[:, None, None] * x + self.bias[:, None, None]
        y = self.gamma * self.mlp(self.norm(self.depthwise(x).permute(0, 2, 3, 1)))
        return self.head(self.last((x + y.permute(0, 3, 1, 2)).mean([-2, -1])))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 4, 3, padding=1)
        self.up, self.join = nn.ConvTranspose2d(4, 3, 2, stride=2), nn.Conv2d(6, 2, 3, padding=1)
        self.wide, self.fc = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.Linear(128, 3)

    def forward(self, x):
        a = torch.relu(self.down1(x))
        b = torch.relu(self.down2(F.max_pool2d(a, 2)))
        y = self.join(torch.cat([self.up(b), a], dim=1))
        return self.fc((y + self.wide(F.avg_pool2d(y, 2))).flatten(1))


class Shifted(nn.Module):
    """Attention within windows that are counted as images, as in Swin."""

    def __init__(self):
        super().__init__()
        self.patch, self.norm, self.attention, self.head = nn.Conv2d(3, 4, 2, 2), nn.LayerNorm(4), Attention(4), nn.Linear(4, 3)

    def forward(self, x):
        x = self.patch(x).permute(0, 2, 3, 1)
        n, h, w, c = x.shape
        y = torch.roll(self.norm(x), shifts=(-1, -1), dims=(1, 2)).view(n, h // 2, 2, w // 2, 2, c)
        y = self.attention(y.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, 4, c)).view(-1, h // 2, w // 2, 2, 2, c)
        y = torch.roll(y.permute(0, 1, 3, 2, 4, 5).contiguous().view(n, h, w, c), (1, 1), (1, 2))
        return self.head((x + y).view(n, h * w, c).mean(1))


class Decoder(nn.Module):
    """A block of a language model whose rows do not see what comes after them."""

    def __init__(self):
        super().__init__()
        self.embed, self.qkv, self.proj, self.norm = nn.Linear(4, 4), nn.Linear(4, 12), nn.Linear(4, 4), nn.LayerNorm(4)
        self.mlp, self.head = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4)), nn.Linear(4, 3)
        self.register_buffer("mask", torch.tril(torch.ones(5, 5)).view(1, 1, 5, 5))

    def forward(self, x):
        x = self.embed(x)
        n, length, width = x.size()
        q, k, v = (t.view(n, length, 2, width // 2).transpose(1, 2) for t in self.qkv(self.norm(x)).split(width, dim=2))
        weights = (q @ k.transpose(-2, -1)) * (1 / k.size(-1)**0.5)
        weights = F.softmax(weights.masked_fill(self.mask[:, :, :length, :length] == 0, -10.0), dim=-1)
        x = x + self.proj((weights @ v).transpose(1, 2).contiguous().view(n, length, width))
        return self.head((x + self.mlp(x))[:, -1, :])


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.out = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.b.weight = self.a.weight

    def forward(self, x):
        x = torch.tanh(F.linear(torch.tanh(self.a(x)), self.a.weight.t()))
        return self.out(torch.tanh(self.b(x)))


def attention(*tensors):
    """PyTorch's own, as releases before 2 call it too."""
    made = getattr(F, "scaled_dot_product_attention", getattr(F, "_scaled_dot_product_attention", None))(*tensors)
    return made[0] if isinstance(made, tuple) else made


def activations(*modules):
    return nn.Sequential(nn.Linear(5, 6), *[part for module in modules for part in (module, nn.LazyLinear(6))], nn.LazyLinear(3))


def between(function, shape=(6,), **tensors):
    """A function of tensors of a shape between two layers, with the shape of an input."""
    size = torch.Size(shape).numel()
    unflatten = [nn.Unflatten(1, shape)] if len(shape) > 1 else []
    return nn.Sequential(nn.Linear(5, size), *unflatten, Of(function, **tensors), nn.Flatten(), nn.LazyLinear(3)), (5,)


IMAGE, ROWS = (3, 8, 8), (5, 4)


def encoder(**options):
    """A layer of PyTorch's transformer."""
    return nn.TransformerEncoderLayer(4, 2, 6, **options)


#: Networks, with the shape of an input.
NETWORKS = {
    "ResNet": lambda: (ResNet(), IMAGE),
    "bottlenecks": lambda: (nn.Sequential(nn.Conv2d(3, 6, 3), Of(lambda s, x: F.relu(s.m1(x) + x), nn.Sequential(
        nn.Conv2d(6, 4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1, groups=2), nn.ReLU(), nn.Conv2d(4, 6, 1))),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3)), IMAGE),
    "LeNet": lambda: (LeNet(), (1, 12, 12)),
    "VGG": lambda: (nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(True), nn.MaxPool2d(2)),
                                  nn.AdaptiveAvgPool2d((7, 3)), nn.Flatten(), nn.Linear(84, 8), nn.ReLU(True), nn.Dropout(),
                                  nn.Linear(8, 3)), IMAGE),
    "ViT": lambda: (ViT(Attention(4), True), IMAGE),
    "ViT of a token": lambda: (ViT(Attention(4, einsum=True), False), IMAGE),
    "ViT of heads": lambda: (ViT(MultiHead(4, True), True), IMAGE),
    "ViT of heads, length first": lambda: (ViT(MultiHead(4, False), True), IMAGE),
    "Mixer": lambda: (Mixer(), IMAGE), "ConvNeXt": lambda: (ConvNeXt(), IMAGE), "UNet": lambda: (UNet(), (1, 8, 8)),
    "shifted windows": lambda: (Shifted(), IMAGE), "decoder": lambda: (Decoder(), ROWS), "tied": lambda: (Tied(), (6,)),
    "encoder": lambda: (Of(lambda s, x: s.m2(s.m1(x.permute(1, 0, 2)).mean(0)), nn.TransformerEncoder(encoder(), 2),
                           nn.Linear(4, 3)), ROWS),
    "encoder with a mask": lambda: (Of(lambda s, x: s.m2(s.m1(x, s.mask)[:, 0]), encoder(batch_first=True, norm_first=True),
                                       nn.Linear(4, 3), mask=torch.randn(5, 5)), ROWS),
    "attention by a constant": lambda: (Of(lambda s, x: s.m2(s.m1(s.q.expand(len(x), -1, -1), x, x)[0].flatten(1)),
                                           nn.MultiheadAttention(4, 2, batch_first=True), nn.Linear(8, 3), q=torch.randn(1, 2, 4)),
                                        ROWS),
    "attention of images": lambda: (Of(lambda s, x: (lambda q, k, v: s.m4((v @ torch.softmax(q.transpose(1, 2) @ k, 1)).mean(2)))(
        *(m(x).flatten(2) for m in (s.m1, s.m2, s.m3))), nn.Conv2d(3, 2, 1), nn.Conv2d(3, 2, 1), nn.Conv2d(3, 4, 1),
        nn.Linear(4, 3)), (3, 3, 3)),
    "squeeze and excitation": lambda: (Of(lambda s, x: (lambda z: s.m3((z * s.m2(F.adaptive_avg_pool2d(z, 1).view(len(x), 4)).view(
        len(x), 4, 1, 1).expand_as(z)).mean((2, 3))))(s.m1(x)), nn.Conv2d(3, 4, 3), nn.Sequential(
            nn.Linear(4, 2), nn.ReLU(), nn.Linear(2, 4), nn.Sigmoid()), nn.Linear(4, 3)), IMAGE),
    "images and rows together": lambda: (Of(lambda s, x: s.m2(torch.relu(s.m1(x.reshape(-1, 4))).view(len(x), 5, 6).mean(1)),
                                            nn.Linear(4, 6), nn.Linear(6, 3)), ROWS),
    "frames": lambda: (Of(lambda s, x: s.m2(s.m1(x.view(-1, 1, 4, 4)).view(len(x), 3, -1).mean(1)), nn.Sequential(
        nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2, 1), nn.Flatten()), nn.Linear(8, 3)), (3, 4, 4)),
    "points": lambda: (Of(lambda s, x: s.m2(torch.max(torch.relu(s.m1(x)), 2)[0]), nn.Conv1d(3, 6, 1), nn.Linear(6, 3)), (3, 7)),
    "videos": lambda: (Of(lambda s, x: s.m1(torch.cat([((x - 0.5) * 2).permute(0, 2, 1, 3, 4).flatten(2).mean(1),
                                                       x[:, :, 0, 0, 0]], 1)), nn.Linear(18, 3)), (2, 3, 4, 2)),
    "sums of videos": lambda: (Of(lambda s, x: s.m1(x.sum((2, 3, 4)) * x.mean((2, 3, 4))), nn.Linear(2, 3)), (2, 3, 4, 2)),
    "norms of groups": lambda: (nn.Sequential(nn.Conv2d(3, 6, 3), nn.GroupNorm(2, 6), nn.ReLU(), nn.GroupNorm(6, 6, affine=False),
                                              nn.InstanceNorm2d(6, affine=True), nn.InstanceNorm2d(6, track_running_stats=True),
                                              nn.Flatten(), nn.LazyLinear(3)), (3, 5, 5)),
    "norms of neighbours": lambda: (nn.Sequential(nn.Conv2d(3, 6, 3), nn.LocalResponseNorm(4, 0.5, k=2), nn.LocalResponseNorm(
        3, 0.5), nn.Flatten(), nn.LazyLinear(3)), (3, 5, 5)),
    "paddings": lambda: (nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), nn.ReplicationPad2d(1),
                                       nn.Conv2d(4, 2, 3, padding=2, padding_mode="circular"), nn.Flatten(), nn.LazyLinear(3)),
                         (3, 4, 5)),
    "shuffled pixels": lambda: (nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.PixelShuffle(2), nn.Conv2d(2, 2, 3),
                                              nn.PixelUnshuffle(2), nn.Flatten(), nn.LazyLinear(3)), (3, 4, 4)),
    "interpolated": lambda: (nn.Sequential(nn.Conv2d(3, 2, 3), nn.UpsamplingNearest2d(size=(6, 12)), nn.Upsample(
        size=(4, 5), mode="bicubic"), nn.Upsample(scale_factor=1.5), nn.Upsample(
            scale_factor=(1.05, 1.7), mode="bilinear"), nn.Flatten(), nn.LazyLinear(3)), (3, 5, 6)),
    "interpolated lengths": lambda: (nn.Sequential(nn.Conv1d(3, 4, 3), nn.GLU(1), nn.Upsample(scale_factor=2, mode="linear"),
                                                   nn.Upsample(scale_factor=2), nn.Flatten(), nn.LazyLinear(3)), (3, 6)),
    "activations": lambda: (activations(nn.LogSigmoid(), nn.Tanhshrink(), nn.Softshrink(0.3), nn.Softmin(1), nn.Threshold(0, 0),
                                        nn.RReLU(), nn.GLU(), nn.Softplus(2.5), nn.SELU(), nn.LeakyReLU(), nn.ELU(0.3)), (5,)),
    "spreads": lambda: between(lambda s, x: torch.cat([
        x.var(1), x.std(2, unbiased=False), x.norm(dim=1), F.normalize(x, dim=-1).flatten(1), torch.linalg.norm(x, dim=2),
        x.var(dim=(1, 2), keepdim=True).flatten(1), x.norm(p=1, dim=2), *torch.var_mean(x, 2), *torch.std_mean(x, 1)], 1), (2, 3)),
    "places": lambda: between(lambda s, x: torch.cat([
        x[:, [0, 3, 1]], x[:, torch.tensor([5, 4, 2])], x.index_select(1, torch.tensor([1, 1])), x.flip(1), x.roll(2, 1),
        x[:, torch.tensor([True, False, True, True, False, False])], x.cumsum(1)], 1)),
    "copies": lambda: between(lambda s, x: torch.cat([x.repeat(1, 2, 1), x.repeat_interleave(2, 1), x.tile(2, 1)], 1).sum(-1),
                              (3, 2)),
    "dimensions": lambda: between(lambda s, x: x.movedim(1, -1) * x.permute(0, 2, 3, 1) + x.swapaxes(1, 3).swapaxes(1, 2) +
                                  (x.mT + x.transpose(2, 3)[..., None].squeeze(-1)).transpose(1, 3).transpose(1, 2).reshape_as(
                                      x.permute(0, 2, 3, 1)), (2, 3, 2)),
    "attention in one": lambda: between(lambda s, x: attention(x, torch.tanh(x), x) + attention(x, x, x, s.mask), (3, 4),
                                        mask=torch.rand(3, 3)),
    "clipped one way": lambda: between(lambda s, x: x.clamp_min(-0.25) * x.clamp_max(0.25)),
    "turned": lambda: between(lambda s, x: (s.w @ x.t()).t() + x.T.T @ s.w.T, w=torch.rand(6, 6)),
    "stacked": lambda: between(lambda s, x: torch.stack([x, x * 2, torch.tanh(x)], dim=1).mean(1) + torch.hstack([x, x])[:, :6] +
                               torch.stack([x, s.c.expand_as(x), torch.zeros_like(x)], -1).sum(-1), c=torch.rand(6)),
    "broadcast": lambda: between(lambda s, x: (x[:, :, None] * x[:, None, :]).sum(1) + x[:, :1] * s.c.new_ones(6) +
                                 (x.unsqueeze(2) - s.c).abs().mean(2), c=torch.rand(4)),
    "masks": lambda: between(lambda s, x: torch.where(s.m, x, 2 * x) + torch.where(s.m, x, 0.25 * s.one) + x.masked_fill(s.m, 0.5) +
                             torch.tril(x[:, :, None] * x[:, None]).sum(2) + torch.triu(x[:, :, None] * x[:, None]).sum(2),
                             m=torch.tensor([True, False, True, True, False, False]), one=torch.ones(())),
    "products and sums": lambda: between(lambda s, x: torch.lerp(x, torch.tanh(x), 0.3) + torch.addcdiv(x, x, 1 + x * x, value=2) +
                                         torch.addcmul(x, x, torch.sigmoid(x), value=0.5)),
    "matrices": lambda: between(lambda s, x: torch.matmul(s.v, x) @ s.w + torch.bmm(x, x.transpose(1, 2)) @ x @ s.w + (
        x @ s.u).unsqueeze(2) + torch.baddbmm(x, x @ x.transpose(1, 2), x, beta=0.5, alpha=2) @ s.w, (3, 4), w=torch.rand(4, 5),
        v=torch.rand(3, 3), u=torch.rand(4)),
    "sums of products": lambda: between(lambda s, x: torch.einsum("nij,jk->nki", x, s.w) + torch.einsum("kj,nij->nki", s.v, x) +
                                        torch.einsum("nij,nkj->nik", x, x).sum(1, keepdim=True), (3, 4), w=torch.rand(4, 5),
                                        v=torch.rand(5, 4)),
    "sums of products of parts": lambda: between(lambda s, x: torch.einsum("hij,bhi->jbh", s.w, x).permute(1, 2, 0) + torch.einsum(
        "...ij,jk->...ik", x, s.v) + torch.einsum("bij->b", x)[:, None, None] + torch.einsum("bij,bkl->bi", x, x)[:, :, None],
        (2, 3), w=torch.rand(2, 3, 4), v=torch.rand(3, 4)),
    "products of parts": lambda: between(lambda s, x: (x[:, :, None] @ s.w).squeeze(2) + (s.w.mT @ x[:, :, :, None])[..., 0] + (
        x[:, None] @ s.w).sum(2), (2, 3), w=torch.rand(2, 3, 4)),
    "images before and behind": lambda: between(lambda s, x: torch.tanh(x.permute(1, 0, 2).reshape(-1)).view(2, -1, 3).permute(
        1, 0, 2) + torch.tanh(x.transpose(0, 1).reshape(-1, 3) @ s.w + s.c).view(2, -1, 3).transpose(0, 1), (2, 3),
        w=torch.rand(3, 3), c=torch.rand(1, 3)),
    "heads beside images": lambda: between(lambda s, x: (lambda q: (q @ q.transpose(1, 2)).softmax(-1) @ q)(x.transpose(
        0, 1).contiguous().view(3, -1, 2).transpose(0, 1)).transpose(0, 1).contiguous().view(3, -1, 4).transpose(0, 1), (3, 4)),
    "numbers of an image": lambda: between(lambda s, x: (x.sum(1) + x.mean(1)).unsqueeze(1) * x / (x.abs().sum(-1)[:, None] + 1)),
    "a product added": lambda: (Of(lambda s, x: s.m1(torch.relu(torch.addmm(s.b, x, s.w))), nn.Linear(4, 3), b=torch.rand(4),
                                   w=torch.rand(5, 4)), (5,)),
    "root mean squares": lambda: (Of(lambda s, x: s.m2((lambda y: y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-6) * s.g)(
        s.m1(x)).mean(1)), nn.Linear(4, 6), nn.Linear(6, 3), g=torch.rand(6)), ROWS),
    "largest and least": lambda: between(lambda s, x: x.max(2).values + x.min(dim=1, keepdim=True)[0].sum(2) + torch.maximum(
        x[:, 0, :1], x[:, 1, 1:2]), (4, 2)),
}
