# SPDX-License-Identifier: Apache-2.0
"""PyTorch's functions as operators of ONNX that the core reads: a row for each. A row gets the trace, what PyTorch made, and the
function's own arguments; it returns the name of a new value, or the flow that is the same numbers in another shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional

import torch
from torch import Tensor

from . import _arithmetic, _layout, _products, _shapes, _sums, _windows
from ._layout import Flow, prefix
from ._rows import Made, alike, main, need_images_first, plain_number, scalar

if TYPE_CHECKING:
    from ._trace import Trace


KNOWN = "help(gradaudit.from_torch) lists what is"

#: What chains of layers do not have: with one of these the core reads a graph.
GRAPHS = {"Abs", "AveragePool", "BatchNormalization", "Celu", "Clip", "Concat", "Conv", "ConvTranspose", "Elu", "Erf", "Exp",
          "Expand", "GlobalAveragePool", "GlobalMaxPool", "HardSigmoid", "HardSwish", "LayerNormalization", "LeakyRelu", "Log",
          "Max", "MaxPool", "Min", "Neg", "PRelu", "Pad", "Pow", "Reciprocal", "ReduceMean", "ReduceSum", "Reshape", "Resize",
          "Selu", "Slice", "Softsign", "Sqrt", "Transpose"}


def refused_module(module: torch.nn.Module) -> Optional[str]:
    """What to say of a module that is refused before it runs."""
    if isinstance(module, (torch.jit.ScriptModule, torch.jit.ScriptFunction)):
        return "this cannot look into TorchScript: give the module that it was made from"
    if isinstance(module, torch.nn.RNNBase):
        return f"recurrent layers are not supported; {KNOWN}"
    if "quantized" in type(module).__module__:
        return "quantized layers are not supported: give the module before it was quantized"
    return None


def unknown(name: str) -> str:
    """What to say of a function that has no row."""
    if name in ("detach", "detach_", "data"):
        return f"{name} cuts the gradient off: its input gets none"
    return f"{name.strip('_') or name} is not supported; {KNOWN}"


def unary(trace: Trace, operator: str, flow: Flow, **attributes: Any) -> Flow:
    """An operator on each number of the flow."""
    return alike(trace, flow, trace.emit(operator, [trace.shaped(flow).name], operator.lower(), **attributes))


def _unary(operator: str) -> Callable[..., Made]:
    def row(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
        return unary(trace, operator, main(trace, input, operator))
    return row


def _leaky_relu(trace: Trace, result: Tensor, input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Made:
    return unary(trace, "LeakyRelu", main(trace, input, "leaky_relu"), alpha=float(negative_slope))


def _rrelu(trace: Trace, result: Tensor, input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False,
           inplace: bool = False) -> Made:
    if training:
        raise trace.fault("rrelu draws its slopes though the module is in eval mode: pass training=self.training")
    return unary(trace, "LeakyRelu", main(trace, input, "rrelu"), alpha=(lower + upper) / 2)


def _prelu(trace: Trace, result: Tensor, input: Any, weight: Tensor) -> Made:
    flow = main(trace, input, "prelu")
    if trace.flow(weight) is not None:
        raise trace.fault("the slope depends on the input")
    if weight.numel() > 1:
        need_images_first(trace, flow)
    slope = weight.detach().reshape(-1, *[1] * (len(flow.per_image) - 1))
    return alike(trace, flow, trace.emit("PRelu", [flow.name, trace.constant(slope, f"{prefix(trace, 'prelu')}.weight")], "prelu"))


def _hardsigmoid(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
    return unary(trace, "HardSigmoid", main(trace, input, "hardsigmoid"), alpha=1 / 6, beta=0.5)


def _softplus(trace: Trace, result: Tensor, input: Any, beta: float = 1, threshold: float = 20) -> Made:
    if threshold < 20:
        raise trace.fault(f"softplus with threshold {threshold} is another function: leave the threshold out")
    flow = main(trace, input, "softplus")
    if beta == 1:
        return unary(trace, "Softplus", flow)
    return _arithmetic.two(trace, "Div", unary(trace, "Softplus", _arithmetic.two(trace, "Mul", flow, float(beta))), float(beta))


def _logsigmoid(trace: Trace, result: Tensor, input: Any) -> Made:
    """-softplus(-x)"""
    flow = unary(trace, "Neg", main(trace, input, "logsigmoid"))
    return unary(trace, "Neg", unary(trace, "Softplus", flow))


def _tanhshrink(trace: Trace, result: Tensor, input: Any) -> Made:
    flow = main(trace, input, "tanhshrink")
    return _arithmetic.two(trace, "Sub", flow, unary(trace, "Tanh", flow))


def _softshrink(trace: Trace, result: Tensor, input: Any, lambd: float = 0.5) -> Made:
    flow = main(trace, input, "softshrink")
    return _arithmetic.two(trace, "Sub", flow, _clip(trace, flow, -lambd, lambd))


def _threshold(trace: Trace, result: Tensor, input: Any, threshold: float, value: float, inplace: bool = False) -> Made:
    if threshold != 0 or value != 0:
        raise trace.fault(f"threshold of {threshold} and {value} is not supported: of 0 and 0 it is, relu")
    return unary(trace, "Relu", main(trace, input, "threshold"))


def _glu(trace: Trace, result: Tensor, input: Any, dim: int = -1) -> Made:
    flow = main(trace, input, "glu")
    d = _layout.dimension(trace, flow, dim)
    half = flow.per_image[_layout.place(trace, flow, d)] // 2
    first, second = (_layout.cut(trace, flow, {d: slice(at, at + half)}) for at in (0, half))
    return _arithmetic.two(trace, "Mul", first, unary(trace, "Sigmoid", second))


def _clip(trace: Trace, flow: Flow, low: Optional[float], high: Optional[float]) -> Flow:
    bounds = ["" if bound is None else scalar(trace, bound, what) for what, bound in (("min", low), ("max", high))]
    return alike(trace, flow, trace.emit("Clip", [trace.shaped(flow).name, *bounds], "clamp"))


def _clamp(trace: Trace, result: Tensor, input: Any, min: Any = None, max: Any = None) -> Made:
    low, high = plain_number(trace, min, "min"), plain_number(trace, max, "max")
    if low is not None and high is not None and low > high:
        raise trace.fault(f"clamp from {low} to {high} is one number for all: give min and max in their order")
    return _clip(trace, main(trace, input, "clamp"), low, high)


def _hardtanh(trace: Trace, result: Tensor, input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Made:
    flow = main(trace, input, "hardtanh")
    if min_val == 0:  # its derivative at 0, where many numbers may be, is that of ReLU
        return _clip(trace, unary(trace, "Relu", flow), None, max_val)
    return _clip(trace, flow, min_val, max_val)


def _relu6(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
    return _hardtanh(trace, result, input, 0.0, 6.0)


def _elu(trace: Trace, result: Tensor, input: Any, alpha: float = 1, inplace: bool = False) -> Made:
    return unary(trace, "Elu", main(trace, input, "elu"), alpha=float(alpha))


def _celu(trace: Trace, result: Tensor, input: Any, alpha: float = 1, inplace: bool = False) -> Made:
    return unary(trace, "Elu" if alpha == 1 else "Celu", main(trace, input, "celu"), alpha=float(alpha))


def _rsqrt(trace: Trace, result: Tensor, input: Any) -> Made:
    return unary(trace, "Reciprocal", unary(trace, "Sqrt", main(trace, input, "rsqrt")))


def _selu(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
    return unary(trace, "Selu", main(trace, input, "selu"), alpha=1.6732632423543772848170429916717,
                 gamma=1.0507009873554804934193349852946)


def _gelu(trace: Trace, result: Tensor, input: Any, *, approximate: str = "none") -> Made:
    return unary(trace, "Gelu", main(trace, input, "gelu"), approximate=approximate)


def _dropout(trace: Trace, result: Tensor, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Made:
    if training and p > 0:
        raise trace.fault("dropout is on though the module is in eval mode: pass training=self.training")
    return main(trace, input, "dropout")


def _same(trace: Trace, result: Tensor, input: Any, *args: Any, **kwargs: Any) -> Made:
    """The same numbers: contiguous, clone, to the same type."""
    if result.dtype != trace.dtype:
        raise trace.fault(f"it converts what flows from {trace.dtype} to {result.dtype}: only one type from the input to the end "
                          "is supported")
    return main(trace, input, "to")


_ROWS: dict[str, Callable[..., Any]] = {
    "relu relu_": _unary("Relu"), "sigmoid sigmoid_": _unary("Sigmoid"), "tanh tanh_": _unary("Tanh"),
    "softplus": _softplus, "silu silu_": _unary("Swish"), "gelu": _gelu, "mish mish_": _unary("Mish"),
    "elu elu_": _elu, "celu celu_": _celu, "selu selu_": _selu, "softsign": _unary("Softsign"),
    "abs abs_ absolute __abs__": _unary("Abs"), "hardswish hardswish_": _unary("HardSwish"), "prelu": _prelu,
    "hardsigmoid hardsigmoid_": _hardsigmoid,
    "exp exp_": _unary("Exp"), "log log_": _unary("Log"), "sqrt sqrt_": _unary("Sqrt"),
    "reciprocal reciprocal_": _unary("Reciprocal"),
    "rsqrt rsqrt_": _rsqrt, "erf erf_": _unary("Erf"), "leaky_relu leaky_relu_": _leaky_relu,
    "hardtanh hardtanh_": _hardtanh, "relu6": _relu6, "clamp clamp_ clip clip_": _clamp,
    "clamp_min clamp_min_": lambda trace, result, input, min: _clamp(trace, result, input, min, None),
    "clamp_max clamp_max_": lambda trace, result, input, max: _clamp(trace, result, input, None, max),
    "logsigmoid log_sigmoid": _logsigmoid, "tanhshrink": _tanhshrink, "softshrink": _softshrink, "glu": _glu,
    "threshold threshold_ _threshold": _threshold, "rrelu rrelu_": _rrelu,
    "dropout dropout_ dropout1d dropout2d dropout3d alpha_dropout feature_dropout feature_alpha_dropout": _dropout,
    "contiguous clone to float double half bfloat16 cpu cuda type type_as alias": _same,
    **_arithmetic.ROWS, **_shapes.ROWS, **_windows.ROWS, **_sums.ROWS, **_products.ROWS,
}
OPERATIONS = {name: row for names, row in _ROWS.items() for name in names.split()}

#: What a network may do to its input before the first layer.
STEPS = (*_arithmetic.STEPS, _shapes.reshaped)
RESHAPED = _shapes.reshaped
