"""Draws against the file contract: weights, persons, reserve, coordination; unbiasedness over many seeds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.coordination import permanent_random_numbers
from sampling.draw import draw
from sampling.errors import FrameError, PlanError, RefusalError
from sampling.plan import Reserve
from sampling.reserve import release
from tests.sampling.draw_case import FRAME, PERSON, plan_of
from tests.sampling.repeated import check_unbiased, rounds


def test_srs_takes_the_smallest_numbers_of_each_stratum() -> None:
    made = draw(FRAME, plan_of(), "seed")
    u = pd.Series(permanent_random_numbers(FRAME["code"].tolist(), "seed"), index=FRAME["code"])
    expected = [
        u[FRAME.loc[FRAME.agency == a, "code"]].nsmallest(n).index for a, n in zip("ABC", (6, 4, 2), strict=True)
    ]
    assert made.sample["code"].tolist() == sorted(code for part in expected for code in part)


def test_sample_has_the_frame_and_the_columns_of_the_contract() -> None:
    made = draw(FRAME, plan_of(), "seed")
    added = "stratum inclusion_probability base_weight multiplicity replicate released u"
    stage = "stage1_n stage1_N stage1_probability"
    assert made.sample.columns.tolist() == [*FRAME.columns, *added.split(), *stage.split()]
    assert made.summary["strata"]["A"] == {
        "N": 30, "available": 30, "n": 6, "released": 6, "sum_of_weights": 30.0, "uncovered": 0,
    }  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["srs", "systematic"]), st.integers(3, 60))
def test_weights_of_a_stratum_sum_to_its_size(seed: int, method: str, n: int) -> None:
    plan = plan_of(method=method, allocation={"method": "proportional", "n": n, "min": 1})
    made = draw(FRAME, plan, str(seed)).sample
    sums = made.groupby("stratum")["base_weight"].sum()
    np.testing.assert_allclose(sums[["A", "B", "C"]], [30, 20, 10], rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["srs", "systematic", "pps_systematic"]))
def test_row_and_column_order_change_nothing(random: object, method: str) -> None:
    plan = plan_of(method=method, **({"size": "x"} if method == "pps_systematic" else {"order": ["x"]}))
    shuffled = FRAME.sample(frac=1.0, random_state=random.randrange(2**31))  # type: ignore[attr-defined]
    once, twice = draw(FRAME, plan, "s"), draw(shuffled[FRAME.columns[::-1]], plan, "s")
    assert once.summary == twice.summary
    pd.testing.assert_frame_equal(once.sample, twice.sample[once.sample.columns])


@rounds(120, 1000)
@pytest.mark.parametrize(
    "method",
    [{"method": "srs"}, {"method": "systematic"}, {"method": "pps_systematic", "size": "x"},
     {"method": "poisson", "size": "x"}],
    ids=lambda parts: parts["method"],
)  # fmt: skip
def test_total_over_dossiers_is_unbiased_though_a_person_is_asked_once(
    method: dict[str, object], rounds: int
) -> None:
    plan = plan_of(person=PERSON, **method)
    y = FRAME.set_index("code")["x"] ** 2
    estimates = []
    for seed in range(rounds):
        sample = draw(FRAME, plan, f"s{seed}").sample
        assert sample["person"].is_unique
        estimates.append(float((sample["base_weight"] * y[sample["code"]].to_numpy()).sum()))
    check_unbiased(estimates, y.sum())


def test_person_weights_carry_the_multiplicity() -> None:
    sample = draw(FRAME, plan_of(person=PERSON), "s").sample
    assert sample["multiplicity"].tolist() == [2 if person[0] == "p" else 1 for person in sample["person"]]
    np.testing.assert_allclose(
        sample["base_weight"], sample["multiplicity"] / sample["inclusion_probability"], rtol=1e-15
    )


def test_released_replicates_are_a_sample_of_their_own() -> None:
    plan = plan_of(reserve={"replicates": 3, "release": 2})
    whole = draw(FRAME, plan_of(), "s").sample
    sample = draw(FRAME, plan, "s").sample
    assert sample["code"].tolist() == whole["code"].tolist()
    assert sample["replicate"].value_counts().tolist() == [4, 4, 4]
    assert (sample["released"] == (sample["replicate"] <= 2)).all()
    np.testing.assert_allclose(sample["inclusion_probability"], whole["inclusion_probability"] * 2 / 3, rtol=1e-15)


def test_releasing_later_is_drawing_with_more_released() -> None:
    drawn = draw(FRAME, plan_of(reserve={"replicates": 3, "release": 1}), "s").sample
    wanted = draw(FRAME, plan_of(reserve={"replicates": 3, "release": 3}), "s").sample
    pd.testing.assert_frame_equal(release(drawn, Reserve(3, 1), 3), wanted, rtol=1e-15)
    with pytest.raises(ValueError, match="`count` must lie between 1 and 3; got 4"):
        release(drawn, Reserve(3, 1), 4)


@rounds(120, 1000)
def test_total_from_one_replicate_is_unbiased(rounds: int) -> None:
    plan = plan_of(reserve={"replicates": 5, "release": 2})
    estimates = []
    for seed in range(rounds):
        sample = draw(FRAME, plan, f"s{seed}").sample
        out = sample[sample["released"] == 1]
        estimates.append(float((out["base_weight"] * out["x"]).sum()))
    check_unbiased(estimates, FRAME["x"].sum())


@pytest.mark.parametrize(
    ("allocation", "error", "message"),
    [
        ({"method": "proportional", "n": 61}, RefusalError, "allow 0 to 60"),
        ({"method": "equal", "n": 9, "min": 5, "max": 3}, RefusalError, "exceeds `max`"),
        ({"method": "fixed", "n_by": {"A": 31, "B": 1, "C": 1}}, RefusalError, "n_by.A: 31 asked"),
        ({"method": "fixed", "n_by": {"A": 3}}, PlanError, "lacks the stratum 'B'"),
        ({"method": "fixed", "n_by": {"A": 1, "B": 1, "C": 1, "D": 1}}, PlanError, "n_by.D: is no stratum"),
        ({"method": "neyman", "n": 9, "sd_from": "y"}, FrameError, "column `y`"),
        ({"method": "neyman", "n": 9, "sd_from": "person"}, FrameError, "finite numbers; unit 'd000'"),
    ],
)
def test_an_allocation_that_cannot_be_had_says_why(
    allocation: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        draw(FRAME, plan_of(allocation=allocation), "s")


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf], ids=["negative", "missing", "infinite"])
def test_a_size_that_is_no_size_is_named(bad: float) -> None:
    frame = FRAME.assign(x=[1.0, bad, *FRAME.x[2:]])
    with pytest.raises(FrameError, match="column `x`: must hold finite numbers of at least 0; unit 'd001'"):
        draw(frame, plan_of(method="pps_systematic", size="x"), "s")


def test_sizes_all_zero_are_refused() -> None:
    with pytest.raises(RefusalError, match="there are 0 units of positive size"):
        draw(FRAME.assign(x=0), plan_of(method="pps_systematic", size="x"), "s")
