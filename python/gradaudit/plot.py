# SPDX-License-Identifier: Apache-2.0
"""Figures of a report by matplotlib, made of its numbers and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union

from ._arguments import strings
from ._errors import UsageError

if TYPE_CHECKING:
    from ._report import Report

__all__ = ["Plots"]

#: From right to wrong, in the colours of the page's figures (Okabe and Ito's, which the colour-blind tell apart); hatches as there.
COLOURS = {"right": "#009e73", "zero": "#9a9a9a", "below-range": "#56b4e9", "above-range": "#0072b2", "inaccurate": "#e69f00",
           "lost": "#d55e00", "spurious": "#d55e00", "wrong-sign": "#cc79a7", "nonfinite": "#1c1c1c", "undecided": "#777777"}
_HATCHES = {"lost": "///", "wrong-sign": "xxx", "inaccurate": "...", "spurious": "---"}
_TRUTH, _LINES = "#1c1c1c", ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_MOST_LINES = len(_LINES)
_STEPS, _MOST_BINS = (1, 2, 5, 10, 20, 50, 100), 40

Words = Union[None, str, Sequence[str]]


class Plots:
    """What report.plot offers. Each figure goes to ax, or to a figure of its own, and is returned as matplotlib's Axes."""

    def __init__(self, report: "Report") -> None:
        self._report = report

    def cells(self, ax: Any = None, *, estimators: Words = None) -> Any:
        """What became of the gradient elements: a bar for each estimator, in per cent of its elements, a colour for each cell.
        estimators: full names, or their beginnings; None: all."""
        rows = self._rows(estimators)
        ax = _axes(ax, (7.5, 1.6 + 0.42 * len(rows)))
        at = range(len(rows))
        left = [0.0] * len(rows)
        for cell, colour in COLOURS.items():
            share = [float(row["cells_percent"].get(cell, 0.0)) for row in rows]
            if any(share):
                ax.barh(at, share, left=left, color=colour, edgecolor="white", linewidth=0.5, label=cell, hatch=_HATCHES.get(cell))
                for y, (start, width) in enumerate(zip(left, share)):
                    if width >= 8:
                        ax.text(start + width / 2, y, f"{width:.0f} %", ha="center", va="center", fontsize=8,
                                bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"})
                left = [start + width for start, width in zip(left, share)]
        ax.set_yticks(list(at), [row["name"] for row in rows])
        ax.invert_yaxis()
        ax.set_xlim(0, 100)
        ax.set_xlabel("gradient elements (%)")
        _legend(ax)
        _plain(ax)
        return ax

    def magnitudes(self, ax: Any = None, *, estimators: Words = None) -> Any:
        """How large the gradient elements are: the true ones as an area, those that the estimators computed as lines, in per cent
        of all elements for each decade, or for several where there are many. What is 0 stands in a column of its own, at the left.
        estimators: full names, or their beginnings; None: those of the network's own loss, at most six."""
        rows = self._rows(estimators)
        if estimators is None:
            rows = [row for row in rows if row["function"] == 0][-_MOST_LINES:]  # those made elsewhere come last
        elif len(rows) > _MOST_LINES:
            raise UsageError(f"estimators: {len(rows)} lines are not told apart; at most {_MOST_LINES}")
        ax = _axes(ax, (7.5, 4.2))
        truth = self._report.report["functions"][0]["decades"]
        drawn = [("true", truth, _TRUTH)] + [(row["name"], row["decades"], colour) for row, colour in zip(rows, _LINES)]
        there = [decade for _, decades, _ in drawn for decade in decades["decade"]] or [0]
        step = next((step for step in _STEPS if (max(there) - min(there)) // step < _MOST_BINS), _STEPS[-1])
        least, most = min(there) // step * step, (max(there) // step + 1) * step
        gap = (most - least) / 14
        for i, (name, decades, colour) in enumerate(drawn):
            percent, edges = _bins(decades, step)
            if i == 0:
                ax.stairs(percent, edges, fill=True, alpha=0.15, color=colour)
                ax.stairs(percent, edges, linewidth=4, alpha=0.4, color=colour, label=name)
            else:
                ax.stairs(percent, edges, linewidth=1.6, linestyle=("-", "--", "-.", ":")[(i - 1) % 4], color=colour, label=name)
            width = 1.5 * gap / len(drawn)
            ax.bar(least - 2.5 * gap + i * width, 100 * decades["zero"] / max(1, decades["elements"]), width=width, color=colour,
                   align="edge", alpha=0.4 if i == 0 else None)
        ax.axvline(least - 0.6 * gap, color="#d8d8d8", linewidth=0.8)
        _limits(ax, least, most)
        ticks = [tick for tick in ax.get_xticks() if least <= tick <= most and float(tick).is_integer()]
        ax.set_xticks([least - 1.75 * gap, *ticks], ["0", *(f"$10^{{{int(tick)}}}$" for tick in ticks)])
        ax.set_xlim(least - 2.9 * gap, most + 0.5 * gap)
        ax.set_ylim(bottom=0)
        ax.set_xlabel("magnitude of a gradient element, $|\\partial L/\\partial x_i|$")
        ax.set_ylabel("elements (% for each decade)" if step == 1 else f"elements (% for each {step} decades)")
        _legend(ax)
        _plain(ax)
        return ax

    def _rows(self, estimators: Words) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._report.report["estimators"]
        if estimators is None:
            return rows
        found = []
        for words in strings(estimators, "estimators"):
            of_words = [row for row in rows if row["name"] == words] or [row for row in rows if row["name"].startswith(words)]
            if not of_words:
                raise UsageError(f"estimators: {words!r} is none of {', '.join(row['name'] for row in rows)}")
            found += [row for row in of_words if row not in found]
        return found


def _bins(decades: dict[str, Any], step: int) -> tuple[list[float], list[int]]:
    """Per cent of all elements in bins of `step` decades, from the first that occurs to the last, and the edges of these."""
    counts: dict[int, int] = {}
    for decade, count in zip(decades["decade"], decades["count"]):
        counts[decade // step] = counts.get(decade // step, 0) + count
    places = range(min(counts, default=0), max(counts, default=0) + 1)
    of = 100 / max(1, decades["elements"])
    return [counts.get(place, 0) * of for place in places], [place * step for place in (*places, places[-1] + 1)]


def _limits(ax: Any, least: int, most: int) -> None:
    """The least magnitudes that float and double hold, where they are within the figure."""
    for exponent, name in ((-44.85, "float's least "), (-323.3, "double's least ")):  # log10 of 2^-149 and 2^-1074
        if least < exponent < most:
            ax.axvline(exponent, color="#5c5c5c", linewidth=0.8, linestyle=":")
            ax.text(exponent, 0.98, name, transform=ax.get_xaxis_transform(), fontsize=8, color="#5c5c5c", va="top", ha="right")


def _axes(ax: Any, size: tuple[float, float]) -> Any:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError:
        raise UsageError("figures need matplotlib: it is not installed") from None
    return pyplot.subplots(figsize=size, layout="constrained")[1]


def _legend(ax: Any) -> None:
    ax.legend(ncol=4, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False, fontsize=8)


def _plain(ax: Any) -> None:
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
