# SPDX-License-Identifier: Apache-2.0
"""The result of an audit."""

from __future__ import annotations

import ctypes
import functools
import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np

from . import _abi, _arguments
from ._errors import Error, FileError, ReadWriteError, UsageError
from ._library import check, lib, need_handle, text
from ._page import notebook_html

#: What an audit's directory holds; the journal of an unfinished one is not copied.
_RESULTS = ("report.json", "images.tsv", "report.html", "figures", "elements", "provenance.json")


class Report:
    """The report of a finished audit.

    directory: where its files are, None of a report.json alone."""

    _page_is_ours = False  # whether this process has written report.html

    def __init__(self, pointer: Optional[ctypes.c_void_p] = None, directory: Optional[str] = None) -> None:
        need_handle(pointer, f"a gradaudit.{type(self).__name__} is made by audit, open_report or merge")
        self._pointer = pointer
        self._free = weakref.finalize(self, lib.ga_report_free, pointer)
        self._free.atexit = False  # the process ends
        self.directory = directory

    @property
    def verdict(self) -> Optional[str]:
        """"masked", "attackable-by-smoothing", "rounding-harmless", "no-evidence", "too-few-images" or "too-few-seeds"; None if no
        estimator is the naive one in the model's own format."""
        return text(lib.ga_report_verdict(self._pointer))

    @property
    def text(self) -> str:
        """The summary that the command prints: about twenty lines of at most 80 columns."""
        return text(lib.ga_report_text(self._pointer)) or ""

    @functools.cached_property
    def report(self) -> dict[str, Any]:
        """Every number, as gradaudit-report(5) describes report.json."""
        found: dict[str, Any] = json.loads(self.json)
        return found

    @property
    def json(self) -> str:
        """The bytes of report.json, as text."""
        return text(lib.ga_report_json(self._pointer)) or ""

    @property
    def estimators(self) -> list[str]:
        """The full names of the estimators."""
        return [text(lib.ga_report_estimator(self._pointer, i)) or "" for i in range(lib.ga_report_estimators(self._pointer))]

    @property
    def cells(self) -> Any:
        """How many elements of each estimator are in each cell ("zero", "lost", "right", ...; see gradaudit-glossary(7)): a pandas
        DataFrame, indexed by the estimators' names, where pandas is installed; else a structured array with the field estimator."""
        names: list[str] = []
        while (name := text(lib.ga_cell_name(len(names)))) is not None:
            names.append(name)
        estimators = self.estimators
        counts = [[int(lib.ga_report_count(self._pointer, i, cell)) for cell in range(len(names))] for i in range(len(estimators))]
        try:
            import pandas
        except ImportError:
            width = max([1, *map(len, estimators)])
            kind = [("estimator", f"U{width}"), *((name, np.int64) for name in names)]
            return np.array([(name, *row) for name, row in zip(estimators, counts)], kind)
        table = np.array(counts, np.int64).reshape(len(estimators), len(names))
        return pandas.DataFrame(table, pandas.Index(estimators, name="estimator"), names)

    @property
    def plot(self) -> Any:
        """Figures by matplotlib: plot.magnitudes(), plot.cells()."""
        from .plot import Plots
        return Plots(self)

    def save(self, directory: _arguments.Path) -> None:
        """Writes the results into directory, made if it is missing and else empty: report.json, images.tsv, report.html, figures/
        and elements/, the bytes that the command writes. Of a report.json alone what is made of it is written. If that fails or is
        stopped nothing is left of it.

        Raises UsageError, ReadWriteError."""
        target = os.fsdecode(_arguments.path(directory, "directory"))
        if os.path.lexists(target) and (not os.path.isdir(target) or os.listdir(target)):
            raise UsageError(f"{target}: it is there already, and no empty directory: choose another name, or remove it")
        if self.directory is not None and not os.path.exists(os.path.join(self.directory, "report.json")):
            raise ReadWriteError(f"{self.directory}: the results are no longer there")
        made = _first_missing(target)
        try:
            os.makedirs(target, exist_ok=True)
            self._copy(target)
        except BaseException as fault:
            _remove(target, made)
            if isinstance(fault, OSError) and not isinstance(fault, Error):
                raise ReadWriteError(f"{target}: {fault.strerror or fault}", fault.errno) from None
            raise

    def _copy(self, target: str) -> None:
        if self.directory is None:
            Path(target, "report.json").write_text(self.json, "utf-8")
            self._render(target)
            return
        for name in _RESULTS:
            source = os.path.join(self.directory, name)
            if os.path.isdir(source):
                os.mkdir(os.path.join(target, name))
                for file in os.listdir(source):
                    shutil.copy(os.path.join(source, file), os.path.join(target, name))
            elif os.path.exists(source):
                shutil.copy(source, target)

    def _render(self, directory: str) -> None:
        """report.html and figures/"""
        status = _abi.Status()
        check(lib.ga_report_render(self._pointer, os.fsencode(directory), None, status), status)

    @functools.cached_property
    def html(self) -> str:
        """The page, report.html: one file without scripts, with its figures in it."""
        if self._page_is_ours and self.directory and os.path.exists(os.path.join(self.directory, "report.html")):
            return Path(self.directory, "report.html").read_text("utf-8")
        try:
            with tempfile.TemporaryDirectory(prefix="gradaudit-page-") as directory:
                self._render(directory)
                return Path(directory, "report.html").read_text("utf-8")
        except OSError as fault:
            raise fault if isinstance(fault, Error) else ReadWriteError(f"no temporary directory: {fault}: set TMPDIR",
                                                                                      fault.errno) from None

    def _repr_html_(self) -> str:
        return notebook_html(self.html)

    def __repr__(self) -> str:
        return f"<gradaudit.{type(self).__name__}: {self.verdict or 'no verdict'}, {len(self.estimators)} estimators>"

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> Any:
        raise TypeError("a report of gradaudit cannot be pickled or copied: save(directory) writes it, gradaudit.open_report reads "
                        "it, and its numbers, .report, are a dict")


