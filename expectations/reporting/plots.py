"""Plots of runs, and of what happened day by day: SVG in the colours of the page, each with the same as text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from catalog.plural import counted
from expectations.reporting.view import counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from expectations.reporting.document import Document

    Bars = tuple[str, Sequence[int]]

# In the drawing's own unit, of which a letter is about five wide.
_WIDTH, _HEIGHT = 252, 108
_LEFT, _RIGHT, _TOP, _BOTTOM = 10, 248, 6, 90
_LETTER = 5
_FEW = 4
_MOST_STEPS = 4


@dataclass(frozen=True)
class Plot:
    """One plot.

    Attributes:
        title: what it shows.
        svg: the picture.
        words: the same as text.
        header: names of the columns of ``rows``.
        rows: the numbers that were drawn, newest run first.
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
    rows = list(zip(*parts.values(), strict=True))
    cells = [tuple(f"{number:,}" for number in row) for row in rows]
    return _plot(title, max(map(sum, rows)), _stacked(rows), words, tuple(parts), cells, labels)


def history_plots(history: Sequence[Document]) -> list[Plot]:
    """Plots of the runs, oldest first: expectations, duration, and the rows of every table."""
    tables = dict.fromkeys(table["table"] for document in history for table in document["tables"])
    return [_expectations(history), _seconds(history), *(_rows(name, history) for name in tables)]


def run_time(document: Document) -> str:
    """When the run started, UTC, to the minute."""
    return str(document["started"][:16].replace("T", " "))


@dataclass(frozen=True)
class _Axes:
    """Where runs and values are in a drawing."""

    runs: int
    top: int
    left: float

    def x(self, run: float) -> float:
        """The middle of a run."""
        return round(self.left + (run + 0.6) * (_RIGHT - self.left) / (max(self.runs - 1, _FEW) + 1.2), 1)

    def y(self, value: float) -> float:
        """The height of a value; the greatest leaves some room above."""
        return round(_BOTTOM - value * (_BOTTOM - _TOP) / (1.12 * self.top or 1), 1)


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
    top, draw = max(map(sum, parts)), _stacked(parts)
    return _plot("Expectations by outcome", top, draw, words, header, cells, _times(history))


def _stacked(rows: Sequence[Sequence[int]]) -> Callable[[_Axes], str]:
    """Bars of parts: good, warning and bad."""

    def draw(axes: _Axes) -> str:
        drawn = ""
        for part, colour in list(enumerate(("good", "warn", "bad")))[: len(rows[0])]:
            drawn += "".join(
                _bar(axes, at, sum(row[:part]), sum(row[: part + 1]), colour)
                for at, row in enumerate(rows)
                if row[part]
            )
        return drawn

    return draw


def _times(history: Sequence[Document]) -> Labels:
    times = [run_time(document) for document in history]
    return Labels("run (UTC)", times, [time[5:] for time in times])


def _seconds(history: Sequence[Document]) -> Plot:
    seconds = [counts(document)["seconds"] for document in history]

    def draw(axes: _Axes) -> str:
        return "".join(_bar(axes, at, 0, value, "accent") for at, value in enumerate(seconds))

    words = f"Duration of {_runs(len(seconds))}: {min(seconds):,} to {max(seconds):,} s, the last {seconds[-1]:,} s."
    cells = [(f"{value:,}",) for value in seconds]
    return _plot("Duration of runs, seconds", max(seconds), draw, words, ("seconds",), cells, _times(history))


def _rows(table: str, history: Sequence[Document]) -> Plot:
    steps = [next((step for step in run["tables"] if step["table"] == table), None) for run in history]
    seen = [(at, step["rows"]) for at, step in enumerate(steps) if step and step["outcome"] != "refused"]
    refused = [(at, step["rows"]) for at, step in enumerate(steps) if step and step["outcome"] == "refused"]

    def draw(axes: _Axes) -> str:
        places = [f"{axes.x(at)} {axes.y(rows)}" for at, rows in seen]
        drawn = _path(f"M{'L'.join(places)}", "stroke: var(--accent); stroke-width: 1.5") if places else ""
        dots = "".join(f"M{place}h0" for place in places)
        crosses = "".join(f"M{axes.x(at)} {axes.y(rows)}m-3-3l6 6m0-6l-6 6" for at, rows in refused)
        drawn += _path(dots, "stroke: var(--accent); stroke-width: 4; stroke-linecap: round")
        return drawn + _path(crosses, "stroke: var(--bad); stroke-width: 2")

    words = f"Rows of {table} over {_runs(len(history))}: "
    words += f"{seen[0][1]:,} at first, {seen[-1][1]:,} at last" if seen else "none published"
    times = "once" if len(refused) == 1 else f"{len(refused)} times"
    words += f"; refused {times}." if refused else "."
    cells = [(f"{step['rows']:,}", step["outcome"]) if step else ("", "not run") for step in steps]
    top = max((rows for _, rows in seen + refused), default=0)
    return _plot(table, top, draw, words, ("rows", "outcome"), cells, _times(history))


def _runs(number: int) -> str:
    return "one run" if number == 1 else f"{number} runs"


def _plot(
    title: str,
    top: int,
    draw: Callable[[_Axes], str],
    words: str,
    header: tuple[str, ...],
    cells: Sequence[tuple[str, ...]],
    labels: Labels,
) -> Plot:
    ticks = _ticks(top)
    axes = _Axes(len(labels.names), top, _LEFT + _LETTER * len(f"{ticks[-1]:,}"))
    svg = f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true" focusable="false">'
    grid = "".join(f"M{axes.left} {axes.y(tick)}H{_RIGHT}" for tick in ticks)
    svg += _path(f"{grid}M{axes.left} {_TOP}V{_BOTTOM}", "stroke: var(--line); stroke-width: .8")
    svg += "".join(_text(axes.left - 4, axes.y(tick) + 3, "end", f"{tick:,}") for tick in ticks)
    svg += _text(axes.x(-0.35), _HEIGHT - 6, "start", labels.drawn[0])
    # The labels of a few would cover each other.
    if (last := len(labels.names) - 1) >= _FEW:
        svg += _text(axes.x(last + 0.35), _HEIGHT - 6, "end", labels.drawn[last])
    rows = [(name, *row) for name, row in zip(labels.names, cells, strict=True)]
    return Plot(title, f"{svg}{draw(axes)}</svg>", words, (labels.of, *header), tuple(reversed(rows)))


def _ticks(top: int) -> list[int]:
    """Round numbers from 0 on, a few of them."""
    steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
    step = next(step for step in steps if top <= _MOST_STEPS * step)
    return list(range(0, top + 1, step))


def _bar(axes: _Axes, run: int, low: int, high: int, colour: str) -> str:
    left, right, below, above = axes.x(run - 0.35), axes.x(run + 0.35), axes.y(low), axes.y(high)
    return _path(f"M{left} {below}V{above}H{right}V{below}z", f"fill: var(--{colour})")


def _path(data: str, style: str) -> str:
    return f'<path d="{data}" style="{style if style.startswith("fill") else f"fill: none; {style}"}"/>\n'


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" style="font-size: 9px; fill: var(--soft)">{text}</text>\n'
