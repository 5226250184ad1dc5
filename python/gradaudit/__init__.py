# SPDX-License-Identifier: Apache-2.0
"""gradaudit audits the numerical precision of neural-network gradients: what was computed, what is true, where and why they differ,
and whether an attack with the true gradient would have worked.

    import gradaudit as ga
    model = ga.load("model.onnx")
    g = model.gradient(x, y, format="exact")
    a = ga.audit(model, x, y, ["float", "double,rewrite"])
    print(a.text)

Other ways to a model are from_torch(module, example), from_sklearn(classifier) and from_arrays(layers, activation="relu").
gradaudit.torch.audit(module, x, y, loss) audits the gradient that PyTorch computes. They import PyTorch or scikit-learn when they
are first used.
"""

from typing import TYPE_CHECKING

from ._errors import (DataWarning, Error, FileError, Interrupted, NoMemoryError, ReadWriteError, UndecidedError, UsageError)
from ._library import __version__, data_directory, library_path
from ._audit import Audit, Explanation, audit, explain
from ._dataset import Dataset
from ._model import Model, from_arrays, from_bytes, load
from ._numbers import Numbers, State
from ._report import Report, merge, open_report

__all__ = ["Audit", "DataWarning", "Dataset", "Error", "Explanation", "FileError", "Interrupted", "Model", "NoMemoryError",
           "Numbers", "ReadWriteError", "Report", "State", "UndecidedError", "UsageError", "__version__", "audit",
           "data_directory", "explain", "from_arrays", "from_bytes", "library_path", "load", "merge", "open_report"]

if TYPE_CHECKING:
    from . import plot as plot, sklearn as sklearn, torch as torch
    from ._from_torch import from_torch as from_torch
    from .sklearn import from_sklearn as from_sklearn

# What needs more than NumPy is imported when it is used: the module, and the name in it, if it is not the module itself.
_LATER = {"from_sklearn": ("sklearn", "from_sklearn"), "from_torch": ("_from_torch", "from_torch"), "plot": ("plot", ""),
          "sklearn": ("sklearn", ""), "torch": ("torch", "")}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module
    module, attribute = _LATER[name]
    found = import_module(f"gradaudit.{module}")
    return getattr(found, attribute) if attribute else found


def __dir__() -> list[str]:
    return sorted({*__all__, *_LATER, *(name for name in globals() if name.startswith("__"))})
