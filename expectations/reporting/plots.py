"""Plots of runs, and of what happened day by day: SVG that takes its colours from the page, each with the same as text.

matplotlib draws; its colours are stand-ins that are replaced by the page's, so that a dark page has a dark plot.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.plural import counted
from expectations.reporting.view import counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from expectations.reporting.document import Document

_COLOURS = {
    "#100001": "--soft",
    "#100002": "--line",
    "#100003": "--accent",
    "#100004": "--good",
    "#100005": "--bad",
    "#100006": "--warn",
}
_SOFT, _LINE, _ACCENT, _GOOD, _BAD, _WARN = _COLOURS
_INCHES = (3.5, 1.5)
_FEW = 4
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    # Names within a drawing follow from what is drawn: the same run makes the same page.
    "svg.hashsalt": "stedi",
    "font.size": 9,
    "axes.edgecolor": _LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": _LINE,
    "xtick.color": _LINE,
    "xtick.labelcolor": _SOFT,
    "ytick.color": _LINE,
    "ytick.labelcolor": _SOFT,
}


@dataclass(frozen=True)
class Plot:
    """One plot.

    Attributes:
        title: what it shows.
        svg: the picture.
        words: the same as text.
        header: names of the columns of ``rows``.
        rows: the numbers that were drawn, newest first.
    """

    title: str
    svg: str
    words: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Labels:
    """What stands along a plot's axis, oldest first.

    Attributes:
        of: what they are.
        names: each in full.
        drawn: each as the drawing has room for it.
    """

    of: str
    names: Sequence[str]
    drawn: Sequence[str]


def stacked_plot(title: str, words: str, labels: Labels, parts: Mapping[str, Sequence[int]]) -> Plot:
    """Bars of up to three parts, one on top of the other: by name, a number for each of the labels."""
    import matplotlib as mpl

    rows = list(zip(*parts.values(), strict=True))
    cells = [tuple(f"{number:,}" for number in row) for row in rows]
    with mpl.rc_context(_SETTINGS):
        return _plot(title, lambda axes: _stack(axes, rows), words, tuple(parts), cells, labels)


def history_plots(history: Sequence[Document]) -> list[Plot]:
    """Plots of the runs, oldest first: expectations, duration, and the rows of every table."""
    import matplotlib as mpl

    with mpl.rc_context(_SETTINGS):
        tables = dict.fromkeys(table["table"] for document in history for table in document["tables"])
        return [_expectations(history), _seconds(history), *(_rows(name, history) for name in tables)]


def run_time(document: Document) -> str:
    """When the run started, UTC, to the minute."""
    return str(document["started"][:16].replace("T", " "))


def _expectations(history: Sequence[Document]) -> Plot:
    done = [counts(document) for document in history]
    passed = [run["expectations"] - run["failed"] - run["warned"] for run in done]
    parts = list(zip(passed, [run["warned"] for run in done], [run["failed"] for run in done], strict=True))

    red = sum(1 for run in done if run["failed"])
    good, warned, bad = parts[-1]
    words = f"Expectations evaluated in {_runs(len(done))}; in {red} some failed. "
    words += f"In the last run {good:,} passed, {counted(warned, 'is a warning', 'are warnings')}, {bad:,} failed."
    cells = [tuple(f"{number:,}" for number in run) for run in parts]
    header = ("passed", "warnings", "failed")
    return _plot("Expectations by outcome", lambda axes: _stack(axes, parts), words, header, cells, _times(history))


def _seconds(history: Sequence[Document]) -> Plot:
    seconds = [counts(document)["seconds"] for document in history]

    def draw(axes: Any) -> None:
        axes.bar(range(len(seconds)), seconds, color=_ACCENT, width=0.7)

    words = f"Duration of {_runs(len(seconds))}: {min(seconds):,} to {max(seconds):,} s, the last {seconds[-1]:,} s."
    cells = [(f"{value:,}",) for value in seconds]
    return _plot("Duration of runs, seconds", draw, words, ("seconds",), cells, _times(history))


def _rows(table: str, history: Sequence[Document]) -> Plot:
    steps = [next((step for step in run["tables"] if step["table"] == table), None) for run in history]
    seen = [(at, step["rows"]) for at, step in enumerate(steps) if step and step["outcome"] != "refused"]
    refused = [(at, step["rows"]) for at, step in enumerate(steps) if step and step["outcome"] == "refused"]

    def draw(axes: Any) -> None:
        axes.plot([at for at, _ in seen], [rows for _, rows in seen], color=_ACCENT, marker="o", markersize=3.5)
        axes.plot([at for at, _ in refused], [rows for _, rows in refused], color=_BAD, marker="X", linestyle="")

    words = f"Rows of {table} over {_runs(len(history))}: "
    words += f"{seen[0][1]:,} at first, {seen[-1][1]:,} at last" if seen else "none published"
    times = "once" if len(refused) == 1 else f"{len(refused)} times"
    words += f"; refused {times}." if refused else "."
    cells = [(f"{step['rows']:,}", step["outcome"]) if step else ("", "not run") for step in steps]
    return _plot(table, draw, words, ("rows", "outcome"), cells, _times(history))


def _stack(axes: Any, rows: Sequence[Sequence[int]]) -> None:
    """Bars of parts: good, warning and bad."""
    bottom = [0] * len(rows)
    for part, colour in list(enumerate((_GOOD, _WARN, _BAD)))[: len(rows[0])]:
        heights = [row[part] for row in rows]
        axes.bar(range(len(rows)), heights, bottom=bottom, color=colour, width=0.7)
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]


def _times(history: Sequence[Document]) -> Labels:
    times = [run_time(document) for document in history]
    return Labels("run (UTC)", times, [time[5:] for time in times])


def _runs(number: int) -> str:
    return "one run" if number == 1 else f"{number} runs"


def _plot(
    title: str,
    draw: Callable[[Any], None],
    words: str,
    header: tuple[str, ...],
    cells: Sequence[tuple[str, ...]],
    labels: Labels,
) -> Plot:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    figure = Figure(figsize=_INCHES, layout="constrained")
    axes = figure.subplots()
    axes.set_axisbelow(True)
    draw(axes)
    last = len(labels.names) - 1
    top = axes.dataLim.ymax
    axes.set_ylim(0, 1.12 * top if top > 0 else 1)
    axes.set_xlim(-0.6, max(last, _FEW) + 0.6)
    # The labels of a few would cover each other.
    labelled = [0, last] if last >= _FEW else [0]
    axes.set_xticks(labelled, [labels.drawn[at] for at in labelled])
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    written = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(written, format="svg", transparent=True, metadata=nothing)
    rows = [(name, *row) for name, row in zip(labels.names, cells, strict=True)]
    return Plot(title, _for_a_page(written.getvalue(), title), words, (labels.of, *header), tuple(reversed(rows)))


def _for_a_page(svg: str, title: str) -> str:
    """The drawing as part of a page: no prologue, no addresses, ids of its own, the page's colours and type."""
    prefix = re.sub(r"\W+", "-", title.lower())
    svg = svg[svg.index("<svg") :]
    svg = re.sub(
        r"<svg [^>]*?(viewBox=\"[^\"]*\")[^>]*>", r'<svg \1 aria-hidden="true" focusable="false">', svg, count=1
    )
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: inherit", svg)
    for stand_in, colour in _COLOURS.items():
        svg = svg.replace(stand_in, f"var({colour})")
    return re.sub(r"\s*\n\s*", "\n", svg)
