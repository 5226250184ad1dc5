# SPDX-License-Identifier: Apache-2.0
"""A small network, its images and labels, as arrays and as files; and the program, which is run on the files."""

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import gradaudit as ga

PROGRAM = os.environ.get("GRADAUDIT_PROGRAM", "./gradaudit")
SEED = int(os.environ.get("GRADAUDIT_TEST_SEED", "1"))


def command(*words, status=0):
    """What the program prints; it ends with the given status."""
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True)
    assert done.returncode == status, (words, done.returncode, done.stderr)
    return done.stdout if status == 0 else done.stderr


def table(text):
    """The rows of a table that the program prints."""
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def network(dtype=np.float32, sizes=(12, 8, 5, 3), size=2.0, seed=SEED):
    """Layers of random weights, for from_arrays."""
    random = np.random.default_rng(seed)
    return [(random.normal(0, size, (n_out, n_in)).astype(dtype), random.normal(0, 1, n_out).astype(dtype))
            for n_in, n_out in zip(sizes, sizes[1:])]


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """model, x (bytes), y; the files model_file, x_file, y_file; and the command's words for them."""
    folder = tmp_path_factory.mktemp("small")
    random = np.random.default_rng(SEED + 1)
    x = random.integers(0, 256, (40, 3, 4), np.uint8)
    layers = network()
    outputs = ga.from_arrays(layers, activation="sigmoid").forward(x, "double").float64()
    layers[-1] = layers[-1][0], (layers[-1][1] - outputs.mean(axis=0)).astype(np.float32)  # no class is all images'
    model = ga.from_arrays(layers, activation="sigmoid")
    y = model.forward(x).float64().argmax(axis=1)
    y[:5] = (y[:5] + 1) % 3  # the network is wrong on some
    files = SimpleNamespace(model=folder / "model.safetensors", x=folder / "x.npy", y=folder / "y.npy")
    model.save(files.model)
    np.save(files.x, x)
    np.save(files.y, y)
    return SimpleNamespace(model=model, x=x, y=y, files=files, layers=layers,
                           words=[files.model, "--data", files.x, "--labels", files.y])


def tree(directory):
    """The bytes of each file under directory, by its name."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in sorted(Path(directory).rglob("*")) if path.is_file()}


@pytest.fixture
def plain_env():
    """The environment of a child that imports the same package."""
    return dict(os.environ, PYTHONPATH=str(Path(ga.__file__).parents[1]), GRADAUDIT_LIBRARY=ga.library_path)
