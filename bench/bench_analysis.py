"""Estimates from a million rows, against svy, R `survey`, and the floor (bare polars and numpy), all of one run.

40 agencies, 200 strata, 5,000 PSUs; medians, ours and its rivals in turns. Ours is timed in two parts: coding the
design once (R's svydesign) and an estimate with standard errors, df and intervals; targets are of the second. R,
svy and Ibis are left out where they are not installed. `THUOCDO_BENCH_ROWS` sets another number of rows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.ranks import generator, rank_sets
from analysis.run import Run
from analysis.spec import parse
from bench.analysis_rivals import bincounts, polars_frame, polars_ratios, polars_sums, r_seconds, svy_calls
from bench.measure import Rival, Row, Timed, capped, in_turns, lines, timed
from bench.memory import peak_mb

N = int(os.environ.get("THUOCDO_BENCH_ROWS", "1_000_000"))
PSUS, STRATA, AGENCIES, UNITS, ITEMS = 5_000, 200, 40, 700, 22
FIVE = {f"F{i}": [f"q{i}"] for i in range(5)}
SIPAS = {f"F{f}": [f"q{i}" for i in range(f, ITEMS, 5)] for f in range(5)}
CLUSTERED = {"weights": "w", "strata": "stratum", "psu": ["psu"]}
ROWS = {"weights": "w", "strata": "unit"}
MEAN = {"name": "m", "statistic": "mean", "of": "y"}
CODED, SOLVED = "analysis, code the design", "analysis, estimate"


def rows() -> list[Row]:
    """One dict per task and tool: `task`, `tool`, `seconds`, `ratio` and `ratio_to`, `target`, `met`."""
    data = survey(5)
    r = r_seconds(data)
    parts: list[Callable[[], list[Row]]] = [
        lambda: _means(data, r),
        lambda: _indices(data, r),
        lambda: _rows_as_units(data),
        lambda: _replicates(data),
        lambda: _calibration(data),
        _ranks,
        _everything,
        lambda: _engine(data),
    ]
    return [line for part in parts for line in part()]


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


def coding(data: pd.DataFrame, design: Row) -> Timed:
    """Seconds to code the design."""
    spec = parse(design)
    return timed(lambda: Run(data, spec, design))


def solving(data: pd.DataFrame, design: Row) -> Timed:
    """Seconds of the estimate, each time of a design coded anew, since a run remembers its sums."""
    spec = parse(design)

    def run() -> float:
        coded = Run(data, spec, design)
        return timed(lambda: coded.result(None))()

    return run


def index(factors: Row, name: str = "i") -> Row:
    """An index over factors with the published formula and interval."""
    formula = {"statistic": "index", "formula": "t2b_mean_of_factors@1", "interval": "logit"}
    return {"name": name, "factors": factors, **formula}


def _means(data: pd.DataFrame, r: dict[str, float]) -> list[Row]:
    design = {**CLUSTERED, "estimates": [MEAN], "domains": [["agency"]]}
    cells = {**design, "domains": [["agency", "channel"]]}
    frame = polars_frame(data)
    calls = {"coded": coding(data, design), "solved": solving(data, design), "cells": solving(data, cells)}
    calls |= {key: polars_sums(frame, key) for key in ("agency", "psu")} | {"numpy": bincounts(data)}
    took = in_turns(calls, rounds=9)
    peer = in_turns({"solved": calls["solved"], **svy_calls(data, ["mean"])}, rounds=3)
    task = f"mean by {AGENCIES} agencies, SE, df, interval"
    found = [{"task": task, "tool": CODED, "seconds": took["coded"]}]
    found += lines(task, SOLVED, took["solved"], [
        Rival("floor: polars group_by agency", took["agency"], most=1.0),
        Rival("floor: polars group_by psu", took["psu"], floor=True),
        Rival("floor: numpy bincount", took["numpy"], floor=True),
        Rival("svy mean(by)", peer.get("mean"), least=40),
        Rival("R svydesign + svyby", r.get("R mean"), least=150),
    ])  # fmt: skip
    task = f"mean by {AGENCIES * 3} cells agency x channel"
    return [*found, *lines(task, SOLVED, took["cells"], [Rival(f"{AGENCIES} agencies", took["solved"], most=1.3)])]


def _indices(data: pd.DataFrame, r: dict[str, float]) -> list[Row]:
    request = [{"estimate": "i", "by": ["agency"]}]
    design = {**CLUSTERED, "estimates": [index(FIVE)], "domains": [["agency"]], "covariance": request}
    calls = {"coded": coding(data, design), "solved": solving(data, design)}
    calls["polars"] = polars_ratios(polars_frame(data), [f"q{i}" for i in range(5)])
    took = in_turns(calls, rounds=7)
    peer = in_turns(svy_calls(data, ["index"]), rounds=3)
    task = f"index of 5 ratios by {AGENCIES} agencies, full covariance, components"
    found = [{"task": task, "tool": CODED, "seconds": took["coded"]}]
    return found + lines(task, SOLVED, took["solved"], [
        Rival("floor: polars group_by of 10 columns", took["polars"], most=1.2),
        Rival("svy, five ratio() calls", peer.get("index"), least=40),
        Rival("R svydesign + svytotal + svycontrast", r.get("R index"), least=50),
    ])  # fmt: skip


def _rows_as_units(data: pd.DataFrame) -> list[Row]:
    found: list[Row] = []
    for name, what in (("mean", MEAN), ("index", index(FIVE))):
        estimates = {"estimates": [what], "domains": [["agency"]]}
        took = in_turns({
            "clustered": solving(data, {**CLUSTERED, **estimates}),
            "coded": coding(data, {**ROWS, **estimates}),
            "solved": solving(data, {**ROWS, **estimates}),
        })  # fmt: skip
        task = f"{name} by {AGENCIES}, each row its own PSU, {UNITS} strata"
        found.append({"task": task, "tool": CODED, "seconds": took["coded"]})
        found += lines(task, SOLVED, took["solved"], [Rival(f"{PSUS} PSUs", took["clustered"], most=3)])
    return found


def _replicates(data: pd.DataFrame) -> list[Row]:
    boot = {"method": "rao_wu_bootstrap", "n": 500, "seed": "bench"}
    design = {**CLUSTERED, "estimates": [index(FIVE)], "domains": [["agency"]], "replicates": boot}
    plain = {**design, "replicates": None}
    calls = {"coded": coding(data, design), "plain": coding(data, plain), "solved": solving(data, design)}
    took = in_turns(calls)
    task = f"500 bootstrap replicates of the index x {AGENCIES}"
    draw = took["coded"] - took["plain"]
    whole = {"task": task, "tool": "analysis, draw + estimate", "seconds": draw + took["solved"]}
    found = [{"task": task, "tool": "analysis, code the design", "seconds": took["plain"]}]
    found += [{"task": task, "tool": "analysis, draw", "seconds": draw}]
    found += [{"task": task, "tool": SOLVED, "seconds": took["solved"]}]
    return [*found, capped(whole, "seconds", 0.5, "s")]


def _calibration(data: pd.DataFrame) -> list[Row]:
    margins = {}
    for j in range(4):
        totals = data.groupby(f"m{j}").w.sum() * np.linspace(0.9, 1.1, data[f"m{j}"].nunique())
        margins[f"m{j}"] = {str(k): float(v) for k, v in (totals / totals.sum() * data.w.sum()).items()}
    step = {"method": "rake", "margins": margins}
    design = {**CLUSTERED, "estimates": [MEAN], "domains": [[]], "calibration": [step]}
    codes, weight = [data[f"m{j}"].to_numpy() for j in range(4)], data.w.to_numpy()
    bare = timed(lambda: [np.bincount(c, weights=weight) for _ in range(20) for c in codes])
    took = in_turns({"coded": coding(data, design), "solved": solving(data, design), "bare": bare}, rounds=3)
    task = "raking to 4 margins, corrected SE"
    found = [{"task": task, "tool": "analysis, code and rake", "seconds": took["coded"]}]
    found += [{"task": task, "tool": SOLVED, "seconds": took["solved"]}]
    floor = Rival("floor: 20 bincounts of each margin", took["bare"], most=2.5)
    return found + lines(task, "analysis, together", took["coded"] + took["solved"], [floor])


def _ranks() -> list[Row]:
    found: list[Row] = []
    for p, most in ((AGENCIES, 0.2), (UNITS, 15)):
        rng = np.random.default_rng(p)
        theta, covariance = rng.normal(0.85, 0.05, p), np.diag(rng.uniform(1e-4, 9e-4, p))
        ranked = timed(lambda t=theta, c=covariance: rank_sets(t, c, generator("bench")))  # type: ignore[misc]
        seconds = in_turns({"ranks": ranked}, rounds=3)["ranks"]
        line = {"task": f"rank sets of {p}, 10,000 draws", "tool": "analysis", "seconds": seconds}
        found.append(capped(line, "seconds", most, "s"))
    return found


def _everything() -> list[Row]:
    """In a process of its own, so that its peak memory can be told."""
    code = "from bench.bench_analysis import everything; everything()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    task = f"{ITEMS} criteria + 5 factors + index x ({UNITS} units + tiers + province)"
    memory = {
        "task": task,
        "tool": "analysis, peak memory with the data",
        "value": told["megabytes"],
        "unit": "MB",
    }
    return [
        capped({"task": task, "tool": SOLVED, "seconds": told["seconds"]}, "seconds", 1.0, "s"),
        capped(memory, "value", 700, "MB"),
    ]


def everything() -> None:
    """The largest table of a province; prints seconds and peak memory as JSON."""
    data = survey(ITEMS)
    design = {**CLUSTERED, "estimates": [index(SIPAS)], "domains": [["unit"], ["tier"], []], "deff": True}
    solved = solving(data, design)()
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
        polars_frame(data.loc[data.index.repeat(10), ["agency", "stratum", "psu", "w", "y"]]).write_parquet(path)
        connection = ibis.duckdb.connect()
        table = connection.read_parquet(path, table_name="ten")
        bare = timed(lambda: connection.con.execute(f"SELECT {columns} FROM ten GROUP BY ALL").fetchall())  # noqa: S608
        took = in_turns({"ours": timed(lambda: estimate_table(table, design)), "bare": bare})
    task = f"mean by {AGENCIES} agencies from {10 * N} rows in Parquet"
    return lines(task, SOLVED, took["ours"], [Rival("floor: the bare SQL", took["bare"], most=1.5)])
