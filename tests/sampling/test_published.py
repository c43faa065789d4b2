"""Populations of 64 large cities of the United States, 1930. Authority: Cochran (1977), tables 5.1 to 5.3.

Standard errors of the estimated total from 24 cities: 2,365 unstratified, 1,372 proportional, 1,044 optimum.
"""

import numpy as np
import pandas as pd
import pytest

from sampling.draw import draw
from sampling.plan import load_plan

LARGE = [900, 822, 781, 805, 670, 1238, 573, 634, 578, 487, 442, 451, 459, 464, 400, 366]
OTHERS = [
    *(364, 317, 328, 302, 288, 291, 253, 291, 308, 272, 284, 255, 270, 214, 195, 260),
    *(209, 183, 163, 253, 232, 260, 201, 147, 292, 164, 143, 169, 139, 170, 150, 143),
    *(113, 115, 123, 154, 140, 119, 130, 127, 100, 107, 114, 111, 163, 116, 122, 134),
]
CITIES = pd.DataFrame(
    {
        "city": [f"c{i:02d}" for i in range(64)],
        "group": ["1"] * 16 + ["2"] * 48,
        "people": np.array(LARGE + OTHERS, dtype=float),
    }
)
PLANS = {
    "unstratified": {"strata": [], "allocation": {"method": "proportional", "n": 24}},
    "proportional": {"strata": ["group"], "allocation": {"method": "proportional", "n": 24}},
    "optimum": {"strata": ["group"], "allocation": {"method": "neyman", "n": 24, "sd_from": "people"}},
}


def drawn(plan: str, seed: str) -> pd.DataFrame:
    return draw(CITIES, load_plan({"id": "city", "method": "srs", **PLANS[plan]}), seed).sample


def test_the_figures_are_cochran_s() -> None:
    variances = [CITIES.people.var(), np.var(LARGE, ddof=1), np.var(OTHERS, ddof=1)]
    assert [round(v) for v in variances] == [52448, 53843, 5581]


@pytest.mark.parametrize(
    ("plan", "sizes", "error"),
    [("unstratified", [24], 2365), ("proportional", [6, 18], 1372), ("optimum", [12, 12], 1044)],
)
def test_24_cities_are_shared_out_as_printed(plan: str, sizes: list[int], error: int) -> None:
    sample = drawn(plan, "sizes")
    strata = sample.groupby("stratum").size()
    assert strata.tolist() == sizes
    groups = [CITIES.people] if plan == "unstratified" else [pd.Series(LARGE), pd.Series(OTHERS)]
    variance = sum(len(y) ** 2 * y.var() * (1 / n - 1 / len(y)) for y, n in zip(groups, sizes, strict=True))
    assert round(variance**0.5) == error


@pytest.mark.parametrize(("plan", "error"), [("unstratified", 2365), ("proportional", 1372), ("optimum", 1044)])
def test_totals_of_many_draws_spread_as_printed(plan: str, error: int) -> None:
    samples = [drawn(plan, f"seed-{i}") for i in range(200)]
    totals = np.array([float((s["base_weight"] * s["people"]).sum()) for s in samples])
    assert abs(totals.mean() - 19568) < 3.5 * error / 200**0.5
    assert totals.std(ddof=1) == pytest.approx(error, rel=0.175)  # 3.5 standard errors of a standard deviation
