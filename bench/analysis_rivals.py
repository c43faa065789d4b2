"""The same estimates by others: bare polars and numpy as floors, svy and R `survey` as peers.

svy and R are left out where they are not installed; R times itself, the median of three.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.measure import Timed, timed


def polars_frame(data: pd.DataFrame) -> Any:
    """The columns as a polars frame."""
    import polars as pl

    return pl.DataFrame({name: data[name].to_numpy() for name in data.columns})


def polars_sums(frame: Any, key: str) -> Timed:
    """Sums for a weighted mean by a key."""
    import polars as pl

    sums = [(pl.col("w") * pl.col("y")).sum().alias("wy"), pl.col("w").sum(), pl.len()]
    return timed(lambda: frame.lazy().group_by(key).agg(*sums).collect())


def polars_ratios(frame: Any, columns: Sequence[str]) -> Timed:
    """Numerators and denominators of shares of satisfied answers, by PSU."""
    import polars as pl

    num = [(pl.col("w") * (pl.col(c) >= 4)).sum().alias(f"n{c}") for c in columns]
    den = [(pl.col("w") * pl.col(c).is_not_nan()).sum().alias(f"d{c}") for c in columns]
    return timed(lambda: frame.lazy().group_by("psu").agg(*num, *den).collect())


def bincounts(data: pd.DataFrame) -> Timed:
    """The same sums as `polars_sums`, by PSU, by numpy."""
    code, w, y = (data[name].to_numpy() for name in ("psu", "w", "y"))
    return timed(lambda: (np.bincount(code, weights=w * y), np.bincount(code, weights=w)))


def svy_calls(data: pd.DataFrame, wanted: Sequence[str]) -> dict[str, Timed]:
    """Of `mean` and `index` (five ratios, whose mean svy cannot give) those wanted; making the sample counts."""
    if find_spec("svy") is None:
        return {}
    import polars as pl
    import svy

    frame = polars_frame(data).with_columns(
        *((pl.col(f"q{i}") >= 4).cast(pl.Float64).alias(f"n{i}") for i in range(5)),
        *(pl.col(f"q{i}").is_not_nan().cast(pl.Float64).alias(f"d{i}") for i in range(5)),
    )
    design = svy.Design(stratum="stratum", wgt="w", psu="psu")

    def mean() -> None:
        svy.Sample(frame, design).estimation.mean("y", by="agency")

    def ratios() -> None:
        sample = svy.Sample(frame, design)
        for i in range(5):
            sample.estimation.ratio(f"n{i}", f"d{i}", by="agency")

    calls = {"mean": timed(mean), "index": timed(ratios)}
    return {name: calls[name] for name in wanted}


_R = """
suppressMessages(library(survey)); d <- read.csv("bench.csv"); options(digits = 10)
time <- function(e) median(replicate(3, system.time(e())[["elapsed"]]))
design <- NULL
made <- time(function() design <<- svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE))
mean <- time(function() svyby(~y, ~agency, design, svymean))
f <- as.formula(paste("~", paste0("n", 0:4, "+d", 0:4, collapse = "+")))
g <- parse(text = paste0("(", paste0("n", 0:4, "/d", 0:4, collapse = "+"), ")/5"))[[1]]
index <- time(function() for (a in unique(d$agency)) svycontrast(svytotal(f, subset(design, agency == a)), g))
cat(sprintf('{"R mean": %f, "R index": %f}', made + mean, made + index))
"""


def r_seconds(data: pd.DataFrame) -> dict[str, float]:
    """Mean and index by agency in R, each with svydesign."""
    if shutil.which("Rscript") is None:
        return {}
    table = data[["psu", "stratum", "agency", "w", "y"]].copy()
    for i in range(5):
        table[f"n{i}"], table[f"d{i}"] = (data[f"q{i}"] >= 4).astype(int), data[f"q{i}"].notna().astype(int)
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "bench.csv", index=False)
        done = subprocess.run(["Rscript", "-e", _R], cwd=folder, capture_output=True, text=True, check=False)
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {}
