# SPDX-License-Identifier: Apache-2.0
"""What the rows of the tables of operations (_operators.py and those that it puts together) ask of their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union

import torch
from torch import Tensor

from . import _layout
from ._errors import UsageError
from ._layout import Flow, prefix

if TYPE_CHECKING:
    from ._trace import Trace

Made = Union[str, Flow, list[Optional[Flow]]]


def main(trace: Trace, value: Any, name: str) -> Flow:
    """The flow that a function's first argument is, under the name of a value that has its shape."""
    flow = trace.flow(value)
    if flow is None:
        raise trace.fault(f"{name} takes the input's numbers in another place than the first")
    return trace.shaped(flow)


def alike(trace: Trace, flow: Flow, name: str) -> Flow:
    """What an operator makes of each number of the flow."""
    return _layout.made(trace, flow, name, flow.per_image)


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


class Together(UsageError):
    """The first dimension counts more than images, and a row takes images alone."""


def need_planes(trace: Trace, flow: Flow, n: int) -> None:
    """UsageError unless the flow has images, channels and n sides."""
    need_images_first(trace, flow)
    if len(flow.per_image) != n + 1:
        shape = "(N, C, H, W)" if n == 2 else "(N, C, L)"
        raise trace.fault(f"it takes inputs of shape {shape}, not {_layout.words(flow)}: does the example lack its first "
                          f"dimension, the batch (example[None])?")


def need_images_first(trace: Trace, flow: Flow) -> None:
    """UsageError unless the first dimension counts images, and nothing else."""
    if not flow.is_plain:
        raise Together(str(trace.fault(f"it takes inputs of shape (N, ...), not {_layout.words(flow)}: numbers of several images "
                                       f"would be taken together")))


def number(trace: Trace, value: Any, flow: Flow) -> Tensor:
    """A constant operand as a tensor that broadcasts to the numbers of one input; numbers are converted to the type, as PyTorch
    does."""
    tensor = value if isinstance(value, Tensor) else torch.tensor(value, dtype=trace.dtype)
    if tensor.dtype != trace.dtype:
        tensor = tensor.to(trace.dtype)
    return each_image(trace, tensor, flow)


def each_image(trace: Trace, tensor: Tensor, flow: Flow) -> Tensor:
    """A constant that is the same for all images, of no more dimensions than the flow, as one of [images, *per_image]."""
    behind = _layout.rank(flow) - flow.at  # dimensions from that of the images on
    if tensor.dim() > _layout.rank(flow):
        raise trace.fault(f"a constant of shape {tuple(tensor.shape)} has more dimensions than what flows")
    if tensor.dim() < behind:
        return tensor
    d, before, after = tensor.dim() - behind, *flow.joined
    if before or after:
        one = tensor.shape[d] == 1
        group = [[1 if one else flow.per_image[flow.at]] * before, [1 if one else flow.per_image[flow.at + before]] * after]
        tensor = tensor.reshape(*tensor.shape[:d], *group[0], -1, *group[1], *tensor.shape[d + 1:])
        d += before
    if tensor.shape[d] != 1:
        with torch.no_grad():
            if not torch.equal(tensor, tensor.narrow(d, 0, 1).expand_as(tensor)):
                raise trace.fault("a constant has other numbers for each image of the batch: the network has to be the same for "
                                  "every image")
        tensor = tensor.narrow(d, 0, 1)
    return tensor if d == 0 else tensor.movedim(d, 0)


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
