# SPDX-License-Identifier: Apache-2.0
"""Models from PyTorch's modules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
import torch

from ._errors import Error, FileError, UsageError
from ._mode import Until
from ._model import Model, from_bytes
from ._trace import ELEMENTS, Trace

#: How far the logits may be apart, as a share of the largest of the batch: it tells another network from another rounding.
TOLERANCES = {torch.float64: 1e-9, torch.float32: 1e-3, torch.float16: 0.05, torch.bfloat16: 0.1}


def from_torch(module: torch.nn.Module, example: Any, *, fuse: bool = False) -> Model:
    """The network that a PyTorch module computes in eval mode, with the numbers of its parameters as they are.

    example: inputs that the module takes, a floating-point tensor of shape (N, elements), (N, channels, height, width) or the like.
    An input's elements are in C order. The module runs on it, and once more on other numbers, without gradients, in eval mode, and
    is left as it was. Nothing is pickled, and no file is written.
    fuse: read compositions as the functions that they are, such as x * torch.sigmoid(x) as SiLU, as load does of an ONNX file.

    Supported are
    - Linear, Conv1d and Conv2d, ConvTranspose1d and 2d, MultiheadAttention, Transformer's layers (without key_padding_mask),
      products of matrices (matmul, bmm, einsum of two, scaled_dot_product_attention);
    - MaxPool, AvgPool and adaptive pooling of 1d and 2d, padding of every mode, Upsample and interpolate (nearest, linear,
      bilinear, bicubic), PixelShuffle;
    - BatchNorm and InstanceNorm with the statistics that were kept, LayerNorm, GroupNorm, InstanceNorm,
      LocalResponseNorm, normalize;
    - ReLU, ReLU6, Hardtanh, clamp, LeakyReLU, PReLU, RReLU, Sigmoid, LogSigmoid, Hardsigmoid, Tanh, Tanhshrink, Softplus, SiLU,
      Hardswish, GELU, Mish, ELU, CELU, SELU, Softsign, Softshrink, GLU, Softmax, LogSoftmax, Softmin, abs, erf, exp, log, sqrt,
      rsqrt, reciprocal, pow, maximum, minimum, max and min along a dimension;
    - sums, differences, products and quotients, of what comes from the input or with constants, broadcast; where and masked_fill
      with constant masks, lerp, addcmul, addcdiv; sum, mean, var, std, norm and cumsum along dimensions;
    - view, reshape, flatten, permute, transpose, indices and slices, split, chunk, cat, stack, expand, repeat, roll, flip, and the
      like; Dropout and Identity;
    and LogSoftmax, Softmax or Sigmoid at the end. Images may be counted in any dimension, also together with others, but none may
    depend on another. Where a chain of linear layers begins with constants that are subtracted, multiplied or divided by, the
    gradient is with respect to what they make of the input. The derivatives of clamp at its bounds are 1, as those of Hardtanh
    are here too, but 0 at a lower bound of 0, as of ReLU6.
    float32, float64, float16 and bfloat16 (linear layers only) are taken; the numbers of half-precision modules are those of a
    float32 network, and its arithmetic is not audited.

    Raises UsageError, which names the submodule and what is not supported; or if the logits of the model and those of the module
    for the example differ by more than rounding (1e-3 of the largest in float32, 1e-9 in float64)."""
    return convert(module, input_of(example), fuse).model


@dataclass
class Conversion:
    """A model, and what the trace says of the module."""

    model: Model
    end: str
    """"Softmax", "LogSoftmax", "Sigmoid" or "": what the module ends in"""
    until: Optional[Until]
    """Runs to the end of the steps that normalise the input of a chain of layers; None if there are none."""


def convert(module: torch.nn.Module, x: torch.Tensor, fuse: bool = False) -> Conversion:
    """from_torch, with what audits ask."""
    module = plain(module)
    x = x if x.shape[0] > 1 else torch.cat([x, x])  # so that the dimension of the batch shows
    x = x.to(device_of(module, x))
    types = {parameter.dtype for parameter in module.parameters() if parameter.dtype.is_floating_point}
    if types and x.dtype not in types:
        raise UsageError(f"example: it is {x.dtype}, and the module's parameters are {types.pop()}: give both the same type")
    with as_it_was(module), torch.inference_mode(False), _no_autocast():
        x = x.clone()  # what was made in inference mode has no versions
        trace = Trace(module)
        output = _run(trace, module, x)
        model = _model(trace, fuse)
        compare(model, module, x, output)
        compare(model, module, torch.rand(x.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(x), None)
    return Conversion(model, trace.end, Until(*trace.last_step) if trace.last_step and trace.is_chain else None)


def device_of(module: torch.nn.Module, otherwise: torch.Tensor) -> torch.device:
    """Where the module computes."""
    return next(iter([*module.parameters(), *module.buffers()]), otherwise).device


def plain(module: Any) -> torch.nn.Module:
    """The module within DataParallel and what torch.compile makes."""
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"module is a torch.nn.Module, not {type(module).__name__}")
    while True:
        inner = getattr(module, "_orig_mod", None)
        if isinstance(module, (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)):
            inner = module.module
        if not isinstance(inner, torch.nn.Module):
            return module
        module = inner


@contextmanager
def as_it_was(module: torch.nn.Module) -> Iterator[None]:
    """Eval mode, and no change of the random state; at the end every submodule's mode is what it was."""
    modes = [(m, m.training) for m in module.modules()]
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_available() and torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices):
        try:
            module.eval()
            yield
        finally:
            for m, training in modes:
                m.training = training


