# SPDX-License-Identifier: Apache-2.0
"""Memory that GMP, MPFR, jansson or the library lack is a NoMemoryError, and the process goes on with the right bits."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

FAULT = Path(__file__).parents[1] / "alloc_fault.c"
CHILD = """
    import ctypes, os, sys
    sys.path.insert(0, {tests!r})
    import numpy as np
    import gradaudit as ga
    from conftest import network
    fault = ctypes.CDLL(None).alloc_fault  # the allocation of that number fails, 0: none; returns how many there were
    fault.argtypes, fault.restype = [ctypes.c_ulong, ctypes.c_bool], ctypes.c_ulong
    model = ga.from_arrays(network(), activation="sigmoid")
    data = ga.Dataset(np.random.default_rng(1).random((3, 12), np.float32), [0, 1, 2])
    work = lambda: {work}
    want = work()
    fault(0, False)
    assert work() == want
    n, lacked = fault(0, False), 0
    for i in range(1, n + 1, n // 40):
        fault(i, False)
        try:
            assert work() == want
        except ga.NoMemoryError:
            lacked += 1
        fault(0, False)
    print(n > 200, lacked > 20, work() == want)
"""


@pytest.fixture(scope="module")
def fault(tmp_path_factory):
    """The library that makes allocations fail."""
    made = tmp_path_factory.mktemp("fault") / "fault.so"
    subprocess.run([os.environ.get("CC", "cc").split()[0], "-shared", "-fPIC", "-O1", "-o", made, FAULT, "-ldl"], check=True)
    return made


@pytest.mark.parametrize("work", ['model.gradient(data, None, "exact", threads=1).mantissa.tobytes()',
                                  'model.gradient(data, None, "mpfr:5000", threads=1).mantissa.tobytes()',
                                  "ga.explain(model, data, None, 0, 0)"])
def test_lack_of_memory(fault, plain_env, work):
    program = textwrap.dedent(CHILD).format(tests=str(Path(__file__).parent), work=work)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300,
                          env=dict(plain_env, LD_PRELOAD=str(fault), OPENBLAS_NUM_THREADS="1"))
    assert (done.returncode, done.stdout) == (0, "True True True\n"), done
