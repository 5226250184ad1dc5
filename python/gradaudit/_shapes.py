# SPDX-License-Identifier: Apache-2.0
"""PyTorch's functions that move numbers, or add them up over dimensions, as operators of ONNX; see _operators.py"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Union

from torch import Tensor

from ._rows import Made, main, prefix

if TYPE_CHECKING:
    from ._trace import Flow, Trace


def reshape(trace: Trace, flow: Flow, shape: tuple[int, ...]) -> Flow:
    """The flow, whose name is of a value of its shape, in another shape."""
    if shape == flow.per_image:
        return flow
    if len(shape) == 1:
        name = trace.emit("Flatten", [flow.name], "flatten", axis=1)
    else:
        raise trace.fault(f"it makes the shape (N, {', '.join(map(str, shape))}) of (N, {', '.join(map(str, flow.per_image))}): "
                          f"only one row for each image is known here, as flatten(1) makes them")
    return replace(flow, name=name, per_image=shape)


def reshaped(trace: Trace, result: Tensor, input: Any, *args: Any, **kwargs: Any) -> Made:
    """Any function whose numbers are those of its input, in their order."""
    flow = trace.flow(input)
    if flow is None:
        raise trace.fault("the input gives a shape only")
    shape = tuple(result.shape[1:])
    if result.shape[0] != trace.batch or not shape:
        raise trace.fault(f"it makes the shape {tuple(result.shape)} of {(trace.batch, *flow.per_image)}: only one row for each "
                          f"image is known here, as flatten(1) makes them")
    if flow.name == "input" and not trace.graph.nodes and len(shape) in (2, 3):
        trace.graph.shape, trace.natural = shape, True  # the input is given as planes
        return replace(flow, per_image=shape)
    if not trace.is_natural(flow) and len(shape) == 1:
        return replace(flow, per_image=shape)  # it flows as a row
    return reshape(trace, trace.shaped(flow), shape)


def cut(trace: Trace, flow: Flow, parts: dict[int, slice]) -> Flow:
    """A slice of each of some dimensions, of which 0 is that of the images, with begin, end and a positive step."""
    bounds = {d: range(size)[part] for d, part in parts.items() for size in [(trace.batch, *flow.per_image)[d]]}
    bounds = {d: part for d, part in bounds.items() if d == 0 or part != range(flow.per_image[d - 1])}
    if 0 in bounds and bounds.pop(0) != range(trace.batch):
        raise trace.fault("it takes some images of the batch: the network has to be the same for every image; take them before")
    if not bounds:
        return flow
    if not all(map(len, bounds.values())):
        raise trace.fault("it takes nothing of its input")
    if not trace.is_natural(flow):
        raise trace.fault(f"slices of {len(flow.per_image)} dimensions are not known here: 3 at most are")
    given = {"starts": [part.start for part in bounds.values()], "ends": [part.stop for part in bounds.values()],
             "axes": list(bounds), "steps": [part.step for part in bounds.values()]}
    names = [trace.integers(numbers, f"{prefix(trace, 'slice')}.{what}") for what, numbers in given.items()]
    shape = list(flow.per_image)
    for d, part in bounds.items():
        shape[d - 1] = len(part)
    return replace(flow, name=trace.emit("Slice", [flow.name, *names], "slice"), per_image=tuple(shape))


def _getitem(trace: Trace, result: Tensor, input: Any, index: Any) -> Made:
    flow = main(trace, input, "getitem")
    items = list(index) if isinstance(index, tuple) else [index]
    if not all(item is None or item is Ellipsis or isinstance(item, (int, slice)) and not isinstance(item, bool) for item in items):
        raise trace.fault("getitem is not known of tensors and lists as an index: only of numbers and slices, such as x[:, 1:, "
                          "::2]; join parts with torch.cat")
    used = sum(item is not None and item is not Ellipsis for item in items)
    if Ellipsis not in items:
        items.append(Ellipsis)
    at = items.index(Ellipsis)
    items[at:at + 1] = [slice(None)] * (len(flow.per_image) + 1 - used)
    taken = [item for item in items if item is not None]
    if not isinstance(taken[0], slice) or items[0] is None:
        raise trace.fault("getitem is not known of the first dimension, that of the images: the network has to be the same "
                          "for every image")
    parts = {d: item if isinstance(item, slice) else slice(item, item + 1 or None) for d, item in enumerate(taken)}
    return reshape(trace, cut(trace, flow, parts), tuple(result.shape[1:]))


def _dimension(trace: Trace, flow: Flow, dim: int) -> int:
    """A dimension that is not that of the images."""
    d = dim + len(flow.per_image) + 1 if dim < 0 else dim
    if d == 0:
        raise trace.fault("it works along the first dimension, that of the images: the network has to be the same for every image")
    return d


def _select(trace: Trace, result: Tensor, input: Any, dim: int, index: int) -> Made:
    flow = main(trace, input, "select")
    part = slice(index, index + 1 or None)
    return reshape(trace, cut(trace, flow, {_dimension(trace, flow, dim): part}), tuple(result.shape[1:]))


def _narrow(trace: Trace, result: Tensor, input: Any, dim: int, start: int, length: int) -> Made:
    flow = main(trace, input, "narrow")
    start = int(start)
    start += flow.per_image[_dimension(trace, flow, dim) - 1] if start < 0 else 0
    return cut(trace, flow, {_dimension(trace, flow, dim): slice(start, start + length)})


def _split(trace: Trace, result: Sequence[Tensor], input: Any, split_size_or_sections: Any = None, dim: int = 0,
           **kwargs: Any) -> list[Flow]:
    flow, made, at = main(trace, input, "split"), [], 0
    d = _dimension(trace, flow, dim)
    for part in result:
        made.append(cut(trace, flow, {d: slice(at, at + part.shape[d])}))
        at += part.shape[d]
    return made


def _unbind(trace: Trace, result: Sequence[Tensor], input: Any, dim: int = 0) -> list[Flow]:
    flow = main(trace, input, "unbind")
    d = _dimension(trace, flow, dim)
    return [reshape(trace, cut(trace, flow, {d: slice(k, k + 1)}), tuple(part.shape[1:])) for k, part in enumerate(result)]


def _cat(trace: Trace, result: Tensor, tensors: Any, dim: int = 0, **kwargs: Any) -> Made:
    flows = [trace.flow(part) for part in tensors]
    if any(flow is None for flow in flows):
        raise trace.fault("cat of a constant is not known here: of what comes from the input it is")
    d = _dimension(trace, flows[0], kwargs.get("axis", dim))  # type: ignore[arg-type]
    if d != 1:
        raise trace.fault(f"cat along dimension {d} is not known here: along 1, that of the channels, it is")
    if len(flows) == 1:
        return flows[0]  # type: ignore[return-value]
    names = [trace.shaped(flow).name for flow in flows]  # type: ignore[arg-type]
    return trace.emit("Concat", names, "cat", axis=d)


def _expand(trace: Trace, result: Tensor, input: Any, *args: Any, **kwargs: Any) -> Made:
    flow = trace.flow(input)
    if flow is None or tuple(result.shape[1:]) != flow.per_image:
        raise trace.fault("copies along a dimension are not known here: only of one that is as long already")
    return flow


def _dimensions(trace: Trace, flow: Flow, dim: Any) -> list[int]:
    """Those given, or all."""
    every = range(len(flow.per_image) + 1)
    given = list(every) if dim is None or dim == () else [dim] if isinstance(dim, int) else list(dim)
    return sorted(_dimension(trace, flow, d) for d in given)


def _mean(trace: Trace, result: Tensor, input: Any, dim: Any = None, keepdim: bool = False, **kwargs: Any) -> Made:
    flow = main(trace, input, "mean")
    axes = _dimensions(trace, flow, kwargs.get("axis", dim))
    if axes != list(range(2, len(flow.per_image) + 1)) or not trace.is_natural(flow):
        raise trace.fault("a mean over other dimensions than height and width is not known here")
    given = trace.integers(axes, f"{prefix(trace, 'mean')}.axes")
    return trace.emit("ReduceMean", [flow.name, given], "mean", keepdims=int(keepdim))


ROWS: dict[str, Callable[..., Union[Made, list["Flow"]]]] = {
    "flatten view reshape squeeze unsqueeze unflatten view_as reshape_as ravel squeeze_ unsqueeze_": reshaped,
    "__getitem__": _getitem, "select": _select, "narrow": _narrow, "split chunk tensor_split split_with_sizes": _split,
    "unbind": _unbind, "cat concat concatenate": _cat, "mean": _mean, "expand expand_as broadcast_to": _expand,
}
