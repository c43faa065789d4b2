"""PLAN.json against the file contract: what is read, and how each error names its key."""

import copy

import pytest

from sampling.errors import PlanError
from sampling.plan import load_plan

ONE_STAGE = {
    "id": "dossier_code",
    "strata": ["agency", "channel"],
    "method": "srs",
    "allocation": {"method": "proportional", "n": 2000, "min": 30, "max": None},
    "size": None,
    "certainty": 1.0,
    "order": ["completed_on"],
    "serpentine": False,
    "person": {"key": "person_id", "rule": "one_dossier"},
    "reserve": {"replicates": 4, "release": 1},
    "coordinate": {"key": "person_id", "mode": "prn", "start": 0.25},
}
TWO_STAGES = {
    "id": "dossier_code",
    "strata": ["district_cluster"],
    "stages": [
        {"unit": "commune", "method": "pps_systematic", "size": "count", "n": {"per_stratum": 4}},
        {"unit": "dossier_code", "method": "srs", "n": {"per_unit": 25}},
    ],
}
HISTORY = {"key": "p", "mode": "history", "history": "h.csv", "gap_days": 90}


def test_one_stage_plan_is_read() -> None:
    plan = load_plan(ONE_STAGE)
    assert (plan.strata, plan.person, plan.reserve.replicates) == (("agency", "channel"), "person_id", 4)
    assert plan.coordinate is not None
    assert plan.coordinate.start == 0.25
    assert plan.allocation is not None
    assert (plan.allocation.n, plan.allocation.min, plan.allocation.max) == (2000, 30, None)


def test_two_stage_plan_is_read() -> None:
    first, second = load_plan(TWO_STAGES).stages
    assert (first.unit, first.size, first.n and first.n.value) == ("commune", "count", 4)
    assert (second.unit, second.n and second.n.kind) == ("dossier_code", "per_unit")


def test_source_is_kept_as_given() -> None:
    assert load_plan(ONE_STAGE).source == ONE_STAGE


def test_impossible_contacts_fail_unless_the_plan_says_otherwise() -> None:
    plan = load_plan(ONE_STAGE | {"coordinate": HISTORY})
    assert plan.coordinate is not None
    assert plan.coordinate.on_impossible == "fail"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"allocations": {}}, "allocations"),
        ({"id": 3}, "id"),
        ({"id": None}, "id"),
        ({"strata": "agency"}, "strata"),
        ({"strata": ["a", "a"]}, "strata"),
        ({"method": "random"}, "method"),
        ({"method": None}, "method"),
        ({"allocation": None}, "allocation"),
        ({"stages": TWO_STAGES["stages"]}, "stages"),
        ({"method": "pps_systematic"}, "size"),
        ({"size": "x"}, "size"),
        ({"certainty": 1.5}, "certainty"),
        ({"certainty": 0}, "certainty"),
        ({"serpentine": "yes"}, "serpentine"),
        ({"balance": ["x"]}, "balance"),
        ({"allocation": {"method": "proportional"}}, "allocation.n"),
        ({"allocation": {"method": "proportional", "n": 0}}, "allocation.n"),
        ({"allocation": {"method": "proportional", "n": 1.5}}, "allocation.n"),
        ({"allocation": {"method": "proportional", "n": 5, "min": -1}}, "allocation.min"),
        ({"allocation": {"method": "fixed", "n": 5, "n_by": {"a": 5}}}, "allocation.n"),
        ({"allocation": {"method": "fixed", "n_by": {"a": 1.5}}}, "allocation.n_by.a"),
        ({"allocation": {"method": "fixed", "n_by": {"a": 1e308}}}, "allocation.n_by.a"),
        ({"allocation": {"method": "proportional", "n": 10**400}}, "allocation.n"),
        ({"allocation": {"method": "neyman", "n": 5}}, "allocation.sd"),
        ({"allocation": {"method": "neyman", "n": 5, "sd": {"a": -1}}}, "allocation.sd.a"),
        ({"allocation": {"method": "power", "n": 5}}, "allocation.power"),
        ({"allocation": {"method": "census_below", "bands": [[5, 1], [3, 0.5], [None, 0.1]]}}, "bands"),
        ({"allocation": {"method": "census_below", "bands": [[5, 1]]}}, "allocation.bands"),
        ({"allocation": {"method": "precision", "targets": {"a": {}}}}, "allocation.targets.a.margin"),
        ({"allocation": {"method": "precision", "targets": {"a": {"margin": 0}}}}, "targets.a.margin"),
        ({"person": {"key": "p", "rule": "all"}}, "person.rule"),
        ({"reserve": {"replicates": 2, "release": 3}}, "reserve.release"),
        ({"reserve": {"replicates": 0, "release": 0}}, "reserve.replicates"),
        ({"coordinate": {"key": "p", "mode": "prn", "start": 2}}, "coordinate.start"),
        ({"coordinate": {"key": "p", "mode": "prn", "history": "h.csv"}}, "coordinate.history"),
        ({"coordinate": {"key": "p", "mode": "history", "gap_days": 9}}, "coordinate.history"),
        ({"coordinate": HISTORY | {"start": 0.2}}, "coordinate.start"),
        ({"method": "systematic"}, "coordinate.mode"),
    ],
)
def test_a_wrong_key_is_named(change: dict[str, object], where: str) -> None:
    with pytest.raises(PlanError, match=where):
        load_plan(ONE_STAGE | change)


@pytest.mark.parametrize(
    ("stage", "change", "where"),
    [
        (0, {"n": {"per_unit": 4}}, r"stages\[0\].n.per_unit"),
        (1, {"n": {"per_stratum": 4}}, r"stages\[1\].n.per_stratum"),
        (1, {"n": {"per_unit": 4, "fraction": 0.1}}, r"stages\[1\].n"),
        (1, {"n": {"fraction": 1.5}}, r"stages\[1\].n.fraction"),
        (1, {"unit": "commune"}, "stages"),
        (0, {"unit": "dossier_code"}, "stages"),
        (0, {"size": None}, r"stages\[0\].size"),
        (0, {"sizes": "count"}, r"stages\[0\].sizes"),
    ],
)
def test_a_wrong_stage_is_named(stage: int, change: dict[str, object], where: str) -> None:
    plan = copy.deepcopy(TWO_STAGES)
    plan["stages"][stage] |= change  # type: ignore[index]
    with pytest.raises(PlanError, match=where):
        load_plan(plan)


@pytest.mark.parametrize("raw", [None, [], "plan", 3])
def test_a_plan_that_is_no_object_is_refused(raw: object) -> None:
    with pytest.raises(PlanError, match="plan: must be a JSON object"):
        load_plan(raw)


def test_keys_of_a_plan_are_composed_as_the_texts_of_the_frame_are() -> None:
    fixed = {"method": "fixed", "n_by": {"nu\u031b\u0303": 3}}
    plan = load_plan(ONE_STAGE | {"strata": ["gio\u031b\u0301i"], "allocation": fixed})
    assert plan.allocation is not None
    assert (plan.strata, plan.allocation.n_by) == (("giới",), {"nữ": 3})


def test_optimal_needs_no_standard_deviations() -> None:
    allocation = load_plan(ONE_STAGE | {"allocation": {"method": "optimal", "n": 3, "cost": {"a": 2}}}).allocation
    assert allocation is not None
    assert (allocation.sd, allocation.sd_from) == ({}, None)
