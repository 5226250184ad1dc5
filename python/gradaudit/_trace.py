# SPDX-License-Identifier: Apache-2.0
"""A PyTorch module becomes a graph: it runs once, and each operation on what comes from its input is written down.

What is computed of parameters and buffers alone (weight norm, masks) is a constant. What this does not know is refused by the name
of the module that does it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Optional

import torch

from . import _layout, _onnx, _operators, _rows, _shapes
from ._errors import UsageError
from ._layout import Flow
from ._mode import SeeingMode, function_name

ELEMENTS = {torch.float32: _onnx.FLOAT, torch.float64: _onnx.DOUBLE, torch.float16: _onnx.FLOAT16,
            torch.bfloat16: _onnx.BFLOAT16}

#: What may be asked of a tensor that flows: nothing that depends on its numbers.
_QUESTIONS = frozenset("""
    shape dtype device ndim size dim ndimension numel nelement stride layout is_cuda is_cpu is_quantized is_sparse is_meta
    is_mkldnn is_leaf requires_grad grad_fn is_contiguous is_floating_point is_complex __len__ element_size itemsize nbytes
    names has_names is_nested __hash__ is_xpu is_mps is_pinned is_same_size is_tensor is_neg is_conj is_inference
    data_ptr _version output_nr requires_grad_ retain_grad result_type can_cast get_device storage_offset __class__ __dict__
    _is_view is_inference_mode_enabled is_signed _base
    zeros_like ones_like full_like empty_like new_zeros new_ones new_full new_empty new_tensor
