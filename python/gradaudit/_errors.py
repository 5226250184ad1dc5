# SPDX-License-Identifier: Apache-2.0
"""Exceptions: a code and a message of the library become one of these."""

from __future__ import annotations


class Error(Exception):
    """What went wrong, in one line: the sentence that the command prints, with Python's arguments for its options."""


class UsageError(Error, ValueError):
    """An argument is outside its domain, or does not fit the others."""


class FileError(Error, ValueError):
    """A file or an array is malformed, or does not fit the others."""


class NoMemoryError(Error, MemoryError):
    """Out of memory, or over a limit that the caller set (max_file, max_memory)."""


class ReadWriteError(Error, OSError):
    """Reading or writing failed."""


class UndecidedError(Error):
    """What was asked for could not be proved within the limit of precision (max_bits)."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C stopped an audit. Its finished parts are in `directory`: the same call with directory=..., resume=True goes on."""

    def __init__(self, message: str, directory: str) -> None:
        super().__init__(message)
        self.directory = directory


class DataWarning(UserWarning):
    """The data may not be as the user thinks, such as inputs on another scale than the network was made for."""


# ga_code of gradaudit/status.h.
OK, USAGE, BAD_FILE, NO_MEMORY, IO_ERROR, INTERRUPTED, TERMINATED, GATE_FAILED, UNDECIDED = range(0, -9, -1)

_KINDS: dict[int, type[Error]] = {
    USAGE: UsageError,
    BAD_FILE: FileError,
    NO_MEMORY: NoMemoryError,
    IO_ERROR: ReadWriteError,
    UNDECIDED: UndecidedError,
}


def error(code: int, message: str) -> Exception:
    """The exception for a code that is not OK."""
    if code == INTERRUPTED:
        return Error("stopped")
    return _KINDS.get(code, Error)(message or f"the library failed with code {code} and left no message")
