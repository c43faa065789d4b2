"""Drawing 20,000 units, against svy, R `sampling` and bare numpy, all of one run, best of three or more.

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
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sampling.allocation import proportional
from sampling.allocation.precision import Domains, precision
from sampling.canonical import frame_hash
from sampling.coordination import permanent_random_numbers
from sampling.selection import inclusion_probabilities, pareto, poisson, pps_systematic, sequential_poisson, srs

N = int(os.environ.get("THUOCDO_BENCH_N", "10_000_000"))
SAMPLE, STRATA, HASHED = 20_000, 200, 1_000_000
ROUNDS = 3


def rows() -> list[dict[str, Any]]:
    """One dict per task and tool: `task`, `tool`, `seconds`, and `ratio` to the line named by `ratio_to`."""
    rng = np.random.default_rng(1)
    u, stratum, size = rng.random(N), rng.integers(0, STRATA, N), rng.gamma(2.0, 1.0, N)
    peers = _svy(stratum, size) | _r()
    found = _stratified(u, stratum, peers) + _unequal(u, size, peers)
    return found + _preparing() + _allocating()


def _best(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Best of `rounds`, and of as many more as fit into a second: the machine may be busy."""
    seconds: list[float] = []
    while len(seconds) < rounds or (rounds > 1 and sum(seconds) < 1.0):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _lines(task: str, ours: float, others: dict[str, float | None]) -> list[dict[str, Any]]:
    """Ours first; the ratio of every other line is how many times our seconds it took."""
    lines: list[dict[str, Any]] = [{"task": task, "tool": "sampling", "seconds": ours}]
    for tool, seconds in others.items():
        if seconds is not None:
            compared = {"ratio": seconds / ours, "ratio_to": "sampling"}
            lines.append({"task": task, "tool": tool, "seconds": seconds} | compared)
    return lines


def _stratified(u: np.ndarray, stratum: np.ndarray, peers: dict[str, float]) -> list[dict[str, Any]]:
    sizes = np.bincount(stratum, minlength=STRATA)
    n = proportional(sizes, SAMPLE)
    ours = _best(lambda: srs(u, n, group=stratum, sizes=sizes))
    floor = _best(lambda: np.flatnonzero(u < SAMPLE / N))
    return _lines(
        f"srs, {STRATA} strata, {SAMPLE} of {N}", ours,
        {"one pass: u < share": floor, "numpy lexsort": _best(lambda: np.lexsort((u, stratum)), 1),
         "svy": peers.get("svy srs"), "R strata": peers.get("r strata")},
    )  # fmt: skip


def _unequal(u: np.ndarray, size: np.ndarray, peers: dict[str, float]) -> list[dict[str, Any]]:
    pi = inclusion_probabilities(size, SAMPLE)
    n, points = np.array([SAMPLE]), 0.3 + np.arange(SAMPLE)
    bare = _best(lambda: np.searchsorted(np.cumsum(pi), points))
    plain = _best(lambda: size * (SAMPLE / size.sum()))
    chances = _best(lambda: inclusion_probabilities(size, SAMPLE))
    systematic = _best(lambda: pps_systematic(pi, 0.3))
    bare_name = "cumsum + searchsorted"
    tasks: list[tuple[str, float, dict[str, float | None]]] = [
        ("probabilities", chances, {"numpy n x / sum": plain, "R": peers.get("r inclusionprobabilities")}),
        (
            "pps_systematic",
            systematic,
            {bare_name: bare, "R UPsystematic": peers.get("r UPsystematic")},
        ),
        ("both", chances + systematic, {"svy pps_sys": peers.get("svy pps_sys")}),
        (
            "pareto",
            _best(lambda: pareto(pi, u, n)),
            {bare_name: bare, "R UPopips": peers.get("r UPopips")},
        ),
        ("sequential_poisson", _best(lambda: sequential_poisson(pi, u, n)), {bare_name: bare}),
        ("poisson", _best(lambda: poisson(pi, u)), {"R UPpoisson": peers.get("r UPpoisson")}),
    ]
    return [line for task in tasks for line in _lines(*task)]


def _preparing() -> list[dict[str, Any]]:
    ids = [f"H57.19-{i:09d}" for i in range(HASHED)]
    frame = pd.DataFrame({"id": ids, "agency": np.arange(HASHED) % 40, "channel": np.arange(HASHED) % 3})
    numbers = _best(lambda: permanent_random_numbers(ids, "seed"))
    digest = _best(lambda: frame_hash(frame, "id"), 1)
    return [
        *_lines(f"permanent random numbers of {HASHED} ids", numbers, {}),
        *_lines(f"hash of a frame of {HASHED} rows", digest, {}),
    ]


def _allocating() -> list[dict[str, Any]]:
    """Margins for 700 agencies, 3 tiers and the province at once, over 2,800 strata."""
    rng = np.random.default_rng(2)
    sizes, agency = rng.integers(30, 20_000, 2800), np.repeat(np.arange(700), 4)
    members = np.vstack([agency == a for a in range(700)] + [agency % 3 == t for t in range(3)] + [agency >= 0])
    margin = np.r_[np.full(700, 0.07), np.full(3, 0.01), 0.005]
    domains = Domains(members, margin, np.full(704, 0.5), tuple(map(str, range(704))))
    return _lines("precision allocation, 704 domains, 2,800 strata", _best(lambda: precision(sizes, domains)), {})


def _svy(stratum: np.ndarray, size: np.ndarray) -> dict[str, float]:
    if not find_spec("svy"):
        return {}
    import polars as pl
    import svy

    frame = pl.DataFrame({"id": np.arange(N), "stratum": stratum, "size": size})
    n = dict(enumerate(proportional(np.bincount(stratum, minlength=STRATA), SAMPLE).tolist()))
    design = svy.Design(case_id="id", mos="size")
    first, second = svy.Sample(frame, design), svy.Sample(frame, design)  # a draw replaces the sample's own data
    return {
        "svy srs": _best(lambda: first.sampling.srs(n, by="stratum", rstate=1), 1),
        "svy pps_sys": _best(lambda: second.sampling.pps_sys(SAMPLE, certainty_threshold=1.0, rstate=1), 1),
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
  "r strata" = timed(strata(frame, "stratum", take, method = "srswor")),
  "r inclusionprobabilities" = timed(inclusionprobabilities(size, n)),
  "r UPsystematic" = timed(UPsystematic(pik)),
  "r UPopips" = timed(UPopips(pik, type = "pareto")),
  "r UPpoisson" = timed(UPpoisson(pik))), auto_unbox = TRUE, digits = NA))
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
