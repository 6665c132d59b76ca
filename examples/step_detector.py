"""A small step detector: from a person's motion, is something near their step trainer at that instant?

    stedi tag v1
    stedi export --tag v1 --to training
    python -m examples.step_detector training --plot training/distance.png

It trains on the export's ``train`` part, chooses a model on ``validation`` and judges it on ``test``: on people whom it
has never seen. Needs the extra: pip install "stedi-lakehouse[examples]".
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

FEATURES = ["readings", "x_mean", "y_mean", "z_mean", "x_range", "y_range", "z_range", "motion_mean", "motion_max"]
_TREES = 100
_LEAF = 5


def instants(readings: pd.DataFrame) -> pd.DataFrame:
    """One row per person and instant: what the app's readings say of the motion, and the device's distance, cm."""
    motion = (readings["x"] ** 2 + readings["y"] ** 2 + readings["z"] ** 2) ** 0.5
    groups = readings.assign(motion=motion).groupby(["pseudonym", "timestamp"], sort=True)
    features = {
        "readings": groups.size(),
        **{f"{axis}_mean": groups[axis].mean() for axis in "xyz"},
        **{f"{axis}_range": groups[axis].max() - groups[axis].min() for axis in "xyz"},
        "motion_mean": groups["motion"].mean(),
        "motion_max": groups["motion"].max(),
        "distance": groups["distanceFromObject"].mean(),
    }
    import pandas as pd

    return pd.DataFrame(features).reset_index()


def read_part(export: Path, part: str) -> pd.DataFrame:
    """The instants of one part of an export: train, validation or test."""
    import pandas as pd

    manifest = json.loads((export / "manifest.json").read_text(encoding="utf-8"))
    path = export / manifest["splits"][part]["file"]
    return instants(pd.read_parquet(path) if manifest["format"] == "parquet" else pd.read_csv(path))


def train(export: Path) -> dict[str, Any]:
    """Train on an export and judge; accuracies as shares of instants, beside that of always saying the likelier."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    parts = {part: read_part(export, part) for part in ("train", "validation", "test")}
    if short := [part for part, rows in parts.items() if rows.empty]:
        raise SystemExit(f"nobody is in {', '.join(short)}: export with other --shares, or more people")
    # A step: the device sees something nearer than it does on average.
    threshold = float(parts["train"]["distance"].mean())
    steps = {part: rows["distance"] < threshold for part, rows in parts.items()}
    models = {
        "logistic regression": LogisticRegression(max_iter=1_000),
        "random forest": RandomForestClassifier(_TREES, min_samples_leaf=_LEAF, random_state=0),
    }
    scores = {
        name: model.fit(parts["train"][FEATURES], steps["train"]).score(
            parts["validation"][FEATURES], steps["validation"]
        )
        for name, model in models.items()
    }
    best = max(scores, key=lambda name: scores[name])
    likelier = steps["train"].mode()[0]
    return {
        "model": best,
        "threshold_cm": round(threshold, 1),
        "instants": {part: len(rows) for part, rows in parts.items()},
        "validation": {name: round(float(score), 3) for name, score in scores.items()},
        "test": round(float(models[best].score(parts["test"][FEATURES], steps["test"])), 3),
        "test_always_the_likelier": round(float((steps["test"] == likelier).mean()), 3),
    }


def plot(export: Path, to: Path) -> None:
    """Plot the device's distance against the motion at the same instants, people of the train part, as a PNG."""
    from matplotlib.figure import Figure

    rows = read_part(export, "train")
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    density = axes.hexbin(rows["motion_mean"], rows["distance"], gridsize=30, mincnt=1, cmap="viridis")
    axes.set_xlabel("motion: mean length of the acceleration at the instant, as the app reports it")
    axes.set_ylabel("distance to the nearest object, cm")
    axes.set_title(f"{len(rows):,} instants of {rows['pseudonym'].nunique():,} people")
    figure.colorbar(density, label="instants")
    figure.savefig(to, format="png", dpi=120)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on the export, print what came of it as JSON, and plot where that is asked for."""
    parser = argparse.ArgumentParser(description="Train a small step detector on a training set from `stedi export`.")
    parser.add_argument("export", type=Path, help="folder that stedi export made")
    parser.add_argument("--plot", type=Path, help="PNG to write: distance against motion")
    options = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(train(options.export), indent=2) + "\n")
    if options.plot:
        plot(options.export, options.plot)


if __name__ == "__main__":
    main()
