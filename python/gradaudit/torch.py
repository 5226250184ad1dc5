# SPDX-License-Identifier: Apache-2.0
"""Audits of what PyTorch computes: a module's own backward pass, on the CPU or a GPU, against the true gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, Optional, Union

import numpy as np
import torch
from torch.nn import functional as F

from ._audit import Audit, audit as _audit
from ._errors import Error, UsageError, warn
from ._from_torch import Conversion, as_array, as_it_was, compare, convert, device_of, from_torch, input_of, plain, tensor_of
from ._model import Model

__all__ = ["audit", "from_torch", "gradient"]

Loss = Union[str, torch.nn.Module, Callable[..., Any]]

_KNOWN = ('losses that are known: "cross-entropy" (the sum over the images), torch.nn.CrossEntropyLoss() and '
          "torch.nn.functional.cross_entropy without weights and smoothing, and torch.nn.NLLLoss() or nll_loss of a module that "
          "ends in LogSoftmax")


def gradient(module: torch.nn.Module, x: Any, y: Any, loss: Loss = "cross-entropy", *,
             wrt: str = "input") -> "np.ndarray[Any, Any]":
    """The gradient of the loss with respect to x, by the module's own backward pass: an array of x's shape, float32 or float64
    (numbers in half precision are the same in float32).

    x: inputs as the module takes them, a floating-point tensor (N, ...). y: N numbers of classes. The pass runs on the module's
    device, in its type, in the caller's autocast state, and in eval mode. The module is left as it was: modes, random state, and
    the .grad of its parameters. loss: "cross-entropy", the sum over the images; torch.nn.CrossEntropyLoss(), whose mean makes a
    gradient that is N times smaller; see audit.

    Raises UsageError, TypeError."""
    _need_input(module, wrt)
    inputs, labels = input_of(x), _labels(y)
    return as_array(_backward(module, inputs, labels, _Loss(loss), None))


def audit(module: torch.nn.Module, x: Any, y: Any, loss: Loss = "cross-entropy", estimators: Union[None, str, Sequence[str]] = None,
          *, grad: Any = None, wrt: str = "input", name: str = "torch", **options: Any) -> Audit:
    """Audits the gradient that the module's own backward pass computes, beside the estimators: from_torch makes the model,
    gradient the gradient, and gradaudit.audit compares each element with the true one.

    x: inputs as the module takes them, a floating-point tensor (N, elements), (N, channels, height, width) or the like: exactly
    these numbers, nothing is scaled. y: N numbers of classes. loss: what was differentiated: "cross-entropy" (the sum over the
    images), torch.nn.CrossEntropyLoss() or torch.nn.functional.cross_entropy (by its reduction), or torch.nn.NLLLoss() of a module
    that ends in LogSoftmax. A gradient of a mean over N images is multiplied by N in the audit, which is of each image's own loss.

    grad: a gradient of x's shape that was computed elsewhere, such as on a GPU, by that loss; the module does not run backward
    then. wrt: "input"; gradients with respect to parameters, such as "fc1.weight", cannot be audited yet. name: what the report
    calls the gradient. estimators, options: those of gradaudit.audit.

    Where a chain of linear layers normalises its input by constants, gradients are with respect to the normalised input, as
    everywhere in gradaudit, and as grad has to be; in other networks with respect to x. Of a module in half precision the true
    gradient is that of its numbers. Of it, and of a
    grad in half precision, a 0 is lost where float32, not its own type, has a better value; a warning says so.

    Raises UsageError, TypeError, and what gradaudit.audit raises."""
    _need_input(module, wrt)
    for option in ("scale", "mean", "std"):
        if options.get(option) is not None:
            raise UsageError(f"{option}: the module's input is x itself: scale x before")
    inputs, labels, known = input_of(x), _labels(y), _Loss(loss)
    if len(labels) != len(inputs):
        raise UsageError(f"x has {len(inputs)} inputs, y {len(labels)} labels")
    made = convert(module, inputs[:8])
    known.check_end(made.end)
    _check_classes(labels, made.model)
    for what, kind in ("the module computes", inputs.dtype), ("grad is", getattr(grad, "dtype", None)):
        if str(kind).rpartition(".")[2] in ("float16", "bfloat16"):
            warn(f"{what} in {kind}: the gradient is judged as one of float32, so that a 0 below the range of {kind} is lost, not "
                 "below-range")
            break
    scale = len(inputs) if known.reduction == "mean" else 1
    rows = as_array(inputs)
    if grad is None:
        numbers = as_array(_backward(module, inputs, labels, known, made)).reshape(len(rows), -1)
    else:
        numbers = _given(grad, inputs).reshape(len(rows), -1)
        _check_scale(numbers, made.model, rows, labels, scale)
    return _audit(made.model, rows, labels, estimators, foreign={name: (numbers, scale)}, **options)


class _Loss:
    """A loss that is known: of logits, or of their logarithmic softmax; its reduction."""

    def __init__(self, loss: Loss) -> None:
        self.reduction, self.of_logarithms, self.ignored = "mean", False, -100
        if isinstance(loss, str):
            if loss.lower() not in ("cross-entropy", "cross_entropy"):
                raise UsageError(f"loss {loss!r}: {_KNOWN}")
            self.reduction = "sum"
        elif isinstance(loss, (torch.nn.CrossEntropyLoss, torch.nn.NLLLoss)):
            if loss.weight is not None or getattr(loss, "label_smoothing", 0.0) != 0.0:
                raise UsageError(f"loss {loss!r} with weights or smoothing: {_KNOWN}")
            self.reduction, self.ignored = loss.reduction, loss.ignore_index
            self.of_logarithms = isinstance(loss, torch.nn.NLLLoss)
        elif loss in (F.cross_entropy, F.nll_loss):
            self.of_logarithms = loss is F.nll_loss
        else:
            raise UsageError(f"loss {getattr(loss, '__name__', None) or loss!r:.60}: {_KNOWN}")

    def __call__(self, output: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        if bool((labels == self.ignored).any()):
            raise UsageError(f"y has the label {self.ignored}, which the loss ignores: leave these inputs out")
        function: Any = F.nll_loss if self.of_logarithms else F.cross_entropy
        return function(output, labels, reduction="sum" if self.reduction == "none" else self.reduction)

    def check_end(self, end: str) -> None:
        """What the module ends in is what the loss takes."""
        if end == "Softmax":
            raise UsageError("the module ends in a softmax, and PyTorch's losses take logits or their LogSoftmax, not "
                             "probabilities: leave it out, or end in LogSoftmax")
        if end == "Sigmoid":
            raise UsageError("the module ends in a sigmoid, and cross_entropy takes logits: leave it out; or hand the gradient of "
                             "BCELoss to gradaudit.audit, with foreign=")
        if self.of_logarithms and end != "LogSoftmax":
            raise UsageError("nll_loss takes logarithms of probabilities, and the module does not end in LogSoftmax: use "
                             "cross_entropy")


def _need_input(module: Any, wrt: str) -> None:
    names = [name for name, _ in plain(module).named_parameters()]
    if wrt in names:
        raise UsageError(f"wrt={wrt!r}: gradients with respect to parameters cannot be audited yet: wrt='input'")
    if wrt != "input":
        raise UsageError(f"wrt={wrt!r} is neither 'input' nor a parameter of the module; these are "
                         f"{', '.join(names) or 'none'}"[:500])


def _labels(y: Any) -> torch.Tensor:
    labels = tensor_of(y, "y")
    if labels.dtype.is_floating_point or labels.dtype.is_complex or labels.dtype == torch.bool or labels.dim() != 1:
        raise UsageError(f"y holds the number of one class for each input, not {labels.dtype} of shape {tuple(labels.shape)}")
    return labels.detach().to("cpu", torch.int64)


def _check_classes(labels: torch.Tensor, model: Model) -> None:
    if model.classes == 1:
        raise UsageError("the module has one output, and the cross-entropy needs a logit for each class: give the last layer two "
                         "rows, zeros and the one it has, because the softmax of (0, z) is the logistic function of z")
    if int(labels.min()) < 0 or int(labels.max()) >= model.classes:
        raise UsageError(f"y: its labels are {int(labels.min())} to {int(labels.max())}, the module's classes 0 to "
                         f"{model.classes - 1}")


def _given(grad: Any, inputs: torch.Tensor) -> "np.ndarray[Any, Any]":
    given = tensor_of(grad, "grad")
    if not given.dtype.is_floating_point:
        raise UsageError(f"grad: {given.dtype} is no floating-point type")
    if given.shape != inputs.shape and given.shape != (inputs.shape[0], inputs[0].numel()):
        raise UsageError(f"grad has the shape {tuple(given.shape)}, x {tuple(inputs.shape)}")
    return as_array(given)


def _check_scale(numbers: "np.ndarray[Any, Any]", model: Model, rows: "np.ndarray[Any, Any]", labels: torch.Tensor,
                 scale: int) -> None:
    """A gradient of a mean that is called one of a sum, or the other way round, differs by N: its largest elements say so."""
    n = len(rows)
    ours = model.gradient(rows[:8], labels[:8].numpy(), "double,rewrite", progress=False).float64().reshape(min(n, 8), -1)
    theirs = numbers[:8].astype(np.float64) * scale
    at = np.arange(len(ours)), np.argmax(np.abs(ours), axis=1)
    there = (ours[at] != 0) & (theirs[at] != 0)
    if n < 2 or not there.any():
        return
    ratio = float(np.median(np.abs(theirs[at][there] / ours[at][there])))
    meant = {"mean": ("torch.nn.CrossEntropyLoss()", 1 / n), "sum": ('torch.nn.CrossEntropyLoss(reduction="sum")', n)}
    for reduction, (loss, factor) in meant.items():
        if abs(ratio / factor - 1) < 0.05:
            raise UsageError(f"grad is that of the {reduction} over the {n} images, and loss says otherwise: pass loss={loss}")


def _backward(module: torch.nn.Module, x: torch.Tensor, labels: torch.Tensor, loss: _Loss,
              made: Optional[Conversion]) -> torch.Tensor:
    """The gradient with respect to x; with the network that was read, to the end of its normalisation, if it is the same."""
    until = None if made is None else made.until
    runner = module if until is None else plain(module)
    with as_it_was(module), torch.inference_mode(False), torch.enable_grad():
        leaf = x.detach().clone().to(device_of(runner, x)).requires_grad_()
        inputs = leaf.clone()  # which the module may change in place
        try:
            with until or nullcontext():
                output = runner(inputs)
            value = loss(output, labels.clone().to(output.device))  # a clone: they may be of inference mode
            at = leaf if until is None or until.made is None else until.made
            (found,) = torch.autograd.grad(value, at, allow_unused=True)
        except Error:
            raise
        except (RuntimeError, TypeError, ValueError, IndexError) as fault:
            reason = (str(fault).strip().splitlines() or [""])[0]
            if "not implemented for" in reason:
                reason += " (PyTorch has it on GPUs only: pass grad=, computed there)"
            raise UsageError(f"the module's own backward pass fails: {type(fault).__name__}: {reason}") from fault
    if made is not None and not torch.is_autocast_enabled() and not torch.is_autocast_cpu_enabled():
        compare(made.model, runner, x[:8], output[:8])  # with all of x it may be another, though it was read from a few
    if found is None:
        raise UsageError("the loss does not depend on the input by PyTorch's own account: there is no gradient to audit")
    return found
