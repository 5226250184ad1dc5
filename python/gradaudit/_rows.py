# SPDX-License-Identifier: Apache-2.0
"""What the rows of the tables of operations (_operators.py and those that it puts together) ask of their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union

import torch
from torch import Tensor

if TYPE_CHECKING:
    from ._trace import Flow, Trace

Made = Union[str, "Flow"]


def prefix(trace: Trace, hint: str) -> str:
    """What parameters of the module that runs are called, unless they have names."""
    return trace.names.get(id(trace.stack[-1] if trace.stack else trace.root), "") or hint


def main(trace: Trace, value: Any, name: str) -> Flow:
    """The flow that a function's first argument is, under the name of a value that has its shape."""
    flow = trace.flow(value)
    if flow is None:
        raise trace.fault(f"{name} takes the input's numbers in another place than the first")
    return trace.shaped(flow)


def layer(trace: Trace, x: Any, weight: Any, bias: Any, name: str) -> Flow:
    """The same for a layer with constant weights."""
    flow = main(trace, x, name)
    for what, value in ("weights", weight), ("bias", bias):
        if trace.flow(value) is not None:
            raise trace.fault(f"the {what} of {name} come from the input: only constants are known there")
    trace.layers += 1
    return flow


def sides(value: Any, n: int) -> list[int]:
    """A number for each of n sides."""
    given = [value] if isinstance(value, int) else list(value)
    return given * n if len(given) == 1 else given


def need_planes(trace: Trace, flow: Flow, n: int) -> None:
    """UsageError unless the flow has channels and n sides."""
    if len(flow.per_image) != n + 1 or not trace.natural:
        shape = "(N, C, H, W)" if n == 2 else "(N, C, L)"
        raise trace.fault(f"it takes inputs of shape {shape}, not (N, {', '.join(map(str, flow.per_image))}): does the example "
                          f"lack its first dimension, the batch (example[None])?")


def is_binary32(trace: Trace, number: float) -> bool:
    """Whether an operator's attribute, which is binary32, is the number that the module computes with."""
    return trace.dtype != torch.float64 or float(torch.tensor(number, dtype=torch.float32)) == number


def binary32(trace: Trace, what: str, number: float) -> float:
    """A number that an operator takes as binary32."""
    if not is_binary32(trace, number):
        raise trace.fault(f"the {what} {number} is no binary32 number, as it has to be: use one such as 2**-7, or a module of "
                          f"float32")
    return number


def number(trace: Trace, value: Any, flow: Flow) -> Tensor:
    """A constant operand as a tensor that broadcasts to one input; numbers are converted to the type, as PyTorch does."""
    tensor = value if isinstance(value, Tensor) else torch.tensor(value, dtype=trace.dtype)
    if tensor.dtype != trace.dtype:
        tensor = tensor.to(trace.dtype)
    return each_image(trace, tensor, len(flow.per_image))


def each_image(trace: Trace, tensor: Tensor, n_dims: int) -> Tensor:
    """A constant that is the same for all images, of at most n_dims dimensions besides theirs, which is 1 if it is there."""
    if tensor.dim() > n_dims + 1:
        raise trace.fault(f"a constant of shape {tuple(tensor.shape)} has more dimensions than what flows")
    if tensor.dim() == n_dims + 1 and tensor.shape[0] != 1:
        with torch.no_grad():
            if not torch.equal(tensor, tensor[:1].expand_as(tensor)):
                raise trace.fault("a constant has other numbers for each image of the batch: the network has to be the same "
                                  "for every image")
        tensor = tensor[:1]
    return tensor


def scalar(trace: Trace, value: float, hint: str) -> str:
    """The name of a constant of one number, rounded to the type."""
    return trace.constant(torch.tensor(value, dtype=trace.dtype), f"{prefix(trace, hint)}.{hint}")


def plain_number(trace: Trace, value: Any, what: str) -> Optional[float]:
    """A number that a function is given, or none."""
    if isinstance(value, Tensor):
        if trace.flow(value) is not None or value.numel() != 1:
            raise trace.fault(f"{what} is not one constant number")
        return float(value.detach())
    return None if value is None else float(value)
