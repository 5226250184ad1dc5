# SPDX-License-Identifier: Apache-2.0
"""Models from files, bytes and arrays; what they say of themselves."""

import copy
import hashlib
import pickle

import numpy as np
import pytest
from conftest import network, table, command

import gradaudit as ga


def test_numbers(small):
    assert (small.model.inputs, small.model.classes, small.model.bits) == (12, 3, 32)
    assert small.model.parameters == sum(w.size + b.size for w, b in small.layers)
    assert "12 inputs" in repr(small.model) and small.model.sha256[:12] in repr(small.model)


def test_digest_is_that_of_the_saved_file(small):
    assert small.model.sha256 == hashlib.sha256(small.files.model.read_bytes()).hexdigest()
    again = ga.load(small.files.model)
    assert again.sha256 == small.model.sha256
    assert ga.from_bytes(small.files.model.read_bytes()).sha256 == small.model.sha256


def test_save_writes_the_same_bytes_again(small, tmp_path):
    ga.load(small.files.model).save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == small.files.model.read_bytes()


def test_weights_survive(small):
    """inspect reads the numbers that NumPy has."""
    text = command("inspect", small.files.model)
    assert "sigmoid" in text
    assert "12" in text and "3" in text


@pytest.mark.parametrize("dtype, bits", [(np.float16, 32), (np.float32, 32), (np.float64, 64)])
def test_types(dtype, bits):
    model = ga.from_arrays(network(dtype), activation=["sigmoid", "tanh"])
    assert model.bits == bits


def test_order_and_gaps_do_not_matter(small):
    odd = [(np.asfortranarray(w), np.repeat(b, 2)[::2]) for w, b in small.layers]
    swapped = [(w.astype(">f4"), b.astype(">f4")) for w, b in small.layers]
    turned = [(w.T, b) for w, b in small.layers]
    assert ga.from_arrays(odd, activation="sigmoid").sha256 == small.model.sha256
    assert ga.from_arrays(swapped, activation="sigmoid").sha256 == small.model.sha256
    assert ga.from_arrays(turned, activation="sigmoid", layout="in-out").sha256 == small.model.sha256


def test_without_bias_is_a_bias_of_zeros(small):
    without = ga.from_arrays([(w, None) for w, _ in small.layers], activation="sigmoid")
    zeros = ga.from_arrays([(w, 0 * b) for w, b in small.layers], activation="sigmoid")
    g, h = without.gradient(small.x, small.y, "double"), zeros.gradient(small.x, small.y, "double")
    assert g.float64().tobytes() == h.float64().tobytes()


def test_arrays_may_change_afterwards(small):
    layers = network()
    model = ga.from_arrays(layers, activation="sigmoid")
    before = model.forward(small.x).float64()
    for w, b in layers:
        w[:] = np.nan
    assert model.forward(small.x).float64().tobytes() == before.tobytes()


def test_no_copies(small):
    for use in pickle.dumps, copy.copy, copy.deepcopy:
        with pytest.raises(TypeError, match=r"model\.save\(path\)"):
            use(small.model)
