"""Multi-stage draws: probabilities as products, unbiased totals over many seeds, clusters, order."""

import numpy as np
import pandas as pd
import pytest

from sampling.draw import draw
from sampling.errors import FrameError, RefusalError
from sampling.order import positions
from sampling.plan import load_plan
from tests.sampling.repeated import check_unbiased, rounds

ROWS = [(d, c, i) for d, communes in (("D1", 6), ("D2", 4)) for c in range(communes) for i in range(3 + 4 * c)]
FRAME = pd.DataFrame(
    {
        "code": [f"{d}-{c}-{i:02d}" for d, c, i in ROWS],
        "district": [d for d, _, _ in ROWS],
        "commune": [f"{d}.{c}" for d, c, _ in ROWS],
        "village": [f"v{i % 3}" for _, _, i in ROWS],
        "y": [float(c * i + 1) for _, c, i in ROWS],
        "staff": [float(c + 1) for _, c, _ in ROWS],
    }
)


def two_stage(first: dict[str, object], second: dict[str, object]) -> object:
    stages = [{"unit": "commune", "n": {"per_stratum": 2}} | first, {"unit": "code"} | second]
    return load_plan({"id": "code", "strata": ["district"], "stages": stages})


PPS = {"method": "pps_systematic", "size": "count"}


def test_probability_is_the_product_over_stages() -> None:
    sample = draw(FRAME, two_stage(PPS, {"method": "srs", "n": {"per_unit": 5}}), "s").sample
    N = FRAME.groupby("commune")["code"].count()
    M = FRAME.groupby("district")["code"].count()
    first = 2 * N[sample["commune"]].to_numpy() / M[sample["district"]].to_numpy()
    second = np.minimum(5 / N[sample["commune"]].to_numpy(), 1)
    np.testing.assert_allclose(sample["inclusion_probability"], first * second, rtol=1e-12)
    assert sample["psu"].tolist() == sample["commune"].tolist()
    assert sample["stage1_n"].eq(2).all()
    assert sample["stage2_N"].tolist() == N[sample["commune"]].tolist()
    assert sample.groupby("psu")["code"].count().tolist() == [min(5, N[p]) for p in sorted(set(sample.psu))]


@rounds(100, 800)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (PPS, {"method": "srs", "n": {"per_unit": 4}}),
        (PPS | {"size": "staff"}, {"method": "systematic", "n": {"fraction": 0.4}}),
        ({"method": "srs", "n": {"fraction": 0.5}}, {"method": "srs", "n": {"fraction": 0.3}}),
        ({"method": "srs"}, {"method": "pps_systematic", "size": "y", "n": {"per_unit": 2}}),
    ],
)
def test_totals_are_unbiased(first: dict[str, object], second: dict[str, object], rounds: int) -> None:
    plan = two_stage(first, second)
    samples = [draw(FRAME, plan, f"s{i}").sample for i in range(rounds)]
    estimates = [float((s["base_weight"] * s["y"]).sum()) for s in samples]
    check_unbiased(estimates, FRAME["y"].sum())


def test_three_stages_find_deeper_units_within_their_parent() -> None:
    stages = [
        {"unit": "commune", "method": "srs", "n": {"per_stratum": 2}},
        {"unit": "village", "method": "srs", "n": {"per_unit": 2}},
        {"unit": "code", "method": "srs", "n": {"per_unit": 1}},
    ]
    sample = draw(FRAME, load_plan({"id": "code", "strata": ["district"], "stages": stages}), "s").sample
    assert sample.groupby("psu")["village"].nunique().tolist() == [2, 2, 2, 2]
    assert (len(sample), sample["stage2_N"].unique().tolist()) == (8, [3])


def test_a_plan_that_ends_above_the_rows_takes_whole_clusters() -> None:
    stages = [{"unit": "commune", "method": "srs", "n": {"per_stratum": 1}}]
    sample = draw(FRAME, load_plan({"id": "code", "strata": ["district"], "stages": stages}), "s").sample
    assert sample["psu"].nunique() == 2
    assert len(sample) == FRAME["commune"].isin(sample["psu"]).sum()


def test_certain_communes_are_taken_at_any_seed() -> None:
    big = FRAME.iloc[[-1] * 200].assign(code=[f"big{i}" for i in range(200)], commune="D2.9")
    frame = pd.concat([FRAME, big])
    for seed in range(20):
        sample = draw(frame, two_stage(PPS, {"method": "srs", "n": {"per_unit": 5}}), f"s{seed}").sample
        found = sample.loc[sample["psu"] == "D2.9", "inclusion_probability"]
        assert found.tolist() == [5 / 200] * 5


def test_more_units_than_a_stratum_has_are_refused() -> None:
    plan = two_stage({"method": "srs", "n": {"per_stratum": 5}}, {"method": "srs", "n": {"per_unit": 5}})
    with pytest.raises(RefusalError, match="stratum 'D2': 5 of `commune` are asked, there are 4 units"):
        draw(FRAME, plan, "s")


def test_a_unit_in_two_strata_is_named() -> None:
    frame = FRAME.assign(commune=["D2.0", *FRAME.commune[1:]])
    with pytest.raises(FrameError, match=r"unit 'D2.0' lies in two strata"):
        draw(frame, two_stage(PPS, {"method": "srs", "n": {"per_unit": 5}}), "s")


def test_a_size_that_varies_within_a_unit_is_named() -> None:
    plan = two_stage(PPS | {"size": "y"}, {"method": "srs", "n": {"per_unit": 5}})
    with pytest.raises(FrameError, match=r"column `y`: must be constant within a unit; it varies in 'D1.1'"):
        draw(FRAME, plan, "s")


def test_an_order_of_the_plan_serves_the_stages_it_can_serve() -> None:
    stages = [
        {"unit": "commune", "method": "systematic", "n": {"per_stratum": 2}},
        {"unit": "code", "method": "systematic", "n": {"per_unit": 2}},
    ]
    plan = {"id": "code", "strata": ["district"], "stages": stages}
    ordered = draw(FRAME, load_plan(plan | {"order": ["staff", "y"]}), "s").sample
    by_hand = [stages[0] | {"order": ["staff"]}, stages[1] | {"order": ["staff", "y"]}]
    assert (
        ordered["code"].tolist() == draw(FRAME, load_plan(plan | {"stages": by_hand}), "s").sample["code"].tolist()
    )
    with pytest.raises(FrameError, match="column `y`: must be constant within a unit"):
        draw(FRAME, load_plan(plan | {"stages": [stages[0] | {"order": ["y"]}, stages[1]]}), "s")


def test_serpentine_turns_at_every_new_value() -> None:
    grid = pd.DataFrame({"a": [1, 1, 2, 2, 3, 3] * 2, "b": ["x", "y"] * 6})
    place = positions(np.repeat([0, 1], 6), grid, serpentine=True)
    listed = grid.iloc[np.argsort(place)]
    assert "".join(listed["b"]) == "xyyxxy" * 2
    assert listed["a"].tolist() == [1, 1, 2, 2, 3, 3] * 2


def test_numbers_sort_as_numbers_and_ties_by_label() -> None:
    for column in ([10, 9, 9, 100], ["10", "9.00", "9", "100"]):
        place = positions(np.zeros(4, int), pd.DataFrame({"a": column}), serpentine=False)
        assert place.tolist() == [2, 0, 1, 3]
