# SPDX-License-Identifier: Apache-2.0
"""Networks, their gradients and their outputs."""

from __future__ import annotations

import ctypes
import math
import weakref
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Optional, Union, overload

import numpy as np

from . import _abi, _arguments
from ._calls import long_call
from ._errors import UNDECIDED, NoMemoryError, UsageError
from ._library import check, lib, need_handle, text
from ._progress import Progress
from ._dataset import Data, Dataset, Labels, Numbers as Scaling, dataset
from ._estimator import estimator as new_estimator, words
from ._numbers import Numbers

Activation = Union[str, Sequence[str]]
REDUCTIONS = ("mean", "sum")  # each at its place in ga_reduction
_MOST_DIMENSIONS = 8


class Model:
    """A network: its weights are the binary numbers of its file or arrays, never rounded. load, from_bytes, from_arrays make one.

    inputs: numbers in one input. classes: outputs. parameters: weights and biases. bits: 32 or 64, the binary format of its
    numbers. sha256: of the bytes that these were made of."""

    class_labels: Optional["np.ndarray[Any, Any]"] = None
    """What stands for class i in labels, if that is not i."""

    def __init__(self, pointer: Optional[ctypes.c_void_p] = None) -> None:
        need_handle(pointer, "a gradaudit.Model is made by load, from_bytes, from_arrays, from_torch or from_sklearn")
        self._pointer = pointer
        self._free = weakref.finalize(self, lib.ga_model_free, pointer)
        self._free.atexit = False  # the process ends

    @property
    def inputs(self) -> int:
        """Numbers in one input."""
        return int(lib.ga_model_inputs(self._pointer))

    @property
    def classes(self) -> int:
        """Outputs; 1 of a network that computes a value."""
        return int(lib.ga_model_classes(self._pointer))

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return int(lib.ga_model_parameters(self._pointer))

    @property
    def bits(self) -> int:
        """32 or 64."""
        return int(lib.ga_model_bits(self._pointer))

    @property
    def sha256(self) -> str:
        """64 hexadecimal digits."""
        return text(lib.ga_model_sha256(self._pointer)) or ""

    @property
    def tensors(self) -> dict[str, tuple[int, ...]]:
        """The parameters, array after array: the shape of each by its name, such as "fc1.weight"."""
        found = {}
        for i in range(lib.ga_model_tensors(self._pointer)):
            sizes = (ctypes.c_size_t * _MOST_DIMENSIONS)()
            n = lib.ga_model_tensor_shape(sizes, len(sizes), self._pointer, i)
            found[lib.ga_model_tensor_name(self._pointer, i).decode("utf-8", "surrogateescape")] = tuple(sizes[:n])
        return found

    def __repr__(self) -> str:
        return (f"<gradaudit.Model of {self.inputs} inputs, {self.classes} outputs, {self.parameters} parameters of {self.bits} "
                f"bits, SHA-256 {self.sha256[:12]}>")

    def __reduce__(self) -> Any:
        raise TypeError("a gradaudit.Model cannot be pickled or copied: model.save(path) writes it, gradaudit.load(path) reads it")

    def save(self, path: _arguments.Path) -> None:
        """Writes the model as safetensors; same model, same bytes. UsageError for a network that is not a chain of fully connected
        layers, ReadWriteError."""
        status = _abi.Status()
        check(lib.ga_model_save(self._pointer, _arguments.path(path, "path"), status), status)

    @overload
    def gradient(self, x: Data, y: Labels = None, estimator: Optional[str] = None, *,  # type: ignore[misc]
                 wrt: Literal["weights"], **options: Any) -> dict[str, Numbers]: ...

    @overload
    def gradient(self, x: Data, y: Labels = None, estimator: Optional[str] = None, *, wrt: str = "input",
                 **options: Any) -> Numbers: ...

    def gradient(self, x: Data, y: Labels = None, estimator: Optional[str] = None, *, wrt: str = "input", reduction: str = "mean",
                 images: object = None, scale: Optional[_arguments.Number] = None, mean: Optional[Scaling] = None,
                 std: Optional[Scaling] = None, targets: Optional[Any] = None, upstream: Optional[Any] = None,
                 threads: Optional[int] = None, progress: Progress = None,
                 **options: Any) -> Union[Numbers, dict[str, Numbers]]:
        """The gradient of each image's loss with respect to its input, of x's shape; or that of one loss of all images with respect
        to parameters.

        wrt: "input". "weights": a dict with the gradient of each parameter by its name, in the order of `tensors` and of its
        shape. The name of one, such as "fc1.weight": that one's. reduction, of parameters: "mean", the loss is the mean of the
        images' losses, as frameworks have it, or "sum".

        x, y: images and labels as Dataset takes them, or a Dataset. scale, mean, std: see Dataset; bytes are divided by 255. The
        gradient is with respect to what that makes, and where the network normalises its inputs, to what it makes of them.

        The estimator is a string of words, such as "double,rewrite", or an argument for each: format="float", "double", "float16",
        "bfloat16", "e4m3,saturate", "p=5,emax=7", "mpfr:256", "exact" or another that the program's manual describes (FORMATS), or
        a precision recipe such as "amp-float16" (PRECISION RECIPES there);
        formulas="naive" or "rewrite"; product="loop", "blas" or "dot"; loss="cross-entropy", "margin", "dlr", "squared-error",
        "cw", "bce", "nll", "logit" or "probability";
        gain=, logit_scale= or temperature=, label_smoothing=, kappa=, numbers; batch=, images of a batch of a recipe that
        scales by batches, such as "fp8-hybrid", which counts beside a string too unless that has "batch="; for exact max_bits= and
        reference_bits=. exact is the true gradient, proved; what max_bits does not decide has the state State.UNKNOWN.

        targets, upstream: rows that losses take instead of labels, or the gradient to the logits, as Dataset takes them.

        images: "A-B", range(A, B + 1) or one number: only these. threads: None for all cores; no result depends on it, and the
        gradient to an image not on the others. progress: see audit; its total grows where exact gradients to parameters take more
        bits.

        Raises UsageError, FileError, NoMemoryError; Ctrl-C stops it."""
        named, how = _arguments.string(wrt, "wrt"), _reduction(reduction)
        ds = dataset(self, x, y, scale=scale, mean=mean, std=std, targets=targets, upstream=upstream)
        of_words = words(self, estimator, **options)
        first, last = ds.rows(images)
        if named in (None, b"input"):
            if how != 0:
                raise UsageError("reduction is about parameters, wrt='weights': an input has the gradient of its own image's loss")
            return self._compute(lib.ga_gradient_compute, (named,), ds, (last - first + 1, *ds.shape[1:]), of_words, first, last,
                                 threads, progress)
        tensors = self.tensors
        if wrt != "weights" and wrt not in tensors:
            raise UsageError(f"wrt={_arguments.shown(wrt)} is neither 'input', 'weights' nor a parameter of the network; these are "
                             f"{', '.join(map(repr, tensors))}"[:500])
        row = self._compute(lib.ga_gradient_weights, (named, how), ds, tensors.get(wrt, (self.parameters,)), of_words, first, last,
                            threads, progress)
        if wrt != "weights":
            return row
        parts, at = {}, 0
        for name, shape in tensors.items():
            parts[name] = row._part(at, shape)
            at += math.prod(shape)
        return parts

    def forward(self, x: Data, estimator: Optional[str] = None, *, images: object = None, scale: Optional[_arguments.Number] = None,
                mean: Optional[Scaling] = None, std: Optional[Scaling] = None, threads: Optional[int] = None,
                progress: Progress = None, **options: Any) -> Numbers:
        """The outputs of the network for each image, images x classes: logits, or what the network makes of them at its end, such
        as probabilities. Arguments and errors as for gradient; without an estimator it is the model's own format."""
        ds = dataset(self, x, None, scale=scale, mean=mean, std=std)
        of_words = words(self, estimator, **options)
        first, last = ds.rows(images)
        return self._compute(lib.ga_forward_compute, (), ds, (last - first + 1, self.classes), of_words, first, last, threads,
                             progress)

    def _compute(self, function: Any, wrt: tuple[Any, ...], ds: Dataset, shape: tuple[int, ...], of_words: str, first: int,
                 last: int, threads: Optional[int], progress: Progress) -> Numbers:
        """The numbers that function makes of images first to last."""
        try:
            numbers = Numbers(shape)
        except MemoryError as fault:
            raise NoMemoryError(f"the numbers of {last - first + 1} images: {fault or 'out of memory'}") from None

        def call(run: Any) -> None:
            status = _abi.Status()
            with new_estimator(self, of_words) as (pointer, numbers.estimator):
                check(function(numbers._struct(), None, self._pointer, ds._pointer, first, last, pointer, *wrt, run, status),
                      status, UNDECIDED)

        long_call(call, "images", threads=threads, progress=progress)
        return numbers

    def _label_numbers(self, y: Labels) -> Labels:
        """y as numbers of classes."""
        if self.class_labels is None or y is None:
            return y
        given = np.asarray(y)
        try:
            numbers = np.searchsorted(self.class_labels, given)
        except TypeError as fault:  # of what cannot be compared
            raise UsageError(f"labels: they are not like the model's classes {list(self.class_labels)!r:.200}: {fault}") from None
        numbers = np.minimum(numbers, len(self.class_labels) - 1)
        other = given[self.class_labels[numbers] != given]
        if other.size:
            raise UsageError(f"labels: {other.flat[0]!r} is none of the model's classes {list(self.class_labels)!r:.200}")
        return numbers.astype(np.int64)


