# SPDX-License-Identifier: Apache-2.0
"""The tutorial runs, and what its text says is what comes out."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat

import gradaudit as ga

NOTEBOOK = Path(__file__).parents[2] / "examples" / "tutorial.ipynb"


def text_of(cell):
    return "".join("".join(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) for output in cell.outputs)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_tutorial(tmp_path):
    places = "HOME IPYTHONDIR JUPYTER_DATA_DIR JUPYTER_RUNTIME_DIR JUPYTER_CONFIG_DIR MPLCONFIGDIR"
    env = dict(os.environ, PYTHONPATH=str(Path(ga.__file__).parents[1]), GRADAUDIT_LIBRARY=ga.library_path,
               GRADAUDIT_DATADIR=str(ga.data_directory()), **{place: str(tmp_path / place) for place in places.split()})
    env.pop("MPLBACKEND", None)  # the notebook's own, which keeps the pictures
    words = ["nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.timeout=600", "--output", "run.ipynb"]
    done = subprocess.run([sys.executable, "-m", *words, "--output-dir", str(tmp_path), str(NOTEBOOK)], env=env, cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    run, kept = nbformat.read(tmp_path / "run.ipynb", 4), nbformat.read(NOTEBOOK, 4)
    verdicts = re.findall(r"verdict is `([a-z-]+)`", "\n".join(cell.source for cell in kept.cells if cell.cell_type == "markdown"))
    assert len(verdicts) == 2
    for notebook in run, kept:
        found = [text_of(cell).strip().strip("'") for cell in code_of(notebook) if cell.source.endswith(".verdict")]
        assert found == verdicts
    assert "&lt;h1&gt;" not in NOTEBOOK.read_text()  # an audit's headline stands once, above the frame
    assert NOTEBOOK.stat().st_size < 500_000
    images = [sum("image/png" in output.get("data", {}) for cell in code_of(notebook) for output in cell.outputs)
              for notebook in (run, kept)]
    assert images[0] == images[1] >= 2
    assert not re.search(r"/(tmp|root|home|work)/", NOTEBOOK.read_text())
