# SPDX-License-Identifier: Apache-2.0
"""PyTorch's sums, means and softmax along dimensions, and normalisation made of them, as operators of ONNX; see _operators.py"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any, Optional

import torch
from torch import Tensor

from . import _layout
from ._arithmetic import quotient_by, two
from ._layout import Flow, place, prefix, rank, swap
from ._rows import Made, alike, main, need_images_first, scalar
from ._shapes import by_matrix

if TYPE_CHECKING:
    from ._trace import Trace


def reduce(trace: Trace, flow: Flow, operator: str, dims: Sequence[int], keepdim: bool) -> Flow:
    """The sums or means over some dimensions of the tensor."""
    places = sorted(place(trace, flow, d) for d in dims)
    kept = keepdim or len(places) == len(flow.per_image)
    given = trace.integers([k + 1 for k in places], f"{prefix(trace, 'sum')}.axes")
    name = trace.emit(operator, [trace.shaped(flow).name, given], "mean" if operator == "ReduceMean" else "sum", keepdims=int(kept))
    ones = [1 if k in places else size for k, size in enumerate(flow.per_image)]
    trace.shapes[name] = tuple(ones) if kept else tuple(size for k, size in enumerate(flow.per_image) if k not in places)
    flow = replace(flow, name=name, per_image=tuple(ones), steps=False)
    return flow if keepdim else _layout.without(trace, flow, dims)


def _dimensions(flow: Flow, dim: Any) -> list[int]:
    """Those given, or all."""
    return list(range(rank(flow))) if dim is None or dim == () or dim == [] else [dim] if isinstance(dim, int) else list(dim)


def _reduce(operator: str) -> Callable[..., Made]:
    def row(trace: Trace, result: Tensor, input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None,
            dtype: Any = None) -> Made:
        flow = main(trace, input, "sum")
        return reduce(trace, flow, operator, _dimensions(flow, dim if axis is None else axis), keepdim)
    return row


def _spread(trace: Trace, flow: Flow, dims: list[int], correction: int, keepdim: bool) -> tuple[Flow, Flow]:
    """The variance over dimensions, and the mean."""
    n = prod(flow.per_image[place(trace, flow, d)] for d in dims)
    mean = reduce(trace, flow, "ReduceMean", dims, True)
    apart = two(trace, "Sub", flow, mean)
    sums = reduce(trace, two(trace, "Mul", apart, apart), "ReduceSum", dims, keepdim)
    return quotient_by(trace, sums, float(n - correction), "numbers"), mean if keepdim else _layout.without(trace, mean, dims)


def _variance(root: bool, both: bool) -> Callable[..., Made]:
    def row(trace: Trace, result: Any, input: Any, dim: Any = None, unbiased: Any = True, keepdim: bool = False, *,
            correction: Any = None) -> Made:
        flow = main(trace, input, "var")
        if isinstance(dim, bool):  # var(unbiased)
            dim, unbiased = None, dim
        by = int(unbiased) if correction is None else int(correction)
        var, mean = _spread(trace, flow, _dimensions(flow, dim), by, keepdim)
        var = alike(trace, var, trace.emit("Sqrt", [trace.shaped(var).name], "std")) if root else var
        return [var, mean] if both else var
    return row


def length(trace: Trace, flow: Flow, p: Any, dims: list[int], keepdim: bool) -> Flow:
    """The 1- or 2-norm over dimensions."""
    if p == 1:
        return reduce(trace, alike(trace, flow, trace.emit("Abs", [flow.name], "abs")), "ReduceSum", dims, keepdim)
    if p not in (2, "fro", None):
        raise trace.fault(f"the norm of p = {p} is not supported: those of 1 and 2 are")
    sums = reduce(trace, two(trace, "Mul", flow, flow), "ReduceSum", dims, keepdim)
    return alike(trace, sums, trace.emit("Sqrt", [trace.shaped(sums).name], "norm"))


def _norm(trace: Trace, result: Tensor, input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, **kwargs: Any) -> Made:
    flow = main(trace, input, "norm")
    return length(trace, flow, kwargs.get("ord", p), _dimensions(flow, dim), keepdim)


def _normalize(trace: Trace, result: Tensor, input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None) -> Made:
    flow = main(trace, input, "normalize")
    norm = length(trace, flow, p, [dim], True)
    least = trace.emit("Clip", [trace.shaped(norm).name, scalar(trace, eps, "eps")], "normalize")
    return two(trace, "Div", flow, alike(trace, norm, least))


def softmax(trace: Trace, flow: Flow, dim: int, operator: str = "Softmax") -> Flow:
    """Or LogSoftmax, along a dimension of the tensor."""
    last = len(flow.per_image) - 1
    if place(trace, flow, dim) != last and (rank(flow) - 1 != flow.at) and not any(flow.joined):
        return swap(trace, softmax(trace, swap(trace, flow, dim, -1), -1, operator), dim, -1)
    axis = place(trace, flow, dim) + 1
    return alike(trace, flow, trace.emit(operator, [trace.shaped(flow).name], operator.lower(), axis=axis))


def _softmax(trace: Trace, result: Tensor, input: Any, dim: Optional[int] = None, _stacklevel: int = 3, dtype: Any = None) -> Made:
    flow = main(trace, input, "softmax")
    if dim is None or dtype not in (None, trace.dtype):
        raise trace.fault("softmax is known along a dimension that is given, of one type: dim=1")
    return softmax(trace, flow, dim)


def _softmin(trace: Trace, result: Tensor, input: Any, dim: Optional[int] = None, _stacklevel: int = 3, dtype: Any = None) -> Made:
    flow = main(trace, input, "softmin")
    if dim is None or dtype not in (None, trace.dtype):
        raise trace.fault("softmin is known along a dimension that is given, of one type: dim=1")
    return softmax(trace, alike(trace, flow, trace.emit("Neg", [flow.name], "neg", chain=False)), dim)


def _log_softmax(trace: Trace, result: Tensor, input: Any, dim: Optional[int] = None, _stacklevel: int = 3,
                 dtype: Any = None) -> Made:
    flow = main(trace, input, "log_softmax")
    if dim is None or dtype not in (None, trace.dtype):
        raise trace.fault("log_softmax is known along a dimension that is given, of one type: dim=1")
    return softmax(trace, flow, dim, "LogSoftmax")


def _affine(trace: Trace, flow: Flow, weight: Optional[Tensor], bias: Optional[Tensor], dims: int) -> Flow:
    """Times a weight and plus a bias for each channel, before so many dimensions."""
    for operator, value in ("Mul", weight), ("Add", bias):
        if value is not None:
            flow = two(trace, operator, flow, value.reshape(-1, *[1] * dims))
    return flow


def _layer_norm(trace: Trace, result: Tensor, input: Any, normalized_shape: Any, weight: Optional[Tensor] = None,
                bias: Optional[Tensor] = None, eps: float = 1e-5, *args: Any) -> Made:
    flow, n = main(trace, input, "layer_norm"), len(normalized_shape)
    for d in range(rank(flow) - n, rank(flow)):
        place(trace, flow, d)
    hint = prefix(trace, "layer_norm")
    scale = torch.ones((), dtype=trace.dtype) if weight is None else weight
    inputs = [flow.name, trace.constant(scale, f"{hint}.weight")]
    if bias is not None:
        inputs.append(trace.constant(bias, f"{hint}.bias"))
    return alike(trace, flow, trace.emit("LayerNormalization", inputs, "layer_norm", axis=-n, epsilon=float(eps)))


def _groups(trace: Trace, flow: Flow, n: int, eps: float) -> Flow:
    """Channels in n groups, each with all its numbers normalised together."""
    need_images_first(trace, flow)
    rows = trace.shaped(replace(flow, per_image=(n, prod(flow.per_image) // n)))
    one = trace.constant(torch.ones((), dtype=trace.dtype), f"{prefix(trace, 'group_norm')}.one")
    name = trace.emit("LayerNormalization", [rows.name, one], "group_norm", axis=-1, epsilon=float(eps))
    return trace.shaped(replace(alike(trace, rows, name), per_image=flow.per_image))


def _group_norm(trace: Trace, result: Tensor, input: Any, num_groups: int, weight: Optional[Tensor] = None,
                bias: Optional[Tensor] = None, eps: float = 1e-5, *args: Any) -> Made:
    flow = main(trace, input, "group_norm")
    return _affine(trace, _groups(trace, flow, num_groups, eps), weight, bias, len(flow.per_image) - 1)


def _instance_norm(trace: Trace, result: Tensor, input: Any, running_mean: Any = None, running_var: Any = None,
                   weight: Optional[Tensor] = None, bias: Optional[Tensor] = None, use_input_stats: bool = True,
                   momentum: float = 0.1, eps: float = 1e-5, *args: Any) -> Made:
    flow = main(trace, input, "instance_norm")
    if use_input_stats:
        return _affine(trace, _groups(trace, flow, flow.per_image[0], eps), weight, bias, len(flow.per_image) - 1)
    return batch_norm(trace, flow, running_mean, running_var, weight, bias, eps)


def _rms_norm(trace: Trace, result: Tensor, input: Any, normalized_shape: Any, weight: Optional[Tensor] = None,
              eps: Optional[float] = None) -> Made:
    flow = main(trace, input, "rms_norm")
    eps = torch.finfo(trace.dtype).eps if eps is None else eps
    mean = reduce(trace, two(trace, "Mul", flow, flow), "ReduceMean", list(range(-len(normalized_shape), 0)), True)
    root = alike(trace, mean, trace.emit("Sqrt", [two(trace, "Add", mean, eps).name], "sqrt"))
    made = two(trace, "Div", flow, root)
    return made if weight is None else two(trace, "Mul", made, weight)


def _local_response_norm(trace: Trace, result: Tensor, input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75,
                         k: float = 1.0) -> Made:
    """x / (k + alpha mean(x^2))^beta, of size channels around each, of which those beyond the border are 0."""
    flow = main(trace, input, "local_response_norm")
    need_images_first(trace, flow)
    n = flow.per_image[0]
    near = torch.ones(n, n, dtype=trace.dtype).tril(size // 2).triu(-((size - 1) // 2))
    squares = by_matrix(trace, two(trace, "Mul", flow, flow), 1, near, "channels")
    mean = two(trace, "Mul", quotient_by(trace, squares, float(size), "size"), alpha)
    return two(trace, "Div", flow, two(trace, "Pow", two(trace, "Add", mean, k), beta))


def batch_norm(trace: Trace, flow: Flow, mean: Tensor, var: Tensor, weight: Optional[Tensor], bias: Optional[Tensor],
               eps: float) -> Flow:
    """By statistics that were kept."""
    need_images_first(trace, flow)
    hint = prefix(trace, "batch_norm")
    numbers = {"weight": torch.ones_like(var) if weight is None else weight,
               "bias": torch.zeros_like(var) if bias is None else bias, "running_mean": mean, "running_var": var}
    inputs = [flow.name, *(trace.constant(value, f"{hint}.{what}") for what, value in numbers.items())]
    return alike(trace, flow, trace.emit("BatchNormalization", inputs, "batch_norm", epsilon=float(eps)))


def _batch_norm(trace: Trace, result: Tensor, input: Any, running_mean: Optional[Tensor], running_var: Optional[Tensor],
                weight: Optional[Tensor] = None, bias: Optional[Tensor] = None, training: bool = False, momentum: float = 0.1,
                eps: float = 1e-5, *args: Any) -> Made:
    flow = main(trace, input, "batch_norm")
    if training or running_mean is None or running_var is None:
        raise trace.fault("it normalises by the mean and variance of the batch, so that an image's numbers depend on the others: "
                          "use statistics that were kept (track_running_stats=True, training=self.training)")
    return batch_norm(trace, flow, running_mean, running_var, weight, bias, eps)


ROWS: dict[str, Callable[..., Made]] = {
    "sum": _reduce("ReduceSum"), "mean": _reduce("ReduceMean"), "var": _variance(False, False), "std": _variance(True, False),
    "var_mean": _variance(False, True), "std_mean": _variance(True, True), "norm linalg_norm linalg_vector_norm": _norm,
    "normalize": _normalize, "softmax": _softmax, "softmin": _softmin, "log_softmax": _log_softmax, "batch_norm": _batch_norm,
    "layer_norm": _layer_norm, "group_norm": _group_norm, "instance_norm": _instance_norm, "rms_norm": _rms_norm,
    "local_response_norm": _local_response_norm,
}
