# SPDX-License-Identifier: Apache-2.0
"""Images, or other inputs, and their labels."""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Optional, Union

from . import _abi, _arguments
from ._calls import long_call
from ._errors import UsageError
from ._library import check, lib, take_text

if TYPE_CHECKING:
    from ._model import Model

Numbers = Union[_arguments.Number, Sequence[_arguments.Number]]
Data = Union["Dataset", _arguments.Path, Any]  # Any: what NumPy makes an array of
Labels = Union[None, _arguments.Path, Any]


class Dataset:
    """Images and labels, exact from the moment they are read; what changes the arrays later does not change it.

    images: an array of shape (N, elements), (N, height, width) or (N, channels, height, width) of integers, float16, float32 or
    float64, or of bfloat16, 8-bit or narrower floating-point numbers as ml_dtypes has them, each exact; or the path of an IDX,
    .npy, .npz or CSV file, plain or gzip. labels: N integers, or N rows with a single 1 among zeros; or a path; None: there are
    none, or they are in the file of the images.

    An input is (value scale - mean) / std, an exact rational that is rounded once, to the model's type. scale is 1/255 for bytes
    (uint8), else 1; mean, 0, and std, 1, are one number or one for each channel. Attacks keep values in clip=(low, high), before
    they are scaled: without it 0 to 255 for bytes, 0 to 1 where all values are in that range, else the least and the largest.
    max_file and max_memory are limits in bytes, 4 GiB each.

    targets: rows of numbers, of the network's outputs, that losses of gradients take instead of labels: the cross-entropy and "bce"
    probabilities, from 0 to 1, "squared-error" any. upstream: such rows, or one for all images, that are the gradient of a loss
    with respect to the logits, instead of a loss. Attacks and audits take labels.

    Raises UsageError, FileError, NoMemoryError, ReadWriteError, TypeError."""

    def __init__(self, images: Data, labels: Labels = None, *, scale: Optional[_arguments.Number] = None,
                 mean: Optional[Numbers] = None, std: Optional[Numbers] = None, clip: Optional[Numbers] = None,
                 data_key: Optional[str] = None, labels_key: Optional[str] = None, label_column: Union[None, str, int] = None,
                 max_file: Optional[int] = None, max_memory: Optional[int] = None, targets: Optional[Any] = None,
                 upstream: Optional[Any] = None) -> None:
        options = _abi.DatasetOptions(
            data_key=_arguments.string(data_key, "data_key"), labels_key=_arguments.string(labels_key, "labels_key"),
            label_column=_arguments.string(str(label_column) if isinstance(label_column, int) else label_column, "label_column"),
            scale=_arguments.numbers(scale, "scale"), mean=_arguments.numbers(mean, "mean"), std=_arguments.numbers(std, "std"),
            clip=_arguments.numbers(clip, "clip"), max_file=_arguments.size(max_file, "max_file", 2**63 - 1),
            max_memory=_arguments.size(max_memory, "max_memory", 2**63 - 1))
        self._pointer = ctypes.c_void_p()
        status = _abi.Status()
        by_path = isinstance(images, (str, os.PathLike))
        if labels is not None and by_path != isinstance(labels, (str, os.PathLike)):
            raise UsageError("images and labels are two arrays or two paths, not one of each: numpy.load reads a .npy file")
        if by_path:
            where = None if labels is None else _arguments.path(labels, "labels")
            check(lib.ga_dataset_open(self._pointer, _arguments.path(images, "images"), where, options, status), status)
        else:
            x = _arguments.Array(images, "images")
            y = None if labels is None else _arguments.Array(labels, "labels")
            check(lib.ga_dataset_from_arrays(self._pointer, x.struct, None if y is None else y.struct, options, status), status,
                  arrays=True)
        self._free = weakref.finalize(self, lib.ga_dataset_free, self._pointer)
        self._free.atexit = False  # the process ends
        if targets is not None and upstream is not None:
            raise UsageError("targets are of a loss, and an upstream gradient is there instead of one: give one of them")
        for rows, name in (targets, "targets"), (upstream, "upstream"):
            if rows is not None:
                given = _arguments.Array(rows, name).struct
                check(lib.ga_dataset_set_targets(self._pointer, given, name == "upstream", status), status, arrays=True)
        n, inputs = lib.ga_dataset_images(self._pointer), lib.ga_dataset_inputs(self._pointer)
        self.shape: tuple[int, ...] = (n, inputs) if by_path else x.values.shape

    @property
    def images(self) -> int:
        """How many images there are."""
        return int(lib.ga_dataset_images(self._pointer))

    @property
    def inputs(self) -> int:
        """Numbers in one image."""
        return int(lib.ga_dataset_inputs(self._pointer))

    @property
    def has_labels(self) -> bool:
        """Whether the images have labels."""
        return bool(lib.ga_dataset_has_labels(self._pointer))

    def __len__(self) -> int:
        return self.images

    def __repr__(self) -> str:
        return f"<gradaudit.Dataset of {self.images} images, {self.inputs} inputs each{'' if self.has_labels else ', no labels'}>"

    def __reduce__(self) -> Any:
        raise TypeError("a gradaudit.Dataset cannot be pickled or copied: pickle its arrays, and make it anew")

    def check_fits(self, model: "Model") -> None:
        """Raises FileError or UsageError if the images and labels do not fit the model."""
        need_model(model)
        status = _abi.Status()
        check(lib.ga_dataset_fits(self._pointer, model._pointer, status), status)

    def doubts(self, model: "Model", *, threads: Optional[int] = None) -> str:
        """What may not be as the user thinks, found by trying the network: sentences, a line each; "" if there is no doubt."""
        need_model(model)

        def call(run: Any) -> str:
            found, status = ctypes.c_void_p(), _abi.Status()
            check(lib.ga_dataset_doubts(found, self._pointer, model._pointer, run, status), status)
            return take_text(found)
        return long_call(call, "doubts", threads=threads, progress=False)

    def rows(self, images: object) -> tuple[int, int]:
        """The first and the last image that `images` names."""
        first, last = _arguments.images(images) or (0, self.images - 1)
        if last >= self.images:
            raise UsageError(f"images {first} to {last}: there are {self.images}, counted from 0")
        return first, last


def need_model(model: object) -> None:
    """TypeError if it is none."""
    from ._model import Model  # which needs this module
    if not isinstance(model, Model):
        raise TypeError(f"model is a gradaudit.Model, as load, from_torch or from_arrays makes it, not {_arguments.shown(model)}")


def dataset(model: "Model", x: Data, y: Labels, **options: Any) -> Dataset:
    """x and y as a data set that fits the model; x may be one already."""
    need_model(model)
    given = {name: value for name, value in options.items() if value is not None}
    if isinstance(x, Dataset):
        if y is not None or given:
            raise UsageError("a Dataset has its labels and its scale already: make another with them")
        made = x
    else:
        made = Dataset(x, model._label_numbers(y), **given)
    made.check_fits(model)
    return made
