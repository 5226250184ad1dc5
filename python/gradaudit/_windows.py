# SPDX-License-Identifier: Apache-2.0
"""PyTorch's convolutions, pooling and padding as operators of ONNX; see _operators.py"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional

import torch
from torch import Tensor
from torch.nn import functional as F

from ._arithmetic import two
from ._layout import Flow, cut, made, prefix, words
from ._rows import Made, layer, main, need_images_first, need_planes, sides
from ._shapes import by_matrix, joined, places

if TYPE_CHECKING:
    from ._trace import Trace


def _conv(n: int) -> Callable[..., Made]:
    name = f"conv{n}d"

    def row(trace: Trace, result: Tensor, input: Any, weight: Tensor, bias: Optional[Tensor] = None, stride: Any = 1,
            padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Made:
        flow = layer(trace, input, weight, bias, name)
        need_planes(trace, flow, n)
        kernel, gaps = list(weight.shape[2:]), sides(dilation, n)
        if padding == "same":  # the odd one is at the end
            reach = [gap * (size - 1) for size, gap in zip(kernel, gaps)]
            pads = [all // 2 for all in reach] + [all - all // 2 for all in reach]
        else:
            pads = sides(0 if padding == "valid" else padding, n) * 2
        inputs = [flow.name, trace.constant(weight, f"{prefix(trace, name)}.weight")]
        if bias is not None:
            inputs.append(trace.constant(bias, f"{prefix(trace, name)}.bias"))
        return trace.emit("Conv", inputs, name, kernel_shape=kernel, strides=sides(stride, n), pads=pads, dilations=gaps,
                          group=groups)
    return row


def _conv_transpose(n: int) -> Callable[..., Made]:
    name = f"conv_transpose{n}d"

    def row(trace: Trace, result: Tensor, input: Any, weight: Tensor, bias: Optional[Tensor] = None, stride: Any = 1,
            padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Made:
        flow = layer(trace, input, weight, bias, name)
        need_planes(trace, flow, n)
        inputs = [flow.name, trace.constant(weight, f"{prefix(trace, name)}.weight")]
        if bias is not None:
            inputs.append(trace.constant(bias, f"{prefix(trace, name)}.bias"))
        return trace.emit("ConvTranspose", inputs, name, kernel_shape=list(weight.shape[2:]), strides=sides(stride, n),
                          pads=sides(padding, n) * 2, output_padding=sides(output_padding, n), dilations=sides(dilation, n),
                          group=groups)
    return row


def _indices(trace: Trace, result: Any, *args: Any, **kwargs: Any) -> Made:
    raise trace.fault("max pooling with return_indices is not supported: leave it out")


def _ends(flow: Flow, result: Tensor, kernel: list[int], stride: list[int], pad: list[int], gaps: list[int]) -> list[int]:
    """How far each side is padded at its end so that the last window is that of the result: further than pad with ceil_mode."""
    made = [(out - 1) * step + gap * (size - 1) + 1 - old - before
            for out, step, gap, size, old, before in zip(result.shape[2:], stride, gaps, kernel, flow.per_image[1:], pad)]
    return [max(*two) for two in zip(made, pad)]


def _max_pool(n: int) -> Callable[..., Made]:
    def row(trace: Trace, result: Any, input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
            ceil_mode: bool = False, return_indices: bool = False) -> Made:
        flow = main(trace, input, "max_pool")
        need_planes(trace, flow, n)
        if return_indices:
            _indices(trace, result)
        kernel, pad, gaps = sides(kernel_size, n), sides(padding, n), sides(dilation, n)
        steps = kernel if stride in (None, [], ()) else sides(stride, n)
        return trace.emit("MaxPool", [flow.name], f"max_pool{n}d", kernel_shape=kernel, strides=steps, dilations=gaps,
                          pads=pad + _ends(flow, result, kernel, steps, pad, gaps))
    return row


def _mean_pool(n: int) -> Callable[..., Made]:
    def row(trace: Trace, result: Tensor, input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0,
            ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: Optional[int] = None) -> Made:
        flow = main(trace, input, "avg_pool")
        need_planes(trace, flow, n)
        kernel, pad = sides(kernel_size, n), sides(padding, n)
        size = int(torch.tensor(kernel).prod())
        if divisor_override not in (None, size):
            raise trace.fault(f"mean pooling with divisor_override={divisor_override} is not supported: leave it out, and "
                              f"multiply what the pooling makes by {size}/{divisor_override}")
        steps = kernel if stride in (None, [], ()) else sides(stride, n)
        ends = _ends(flow, result, kernel, steps, pad, [1] * n)
        name = flow.name
        if ends != pad and any(pad) and count_include_pad:  # what PyTorch counts is padding, and not what ceil_mode adds
            name = padded(trace, flow, pad, pad)
            pad, ends = [0] * n, [end - before for end, before in zip(ends, pad)]
        counts = count_include_pad and ends == pad
        return trace.emit("AveragePool", [name], f"avg_pool{n}d", kernel_shape=kernel, strides=steps, pads=pad + ends,
                          count_include_pad=int(counts))
    return row


def _uneven_means(trace: Trace, flow: Flow, size: tuple[int, ...]) -> Made:
    """Means of windows of several sizes: the sums along one side after the other, divided by how many numbers those have."""
    counts = torch.ones((), dtype=trace.dtype)
    for k, (whole, n) in enumerate(zip(flow.per_image[1:], size)):
        window = torch.zeros(whole, n, dtype=trace.dtype)
        for i in range(n):
            window[i * whole // n:-(-(i + 1) * whole // n), i] = 1
        flow = by_matrix(trace, flow, k + 2, window, "windows")
        counts = counts[..., None] * window.sum(0)
    return two(trace, "Div", flow, counts)


def _adaptive(n: int, operator: str) -> Callable[..., Made]:
    def row(trace: Trace, result: Any, input: Any, output_size: Any = None, return_indices: bool = False) -> Made:
        flow = main(trace, input, "adaptive pooling")
        need_planes(trace, flow, n)
        if return_indices:
            return _indices(trace, result)
        size, old = tuple(result.shape[2:]), flow.per_image[1:]
        if size == old:
            return flow
        if any(whole % part for whole, part in zip(old, size)):
            if operator == "MaxPool":
                raise trace.fault(f"adaptive pooling of {' x '.join(map(str, old))} numbers into {' x '.join(map(str, size))} has "
                                  f"windows of several sizes, which is not supported: use an output size that divides, or "
                                  f"MaxPool{n}d")
            return _uneven_means(trace, flow, size)
        if set(size) == {1}:
            return trace.emit("GlobalAveragePool" if operator == "AveragePool" else "GlobalMaxPool", [flow.name], "adaptive_pool")
        kernel = [whole // part for whole, part in zip(old, size)]
        return trace.emit(operator, [flow.name], "adaptive_pool", kernel_shape=kernel, strides=kernel)
    return row


def padded(trace: Trace, flow: Flow, begin: list[int], end: list[int], mode: str = "constant") -> str:
    """The name of the flow with so many numbers, 0 or as the mode says, at the begin and end of its last sides."""
    before = [0] * (len(flow.per_image) + 1 - len(begin))
    pads = trace.integers([*before, *begin, *before, *end], f"{prefix(trace, 'pad')}.pads")
    return trace.emit("Pad", [flow.name, pads], "pad", mode=mode)


def _wrapped(trace: Trace, flow: Flow, begin: list[int], end: list[int]) -> Flow:
    """Circular padding: the other end's numbers before and behind."""
    for k, (before, behind) in enumerate(zip(begin, end)):
        d = len(flow.per_image) + 1 - len(begin) + k
        size = flow.per_image[d - 1]
        parts = [cut(trace, flow, {d: slice(size - before, size)})] if before else []
        parts += [flow, *([cut(trace, flow, {d: slice(0, behind)})] if behind else [])]
        flow = joined(trace, parts, d)
    return flow


