"""Drawing 20,000 units, against svy, R `sampling` and bare numpy, all of one run, medians of turns.

Random numbers, integer codes and sizes are in memory; making the numbers and hashing the frame have lines of
their own.
R and svy are left out where they are not installed. `THUOCDO_BENCH_N` sets another frame size than ten million.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.measure import Rival, Row, Timed, in_turns, lines, timed
from sampling.allocation import proportional
from sampling.allocation.precision import Domains, precision
from sampling.canonical import frame_hash
from sampling.coordination import permanent_random_numbers
from sampling.selection import inclusion_probabilities, pareto, poisson, pps_systematic, sequential_poisson, srs

N = int(os.environ.get("THUOCDO_BENCH_N", "10_000_000"))
SAMPLE, STRATA, HASHED = 20_000, 200, 1_000_000


def rows() -> list[Row]:
    """One dict per task and tool: `task`, `tool`, `seconds`, `ratio` and `ratio_to`, `target`, `met`."""
    rng = np.random.default_rng(1)
    u, stratum, size = rng.random(N), rng.integers(0, STRATA, N), rng.gamma(2.0, 1.0, N)
    r, svy = _r(), _svy_calls(stratum, size)
    return _stratified(u, stratum, svy, r) + _unequal(u, size, svy, r) + _preparing() + _allocating()


def _stratified(u: np.ndarray, stratum: np.ndarray, svy: dict[str, Timed], r: dict[str, float]) -> list[Row]:
    sizes = np.bincount(stratum, minlength=STRATA)
    n = proportional(sizes, SAMPLE)
    calls = {
        "ours": timed(lambda: srs(u, n, group=stratum, sizes=sizes)),
        "pass": timed(lambda: np.flatnonzero(u < SAMPLE / N)),
    }
    took = in_turns(calls, rounds=9)
    peer = in_turns(_chosen(svy, "srs"), rounds=3)
    return lines(f"srs, {STRATA} strata, {SAMPLE} of {N}", "sampling", took["ours"], [
        Rival("one pass: u < share", took["pass"], most=2),
        Rival("numpy lexsort", in_turns({"sort": timed(lambda: np.lexsort((u, stratum)))}, rounds=1)["sort"]),
        Rival("svy", peer.get("srs"), least=5),
        Rival("R strata", r.get("strata"), least=30),
    ])  # fmt: skip


def _chosen(calls: dict[str, Timed], name: str) -> dict[str, Timed]:
    return {name: calls[name]} if name in calls else {}


def _unequal(u: np.ndarray, size: np.ndarray, svy: dict[str, Timed], r: dict[str, float]) -> list[Row]:
    pi = inclusion_probabilities(size, SAMPLE)
    n, points = np.array([SAMPLE]), 0.3 + np.arange(SAMPLE)
    took = in_turns({
        "bare": timed(lambda: np.searchsorted(np.cumsum(pi), points)),
        "plain": timed(lambda: size * (SAMPLE / size.sum())),
        "probabilities": timed(lambda: inclusion_probabilities(size, SAMPLE)),
        "pps_systematic": timed(lambda: pps_systematic(pi, 0.3)),
        "pareto": timed(lambda: pareto(pi, u, n)),
        "sequential_poisson": timed(lambda: sequential_poisson(pi, u, n)),
        "poisson": timed(lambda: poisson(pi, u)),
    })  # fmt: skip
    peer = in_turns(_chosen(svy, "pps_sys"), rounds=3)
    bare, both = "cumsum + searchsorted", "probabilities and pps_systematic"
    rivals = {
        "probabilities": [
            Rival("numpy n x / sum", took["plain"], floor=True),
            Rival("R", r.get("inclusionprobabilities")),
        ],
        "pps_systematic": [Rival(bare, took["bare"], most=2), Rival("R UPsystematic", r.get("UPsystematic"))],
        both: [Rival("svy pps_sys", peer.get("pps_sys"), least=10)],
        "pareto": [Rival(bare, took["bare"], most=4), Rival("R UPopips", r.get("UPopips"), least=2.5)],
        "sequential_poisson": [Rival(bare, took["bare"], floor=True)],
        "poisson": [Rival("R UPpoisson", r.get("UPpoisson"))],
    }
    took[both] = took["probabilities"] + took["pps_systematic"]
    return [line for task, others in rivals.items() for line in lines(task, "sampling", took[task], others)]


def _preparing() -> list[Row]:
    ids = [f"H57.19-{i:09d}" for i in range(HASHED)]
    frame = pd.DataFrame({"id": ids, "agency": np.arange(HASHED) % 40, "channel": np.arange(HASHED) % 3})
    calls = {
        f"permanent random numbers of {HASHED} ids": timed(lambda: permanent_random_numbers(ids, "seed")),
        f"hash of a frame of {HASHED} rows": timed(lambda: frame_hash(frame, "id")),
    }
    return [line for task, took in in_turns(calls, rounds=1).items() for line in lines(task, "sampling", took)]


def _allocating() -> list[Row]:
    """Margins for 700 agencies, 3 tiers and the province at once, over 2,800 strata."""
    rng = np.random.default_rng(2)
    sizes, agency = rng.integers(30, 20_000, 2800), np.repeat(np.arange(700), 4)
    members = np.vstack([agency == a for a in range(700)] + [agency % 3 == t for t in range(3)] + [agency >= 0])
    margin = np.r_[np.full(700, 0.07), np.full(3, 0.01), 0.005]
    domains = Domains(members, margin, np.full(704, 0.5), tuple(map(str, range(704))))
    took = in_turns({"precision": timed(lambda: precision(sizes, domains))}, rounds=3)["precision"]
    return lines("precision allocation, 704 domains, 2,800 strata", "sampling", took)


def _svy_calls(stratum: np.ndarray, size: np.ndarray) -> dict[str, Timed]:
    if not find_spec("svy"):
        return {}
    import polars as pl
    import svy

    frame = pl.DataFrame({"id": np.arange(N), "stratum": stratum, "size": size})
    n: dict[Any, int] = dict(enumerate(proportional(np.bincount(stratum, minlength=STRATA), SAMPLE).tolist()))
    design = svy.Design(case_id="id", mos="size")

    def fresh(draw: Callable[[Any], object]) -> Timed:  # a draw replaces the sample's own data
        def run() -> float:
            sampling = svy.Sample(frame, design).sampling
            return timed(lambda: draw(sampling))()

        return run

    return {
        "srs": fresh(lambda s: s.srs(n, by="stratum", rstate=1)),
        "pps_sys": fresh(lambda s: s.pps_sys(SAMPLE, certainty_threshold=1.0, rstate=1)),
    }


R_SCRIPT = """
suppressMessages({library(sampling); library(jsonlite)})
N <- %d; n <- %d; H <- %d
set.seed(1)
stratum <- sort(sample.int(H, N, replace = TRUE)); size <- rgamma(N, 2)
pik <- inclusionprobabilities(size, n)
frame <- data.frame(stratum = stratum)
take <- rep(n %%/%% H, H)
timed <- function(call) { gc(FALSE); as.numeric(system.time(call)["elapsed"]) }
cat(toJSON(list(
  "strata" = timed(strata(frame, "stratum", take, method = "srswor")),
  "inclusionprobabilities" = timed(inclusionprobabilities(size, n)),
  "UPsystematic" = timed(UPsystematic(pik)),
  "UPopips" = timed(UPopips(pik, type = "pareto")),
  "UPpoisson" = timed(UPpoisson(pik))), auto_unbox = TRUE, digits = NA))
"""


def _r() -> dict[str, float]:
    program = shutil.which("Rscript")
    if program is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bench.R"
        script.write_text(R_SCRIPT % (N, SAMPLE, STRATA), encoding="utf-8")
        made = subprocess.run([program, str(script)], capture_output=True, text=True, check=True)
    return {name: float(seconds) for name, seconds in json.loads(made.stdout).items()}


if __name__ == "__main__":
    for line in rows():
        print(*(f"{value:.4g}" if isinstance(value, float) else value for value in line.values()), sep="  ")