def _no_autocast() -> ExitStack:
    stack = ExitStack()
    for device in ["cpu", *["cuda"] * torch.cuda.is_available()]:
        stack.enter_context(torch.autocast(device, enabled=False))
    return stack


def input_of(example: Any) -> torch.Tensor:
    """The inputs that the user gave, as a tensor."""
    if isinstance(example, (tuple, list, dict)):
        raise TypeError("example is one tensor: wrap a module of several inputs in one that keeps all but one of them")
    x = tensor_of(example, "example")
    if x.dtype not in ELEMENTS:
        raise UsageError(f"example: numbers of {x.dtype} have no gradient: give what the first layer takes, in float32 or float64")
    if x.dim() < 2:
        raise UsageError(f"example: its shape {tuple(x.shape)} has no first dimension for the batch: give example[None]")
    if x.numel() == 0:
        raise UsageError(f"example: it is empty, its shape is {tuple(x.shape)}")
    return x.detach()


def tensor_of(value: Any, name: str) -> torch.Tensor:
    """A tensor, or an array that is copied, whatever its strides and the order of its bytes."""
    try:
        tensor = torch.as_tensor(value.astype(value.dtype.newbyteorder("=")) if isinstance(value, np.ndarray) else value)
    except (TypeError, ValueError, RuntimeError) as fault:
        raise UsageError(f"{name}: PyTorch makes no tensor of it: {fault}".splitlines()[0]) from None
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_meta:
        raise UsageError(f"{name}: a dense tensor with numbers in it is needed")
    return tensor


def _run(trace: Trace, module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    try:
        return trace.run(x.clone())
    except Error:
        raise
    except Exception as fault:
        reason = str(fault).strip().splitlines() or [""]
        hint = " (does the example lack its first dimension, the batch: example[None]?)" if x.dim() == 3 else ""
        raise trace.fault(f"it fails on inputs of shape {tuple(x.shape)}: {type(fault).__name__}: {reason[0]}{hint}") from fault


def _model(trace: Trace, fuse: bool) -> Model:
    """What the core reads of it: a chain of layers, or a graph where those have no such order of operators."""
    try:
        return from_bytes(trace.data, "the module", fuse=fuse)
    except FileError as fault:
        if not trace.is_chain:
            raise UsageError(str(fault)) from None
    try:
        return from_bytes(trace.as_graph(), "the module", fuse=fuse)
    except FileError as fault:
        raise UsageError(str(fault)) from None


def compare(model: Model, module: torch.nn.Module, x: torch.Tensor, output: Any) -> None:
    """UsageError if the module's output for x (None: it is run) is not the model's."""
    if output is None:
        with torch.no_grad():
            try:
                output = module(x.clone())
            except RuntimeError as fault:
                if "not implemented for" in str(fault):
                    return  # half precision on a CPU: the trace has compared
                raise
    theirs = output.detach().to("cpu", torch.float64).numpy()
    own = "float" if model.bits == 32 else "double"
    ours = model.forward(as_array(x), own if model.classes > 1 else f"{own},bce", progress=False).float64()
    largest = np.max(np.abs(theirs), initial=0.0)
    furthest = np.max(np.abs(ours - theirs), initial=0.0) / (largest or 1.0)
    if not furthest <= TOLERANCES[x.dtype]:
        raise UsageError(f"the module: its outputs and those of the network that was read from it differ by {furthest:.2g} of the "
                         f"largest, more than {TOLERANCES[x.dtype]:g}: it does something that cannot be followed, or is not the "
                         f"same from run to run")


def as_array(tensor: torch.Tensor) -> "np.ndarray[Any, Any]":
    """A tensor's numbers, those in half precision exactly in float32, in no more dimensions than data sets have."""
    tensor = tensor.detach().to("cpu").resolve_neg()
    if tensor.dim() > 4:
        tensor = tensor.flatten(1)
    if tensor.dtype in (torch.float16, torch.bfloat16):
        tensor = tensor.float()
    return tensor.numpy()
