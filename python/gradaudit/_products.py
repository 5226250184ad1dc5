# SPDX-License-Identifier: Apache-2.0
"""PyTorch's products of matrices, of values and constants or of two values, and attention made of them; see _operators.py"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any, Optional

import torch
from torch import Tensor

from . import _layout
from ._arithmetic import quotient_by, scaled, two
from ._layout import Flow, aligned, cut, longer, permute, place, prefix, rank, reshape, swap, words
from ._rows import Made, layer, main
from ._shapes import constant, joined
from ._sums import reduce, softmax

if TYPE_CHECKING:
    from ._trace import Trace


def product(trace: Trace, flow: Flow, weight: Tensor, bias: Optional[Tensor], hint: str, turned: bool = False) -> Flow:
    """The rows of the flow times a constant matrix, or times the transposed one; plus a bias."""
    if rank(flow) - 1 == flow.at:
        raise trace.fault(f"{hint} of a tensor of shape {words(flow)} adds up numbers of several images")
    flow, title = trace.shaped(flow), prefix(trace, hint)
    per_image = (*flow.per_image[:-1], weight.shape[0 if turned else 1])
    if len(flow.per_image) == 1 and (turned or bias is not None):
        inputs = [flow.name, trace.constant(weight, f"{title}.weight")]
        if bias is not None:
            inputs.append(trace.constant(bias, f"{title}.bias"))
        return _layout.made(trace, flow, trace.emit("Gemm", inputs, hint, transB=int(turned)), per_image)
    row = len(flow.per_image) == 1
    name = trace.emit("MatMul", [flow.name, trace.constant(weight, f"{title}.weight", turned=turned)], hint, chain=row)
    if bias is not None:
        name = trace.emit("Add", [name, trace.constant(bias, f"{title}.bias")], hint, chain=row)
    return _layout.made(trace, flow, name, per_image)


def _linear(trace: Trace, result: Tensor, input: Any, weight: Tensor, bias: Optional[Tensor] = None) -> Made:
    flow = layer(trace, input, weight, bias, "linear")
    if weight.dim() == 1:
        return reshape(trace, product(trace, flow, weight[None], bias, "linear", turned=True), result.shape)
    return product(trace, flow, weight, bias, "linear", turned=True)


def matmul(trace: Trace, a: Flow, b: Flow) -> Flow:
    """Matrices of one times those of the other, image by image; dimensions before are broadcast."""
    for flow in a, b:
        if rank(flow) < 3 or flow.at >= rank(flow) - 2:
            raise trace.fault(f"matmul of tensors of shapes {words(a)} and {words(b)} adds up numbers of several images")
    a, b = aligned(trace, [a, b], "matmul")
    own = [_layout.tensor_shape(trace, flow) for flow in (a, b)]
    before = torch.broadcast_shapes(own[0][:-2], own[1][:-2])
    a, b = longer(trace, a, (*before, *own[0][-2:])), longer(trace, b, (*before, *own[1][-2:]))
    name = trace.emit("MatMul", [trace.shaped(a).name, trace.shaped(b).name], "matmul", chain=False)
    return replace(_layout.made(trace, a, name, (*a.per_image[:-1], b.per_image[-1])), steps=False)


def _matmul(trace: Trace, result: Tensor, input: Any, other: Any) -> Made:
    a, b = trace.flow(input), trace.flow(other)
    if a is not None and b is not None:
        return matmul(trace, a, b)
    trace.layers += 1
    if b is None:
        assert a is not None
        if other.dim() == 1:
            return reshape(trace, product(trace, a, other[:, None], None, "matmul"), result.shape)
        return _by_matrices(trace, a, other)
    turned = swap(trace, b, -2, -1)
    if input.dim() == 1:
        return reshape(trace, product(trace, turned, input[:, None], None, "matmul"), result.shape)
    return swap(trace, _by_matrices(trace, turned, input.transpose(-2, -1)), -2, -1)


def _by_matrices(trace: Trace, flow: Flow, weights: Tensor) -> Flow:
    """The rows of the flow times a constant matrix, or of each part of it along the dimension before those times its own."""
    while weights.dim() > 2 and weights.shape[0] == 1:
        weights = weights[0]
    if weights.dim() == 2:
        return product(trace, flow, weights, None, "matmul")
    d = rank(flow) - 3
    if weights.dim() > 3 or d < 0:
        raise trace.fault("a product with constant matrices in more than one dimension is not supported")
    one = flow.per_image[place(trace, flow, d)] == 1
    parts = [flow if one else cut(trace, flow, {d: slice(k, k + 1)}) for k in range(len(weights))]
    return joined(trace, [product(trace, part, weight, None, "matmul") for part, weight in zip(parts, weights)], d)


def _added(trace: Trace, result: Tensor, input: Any, left: Any, right: Any, *, beta: float = 1, alpha: float = 1) -> Made:
    """addmm, baddbmm."""
    if alpha == beta == 1 and trace.flow(left) is not None and all(trace.flow(x) is None for x in (input, right)) and \
            input.dim() == 1 and right.dim() == 2:
        return product(trace, layer(trace, left, right, input, "addmm"), right, input, "addmm")
    made = scaled(trace, _matmul(trace, result, left, right), alpha)
    return made if beta == 0 else two(trace, "Add", scaled(trace, input, beta), made)


def _einsum(trace: Trace, result: Tensor, equation: str, *operands: Any) -> Made:
    """Of one or two operands: the dimensions of each go to their places in a product of matrices, and of that to those of out."""
    given = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else list(operands)
    terms, _, out = equation.replace(" ", "").partition("->")
    names = terms.split(",")
    if "..." in equation:
        dims = [tensor.dim() - len(name) + 3 for name, tensor in zip(names, given) if "..." in name]
        rest = "ABCDEFGH"[:max(dims)] if len(set(dims)) == 1 else "."
        *names, out = [name.replace("...", rest) for name in (*names, out)]
    if len(given) > 2 or "->" not in equation or "." in "".join(names) or any(len(set(name)) < len(name) for name in (*names, out)):
        raise trace.fault("einsum is known of one or two operands, each letter once in each, and of the letters of its result, "
                          "such as 'bik,bkj->bij'")
    if trace.flow(given[0]) is None:
        given, names = given[::-1], names[::-1]
    a, b = trace.flow(given[0]), trace.flow(given[1]) if len(given) > 1 else None
    assert a is not None
    size = {letter: n for name, tensor in zip(names, given) for letter, n in zip(name, tensor.shape)}
    alone = [[x for x in name if x not in out and all(x not in other for other in names if other is not name)] for name in names]
    if alone[0]:
        a = reduce(trace, trace.shaped(a), "ReduceSum", [names[0].index(x) for x in alone[0]], False)
    if alone[1:] and alone[1]:
        dims = [names[1].index(x) for x in alone[1]]
        b = None if b is None else reduce(trace, trace.shaped(b), "ReduceSum", dims, False)
        given[1] = given[1].sum(dims)
    names = ["".join(x for x in name if x not in summed) for name, summed in zip(names, alone)]
    if len(given) == 1:
        return permute(trace, a, [names[0].index(x) for x in out])
    both = [x for x in names[0] if x in names[1]]
    batch, inner = [x for x in both if x in out], [x for x in both if x not in out]
    outer = [[x for x in name if x not in both] for name in names]

    def sizes(letters: list[str]) -> list[int]:
        return [size[x] for x in letters]

    def ordered(flow: Flow, name: str, letters: list[str], shape: list[int]) -> Flow:
        return reshape(trace, permute(trace, flow, [name.index(x) for x in letters]), shape)

    n_inner, n_batch, n_right = prod(sizes(inner)), prod(sizes(batch)), prod(sizes(outer[1]))
    if b is None:
        trace.layers += 1
        weights = given[1].permute([names[1].index(x) for x in [*batch, *inner, *outer[1]]]).reshape(n_batch, n_inner, n_right)
        rows = ordered(a, names[0], [*outer[0], *batch, *inner], [*sizes(outer[0]), n_batch, 1, n_inner])
        letters, made = [*outer[0], *batch, *outer[1]], _by_matrices(trace, rows, weights)
    else:
        rows = ordered(a, names[0], [*batch, *outer[0], *inner], [*sizes(batch), prod(sizes(outer[0])), n_inner])
        columns = ordered(b, names[1], [*batch, *inner, *outer[1]], [*sizes(batch), n_inner, n_right])
        letters, made = [*batch, *outer[0], *outer[1]], matmul(trace, rows, columns)
    return permute(trace, reshape(trace, made, sizes(letters)), [letters.index(x) for x in out])


# Attention.

def _mask(trace: Trace, mask: Tensor) -> Tensor:
    """What is added to the products: of truth values -inf where they are false."""
    if mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=trace.dtype, device=mask.device).masked_fill(~mask, float("-inf"))


def attend(trace: Trace, q: Flow, k: Flow, v: Flow, mask: Optional[Tensor], divisor: float) -> tuple[Flow, Flow]:
    """softmax(q k^T / divisor + mask) v, and the weights."""
    products = matmul(trace, quotient_by(trace, q, divisor, "scale"), swap(trace, k, -2, -1))
    if mask is not None:
        products = two(trace, "Add", products, mask)
    weights = softmax(trace, products, -1)
    return matmul(trace, weights, v), weights


def _scaled_dot_product(trace: Trace, result: Any, query: Any, key: Any, value: Any, attn_mask: Optional[Tensor] = None,
                        dropout_p: float = 0.0, need_or_causal: bool = False, *, is_causal: bool = False,
                        need_attn_weights: bool = False, scale: Optional[float] = None, enable_gqa: bool = False) -> Made:
    q, k, v = (main(trace, x, "attention") for x in (query, key, value))
    several = not isinstance(result, Tensor)  # as before release 2
    if dropout_p or enable_gqa or trace.flow(attn_mask) is not None:
        raise trace.fault("attention with dropout, grouped heads or a mask that depends on the input is not supported")
    if is_causal or (need_or_causal and not several):
        attn_mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril()
    mask = None if attn_mask is None else _mask(trace, attn_mask)
    out, weights = attend(trace, q, k, v, mask, query.shape[-1]**0.5 if scale is None else 1 / scale)
    return [out, weights] if several else out


def _heads(trace: Trace, flow: Flow, n: int) -> Flow:
    """[length, images, features] as [images, heads, length, features of a head]."""
    length, images, width = _layout.tensor_shape(trace, flow)
    return permute(trace, reshape(trace, flow, (length, images, n, width // n)), (1, 2, 0, 3))


def _multi_head(trace: Trace, result: Any, query: Any, key: Any, value: Any, embed_dim: int, num_heads: int, in_weight: Any,
                in_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: bool, dropout_p: float, out_weight: Tensor, out_bias: Any,
                training: bool = True, key_padding_mask: Any = None, need_weights: bool = True, attn_mask: Any = None,
                use_separate_proj_weight: bool = False, q_proj_weight: Any = None, k_proj_weight: Any = None,
                v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None, average_attn_weights: bool = True,
                is_causal: bool = False) -> Made:
    first = next(flow for flow in map(trace.flow, (query, key, value)) if flow is not None)
    flows = [trace.flow(x) or constant(trace, x, first, 0) for x in (query, key, value)]
    others = (bias_k, bias_v, key_padding_mask, static_k, static_v)
    if (training and dropout_p) or add_zero_attn or any(x is not None for x in others):
        raise trace.fault("attention with dropout, key_padding_mask, add_bias_kv or add_zero_attn is not supported: leave them "
                          "out")
    if query.dim() != 3 or any(flow.at != 1 or any(flow.joined) for flow in flows):
        raise trace.fault("attention is known of (N, length, features) with batch_first=True, or of (length, N, features)")
    if trace.flow(attn_mask) is not None or (attn_mask is not None and attn_mask.dim() != 2):
        raise trace.fault("attention is known with a mask that is one constant matrix (length, length)")
    trace.layers += 1
    weights = [q_proj_weight, k_proj_weight, v_proj_weight] if use_separate_proj_weight else list(in_weight.chunk(3))
    biases = [None] * 3 if in_bias is None else list(in_bias.chunk(3))
    q, k, v = (_heads(trace, product(trace, flow, w, b, what, turned=True), num_heads)
               for flow, w, b, what in zip(flows, weights, biases, ("query", "key", "value")))
    mask = attn_mask == 0 if attn_mask is not None and attn_mask.dtype in (torch.bool, torch.uint8) else attn_mask
    out, _ = attend(trace, q, k, v, None if mask is None else _mask(trace, mask), (embed_dim // num_heads)**0.5)
    out = reshape(trace, permute(trace, out, (2, 0, 1, 3)), tuple(query.shape))
    return [product(trace, out, out_weight, out_bias, "out_proj", turned=True), None]


ROWS: dict[str, Callable[..., Made]] = {
    "linear": _linear, "matmul __matmul__ __rmatmul__ mm bmm mv": _matmul, "addmm baddbmm": _added, "einsum": _einsum,
    "scaled_dot_product_attention _scaled_dot_product_attention": _scaled_dot_product,
    "multi_head_attention_forward": _multi_head,
}
