"""Estimates from a million rows, against svy, R `survey`, and the floor (bare polars and numpy), all of one run.

40 agencies, 200 strata, 5,000 PSUs; best of three. Ours is timed in two parts: coding the design once (R's
svydesign) and an estimate with standard errors, df and intervals. R, svy and Ibis are left out where they are not
installed.
`THUOCDO_BENCH_ROWS` sets another number of rows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.ranks import generator, rank_sets
from analysis.run import Run
from analysis.spec import parse
from bench.memory import peak_mb

N = int(os.environ.get("THUOCDO_BENCH_ROWS", "1_000_000"))
PSUS, STRATA, AGENCIES, UNITS, ITEMS = 5_000, 200, 40, 700, 22
ROUNDS = 3
FIVE = {f"F{i}": [f"q{i}"] for i in range(5)}
SIPAS = {f"F{f}": [f"q{i}" for i in range(f, ITEMS, 5)] for f in range(5)}
CLUSTERED = {"weights": "w", "strata": "stratum", "psu": ["psu"]}
ROWS = {"weights": "w", "strata": "unit"}
MEAN = {"name": "m", "statistic": "mean", "of": "y"}

Row = dict[str, Any]


def rows() -> list[Row]:
    """One dict per task and tool: `task`, `tool`, `seconds`, and `ratio` to the line named by `ratio_to`."""
    data = survey(5)
    peers = _svy(data) | _r(data)
    compared = [*_means(data, peers), *_indices(data, peers), *_rows_as_units(data)]
    return [*compared, *_replicates(data), *_calibration(data), *_ranks(), *_everything(), *_engine(data)]


def survey(items: int) -> pd.DataFrame:
    """The synthetic survey: integer keys, weights, answers 1 to 5 with one in twenty missing."""
    rng = np.random.default_rng(1)
    psu = rng.integers(0, PSUS, N)
    data = pd.DataFrame({"psu": psu, "stratum": psu % STRATA, "agency": psu % AGENCIES, "unit": psu % UNITS})
    data["tier"] = data.unit % 3
    data["channel"] = rng.integers(0, 3, N)
    data["w"], data["y"] = rng.uniform(1, 9, N), rng.normal(3, 1, N)
    for i in range(items):
        answers = rng.integers(1, 6, N).astype(np.float32)
        answers[rng.random(N) < 0.05] = np.nan
        data[f"q{i}"] = answers
    for j, k in enumerate((4, 5, 6, 5)):
        data[f"m{j}"] = rng.integers(0, k, N)
    return data


def best(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Shortest of several runs, in seconds."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def ours(data: pd.DataFrame, design: Row) -> tuple[float, float]:
    """Seconds to code the design, and to estimate from it."""
    spec, coded, solved = parse(design), [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run = Run(data, spec, design)
        coded.append(time.perf_counter() - start)
        start = time.perf_counter()
        run.result(None)
        solved.append(time.perf_counter() - start)
    return min(coded), min(solved)


def lines(task: str, mine: dict[str, float], others: dict[str, float | None]) -> list[Row]:
    """Ours first; the ratio of another line is its seconds over those of our estimate."""
    compared = mine.get("estimate", next(iter(mine.values())))
    found: list[Row] = [{"task": task, "tool": f"analysis, {k}", "seconds": v} for k, v in mine.items()]
    for tool, seconds in others.items():
        if seconds is not None:
            ratio = {"ratio": seconds / compared, "ratio_to": "analysis, estimate"}
            found.append({"task": task, "tool": tool, "seconds": seconds} | ratio)
    return found


def index(factors: Row, name: str = "i") -> Row:
    """An index over factors with the published formula and interval."""
    formula = {"statistic": "index", "formula": "t2b_mean_of_factors@1", "interval": "logit"}
    return {"name": name, "factors": factors, **formula}


def _means(data: pd.DataFrame, peers: dict[str, float]) -> list[Row]:
    design = {**CLUSTERED, "estimates": [MEAN], "domains": [["agency"]]}
    coded, solved = ours(data, design)
    _, cells = ours(data, {**design, "domains": [["agency", "channel"]]})
    floor = {
        "floor: polars group_by agency": best(lambda: _polars_sums(data, ["agency"], ["y"])),
        "floor: polars group_by psu": best(lambda: _polars_sums(data, ["psu"], ["y"])),
        "floor: numpy bincount": best(lambda: _bincounts(data)),
    }
    others = {**floor, "svy mean(by)": peers.get("svy mean"), "R svydesign + svyby": peers.get("R mean")}
    task = f"mean by {AGENCIES} agencies, SE, df, interval"
    found = lines(task, {"code the design": coded, "estimate": solved}, others)
    cell_task = f"mean by {AGENCIES * 3} cells agency x channel"
    return [*found, *lines(cell_task, {"estimate": cells}, {f"analysis, {AGENCIES} agencies": solved})]


def _indices(data: pd.DataFrame, peers: dict[str, float]) -> list[Row]:
    request = [{"estimate": "i", "by": ["agency"]}]
    design = {**CLUSTERED, "estimates": [index(FIVE)], "domains": [["agency"]], "covariance": request}
    coded, solved = ours(data, design)
    others = {
        "floor: polars group_by of 10 columns": best(lambda: _polars_ratios(data, [f"q{i}" for i in range(5)])),
        "svy, five ratio() calls": peers.get("svy index"),
        "R svydesign + svytotal + svycontrast": peers.get("R index"),
    }
    task = f"index of 5 ratios by {AGENCIES} agencies, full covariance, components"
    return lines(task, {"code the design": coded, "estimate": solved}, others)


def _rows_as_units(data: pd.DataFrame) -> list[Row]:
    found: list[Row] = []
    for name, what in (("mean", MEAN), ("index", index(FIVE))):
        estimates = {"estimates": [what], "domains": [["agency"]]}
        _, clustered = ours(data, {**CLUSTERED, **estimates})
        coded, solved = ours(data, {**ROWS, **estimates})
        mine = {"code the design": coded, "estimate": solved}
        task = f"{name} by {AGENCIES}, each row its own PSU, {UNITS} strata"
        found += lines(task, mine, {f"analysis, {PSUS} PSUs": clustered})
    return found


def _replicates(data: pd.DataFrame) -> list[Row]:
    boot = {"method": "rao_wu_bootstrap", "n": 500, "seed": "bench"}
    design = {**CLUSTERED, "estimates": [index(FIVE)], "domains": [["agency"]], "replicates": boot}
    coded, solved = ours(data, design)
    return lines(f"500 bootstrap replicates of the index x {AGENCIES}", {"draw": coded, "estimate": solved}, {})


def _calibration(data: pd.DataFrame) -> list[Row]:
    margins = {}
    for j in range(4):
        totals = data.groupby(f"m{j}").w.sum() * np.linspace(0.9, 1.1, data[f"m{j}"].nunique())
        margins[f"m{j}"] = {str(k): float(v) for k, v in (totals / totals.sum() * data.w.sum()).items()}
    step = {"method": "rake", "margins": margins}
    design = {**CLUSTERED, "estimates": [MEAN], "domains": [[]], "calibration": [step]}
    coded, solved = ours(data, design)
    codes, weight = [data[f"m{j}"].to_numpy() for j in range(4)], data.w.to_numpy()
    floor = best(lambda: [np.bincount(c, weights=weight) for _ in range(20) for c in codes])
    mine = {"rake": coded, "estimate": solved, "together": coded + solved}
    return lines("raking to 4 margins, corrected SE", mine, {"floor: 20 bincounts of each margin": floor})


def _ranks() -> list[Row]:
    found: list[Row] = []
    for p in (AGENCIES, UNITS):
        rng = np.random.default_rng(p)
        theta, covariance = rng.normal(0.85, 0.05, p), np.diag(rng.uniform(1e-4, 9e-4, p))
        seconds = best(lambda t=theta, c=covariance: rank_sets(t, c, generator("bench")), 1)  # type: ignore[misc]
        found.append({"task": f"rank sets of {p}, 10,000 draws", "tool": "analysis", "seconds": seconds})
    return found


def _everything() -> list[Row]:
    """In a process of its own, so that its peak memory can be told."""
    code = "from bench.bench_analysis import everything; everything()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    task = f"{ITEMS} criteria + 5 factors + index x ({UNITS} units + tiers + province)"
    return [
        {"task": task, "tool": "analysis, estimate", "seconds": told["seconds"]},
        {"task": task, "tool": "analysis, peak memory with the data", "value": told["megabytes"], "unit": "MB"},
    ]


def everything() -> None:
    """The largest table of a province; prints seconds and peak memory as JSON."""
    data = survey(ITEMS)
    design = {**CLUSTERED, "estimates": [index(SIPAS)], "domains": [["unit"], ["tier"], []], "deff": True}
    run = Run(data, parse(design), design)
    solved = best(lambda: run.result(None), 1)
    sys.stdout.write(json.dumps({"seconds": solved, "megabytes": peak_mb()}) + "\n")


def _engine(data: pd.DataFrame) -> list[Row]:
    """Ten million rows in Parquet: our estimate through Ibis against the bare SQL of the same sums."""
    if find_spec("ibis") is None:
        return []
    import ibis

    from analysis.engine import estimate_table

    design = {**CLUSTERED, "estimates": [MEAN], "domains": [["agency"]]}
    columns = "agency, stratum, psu, sum(w*y), sum(w), count(y), sum(w*w), min(w), max(w), count(*)"
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "ten.parquet")
        big = _polars(data.loc[data.index.repeat(10), ["agency", "stratum", "psu", "w", "y"]])
        big.write_parquet(path)
        connection = ibis.duckdb.connect()
        table = connection.read_parquet(path, table_name="ten")
        floor = best(lambda: connection.con.execute(f"SELECT {columns} FROM ten GROUP BY ALL").fetchall())  # noqa: S608
        mine = {"estimate": best(lambda: estimate_table(table, design))}
    task = f"mean by {AGENCIES} agencies from {10 * N} rows in Parquet"
    return lines(task, mine, {"floor: the bare SQL": floor})


def _bincounts(data: pd.DataFrame) -> None:
    code, weight = data.psu.to_numpy(), data.w.to_numpy()
    np.bincount(code, weights=weight * data.y.to_numpy())
    np.bincount(code, weights=weight)


_FRAMES: dict[int, Any] = {}


def _polars(data: pd.DataFrame) -> Any:
    import polars as pl

    if id(data) not in _FRAMES:
        _FRAMES[id(data)] = pl.DataFrame({name: data[name].to_numpy() for name in data.columns})
    return _FRAMES[id(data)]


def _polars_sums(data: pd.DataFrame, keys: list[str], columns: list[str]) -> None:
    import polars as pl

    sums = [(pl.col("w") * pl.col(c)).sum().alias(c) for c in columns]
    _polars(data).lazy().group_by(keys).agg(*sums, pl.col("w").sum().alias("sum_w"), pl.len().alias("n")).collect()


def _polars_ratios(data: pd.DataFrame, columns: list[str]) -> None:
    import polars as pl

    num = [(pl.col("w") * (pl.col(c) >= 4)).sum().alias(f"n{c}") for c in columns]
    den = [(pl.col("w") * pl.col(c).is_not_nan()).sum().alias(f"d{c}") for c in columns]
    _polars(data).lazy().group_by("psu").agg(*num, *den).collect()


def _svy(data: pd.DataFrame) -> dict[str, float]:
    if find_spec("svy") is None:
        return {}
    import polars as pl
    import svy

    frame = _polars(data).with_columns(
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

    return {"svy mean": best(mean, 2), "svy index": best(ratios, 1)}


_R = """
suppressMessages(library(survey)); d <- read.csv("bench.csv"); options(digits = 10)
time <- function(e) system.time(e)[["elapsed"]]
design <- NULL; made <- time(design <- svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE))
mean <- time(svyby(~y, ~agency, design, svymean))
f <- as.formula(paste("~", paste0("n", 0:4, "+d", 0:4, collapse = "+")))
g <- parse(text = paste0("(", paste0("n", 0:4, "/d", 0:4, collapse = "+"), ")/5"))[[1]]
index <- time(for (a in unique(d$agency)) svycontrast(svytotal(f, subset(design, agency == a)), g))
cat(sprintf('{"R mean": %f, "R index": %f}', made + mean, made + index))
"""


def _r(data: pd.DataFrame) -> dict[str, float]:
    if shutil.which("Rscript") is None:
        return {}
    table = data[["psu", "stratum", "agency", "w", "y"]].copy()
    for i in range(5):
        table[f"n{i}"], table[f"d{i}"] = (data[f"q{i}"] >= 4).astype(int), data[f"q{i}"].notna().astype(int)
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "bench.csv", index=False)
        done = subprocess.run(["Rscript", "-e", _R], cwd=folder, capture_output=True, text=True, check=False)
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {}
