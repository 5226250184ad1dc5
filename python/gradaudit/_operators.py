# SPDX-License-Identifier: Apache-2.0
"""PyTorch's functions as operators of ONNX that the core reads: a row for each. A row gets the trace, what PyTorch made, and the
function's own arguments; it returns the name of a new value, or the flow that is the same numbers in another shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional

import torch
from torch import Tensor

from . import _arithmetic, _shapes, _windows
from ._rows import Made, binary32, is_binary32, layer, main, plain_number, prefix, scalar

if TYPE_CHECKING:
    from ._trace import Trace


KNOWN = ("Linear, Conv1d and 2d, MaxPool, AvgPool and adaptive pooling of 1d and 2d, BatchNorm, ZeroPad and ConstantPad, ReLU, "
         "ReLU6, Hardtanh, clamp, LeakyReLU, PReLU, Sigmoid, Hardsigmoid, Tanh, Softplus, SiLU, Hardswish, GELU, Mish, ELU, CELU, "
         "SELU, softsign, abs, erf, exp, log, sqrt, reciprocal, pow, Flatten, Dropout, Identity, sums, differences, products, "
         "quotients, slices and torch.cat of what comes from the input, and Softmax, LogSoftmax or Sigmoid "
         "at the end; of what torch.onnx.export writes ga.load reads more")

#: What chains of layers do not have: with one of these the core reads a graph.
GRAPHS = {"Abs", "AveragePool", "BatchNormalization", "Celu", "Clip", "Concat", "Conv", "Elu", "Erf", "Exp", "GlobalAveragePool",
          "HardSigmoid", "HardSwish", "LeakyRelu", "Log", "MaxPool", "Neg", "PRelu", "Pad", "Pow", "Reciprocal", "ReduceMean",
          "Selu", "Slice", "Softsign", "Sqrt"}


def refused_module(module: torch.nn.Module) -> Optional[str]:
    """What to say of a module that is refused before it runs."""
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


def _linear(trace: Trace, result: Tensor, input: Any, weight: Tensor, bias: Optional[Tensor] = None) -> Made:
    flow = layer(trace, input, weight, bias, "linear")
    if len(flow.per_image) != 1:
        raise trace.fault(f"a linear layer on inputs of shape (N, {', '.join(map(str, flow.per_image))}): flatten them first")
    hint = prefix(trace, "linear")
    inputs = [flow.name, trace.constant(weight, f"{hint}.weight")]
    if bias is not None:
        inputs.append(trace.constant(bias, f"{hint}.bias"))
    return trace.emit("Gemm", inputs, "linear", transB=1)


def _matmul(trace: Trace, result: Tensor, input: Any, other: Any) -> Made:
    flow = layer(trace, input, other, None, "matmul")
    if len(flow.per_image) != 1 or other.dim() != 2:
        raise trace.fault("matmul is known of a matrix (images, inputs) by a matrix of weights")
    return trace.emit("MatMul", [flow.name, trace.constant(other, f"{prefix(trace, 'matmul')}.weight")], "matmul")


def _addmm(trace: Trace, result: Tensor, input: Tensor, mat1: Any, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Made:
    if beta != 1 or alpha != 1:
        raise trace.fault("addmm with factors is not known here")
    return _linear(trace, result, mat1, mat2.t(), input)


def _unary(operator: str) -> Callable[..., Made]:
    def row(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
        return trace.emit(operator, [main(trace, input, operator).name], operator.lower())
    return row


def _leaky_relu(trace: Trace, result: Tensor, input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Made:
    slope = binary32(trace, "slope", float(negative_slope))
    return trace.emit("LeakyRelu", [main(trace, input, "leaky_relu").name], "leaky_relu", alpha=slope)


def _prelu(trace: Trace, result: Tensor, input: Any, weight: Tensor) -> Made:
    flow = main(trace, input, "prelu")
    if trace.flow(weight) is not None:
        raise trace.fault("the slope depends on the input")
    slope = weight.detach().reshape(-1, *[1] * (len(flow.per_image) - 1))
    return trace.emit("PRelu", [flow.name, trace.constant(slope, f"{prefix(trace, 'prelu')}.weight")], "prelu")


def _hardsigmoid(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
    return trace.emit("HardSigmoid", [main(trace, input, "hardsigmoid").name], "hardsigmoid", alpha=1 / 6, beta=0.5)


def _softplus(trace: Trace, result: Tensor, input: Any, beta: float = 1, threshold: float = 20) -> Made:
    if threshold < 20:
        raise trace.fault(f"softplus with threshold {threshold} is another function: leave the threshold out")
    name = main(trace, input, "softplus").name
    if beta == 1:
        return trace.emit("Softplus", [name], "softplus")
    factor = scalar(trace, float(beta), "beta")
    name = trace.emit("Softplus", [trace.emit("Mul", [name, factor], "softplus", chain=False)], "softplus")
    return trace.emit("Div", [name, factor], "softplus", chain=False)


def _clip(trace: Trace, name: str, low: Optional[float], high: Optional[float]) -> str:
    bounds = ["" if bound is None else scalar(trace, bound, what) for what, bound in (("min", low), ("max", high))]
    return trace.emit("Clip", [name, *bounds], "clamp")


def _clamp(trace: Trace, result: Tensor, input: Any, min: Any = None, max: Any = None) -> Made:
    low, high = plain_number(trace, min, "min"), plain_number(trace, max, "max")
    if low is not None and high is not None and low > high:
        raise trace.fault(f"clamp from {low} to {high} is one number for all: give min and max in their order")
    return _clip(trace, main(trace, input, "clamp").name, low, high)


def _hardtanh(trace: Trace, result: Tensor, input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Made:
    name = main(trace, input, "hardtanh").name
    if min_val == 0:  # its derivative at 0, where many numbers may be, is that of ReLU
        return _clip(trace, trace.emit("Relu", [name], "relu"), None, max_val)
    return _clip(trace, name, min_val, max_val)


def _relu6(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
    return _hardtanh(trace, result, input, 0.0, 6.0)


def _batch_norm(trace: Trace, result: Tensor, input: Any, running_mean: Optional[Tensor], running_var: Optional[Tensor],
                weight: Optional[Tensor] = None, bias: Optional[Tensor] = None, training: bool = False, momentum: float = 0.1,
                eps: float = 1e-5, *args: Any) -> Made:
    flow = main(trace, input, "batch_norm")
    if training or running_mean is None or running_var is None:
        raise trace.fault("it normalises by the mean and variance of the batch, so that an image's numbers depend on the others: "
                          "use statistics that were kept (track_running_stats=True, training=self.training)")
    if not trace.is_natural(flow):
        raise trace.fault("batch normalisation is known of (N, C), (N, C, L) and (N, C, H, W)")
    hint = prefix(trace, "batch_norm")
    numbers = {"weight": torch.ones_like(running_var) if weight is None else weight,
               "bias": torch.zeros_like(running_var) if bias is None else bias,
               "running_mean": running_mean, "running_var": running_var}
    if not is_binary32(trace, eps):  # as PyTorch adds it
        numbers["running_var"], eps = running_var + eps, 0.0
    inputs = [flow.name, *(trace.constant(value, f"{hint}.{what}") for what, value in numbers.items())]
    return trace.emit("BatchNormalization", inputs, "batch_norm", epsilon=float(eps))


def _elu(trace: Trace, result: Tensor, input: Any, alpha: float = 1, inplace: bool = False) -> Made:
    return trace.emit("Elu", [main(trace, input, "elu").name], "elu", alpha=binary32(trace, "alpha", float(alpha)))


def _celu(trace: Trace, result: Tensor, input: Any, alpha: float = 1, inplace: bool = False) -> Made:
    if alpha != 1:
        return trace.emit("Celu", [main(trace, input, "celu").name], "celu", alpha=binary32(trace, "alpha", float(alpha)))
    return trace.emit("Elu", [main(trace, input, "celu").name], "celu", alpha=1.0)


def _rsqrt(trace: Trace, result: Tensor, input: Any) -> Made:
    return trace.emit("Reciprocal", [trace.emit("Sqrt", [main(trace, input, "rsqrt").name], "sqrt")], "rsqrt")


def _selu(trace: Trace, result: Tensor, input: Any, inplace: bool = False) -> Made:
    binary32(trace, "alpha", 1.6732632423543772)
    return trace.emit("Selu", [main(trace, input, "selu").name], "selu")


def _gelu(trace: Trace, result: Tensor, input: Any, *, approximate: str = "none") -> Made:
    return trace.emit("Gelu", [main(trace, input, "gelu").name], "gelu", approximate=approximate)


def _softmax(operator: str) -> Callable[..., Made]:
    def row(trace: Trace, result: Tensor, input: Any, dim: Optional[int] = None, _stacklevel: int = 3, dtype: Any = None) -> Made:
        flow = main(trace, input, operator)
        if len(flow.per_image) != 1 or dim not in (1, -1) or dtype not in (None, trace.dtype):
            raise trace.fault(f"{operator} is known over the classes of (images, classes) only: dim=1")
        return trace.emit(operator, [flow.name], operator.lower(), axis=1)
    return row


def _dropout(trace: Trace, result: Tensor, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Made:
    if training and p > 0:
        raise trace.fault("dropout is on though the module is in eval mode: pass training=self.training")
    return main(trace, input, "dropout")


def _same(trace: Trace, result: Tensor, input: Any, *args: Any, **kwargs: Any) -> Made:
    """The same numbers: contiguous, clone, to the same type."""
    if result.dtype != trace.dtype:
        raise trace.fault(f"it converts what flows from {trace.dtype} to {result.dtype}: only one type from the input to the end "
                          f"is known here")
    return main(trace, input, "to")


_ROWS: dict[str, Callable[..., Any]] = {
    "linear": _linear, "matmul __matmul__ mm": _matmul, "addmm": _addmm, "batch_norm": _batch_norm,
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
    "softmax": _softmax("Softmax"), "log_softmax": _softmax("LogSoftmax"),
    "dropout dropout_ dropout1d dropout2d dropout3d alpha_dropout feature_dropout feature_alpha_dropout": _dropout,
    "contiguous clone to float double half bfloat16 cpu cuda type type_as alias": _same,
    **_arithmetic.ROWS, **_shapes.ROWS, **_windows.ROWS,
}
OPERATIONS = {name: row for names, row in _ROWS.items() for name in names.split()}

#: What a network may do to its input before the first layer.
STEPS = (*_arithmetic.STEPS, _shapes.reshaped)
RESHAPED = _shapes.reshaped
