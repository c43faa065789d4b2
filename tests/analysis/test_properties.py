"""What must hold for any data. Authority: algebra; the variance re-coded as loops over strata and units."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.run import estimate

ROW = st.tuples(
    st.sampled_from("ABC"),  # stratum
    st.integers(0, 3),  # PSU inside it
    st.sampled_from("xyz"),  # domain, crosses both
    st.floats(0.5, 20),  # weight
    st.one_of(st.none(), st.floats(-1000, 1000).map(lambda v: round(v, 3))),
)
ROWS = st.lists(ROW, min_size=4, max_size=40)
WHAT = [
    {"name": "total", "statistic": "total", "of": "y"},
    {"name": "mean", "statistic": "mean", "of": "y"},
    {"name": "people", "statistic": "total", "of": "one"},
]
DESIGN = {"weights": "w", "strata": "h", "psu": ["psu"], "lonely_psu": "adjust", "estimates": WHAT}


def frame(rows: list) -> pd.DataFrame:
    data = pd.DataFrame(rows, columns=["h", "psu", "d", "w", "y"]).assign(one=1.0)
    return data.assign(psu=data.h + data.psu.astype(str), y=data.y.astype(float))


def results(data: pd.DataFrame, **more: object) -> dict:
    rows = estimate(data, {**DESIGN, "domains": [[], ["d"]], **more})["results"]
    return {(r["name"], *r["domain"].values()): r for r in rows}


def slowly(data: pd.DataFrame, influence: pd.Series) -> float:
    """Σ_h n/(n-1) Σ (z - z̄)², unit by unit; a lonely one uncentred, only where the domain has members."""
    variance = 0.0
    for _, stratum in data.groupby("h"):
        z = [float(influence[stratum.index[stratum.psu == unit]].sum()) for unit in stratum.psu.unique()]
        if len(z) == 1:
            variance += z[0] ** 2
        else:
            variance += len(z) / (len(z) - 1) * sum((value - np.mean(z)) ** 2 for value in z)
    return variance


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_standard_errors_equal_the_loop_over_strata_and_units(rows: list) -> None:
    data = frame(rows)
    for key, row in results(data).items():
        member = data.y.notna() & (data.d == key[1] if len(key) > 1 else True)
        if key[0] != "mean" or row["se"] is None:
            continue
        weight = data.w.where(member, 0)
        mean = float((weight * data.y.fillna(0)).sum() / weight.sum())
        influence = weight * (data.y.fillna(0) - mean) / weight.sum()
        expected = np.sqrt(slowly(data, influence))
        assert row["estimate"] == pytest.approx(mean, rel=1e-9, abs=1e-9)
        assert row["se"] == pytest.approx(expected, rel=1e-7, abs=1e-9 * max(1, abs(mean)))


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_domain_totals_add_up_and_means_lie_between_the_answers(rows: list) -> None:
    data = frame(rows)
    found = results(data)
    parts = [r["estimate"] or 0 for key, r in found.items() if key[0] == "total" and len(key) > 1]
    whole = found["total",]["estimate"]
    assert (whole or 0) == pytest.approx(sum(parts), rel=1e-9, abs=1e-6)
    for key, row in found.items():
        if key[0] == "mean" and row["estimate"] is not None:
            y = data.y[data.d == key[1]] if len(key) > 1 else data.y
            assert y.min() - 1e-9 <= row["estimate"] <= y.max() + 1e-9


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(0, 99))
def test_labels_and_order_of_rows_change_nothing(rows: list, seed: int) -> None:
    data = frame(rows)
    other = data.sample(frac=1, random_state=seed)
    other = other.assign(h=other.h.map({"A": "z", "B": "k", "C": "a"}), psu="u" + other.psu)
    for a, b in zip(results(data).values(), results(other).values(), strict=True):
        assert (a["df"], a["n"], a["n_psu"]) == (b["df"], b["n"], b["n_psu"])
        assert a["se"] == (None if b["se"] is None else pytest.approx(b["se"], rel=1e-9, abs=1e-9))


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_weights_of_respondents_sum_to_those_of_the_sample(rows: list) -> None:
    data = frame(rows)
    data["r"] = data.groupby("h").cumcount() % 2 == 0
    step = {"method": "nonresponse_classes", "by": ["h"], "respondent": "r"}
    row = results(data, calibration=[step])["people",]
    assert row["estimate"] == pytest.approx(data.w.sum(), rel=1e-12)
    assert row["n"] == data.r.sum()
