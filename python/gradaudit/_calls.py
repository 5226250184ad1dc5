# SPDX-License-Identifier: Apache-2.0
"""Long calls of the library, which Ctrl-C stops.

A call runs in a thread of its own, without the GIL, while the caller's thread waits: so a signal reaches Python at once. It is
stopped by a flag that the library looks at. The function that does so is the C library's atoi, of the text "0" or "1": no Python
runs in the library's threads, and none of them waits for the GIL."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any, Optional, TypeVar

from . import _abi
from ._arguments import count
from ._errors import NoMemoryError
from ._progress import Bar, Progress

Result = TypeVar("Result")
_ATOI = ctypes.cast(ctypes.CDLL(None).atoi, ctypes.c_void_p)
_BLINK = 0.1  # seconds between two looks at the progress, and at a thread that may not have begun


class _Call:
    """One call: its flag, its progress and what came out of it."""

    def __init__(self, function: Callable[[Any], Any], threads: int, wants_progress: bool) -> None:
        self.running = threading.Lock()  # held until the call has returned; an Event can stay locked if Ctrl-C comes inside it
        self.running.acquire()
        self.progress: Optional[tuple[float, float]] = None
        self.result: Any = None
        self.fault: Optional[BaseException] = None
        self._function = function
        self._flag = ctypes.create_string_buffer(b"0")
        self._note = _abi.PROGRESS(self._noted) if wants_progress else _abi.PROGRESS(0)
        self._run = _abi.Run(threads=threads, progress=self._note, stop=_ATOI, data=ctypes.addressof(self._flag))
        self._thread = threading.Thread(target=self._work, name="gradaudit")

    def _noted(self, _: object, done: float, total: float) -> None:
        self.progress = done, total

    def _work(self) -> None:
        try:
            self.result = self._function(ctypes.byref(self._run))
        except BaseException as fault:  # handed to the caller's thread
            self.fault = fault
        finally:
            self.running.release()

    def _start(self) -> None:
        try:
            self._thread.start()
        except RuntimeError as fault:  # "can't start new thread"
            raise NoMemoryError(f"out of memory for a thread, or too many of them: {fault}") from None

    def _ended(self, seconds: float = -1) -> bool:
        """Waits so long for the call's end; -1: for ever. Once it has returned True the thread only has to go."""
        return self.running.acquire(timeout=seconds) or not self._thread.is_alive()

    def wait(self, bar: Bar) -> None:
        """Until the call has returned; whatever ends that waiting also stops the call, and is raised once it has returned. What is
        raised meanwhile, by a second Ctrl-C, is raised at once; the call ends by itself."""
        try:
            self._start()
            while not self._ended(_BLINK if bar.wanted else -1):
                self._show(bar)
            self._show(bar)
        except BaseException:
            self._flag.value = b"1"
            while not self._ended(_BLINK):
                pass
            raise

    def _show(self, bar: Bar) -> None:
        if self.progress is not None:
            bar.update(*self.progress)


def long_call(function: Callable[[Any], Result], what: str, *, threads: Optional[int] = None, progress: Progress = None) -> Result:
    """function(run), where run is the address of a ga_run, in a thread of its own; what it returns or raises. It must not need the
    caller's thread, and owns whatever it uses. threads: None or 0 for all cores."""
    bar = Bar(progress, what)
    call = _Call(function, count(threads, "threads"), bar.wanted)
    try:
        call.wait(bar)
    finally:
        bar.close()
    if call.fault is not None:
        raise call.fault
    result: Result = call.result
    return result
