# SPDX-License-Identifier: Apache-2.0
"""Every wrong argument raises one clear line, and nothing else happens."""

import errno
import os
import pickle
import re
import zipfile

import numpy as np
import pytest
from conftest import network

import gradaudit as ga

X, Y = np.ones((4, 12), np.float32), np.array([0, 1, 2, 0])
LAYERS = network()


def nan(array):
    array = array.copy()
    array.flat[0] = np.nan
    return array


MODELS = [
    (TypeError, lambda: ga.load(None)),
    (TypeError, lambda: ga.load(7)),
    (ga.UsageError, lambda: ga.load("")),
    (ga.UsageError, lambda: ga.load("a\0b")),
    (ga.ReadWriteError, lambda: ga.load("/nonexistent/model")),
    (ga.FileError, lambda: ga.load(__file__)),
    (ga.FileError, lambda: ga.from_bytes(b"")),
    (ga.FileError, lambda: ga.from_bytes(b"no model at all")),
    (TypeError, lambda: ga.from_bytes("text")),
    (TypeError, lambda: ga.from_arrays(None)),
    (TypeError, lambda: ga.from_arrays([np.ones((2, 3))])),
    (ga.UsageError, lambda: ga.from_arrays([])),
    (ga.UsageError, lambda: ga.from_arrays(LAYERS, activation="prelu")),
    (ga.Error, lambda: ga.from_arrays([(np.ones(3), np.ones(3))])),
    (ga.Error, lambda: ga.from_arrays([(np.ones((2, 3)), np.ones(3))])),
    (ga.Error, lambda: ga.from_arrays([(np.ones((2, 3), int), None)])),
    (ga.Error, lambda: ga.from_arrays([(np.ones((2, 3), complex), None)])),
    (ga.Error, lambda: ga.from_arrays([(np.array([["a", "b"]]), None)])),
    (ga.Error, lambda: ga.from_arrays([(np.array([[None, 1]]), None)])),
    (ga.Error, lambda: ga.from_arrays([([[1, 2], [3]], None)])),
    (ga.Error, lambda: ga.from_arrays([(np.ones((0, 3)), None)])),
    (TypeError, lambda: ga.from_arrays([(None, None)])),
    (ga.Error, lambda: ga.from_arrays(LAYERS)),
    (ga.Error, lambda: ga.from_arrays(LAYERS, activation="swish")),
    (TypeError, lambda: ga.from_arrays(LAYERS, activation=7)),
    (ga.Error, lambda: ga.from_arrays(LAYERS, activation=["sigmoid", "sigmoid", "sigmoid"])),
    (TypeError, lambda: ga.from_arrays(LAYERS, activation=[None, "sigmoid"])),
    (ga.Error, lambda: ga.from_arrays(LAYERS, activation="sigmoid", layout="sideways")),
    (ga.Error, lambda: ga.from_arrays(LAYERS[:1] + LAYERS[2:], activation="sigmoid")),
    (ga.Error, lambda: ga.from_arrays([(nan(w), b) for w, b in LAYERS], activation="sigmoid")),
    (ga.NoMemoryError, lambda: ga.from_arrays(LAYERS, activation="sigmoid", max_memory=100)),
    (ga.UsageError, lambda: ga.from_arrays(LAYERS, activation="sigmoid", max_memory=-1)),
    (TypeError, lambda: ga.from_arrays(LAYERS, activation="sigmoid", allow_nonfinite="no")),
    (TypeError, lambda: ga.from_arrays(LAYERS, activation="sigmoid", round=1)),
    (TypeError, lambda: ga.Model()),
    (TypeError, lambda: ga.Model("model.onnx")),  # which would be taken for an address
    (TypeError, lambda: ga.Report("audit")),
    (TypeError, lambda: ga.Audit(None)),
]

