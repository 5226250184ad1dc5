# SPDX-License-Identifier: Apache-2.0
"""PyTorch's arithmetic, of two tensors that flow or of one and a constant, as operators of ONNX; see _operators.py"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Optional, Union

import torch
from torch import Tensor

from . import _layout
from ._layout import Flow, prefix
from ._rows import Made, alike, main, number, scalar

if TYPE_CHECKING:
    from ._trace import Trace


def two(trace: Trace, operator: str, a: Any, b: Any) -> Flow:
    """An operator on a and b, flows or what the user gave, of which one or both flow."""
    operands: list[Any] = [value if isinstance(value, Flow) else trace.flow(value) for value in (a, b)]
    flows: list[Flow] = [flow for flow in operands if flow is not None]
    if len(flows) == 2:
        flows = operands = _layout.aligned(trace, flows, operator)
    sizes = [flow.per_image for flow in flows]
    names = []
    for value, flow in zip((a, b), operands):
        if flow is not None:
            names.append(trace.shaped(flow).name)
            continue
        tensor = number(trace, value, flows[0]).detach()
        names.append(trace.constant(tensor, f"{prefix(trace, operator.lower())}.constant"))
        own = tuple(tensor.shape)[-len(flows[0].per_image):] if tensor.dim() and flows[0].per_image else ()
        sizes.append((1,) * (len(flows[0].per_image) - len(own)) + own)
    made = trace.emit(operator, names, operator.lower(), chain=False)
    return replace(_layout.made(trace, flows[0], made, torch.broadcast_shapes(*sizes)), steps=False)


def _step(trace: Trace, operator: str, flow: Flow, constant: Any) -> Flow:
    """A step that normalises the input."""
    tensor = number(trace, constant, flow).detach()
    if tensor.dim() and len(flow.per_image) != 1 and not (trace.natural and len(flow.per_image) == 3):
        tensor = tensor.expand(1, *flow.per_image).contiguous()
    flat = bool(tensor.dim()) and not trace.natural
    if trace.natural:
        flow = trace.shaped(flow)
    name = trace.emit(operator, [flow.name, trace.constant(tensor, f"{prefix(trace, 'input')}.{operator.lower()}", flat=flat)],
                      operator.lower())
    trace.shapes[name] = trace.shapes[flow.name]
    return replace(flow, name=name)


def scaled(trace: Trace, value: Any, factor: Union[float, Tensor]) -> Any:
    """value times factor, which flows if value does."""
    flow = value if isinstance(value, Flow) else trace.flow(value)
    if isinstance(factor, (int, float)) and factor == 1:
        return value
    return value * factor if flow is None else two(trace, "Mul", flow, factor)


def _normalised(trace: Trace, value: Any, constant: Any) -> Optional[Flow]:
    """The flow that a value is, if the constant can normalise it: it does not make it larger."""
    flow = value if isinstance(value, Flow) else trace.flow(value)
    if flow is None or not flow.steps or not flow.is_plain or isinstance(constant, Flow) or trace.flow(constant) is not None:
        return None
    tensor = number(trace, constant, flow)
    shape = (1, *flow.per_image)[-tensor.dim():] if tensor.dim() else ()
    return flow if all(size in (1, own) for size, own in zip(tensor.shape, shape)) else None


def _add(trace: Trace, result: Tensor, input: Any, other: Any, *, alpha: float = 1) -> Made:
    other = scaled(trace, other, alpha)
    a, b = trace.flow(input), other if isinstance(other, Flow) else trace.flow(other)
    if a is not None and b is not None:
        return two(trace, "Add", a, b)
    flow, constant = (a, other) if a is not None else (b, input)
    assert flow is not None
    if _normalised(trace, flow, constant):
        return _step(trace, "Sub", flow, -number(trace, constant, flow))
    tensor = number(trace, constant, flow)
    if len(flow.per_image) != 1 or tensor.numel() not in (1, flow.per_image[0]) or tensor.dim() > 1:
        return two(trace, "Add", flow, constant)
    bias = trace.constant(tensor.reshape(-1), f"{prefix(trace, 'add')}.bias")
    flow = trace.shaped(flow)
    return replace(alike(trace, flow, trace.emit("Add", [flow.name, bias], "add", chain=trace.unbiased(flow.name))), steps=False)


def _sub(trace: Trace, result: Tensor, input: Any, other: Any, *, alpha: float = 1) -> Made:
    other = scaled(trace, other, alpha)
    flow = _normalised(trace, input, other)
    return _step(trace, "Sub", flow, other) if flow is not None else two(trace, "Sub", input, other)


def _rsub(trace: Trace, result: Tensor, input: Any, other: Any, *, alpha: float = 1) -> Made:
    return two(trace, "Sub", other, scaled(trace, input, alpha))


def _mul(trace: Trace, result: Tensor, input: Any, other: Any) -> Made:
    for a, b in (input, other), (other, input):
        flow = _normalised(trace, a, b)
        if flow is not None:
            return _step(trace, "Mul", flow, b)
    return two(trace, "Mul", input, other)


def _div(trace: Trace, result: Tensor, input: Any, other: Any, *, rounding_mode: Any = None) -> Made:
    if rounding_mode is not None:
        raise trace.fault("a quotient that is rounded to an integer has no gradient")
    flow = _normalised(trace, input, other)
    return _step(trace, "Div", flow, other) if flow is not None else two(trace, "Div", input, other)


def _rdiv(trace: Trace, result: Tensor, input: Any, other: Any) -> Made:
    return two(trace, "Div", other, input)


def _neg(trace: Trace, result: Tensor, input: Any) -> Made:
    flow = main(trace, input, "neg")
    return alike(trace, flow, trace.emit("Neg", [flow.name], "neg", chain=False))


def _square(trace: Trace, result: Tensor, input: Any) -> Made:
    return two(trace, "Mul", input, input)


def _pow(trace: Trace, result: Tensor, input: Any, exponent: Any) -> Made:
    if isinstance(exponent, (int, float)) and exponent == 2:  # as PyTorch computes it
        return two(trace, "Mul", input, input)
    if trace.flow(exponent) is not None:
        raise trace.fault("pow with an exponent that comes from the input is not supported: a constant exponent is")
    return two(trace, "Pow", input, exponent)


def _addcmul(operator: str) -> Callable[..., Made]:
    def row(trace: Trace, result: Tensor, input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Made:
        if trace.flow(tensor1) is None and trace.flow(tensor2) is None:
            product = tensor1 * tensor2 if operator == "Mul" else tensor1 / tensor2
            return two(trace, "Add", input, product * value)
        return two(trace, "Add", input, scaled(trace, two(trace, operator, tensor1, tensor2), value))
    return row


def _lerp(trace: Trace, result: Tensor, input: Any, end: Any, weight: Any) -> Made:
    if trace.flow(input) is None and trace.flow(end) is None:
        return two(trace, "Add", input, two(trace, "Mul", weight, end - input))
    return two(trace, "Add", input, two(trace, "Mul", weight, two(trace, "Sub", end, input)))


def _choice(operator: str) -> Callable[..., Made]:
    """The larger or the smaller of two, or of a value along a dimension."""
    def row(trace: Trace, result: Any, input: Any, other: Any = None, keepdim: bool = False, *, dim: Optional[int] = None) -> Made:
        if isinstance(other, Tensor):
            return two(trace, operator, input, other)
        dim = other if dim is None else dim
        if dim is None:
            raise trace.fault(f"the {operator.lower()} of all numbers is that of several images: give it a dimension")
        return [along(trace, main(trace, input, operator), operator, dim, keepdim), None]
    return row


def along(trace: Trace, flow: Flow, operator: str, dim: int, keepdim: bool) -> Flow:
    """The largest or smallest number along a dimension, the first of those that are equal: of a window as long as it."""
    k = _layout.place(trace, flow, dim)
    before, size, behind = flow.per_image[:k], flow.per_image[k], flow.per_image[k + 1:]
    window = [torch.Size(before).numel(), size, torch.Size(behind).numel()]
    planes = trace.shaped(replace(flow, per_image=tuple(window)))
    name = planes.name if operator == "Max" else trace.emit("Neg", [planes.name], "min", chain=False)
    name = trace.emit("MaxPool", [name], operator.lower(), kernel_shape=[size, 1], strides=[1, 1])
    if operator == "Min":
        name = trace.emit("Neg", [name], "min", chain=False)
    trace.shapes[name] = (window[0], 1, window[2])
    flow = trace.shaped(replace(flow, name=name, per_image=(*before, 1, *behind), steps=False))
    return flow if keepdim else _layout.without(trace, flow, [dim])


def _where(trace: Trace, result: Tensor, condition: Any, input: Any = None, other: Any = None) -> Made:
    """Of numbers that flow and others at constant places: each times 1 where it is taken, and 0 where it is not."""
    if trace.flow(condition) is not None or input is None or other is None:
        raise trace.fault("where with a condition that depends on the input is not supported: torch.maximum, torch.minimum, relu "
                          "and clamp are")
    parts = []
    for value, mask in (input, condition), (other, ~condition):
        if trace.flow(value) is not None:
            parts.append(two(trace, "Mul", value, mask.to(trace.dtype)))
        else:
            tensor = torch.as_tensor(value, dtype=trace.dtype)
            parts.append(torch.where(mask, tensor, torch.zeros((), dtype=trace.dtype)))
    return two(trace, "Add", *parts)


def _masked_fill(trace: Trace, result: Tensor, input: Any, mask: Any, value: Any) -> Made:
    return _where(trace, result, mask, value, input)


def _triangle(part: Callable[..., Tensor]) -> Callable[..., Made]:
    def row(trace: Trace, result: Tensor, input: Any, diagonal: int = 0) -> Made:
        return two(trace, "Mul", input, part(torch.ones(result.shape[-2:], dtype=trace.dtype), diagonal))
    return row


def quotient_by(trace: Trace, flow: Flow, divisor: float, hint: str) -> Flow:
    """The flow divided by a number."""
    return alike(trace, flow, trace.emit("Div", [trace.shaped(flow).name, scalar(trace, divisor, hint)], "div", chain=False))


ROWS: dict[str, Callable[..., Made]] = {
    "add __add__ __radd__ add_ __iadd__": _add, "sub __sub__ sub_ __isub__ subtract subtract_": _sub, "rsub __rsub__": _rsub,
    "mul __mul__ __rmul__ mul_ __imul__ multiply multiply_": _mul,
    "div __truediv__ div_ __itruediv__ true_divide divide divide_": _div,
    "__rdiv__ __rtruediv__": _rdiv, "neg __neg__ neg_ negative": _neg, "square square_": _square, "pow __pow__ pow_": _pow,
    "addcmul addcmul_": _addcmul("Mul"), "addcdiv addcdiv_": _addcmul("Div"), "lerp lerp_": _lerp,
    "max maximum": _choice("Max"), "min minimum": _choice("Min"), "where": _where,
    "masked_fill masked_fill_": _masked_fill, "tril tril_": _triangle(torch.tril), "triu triu_": _triangle(torch.triu),
}

#: What a network may do to its input before the first layer.
STEPS = (_add, _sub, _mul, _div)
