# SPDX-License-Identifier: Apache-2.0
"""Exceptions: a code and a message of the library become one of these."""

from __future__ import annotations

import errno
import os
import re
import sys
import warnings
from typing import Any

#: What would end a line, move the cursor or change the direction of text (src/io/escape.c), and bytes that are no UTF-8.
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\udc80-\udcff]")


def one_line(text: str) -> str:
    r"""The text with \xNN for each byte of what does not belong in a line."""
    return _CONTROLS.sub(lambda found: "".join(f"\\x{byte:02X}" for byte in found[0].encode("utf-8", "surrogateescape")), text)


class Error(Exception):
    """What went wrong, in one line: the sentence that the command prints, with Python's arguments for its options."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class UsageError(Error, ValueError):
    """An argument is outside its domain, or does not fit the others."""


class FileError(Error, ValueError):
    """A file or an array is malformed, or does not fit the others."""


class NoMemoryError(Error, MemoryError):
    """Out of memory, or over a limit that the caller set (max_file, max_memory)."""


class ReadWriteError(Error, OSError):
    """Reading or writing failed. errno is the system's number for why, where it is known."""

    def __init__(self, message: str, number: int | None = None) -> None:
        super().__init__(message)
        if number is not None:
            self.errno = number

    def __reduce__(self) -> Any:
        return type(self), (str(self), self.errno)


class UndecidedError(Error):
    """What was asked for could not be proved within the limit of precision (max_bits)."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C stopped an audit. Its finished parts are in `directory`: the same call with directory=..., resume=True goes on."""

    def __init__(self, message: str, directory: str) -> None:
        super().__init__(one_line(message))
        self.directory = directory

    def __reduce__(self) -> Any:
        return type(self), (str(self), self.directory)


class DataWarning(UserWarning):
    """The data may not be as the user thinks, such as inputs on another scale than the network was made for."""


def warn(message: str) -> None:
    """A DataWarning at the line of the user's that called this package."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and os.path.dirname(frame.f_code.co_filename) == os.path.dirname(__file__):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, DataWarning, stacklevel=level)


# ga_code of gradaudit/status.h.
OK, USAGE, BAD_FILE, NO_MEMORY, IO_ERROR, INTERRUPTED, TERMINATED, GATE_FAILED, UNDECIDED = range(0, -9, -1)

_KINDS: dict[int, type[Error]] = {
    USAGE: UsageError,
    BAD_FILE: FileError,
    NO_MEMORY: NoMemoryError,
    UNDECIDED: UndecidedError,
}


def _number(message: str) -> int | None:
    """The errno that a sentence ends in the words of: "FILE: cannot ACTION: WHY"."""
    why = message.rpartition(": ")[2]
    return next((number for number in errno.errorcode if os.strerror(number) == why), None)


def error(code: int, message: str) -> Exception:
    """The exception for a code that is not OK."""
    if code == INTERRUPTED:
        return Error("stopped")
    if code == IO_ERROR:
        return ReadWriteError(message, _number(message))
    return _KINDS.get(code, Error)(message or f"the library failed with code {code} and left no message")
