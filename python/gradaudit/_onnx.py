# SPDX-License-Identifier: Apache-2.0
"""ONNX files written without a library: the few messages of protobuf that a network is made of; see
https://onnx.ai/onnx/repo-docs/IR.html"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Union

_IR_VERSION, _OPERATOR_SET = 8, 24
FLOAT, INT64, FLOAT16, DOUBLE, BFLOAT16 = 1, 7, 10, 11, 16  # TensorProto.DataType

Attribute = Union[int, float, str, Sequence[int]]


class Double(float):
    """An attribute that is no binary32 number, as ONNX has them: the core takes it in a tensor."""


def double(value: float) -> float:
    """The number as an attribute: a Double if it has to be."""
    return value if struct.unpack("<f", struct.pack("<f", value))[0] == value else Double(value)


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def _field(number: int, value: Union[int, float, str, bytes]) -> bytes:
    """A field: an integer as a varint, a float as 32 bits, a text or a message by its length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _fields(number: int, values: Iterable[Union[int, str, bytes]]) -> bytes:
    return b"".join(_field(number, value) for value in values)


def _attribute(name: str, value: Attribute) -> bytes:
    start = _field(1, name)
    if isinstance(value, Double):
        return start + _field(5, _field(2, DOUBLE) + _field(9, struct.pack("<d", value))) + _field(20, 4)
    if isinstance(value, float):
        return start + _field(2, value) + _field(20, 1)
    if isinstance(value, int):
        return start + _field(3, value) + _field(20, 2)
    if isinstance(value, str):
        return start + _field(4, value) + _field(20, 3)
    return start + _fields(8, map(int, value)) + _field(20, 7)


def _value_info(name: str, element: int, shape: Sequence[int]) -> bytes:
    """A batch of any size of tensors of that shape."""
    dims = _field(1, _field(2, "N")) + b"".join(_field(1, _field(1, dim)) for dim in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, element) + _field(2, dims)))


@dataclass
class Node:
    """An operation on values, and the value that it makes."""

    name: str
    operator: str
    inputs: Sequence[str]
    output: str
    attributes: Mapping[str, Attribute]
    chain: bool
    """whether chains of layers have it as it stands here"""

    def bytes(self) -> bytes:
        """The message."""
        return (_fields(1, self.inputs) + _field(2, self.output) + _field(3, self.name) + _field(4, self.operator) +
                _fields(5, (_attribute(key, value) for key, value in sorted(self.attributes.items()))))


@dataclass
class Graph:
    """A network: constants are little-endian bytes in C order."""

    element: int
    shape: Sequence[int]
    """of one input"""
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, bytes] = field(default_factory=dict)

    def add_constant(self, name: str, element: int, shape: Sequence[int], data: bytes) -> None:
        """A constant; one of the same name is replaced."""
        self.constants[name] = _fields(1, shape) + _field(2, element) + _field(8, name) + _field(9, data)

    def mark(self, input: str) -> None:
        """Pads the input by nothing: with that node the core reads a graph, and no chain of layers."""
        none, padded = f"{input}#none", f"{input}#padded"
        self.add_constant(none, INT64, (2 * len(self.shape) + 2,), bytes(8 * (2 * len(self.shape) + 2)))
        self.nodes = [replace(node, inputs=[padded if name == input else name for name in node.inputs]) for node in self.nodes]
        self.nodes.insert(0, Node(padded, "Pad", [input, none], padded, {}, False))

    def prune(self, output: str) -> None:
        """Leaves what the output is made of."""
        wanted, kept = {output}, []
        for node in reversed(self.nodes):
            if node.output in wanted:
                wanted.update(node.inputs)
                kept.append(node)
        self.nodes = kept[::-1]
        self.constants = {name: data for name, data in self.constants.items() if name in wanted}

    def bytes(self, input: str, output: str, output_shape: Sequence[int]) -> bytes:
        """The file."""
        graph = (_fields(1, (node.bytes() for node in self.nodes)) + _field(2, "network") + _fields(5, self.constants.values()) +
                 _field(11, _value_info(input, self.element, self.shape)) +
                 _field(12, _value_info(output, self.element, output_shape)))
        return (_field(1, _IR_VERSION) + _field(2, "gradaudit") + _field(7, graph) +
                _field(8, _field(1, "") + _field(2, _OPERATOR_SET)))