def _reduction(name: object) -> int:
    """What ga_reduction has for it."""
    if not isinstance(name, str):
        raise TypeError(f"reduction is 'mean' or 'sum', not {_arguments.shown(name)}")
    if name not in REDUCTIONS:
        raise UsageError(f"reduction is 'mean' or 'sum', not {_arguments.shown(name)}")
    return REDUCTIONS.index(name)


def _options(activation: Optional[Activation], layout: Optional[str], allow_nonfinite: bool, round: bool, max_file: Optional[int],
             max_memory: Optional[int], fuse: bool = False) -> _abi.ModelOptions:
    if activation is not None and not isinstance(activation, str):
        if not isinstance(activation, Sequence) or not all(isinstance(name, str) for name in activation):
            raise TypeError(f"activation is a string, or a list of one for each hidden layer, not {_arguments.shown(activation)}")
        activation = ",".join(activation)
    return _abi.ModelOptions(activation=_arguments.string(activation, "activation"), layout=_arguments.string(layout, "layout"),
                             allow_nonfinite=_arguments.flag(allow_nonfinite, "allow_nonfinite"),
                             round=_arguments.flag(round, "round"),
                             max_file=_arguments.size(max_file, "max_file", 2**63 - 1),
                             max_memory=_arguments.size(max_memory, "max_memory", 2**63 - 1), fuse=_arguments.flag(fuse, "fuse"))


