"""What a tablet may send wrongly: shapes, values, bodies that are cut. Authority: what can be kept is kept apart,
what cannot be told from another is refused; never a fault of ours."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from survey.extensions import db
from tests.factories import NOW, make_agency, make_wave
from tests.survey.tablet import FIVES, Tablet, added, set_aside, stored


@pytest.fixture
def tablet(app: Flask) -> Tablet:
    app.extensions["thuocdo_clock"] = lambda: NOW
    return Tablet(app, *added(make_agency(code="H57.01"), make_wave(state="launched")))


UNREADABLE = [
    {"answers": {}},
    {"answers": {"q1": "5"}},
    {"answers": {"q1": [5]}},
    {"answers": {"q1": ["9"]}},
    {"answers": {"nothing": ["\x00\ud800"]}},
    {"answers": None},
    {"version": "1"},
    {"device": True},
    {"sent": 1e300},
    {"answered": None},
]


@pytest.mark.parametrize("changes", UNREADABLE, ids=str)
def test_what_cannot_be_read_is_kept_apart(tablet: Tablet, changes: dict[str, Any]) -> None:
    assert tablet.send(**changes).json["state"] == "set_aside"
    assert (stored(), set_aside()) == ([], {"unreadable": 1})


def test_a_value_outside_the_scale_is_left_out_and_the_others_stand(tablet: Tablet) -> None:
    tablet.send(answers=FIVES | {"q3": ["7"], "unknown": ["x"]}, lang="xx", seconds=-5)
    [response] = stored()
    assert set(response.answers) == set(FIVES) - {"q3"}
    assert (response.language, response.paradata["seconds"]) == ("vi", {"all": [0]})


@pytest.mark.parametrize("wrong", [None, 5, "", "abcde-fghjk-lmnp", "ABCDE-FGHJK-LMNP1", "ABCDE-FGHJK-LMN0"])
def test_a_submission_without_a_good_code_is_refused(tablet: Tablet, wrong: Any) -> None:
    assert tablet.send(code=wrong).status_code == 400
    assert (stored(), set_aside()) == ([], {})


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b'{"code": "ABCDE-F', "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"code=ABCDE-FGHJK-LMNP", "application/x-www-form-urlencoded", 415),
        (b'{"x": "' + b"a" * 70_000 + b'"}', "application/json", 413),
    ],
    ids=["cut", "list", "no text", "a form of another site", "too large"],
)
def test_a_body_that_is_cut_or_foreign_is_refused(tablet: Tablet, data: bytes, kind: str, status: int) -> None:
    db.session.rollback()
    assert tablet.client.post("/k/answer", data=data, content_type=kind).status_code == status
    assert (stored(), set_aside()) == ([], {})