""".split())

_MOST_FRAMES = 64  #: how many frames an image may have, of which each is looked at by itself

#: What makes a constant like a tensor that flows.
_LIKE = frozenset("expand_as view_as reshape_as type_as".split())

#: What would turn numbers of the flow into Python's: the path of the program may depend on them.
_ESCAPES = frozenset("""__bool__ __float__ __int__ __index__ __complex__ __contains__ item tolist numpy __array__ is_nonzero equal
    allclose __format__ __repr__ storage untyped_storage __dlpack__""".split())


class Trace(SeeingMode):
    """Runs a module and writes down what it does. The result is in graph, input and output."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.names = {id(m): name for name, m in module.named_modules()}
        self.root = module
        self.stack: list[torch.nn.Module] = []
        self.flows: dict[int, Flow] = {}
        self.used: dict[str, int] = {}
        self.constants: dict[tuple[Any, ...], str] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        """of values of the graph, without that of the images"""
        self.reshaped: dict[tuple[str, tuple[int, ...]], str] = {}
        self.kept: list[Any] = []  # so that no id is given twice
        self.tensor_names = {id(t): name for name, t in [*module.named_parameters(), *module.named_buffers()]}
        self.layers = 0
        self.end = ""
        self.calls = 0
        self.called: set[str] = set()
        """functions whose rows have been used"""
        self.aside = False  # it looks at tensors for itself
        self.last_step: Optional[tuple[int, str]] = None

    # What faults are called.

    def where(self) -> str:
        """The innermost module that runs, such as "features.3 (BatchNorm2d)"."""
        module = self.stack[-1] if self.stack else self.root
        name = self.names.get(id(module), "")
        return f"{name} ({kind(module)})" if name else f"the module ({kind(module)})"

    def fault(self, message: str) -> UsageError:
        """An exception that begins with the module that runs."""
        return UsageError(f"{self.where()}: {message}")

    # What the table of operations asks and tells.

    def flow(self, value: Any) -> Optional[Flow]:
        """The flow that a tensor is; None of a constant."""
        found = self.flows.get(id(value)) if isinstance(value, torch.Tensor) else None
        if found is not None and found.tensor is value and not found.name:
            raise self.fault("it reads places or weights that depend on the numbers of its input, which is not supported")
        if found is not None and found.tensor is value and value._version != found.version:
            raise self.fault("it reads a tensor that an operation in place has changed since: use the operation that makes a new "
                             "one (inplace=False)")
        return found

    def unique(self, name: str) -> str:
        """A name that no node has: "fc", then "fc#2"."""
        n = self.used[name] = self.used.get(name, 0) + 1
        return name if n == 1 else f"{name}#{n}"

    def constant(self, value: torch.Tensor, hint: str, flat: bool = False, turned: bool = False) -> str:
        """The name of a constant in the graph: that of a parameter or buffer, where it is one. turned: as the transposed matrix."""
        if value.dtype != self.dtype:
            raise self.fault(f"its numbers are {value.dtype}, the input is {self.dtype}: convert the module to one type")
        name = self.tensor_names.get(id(value), hint)
        key = (id(value), flat, turned)
        if key not in self.constants:
            self.kept.append(value)
            self.constants[key] = self.unique(name)
            data = (value.t() if turned else value).detach().to("cpu").contiguous().resolve_neg()
            shape = (1, data.numel()) if flat else tuple(data.shape)
            self.graph.add_constant(self.constants[key], ELEMENTS[self.dtype], shape, _bytes(data))
        return self.constants[key]

    def integers(self, values: list[int], hint: str) -> str:
        """The name of a constant row of integers, as operators take places and dimensions."""
        name = self.unique(hint)
        self.graph.add_constant(name, _onnx.INT64, (len(values),), struct.pack(f"<{len(values)}q", *values))
        return name

    def numbers(self, values: list[float], hint: str) -> str:
        """The same of binary32 numbers, as operators take factors."""
        name = self.unique(hint)
        self.graph.add_constant(name, _onnx.FLOAT, (len(values),), struct.pack(f"<{len(values)}f", *values))
        return name

    def shaped(self, flow: Flow) -> Flow:
        """The flow, under the name of a value of its dimensions: the value that has its numbers may have others."""
        want = flow.per_image or (1,)
        if self.shapes[flow.name] == want:
            return flow
        key = (flow.name, want)
        if key not in self.reshaped:
            if len(want) == 1:
                self.reshaped[key] = self.emit("Flatten", [flow.name], "flatten", axis=1)
            else:
                given = self.integers([0, *want], "reshape.shape")
                self.reshaped[key] = self.emit("Reshape", [flow.name, given], "reshape")
            self.shapes[self.reshaped[key]] = want
        return replace(flow, name=self.reshaped[key])

    def unbiased(self, name: str) -> bool:
        """Whether a value is a product of weights without a bias."""
        maker = next((node for node in self.graph.nodes if node.output == name), None)
        return maker is not None and maker.operator in ("Gemm", "MatMul") and len(maker.inputs) == 2

    def emit(self, operator: str, inputs: list[str], hint: str, *, chain: bool = True, **attributes: _onnx.Attribute) -> str:
        """Adds a node, called as PyTorch's module that runs, or as the function in another module; returns the name of what it
        makes. chain: whether chains of layers have such a node there, if they have the operator."""
        module = self.stack[-1] if self.stack else self.root
        title = self.names.get(id(module), "")
        layer = type(module).__module__.startswith("torch.nn") and (kind(module) != type(module).__name__ or
                                                                    next(module.children(), None) is None)
        name = self.unique(title if title and layer else f"{title}.{hint}" if title else hint)
        chain = chain and operator not in _operators.GRAPHS
        if self.dtype == torch.float64:
            attributes = {key: _onnx.double(value) if isinstance(value, float) else value for key, value in attributes.items()}
        self.graph.nodes.append(_onnx.Node(name, operator, inputs, f"{name}:out", attributes, chain))
        return f"{name}:out"

    # The run.

    def run(self, x: torch.Tensor) -> torch.Tensor:
        """What the module makes of x, whose first dimension counts images."""
        self.dtype = x.dtype
        shape = tuple(x.shape[1:])
        self.natural = len(shape) <= 3  # else it flows as a row of numbers
        self.graph = _onnx.Graph(ELEMENTS[x.dtype], shape if self.natural else (x[0].numel(),))
        self.batch = x.shape[0]
        self.unique("input")
        self.shapes["input"] = tuple(self.graph.shape)
        self.set(x, Flow("input", x, x._version, shape, True))
        with ExitStack() as hooks:
            for hook in (torch.nn.modules.module.register_module_forward_pre_hook(self._enter),
                         torch.nn.modules.module.register_module_forward_hook(self._leave)):
                hooks.callback(hook.remove)
            hooks.callback(self._refuse_functions())
            with torch.no_grad(), self:
                output = self.root(x)
        return self._finish(output)

    def _enter(self, module: torch.nn.Module, _: Any) -> None:
        self.stack.append(module)
        fault = _operators.refused_module(module)
        if fault and id(module) in self.names:
            raise self.fault(fault)

    def _refuse_functions(self) -> Callable[[], None]:
        """Makes autograd.Function fail on what flows: its gradient may be another one. Returns what undoes that."""
        function, trace = torch.autograd.Function, self
        own = vars(function).get("apply")

        def refuse(cls: Any, *args: Any, **kwargs: Any) -> Any:
            if cls.__module__ != "torch.utils.checkpoint" and any(map(trace.flow, _tensors((args, kwargs)))):
                raise trace.fault(f"{cls.__name__} is a torch.autograd.Function, whose gradient cannot be followed: write what it "
                                  "computes with PyTorch's functions")
            return own.__func__(cls, *args, **kwargs) if own is not None else super(function, cls).apply(*args, **kwargs)

        def undo() -> None:
            if own is None:
                del function.apply
            else:
                function.apply = own

        function.apply = classmethod(refuse)
        return undo

    def _leave(self, module: torch.nn.Module, inputs: Any, output: Any) -> None:
        self.aside = True
        took = any(self.flow(value) for value in inputs if isinstance(value, torch.Tensor))
        lost = took and isinstance(output, torch.Tensor) and self.flow(output) is None
        self.aside = False
        if lost:
            raise self.fault("what it makes does not come from its input by operations that can be followed: this cannot look into "
                             "torch.autograd.Function, TorchScript or compiled extensions")
        if self.stack:
            self.stack.pop()

    def _finish(self, output: Any) -> torch.Tensor:
        self.stack.clear()
        if not isinstance(output, torch.Tensor):
            raise self.fault(f"it returns a {type(output).__name__}, not one tensor of logits: wrap it in a module that returns "
                             "these")
        end = self.flow(output)
        if end is None:
            raise self.fault("its output does not depend on its input by operations that can be followed")
        if not end.is_plain or len(end.per_image) != 1:
            raise self.fault(f"its output has the shape {_layout.words(end)}, not (N, classes)")
        if self.layers == 0:
            raise self.fault("it has no layer with weights: there is nothing to audit")
        end = self.shaped(end)
        self.graph.prune(end.name)
        made = [node.operator for node in self.graph.nodes if node.operator not in ("Flatten", "Reshape")]
        self.end = made[-1] if made[-1:] and made[-1] in ("Softmax", "LogSoftmax", "Sigmoid") else ""
        inside = {"Softmax", "LogSoftmax"}.intersection(made[:-1])
        self.is_chain = all(node.chain for node in self.graph.nodes) and not inside
        if not self.is_chain and not any(node.operator in _operators.GRAPHS for node in self.graph.nodes):
            self.graph.mark("input")
        self.data = self.graph.bytes("input", end.name, end.per_image)
        self.finish = end
        return output

    def as_graph(self) -> bytes:
        """The file again, which is not read as a chain of layers."""
        self.is_chain = False
        self.graph.mark("input")
        return self.graph.bytes("input", self.finish.name, self.finish.per_image)

    def set(self, tensor: torch.Tensor, flow: Flow) -> None:
        """Says what a tensor is."""
        self.flows[id(tensor)] = replace(flow, tensor=tensor, version=tensor._version)

    def _made(self, name: str, result: Any, made: Any, first: Flow, step: bool) -> None:
        """What a row has made of a result: a flow; the name of a value, of as many dimensions as the result; or what must not be
        used."""
        if isinstance(made, list):
            for part, one in zip(result, made):
                self._made(name, part, one, first, step)
            return
        if result is None:
            return
        if made is None:
            self.set(result, replace(first, name="", per_image=(), steps=False))
            return
        if isinstance(result, torch.Tensor) and result.dtype != self.dtype:
            raise self.fault(f"{name} makes numbers of {result.dtype} of those of {self.dtype}: only one type from the input to "
                             "the end is supported")
        if isinstance(made, str):
            _rows.need_images_first(self, first)
            self.shapes[made] = tuple(result.shape[1:])
            made = replace(first, name=made, per_image=tuple(result.shape[1:]), steps=False)
        if not isinstance(result, torch.Tensor) or tuple(result.shape) != _layout.tensor_shape(self, made):
            raise self.fault(f"{name} makes no row for each image: it has to do the same for every image")
        self.set(result, replace(made, steps=step and made.steps))

    def _each(self, operation: Callable[..., Any], result: Any, args: Any, kwargs: Any, fault: UsageError) -> Flow:
        """What a row makes of images that are counted together with others behind them, such as frames: of each of these alone."""
        flow = self.flow(args[0])
        if flow is None or flow.at != 0 or flow.joined != (False, True) or flow.per_image[0] > _MOST_FRAMES or \
                not isinstance(result, torch.Tensor) or len(result) != len(args[0]):
            raise fault
        n, parts = flow.per_image[0], []
        apart = _layout.reshape(self, flow, (self.batch, n, *args[0].shape[1:]))
        for k in range(n):
            given, made = (tensor.unflatten(0, (self.batch, n))[:, k] for tensor in (args[0], result))
            self.kept.append(given)
            self.set(given, _layout.without(self, _layout.cut(self, apart, {1: slice(k, k + 1)}), [1]))
            part = operation(self, made, given, *args[1:], **kwargs)
            if isinstance(part, str):
                part = _layout.made(self, self.flows[id(given)], part, tuple(made.shape[1:]))
            parts.append(_layout.reshape(self, part, (self.batch, 1, *made.shape[1:])))
        return _layout.reshape(self, _shapes.joined(self, parts, 1), tuple(result.shape))

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.aside:
            return func(*args, **kwargs)
        name = function_name(func)
        self.calls += 1
        flows = [flow for flow in map(self.flow, _tensors((args, kwargs))) if flow is not None]
        if not flows or name in _QUESTIONS or (name in _LIKE and self.flow(args[0]) is None):
            return func(*args, **kwargs)
        if name == "__iter__":
            return iter(self.__torch_function__(torch.Tensor.unbind, types, args))
        if name in _ESCAPES:
            raise self.fault(f"what it does depends on the numbers of its input ({name.strip('_')} of a tensor): only the same "
                             "operations for every input can be audited")
        operation = _operators.OPERATIONS.get(name)
        if operation is None:
            raise self.fault(_operators.unknown(name))
        self.called.add(name)
        result = _compute(func, args, kwargs)
        for flow in flows:
            if flow.tensor is result:  # in place
                flow.version = result._version
        try:
            made = operation(self, result, *args, **kwargs)
        except _rows.Together as fault:
            made = self._each(operation, result, args, kwargs, fault)
        except TypeError as fault:
            raise self.fault(f"{name} with arguments that are not supported: {fault}") from None
        step = operation in _operators.STEPS and all(flow.steps for flow in flows)
        self._made(name, result, made, flows[0], step)
        if step and operation is not _operators.RESHAPED and self.flows[id(result)].steps:
            self.last_step = (self.calls, name)
        return result