def load(path: _arguments.Path, *, activation: Optional[Activation] = None, layout: Optional[str] = None,
         allow_nonfinite: bool = False, round: bool = False, max_file: Optional[int] = None,
         max_memory: Optional[int] = None, fuse: bool = False) -> Model:
    """Reads a model: safetensors, ONNX, .npz or a folder of .npy files, whatever its name is.

    activation: "sigmoid", "tanh", "relu", "softplus", "silu", "gelu", "gelu-tanh", "mish", "elu", "softsign",
    "hardsigmoid", "hardswish", "relu6" or "linear", or a list with one for each hidden layer, where the file does not say.
    layout: "out-in" as in PyTorch, or "in-out" as in Keras, where shapes leave it open. allow_nonfinite: take NaN and infinite
    weights. round: round binary64 weights to binary32 first. max_file, max_memory: limits in bytes, 4 GiB each.
    fuse: read compositions in an ONNX file as the functions that they are, such as GELU.

    Raises FileError, UsageError, NoMemoryError, ReadWriteError, which name the file and the fault."""
    pointer, status = ctypes.c_void_p(), _abi.Status()
    options = _options(activation, layout, allow_nonfinite, round, max_file, max_memory, fuse)
    check(lib.ga_model_open(pointer, _arguments.path(path, "path"), options, status), status)
    return Model(pointer)


def from_bytes(data: Union[bytes, bytearray, memoryview], name: str = "model", *, activation: Optional[Activation] = None,
               layout: Optional[str] = None, allow_nonfinite: bool = False, round: bool = False, max_file: Optional[int] = None,
               max_memory: Optional[int] = None, fuse: bool = False) -> Model:
    """The same from the bytes of such a file; name is what messages call it."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"data are the bytes of a file, not {_arguments.shown(data)}; load reads a path")
    pointer, status, whole = ctypes.c_void_p(), _abi.Status(), bytes(data)
    options = _options(activation, layout, allow_nonfinite, round, max_file, max_memory, fuse)
    check(lib.ga_model_open_bytes(pointer, whole, len(whole), _arguments.string(name, "name"), options, status), status)
    return Model(pointer)


def from_arrays(layers: Iterable[Any], *, activation: Optional[Activation] = None, layout: Optional[str] = None,
                allow_nonfinite: bool = False, round: bool = False, max_file: Optional[int] = None,
                max_memory: Optional[int] = None) -> Model:
    """A multi-layer perceptron: layers are pairs (weight, bias), weights of shape (outputs, inputs) unless layout is "in-out",
    biases of shape (outputs,) or None. The numbers are float64, float32, float16 or of ml_dtypes, such as bfloat16, widened exactly
    to the widest of them, at least float32. activation, needed where there is a hidden layer, and the other arguments are those of
    load. Messages count layers, weights and biases from 1.

    Raises UsageError, FileError, NoMemoryError, TypeError."""
    pairs = []
    for i, layer in enumerate(layers, 1):
        if not isinstance(layer, (tuple, list)) or len(layer) != 2:
            raise TypeError(f"layer {i} is a pair (weight, bias), bias may be None")
        weight, bias = layer
        pairs.append((_arguments.Array(weight, f"weight {i}"),
                      None if bias is None else _arguments.Array(bias, f"bias {i}")))
    n = len(pairs)
    if n == 0:
        raise UsageError("there are no layers")
    weights = (_abi.Array * n)(*(weight.struct for weight, _ in pairs))
    biases = (_abi.Array * n)(*(_abi.Array() if bias is None else bias.struct for _, bias in pairs))
    pointer, status = ctypes.c_void_p(), _abi.Status()
    options = _options(activation, layout, allow_nonfinite, round, max_file, max_memory)
    check(lib.ga_model_from_arrays(pointer, weights, biases, n, options, status), status, arrays=True)
    return Model(pointer)
