# SPDX-License-Identifier: Apache-2.0
"""Finds, loads and checks the shared library."""

from __future__ import annotations

import ctypes
import os
import re
import shlex
from pathlib import Path

from . import _abi
from ._errors import OK, error
from ._words import in_python, of_arrays

__version__ = "0.1.0"  # of the package: that of the library that it was made with
SONAME = "libgradaudit.so.1"  # of the C interface 1
_HERE = Path(__file__).parent

try:
    from ._where import DATA, LIBRARY  # written by make: where the data and the library are, from this directory
except ImportError:
    DATA = LIBRARY = ""


def _candidates() -> list[str]:
    """Where the library may be, the first that is there counts."""
    if os.environ.get("GRADAUDIT_LIBRARY"):
        return [os.environ["GRADAUDIT_LIBRARY"]]
    places = [_HERE / SONAME]  # in a wheel
    if LIBRARY:
        places.append(_HERE / LIBRARY)
    return [os.path.normpath(place) for place in places if place.exists()] + [SONAME]  # the last is left to the loader


def _advice() -> str:
    return f"set the environment variable GRADAUDIT_LIBRARY to the file {SONAME} of gradaudit {__version__}"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(word) if word.isdigit() else 0 for word in text.split("."))


def _load() -> tuple[ctypes.CDLL, str]:
    path = _candidates()[0]
    try:
        library = ctypes.CDLL(path)
    except OSError as fault:
        lacking = f" ({os.path.normpath(_HERE / LIBRARY)} is not there)" if LIBRARY and path == SONAME else ""
        raise ImportError(f"gradaudit: the library {path} does not load: {fault}{lacking}; {_advice()}", path=path) from None
    for name, (result, arguments) in _abi.PROTOTYPES.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise ImportError(f"gradaudit: the library {path} has no function {name}: it is another library or an older release; "
                              f"{_advice()}", path=path) from None
        function.restype, function.argtypes = result, arguments
    found = text(library.ga_version()) or "?"
    if _version(found) < _version(__version__) or _version(found)[0] != _version(__version__)[0]:
        raise ImportError(f"gradaudit: the library {path} is gradaudit {found}, this package is {__version__}; {_advice()}",
                          path=path)
    library.ga_own_gmp_memory(None)  # else the process ends where GMP lacks memory; it fails where another has functions of its own
    return library, path


def text(c_string: bytes | None) -> str | None:
    """A string of the library."""
    return None if c_string is None else c_string.decode("utf-8", "replace")


lib, library_path = _load()


def check(code: int, status: _abi.Status, *allowed: int, arrays: bool = False) -> int:
    """code, if it is OK or allowed; else its exception. arrays: what was given is in memory."""
    if code == OK or code in allowed:
        return code
    sentence = _with_converter(in_python(text(status.message) or ""))
    raise error(code, of_arrays(sentence) if arrays else sentence)


def _with_converter(sentence: str) -> str:
    """The sentence, with the path of convert_checkpoint.py as it is here: the library looks beside the running program, Python."""
    if "/convert_checkpoint.py" not in sentence:
        return sentence
    if "PyTorch" in sentence:
        sentence += "; a module in memory is for from_torch"
    try:
        path = shlex.quote(str(data_directory() / "convert_checkpoint.py"))
    except FileNotFoundError:
        return sentence
    return re.sub(r"(?<=python3 ).*?/convert_checkpoint\.py['\"]?(?= )", lambda _: path, sentence)


def need_handle(pointer: object, how: str) -> None:
    """TypeError with how to get one, unless it is what the library made."""
    if not isinstance(pointer, ctypes.c_void_p) or not pointer:
        raise TypeError(how)


def take_text(pointer: ctypes.c_void_p) -> str:
    """A text that a function handed over, which is freed."""
    try:
        return text(ctypes.string_at(pointer.value)) or "" if pointer.value else ""
    finally:
        lib.ga_text_free(pointer)


def data_directory() -> Path:
    """The directory of the data that come with gradaudit: models/, mnist/, studies/. What pip installs does not have them: set
    the environment variable GRADAUDIT_DATADIR to the directory data of the source. FileNotFoundError if they are not there."""
    for place in os.environ.get("GRADAUDIT_DATADIR"), DATA and _HERE / DATA:
        if place and os.path.isdir(place):
            return Path(os.path.normpath(place))
    raise FileNotFoundError("gradaudit: its data are not beside this package: set the environment variable GRADAUDIT_DATADIR to "
                            "the directory data of gradaudit's source, or the one that gradaudit --version names")
