# SPDX-License-Identifier: Apache-2.0
"""Audits: the command's bytes, what they say in Python, stories, merging."""

import gc
import json
import math
import os
import pickle
import shutil
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from conftest import command, network, tree

import gradaudit as ga

WORDS = ["float", "double,rewrite"]


@pytest.fixture(scope="module")
def audits(small, tmp_path_factory):
    """One audit by the package, and by the command on the files."""
    folder = tmp_path_factory.mktemp("audits")
    foreign = small.model.gradient(small.x, small.y, "float").float64().astype(np.float32) / 40
    np.save(folder / "foreign.npy", foreign)
    a = ga.audit(small.model, small.x, small.y, WORDS, foreign={"other": (foreign, 40)}, eps="8/255", seeds=20, elements=True)
    command("audit", *small.words, "-e", WORDS[0], "-e", WORDS[1], "--foreign-scale", "40", "--foreign",
            f"other={folder}/foreign.npy", "--eps", "8/255", "--seeds", "20", "--elements", "--quiet", "-o", folder / "theirs")
    return a, folder / "theirs", foreign


def results(directory):
    """What is promised to be the same bytes."""
    return {name: bytes_ for name, bytes_ in tree(directory).items() if name != "provenance.json"}


def test_same_bytes(audits, tmp_path):
    a, theirs, _ = audits
    a.save(tmp_path / "ours")
    ours, want = results(tmp_path / "ours"), results(theirs)
    assert ours.keys() == want.keys() and {"report.json", "images.tsv", "report.html", "figures/cells.svg",
                                           "elements/exact.mantissa.npy"} <= ours.keys()
    assert [name for name in want if ours[name] != want[name]] == []


def test_what_it_says(audits):
    a, theirs, _ = audits
    assert a.report == __import__("json").loads((theirs / "report.json").read_text())
    assert a.json == (theirs / "report.json").read_text()
    assert a.verdict == a.report["verdict"]["model"] and a.verdict in repr(a)
    assert str(a) == a.text and len(a.text.splitlines()) > 5 and max(map(len, a.text.splitlines())) <= 80
    assert a.estimators == ["float naive", "double rewrite", "other"]


def cells_of_elements(theirs, name):
    """The cells of an estimator, counted by NumPy."""
    return np.load(theirs / "elements" / f"{name}.cell.npy")


def test_cells(audits):
    a, theirs, _ = audits
    pandas = pytest.importorskip("pandas")
    assert isinstance(a.cells, pandas.DataFrame)
    assert list(a.cells.index) == a.estimators and list(a.cells.columns)[:3] == ["zero", "spurious", "lost"]
    assert (a.cells.sum(axis=1) == 40 * 12).all()
    cells = cells_of_elements(theirs, "float-naive")
    assert [np.count_nonzero(cells == i) for i in range(len(a.cells.columns))] == list(a.cells.loc["float naive"])


def test_cells_without_pandas(audits, monkeypatch):
    a, _, _ = audits
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    plain = a.cells
    assert isinstance(plain, np.ndarray) and list(plain["estimator"]) == a.estimators
    assert sum(plain[name].sum() for name in plain.dtype.names[1:]) == 3 * 40 * 12


def test_explain_is_the_commands(audits, small):
    a, _, _ = audits
    for case, element, words in (3, 5, "float"), (0, 0, "double,rewrite"), (39, 11, "float,gain=0.5"):
        flags = {"float": ["--format", "float"], "double,rewrite": ["--format", "double", "--formulas", "rewrite"],
                 "float,gain=0.5": ["--format", "float", "--gain", "0.5"]}[words]
        told = a.explain(case=case, element=element, estimator=words)
        theirs = command("explain", *small.words, "--image", case, "--element", element, *flags)
        assert told.rstrip("\n") == theirs.rstrip("\n")
        assert repr(told) == told and not told.undecided