def kind(module: torch.nn.Module) -> str:
    """The class of a module; of a parametrized one that which it had."""
    cls = type(module)
    return cls.__bases__[0].__name__ if cls.__name__.startswith("Parametrized") and cls.__bases__ else cls.__name__


def _tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (tuple, list)):
        return []
    return [tensor for item in value for tensor in _tensors(item)]


def _compute(func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """func, in float32 where the CPU has none in half precision."""
    try:
        return func(*args, **kwargs)
    except RuntimeError as fault:
        if "not implemented for 'Half'" not in str(fault) and "not implemented for 'BFloat16'" not in str(fault):
            raise
    narrow = _tensors((args, kwargs))[0]
    made = func(*_widened(args), **_widened(kwargs)).to(narrow.dtype)
    return narrow.copy_(made) if getattr(func, "__name__", "").endswith("_") or kwargs.get("inplace") else made


def _widened(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.float()
    if isinstance(value, dict):
        return {key: _widened(item) for key, item in value.items()}
    return type(value)(map(_widened, value)) if isinstance(value, (tuple, list)) else value


def _bytes(data: torch.Tensor) -> bytes:
    if data.dtype == torch.bfloat16:
        data = data.view(torch.int16)
    array = data.numpy()
    return array.astype(array.dtype.newbyteorder("<")).tobytes()
