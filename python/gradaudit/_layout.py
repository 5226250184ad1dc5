# SPDX-License-Identifier: Apache-2.0
"""Where the numbers of a tensor are in the graph, whose values have the images first: what functions that only move numbers make.

A tensor may count images in any dimension, alone or together with neighbouring dimensions, as in (length, images, features) or
(images * length, features); in the graph those numbers are [images, *per_image]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from ._trace import Trace


@dataclass
class Flow:
    """A tensor that depends on the input: its name in the graph, and the tensor."""

    name: str
    tensor: Tensor
    version: int
    per_image: tuple[int, ...]
    """the dimensions of an image's numbers: those of the tensor, where the first counts images alone"""
    steps: bool
    """whether only normalising steps have made it of the input"""
    at: int = 0
    """the dimension of the tensor that counts images,"""
    joined: tuple[bool, bool] = (False, False)
    """and whether it counts those of per_image too that are before and behind"""

    @property
    def is_plain(self) -> bool:
        """Whether the first dimension counts images alone."""
        return self.at == 0 and not any(self.joined)


def prefix(trace: Trace, hint: str) -> str:
    """What parameters of the module that runs are called, unless they have names."""
    return trace.names.get(id(trace.stack[-1] if trace.stack else trace.root), "") or hint


def rank(flow: Flow) -> int:
    """How many dimensions the tensor has."""
    return len(flow.per_image) + 1 - sum(flow.joined)


def dimension(trace: Trace, flow: Flow, dim: int) -> int:
    """A dimension of the tensor, which must not count images."""
    d = dim + rank(flow) if dim < 0 else dim
    if d == flow.at:
        which = "the first dimension" if d == 0 else f"dimension {d}"
        raise trace.fault(f"it works along {which}, that of the images: the network has to be the same for every image")
    return d


def place(trace: Trace, flow: Flow, dim: int) -> int:
    """Which of flow.per_image a dimension of the tensor is."""
    d = dimension(trace, flow, dim)
    return d if d < flow.at else d - 1 + sum(flow.joined)


def tensor_shape(trace: Trace, flow: Flow) -> tuple[int, ...]:
    """The shape of the tensor."""
    first, n = flow.at, sum(flow.joined)
    return (*flow.per_image[:first], trace.batch * prod(flow.per_image[first:first + n]), *flow.per_image[first + n:])


def words(flow: Flow) -> str:
    """The shape in messages: (N, 3, 4)."""
    first, n = flow.at, sum(flow.joined)
    images = " * ".join([*map(str, flow.per_image[first:first + flow.joined[0]]), "N",
                         *map(str, flow.per_image[first + flow.joined[0]:first + n])])
    return f"({', '.join([*map(str, flow.per_image[:first]), images, *map(str, flow.per_image[first + n:])])})"


def made(trace: Trace, flow: Flow, name: str, per_image: Sequence[int]) -> Flow:
    """A value that an operator makes of the flow, laid out in the same way."""
    trace.shapes[name] = tuple(per_image) or (1,)
    return replace(flow, name=name, per_image=tuple(per_image))


def reshape(trace: Trace, flow: Flow, shape: Sequence[int]) -> Flow:
    """The same numbers in a tensor of another shape."""
    before = prod(flow.per_image[:flow.at + flow.joined[0]])
    done = 1
    for at, size in enumerate(shape):
        if before % done == 0 and done * size % (before * trace.batch) == 0:
            sides = before // done, done * size // (before * trace.batch)
            joined = sides[0] > 1, sides[1] > 1
            per_image = (*shape[:at], *(side for side in sides if side > 1), *shape[at + 1:])
            return trace.shaped(replace(flow, per_image=per_image, at=at, joined=joined))
        done *= size
    raise trace.fault(f"it makes the shape ({', '.join(map(str, shape))}) of {words(flow)}: numbers of several images would be in "
                      f"one row")