USES = [
    (TypeError, lambda m: m.gradient(None, Y)),
    (ga.Error, lambda m: m.gradient(X)),
    (ga.Error, lambda m: m.gradient(X, Y[:3])),
    (ga.Error, lambda m: m.gradient(X, [0, 1, 2, 3])),
    (ga.Error, lambda m: m.gradient(X, [0, 1, 2, -1])),
    (ga.Error, lambda m: m.gradient(X, [0, 1, 2, 0.5])),
    (ga.Error, lambda m: m.gradient(X, ["a", "b", "c", "d"])),
    (ga.Error, lambda m: m.gradient(X[0], Y[:1])),
    (ga.Error, lambda m: m.gradient(X[:, :11], Y)),
    (ga.Error, lambda m: m.gradient(X[:0], Y[:0])),
    (ga.Error, lambda m: m.gradient(X.reshape(4, 1, 1, 1, 12), Y)),
    (ga.Error, lambda m: m.gradient(nan(X), Y)),
    (ga.Error, lambda m: m.gradient(X.astype(np.longdouble), Y)),
    (ga.Error, lambda m: m.gradient(X.astype(complex), Y)),
    (ga.Error, lambda m: m.gradient(X.astype(object), Y)),
    (ga.Error, lambda m: m.gradient(X.astype("M8[s]"), Y)),
    (ga.Error, lambda m: m.gradient(object(), Y)),
    (ga.UsageError, lambda m: m.gradient(X, "labels.npy")),
    (ga.ReadWriteError, lambda m: m.gradient("/nonexistent/images")),
    (ga.UsageError, lambda m: m.gradient(X, Y, "no such words")),
    (TypeError, lambda m: m.gradient(X, Y, 7)),
    (ga.UsageError, lambda m: m.gradient(X, Y, "float", format="double")),
    (TypeError, lambda m: m.gradient(X, Y, format=7)),
    (TypeError, lambda m: m.gradient(X, Y, fromat="float")),
    (TypeError, lambda m: m.gradient(X, Y, format="float", gain=None or [1])),
    (ga.UsageError, lambda m: m.gradient(X, Y, format="float", gain="much")),
    (ga.UsageError, lambda m: m.gradient(X, Y, wrt="fc9.weight")),
    (ga.UsageError, lambda m: m.gradient(X, Y, wrt="a\0b")),
    (ga.UsageError, lambda m: m.gradient(X, Y, wrt="weights", reduction="average")),
    (TypeError, lambda m: m.gradient(X, Y, wrt="weights", reduction=None)),
    (ga.UsageError, lambda m: m.gradient(X, Y, reduction="sum")),
    (ga.UsageError, lambda m: m.gradient(X, Y, "float16,rounding=stochastic:1", wrt="weights")),
    (TypeError, lambda m: m.gradient(X, Y, wrt=3)),
    (ga.UsageError, lambda m: m.gradient(X, Y, images="3-4")),
    (ga.UsageError, lambda m: m.gradient(X, Y, images="2-1")),
    (ga.UsageError, lambda m: m.gradient(X, Y, images="all")),
    (ga.UsageError, lambda m: m.gradient(X, Y, images=-1)),
    (ga.UsageError, lambda m: m.gradient(X, Y, images=2**70)),
    (ga.UsageError, lambda m: m.gradient(X, Y, images="1" * 5000 + "-" + "2" * 5000)),
    (ga.UsageError, lambda m: m.gradient(X, Y, threads=-1)),
    (TypeError, lambda m: m.gradient(X, Y, threads="2")),
    (TypeError, lambda m: m.gradient(X, Y, progress="yes")),
    (TypeError, lambda m: m.gradient(X, Y, progress=np.zeros(3))),
    (ga.Error, lambda m: m.gradient(X, Y, scale="a lot")),
    (ga.Error, lambda m: m.gradient(X, Y, std=0)),
    (ga.Error, lambda m: m.gradient(X, Y, mean=[1, 2, 3, 4, 5])),
    (TypeError, lambda m: m.gradient(X, Y, mean=[None])),
    (ga.UsageError, lambda m: m.gradient(ga.Dataset(X, Y), Y)),
    (ga.UsageError, lambda m: m.gradient(ga.Dataset(X, Y), scale=2)),
    (ga.Error, lambda m: m.forward(X, "margin") and m.forward(X[:, :3])),
    (ga.ReadWriteError, lambda m: m.save("/nonexistent/model")),
    (TypeError, lambda m: m.save(None)),
    (ga.UsageError, lambda m: m.gradient(np.ma.array(X, mask=X > 0), Y)),
    (TypeError, lambda m: ga.audit(None, X, Y)),
    (TypeError, lambda m: ga.explain(None, X, Y, 0, 0)),
    (TypeError, lambda m: ga.Dataset(X, Y).check_fits(None)),
    (TypeError, lambda m: ga.Dataset(X, Y).doubts("model")),
    (TypeError, lambda m: ga.audit(m, X, Y, "float", foreign=[X])),
    (ga.Error, lambda m: ga.audit(m, X)),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, ["no such words"])),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, ["exact"])),
    (TypeError, lambda m: ga.audit(m, X, Y, [7])),
    (TypeError, lambda m: ga.audit(m, X, Y, 7)),
    (TypeError, lambda m: ga.audit(m, X, Y, "float", remedies="no")),
    (TypeError, lambda m: ga.audit(m, X, Y, "float", elements=1)),
    (TypeError, lambda m: ga.audit(m, X, Y, "float", directory="/nonexistent/a", resume="no")),
    (ga.NoMemoryError, lambda m: m.gradient(np.broadcast_to(np.float32(0), (2**44, 12)), Y)),
    (ga.NoMemoryError, lambda m: m.gradient(X, np.broadcast_to(0, 2**50))),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, "float", foreign={"torch": m.gradient(X, Y)})),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, ["float"] * 100)),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, "float", eps="-1")),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, "float", seeds=1000)),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, "float", tolerance=-1)),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, "float", tolerance=float("nan"))),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, "float", verdict_margin=1000)),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, "float", backend="abacus")),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, "float", resume=True)),
    (ga.Error, lambda m: ga.audit(m, X, Y, "float", foreign={"torch": X[:3]})),
    (ga.Error, lambda m: ga.audit(m, X, Y, "float", foreign={"torch": X.astype(int)})),
    (ga.Error, lambda m: ga.audit(m, X, Y, "float", foreign={"no name": X})),
    (ga.Error, lambda m: ga.audit(m, X, Y, "float", foreign={"naive": X})),
    (TypeError, lambda m: ga.audit(m, X, Y, "float", foreign={7: X})),
    (TypeError, lambda m: ga.audit(m, X, Y, "float", foreign={None: X})),
    (TypeError, lambda m: ga.audit(m, X, Y, [None])),
    (TypeError, lambda m: ga.explain(m, X, Y, 0, 0, 7)),
    (TypeError, lambda m: ga.audit(m, X, Y, "float", foreign={"torch": None})),
    (TypeError, lambda m: ga.audit(m, X, Y, "float", foreign={"torch": (X, 2, 3)})),
    (ga.UsageError, lambda m: ga.audit(m, X, Y, "float", foreign={"torch": (X, 0)})),
    (ga.ReadWriteError, lambda m: ga.audit(m, X, Y, "float", directory="/nonexistent/a/b")),
    (ga.Error, lambda m: ga.explain(m, X, Y, 4, 0)),
    (ga.Error, lambda m: ga.explain(m, X, Y, 0, 12)),
    (ga.Error, lambda m: ga.explain(m, X, Y, 0, 0, "mpfr:100")),
    (ga.Error, lambda m: ga.open_report("/nonexistent")),
    (ga.Error, lambda m: ga.open_report(__file__)),
    (ga.Error, lambda m: ga.merge("/nonexistent/merged", [])),
    (TypeError, lambda m: ga.merge("/nonexistent/merged", 7)),
    (ga.Error, lambda m: ga.merge("/nonexistent/merged", ["/nonexistent"])),
]