class Page(HTMLParser):
    """Tags and the text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.srcdoc = [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.srcdoc = dict(attributes).get("srcdoc", self.srcdoc)


def test_notebook(audits):
    a, theirs, _ = audits
    shown = a._repr_html_()
    outer = Page(shown)
    inner = Page(outer.srcdoc)
    whole = Page((theirs / "report.html").read_text())
    assert "script" not in outer.tags + inner.tags and "link" not in inner.tags and "img" not in outer.tags
    assert "h1" not in inner.tags and whole.tags.count("h1") == 1 and outer.tags.count("b") == 1
    assert "dfn" not in inner.tags and inner.tags.count("dl") == 1 and "dfn" in whole.tags and whole.tags.count("dl") > 1
    assert inner.tags.index("svg") < inner.tags.index("p") + 3 and inner.tags.count("figure") == whole.tags.count("figure")
    assert inner.tags.count("figure") >= 3 and "table" not in inner.tags and "table" in whole.tags
    assert a.html == (theirs / "report.html").read_text()


def test_merge(small, audits, tmp_path):
    _, _, foreign = audits
    parts = [ga.audit(small.model, small.x, small.y, WORDS, images=images) for images in ("0-15", range(16, 40))]
    merged = ga.merge(tmp_path / "merged", parts)
    whole = ga.audit(small.model, small.x, small.y, WORDS)
    whole.save(tmp_path / "whole")
    assert results(tmp_path / "merged") == results(tmp_path / "whole") and merged.verdict == whole.verdict
    with pytest.raises(ga.UsageError):
        ga.merge(tmp_path / "overlap", [parts[0], parts[0]])


def test_open_report(audits, tmp_path):
    a, theirs, _ = audits
    opened = ga.open_report(theirs)
    assert opened.json == a.json and opened.text == a.text and opened.verdict == a.verdict
    assert ga.open_report(theirs / "report.json").json == a.json
    opened.save(tmp_path / "copy")
    assert results(tmp_path / "copy") == results(theirs)
    (tmp_path / "alone").mkdir()
    shutil.copy(theirs / "report.json", tmp_path / "alone")
    assert ga.open_report(tmp_path / "alone").html == (theirs / "report.html").read_text()


def test_directory(small, tmp_path):
    a = ga.audit(small.model, small.x, small.y, WORDS, directory=tmp_path / "kept")
    with pytest.raises(ga.UsageError):
        ga.audit(small.model, small.x, small.y, WORDS, directory=tmp_path / "kept")
    again = ga.audit(small.model, small.x, small.y, WORDS, directory=tmp_path / "kept", resume=True)
    assert again.json == a.json
    del a, again
    gc.collect()
    assert (tmp_path / "kept" / "report.json").exists()


def test_temporary_directory_goes_with_the_result(small):
    a = ga.audit(small.model, small.x, small.y, WORDS, images="0-1")
    directory = Path(a.directory)
    assert (directory / "report.json").exists()
    del a
    gc.collect()
    assert not directory.exists()


def test_a_forked_process_leaves_the_temporary_directory(small, plain_env):
    done = subprocess.run([sys.executable, "-c", f"""if True:
        import os, sys
        import numpy as np
        import gradaudit as ga
        a = ga.audit(ga.load({str(small.files.model)!r}), np.load({str(small.files.x)!r}), np.load({str(small.files.y)!r}),
                     "float", images="0-1", remedies=False, seeds=1)
        child = os.fork()
        if child == 0:
            sys.exit(0)
        os.waitpid(child, 0)
        print(a.directory, os.path.exists(os.path.join(a.directory, "report.json")))
    """], capture_output=True, text=True, env=plain_env)
    assert done.returncode == 0, done.stderr
    directory, there = done.stdout.split()
    assert there == "True" and not Path(directory).exists()


@pytest.mark.parametrize("alone", [False, True])
def test_save_leaves_all_or_nothing(small, tmp_path, plain_env, alone):
    """Where no file can have more than 1000 bytes, as on a full disk."""
    report = theirs_of(small, tmp_path)
    if alone:
        report = tmp_path / "alone" / "report.json"
        report.parent.mkdir()
        shutil.copy(tmp_path / "theirs" / "report.json", report)
        report = ga.open_report(report)
    (tmp_path / "empty").mkdir()
    done = subprocess.run([sys.executable, "-c", f"""if True:
        import errno, resource
        import gradaudit as ga
        report = ga.open_report({str(tmp_path / ('alone' if alone else 'theirs'))!r})
        if {alone}:
            report.directory = None
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        for target in "empty", "made", "made/within":
            try:
                report.save({str(tmp_path)!r} + "/" + target)
            except ga.ReadWriteError as fault:
                print(fault.errno == errno.EFBIG, fault)
    """], capture_output=True, text=True, env=plain_env)
    assert done.returncode == 0 and done.stdout.count("True") == 3, done
    assert not (tmp_path / "made").exists() and not os.listdir(tmp_path / "empty")


def theirs_of(small, folder):
    """A report of the command's, made once."""
    if not (folder / "theirs").exists():
        command("audit", *small.words, "--images", "0-1", "-e", "float", "--quiet", "-o", folder / "theirs")
    return folder / "theirs"


