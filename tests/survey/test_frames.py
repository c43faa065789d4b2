"""The sampling frame. Authority: the rules of eligibility as the module states them, on rows counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from survey.models import Channel, PhoneKind, Wave, WaveKind
from survey.queries.frames import FRAME_COLUMNS, EarlierDays, FrameRules, frame_view, sampling_frame
from tests.factories import make_agency, make_contact, make_dossier, make_wave

pytestmark = pytest.mark.usefixtures("app")


def _at(month: int, day: int, hour: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.fixture
def wave(app: Flask) -> Wave:
    return make_wave(period_start=date(2026, 7, 1), period_end=date(2026, 9, 30), eligible_status=10)


def test_a_returned_dossier_is_in_the_frame_without_phone_or_name(wave: Wave) -> None:
    agency = make_agency(code="19777")
    dossier = make_dossier(agency, phone="+84905123456", channel=Channel.online, code="H57.16-260901-0001")
    frame = sampling_frame(wave)
    assert list(frame.columns) == list(FRAME_COLUMNS)
    assert frame.iloc[0].to_dict() == {
        "dossier_code": "H57.16-260901-0001",
        "agency": "19777",
        "tier": "commune",
        "procedure_field": "TP",
        "channel": "online",
        "applicant_type": "citizen",
        "completed_on": "2026-09-11",
        "phone_kind": "mobile",
        "person_id": dossier.person_id,
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_test": True, "status": 4}, "test"),
        ({"status": 7}, "ended_without_result"),
        ({"status": 4, "completed_at": None, "returned_at": None}, "in_progress"),
        ({"status": 9, "returned_at": None}, "not_returned"),
        ({"status": 10, "returned_at": None}, "no_date"),
        ({"returned_at": _at(10, 1)}, "outside_period"),
    ],
)
def test_each_exclusion_is_counted_under_one_reason(wave: Wave, changes: dict, reason: str) -> None:
    make_dossier(make_agency(code="19777"), **changes)
    view = frame_view(wave)
    assert (len(view.frame), view.n_excluded) == (0, 1)
    assert view.exclusions == {"total": {reason: 1}, "by_agency": {"19777": {reason: 1}}}


def test_status_9_counts_by_the_end_of_processing() -> None:
    wave = make_wave(eligible_status=9)
    make_dossier(status=9, completed_at=_at(9, 10), returned_at=None)
    make_dossier(status=10, completed_at=_at(9, 10), returned_at=_at(10, 2))
    assert sampling_frame(wave)["completed_on"].tolist() == ["2026-09-10", "2026-09-10"]


def test_days_are_those_of_hue(wave: Wave) -> None:
    make_dossier(returned_at=_at(9, 30, 16), code="23h")
    make_dossier(returned_at=_at(9, 30, 17), code="0h")
    assert sampling_frame(wave)["dossier_code"].tolist() == ["23h"]


def test_what_the_period_does_not_touch_is_not_even_counted(wave: Wave) -> None:
    make_dossier(received_at=_at(5, 1), completed_at=_at(5, 2), returned_at=_at(5, 3))
    assert frame_view(wave).n_excluded == 0


def test_a_code_of_two_agencies_in_one_period_is_told_apart_by_date(wave: Wave) -> None:
    old = make_agency("Xã Cũ", code="1", valid_from=date(2020, 1, 1), valid_to=date(2026, 8, 31))
    new = make_agency("Xã Mới", code="1", valid_from=date(2026, 9, 1))
    make_dossier(old)
    make_dossier(new)
    assert sorted(sampling_frame(wave)["agency"]) == ["1@2020-01-01", "1@2026-09-01"]


def test_the_audit_counts_phones_by_hand(wave: Wave) -> None:
    agency = make_agency(code="A")
    for _ in range(5):
        make_dossier(agency, phone="+84905000001")
    make_dossier(agency, phone="+84905000002")
    make_dossier(agency, reachable=False)
    landline = make_contact("+842343823456", kind=PhoneKind.landline)
    make_dossier(agency, phone_kind=PhoneKind.landline, contact_id=landline.id)
    assert frame_view(wave).audit["A"] == {
        "dossiers": 8,
        "mobile": 6,
        "landline": 1,
        "invalid": 0,
        "missing": 1,
        "coverage": 0.75,
        "persons": 4,
        "repeated_phones": 1,
        "repeated_dossiers": 5,
        "top_phone": 5,
    }


def test_a_phone_on_many_dossiers_can_be_kept_out(wave: Wave) -> None:
    for _ in range(3):
        make_dossier(phone="+84905000001")
    make_dossier(phone="+84905000002")
    make_dossier(phone="+84905000002", returned_at=_at(10, 3))
    make_dossier(phone="+84905000002", is_test=True)
    view = frame_view(wave, rules=FrameRules(repeated_phone_limit=3, exclude_repeated_phones=True))
    assert len(view.frame) == 1
    assert view.exclusions["total"] == {"repeated_phone": 3, "outside_period": 1, "test": 1}


def test_those_without_a_mobile_phone_can_be_kept_out(wave: Wave) -> None:
    make_dossier()
    make_dossier(reachable=False)
    view = frame_view(wave, rules=FrameRules(contactable_only=True))
    assert (len(view.frame), view.exclusions["total"]) == (1, {"no_mobile": 1})


def test_a_day_of_a_rolling_wave_takes_up_what_came_late() -> None:
    wave = make_wave(kind=WaveKind.rolling)
    for day in (9, 10, 11, 12):
        make_dossier(returned_at=_at(9, day), code=f"d{day}")
    view = frame_view(wave, date(2026, 9, 11), FrameRules(days_back=2), EarlierDays(frozenset({"d9"})))
    assert sorted(view.frame["dossier_code"]) == ["d10", "d11"]


def test_an_exclusion_is_counted_on_one_day_of_a_rolling_wave_only() -> None:
    wave = make_wave(kind=WaveKind.rolling)
    make_dossier(returned_at=_at(9, 10), is_test=True)
    totals = [
        frame_view(wave, date(2026, 9, day), FrameRules(days_back=7), EarlierDays(last=last)).exclusions["total"]
        for day, last in ((10, date(2026, 9, 9)), (11, date(2026, 9, 10)), (12, date(2026, 9, 11)))
    ]
    assert totals == [{"test": 1}, {}, {}]


def test_invented_dossiers_make_the_view_synthetic(wave: Wave) -> None:
    make_dossier(source="synthetic-dossiers.csv")
    assert frame_view(wave).is_synthetic


def test_an_empty_period_gives_an_empty_frame(wave: Wave) -> None:
    assert frame_view(wave).frame.empty