def _pad(trace: Trace, result: Tensor, input: Any, pad: Any, mode: str = "constant", value: Any = None) -> Made:
    flow = main(trace, input, "pad")
    pad = list(pad)
    if not flow.is_plain or len(pad) // 2 > len(flow.per_image):
        raise trace.fault(f"it pads the dimension of the images of {words(flow)}")
    begin, end = pad[-2::-2], pad[::-2]
    if mode == "circular":
        return _wrapped(trace, flow, begin, end)
    if mode != "constant":
        return padded(trace, flow, begin, end, {"reflect": "reflect", "replicate": "edge"}[mode])
    name = padded(trace, flow, begin, end)
    if value in (None, 0):
        return name
    border = torch.full(result.shape[1:], float(value), dtype=trace.dtype)  # added to 0, it is what it is
    inside = [slice(None)] * (border.dim() - len(begin))
    inside += [slice(max(a, 0), size - max(b, 0)) for a, b, size in zip(begin, end, result.shape[-len(begin):])]
    border[tuple(inside)] = 0
    return two(trace, "Add", made(trace, flow, name, result.shape[1:]), border)


def _interpolate(trace: Trace, result: Tensor, input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                 align_corners: Optional[bool] = None, recompute_scale_factor: Any = None, antialias: bool = False) -> Made:
    """By whole factors the nearest; else along one side after the other, by what PyTorch makes of each number of it."""
    flow = main(trace, input, "interpolate")
    need_images_first(trace, flow)
    factors = [new / old for new, old in zip(result.shape[1:], flow.per_image)]
    n = len(factors) - 1
    scales = None if scale_factor is None or recompute_scale_factor else scale_factor
    scales = [scales] * n if isinstance(scales, (int, float)) else scales
    whole = all(factor == int(factor) for factor in [*factors, *(scales or [])])
    if mode.startswith("nearest") and whole and set(factors) != {1.0}:
        given = trace.numbers([1.0, *factors], f"{prefix(trace, 'interpolate')}.scales")
        return trace.emit("Resize", [flow.name, "", given], "interpolate", mode="nearest", nearest_mode="floor",
                          coordinate_transformation_mode="asymmetric")
    if mode not in ("nearest", "nearest-exact", "linear", "bilinear", "bicubic"):
        raise trace.fault(f"interpolation of mode {mode} is not supported: of modes nearest, linear, bilinear and bicubic it is")
    for k, (new, old) in enumerate(zip(result.shape[2:], flow.per_image[1:])):
        to = dict(size=[new, 1]) if scales is None else dict(scale_factor=[scales[k], 1.0])
        two_sided = {"linear": "bilinear"}.get(mode, mode)
        each = torch.eye(old, dtype=trace.dtype)[None, :, :, None]
        weights = F.interpolate(each, **to, mode=two_sided, align_corners=align_corners, antialias=antialias).reshape(old, new)
        if mode.startswith("nearest"):
            flow = places(trace, flow, k + 2, weights.argmax(0))
        elif not torch.equal(weights, torch.eye(old, new, dtype=trace.dtype)):
            flow = by_matrix(trace, flow, k + 2, weights, "weights")
    return flow


ROWS: dict[str, Callable[..., Made]] = {
    "conv1d": _conv(1), "conv2d": _conv(2), "max_pool1d _max_pool1d": _max_pool(1), "max_pool2d _max_pool2d": _max_pool(2),
    "avg_pool1d": _mean_pool(1), "avg_pool2d": _mean_pool(2),
    "adaptive_avg_pool1d": _adaptive(1, "AveragePool"), "adaptive_avg_pool2d": _adaptive(2, "AveragePool"),
    "adaptive_max_pool1d _adaptive_max_pool1d": _adaptive(1, "MaxPool"),
    "adaptive_max_pool2d _adaptive_max_pool2d": _adaptive(2, "MaxPool"),
    "max_pool1d_with_indices max_pool2d_with_indices adaptive_max_pool1d_with_indices adaptive_max_pool2d_with_indices": _indices,
    "conv_transpose1d": _conv_transpose(1), "conv_transpose2d": _conv_transpose(2),
    "pad _pad": _pad, "interpolate upsample upsample_nearest": _interpolate,
}
