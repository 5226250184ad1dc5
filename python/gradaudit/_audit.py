# SPDX-License-Identifier: Apache-2.0
"""Audits: many estimators of the gradient on the same images, each element against the truth, each attack against controls."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np

from . import _abi, _arguments
from ._calls import long_call
from ._errors import UNDECIDED, Interrupted, ReadWriteError, UsageError, one_line, warn
from ._library import check, lib, take_text
from ._progress import Progress
from ._dataset import Data, Dataset, Labels, Numbers as Scaling, dataset
from ._estimator import words as new_words
from ._model import Model
from ._report import Report
from ._words import in_python


class Explanation(str):
    """The story of one gradient element; it prints as the command does. undecided: whether the element remains so."""

    undecided = False

    def __repr__(self) -> str:
        return str(self)


class Audit(Report):
    """A finished audit, made by gradaudit.audit: a Report, with the model and the data set that it is of."""

    model: Model
    dataset: Dataset
    _page_is_ours = True
    _scales: Mapping[str, str] = {}

    def explain(self, case: int, element: int, estimator: Optional[str] = None, *, tolerance: Optional[float] = None,
                batch: Optional[int] = None) -> Explanation:
        """The story of element `element` of the gradient of image `case`, both counted from 0: what the estimator of these words
        computed and what is true, where it went wrong, what would have saved it. It may be one of .estimators, or any other; None:
        the naive one in the model's own format. tolerance: relative error beyond which a value is inaccurate (0.01). batch: see
        Model.gradient.

        Raises UsageError, FileError, NoMemoryError, TypeError; Ctrl-C stops it."""
        if isinstance(estimator, str):
            estimator = _FILE_OF_SCALES.sub(lambda found: self._scales.get(found[2], found[0]), estimator)
        return explain(self.model, self.dataset, None, case, element, estimator, tolerance=tolerance, batch=batch)


def explain(model: Model, x: Data, y: Labels, case: int, element: int, estimator: Optional[str] = None, *,
            tolerance: Optional[float] = None, batch: Optional[int] = None, **scaling: Any) -> Explanation:
    """The story of one element; see Audit.explain. x, y and scaling are those of Dataset."""
    ds = dataset(model, x, y, **scaling)
    words = _arguments.word(new_words(model, estimator, batch=batch), "estimator")
    at = _arguments.count(case, "case", 2**63 - 1), _arguments.count(element, "element", 2**63 - 1)
    limit = _arguments.positive(tolerance, "tolerance")

    def call(run: Any) -> Explanation:
        found, status = ctypes.c_void_p(), _abi.Status()
        code = check(lib.ga_explain(found, model._pointer, ds._pointer, *at, words, limit, run, status), status, UNDECIDED)
        told = Explanation(take_text(found))
        told.undecided = code == UNDECIDED
        return told

    return long_call(call, "explain", progress=False)


class _Job:
    """A ga_audit, with what it is made of."""

    def __init__(self, model: Model, ds: Dataset, options: _abi.AuditOptions) -> None:
        self.model, self.ds = model, ds
        self.pointer, status = ctypes.c_void_p(), _abi.Status()
        check(lib.ga_audit_new(self.pointer, model._pointer, ds._pointer, options, status), status)
        # freed before the model and the data set, which the finalizer holds
        weakref.finalize(self, lambda pointer, *_: lib.ga_audit_free(pointer), self.pointer, model, ds).atexit = False

    def add(self, words: str) -> None:
        status = _abi.Status()
        check(lib.ga_audit_add(self.pointer, _arguments.word(words, "an estimator"), status), status)

    def add_foreign(self, name: str, gradient: object) -> None:
        encoded, scale = _arguments.word(name, "the name of a foreign gradient"), None
        what = f"foreign gradient {one_line(name)[:100]}"
        if isinstance(gradient, tuple):
            if len(gradient) != 2:
                raise TypeError(f"{what} is an array, or a pair (array, scale)")
            gradient, scale = gradient
        array = _arguments.Array(gradient, what, np.float32)
        if array.was is not None:
            warn(f"{what}, of {array.was}, is judged as one of float32, so that a 0 below the range of {array.was} is lost, not "
                 "below-range")
        text = None if scale is None else _arguments.string(_arguments.number(scale, f"scale of {what}"), "scale")
        status = _abi.Status()
        check(lib.ga_audit_add_foreign(self.pointer, encoded, array.struct, text, status), status, arrays=True)

    def run(self, directory: str, resume: bool, run: Any) -> Audit:
        pointer, status = ctypes.c_void_p(), _abi.Status()
        check(lib.ga_audit_run(pointer, self.pointer, os.fsencode(directory), int(resume), run, status), status)
        made = Audit(pointer, directory)
        made.model, made.dataset = self.model, self.ds
        return made


_FILE_OF_SCALES = re.compile(r'(?<![-\w])scale=(?:"([^"]*)"|([^",\s]*))', re.IGNORECASE)


def _files_of_scales(estimators: Iterable[str]) -> Mapping[str, str]:
    """The words scale=FILE by the digest that an estimator's name has for the file."""
    found = {}
    for match in (match for words in estimators for match in _FILE_OF_SCALES.finditer(words)):
        try:
            found[hashlib.sha256(Path(match[1] or match[2]).read_bytes()).hexdigest()[:8]] = match[0]
        except OSError:
            pass  # a rule, such as scale=ceil
    return found


