"""The privacy report as a page and as data: counts alone, for the privacy officer."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from expectations.reporting.site import render, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from expectations.reporting.document import Document

PAGE, DATA = "index.html", "privacy.json"


def write_privacy_report(document: Document, page: Path | None, data: Path | None) -> None:
    """Write the report as a page, and as JSON, where a file of either is given; folders are made."""
    for file in (page, data):
        if file is not None:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if data is not None:
        write_whole(data, json.dumps(document, indent=2) + "\n")
    if page is not None:
        render(page, "privacy.html", report=document, plots=_plots(document, document["changes"]))


def _plots(document: Document, changes: Sequence[Document]) -> list[Document]:
    if not changes:
        return []
    from expectations.reporting.plots import Labels, stacked_plot

    unit = document["unit"]
    names = [change[unit] for change in changes]
    labels = Labels(f"{'week of' if unit == 'week' else unit} (UTC)", names, [name[5:] for name in names])
    parts = {name: [change[name] for change in changes] for name in ("agreed", "suspended", "withdrew")}
    told = ", ".join(f"{sum(numbers):,} {name}" for name, numbers in parts.items())
    words = f"From {names[0]} to {names[-1]}: {told}."
    return [asdict(stacked_plot(f"Changes of consent by {unit}", words, labels, parts))]
