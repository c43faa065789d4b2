"""How often the intervals of an agency's index cover the truth: repeated waves from a known population.

Run ``python -m tests.analysis.coverage`` from the top folder to print the tables of docs/statistics.md.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.intervals import INTERVALS, interval
from analysis.run import Run
from analysis.spec import parse

ITEMS = 6
FACTORS = {"F1": ["q0", "q1"], "F2": ["q2", "q3"], "F3": ["q4", "q5"]}
METHODS = INTERVALS


@dataclass(frozen=True)
class Population:
    """Dossiers of 48 agencies, each with two channels that differ in satisfaction and in response."""

    frame: pd.DataFrame
    truth: dict[str, float]


def population(seed: int) -> Population:
    """Agencies of 100 to 2,000 dossiers; a person's answers hang together (about 0.5 between items)."""
    rng = np.random.default_rng(seed)
    parts = []
    for a, level in enumerate(np.tile([0.75, 0.80, 0.85, 0.90, 0.93, 0.95, 0.97, 0.99], 6)):
        size = int(rng.integers(100, 2000))
        online = rng.random(size) < 0.4
        mood = rng.normal(0, 1, size)[:, None] + rng.normal(0, 1, (size, ITEMS))
        cut = np.quantile(mood, 1 - level) - 0.3 * (online[:, None] - 0.4)
        answers = np.where(mood > cut, 5, 2).astype(float)
        answers[rng.random((size, ITEMS)) < 0.06] = np.nan
        part = pd.DataFrame(answers, columns=[f"q{i}" for i in range(ITEMS)])
        part["agency"], part["channel"] = f"A{a:02d}", np.where(online, "online", "counter")
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    frame["stratum"] = frame.agency + "|" + frame.channel
    frame["N_h"] = frame.groupby("stratum").stratum.transform("size")
    return Population(frame, {agency: _index(part) for agency, part in frame.groupby("agency")})


def _index(part: pd.DataFrame) -> float:
    shares = [(part[i] >= 4).to_numpy().sum() / part[i].notna().to_numpy().sum() for i in FACTORS.values()]
    return float(np.mean(shares))


def wave(people: Population, rng: np.random.Generator) -> pd.DataFrame:
    """A stratified draw, small strata taken whole; 60 % of the online half answer, 45 % of the counter's."""
    frame = people.frame
    u = pd.Series(rng.random(len(frame)))
    rank = u.groupby(frame.stratum.to_numpy()).rank()
    wanted = np.where(frame.N_h <= 120, frame.N_h, np.minimum(frame.N_h, 150))
    units = frame[(rank.to_numpy() <= wanted)].copy()
    units["w"] = units.N_h / units.groupby("stratum").stratum.transform("size")
    units["responded"] = rng.random(len(units)) < np.where(units.channel == "online", 0.60, 0.45)
    return units


DESIGN = {
    "weights": "w",
    "strata": "stratum",
    "fpc": ["N_h"],
    "calibration": [{"method": "nonresponse_classes", "by": ["stratum"], "respondent": "responded"}],
    "estimates": [{"name": "index", "statistic": "index", "formula": "t2b_mean_of_factors@1", "factors": FACTORS}],
    "domains": [["agency"]],
}


def simulate(waves: int, seed: int = 1, level: float = 0.95) -> pd.DataFrame:
    """One row per wave, agency and method: truth, respondents, estimate, whether covered, width."""
    people, rng, rows = population(seed), np.random.default_rng(seed + 1), []
    spec = parse(DESIGN)
    for _ in range(waves):
        run = Run(wave(people, rng), spec, DESIGN)
        (table,) = run.tables(spec.estimates[0], ("agency",))
        truth = np.array([people.truth[key[0]] for key in table.level.keys])
        for method in METHODS:
            low, high, _ = interval(table.uncertain, method, level)
            columns = {"truth": truth, "n": table.members.n, "covered": (low <= truth) & (truth <= high)}
            rows.append(pd.DataFrame({**columns, "width": high - low, "method": method}))
    return pd.concat(rows, ignore_index=True)


def table(found: pd.DataFrame) -> pd.DataFrame:
    """Coverage and mean width in per cent by method and band of the true index, at least 60 respondents."""
    band = pd.cut(found.truth, [0.7, 0.95, 0.98, 1.0], labels=["0.75-0.95", "0.95-0.98", "0.98-1"])
    used = found.assign(band=band)[found.n >= 60]
    shares = used.pivot_table(["covered", "width"], "method", "band", "mean", observed=True)
    return (shares * 100).round(1)


def markdown(rows: pd.DataFrame) -> str:
    """A table as Markdown, one line a row."""
    head = ["method", *(f"{a} {b}" for a, b in rows.columns)]
    body = [[str(row[0]), *map(str, row[1:])] for row in rows.itertuples()]
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    print(markdown(table(simulate(1000))))
