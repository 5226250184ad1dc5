# SPDX-License-Identifier: Apache-2.0
"""PyTorch's functions that move or copy numbers as operators of ONNX; see _operators.py and _layout.py"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from . import _layout
from ._layout import Flow, cut, dimension, longer, permute, place, prefix, rank, reshape
from ._rows import Made, main, need_images_first, number

if TYPE_CHECKING:
    from ._trace import Trace

_JOINED = 8  # how many inputs a node may have


def reshaped(trace: Trace, result: Tensor, input: Any, *args: Any, **kwargs: Any) -> Made:
    """Any function whose numbers are those of its input, in their order."""
    flow = trace.flow(input)
    assert flow is not None  # or it is a constant
    shape = tuple(result.shape)
    if flow.is_plain and shape[0] == trace.batch:
        sides = [[size for size in of if size > 1] for of in (shape[1:], flow.per_image)]
        fits = len(flow.per_image) == 1 or not trace.natural or sides[0] == sides[1]  # images of the input's own shape
        if flow.name == "input" and not trace.graph.nodes and len(shape) in (3, 4) and fits:
            trace.graph.shape, trace.natural = shape[1:], True  # the input is given as planes
            trace.shapes["input"] = shape[1:]
            return replace(flow, per_image=shape[1:])
        if flow.steps and not trace.natural:
            return replace(flow, per_image=shape[1:])  # it flows as a row
    return replace(reshape(trace, flow, shape), steps=flow.steps and flow.is_plain)


def _getitem(trace: Trace, result: Tensor, input: Any, index: Any) -> Made:
    flow = main(trace, input, "getitem")
    items = list(index) if isinstance(index, tuple) else [index]
    lists = [k for k, item in enumerate(items) if isinstance(item, (list, Tensor))]
    if len(lists) > 1 or not all(item is None or item is Ellipsis or isinstance(item, (int, slice, list, Tensor)) and
                                 not isinstance(item, bool) for item in items):
        raise trace.fault("getitem is known of numbers, slices and one list of places as an index, such as x[:, 1:, ::2, [0, 3]]")
    used = sum(item is not None and item is not Ellipsis for item in items)
    at = next((k for k, item in enumerate(items) if item is Ellipsis), len(items))
    items[at:at + 1] = [slice(None)] * (rank(flow) - used)
    taken = [item for item in items if item is not None]
    if not isinstance(taken[flow.at], slice):
        raise trace.fault("getitem is not supported in the dimension of the images: the network has to be the same for every image")
    listed = next((d for d, item in enumerate(taken) if isinstance(item, (list, Tensor))), None)
    if listed is not None:
        if any(isinstance(item, int) for item in taken):
            raise trace.fault("getitem of numbers and lists together is not supported: take them one after the other")
        flow = places(trace, flow, listed, torch.as_tensor(taken[listed]))
        taken[listed] = slice(None)
    parts = {d: item if isinstance(item, slice) else slice(item, item + 1 or None) for d, item in enumerate(taken)}
    flow = cut(trace, flow, parts)
    return reshape(trace, _layout.without(trace, flow, [d for d, item in enumerate(taken) if isinstance(item, int)]), result.shape)


def places(trace: Trace, flow: Flow, dim: int, index: Tensor) -> Flow:
    """The numbers at those places of a dimension: as few slices as have them, joined."""
    if trace.flow(index) is not None or index.dim() != 1:
        raise trace.fault("places along a dimension are known of one constant row of integers")
    dimension(trace, flow, dim)
    size = _layout.tensor_shape(trace, flow)[dim]
    given = [int(i) for i in (index.nonzero()[:, 0] if index.dtype == torch.bool else index)]
    given = [i + size if i < 0 else i for i in given]
    parts: list[Flow] = []
    at = 0
    while at < len(given):
        step = given[at + 1] - given[at] if at + 1 < len(given) else 1
        n = 1
        while step != 0 and at + n < len(given) and given[at + n] - given[at + n - 1] == step:
            n += 1
        last = given[at + n - 1] + (1 if step >= 0 else -1)
        part = slice(given[at], last if last >= 0 else None, step or 1)
        parts.append(cut(trace, flow, {dim: part}))
        at += n
    return joined(trace, parts, dim)


def _index_select(trace: Trace, result: Tensor, input: Any, dim: int, index: Tensor) -> Made:
    return places(trace, main(trace, input, "index_select"), dim, index.reshape(-1))


def _select(trace: Trace, result: Tensor, input: Any, dim: int, index: int) -> Made:
    flow = main(trace, input, "select")
    d = dimension(trace, flow, dim)
    return _layout.without(trace, cut(trace, flow, {d: slice(index, index + 1 or None)}), [d])


def _narrow(trace: Trace, result: Tensor, input: Any, dim: int, start: int, length: int) -> Made:
    flow = main(trace, input, "narrow")
    d, start = dimension(trace, flow, dim), int(start)
    start += flow.per_image[place(trace, flow, d)] if start < 0 else 0
    return cut(trace, flow, {d: slice(start, start + length)})


def _split(trace: Trace, result: Sequence[Tensor], input: Any, split_size_or_sections: Any = None, dim: int = 0,
           **kwargs: Any) -> Made:
    flow, made, at = main(trace, input, "split"), [], 0
    d = dimension(trace, flow, dim)
    for part in result:
        made.append(cut(trace, flow, {d: slice(at, at + part.shape[d])}))
        at += part.shape[d]
    return list(made)


def _unbind(trace: Trace, result: Sequence[Tensor], input: Any, dim: int = 0) -> Made:
    flow = main(trace, input, "unbind")
    d = dimension(trace, flow, dim)
    return [_layout.without(trace, cut(trace, flow, {d: slice(k, k + 1)}), [d]) for k in range(len(result))]


def joined(trace: Trace, parts: Sequence[Any], dim: int) -> Flow:
    """Flows, or constants, one behind the other along a dimension."""
    first = next(part for part in parts if isinstance(part, Flow))
    d = place(trace, first, dim)
    _layout.aligned(trace, [part for part in parts if isinstance(part, Flow)], "cat")
    names, size = [], 0
    for part in parts:
        if isinstance(part, Flow):
            names.append(trace.shaped(part).name)
            size += part.per_image[d]
            continue
        constant = number(trace, part, first).detach()
        names.append(trace.constant(constant, f"{prefix(trace, 'cat')}.constant"))
        size += constant.shape[d + 1]
    while len(names) > 1:
        most = names[:_JOINED]
        name = trace.emit("Concat", most, "cat", axis=d + 1)
        names[:_JOINED] = [name]
    return _layout.made(trace, first, names[0], (*first.per_image[:d], size, *first.per_image[d + 1:]))


def constant(trace: Trace, value: Tensor, like: Flow, dim: int) -> Flow:
    """A constant as what flows, of the shape of another flow but for one dimension: joined to a part of it, and cut off."""
    own = _layout.tensor_shape(trace, like)
    if value.dim() != len(own) or any(a != b for d, (a, b) in enumerate(zip(value.shape, own)) if d != dim):
        raise trace.fault(f"a constant of shape {tuple(value.shape)} beside inputs of shape {_layout.words(like)} is not supported")
    return cut(trace, joined(trace, [cut(trace, like, {dim: slice(0, 1)}), value], dim), {dim: slice(1, None)})


def by_matrix(trace: Trace, flow: Flow, dim: int, matrix: Tensor, hint: str) -> Flow:
    """Linear functions along a dimension of the tensor: its numbers times a constant matrix."""
    flow = _layout.swap(trace, flow, dim, -1)
    weight = trace.constant(matrix, f"{prefix(trace, hint)}.{hint}")
    name = trace.emit("MatMul", [trace.shaped(flow).name, weight], hint, chain=False)
    return _layout.swap(trace, _layout.made(trace, flow, name, (*flow.per_image[:-1], matrix.shape[1])), dim, -1)


def _cumsum(trace: Trace, result: Tensor, input: Any, dim: int, **kwargs: Any) -> Made:
    flow = main(trace, input, "cumsum")
    size = flow.per_image[place(trace, flow, dim)]
    return by_matrix(trace, flow, dim, torch.ones(size, size, dtype=trace.dtype).triu(), "cumsum")


def _cat(trace: Trace, result: Tensor, tensors: Any, dim: int = 0, **kwargs: Any) -> Made:
    parts = [trace.flow(part) or part for part in tensors]
    return joined(trace, parts, kwargs.get("axis", dim))


def _stack(trace: Trace, result: Tensor, tensors: Any, dim: int = 0) -> Made:
    d = dim + result.dim() if dim < 0 else dim
    parts: list[Any] = []
    for part in tensors:
        flow = trace.flow(part)
        shape = (*part.shape[:d], 1, *part.shape[d:])
        parts.append(part.reshape(shape) if flow is None else reshape(trace, flow, shape))
    return joined(trace, parts, d)


def _hstack(trace: Trace, result: Tensor, tensors: Any) -> Made:
    return _cat(trace, result, tensors, 1)


def _expand(trace: Trace, result: Tensor, input: Any, *args: Any, **kwargs: Any) -> Made:
    return longer(trace, main(trace, input, "expand"), result.shape)


def repeated(trace: Trace, flow: Flow, times: dict[int, int], each: bool = False) -> Flow:
    """Copies of the flow along dimensions of the tensor, one behind the other; each: number by number."""
    for d, n in times.items():
        if n == 1:
            continue
        dimension(trace, flow, d)
        own = _layout.tensor_shape(trace, flow)
        one = reshape(trace, flow, (*own[:d], *((own[d], 1) if each else (1, own[d])), *own[d + 1:]))
        more = longer(trace, one, (*own[:d], *((own[d], n) if each else (n, own[d])), *own[d + 1:]))
        flow = reshape(trace, more, (*own[:d], own[d] * n, *own[d + 1:]))
    return flow


def _repeat(trace: Trace, result: Tensor, input: Any, *args: Any, **kwargs: Any) -> Made:
    flow = main(trace, input, "repeat")
    flow = reshape(trace, flow, (1,) * (result.dim() - rank(flow)) + _layout.tensor_shape(trace, flow))
    return repeated(trace, flow, {d: size // own for d, (size, own) in
                                  enumerate(zip(result.shape, _layout.tensor_shape(trace, flow)))})


def _repeat_interleave(trace: Trace, result: Tensor, input: Any, repeats: Any, dim: Any = None, **kwargs: Any) -> Made:
    if not isinstance(repeats, int) or dim is None:
        raise trace.fault("repeat_interleave is known of one number of repeats along a dimension")
    flow = main(trace, input, "repeat_interleave")
    return repeated(trace, flow, {dimension(trace, flow, dim): repeats}, each=True)


def _permute(trace: Trace, result: Tensor, input: Any, *dims: Any, **kwargs: Any) -> Made:
    order = kwargs.get("dims", dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims)
    return permute(trace, main(trace, input, "permute"), list(order))


def _transpose(trace: Trace, result: Tensor, input: Any, dim0: int, dim1: int) -> Made:
    return _layout.swap(trace, main(trace, input, "transpose"), dim0, dim1)


def _movedim(trace: Trace, result: Tensor, input: Any, source: Any, destination: Any) -> Made:
    flow = main(trace, input, "movedim")
    n = rank(flow)
    moved = [[d % n for d in ([dims] if isinstance(dims, int) else dims)] for dims in (source, destination)]
    rest = iter([d for d in range(n) if d not in moved[0]])
    return permute(trace, flow, [moved[0][moved[1].index(d)] if d in moved[1] else next(rest) for d in range(n)])


def _turned(trace: Trace, result: Tensor, input: Any) -> Made:
    flow = main(trace, input, "transpose")
    return permute(trace, flow, range(rank(flow))[::-1])


def _last_two(trace: Trace, result: Tensor, input: Any) -> Made:
    return _layout.swap(trace, main(trace, input, "transpose"), -2, -1)


def _flip(trace: Trace, result: Tensor, input: Any, *dims: Any) -> Made:
    flow = main(trace, input, "flip")
    given = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return cut(trace, flow, {dimension(trace, flow, d): slice(None, None, -1) for d in given})


def _roll(trace: Trace, result: Tensor, input: Any, shifts: Any, dims: Any = None) -> Made:
    flow = main(trace, input, "roll")
    if dims is None or dims == ():
        raise trace.fault("roll of all dimensions moves numbers from image to image: give it dims")
    for by, dim in zip(*([x] if isinstance(x, int) else x for x in (shifts, dims))):
        d = dimension(trace, flow, dim)
        size = flow.per_image[place(trace, flow, d)]
        if by % size:
            parts = [cut(trace, flow, {d: part}) for part in (slice(size - by % size, size), slice(0, size - by % size))]
            flow = joined(trace, parts, d)
    return flow


def _pixel_shuffle(trace: Trace, result: Tensor, input: Any, upscale_factor: int) -> Made:
    flow, n = main(trace, input, "pixel_shuffle"), upscale_factor
    c, h, w = flow.per_image[-3:]
    need_images_first(trace, flow)
    split = reshape(trace, flow, (trace.batch, c // n**2, n, n, h, w))
    return reshape(trace, permute(trace, split, [0, 1, 4, 2, 5, 3]), result.shape)


def _pixel_unshuffle(trace: Trace, result: Tensor, input: Any, downscale_factor: int) -> Made:
    flow, n = main(trace, input, "pixel_unshuffle"), downscale_factor
    c, h, w = flow.per_image[-3:]
    need_images_first(trace, flow)
    split = reshape(trace, flow, (trace.batch, c, h // n, n, w // n, n))
    return reshape(trace, permute(trace, split, [0, 1, 3, 5, 2, 4]), result.shape)


ROWS: dict[str, Callable[..., Made]] = {
    "flatten view reshape squeeze unsqueeze unflatten view_as reshape_as ravel squeeze_ unsqueeze_": reshaped,
    "__getitem__": _getitem, "select": _select, "narrow": _narrow, "split chunk tensor_split split_with_sizes": _split,
    "unbind": _unbind, "cat concat concatenate": _cat, "stack": _stack, "hstack column_stack": _hstack,
    "expand expand_as broadcast_to": _expand, "repeat tile": _repeat, "repeat_interleave": _repeat_interleave,
    "index_select": _index_select, "permute": _permute, "transpose transpose_ swapaxes swapdims": _transpose,
    "movedim moveaxis": _movedim, "t T": _turned, "mT": _last_two, "flip": _flip, "roll": _roll, "cumsum": _cumsum,
    "pixel_shuffle": _pixel_shuffle, "pixel_unshuffle": _pixel_unshuffle,
}
