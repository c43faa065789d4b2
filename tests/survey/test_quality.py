"""Flags from what came with an answer to the publication. Authority: the thresholds as the annex tells them; a
share computed by hand; and the rule that no two figures differ by fewer than ten people's answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from flask import Flask
from sqlalchemy import select

from survey.extensions import db
from survey.models import Estimate, Release
from survey.queries import quality as rules
from survey.queries.quality import FLAGS, flags
from survey.queries.results import with_without
from survey.reports.annex import sections
from survey.reports.content import FLAGS as SHOWN
from survey.reports.content import from_dict
from survey.services.publishing import analysis_file, estimate, publish, quality
from tests.factories import NOW
from tests.survey.closed_wave import make_flagged_release


def came(*rows: dict[str, Any]) -> pd.DataFrame:
    plain = {"agency": "A", "mode": "web", "sent_at": NOW, "paradata": {}, "answers": dict.fromkeys("abcd", 4)}
    return pd.DataFrame([plain | row for row in rows])


def flag(name: str, rows: pd.DataFrame, ratings: list[list[float]] | None = None) -> list[int]:
    table = ratings or [[1, 2, 3, 4]] * len(rows)
    found: list[int] = flags(rows, pd.DataFrame(table, dtype="Float64"))[name].tolist()
    return found


def test_time_is_summed_over_pages_and_visits_and_compared_within_a_mode() -> None:
    slow, fast = {"seconds": {"q1": [20, 10], "q2": [30]}}, {"seconds": {"q1": [9], "q2": [9]}}
    rows = came(
        *[{"paradata": slow}] * 3, {"paradata": fast}, {"paradata": fast, "mode": "kiosk"}, {"mode": "sms"}
    )
    assert flag("flag_fast", rows) == [0, 0, 0, 1, 0, 0]


def test_one_rating_for_all_is_flagged_from_the_fourth_on() -> None:
    nan = float("nan")
    assert flag("flag_straight", came({}, {}, {}), [[5, 5, 5, 5], [5, 5, 5, nan], [5, 5, 5, 4]]) == [1, 0, 0]


def test_five_of_one_agency_from_one_network_in_ten_minutes_are_a_burst() -> None:
    marked = {"paradata": {"network": "abc"}}
    rows = [marked | {"sent_at": NOW + timedelta(minutes=2 * number)} for number in range(5)]
    assert flag("flag_burst", came(*rows)) == [1] * 5
    assert flag("flag_burst", came(*rows[:4], rows[4] | {"agency": "B"})) == [0] * 5
    assert flag("flag_burst", came(*rows[:4], rows[4] | {"sent_at": NOW + timedelta(hours=1)})) == [0] * 5


def test_the_network_of_ones_own_agency_counts_and_no_others() -> None:
    rows = came(
        *({"paradata": {"offices": codes}} for codes in (["A"], ["B"], ["*"], [])), {"agency": "A@2025-07-01"}
    )
    rows.at[4, "paradata"] = {"offices": ["A"]}
    assert flag("flag_network", rows) == [1, 0, 1, 0, 1]


def test_an_answer_without_paradata_has_no_flag_of_time_or_place() -> None:
    rows = came({"paradata": None, "answers": None, "sent_at": pd.NaT})
    assert flags(rows, pd.DataFrame([[1, 2, 3, 4]], dtype="Float64")).to_numpy().tolist() == [[0, 0, 0, 0]]


def test_the_index_without_flagged_people_is_that_of_the_others() -> None:
    """20 of 100 drawn: ten flagged, all content; of the others five of ten."""
    frame = pd.DataFrame({"q1": [5] * 10 + [5] * 5 + [2] * 5, "flag_straight": [1] * 10 + [0] * 10}).assign(
        agency="A", tier="commune", channel="online", stratum="A", N_h=100, base_weight=5.0, resolved=1,
        responded=1, weighting_class="A|online", flag_fast=0, flag_burst=0, flag_network=0,
    )  # fmt: skip
    index = {
        "name": "index",
        "statistic": "index",
        "formula": "t2b_pooled@1",
        "factors": {"F": ["q1"]},
        "satisfied": [4, 5],
    }
    design = {
        "weights": "base_weight", "strata": ["stratum"], "psu": [], "fpc": ["N_h"], "lonely_psu": "adjust",
        "calibration": [{"method": "nonresponse_classes", "by": ["weighting_class"], "respondent": "resolved"}],
        "interval": "logit", "estimates": [index], "domains": [[], ["agency"]],
    }  # fmt: skip
    rows = quality.comparison(frame, design, "index", ["q1"], 10)
    assert [(row["level"], row["key"], row["n"]) for row in rows] == [("province", "", 20), ("agency", "A", 20)]
    for row in rows:
        assert row["flagged"] == {
            "flag_fast": 0,
            "flag_straight": 10,
            "flag_burst": 0,
            "flag_network": 0,
            "any": 10,
        }
        assert row["without"]["estimate"] == pytest.approx(0.5)
        assert row["without"]["n"] == 10


def told(province: int, *tiers: int, hidden: str = "") -> list[int | None]:
    """Counts that a release shows of 100 people, of the province and of the tiers 0, 1 …"""
    rows = [{"level": "province", "key": "", "n": 100, "flagged": {"any": province}, "without": None}]
    rows += [
        {"level": "tier", "key": str(number), "n": 50, "flagged": {"any": count}, "without": None}
        for number, count in enumerate(tiers)
    ]
    found = quality.published(rows, lambda _level, key: key == hidden, 10)
    return [row.flagged for row in found]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (told(30, 15, 15), [30, 15, 15]),
        (told(9, 9, 0), [None, None, 0]),
        (told(24, 15, 9), [None, 15, None]),
        (told(60, 45, 15), [None, None, 15]),
        (told(30, 15, 15, hidden="1"), [30, 15, None]),
    ],
    ids=["many", "few", "few in one tier, so not by subtraction", "few left", "a tier that is hidden"],
)
def test_few_flagged_people_are_told_of_nowhere(shown: list[int | None], expected: list[int | None]) -> None:
    assert shown == expected


@pytest.fixture
def release(app: Flask) -> Release:
    return make_flagged_release()


def test_a_release_tells_the_index_with_and_without_and_publishes_that_with_all(release: Release) -> None:
    content = from_dict(release.content)
    department = next(row for row in content.quality if row.key == "department")
    tier = next(tier for tier in content.tiers if tier.key == "department")
    stored = select(Estimate.estimate).where(Estimate.name == "index", Estimate.domain_key == "department")
    assert department.flagged is not None
    assert department.flagged >= 20
    assert department.without.n == department.respondents - department.flagged
    assert tier.index.estimate == db.session.scalars(stored).one() > (department.without.estimate or 1)
    table = next(section.table for section in sections(content) if section.key == "quality")
    assert [row[0] for row in table] == ["Nơi", "Toàn thành phố", "Sở, ban, ngành", "Xã, phường"]
    assert table[2][2] == str(department.flagged)


def test_the_office_sees_every_domain_with_a_flag(release: Release) -> None:
    names = [one.result.row.domain_key for one in with_without(release.wave)]
    assert {"", "department", "H57.01", "H57.02"} <= set(names)


def test_rows_that_are_published_carry_no_flag(release: Release) -> None:
    frame = analysis_file.read(release.wave)
    assert set(FLAGS) <= set(frame.columns)
    assert not set(FLAGS) & publish._columns(release.wave and estimate.design_of(release.wave, frame))


def test_the_annex_tells_the_thresholds_that_are_used(release: Release) -> None:
    words = next(
        section for section in sections(from_dict(release.content)) if section.key == "quality"
    ).paragraphs[0]
    used = (rules.FAST_SHARE, rules.STRAIGHT_MINIMUM, rules.BURST_SIZE, rules.BURST_WINDOW_S)
    assert used == (1 / 3, 4, 5, 600)
    assert rules.FLAGS == SHOWN
    for said in ("một phần ba", "từ 4 câu", "từ 5 phiếu", "10 phút"):
        assert said in words