def test_results_that_are_gone(small, tmp_path):
    a = ga.audit(small.model, small.x, small.y, WORDS, images="0-1", directory=tmp_path / "kept")
    shutil.rmtree(tmp_path / "kept")
    with pytest.raises(ga.ReadWriteError, match="no longer there"):
        a.save(tmp_path / "copy")
    (tmp_path / "file").touch()
    for target, kind in ((tmp_path / "file", ga.UsageError), (tmp_path, ga.UsageError), ("/proc/self/none", ga.ReadWriteError)):
        with pytest.raises(kind):
            ga.open_report(theirs_of(small, tmp_path)).save(target)
    assert a.verdict and a.cells is not None and "<iframe" in a._repr_html_()


def test_audit_keeps_its_model(small):
    a = ga.audit(ga.load(small.files.model), small.x.copy(), small.y.copy(), WORDS, images="0-1")
    gc.collect()
    assert "element" in a.explain(case=0, element=0)


def test_two_at_once(small):
    sets = [["float"], ["float", "double"]]
    alone = [ga.audit(small.model, small.x, small.y, words).json for words in sets]
    found = [None, None]

    def work(i):
        found[i] = ga.audit(small.model, small.x, small.y, sets[i]).json
    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == alone


def test_progress(small):
    seen = []
    ga.audit(small.model, small.x, small.y, WORDS, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (40, 40) and all(done <= 40 for done, _ in seen)


def test_no_copies(audits):
    with pytest.raises(TypeError, match="save"):
        pickle.dumps(audits[0])


def test_doubts_are_warnings(small):
    """Of the line that called the package, also through another of its functions."""
    with pytest.warns(ga.DataWarning) as said:
        ga.audit(small.model, small.x.astype(np.float32), small.y, WORDS, images="0-1")
    assert [warning.filename for warning in said] == [__file__]
    torch = pytest.importorskip("torch")
    module, inputs = torch.nn.Linear(12, 3), torch.rand(8, 12)
    with torch.no_grad():
        module.bias[:] = torch.tensor([9., 0, 0])  # always class 0
    with pytest.warns(ga.DataWarning) as said:
        ga.torch.audit(module, inputs, torch.ones(8, dtype=torch.int64), seeds=1, remedies=False)
    assert {warning.filename for warning in said if warning.category is ga.DataWarning} == {__file__}


def test_narrow_gradients_are_judged_as_float32(small):
    """Of NumPy and of PyTorch, and the user is told."""
    torch = pytest.importorskip("torch")
    g = small.model.gradient(small.x, small.y, "float").float64().reshape(40, 12)
    for narrow in g.astype(np.float16), torch.tensor(g).half(), torch.tensor(g).bfloat16():
        wide = np.asarray(torch.as_tensor(narrow).double())
        name = str(narrow.dtype).rpartition(".")[2]
        with pytest.warns(ga.DataWarning, match=f"foreign gradient g, of {name}, is judged as one of float32"):
            a = ga.audit(small.model, small.x, small.y, "float", foreign={"g": narrow}, seeds=1, remedies=False)
        b = ga.audit(small.model, small.x, small.y, "float", foreign={"g": wide.astype(np.float32)}, seeds=1, remedies=False)
        assert a.json == b.json and a.estimators == ["float naive", "g"]


@pytest.mark.parametrize("dtype, name", [(np.float32, "float naive"), (np.float64, "double naive")])
def test_explained_is_the_models_own_format(dtype, name):
    model = ga.from_arrays(network(dtype), activation="sigmoid")
    x = np.random.default_rng(1).random((4, 12))
    a = ga.audit(model, x, [0, 1, 2, 0], seeds=1, remedies=False)
    assert f", {name}.\n" in a.explain(1, 2) and a.explain(1, 2) == ga.explain(model, x, [0, 1, 2, 0], 1, 2)


def test_estimators_of_any_sequence(small):
    for words in tuple(WORDS), np.array(WORDS), iter(WORDS):
        a = ga.audit(small.model, small.x, small.y, words, seeds=1, remedies=False, images=0)
        assert a.estimators == ["float naive", "double rewrite"]


@pytest.mark.filterwarnings("ignore::gradaudit.DataWarning")
def test_the_smallest_gradients_that_are_proved():
    """A residual of about e^-2.9e18 has the decade -1.26e18: reports hold it."""
    model = ga.from_arrays([(np.array([[1.45e18], [-1.45e18]]), np.zeros(2))], activation="relu")
    a = ga.audit(model, np.ones((1, 1)), [0], "double", seeds=1, remedies=False)
    decade = json.loads(a.json)["functions"][0]["decades"]["decade"][0]
    assert decade == pytest.approx(-2.9e18 / math.log(10), rel=1e-9) and abs(decade) > 2**60