def _first_missing(path: str) -> Optional[str]:
    """The outermost directory of path that is not there; None if all are."""
    missing, at = None, os.path.abspath(path)
    while not os.path.lexists(at):
        missing, at = at, os.path.dirname(at)
    return missing


def _remove(directory: str, made: Optional[str]) -> None:
    """What was written into a directory that was empty, and what was made for it."""
    if made is not None:
        shutil.rmtree(made, ignore_errors=True)
        return
    for entry in Path(directory).iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def open_report(path: _arguments.Path) -> Report:
    """Reads the report of a finished audit from its directory, or from its report.json. Raises FileError, ReadWriteError,
    NoMemoryError."""
    pointer, status = ctypes.c_void_p(), _abi.Status()
    where = _arguments.path(path, "path")
    check(lib.ga_report_open(pointer, where, status), status)
    return Report(pointer, _directory_of(os.fsdecode(where)))


def _directory_of(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(path) or "."


def merge(directory: _arguments.Path, parts: Sequence[Union[_arguments.Path, Report]]) -> Report:
    """Merges finished audits of parts of the same images, each a directory, a report.json or an Audit, into directory, made if it
    is missing and else empty: the same bytes as one audit of all. Raises UsageError if parts overlap, leave a gap or differ in
    anything but the images; FileError, ReadWriteError, NoMemoryError."""
    paths = []
    if not isinstance(parts, (str, os.PathLike, Report, Iterable)):
        raise TypeError(f"parts is a list of audits or of their directories, not {_arguments.shown(parts)}")
    for part in [parts] if isinstance(parts, (str, os.PathLike, Report)) else parts:
        where = part.directory if isinstance(part, Report) else part
        if where is None:
            raise FileError("a part has no directory: open it from its directory")
        paths.append(_arguments.path(where, "a part"))
    pointer, status = ctypes.c_void_p(), _abi.Status()
    target = _arguments.path(directory, "directory")
    check(lib.ga_audit_join(pointer, target, (ctypes.c_char_p * len(paths))(*paths), len(paths), status), status)
    merged = Report(pointer, os.fsdecode(target))
    merged._page_is_ours = True
    return merged