def permute(trace: Trace, flow: Flow, order: Sequence[int]) -> Flow:
    """Dimension k of the tensor becomes what order[k] was."""
    taken: list[int] = []
    at = 0
    for k, dim in enumerate(order):
        d = dim + rank(flow) if dim < 0 else dim
        if d == flow.at:
            at = k
            taken += range(flow.at, flow.at + sum(flow.joined))
        else:
            taken.append(place(trace, flow, d))
    per_image = [flow.per_image[k] for k in taken]
    if taken == sorted(taken):
        return replace(flow, at=at)
    name = trace.emit("Transpose", [trace.shaped(flow).name], "transpose", perm=[0, *(k + 1 for k in taken)])
    return made(trace, replace(flow, at=at), name, per_image)


def swap(trace: Trace, flow: Flow, one: int, other: int) -> Flow:
    """Two dimensions change places."""
    order = list(range(rank(flow)))
    order[one], order[other] = order[other], order[one]
    return permute(trace, flow, order)


def cut(trace: Trace, flow: Flow, parts: dict[int, slice]) -> Flow:
    """A slice of each of some dimensions of the tensor."""
    own = tensor_shape(trace, flow)
    bounds = {d: range(own[d])[part] for d, part in parts.items()}
    bounds = {d: part for d, part in bounds.items() if part != range(own[d])}
    if flow.at in bounds:
        raise trace.fault("it takes some images of the batch: the network has to be the same for every image; take them before")
    if not bounds:
        return flow
    if not all(map(len, bounds.values())):
        raise trace.fault("it takes nothing of its input")
    places = [place(trace, flow, d) for d in bounds]
    ends = [part.stop if part.stop >= 0 else -2**31 for part in bounds.values()]  # a step below 0 ends before the first
    given = {"starts": [part.start for part in bounds.values()], "ends": ends, "axes": [k + 1 for k in places],
             "steps": [part.step for part in bounds.values()]}
    names = [trace.integers(numbers, f"{prefix(trace, 'slice')}.{what}") for what, numbers in given.items()]
    per_image = list(flow.per_image)
    for k, part in zip(places, bounds.values()):
        per_image[k] = len(part)
    return made(trace, flow, trace.emit("Slice", [trace.shaped(flow).name, *names], "slice"), per_image)


def without(trace: Trace, flow: Flow, dims: Sequence[int]) -> Flow:
    """The flow without some dimensions of the tensor, which are 1."""
    places = [place(trace, flow, d) for d in dims]
    per_image = tuple(size for k, size in enumerate(flow.per_image) if k not in places)
    return replace(flow, per_image=per_image, at=flow.at - sum(d % rank(flow) < flow.at for d in dims))


def longer(trace: Trace, flow: Flow, shape: Sequence[int]) -> Flow:
    """The flow with copies along dimensions of 1: of that shape, perhaps with dimensions in front."""
    new = len(shape) - rank(flow)
    flow = replace(flow, per_image=(1,) * new + flow.per_image, at=flow.at + new)
    first, n = flow.at, sum(flow.joined)
    per_image = (*shape[:first], *flow.per_image[first:first + n], *shape[first + 1:])
    if per_image == flow.per_image:
        return flow
    given = trace.integers([1, *per_image], f"{prefix(trace, 'expand')}.shape")
    return made(trace, flow, trace.emit("Expand", [trace.shaped(flow).name, given], "expand"), per_image)


def aligned(trace: Trace, flows: Sequence[Flow], operator: str) -> list[Flow]:
    """Flows that are joined element by element, with dimensions of 1 in front of those that have fewer."""
    most = max(map(rank, flows))
    flows = [replace(flow, per_image=(1,) * (most - rank(flow)) + flow.per_image, at=flow.at + most - rank(flow)) for flow in flows]
    first = flows[0]
    fits = all(flow.at == first.at and flow.joined == first.joined for flow in flows)
    group = slice(first.at, first.at + sum(first.joined))
    if not fits or any(flow.per_image[group] != first.per_image[group] for flow in flows):
        raise trace.fault(f"{operator.lower()} of tensors of shapes {' and '.join(map(words, flows))} would join numbers of "
                          f"several images")
    return flows