def raised(kind, call):
    with pytest.raises((kind, TypeError) if kind is TypeError else kind) as caught:
        call()
    message = str(caught.value)
    assert message and "\n" not in message and len(message) < 500, message
    assert "<unprintable" not in message
    return message


@pytest.fixture(scope="module")
def model():
    return ga.from_arrays(LAYERS, activation="sigmoid")


@pytest.mark.parametrize("kind, call", MODELS, ids=range(len(MODELS)))
def test_models(kind, call):
    raised(kind, call)


@pytest.mark.parametrize("kind, call", USES, ids=range(len(USES)))
def test_uses(kind, call, model):
    raised(kind, lambda: call(model))
    assert np.count_nonzero(model.gradient(X, Y, "float").sign) > 0  # it goes on


def test_without_a_temporary_directory(model, monkeypatch, tmp_path):
    random = np.random.default_rng(1)
    a = ga.audit(model, random.normal(size=(4, 12)), Y, "float", directory=tmp_path / "a", progress=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    raised(ga.ReadWriteError, lambda: ga.audit(model, X, Y, "float", progress=False))
    raised(ga.ReadWriteError, lambda: ga.open_report(tmp_path / "a").html)
    assert len(a.html) > 1000


def test_without_a_thread(model, monkeypatch):
    def start(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr("threading.Thread.start", start)
        raised(ga.NoMemoryError, lambda: model.gradient(X, Y))
    assert model.gradient(X, Y).shape == X.shape


def test_labels_that_cannot_be_compared():
    named = ga.from_arrays(LAYERS, activation="sigmoid")
    named.class_labels = np.array(["a", "b", "c"])
    assert named.gradient(X, ["a", "b", "c", "a"]).shape == X.shape
    raised(ga.UsageError, lambda: named.gradient(X, ["a", None, "c", "a"]))


LONG, TWO_LINES = "x" * 10000, "a\nb\x1b[2J\u202e"


@pytest.mark.parametrize("name", [LONG, TWO_LINES], ids=["long", "two-lines"])
def test_names_in_messages(name, model, tmp_path):
    """A message is one line, whatever the user's words are, and has not all of a long one."""
    for kind, call in [
            (ga.UsageError, lambda: ga.audit(model, X, Y, "float", foreign={name: X})),
            (ga.UsageError, lambda: ga.audit(model, X, Y, "float", foreign={name: X.astype(complex)})),
            (TypeError, lambda: ga.audit(model, X, Y, "float", foreign={name: (X, 1, 2)})),
            (ga.UsageError, lambda: ga.audit(model, X, Y, "float", foreign={"a": (X, name)})),
            (ga.UsageError, lambda: ga.audit(model, X, Y, "float", eps=name)),
            (ga.UsageError, lambda: ga.audit(model, X, Y, "float", backend=name)),
            (ga.UsageError, lambda: ga.audit(model, X, Y, name)),
            (ga.UsageError, lambda: ga.audit(model, X, Y, f"mpfr:64,{name}")),
            (ga.UsageError, lambda: ga.explain(model, X, Y, 0, 0, name)),
            (ga.UsageError, lambda: model.gradient(X, Y, gain=name)),
            (ga.UsageError, lambda: model.gradient(X, Y, wrt=name)),
            (ga.UsageError, lambda: model.gradient(X, Y, scale=name)),
            (ga.UsageError, lambda: model.gradient(X, Y, images=name)),
            (TypeError, lambda: model.gradient(X, Y, **{name: 1})),
            (ga.UsageError, lambda: ga.from_arrays(LAYERS, activation=name)),
            (ga.UsageError, lambda: ga.from_arrays(LAYERS, activation="relu", layout=name)),
            (ga.FileError, lambda: ga.from_bytes(b"none", name)),
            (ga.Error, lambda: ga.Dataset(tmp_path / name)),
            (ga.Error, lambda: ga.load(tmp_path / name)),
            (ga.Error, lambda: ga.open_report(tmp_path / name)),
            (ga.Error, lambda: model.save(tmp_path / name / "b"))]:
        message = raised(kind, call)
        assert not set("\x1b\u202e") & set(message), message


def test_errno(tmp_path):
    for number, call in [(errno.ENOENT, lambda: ga.load(tmp_path / "none")),
                         (errno.ENOENT, lambda: ga.Dataset(tmp_path / "none")),
                         (errno.ENOTDIR, lambda: ga.load("/dev/null/model")),
                         (errno.ENOENT, lambda: ga.from_arrays(LAYERS, activation="relu").save(tmp_path / "none" / "model"))]:
        with pytest.raises(ga.ReadWriteError) as caught:
            call()
        assert caught.value.errno == number and os.strerror(number) in str(caught.value)


def test_arrays_in_memory_are_given_not_saved(model):
    for call in [lambda: ga.Dataset(X.astype(np.longdouble)), lambda: ga.Dataset(X[0, 0]),
                 lambda: ga.from_arrays([(np.ones((2, 3), np.longdouble), None)]),
                 lambda: ga.audit(model, X, Y, "float", foreign={"a": X.astype(np.longdouble)})]:
        message = raised(ga.FileError, call)
        assert re.search(r"give (a\.astype|np\.atleast_1d)\(", message) and "save" not in message, message


def test_layers_are_counted_from_1(tmp_path):
    """In Python's messages as in the library's."""
    (w, b), *rest = LAYERS
    for words, layers in [("layer 1 ", [w, *rest]), ("weight 1: ", [(w.astype(complex), b), *rest]),
                          ("weight 1: ", [(nan(w), b), *rest]), ("weight 1: ", [(w[0], b), *rest]),
                          ("bias 1: ", [(w, b.astype(complex)), *rest]), ("bias 1: ", [(w, b[:2]), *rest])]:
        with pytest.raises((TypeError, ga.Error)) as caught:
            ga.from_arrays(layers, activation="sigmoid")
        assert str(caught.value).startswith(words), caught.value


def test_kinds_are_pythons_too():
    assert issubclass(ga.UsageError, ValueError) and issubclass(ga.NoMemoryError, MemoryError)
    assert issubclass(ga.ReadWriteError, OSError) and issubclass(ga.Interrupted, KeyboardInterrupt)
    assert all(issubclass(kind, ga.Error) for kind in (ga.UsageError, ga.FileError, ga.NoMemoryError, ga.ReadWriteError))


@pytest.mark.parametrize("fault", [ga.UsageError("a"), ga.ReadWriteError("a", errno.ENOSPC), ga.Interrupted("a", "directory")])
def test_exceptions_are_pickled(fault):
    """As those of another process are."""
    again = pickle.loads(pickle.dumps(fault))
    assert type(again) is type(fault) and str(again) == "a" and again.args == fault.args and vars(again) == vars(fault)
    assert getattr(again, "errno", None) == getattr(fault, "errno", None)


def test_objects_that_are_no_numbers(model):
    for value in X.astype(object), model.gradient(X, Y):
        assert "a.float64()" in raised(ga.UsageError, lambda value=value: model.gradient(value, Y))


def test_the_converter_is_found(tmp_path):
    """Where the data that come with gradaudit are, not beside Python."""
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as file:
        file.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
        file.writestr("archive/version", b"3\n")
    message = raised(ga.FileError, lambda: ga.load(tmp_path / "model.pt"))
    assert f"python3 {ga.data_directory() / 'convert_checkpoint.py'} " in message and "from_torch" in message


def test_the_commands_sentence(tmp_path):
    """A message of a bad file is the one that the command prints."""
    from conftest import command
    (tmp_path / "bad").write_bytes(b"\x93NUMPY no array")
    with pytest.raises(ga.FileError) as caught:
        ga.load(tmp_path / "bad")
    assert command("inspect", tmp_path / "bad", status=3).rstrip("\n") == f"gradaudit: {caught.value}"


def test_arguments_for_options(tmp_path):
    """Sentences name the arguments of Python, not the command's options."""
    np.savez(tmp_path / "model.npz", W1=np.ones((5, 4), np.float32), W2=np.ones((3, 5), np.float32))
    np.savez(tmp_path / "data.npz", x_test=X)
    wide = ga.from_arrays([(w.astype(float), b) for w, b in LAYERS], activation="sigmoid")
    for said, call in [
            ('say activation="sigmoid", "tanh", "relu" or another, or a list with one for each',
             lambda: ga.load(tmp_path / "model.npz")),
            ('it is "sigmoid", "tanh", "relu", "linear" or another, or a list with one for each', lambda: ga.from_arrays(LAYERS)),
            ("(max_memory=)", lambda: ga.load(tmp_path / "model.npz", activation="relu", max_memory=10)),
            ("(max_file=)", lambda: ga.Dataset(tmp_path / "data.npz", max_file=10)),
            ("(data_key=)", lambda: ga.Dataset(tmp_path / "data.npz", data_key="x")),
            ("which is for Dataset;", lambda: ga.load(tmp_path / "data.npz")),
            ("two numbers (LOW, HIGH), of which LOW is less, not '3,1'", lambda: ga.Dataset(X, Y, clip=(3, 1))),
            ("round=True makes another network", lambda: wide.gradient(X, Y, "float"))]:
        with pytest.raises(ga.Error) as caught:
            call()
        assert said in str(caught.value), caught.value
    x = np.random.default_rng(1).random((10, 12)) * 255
    with pytest.warns(ga.DataWarning, match='scale="1/255"'):
        ga.audit(ga.from_arrays(LAYERS, activation="sigmoid"), x, np.arange(10) % 3, "float", remedies=False, seeds=1)


def test_words():
    from gradaudit._words import in_python
    for sentence, want in {
            "say --scale 1/255 --mean 0.5,1/4 --std 2.": 'say scale="1/255", mean=(0.5, "1/4"), std=2.',
            "and say --mean and --std": "and say mean= and std=",
            "say --layout out-in or --layout in-out": 'say layout="out-in" or layout="in-out"',
            "go on with --resume, or": "go on with resume=True, or",
            "--data-key is for images": "data_key= is for images",
            "no --meaning, 'a --mean', x--mean, '--std'": "no --meaning, 'a --mean', x--mean, '--std'",
            "the command gradient has --loss squared-error": "the command gradient has --loss squared-error",
            "Say --loss bce if labels are 0 and 1 (audit, attack: -e float,naive,bce), or --loss squared-error":
                'Say loss="bce" if labels are 0 and 1 (audit: estimators="float,naive,bce"), or loss="squared-error"',
            "gradaudit gradient with --format double": "gradaudit gradient with --format double",
            "format; gradaudit forward --format double shows what": 'format; model.forward(x, "double") shows what',
            "or the sum (--reduction sum)": 'or the sum (reduction="sum")',
            "are equal; gradaudit forward prints them": "are equal; model.forward(x) has them",
    }.items():
        assert in_python(sentence) == want


def test_every_option_has_its_argument():
    """Those that the sentences of the library name."""
    from pathlib import Path
    from gradaudit._words import _ARGUMENTS
    source = Path(__file__).parents[2] / "src"
    folders = "api audit blame core exact gemm graph io num op pass run".split()
    named = {option for folder in folders for file in (source / folder).glob("*.c")
             for text in re.findall(r'"[^"\n]*"', file.read_text()) for option in re.findall(r'(?<=[ ("])--([a-z][a-z-]+)', text)}
    assert len(named) > 10 and named <= _ARGUMENTS.keys(), named - _ARGUMENTS.keys()


@pytest.mark.parametrize("name", ["seeds", "max_bits", "reference_bits"])
def test_zero_is_not_the_default(name, model):
    with pytest.raises(ga.UsageError, match=f"{name} is a whole number from 1"):
        ga.audit(model, X, Y, "float", **{name: 0})


def test_zero_is_no_limit(tmp_path):
    for name in "max_file", "max_memory":
        with pytest.raises(ga.UsageError, match=f"{name} is a whole number from 1"):
            ga.from_arrays(LAYERS, activation="sigmoid", **{name: 0})
        with pytest.raises(ga.UsageError, match=f"{name} is a whole number from 1"):
            ga.Dataset(X, Y, **{name: 0})


def test_completion():
    """What needs PyTorch or scikit-learn is completed too; a name that is not there is reported as Python does."""
    assert {"audit", "from_torch", "from_sklearn", "plot", "sklearn", "torch"} <= set(dir(ga))
    assert not [name for name in dir(ga) if name.startswith("_") and not name.startswith("__")]
    with pytest.raises(AttributeError, match="module 'gradaudit' has no attribute 'foo'"):
        ga.foo  # noqa: B018