def audit(model: Model, x: Data, y: Labels = None, estimators: Union[None, str, Sequence[str]] = None, *,
          foreign: Optional[Mapping[str, Any]] = None, directory: Optional[_arguments.Path] = None, resume: bool = False,
          images: object = None, eps: Optional[_arguments.Number] = None, tolerance: Optional[float] = None,
          verdict_margin: Optional[float] = None, seeds: Optional[int] = None, max_bits: Optional[int] = None,
          reference_bits: Optional[int] = None, backend: Optional[str] = None, remedies: bool = True, elements: bool = False,
          scale: Optional[_arguments.Number] = None, mean: Optional[Scaling] = None, std: Optional[Scaling] = None,
          clip: Optional[Scaling] = None, batch: Optional[int] = None, threads: Optional[int] = None,
          progress: Progress = None) -> Audit:
    """Audits the model's gradients on the images x with labels y, as Dataset takes them: each element of each estimator against the
    true one, and the attack that each makes against random directions. The result has .verdict, .text, a summary, .cells, what
    became of the elements, .explain(case, element), .plot, .save(directory) and .report, every number.

    estimators: a list of words such as "float" or "double,rewrite", as the command's -e and Model.gradient take them; None: the
    usual set. Each has a format: "float", "double", "float16", "bfloat16", "tf32", "e4m3" or another with a range of exponents, of
    at most 159 bits, whatever its rounding, as in "bfloat16,rounding=stochastic" ("gradaudit formats" lists them, the manual's
    FORMATS tells how to spell out others), or a precision recipe, which says what mixed precision stores, such as "amp-float16",
    "amp-float16,loss-scale=1024", "amp-float16,loss-scale=auto" or "fp8-hybrid,scale=FILE" (PRECISION RECIPES there); and
    perhaps "rewrite", "margin", "gain=G" or "logit-scale=S". One has to be naive and computed in the model's own format: "float" or
    "double" itself, or a precision recipe.

    foreign: gradients made elsewhere by name, {"torch": array} or {"torch": (array, scale)}: float32 or float64, a row of elements
    for each image of x; narrower numbers are judged as float32, with a warning. Multiplied by scale a row is the gradient of one
    image's cross-entropy: scale is N if it was that of a mean over N images.

    directory gets the results, and while the audit runs its journal. resume=True goes on with an audit that was stopped there, or
    starts. Without a directory both are in a temporary one, which goes with the result. images: "A-B", range(A, B + 1) or one
    number: only these. eps: the attack's step, in units of the scaled inputs (0.25). tolerance: relative error beyond which an
    element is inaccurate (0.01). verdict_margin: percentage points (5). seeds: of random signs (20). max_bits, reference_bits: of
    the reference (4096, 80). backend: of its products. remedies=False does not run them. elements=True: every element as arrays in
    elements/. scale, mean, std, clip: see Dataset. batch: images of a batch, 1, 2, 4, to 256, of each recipe that scales by
    batches, such as "fp8-hybrid", and has no "batch=" of its own. threads: None for all cores.

    progress: None shows a bar of tqdm in terminals and notebooks, where it is installed; True, False; or a function of what is done
    and of all, in images, called in the caller's thread.

    Once the audit has begun Ctrl-C raises Interrupted, a KeyboardInterrupt, which says how to go on; while the data are looked at
    before, a plain one. Other errors: UsageError, FileError, NoMemoryError, ReadWriteError, TypeError. Doubts about the data are
    warnings, DataWarning."""
    if not isinstance(foreign, (type(None), Mapping)):
        raise TypeError(f"foreign is a dict of arrays by name, not {_arguments.shown(foreign)}")
    options = _abi.AuditOptions(
        images=_range(images), eps=None if eps is None else _arguments.string(_arguments.number(eps, "eps"), "eps"),
        tolerance=_arguments.positive(tolerance, "tolerance"),
        verdict_margin=_arguments.positive(verdict_margin, "verdict_margin"), seeds=_arguments.size(seeds, "seeds"),
        max_bits=_arguments.size(max_bits, "max_bits"), reference_bits=_arguments.size(reference_bits, "reference_bits"),
        backend=_arguments.string(backend, "backend"), no_remedies=not _arguments.flag(remedies, "remedies"),
        elements=_arguments.flag(elements, "elements"), batch=_arguments.size(batch, "batch", 2**31 - 1))
    ds = dataset(model, x, y, scale=scale, mean=mean, std=std, clip=clip)
    job = _Job(model, ds, options)
    all_words = _arguments.strings(estimators, "estimators")
    for words in all_words:
        job.add(words)
    scales = _files_of_scales(all_words)
    for name, gradient in (foreign or {}).items():
        job.add_foreign(name, gradient)
    if _arguments.flag(resume, "resume") and directory is None:
        raise UsageError("resume needs the directory of the audit that was stopped")
    for doubt in ds.doubts(model, threads=threads).splitlines():
        warn(in_python(doubt))
    where = _temporary() if directory is None else os.fsdecode(_arguments.path(directory, "directory"))
    try:
        result = long_call(lambda run: job.run(where, resume, run), "audit", threads=threads, progress=progress)
        result._scales = scales
        if directory is None:
            weakref.finalize(result, _remove, where, os.getpid())
    except KeyboardInterrupt:
        raise Interrupted(f"the audit was stopped; its finished parts are in {where}: the same call with directory={where!r}, "
                          "resume=True goes on", where) from None
    except BaseException:
        if directory is None:
            shutil.rmtree(where, ignore_errors=True)
        raise
    return result


def _remove(directory: str, maker: int) -> None:
    """In the process that made it: a forked one has the result too, and ends while the other needs it."""
    if os.getpid() == maker:
        shutil.rmtree(directory, ignore_errors=True)


def _temporary() -> str:
    try:
        return tempfile.mkdtemp(prefix="gradaudit-")
    except OSError as fault:
        raise ReadWriteError(f"no temporary directory: {fault}: set TMPDIR, or name a directory for the audit",
                             fault.errno) from None


def _range(images: object) -> Optional[bytes]:
    found = _arguments.images(images)
    return None if found is None else f"{found[0]}-{found[1]}".encode()
