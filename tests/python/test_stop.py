# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C, once and twice, in the main thread and in another; an audit goes on where it was stopped."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import tree

import gradaudit as ga

HEAD = """
    import os, signal, sys, threading, time
    sys.path.insert(0, {tests!r})
    import numpy as np
    import gradaudit as ga
    from gradaudit import _calls
    from conftest import network
    _calls._BLINK = 0.002  # progress is told in the first tenth of the work, however fast it is
    x = np.random.default_rng(1).random((1280, 12), np.float32)
    y = np.arange(1280) % 3
    model = ga.from_arrays(network(), activation="sigmoid")
    def interrupt(done, total, times=[0]):
        if done >= 64 and times[0] < {times}:
            times[0] += 1
            os.kill(os.getpid(), signal.SIGINT)
"""


def child(body, env, times=1):
    """What a Python process with that body prints."""
    program = textwrap.dedent(HEAD).format(tests=str(Path(__file__).parent), times=times) + textwrap.dedent(body)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=env, timeout=300)
    return done.returncode, done.stdout, done.stderr


def test_interrupted_and_resumed(plain_env, tmp_path):
    status, out, err = child(f"""
        try:
            ga.audit(model, x, y, "float", directory={str(tmp_path / 'stopped')!r}, threads=1, progress=interrupt)
            print("finished")
        except KeyboardInterrupt as stop:
            print("stopped", stop.directory, stop)
        assert sum(thread.name == "gradaudit" for thread in threading.enumerate()) == 0
        a = ga.audit(model, x, y, "float", directory={str(tmp_path / 'stopped')!r}, resume=True)
        b = ga.audit(model, x, y, "float", directory={str(tmp_path / 'whole')!r})
        print(a.json == b.json)
    """, plain_env)
    assert status == 0, err
    first, last = out.splitlines()
    assert first.startswith(f"stopped {tmp_path / 'stopped'}") and "resume=True" in first and last == "True"
    stopped, whole = tree(tmp_path / "stopped"), tree(tmp_path / "whole")
    for found in stopped, whole:
        found.pop("provenance.json", None)
    assert stopped == whole


def test_temporary_directory_is_kept(plain_env):
    status, out, err = child("""
        try:
            ga.audit(model, x, y, "float", threads=1, progress=interrupt)
        except ga.Interrupted as stop:
            where = stop.directory
            assert os.path.exists(os.path.join(where, "journal")), os.listdir(where)
            seen = []
            a = ga.audit(model, x, y, "float", directory=where, resume=True, progress=lambda done, total: seen.append(done))
            print(seen[0] >= 64, os.path.exists(os.path.join(where, "report.json")))
            import shutil; shutil.rmtree(where)
    """, plain_env)
    assert status == 0 and out == "True True\n", err


def test_uncaught(plain_env, tmp_path):
    status, out, err = child(f"""
        ga.audit(model, x, y, "float", directory={str(tmp_path / 'stopped')!r}, threads=1, progress=interrupt)
    """, plain_env)
    assert status != 0 and "Interrupted" in err and "resume=True" in err and (tmp_path / "stopped" / "journal").exists()


def test_twice(plain_env, tmp_path):
    """The second does not wait for the piece of work at hand; nothing crashes when the process ends meanwhile."""
    status, out, err = child(f"""
        def soon():
            time.sleep(0.5)
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=soon, daemon=True).start()
        try:
            ga.audit(model, x, y, "float", directory={str(tmp_path / 'stopped')!r}, threads=1)
            print("finished")
        except KeyboardInterrupt as stop:
            print("stopped")
    """, plain_env)
    assert status == 0 and out in ("stopped\n", "finished\n"), (status, out, err)


def test_signal_reaches_python_at_once(plain_env):
    """A handler runs while the library computes, and a gradient is stopped by it."""
    status, out, err = child("""
        begin = time.monotonic()
        def handler(number, frame):
            print("handled", flush=True)
            raise KeyboardInterrupt
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.3, 3)  # Python ignores what is raised where an object is freed: then the next counts
        try:
            while True:
                model.gradient(np.repeat(x, 20, axis=0), np.repeat(y, 20), format="exact")
        except KeyboardInterrupt:
            print("stopped")
    """, plain_env)
    assert status == 0 and re.fullmatch("(handled\n)+stopped\n", out), (out, err)


def test_outside_the_main_thread(plain_env):
    """The main thread is interrupted; the other's call goes on, and is right."""
    status, out, err = child("""
        found = []
        want = model.gradient(x, y, format="exact").float64()
        thread = threading.Thread(target=lambda: found.append(model.gradient(x, y, format="exact").float64()))
        thread.start()
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(10)
        except KeyboardInterrupt:
            print("main")
        thread.join()
        print(np.array_equal(found[0], want))
    """, plain_env)
    assert status == 0 and out == "main\nTrue\n", err
