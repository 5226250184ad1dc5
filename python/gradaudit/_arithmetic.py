# SPDX-License-Identifier: Apache-2.0
"""PyTorch's arithmetic, of two tensors that flow or of one and a constant, as operators of ONNX; see _operators.py"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ._rows import Made, main, number, prefix

if TYPE_CHECKING:
    from ._trace import Flow, Trace


def _constant(trace: Trace, value: Any, flow: Flow, operator: str) -> str:
    """The name of a constant operand, which does not make what flows larger."""
    tensor = number(trace, value, flow).detach()
    shape = (1, *flow.per_image)[-tensor.dim():] if tensor.dim() else ()
    if any(size not in (1, own) for size, own in zip(tensor.shape, shape)):
        raise trace.fault(f"{operator.lower()} of a constant of shape {tuple(tensor.shape)} and inputs of shape (N, "
                          f"{', '.join(map(str, flow.per_image))}): it would make them larger")
    return trace.constant(tensor, f"{prefix(trace, operator.lower())}.constant")


def _two(trace: Trace, operator: str, a: Any, b: Any) -> str:
    """An operator on a and b, of which one or both flow."""
    first, second = trace.flow(a), trace.flow(b)
    names = []
    for value, flow in (a, first), (b, second):
        other = first or second
        assert other is not None
        names.append(trace.shaped(flow).name if flow else _constant(trace, value, other, operator))
    if first is not None and second is not None and first.per_image != second.per_image:
        raise trace.fault(f"{operator.lower()} of tensors of shapes (N, {', '.join(map(str, first.per_image))}) and (N, "
                          f"{', '.join(map(str, second.per_image))}) is not known here: make them of one shape")
    return trace.emit(operator, names, operator.lower(), chain=False)


def _step(trace: Trace, operator: str, flow: Flow, constant: Any) -> str:
    """A step that normalises the input."""
    tensor = number(trace, constant, flow).detach()
    if tensor.dim() and len(flow.per_image) != 1 and not (trace.natural and len(flow.per_image) == 3):
        tensor = tensor.expand(1, *flow.per_image).contiguous()
    flat = bool(tensor.dim()) and not trace.natural
    return trace.emit(operator, [trace.shaped(flow).name, trace.constant(tensor, f"{prefix(trace, 'input')}.{operator.lower()}",
                                                                         flat=flat)], operator.lower())


def _scaled(trace: Trace, value: Any, factor: float, result: Tensor) -> Any:
    """value times factor, which flows if value does."""
    flow = trace.flow(value)
    if factor == 1 or flow is None:
        return value if factor == 1 else value * factor
    made = result.new_empty(result.shape)  # whose numbers nobody reads
    trace.set(made, _two(trace, "Mul", value, factor), flow.per_image)
    return made


def _add(trace: Trace, result: Tensor, input: Any, other: Any, *, alpha: float = 1) -> Made:
    other = _scaled(trace, other, alpha, result)
    a, b = trace.flow(input), trace.flow(other)
    if a is not None and b is not None:
        return _two(trace, "Add", input, other)
    flow, constant = (a, other) if a is not None else (b, input)
    assert flow is not None
    if flow.steps:
        return _step(trace, "Sub", flow, -number(trace, constant, flow))
    tensor = number(trace, constant, flow)
    if len(flow.per_image) != 1 or tensor.numel() not in (1, flow.per_image[0]) or tensor.dim() > 1:
        return _two(trace, "Add", input, other)
    bias = trace.constant(tensor.reshape(-1), f"{prefix(trace, 'add')}.bias")
    return trace.emit("Add", [trace.shaped(flow).name, bias], "add", chain=trace.unbiased(flow.name))


def _sub(trace: Trace, result: Tensor, input: Any, other: Any, *, alpha: float = 1) -> Made:
    other = _scaled(trace, other, alpha, result)
    flow = trace.flow(input)
    if flow is not None and flow.steps and trace.flow(other) is None:
        return _step(trace, "Sub", flow, other)
    return _two(trace, "Sub", input, other)


def _rsub(trace: Trace, result: Tensor, input: Any, other: Any, *, alpha: float = 1) -> Made:
    return _two(trace, "Sub", other, _scaled(trace, input, alpha, result))


def _mul(trace: Trace, result: Tensor, input: Any, other: Any) -> Made:
    for a, b in (input, other), (other, input):
        flow = trace.flow(a)
        if flow is not None and flow.steps and trace.flow(b) is None:
            return _step(trace, "Mul", flow, b)
    return _two(trace, "Mul", input, other)


def _div(trace: Trace, result: Tensor, input: Any, other: Any, *, rounding_mode: Any = None) -> Made:
    if rounding_mode is not None:
        raise trace.fault("a quotient that is rounded to an integer has no gradient")
    flow = trace.flow(input)
    if flow is not None and flow.steps and trace.flow(other) is None:
        return _step(trace, "Div", flow, other)
    return _two(trace, "Div", input, other)


def _rdiv(trace: Trace, result: Tensor, input: Any, other: Any) -> Made:
    return _two(trace, "Div", other, input)


def _neg(trace: Trace, result: Tensor, input: Any) -> Made:
    return trace.emit("Neg", [main(trace, input, "neg").name], "neg", chain=False)


def _square(trace: Trace, result: Tensor, input: Any) -> Made:
    return _two(trace, "Mul", input, input)


def _pow(trace: Trace, result: Tensor, input: Any, exponent: Any) -> Made:
    if isinstance(exponent, (int, float)) and exponent == 2:  # as PyTorch computes it
        return _two(trace, "Mul", input, input)
    if trace.flow(exponent) is not None:
        raise trace.fault("pow with an exponent that comes from the input is not known here: a constant exponent is")
    return _two(trace, "Pow", input, exponent)


ROWS: dict[str, Callable[..., Made]] = {
    "add __add__ __radd__ add_ __iadd__": _add, "sub __sub__ sub_ __isub__ subtract subtract_": _sub, "rsub __rsub__": _rsub,
    "mul __mul__ __rmul__ mul_ __imul__ multiply multiply_": _mul,
    "div __truediv__ div_ __itruediv__ true_divide divide divide_": _div,
    "__rdiv__ __rtruediv__": _rdiv, "neg __neg__ neg_ negative": _neg, "square square_": _square, "pow __pow__ pow_": _pow,
}

#: What a network may do to its input before the first layer.
STEPS = (_add, _sub, _mul, _div)
