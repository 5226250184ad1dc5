# SPDX-License-Identifier: Apache-2.0
"""Figures: what they show is what the report says."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.patches import StepPatch

import gradaudit as ga


@pytest.fixture(scope="module")
def audited(small):
    return ga.audit(small.model, small.x, small.y, ["float", "float,rewrite", "double"], progress=False)


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def test_cells_are_the_reports(audited):
    ax = audited.plot.cells()
    rows = audited.report["estimators"]
    assert [label.get_text() for label in ax.get_yticklabels()] == [row["name"] for row in rows]
    bars = {container.get_label(): [bar.get_width() for bar in container] for container in ax.containers}
    for cell, shares in bars.items():
        np.testing.assert_allclose(shares, [row["cells_percent"][cell] for row in rows])
    np.testing.assert_allclose(np.sum(list(bars.values()), axis=0), 100)
    for cell in set(rows[0]["cells"]) - set(bars):
        assert not any(row["cells"][cell] for row in rows)
    ax.figure.canvas.draw()


def test_magnitudes_are_the_reports(audited):
    ax = audited.plot.magnitudes()
    lines = {patch.get_label(): patch.get_data() for patch in ax.patches if isinstance(patch, StepPatch) and not patch.get_fill()}
    expected = {"true": audited.report["functions"][0]} | {row["name"]: row for row in audited.report["estimators"]}
    assert lines.keys() == expected.keys()
    for name, of in expected.items():
        values, edges, _ = lines[name]
        decades = of["decades"]
        at = dict(zip(decades["decade"], decades["count"]))
        step = edges[1] - edges[0]
        sums = [100 * sum(at.get(decade, 0) for decade in range(edge, edge + step)) / decades["elements"] for edge in edges[:-1]]
        np.testing.assert_allclose(values, sums)
        assert sum(values) == pytest.approx(100 * (decades["elements"] - decades["zero"]) / decades["elements"])
    zeros = sorted(bar.get_height() for container in ax.containers for bar in container)
    np.testing.assert_allclose(zeros, sorted(100 * of["decades"]["zero"] / of["decades"]["elements"] for of in expected.values()))
    ax.figure.canvas.draw()
    assert "0" in [label.get_text() for label in ax.get_xticklabels()]


def test_axes_and_names(audited, tmp_path):
    figure, axes = pyplot.subplots(2)
    names = audited.estimators
    assert audited.plot.cells(axes[0], estimators=names[0]) is axes[0]
    assert len(axes[0].get_yticklabels()) == 1
    assert audited.plot.magnitudes(ax=axes[1], estimators=["double"]) is axes[1]
    figure.savefig(tmp_path / "figure.png")
    with pytest.raises(ga.UsageError, match="'quad' is none of"):
        audited.plot.cells(estimators="quad")


def test_a_report_alone(audited, tmp_path):
    """From report.json, without the audit."""
    (tmp_path / "report.json").write_text(audited.json)
    ga.open_report(tmp_path / "report.json").plot.magnitudes().figure.canvas.draw()
