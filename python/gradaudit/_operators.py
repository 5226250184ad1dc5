# SPDX-License-Identifier: Apache-2.0
"""PyTorch's functions as operators of ONNX that the core reads: a row for each. A row gets the trace, what PyTorch made, and the
function's own arguments; it returns the name of a new value, or the flow that is the same numbers in another shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional, Union

import torch
from torch import Tensor

if TYPE_CHECKING:
    from ._trace import Flow, Trace

Made = Union[str, "Flow"]


KNOWN = ("Linear, Conv2d, MaxPool2d, ReLU, LeakyReLU, PReLU, Sigmoid, Hardsigmoid, Tanh, Softplus, SiLU, Hardswish, GELU, Mish, "
         "ELU, CELU, SELU, softsign, erf, abs, Flatten, Dropout, Identity, a sum of two branches, and Softmax, LogSoftmax or "
         "Sigmoid at the end")

#: What chains of layers do not have.
GRAPHS = {"Conv", "MaxPool", "LeakyRelu", "PRelu", "Abs", "HardSigmoid", "HardSwish", "Erf", "Elu", "Selu", "Softsign"}

_FUSE = {"BatchNorm1d": "fuse_linear_bn_eval(linear, bn)", "BatchNorm2d": "fuse_conv_bn_eval(conv, bn)"}


def refused_module(module: torch.nn.Module) -> Optional[str]:
    """What to say of a module that is refused before it runs."""
    name = type(module).__name__
    if name in _FUSE:
        return ("batch normalisation is not known here: fold it into the layer before it with torch.nn.utils.fusion."
                f"{_FUSE[name]}, and put torch.nn.Identity() in its place")
    if isinstance(module, (torch.jit.ScriptModule, torch.jit.ScriptFunction)):
        return "this cannot look into TorchScript: give the module that it was made from"
    if isinstance(module, torch.nn.RNNBase):
        return f"recurrent layers are not known here; what is: {KNOWN}"
    if "quantized" in type(module).__module__:
        return "quantized layers are not known here: give the module before it was quantized"
    return None


def unknown(name: str) -> str:
    """What to say of a function that has no row."""
    if name in ("detach", "detach_", "data"):
        return f"{name} cuts the gradient off: its input gets none"
    return f"{name.strip('_') or name} is not known here; what is: {KNOWN}"


def _main(trace: Trace, value: Any, name: str) -> Flow:
    flow = trace.flow(value)
    if flow is None:
        raise trace.fault(f"{name} takes the input's numbers in another place than the first")
    return flow


def _layer(trace: Trace, x: Any, weight: Any, name: str) -> Flow:
    flow = _main(trace, x, name)
    if trace.flow(weight) is not None:
        raise trace.fault(f"the weights of {name} depend on the input")
    trace.layers += 1
    return flow


def _prefix(trace: Trace, hint: str) -> str:
    return trace.names.get(id(trace.stack[-1] if trace.stack else trace.root), "") or hint


def _linear(trace: Trace, result: Tensor, input: Any, weight: Tensor, bias: Optional[Tensor] = None) -> Made:
    flow = _layer(trace, input, weight, "linear")
    if len(flow.per_image) != 1:
        raise trace.fault(f"a linear layer on inputs of shape (N, {', '.join(map(str, flow.per_image))}): flatten them first")
    if trace.flow(bias) is not None:
        raise trace.fault("the bias depends on the input")
    prefix = _prefix(trace, "linear")
    inputs = [flow.name, trace.constant(weight, f"{prefix}.weight")]
    if bias is not None:
        inputs.append(trace.constant(bias, f"{prefix}.bias"))
    return trace.emit("Gemm", inputs, "linear", transB=1)


def _matmul(trace: Trace, result: Tensor, input: Any, other: Any) -> Made:
    flow = _layer(trace, input, other, "matmul")
    if len(flow.per_image) != 1 or other.dim() != 2:
        raise trace.fault("matmul is known of a matrix (images, inputs) by a matrix of weights")
    return trace.emit("MatMul", [flow.name, trace.constant(other, f"{_prefix(trace, 'matmul')}.weight")], "matmul")


def _addmm(trace: Trace, result: Tensor, input: Tensor, mat1: Any, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Made:
    if beta != 1 or alpha != 1:
        raise trace.fault("addmm with factors is not known here")
    return _linear(trace, result, mat1, mat2.t(), input)


def _pair(value: Any) -> list[int]:
    given = [value] if isinstance(value, int) else list(value)
    return given * 2 if len(given) == 1 else given


def _conv2d(trace: Trace, result: Tensor, input: Any, weight: Tensor, bias: Optional[Tensor] = None, stride: Any = 1,
            padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Made:
    flow = _layer(trace, input, weight, "conv2d")
    _need_planes(trace, flow)
    if groups != 1 or _pair(dilation) != [1, 1]:
        raise trace.fault(f"convolutions with groups={groups}, dilation={dilation} are not known here: only groups=1, dilation=1")
    kernel = list(weight.shape[2:])
    if padding == "same":
        begin = [(size - 1) // 2 for size in kernel]
        pads = begin + [size - 1 - at for size, at in zip(kernel, begin)]
    else:
        pads = _pair(0 if padding == "valid" else padding) * 2
    prefix = _prefix(trace, "conv2d")
    inputs = [flow.name, trace.constant(weight, f"{prefix}.weight")]
    if bias is not None:
        inputs.append(trace.constant(bias, f"{prefix}.bias"))
    return trace.emit("Conv", inputs, "conv2d", kernel_shape=kernel, strides=_pair(stride), pads=pads)


def _need_planes(trace: Trace, flow: Flow) -> None:
    if len(flow.per_image) != 3 or not trace.natural:
        raise trace.fault(f"it takes inputs of shape (N, C, H, W), not (N, {', '.join(map(str, flow.per_image))}): does the "
                          f"example lack its first dimension, the batch (example[None])?")


def _max_pool2d(trace: Trace, result: Tensor, input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                ceil_mode: bool = False, return_indices: bool = False) -> Made:
    flow = _main(trace, input, "max_pool2d")
    _need_planes(trace, flow)
    if ceil_mode or return_indices or _pair(dilation) != [1, 1]:
        raise trace.fault("max pooling with ceil_mode, return_indices or dilation is not known here")
    return trace.emit("MaxPool", [flow.name], "max_pool2d", kernel_shape=_pair(kernel_size),
                      strides=_pair(stride if stride not in (None, [], ()) else kernel_size), pads=_pair(padding) * 2)


def _unary(operator: str) -> Callable[..., Made]:
    def row(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
        return trace.emit(operator, [_main(trace, input, operator).name], operator.lower())
    return row


def _binary32(trace: Trace, what: str, number: float) -> float:
    """A number that an operator takes as binary32."""
    if trace.dtype == torch.float64 and float(torch.tensor(number, dtype=torch.float32)) != number:
        raise trace.fault(f"the {what} {number} is no binary32 number, as it has to be: use one such as 2**-7, or a module of "
                          f"float32")
    return number


def _leaky_relu(trace: Trace, result: Tensor, input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Made:
    slope = _binary32(trace, "slope", float(negative_slope))
    return trace.emit("LeakyRelu", [_main(trace, input, "leaky_relu").name], "leaky_relu", alpha=slope)


def _prelu(trace: Trace, result: Tensor, input: Any, weight: Tensor) -> Made:
    flow = _main(trace, input, "prelu")
    if trace.flow(weight) is not None:
        raise trace.fault("the slope depends on the input")
    slope = weight.detach().reshape(-1, *[1] * (len(flow.per_image) - 1))
    return trace.emit("PRelu", [flow.name, trace.constant(slope, f"{_prefix(trace, 'prelu')}.weight")], "prelu")


def _hardsigmoid(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
    return trace.emit("HardSigmoid", [_main(trace, input, "hardsigmoid").name], "hardsigmoid", alpha=1 / 6, beta=0.5)


def _softplus(trace: Trace, result: Tensor, input: Any, beta: float = 1, threshold: float = 20) -> Made:
    if beta != 1:
        raise trace.fault(f"softplus with beta {beta} is not known here: multiply what goes in, and divide the weights behind it")
    return trace.emit("Softplus", [_main(trace, input, "softplus").name], "softplus")


def _elu(trace: Trace, result: Tensor, input: Any, alpha: float = 1, inplace: bool = False) -> Made:
    return trace.emit("Elu", [_main(trace, input, "elu").name], "elu", alpha=_binary32(trace, "alpha", float(alpha)))


def _celu(trace: Trace, result: Tensor, input: Any, alpha: float = 1, inplace: bool = False) -> Made:
    if alpha != 1:
        raise trace.fault(f"CELU with alpha {alpha} is not known here: 1 is")
    return trace.emit("Elu", [_main(trace, input, "celu").name], "celu", alpha=1.0)


def _selu(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
    _binary32(trace, "alpha", 1.6732632423543772)
    return trace.emit("Selu", [_main(trace, input, "selu").name], "selu")


def _gelu(trace: Trace, result: Tensor, input: Any, *, approximate: str = "none") -> Made:
    return trace.emit("Gelu", [_main(trace, input, "gelu").name], "gelu", approximate=approximate)


def _softmax(operator: str) -> Callable[..., Made]:
    def row(trace: Trace, result: Tensor, input: Any, dim: Optional[int] = None, _stacklevel: int = 3, dtype: Any = None) -> Made:
        flow = _main(trace, input, operator)
        if len(flow.per_image) != 1 or dim not in (1, -1) or dtype not in (None, trace.dtype):
            raise trace.fault(f"{operator} is known over the classes of (images, classes) only: dim=1")
        return trace.emit(operator, [flow.name], operator.lower(), axis=1)
    return row


def _dropout(trace: Trace, result: Tensor, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Made:
    if training and p > 0:
        raise trace.fault("dropout is on though the module is in eval mode: pass training=self.training")
    return _main(trace, input, "dropout")


def _reshaped(trace: Trace, result: Tensor, input: Any, *args: Any, **kwargs: Any) -> Made:
    flow = _main(trace, input, "reshape")
    shape = tuple(result.shape[1:])
    if result.shape[0] == trace.batch and shape == flow.per_image:
        return flow
    if result.shape[0] == trace.batch and len(shape) == 3 and flow.name == "input" and not trace.graph.nodes:
        trace.graph.shape, trace.natural = shape, True  # the input is given as planes
        return flow
    if result.shape[0] != trace.batch or len(shape) != 1:
        raise trace.fault(f"it makes the shape {tuple(result.shape)} of {(trace.batch, *flow.per_image)}: only one row for each "
                          f"image is known here, as flatten(1) makes them")
    return flow if not trace.natural else trace.emit("Flatten", [flow.name], "flatten", axis=1)


def _same(trace: Trace, result: Tensor, input: Any, *args: Any, **kwargs: Any) -> Made:
    """The same numbers: contiguous, clone, to the same type."""
    if result.dtype != trace.dtype:
        raise trace.fault(f"it converts what flows from {trace.dtype} to {result.dtype}: only one type from the input to the end "
                          f"is known here")
    return _main(trace, input, "to")


def _pooled(trace: Trace, result: Tensor, input: Any, *args: Any, **kwargs: Any) -> Made:
    flow = _main(trace, input, "pooling")
    if tuple(result.shape[1:]) != flow.per_image:
        raise trace.fault(f"mean pooling is not known here; what is: {KNOWN}")
    return flow


def _number(trace: Trace, value: Any, flow: Flow) -> Tensor:
    """A constant operand as a tensor that broadcasts to one input; a Python number is rounded to the type, as PyTorch does."""
    tensor = value if isinstance(value, Tensor) else torch.tensor(value, dtype=trace.dtype)
    if tensor.dtype != trace.dtype and tensor.dim() == 0:
        tensor = tensor.to(trace.dtype)
    if tensor.dim() > len(flow.per_image) + 1 or (tensor.dim() == len(flow.per_image) + 1 and tensor.shape[0] != 1):
        raise trace.fault("a constant of another shape than that of one input")
    return tensor


def _add(trace: Trace, result: Tensor, input: Any, other: Any, *, alpha: float = 1) -> Made:
    a, b = trace.flow(input), trace.flow(other)
    if alpha != 1:
        raise trace.fault("a sum with a factor is not known here")
    if a is not None and b is not None:
        if a.per_image != b.per_image:
            raise trace.fault("a sum of tensors of different shapes is not known here")
        return trace.emit("Add", [a.name, b.name], "add")
    flow, constant = (a, other) if a is not None else (b, input)
    assert flow is not None
    if flow.steps:
        return _step(trace, "Sub", flow, -_number(trace, constant, flow))
    number = _number(trace, constant, flow)
    if len(flow.per_image) != 1 or number.numel() not in (1, flow.per_image[0]) or number.dim() > 1:
        raise trace.fault("a constant is added to what is no layer's row of sums: give it to the layer before as its bias")
    return trace.emit("Add", [flow.name, trace.constant(number.reshape(-1), f"{_prefix(trace, 'add')}.bias")], "add")


def _step(trace: Trace, operator: str, flow: Flow, number: Tensor) -> str:
    """A step that normalises the input."""
    if not flow.steps:
        raise trace.fault(f"{operator.lower()} by a constant is known before the first layer only: multiply it into the weights "
                          f"of a layer")
    number = number.detach()
    if number.dim() and not trace.natural:
        number = number.expand(1, *flow.per_image).contiguous()
    return trace.emit(operator, [flow.name, trace.constant(number, f"{_prefix(trace, 'input')}.{operator.lower()}",
                                                           flat=bool(number.dim()) and not trace.natural)], operator.lower())


def _by_constant(operator: str) -> Callable[..., Made]:
    def row(trace: Trace, result: Tensor, input: Any, other: Any, *, alpha: float = 1, rounding_mode: Any = None) -> Made:
        flow, constant = trace.flow(input), other
        if flow is None and operator == "Mul":
            flow, constant = trace.flow(other), input
        if flow is None or trace.flow(constant) is not None or alpha != 1 or rounding_mode is not None:
            raise trace.fault(f"{operator.lower()} is known of the input by a constant only")
        return _step(trace, operator, flow, _number(trace, constant, flow))
    return row


_sub, _mul, _div = map(_by_constant, ("Sub", "Mul", "Div"))

#: What a network may do to its input before the first layer.
STEPS = (_add, _sub, _mul, _div, _reshaped)
RESHAPED = _reshaped

_ROWS: dict[str, Callable[..., Made]] = {
    "linear": _linear, "matmul __matmul__ mm": _matmul, "addmm": _addmm, "conv2d": _conv2d, "max_pool2d _max_pool2d": _max_pool2d,
    "relu relu_": _unary("Relu"), "sigmoid sigmoid_": _unary("Sigmoid"), "tanh tanh_": _unary("Tanh"),
    "softplus": _softplus, "silu silu_": _unary("Swish"), "gelu": _gelu, "mish mish_": _unary("Mish"),
    "elu elu_": _elu, "celu celu_": _celu, "selu selu_": _selu, "softsign": _unary("Softsign"),
    "abs abs_ absolute __abs__": _unary("Abs"), "hardswish hardswish_": _unary("HardSwish"), "prelu": _prelu,
    "hardsigmoid hardsigmoid_": _hardsigmoid, "erf erf_": _unary("Erf"), "leaky_relu leaky_relu_": _leaky_relu,
    "softmax": _softmax("Softmax"), "log_softmax": _softmax("LogSoftmax"),
    "dropout dropout_ dropout1d dropout2d dropout3d alpha_dropout feature_dropout feature_alpha_dropout": _dropout,
    "flatten view reshape squeeze unsqueeze unflatten view_as reshape_as ravel": _reshaped,
    "contiguous clone to float double half bfloat16 cpu cuda type type_as alias": _same,
    "adaptive_avg_pool2d adaptive_max_pool2d avg_pool2d": _pooled,
    "add __add__ __radd__ add_ __iadd__": _add, "sub __sub__ sub_ __isub__ subtract": _sub,
    "mul __mul__ __rmul__ mul_ __imul__ multiply": _mul,
    "div __truediv__ div_ __itruediv__ true_divide divide": _div,
}
OPERATIONS = {name: row for names, row in _ROWS.items() for name in names.split()}
