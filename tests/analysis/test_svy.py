"""Against svy 0.35 where R has no such rule or another definition: Stata's `center`, capped Korn-Graubard."""

from pathlib import Path

import pandas as pd
import polars as pl
import pytest
import svy

from analysis.run import estimate

DATA = pd.read_csv(Path(__file__).parents[1] / "oracles" / "analysis_survey.csv").assign(ok=lambda d: d.visits > 2)
DESIGN = {"weights": "v", "strata": "district", "psu": ["office"], "lonely_psu": "center"}


def sample(singleton: str | None = "center", data: pd.DataFrame = DATA):
    frame = pl.DataFrame({c: data[c].astype(float if c == "ok" else data[c].dtype).to_list() for c in data})
    design = svy.Design(stratum="district", wgt="v", psu="office", singleton=singleton)
    return svy.Sample(frame, design)


def ours(statistic: str, of: str, data: pd.DataFrame = DATA, **more: object) -> dict:
    what = [{"name": "x", "statistic": statistic, "of": of, **more}]
    return estimate(data, {**DESIGN, "estimates": what})["results"][-1]


@pytest.mark.parametrize("statistic", ["total", "mean"])
def test_a_lonely_psu_centred_at_the_grand_mean(statistic: str) -> None:
    theirs = getattr(sample().estimation, statistic)("visits").estimates[0]
    mine = ours(statistic, "visits")
    assert mine["estimate"] == pytest.approx(theirs.est, rel=1e-9)
    assert mine["se"] == pytest.approx(theirs.se, rel=1e-8)


@pytest.mark.parametrize(("name", "method"), [("korn-graubard", "korn_graubard"), ("logit", "logit")])
def test_intervals_of_a_proportion(name: str, method: str) -> None:
    theirs = sample().estimation.prop("ok", ci_method=name).estimates[1]
    mine = ours("proportion", "ok", interval=method)
    assert (mine["variable"], mine["n"]) == ("ok[True]", 202)
    assert mine["ci_low"] == pytest.approx(theirs.lci, abs=1e-8)
    assert mine["ci_high"] == pytest.approx(theirs.uci, abs=1e-8)


def test_two_stages_with_both_fpc() -> None:
    """svy takes the second fpc through PopSize; both terms count."""
    frame = pl.DataFrame(
        {c: DATA[c].to_list() for c in ("visits", "v", "district", "office", "id", "N_office", "N_dossier")}
    )
    sizes = svy.PopSize(psu="N_office", ssu="N_dossier")
    design = svy.Design(stratum="district", wgt="v", psu="office", ssu="id", pop_size=sizes, singleton="skip")
    theirs = svy.Sample(frame, design).estimation.mean("visits").estimates[0]
    two = {"fpc": ["N_office", "N_dossier"], "lonely_psu": "certainty"}
    what = [{"name": "x", "statistic": "mean", "of": "visits"}]
    (mine,) = estimate(DATA, {**DESIGN, **two, "estimates": what})["results"]
    assert mine["se"] == pytest.approx(theirs.se, rel=1e-6)
