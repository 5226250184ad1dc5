# SPDX-License-Identifier: Apache-2.0
"""The structures, functions and values that Python knows are those of include/gradaudit/*.h: ctypes would not notice."""

import ctypes
import re
from ctypes import POINTER
from pathlib import Path

import pytest

from gradaudit import _abi, _errors
from gradaudit._model import REDUCTIONS
from gradaudit._numbers import State

HEADERS = Path(__file__).parents[2] / "include" / "gradaudit"
SOURCE = re.sub(r"/\*.*?\*/", "", "\n".join(path.read_text("utf-8") for path in sorted(HEADERS.glob("*.h"))), flags=re.DOTALL)
STRUCTURES = {"ga_status": _abi.Status, "ga_array": _abi.Array, "ga_model_options": _abi.ModelOptions,
              "ga_dataset_options": _abi.DatasetOptions, "ga_run": _abi.Run, "ga_numbers": _abi.Numbers,
              "ga_audit_options": _abi.AuditOptions}
SCALARS = {"int": ctypes.c_int, "long": ctypes.c_long, "double": ctypes.c_double, "size_t": ctypes.c_size_t,
           "ga_code": ctypes.c_int, "ga_cell": ctypes.c_int, "ga_reduction": ctypes.c_int, "uint64_t": ctypes.c_uint64,
           "int64_t": ctypes.c_int64, "int8_t": ctypes.c_int8,
           "uint8_t": ctypes.c_uint8, "void": None}


def of(declared):
    """The types that ctypes may take for a declaration."""
    words = re.sub(r"\bconst\b", "", declared)
    stars, name = words.count("*"), words.replace("*", " ").split()[0]
    if stars == 0:
        return [SCALARS[name]]
    if name in STRUCTURES and stars == 1:
        return [POINTER(STRUCTURES[name])]
    if name == "char":
        return [[ctypes.c_char_p, ctypes.c_void_p], [POINTER(ctypes.c_void_p), POINTER(ctypes.c_char_p)]][stars - 1]
    if name == "void":
        return [ctypes.c_void_p, ctypes.c_char_p]
    if name in SCALARS:
        return [POINTER(SCALARS[name])]
    return [[ctypes.c_void_p], [POINTER(ctypes.c_void_p)]][stars - 1]


FUNCTIONS = {name: (result, arguments) for result, name, arguments in
             re.findall(r"^((?:const )?\w+ \*?)(ga_\w+)\(([^;]*?)\);", SOURCE, re.MULTILINE)}


def test_every_function_is_found():
    assert len(FUNCTIONS) == len(set(re.findall(r"\b(ga_\w+)\(", SOURCE)))


@pytest.mark.parametrize("name", _abi.PROTOTYPES)
def test_function(name):
    result, arguments = FUNCTIONS[name]
    declared = [] if arguments == "void" else arguments.split(",")
    returned, taken = _abi.PROTOTYPES[name]
    assert returned in of(result)
    assert len(taken) == len(declared)
    for ours, theirs in zip(taken, declared):
        assert ours in of(theirs), theirs


@pytest.mark.parametrize("name", STRUCTURES)
def test_structure(name):
    body = re.search(r"typedef struct \{([^}]*)\} " + name + ";", SOURCE)[1]
    members = [member.strip() for member in body.split(";") if member.strip()]
    fields = STRUCTURES[name]._fields_
    names = [re.search(r"\(\*(\w+)\)|(\w+)(?:\[\d+\])?$", member) for member in members]
    assert [field for field, _ in fields] == [found[1] or found[2] for found in names]
    for (_, ours), member in zip(fields, members):
        if "(*" in member:
            assert ours in (_abi.PROGRESS, ctypes.c_void_p)
        elif "[" in member:
            assert ours is ctypes.c_char * int(re.search(r"\[(\d+)\]", member)[1])
        else:
            assert ours in of(member), member


def values(enumeration):
    """The names of an enumeration's values, in order."""
    body = re.search(r"typedef enum \{([^}]*)\} " + enumeration + ";", SOURCE)[1]
    return [word.split("=")[0].strip() for word in body.split(",") if word.strip()]


def test_states():
    assert [f"GA_{state.name}" for state in sorted(State)] == values("ga_class")
    assert sorted(State) == list(range(len(State)))


def test_reductions():
    assert [f"GA_{name.upper()}" for name in REDUCTIONS] == values("ga_reduction")


def test_codes():
    stated = {name: int(value) for name, value in re.findall(r"GA_(\w+) = (-?\d+)", SOURCE)}
    assert len(stated) == len(values("ga_code"))
    assert {name: getattr(_errors, name) for name in stated} == stated
